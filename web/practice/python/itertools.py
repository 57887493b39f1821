"""Tools of CPython's itertools. Each is a class, since its result is no generator object there."""


class _Tool:
    """An iterator whose steps are those of the generator `items`."""

    def __init__(self, *args, **options):
        self._steps = self.items(*args, **options)

    def __iter__(self):
        return self._steps

    def __next__(self):
        return next(self._steps)


class count(_Tool):
    def items(self, start=0, step=1):
        while True:
            yield start
            start += step


class chain(_Tool):
    def items(self, *iterables):
        for iterable in iterables:
            yield from iterable


class accumulate(_Tool):
    def items(self, iterable, func=lambda total, item: total + item, *, initial=None):
        total = [] if initial is None else [initial]
        if total:
            yield initial
        for item in iterable:
            total = [func(total[0], item) if total else item]
            yield total[0]


class zip_longest(_Tool):
    def items(self, *iterables, fillvalue=None):
        columns = [list(iterable) for iterable in iterables]
        for place in range(max([len(column) for column in columns] + [0])):
            yield tuple([c[place] if place < len(c) else fillvalue for c in columns])


class product(_Tool):
    def items(self, *iterables, repeat=1):
        return _rows([list(iterable) for iterable in iterables] * repeat, ())


def _rows(pools, row):
    if not pools:
        yield row
    for item in pools[0] if pools else ():
        yield from _rows(pools[1:], row + (item,))

"""The functions of CPython's functools that answers use."""


def reduce(function, items, *initial):
    """Return function(... function(function(first, second), third) ..., last)."""
    value = list(initial)
    for item in items:
        value = [function(value[0], item) if value else item]
    if not value:
        raise TypeError("reduce() of empty iterable with no initial value")
    return value[0]


class cache:
    """A function that keeps its results."""

    def __init__(self, function):
        self.__wrapped__, self.results = function, {}
        self.__name__ = getattr(function, "__name__", "function")

    def __call__(self, *args):
        if args not in self.results:
            self.results[args] = self.__wrapped__(*args)
        return self.results[args]


def lru_cache(maxsize=128):
    """Return function, or a decorator, with a memory of its results."""
    return cache(maxsize) if callable(maxsize) else cache

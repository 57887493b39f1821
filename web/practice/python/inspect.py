"""What kind of object something is; CPython's inspect without all that needs source or frames."""


def _closure(held=0):
    return lambda: held


def _generator():
    yield 0


# CPython has one type for the three; MicroPython has three.
_FUNCTIONS = (type(lambda: 0), type(_closure()), type(_generator))


def isfunction(value):
    """Return whether value is a function written in Python."""
    return type(value) in _FUNCTIONS


def isgenerator(value):
    """Return whether value is a running generator, not a function that makes one."""
    return type(value) is type(_generator())

"""How fast the book's code is, beside the usual way: `python -m checks.speed.measure`."""

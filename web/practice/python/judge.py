"""Run a reader's cell and the check below it as Jupyter would, in MicroPython.

    prepare(cells)                           the namespace that a page's plain cells make
    judge(namespace, given, answer, check)   what the answer prints, a form feed, the verdict

MicroPython is not quite Python. Before a cell runs, `Cell` writes anew what it does not know
(f-strings with formats of objects, [*a, *b], a *= b of objects, 0 < tensor), line by line, so
that line numbers stay. `in_cpythons_words` gives error messages the words of CPython. What only
this Python cannot do never becomes a verdict: the reader is sent to Jupyter.
"""

# ruff: noqa: E501 (tables)
import builtins
import collections
import io
import re
import sys
from collections import OrderedDict

import patches
import torch

MOST = 20_000  # characters that are shown
NO_MORE = "\n... (more than 20,000 characters: the rest is left out)\n"
CANNOT = "{}: this page's small Python cannot run that ({}). Use Jupyter or Colab.\n"
ANSWER = "<your code>"


# Rewriting -------------------------------------------------------------------------------------
class Unknown(Exception):
    """A cell that cannot be split into tokens; MicroPython is left to say why."""


CHANGES = ("*=", "/=", "**=", "//=", "%=", "@=", "&=", "|=", "^=")
COMPARED = ("<", ">", "<=", ">=")
SIGNS = CHANGES + (">>=", "<<=", "...", "+=", "-=", "->", ":=", "**", "//", "<<", ">>", "<=", ">=",
                   "==", "!=")  # fmt: skip
ENDS = CHANGES + COMPARED + (",", ":", ";", "=", ":=", "->", "+=", "-=", "==", "!=", "(", "[", "{")
WORDS = ("and or not if elif else while return yield in is assert lambda for raise with as del "
         "from await except").split()  # fmt: skip
OPEN, CLOSE = ("(", "[", "{"), (")", "]", "}")


def _is_word(c):
    return c.isalpha() or c.isdigit() or c == "_" or ord(c) > 127


def tokens_of(source):
    """Return (white space before, kind, text) of the tokens; kinds are e(nd), n(ame), s, f, o."""
    found, gap, i, depth = [], "", 0, 0
    while i < len(source):
        c, start, kind = source[i], i, "o"
        if c == "#" or c in " \t\r" or (c == "\n" and depth) or source[i : i + 2] == "\\\n":
            i += 2 if c == "\\" else 1
            while c == "#" and source[i : i + 1] not in ("", "\n"):
                i += 1
            gap += source[start:i]
            continue
        number = c.isdigit() or (c == "." and source[i + 1 : i + 2].isdigit())
        while i < len(source) and (_is_word(source[i]) or (number and (source[i] == "." or (
                source[i] in "+-" and source[i - 1] in "eE" and source[start : start + 2] != "0x")))):  # fmt: skip
            i += 1
        text = source[start:i]
        if source[i : i + 1] in ("'", '"') and len(text) < 3 and not text.strip("rRbBfFuU"):
            kind, text, i = _string(source, i, text)
        elif text:
            kind = "n"
        else:
            size = 3
            while size > 1 and source[i : i + size] not in SIGNS:
                size -= 1
            text, kind = source[i : i + size], "e" if c == "\n" else "o"
            depth += (text in OPEN) - (text in CLOSE)
            i += size
        found.append((gap, kind, text))
        gap = ""
    return found + [(gap, "e", "")]


def _string(source, i, prefix):
    """Return kind, text in other words, and end of the string literal that begins at i."""
    quote = source[i] * 3 if source[i : i + 3] == source[i] * 3 else source[i]
    start = i
    i += len(quote)
    if "f" in prefix.lower():
        text, i = _fields(source, i, quote, "r" if "r" in prefix.lower() else "")
        return "f", text, i + len(quote)
    while source[i : i + len(quote)] != quote:
        if i >= len(source) or (len(quote) == 1 and source[i] == "\n"):
            raise Unknown
        i += 2 if source[i] == "\\" else 1
    return "s", prefix + source[start : i + len(quote)], i + len(quote)


def _fields(source, i, quote, prefix):
    """Return an f-string (or, up to }, the format of a field) as an expression, and its end."""
    parts, text, outer = [], "", quote or '"'
    while True:
        c, end = (
            source[i : i + 1],
            source[i : i + len(outer)] == quote or (not quote and source[i : i + 1] == "}"),
        )
        if not c or (len(quote) == 1 and c == "\n"):
            raise Unknown
        doubled = quote and source[i : i + 2] in ("{{", "}}")
        if text and (end or (c == "{" and not doubled)):
            last = "\\" * (text[-1] == outer[0]) + text[-1]
            parts.append(prefix + outer + text[:-1] + last + outer)
            text = ""
        if end:
            return '"".join((' + "".join([part + ", " for part in parts]) + "))", i
        if c == "{" and not doubled:
            part, i = _field(source, i + 1)
            parts.append(part)
        else:
            text += c if doubled or c != "\\" else source[i : i + 2]
            i += 2 if doubled or c == "\\" else 1


def _field(source, i):
    """Return the call that stands for a field {expression!r:format}, and its end."""
    start, depth = i, 0
    while True:
        c = source[i : i + 1]
        if not c:
            raise Unknown
        if c in "'\"":
            _, _, i = _string(source, i, "f" if source[i - 1] in "fF" else "")
            continue
        if not depth and (c in "}:" or (c == "!" and source[i + 1] != "=")):
            break
        depth += (c in OPEN) - (c in CLOSE)
        i += 1
    inner, label, turn, form = source[start:i], "", "", '""'
    bare = inner.rstrip()
    if bare.endswith("=") and bare[-2:-1] not in ("=", "!", "<", ">"):
        label, inner = f"{inner!r} + ", bare[:-1]
        turn = "r" if c == "}" else ""
    if source[i] == "!":
        turn, i = source[i + 1], i + 2
    if source[i] == ":":
        form, i = _fields(source, i + 1, "", "")
    if source[i] != "}":
        raise Unknown
    return f"{label}show_(({rewritten(inner.strip())}), {turn!r}, {form})", i + 1


class Cell:
    """The tokens of a cell, and the words that stand for each of them in MicroPython."""

    def __init__(self, source):
        tokens = [("", "e", "")] * 3 + tokens_of(source) + [("", "e", "")] * 3
        self.gaps, self.kinds, self.texts = [[t[part] for t in tokens] for part in range(3)]
        self.out, self.partner, stack = list(self.texts), {}, []
        for k, text in enumerate(self.texts):
            if self.kinds[k] == "o" and text in OPEN:
                stack.append(k)
            elif self.kinds[k] == "o" and text in CLOSE:
                if not stack:
                    raise Unknown
                self.partner[k] = stack.pop()
                self.partner[self.partner[k]] = k

    def text(self):
        """Return the cell in the words of MicroPython."""
        for k in range(3, len(self.texts) - 3):
            kind, text, before, after = (
                self.kinds[k],
                self.texts[k],
                self.texts[k - 1],
                self.texts[k + 1],
            )
            if kind == "n":
                self.name(k, text, before, after)
            elif kind in "sf":
                self.strings(k)
            elif text in COMPARED:
                self.compared(k)
            elif text in CHANGES:
                self.changed(k, text)
            elif text in ("*", "**") and self.kinds[k - 1] == "o" and before in OPEN + (",",):
                self.star(k)
            elif text == "{":
                self.dictionary(k)
            elif text == "[" and self.is_value(k - 1):
                self.steps(k)
            elif text == "/" and kind == "o" and before in ("(", ","):
                self.out[k] = ""  # all before it are positional only
                self.out[k + 1 if after == "," else k - 1] = ""
        return "".join([gap + out for gap, out in zip(self.gaps, self.out)])

    def is_value(self, k):
        """Return whether token k ends an expression."""
        kind, text = self.kinds[k], self.texts[k]
        return (
            kind in "sf" or (kind == "n" and text not in WORDS) or (kind == "o" and text in CLOSE)
        )

    def start(self, k):
        """Return where the expression begins that ends in token k, such as f(x)[0].y."""
        while True:
            k = self.partner[k] if self.kinds[k] == "o" and self.texts[k] in CLOSE else k
            if self.texts[k - 1] == ".":
                k -= 2
            elif self.texts[k] in ("(", "[") and self.is_value(k - 1):
                k -= 1
            else:
                return k

    def last(self, k):
        """Return the last token of the statement."""
        while self.kinds[k + 1] != "e" and self.texts[k + 1] != ";":
            k += 1
        return k

    def next(self, k):
        """Return the token after k, or after the bracket that opens at k."""
        return (self.partner[k] if self.kinds[k] == "o" and self.texts[k] in OPEN else k) + 1

    def name(self, k, text, before, after):
        """Write type(x).__name__ as type_name_(x), x.bit_length() as bit_length_(x), str as str_."""
        if before == ".":
            if text in METHODS and after == "(":
                self.out[self.start(k - 2)] = f"{text}_(" + self.out[self.start(k - 2)]
                self.out[k - 1], self.out[k], self.out[k + 1] = ",", " ", ""
            elif text == "__name__" and after == "=":  # f.__name__ = x becomes f = named_(f, x)
                self.out[k - 1], self.out[k] = "", ""
                self.out[k + 1] = f"= named_({self.out[k - 2]},"
                self.out[self.last(k)] += ")"
        elif text == "type" and after == "(":
            close = self.partner[k + 1]
            if self.texts[close + 1 : close + 3] == [".", "__name__"]:
                self.out[k], self.out[close + 1], self.out[close + 2] = "type_name_", "", ""
        elif text == "str" and (after == "(" or self.texts[k - 2 : k] == ["map", "("]):
            self.out[k] = "str_"

    def strings(self, k):
        """Put + between neighbouring string literals if one of them is an f-string."""
        if self.kinds[k - 1] in "sf":
            return
        last = k
        while self.kinds[last + 1] in "sf":
            last += 1
        if last > k and "f" in self.kinds[k : last + 1]:
            self.out[k] = "(" + self.out[k]
            for j in range(k, last):
                self.out[j] += " +"
            self.out[last] += ")"
        if self.texts[last + 1 : last + 4] == [".", "format", "("]:
            self.out[k] = "format_(" + self.out[k]
            self.out[last + 1], self.out[last + 2], self.out[last + 3] = ",", " ", ""

    def compared(self, k):
        """Write a < b as left_(a) < b: MicroPython asks b only if a is not a number."""
        j = k - 1
        while not (
            self.kinds[j] == "e"
            or (self.kinds[j] == "o" and self.texts[j] in ENDS)
            or (self.kinds[j] == "n" and self.texts[j] in WORDS)
        ):
            j = (self.partner[j] if self.kinds[j] == "o" and self.texts[j] in CLOSE else j) - 1
        if self.texts[j] not in ("==", "!=", "is") and j < k - 1:
            j += self.texts[j + 1] in ("*", "**")
            self.out[j + 1] = "left_(" + self.out[j + 1]
            self.out[k - 1] += ")"

    def changed(self, k, sign):
        """Write a *= b as a = changed_("*=", a, (b)): MicroPython knows += and -= only."""
        j = k - 1
        while self.kinds[j] != "e" and self.texts[j] not in (":", ";"):
            j = (self.partner[j] if self.kinds[j] == "o" and self.texts[j] in CLOSE else j) - 1
        target = "".join(self.out[j + 1 : k])
        self.out[k] = f'= changed_("{sign}", {target}, ('
        self.out[self.last(k)] += "))"

    def star(self, k):
        """Write [*a, b], (*a, b), {*a, b} as calls."""
        i = k - 1
        while self.kinds[i] != "o" or self.texts[i] not in OPEN:
            if self.kinds[i] == "e":
                return
            i = (self.partner[i] if self.kinds[i] == "o" and self.texts[i] in CLOSE else i) - 1
        text, close = self.texts[i], self.partner[i]
        target = self.texts[close + 1] == "=" and self.kinds[i - 1] == "e"  # (a, *b) = ...
        if target or self.texts[i - 1] == "for" or self.is_value(i - 1) or self.out[i] != text:
            return
        if text != "{" or self.texts[k] == "*":
            self.out[i] = {"(": "tuple_(", "[": "list_(", "{": "set_("}[text]
            self.out[close] = ")"

    def steps(self, k):
        """Write x[a:b:c] as part_(x, a, b, c): MicroPython has no steps for tuples and strings."""
        colons, j, close = [], k + 1, self.partner[k]
        while j < close:
            if self.texts[j] == "lambda" or (self.kinds[j] == "o" and self.texts[j] == ","):
                return
            if self.kinds[j] == "o" and self.texts[j] == ":":
                colons.append(j)
            j = self.next(j)
        if len(colons) == 2 and self.texts[close + 1] not in CHANGES + ("=", "+=", "-="):
            start = self.start(k - 1)
            self.out[start] = "part_(" + self.out[start]
            for sign, end in zip([k] + colons, colons + [close]):
                self.out[sign] = ", " + ("None" if end == sign + 1 else "")
            self.out[close] = ")"

    def dictionary(self, k):
        """Write {a: b, **c} as dict([(a, b), (all_, c)])."""
        close, j, marks, lambdas, done = self.partner[k], k + 1, [], 0, False
        while j < close:
            kind, text = self.kinds[j], self.texts[j]
            if kind == "n" and text == "lambda":
                lambdas += 1
            elif kind == "o" and text == ":" and lambdas:
                lambdas -= 1
            elif kind == "o" and text == ":" and not done:
                done = True
                marks.append((j, ", "))
            elif kind == "o" and text == "," and not lambdas:
                done = False
                marks.append((j, ")" if j == close - 1 else "), ("))
            elif kind == "o" and text == "**" and self.texts[j - 1] in ("{", ","):
                done = True
                marks.append((j, "all_, "))
            elif kind == "n" and text == "for" and done:
                marks.append((j, ") for"))
                break
            j = self.next(j)
        if close == k + 1:
            self.out[k], self.out[close] = "dict(", ")"
        elif any(mark in (", ", "all_, ") for _, mark in marks):
            closed = marks[-1][1] in (")", ") for")
            self.out[k], self.out[close] = "dict([(", "])" if closed else ")])"
            for j, mark in marks:
                self.out[j] = mark


def rewritten(source):
    """Return source in the words of MicroPython, with the same lines."""
    return Cell(source).text()


# What the rewritten cells call -----------------------------------------------------------------
FLOAT = type(0.5)  # noqa: UP003 (`float` itself is the class in patches)
NUMBERS = (int, FLOAT, bool)
ALL = object()  # stands for ** in a dictionary


def repr_(value):
    """Return repr(value) with the shortest digits of floats, which MicroPython may miss."""
    kind = type(value)
    if kind is FLOAT:
        return patches.shortest(value)
    if kind in (list, tuple) or (kind is set and value):
        a, b = {list: "[]", tuple: "()", set: "{}"}[kind]
        comma = "," if kind is tuple and len(value) == 1 else ""
        return a + ", ".join([repr_(v) for v in value]) + comma + b
    if isinstance(value, dict):
        return "{" + ", ".join([f"{repr_(k)}: {repr_(v)}" for k, v in value.items()]) + "}"
    return repr(value)


def text_(value=""):
    """Return str(value); an error is noted, and worded as in CPython."""
    if isinstance(value, BaseException):
        SEEN.append(value)
        return in_cpythons_words(value)
    plain = type(value) in (FLOAT, list, tuple, set) or isinstance(value, dict)
    return repr_(value) if plain else str(value)


def show_(value, turn="", form=""):
    """Return the text of a field of an f-string."""
    if turn:
        value = repr_(value) if turn in "ra" else text_(value)
    own = getattr(value, "__format__", None)
    if own is not None:
        return own(form)
    if not form or isinstance(value, BaseException):
        return text_(value)
    if not isinstance(value, (int, float, str)):
        raise TypeError(f"unsupported format string passed to {type(value).__name__}.__format__")
    return ("{:" + form + "}").format(int(value) if isinstance(value, bool) else value)


def format_(text, *values):
    """Return text.format(*values), for fields without names."""
    found, values = "", list(values)
    while "{" in text:
        start, _, text = text.partition("{")
        field, _, text = text.partition("}")
        if "}" in start or field[:1] not in ("", ":", "!") or not values:
            raise torch._core.Missing("such a call of format")
        turn, _, form = field.partition(":")
        found += start + show_(values.pop(0), turn[1:], form)
    return found + text


class Left:
    """A number on the left of a comparison."""

    def __init__(self, number):
        self.number = number


def _turned(compare, turned):
    def method(self, other):
        other = other.number if isinstance(other, Left) else other
        plain = type(other) in NUMBERS
        return compare(self.number, other) if plain else turned(other, self.number)

    return method


Left.__lt__ = _turned(lambda a, b: a < b, lambda a, b: a > b)
Left.__le__ = _turned(lambda a, b: a <= b, lambda a, b: a >= b)
Left.__gt__ = _turned(lambda a, b: a > b, lambda a, b: a < b)
Left.__ge__ = _turned(lambda a, b: a >= b, lambda a, b: a <= b)
IN_PLACE = {
    "*=": ("__imul__", lambda a, b: a * b), "/=": ("__itruediv__", lambda a, b: a / b),
    "**=": ("__ipow__", lambda a, b: a**b), "//=": ("__ifloordiv__", lambda a, b: a // b),
    "%=": ("__imod__", lambda a, b: a % b), "@=": ("__imatmul__", lambda a, b: a @ b),
    "&=": ("__iand__", lambda a, b: a & b), "|=": ("__ior__", lambda a, b: a | b),
    "^=": ("__ixor__", lambda a, b: a ^ b),
}  # fmt: skip


def changed_(sign, value, other):
    """Return value after value *= other, or another sign."""
    name, plain = IN_PLACE[sign]
    method = getattr(value, name, None)
    return plain(value, other) if method is None else method(other)


class dict(OrderedDict):
    """A dictionary that keeps its order, as CPython's do and MicroPython's do not."""

    def __init__(self, items=(), **named):
        super().__init__()
        self.update(items)
        self.update(named)

    def __repr__(self):
        return repr_(self)

    __str__ = __repr__

    def update(self, items=(), **named):
        for key, value in items.items() if hasattr(items, "items") else items:
            if key is ALL:
                self.update(value)
            else:
                self[key] = value
        for key in named:
            self[key] = named[key]

    def copy(self):
        return dict(self)

    def __or__(self, other):
        return dict([(ALL, self), (ALL, other)])


collections.OrderedDict = type("OrderedDict", (dict,), {})  # a dict, as in CPython


def part_(value, start, stop, step):
    """Return value[start:stop:step]."""
    if step is None or not isinstance(value, (tuple, str)):
        return value[start:stop:step]
    items = list(value)[start:stop:step]
    return "".join(items) if isinstance(value, str) else tuple(items)


class named_:
    """A function with a name of its own."""

    def __init__(self, function, name):
        self.function, self.__name__ = function, name

    def __call__(self, *inputs, **named):
        return self.function(*inputs, **named)


def type_name_(value):
    """Return the name of value's class in CPython."""
    if isinstance(value, NameError) and str(value)[:14] == "local variable":
        return "UnboundLocalError"
    return CLASSES.get(type(value).__name__, type(value).__name__)


CLASSES = {
    "closure": "function",
    "bound_method": "builtin_function_or_method",
    "gen_wrap": "function",
    "": "ellipsis",
}
METHODS = {  # methods that MicroPython's classes lack
    "bit_length": lambda n: len(bin(abs(n))) - 2 if n else 0,
    "is_integer": lambda x: x == x and abs(x) < float("inf") and x % 1 == 0,
}


HELPERS = {
    "repr": repr_, "str_": text_, "type_name_": type_name_, "part_": part_, "dict": dict, "all_": ALL,
    "format": lambda value, form="": show_(value, "", form), "show_": show_, "format_": format_,
    "named_": named_, "left_": lambda value: Left(value) if type(value) in NUMBERS else value, "changed_": changed_,
    "list_": lambda *items: list(items), "tuple_": lambda *items: items,
    "set_": lambda *items: set(items),
}  # fmt: skip
for _name, _method in METHODS.items():
    HELPERS[_name + "_"] = lambda value, name=_name, method=_method: (
        method(value) if isinstance(value, (int, float)) else getattr(value, name)()
    )


# Errors ----------------------------------------------------------------------------------------
SEEN = []  # errors that were shown in a verdict
PARAMETERS = {}  # the parameters of functions that the cells define, by name
OPERATORS = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "matmul": "@",
    "pow": "** or pow()", "and": "&", "or": "|", "xor": "^", "lshift": "<<", "rshift": ">>",
    "iadd": "+=", "isub": "-=", "divmod": "divmod()",
}  # fmt: skip
COMPARISONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}
WORDINGS = (  # what MicroPython says, what CPython says
    ("name '(.*)' isn't defined", "name '{}' is not defined"),
    ("divide by zero", "division by zero"),
    ("overflow converting (.*)", "Python int too large to convert to C {}"),
    ("'(.*)' object isn't (callable|iterable|subscriptable)", "'{}' object is not {}"),
    ("'(.*)' object doesn't support item assignment", "'{}' object does not support item assignment"),
    ("'(.*)' object isn't an iterator", "'{}' object is not an iterator"),
    ("(list|tuple) indices must be integers, not (.*)", "{} indices must be integers or slices, not {}"),
    ("need more than (.*) values to unpack", "not enough values to unpack (expected {}, got fewer)"),
    ("'int' object is not iterable and cannot be unpacked", "cannot unpack non-iterable int object"),
    ("invalid syntax for integer with base (.*): (.*)", "invalid literal for int() with base {}: {}"),
    ("can't convert (.*) to float", "must be real number, not {}"),
    ("can't convert (.*) to int", "'{}' object cannot be interpreted as an integer"),
    ("unsupported type for __hash__: '(.*)'", "unhashable type: '{}'"),
    ("unsupported type for __abs__: '(.*)'", "bad operand type for abs(): '{}'"),
    ("unsupported type for __neg__: '(.*)'", "bad operand type for unary -: '{}'"),
)  # fmt: skip
COUNT = r"(.*)\(\) takes (\d+) positional arguments but (\d+) were given"
SEQUENCES = ("str", "list", "tuple")


def in_cpythons_words(error):
    """Return the message of an error as CPython words it."""
    text = str(error).replace("'bound_method'", "'builtin_function_or_method'")
    text = text.replace("'closure'", "'function'").replace("'named_'", "'function'")
    if isinstance(error, KeyError):
        return repr(error.args[0]) if error.args else ""
    found = re.match("unsupported types for __(.*)__: '(.*)', '(.*)'$", text)
    if found:
        name, a, b = found.group(1), found.group(2), found.group(3)
        if name in COMPARISONS:
            return f"'{COMPARISONS[name]}' not supported between instances of '{a}' and '{b}'"
        if name == "add" and a in SEQUENCES:
            return f'can only concatenate {a} (not "{b}") to {a}'
        if name == "mul" and (a in SEQUENCES or b in SEQUENCES):
            return f"can't multiply sequence by non-int of type '{b if a in SEQUENCES else a}'"
        return f"unsupported operand type(s) for {OPERATORS.get(name, name)}: '{a}' and '{b}'"
    found = re.match(COUNT, text)
    if found:
        return _wrong_count(found.group(1), int(found.group(2)), int(found.group(3)))
    for pattern, words in WORDINGS:
        found = re.match(pattern + "$", text)
        if found:
            return words.format(*[found.group(i + 1) for i in range(words.count("{}"))])
    return text


def _wrong_count(name, takes, given):
    """Say that a function got too many or too few inputs."""
    missing = [f"'{p}'" for p in PARAMETERS.get(name, ())[given:]]
    if missing and len(PARAMETERS[name]) == takes:
        names = " and ".join(missing)
        if len(missing) > 2:
            names = ", ".join(missing[:-1]) + ", and " + missing[-1]
        s = "" if len(missing) == 1 else "s"
        return f"{name}() missing {len(missing)} required positional argument{s}: {names}"
    s, were = "" if takes == 1 else "s", "was" if given == 1 else "were"
    return f"{name}() takes {takes} positional argument{s} but {given} {were} given"


def _learn_parameters(source):
    for line in source.split("\n"):
        found = re.match(r"\s*def (\w+)\((.*)\)\s*:", line)
        if found:
            given = [p.split("=")[0].split(":")[0].strip() for p in found.group(2).split(",")]
            PARAMETERS[found.group(1)] = [p for p in given if p]


# Names of modules that Jupyter has, and of methods that CPython's classes have: not finding them
# is this Python's fault.
MODULES = ("numpy scipy matplotlib pandas sklearn torchvision d2l tqdm random time os sys pathlib "
           "dataclasses typing operator collections string re json copy timeit datetime bisect heapq "
           "cmath numbers enum contextlib warnings gc abc types logging struct array tempfile csv "
           "pickle glob shutil subprocess threading multiprocessing urllib hashlib itertools functools "
           "statistics decimal fractions inspect textwrap IPython sympy numba jax torchaudio zlib "
           "traceback base64 ast dis tokenize unittest doctest pprint queue secrets uuid").split()  # fmt: skip
LACKING = """as_integer_ratio bit_count bit_length is_integer capitalize casefold conjugate denominator expandtabs
format_map fromhex hex imag isalnum isascii isdecimal isidentifier isnumeric isprintable istitle
ljust maketrans numerator real removeprefix removesuffix rjust swapcase title translate zfill
add_note __traceback__ with_traceback __code__ __doc__ __name__ __defaults__""".split()


def why_not(error):
    """Return why this Python alone stops at error; None if Jupyter would stop, too."""
    kind, text = type(error).__name__, str(error)
    if kind == "Missing" or (kind == "NotImplementedError" and "only slices" in text):
        return text or "it is not built in"
    if "copyable object of type" in text:
        return "a copy of an object"
    if "recursion depth" in text:
        return "functions within functions within functions ..."
    if isinstance(error, MemoryError) or "pystack exhausted" in text:
        return text if "tensor" in text else "it needs too much memory"
    if isinstance(error, ImportError):
        found = re.match("no module named '(.*)'", text)
        module = found.group(1) if found else ""
        if not found or module.split(".")[0] in MODULES or module[:5] == "torch":
            return f"no {module or text}"
    if isinstance(error, AttributeError):
        if "torch/" in _trace(error)[-1] and text[:5] in (
            "'list",
            "'tupl",
            "'int'",
            "'floa",
            "'bool",
        ):
            return "what is no tensor, where one is due"
        module = re.match("module '(.*)' has no attribute", text)
        own = module and module.group(1)[:5] not in ("math", "torch")
        return f"no {text.split()[-1]}" if own or text.split("'")[-2:][0] in LACKING else None
    if isinstance(error, TypeError):
        found = re.match("unsupported types for __(.*)__: '(int|float|bool)', '(.*)'$", text)
        if found and found.group(3) in ("Tensor", "Fraction", "Parameter"):
            return "a comparison"
        found = re.match(COUNT, text)
        known = not found or found.group(1) in PARAMETERS or found.group(1) == "<lambda>"
        if not known or "keyword argument" in text or "required positional argument #" in text:
            return text
    return None


# Running ---------------------------------------------------------------------------------------
class Printer:
    """What is printed, up to MOST characters."""

    def __init__(self):
        self.parts, self.room = [], MOST

    def __call__(self, *values, sep=" ", end="\n", file=None, flush=False):
        sep, end = " " if sep is None else sep, "\n" if end is None else end
        text = sep.join([text_(v) for v in values]) + end
        if file is not None and hasattr(file, "write") and file not in (sys.stdout, sys.stderr):
            file.write(text)
        elif self.room:
            self.parts.append(text if len(text) <= self.room else text[: self.room] + NO_MORE)
            self.room = max(0, self.room - len(text))


OUT = [Printer()]
STATE = {}  # the given code and the answer of this run, and how the modules are


def run(source, namespace, name):
    """Run a cell."""
    try:
        source = rewritten(source)
    except Unknown:
        source = str(source)
    exec(compile(source + "\n", name, "exec"), namespace)


def _trace(error):
    """Return the lines that say where error came from, the innermost last."""
    file = io.StringIO()
    sys.print_exception(error, file)
    return [line for line in file.getvalue().split("\n") if 'File "' in line] or [""]


def _line(error):
    """Return the number and source of the last line of the answer that error went through."""
    number = None
    for line in _trace(error):
        found = re.match(r'\s*File "<your code>", line (\d+)', line)
        number = int(found.group(1)) if found else number
    if number is None:
        return None
    lines = STATE["answer"].split("\n")
    source = lines[number - 1].strip() if number <= len(lines) else ""
    return f"line {number}, {source}".rstrip(", ")


def line_of(error, function):
    """In place of the page's line_of, which needs CPython's frames."""
    return _line(error) or f"in {function.__name__}"


def _bare(source):
    """Return code without comments, white space and docstrings."""
    return [text for _, kind, text in tokens_of(source) if kind != "e" and text[-1] not in "\"'"]


def untouched(function):
    """In place of the page's untouched, which needs CPython's bytecode."""
    name = function.__name__
    if name not in STATE["answer"] and name in STATE["given"]:
        return True
    try:
        bare = _bare(STATE["answer"])
        return bare == _bare(STATE["given"]) or bare[-3:] == [":", "return", "..."]
    except Unknown:
        return False


class Absent:
    """What could not be imported: using it is what this Python cannot do."""

    def __init__(self, name):
        self.name_ = name

    def __call__(self, *inputs, **named):
        raise torch._core.Missing(f"no {self.name_}")

    __getattr__ = __call__


def prepare(cells):
    """Return the namespace that the plain cells of a page make; what one cannot make is left out."""
    namespace = {"__name__": "__main__", "print": lambda *values, **named: None}
    namespace.update(HELPERS)
    for source in cells:
        for _ in range(9):
            try:
                run(source, namespace, "<page>")
                break
            except ImportError:
                source = _without_import(source, namespace)
            except (Exception, torch._core.Missing):
                break
        _learn_parameters(source)
    namespace["print"] = lambda *values, **named: OUT[0](*values, **named)
    for function in line_of, untouched:
        if function.__name__ in namespace:
            namespace[function.__name__] = function
    STATE["modules"] = sys.modules.copy()
    STATE["builtins"] = [(name, getattr(builtins, name)) for name in dir(builtins)]
    modules = [m for m in sys.modules.values() if hasattr(m, "__file__")]
    STATE["names"] = [(m, m.__dict__.copy()) for m in modules]
    return namespace


def _without_import(source, namespace):
    """Return source without its first import that fails; the names become Absent."""
    lines = source.split("\n")
    for i, line in enumerate(lines):
        found = re.match(r"from \S+ import (.+)$", line) or re.match(r"import (.+)$", line)
        if found:
            try:
                exec(line, namespace)
            except ImportError:
                for item in found.group(1).split(","):
                    name = item.strip().split(" as ")[-1].split(".")[0]
                    namespace[name] = Absent(item.strip())
                lines[i] = ""
                return "\n".join(lines)
    return ""


def _restore_builtins(get=getattr, put=setattr):
    """Undo what a cell did to builtins; only with what it cannot have replaced."""
    for name, value in STATE["builtins"]:
        if get(builtins, name, None) is not value:
            put(builtins, name, value)


def _restore():
    """Undo what a cell did to modules and the default dtype."""
    torch.set_default_dtype(torch.float32)
    for name in list(sys.modules):
        if name not in STATE["modules"]:
            del sys.modules[name]
    sys.modules.update(STATE["modules"])
    for module, names in STATE["names"]:
        now = module.__dict__
        for key in list(now.keys()):
            if key not in names:
                delattr(module, key)
            elif now[key] is not names[key]:
                setattr(module, key, names[key])


def _stopped(error):
    """Return the line on an error at which the answer's cell stops."""
    where, text = _line(error), f"{type_name_(error)}: {in_cpythons_words(error)}"
    return f"{text} ({where})\n" if where else text + "\n"


def judge(namespace, given, answer, check):
    """Return what the cell answer prints, a form feed, and what the check below it prints."""
    SEEN.clear()
    STATE["given"], STATE["answer"] = given, answer
    title = re.search("@title Check ([^\n]*)", check)
    own, verdict, base, said = Printer(), Printer(), namespace.copy(), None
    _learn_parameters(answer)
    names = namespace.copy()
    OUT[0] = own
    try:
        run(given, names, "<given>")  # as if the given cell had been run before
    except Exception as error:
        STATE["left out"] = error
    # A check takes from the answer's cell what the given one made; all else is the page's own.
    theirs = [
        n for n in namespace if names[n] is namespace[n] and not re.search(rf"\b{n} *=", given)
    ]
    own.parts.clear()
    try:
        run(answer, names, ANSWER)
        OUT[0] = verdict
        checked = names.copy()
        checked.update({name: namespace[name] for name in theirs})
        run(check, checked, "<check>")
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        _restore_builtins()
        said = _stopped(error)
        SEEN.append(error)
    _restore_builtins()
    reasons = [reason for reason in map(why_not, SEEN) if reason]
    if re.search(r"(^|\n) *async def", answer):
        reasons.append("async def")
    if re.search("(^|\n) *match [^\n=]*:\\s*case ", answer):
        reasons.append("match")
    if reasons:
        said = CANNOT.format(title.group(1).strip() if title else "check", reasons[-1])
    for name in list(namespace):
        if name not in base:
            del namespace[name]
    namespace.update(base)
    _restore()
    return "".join(own.parts) + "\f" + ("".join(verdict.parts) if said is None else said)

"""Lines of bounded width, as CPython's textwrap breaks them: fill, shorten.

A line may break at spaces, after a hyphen between letters ("minibatch-size") and at a dash ("--").
"""

SPACES = "\t\n\x0b\x0c\r "


def _is_letter(sign):
    """Return whether sign is a letter or "_"; MicroPython's isalpha knows ASCII only."""
    return sign.isalpha() or sign == "_" or (0xBF < ord(sign) < 0x2000 and sign not in "×÷")


def _is_word(sign):
    return _is_letter(sign) or sign.isdigit()


def _is_word_or_mark(sign):
    return _is_word(sign) or sign in "!\"'&.,?"


def _hyphens(text, place):
    """Return how many hyphens follow one another in text from place on."""
    end = place
    while text[end : end + 1] == "-":
        end += 1
    return end - place


def _breaks_after_hyphen(text, start, place):
    """Return whether a line may break after the hyphen at place in the word from start on."""
    before, after = "   " + text[:place], text[place + 1 : place + 4] + "   "
    letters = _is_letter(before[-1]) and _is_letter(before[-2])
    stepped = _is_letter(before[-3]) and before[-2] == "-" and _is_letter(before[-1])
    follows = _is_letter(after[2] if after[1] == "-" else after[1])
    return place > start and (letters or stepped) and _is_letter(after[0]) and follows


def _pieces(text):
    """Return the pieces of text between which a line may break; spaces are pieces too."""
    pieces, start = [], 0
    while start < len(text):
        end = start + 1
        if text[start] == " ":
            while text[end : end + 1] == " ":
                end += 1
        elif (
            start
            and _is_word_or_mark(text[start - 1])
            and _hyphens(text, start) > 1
            and _is_word((text + " ")[start + _hyphens(text, start)])
        ):
            end = start + _hyphens(text, start)
        else:
            while end < len(text) and text[end] != " ":
                dashes = _hyphens(text, end)
                if _breaks_after_hyphen(text, start, end) and dashes == 1:
                    end += 1
                    break
                after = (text + " ")[end + dashes]
                if dashes > 1 and _is_word_or_mark(text[end - 1]) and _is_word(after):
                    break
                end += 1
        pieces.append(text[start:end])
        start = end
    return pieces


def _lines(text, width, more=None):
    """Return the lines of text, of at most width characters; or the first, then more."""
    for space in SPACES:
        text = text.replace(space, " " * 8 if space == "\t" else " ")
    pieces, lines = _pieces(text), []
    pieces.reverse()  # so that pop takes the next one
    while pieces:
        line, used = [], 0
        if not pieces[-1].strip() and lines:
            pieces.pop()
        while pieces and used + len(pieces[-1]) <= width:
            used += len(pieces[-1])
            line.append(pieces.pop())
        if pieces and len(pieces[-1]) > width:  # a word too long for any line
            cut, word = width - used, pieces.pop()
            hyphen = word.rfind("-", 0, cut)
            if len(word) > cut and hyphen > 0 and word[:hyphen].strip("-"):
                cut = hyphen + 1
            line.append(word[:cut])
            used += cut
            pieces.append(word[cut:])
        if line and not line[-1].strip():
            used -= len(line.pop())
        if not line:
            continue
        if more is None or not "".join(pieces).strip():
            lines.append("".join(line))
            continue
        while line and (not line[-1].strip() or used + len(more) > width):
            used -= len(line.pop())
        return ["".join(line) + more if line else more.strip()]
    return lines


def fill(text, width=70):
    """Return text as one string of lines of at most width characters."""
    return "\n".join(_lines(text, width))


def shorten(text, width, placeholder=" [...]"):
    """Return text with single spaces, cut to width with a placeholder at its end."""
    start = " ".join(text.split())[: 3 * width + 3]  # what follows cannot matter
    return "".join(_lines(start, width, placeholder))

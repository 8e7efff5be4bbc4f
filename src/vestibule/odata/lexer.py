"""$filter text → tokens. Literals become Python values here, names stay as written.

A path is one token: nothing may stand between its names, nor before the "(" of a call.
Source: OData ABNF 4.01, section 7.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Literal, NamedTuple

from vestibule.edm.types import moment
from vestibule.errors import Invalid
from vestibule.ports import Scalar

MAX_CHARACTERS = 2000
MAX_TOKENS = 800  # more than the parts that a parser takes can be made of
_INT64 = 1 << 63
_INT64_DIGITS = len(str(_INT64))
OPERATORS = frozenset({"or", "and", "not", "eq", "ne", "gt", "ge", "lt", "le", "in", "has"})
_CONSTANTS: dict[str, Scalar] = {"true": True, "false": False, "null": None}
_WITHOUT_NUMBER = frozenset({"nan", "inf"})

# Repetitions are possessive, so that no text makes the expression look at it twice.
_TOKEN = re.compile(
    r"""\s*+(?:
    (?P<mark>[(),:])
  | (?P<text>'[^']*+(?:''[^']*+)*+'(?![\w']))
  | (?P<guid>[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}(?![\w-]))
  | (?P<word>[A-Za-z_$@][\w.$@]*+(?:/[A-Za-z_$@][\w.$@]*+)*+(?!/))
    (?P<typed>'[^']*+(?:''[^']*+)*+'(?![\w']))?
  | (?P<moment>\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)(?!\w))
  | (?P<day>\d{4}-\d\d-\d\d(?![\w-]))
  | (?P<clock>\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?![\w:]))
  | (?P<number>[+-]?\d++(?:\.\d++)?(?:[eE][+-]?\d++)?(?![\w.'-]))
  | (?P<end>\Z)
  | (?P<infinite>-INF(?!\w))
  | (?P<arithmetic>-)
  | (?P<json>[\[{])
    )""",
    re.VERBOSE | re.ASCII,
)


class Token(NamedTuple):
    """`text` is as written, of an operator in lower case.

    For "typed" the type is in `text` and the member in `value`. `called`: a "(" follows at once.
    """

    kind: Literal["literal", "quoted", "typed", "word", "operator", "mark", "end"]
    text: str
    at: int
    value: Scalar = None
    called: bool = False


def tokens(text: str) -> list[Token]:
    """The tokens of a $filter, ending with one of kind "end". Raises Invalid with the position."""
    if len(text) > MAX_CHARACTERS:
        raise Invalid(f"$filter must have at most {MAX_CHARACTERS} characters.", target="$filter")
    if "\0" in text:
        raise Invalid("$filter must not contain NUL.", target="$filter")
    found: list[Token] = []
    match, at = _TOKEN.match, 0
    while len(found) < MAX_TOKENS:
        matched = match(text, at)
        if matched is None:
            raise bad_syntax(at)
        kind = matched.lastgroup
        start, end = matched.span(kind or 0)
        if kind == "mark":
            found.append(Token("mark", text[start:end], start))
        elif kind == "word":
            found.append(_word(text, start, end))
        elif kind == "typed":
            found.append(_typed(text, matched.start("word"), start, end))
        elif kind == "end":
            found.append(Token("end", "", start))
            return found
        else:
            found.append(_LITERALS[kind or ""](text, start, end))
        at = end
    raise refused("has too many parts")


def bad_syntax(at: int) -> Invalid:
    return Invalid(f"Syntax error at position {at} in '$filter'.", target="$filter")


def refused(what: str) -> Invalid:
    """For what is an expression, but none that is answered here."""
    return Invalid(f"The expression in '$filter' {what}.", target="$filter")


def _word(text: str, start: int, end: int) -> Token:
    word, called = text[start:end], text.startswith("(", end)
    folded = word.lower()
    if folded in OPERATORS:
        return Token("operator", folded, start)
    if folded in _CONSTANTS:
        return Token("literal", folded, start, _CONSTANTS[folded])
    if folded in _WITHOUT_NUMBER:
        raise refused(f"does not support '{word}': no property has that value")
    return Token("word", word, start, None, called)


def _quoted(text: str, start: int, end: int) -> Token:
    return Token("quoted", "", start, text[start + 1 : end - 1].replace("''", "'"))


def _typed(text: str, start: int, quote: int, end: int) -> Token:
    value = text[quote + 1 : end - 1].replace("''", "'")
    return Token("typed", text[start:quote], start, value)


def _plain(text: str, start: int, end: int) -> Token:
    return Token("quoted", text[start:end], start, text[start:end])


def _moment(text: str, start: int, end: int) -> Token:
    try:
        return Token("literal", "", start, moment(text[start:end]))
    except ValueError:
        raise bad_syntax(start) from None


def _clock(text: str, start: int, end: int) -> Token:
    raise refused(f"does not support '{text[start:end]}': no property is an Edm.TimeOfDay")


def _unsupported(text: str, start: int, end: int) -> Token:
    raise refused(f"does not support '{text[start:end]}' at position {start}")


def _number(text: str, start: int, end: int) -> Token:
    """Numbers that no 64-bit column could hold are refused: a database would fail on them."""
    written = text[start:end]
    if written.lstrip("+-").isdigit():
        whole = int(written) if len(written.lstrip("+-0")) <= _INT64_DIGITS else _INT64
        if -_INT64 <= whole < _INT64:
            return Token("literal", "", start, whole)
        raise bad_syntax(start)
    number = float(written)
    if not math.isfinite(number):
        raise bad_syntax(start)
    return Token("literal", "", start, number)


_LITERALS: dict[str, Callable[[str, int, int], Token]] = {
    "text": _quoted,
    "guid": _plain,
    "day": _plain,
    "moment": _moment,
    "clock": _clock,
    "number": _number,
    "infinite": _unsupported,
    "arithmetic": _unsupported,
    "json": _unsupported,
}

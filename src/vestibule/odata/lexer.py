"""$filter text → tokens. Literals become Python values here, names stay as written.

Source: OData ABNF 4.01, section 7.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

from vestibule.edm.types import moment
from vestibule.errors import Invalid
from vestibule.ports import Scalar

MAX_CHARACTERS = 2000
_INT64 = 1 << 63

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<enum>[A-Za-z_][\w.]*'(?:[^']|'')*')
  | (?P<text>'(?:[^']|'')*')
  | (?P<moment>\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)?)
  | (?P<guid>[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}(?![\w-]))
  | (?P<day>\d{4}-\d\d-\d\d(?![\w-]))
  | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.]))
  | (?P<word>[A-Za-z_][\w.]*)
  | (?P<mark>[(),/:])
    """,
    re.VERBOSE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is as written; for "enum" the type is in `text` and the member in `value`."""

    kind: Literal["literal", "quoted", "enum", "word", "mark", "end"]
    text: str
    at: int
    value: Scalar = None


def tokens(text: str) -> list[Token]:
    """The tokens of a $filter, ending with one of kind "end". Raises Invalid with the position."""
    if len(text) > MAX_CHARACTERS:
        raise Invalid(f"$filter must have at most {MAX_CHARACTERS} characters.", target="$filter")
    if "\0" in text:
        raise Invalid("$filter must not contain NUL.", target="$filter")
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise bad_syntax(at)
        if match.lastgroup != "space":
            found.append(_token(match, at))
        at = match.end()
    found.append(Token("end", "", at))
    return found


def bad_syntax(at: int) -> Invalid:
    return Invalid(f"Syntax error at position {at} in '$filter'.", target="$filter")


def _token(match: re.Match[str], at: int) -> Token:
    text = match.group()
    match match.lastgroup:
        case "mark":
            return Token("mark", text, at)
        case "word":
            return _word(text, at)
        case "text":
            return Token("quoted", text, at, _unquoted(text))
        case "enum":
            type_name, _, _ = text.partition("'")
            return Token("enum", type_name, at, _unquoted(text[len(type_name) :]))
        case "moment":
            return Token("literal", text, at, _moment(text, at))
        case "number":
            return Token("literal", text, at, _number(text, at))
        case _:
            return Token("quoted", text, at, text)


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'")


def _word(text: str, at: int) -> Token:
    constants: dict[str, Scalar] = {"true": True, "false": False, "null": None}
    folded = text.casefold()
    if folded in constants:
        return Token("literal", folded, at, constants[folded])
    return Token("word", text, at)


def _moment(text: str, at: int) -> Scalar:
    try:
        return moment(text)
    except ValueError:
        raise bad_syntax(at) from None


def _number(text: str, at: int) -> int | float:
    """Numbers that no 64-bit column could hold are refused: a database would fail on them."""
    if text.lstrip("-").isdigit():
        whole = int(text) if len(text) <= len(str(-_INT64)) else _INT64
        if -_INT64 <= whole < _INT64:
            return whole
        raise bad_syntax(at)
    number = float(text)
    if not math.isfinite(number):
        raise bad_syntax(at)
    return number

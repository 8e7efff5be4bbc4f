"""Primitive types: read from JSON, print to JSON, and how each compares in a query.

Source: OData CSDL 4.01, section 3.3; OData JSON 4.01, section 7.1.
"""

from __future__ import annotations

import base64
import binascii
import math
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any, Literal

Kind = Literal["text", "boolean", "number", "datetime", "json"]
"""What a value is once stored; only values of one kind compare with each other."""


@dataclass(frozen=True, slots=True)
class Primitive:
    """`parse` takes a JSON value to a Python one or raises ValueError; `show` is its inverse
    (None: JSON prints the Python value as it is).

    `expected` completes the sentence "The value must be …". `native`: JSON alone tells it.
    """

    name: str
    kind: Kind
    expected: str
    parse: Callable[[Any], Any]
    show: Callable[[Any], Any] | None
    native: bool = False


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError  # one exception for whatever is not a value of the type
    return value


def _whole(bits: int) -> Callable[[Any], int]:
    """Integers of so many bits. 1.0 is 1: generated clients send every number as a float."""
    bound = 1 << (bits - 1)

    def parse(value: Any) -> int:
        if isinstance(value, str) and bits == 64:  # noqa: PLR2004  # IEEE754Compatible clients
            if len(value) > 20:  # noqa: PLR2004  # longer than any 64-bit number
                raise ValueError
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError
        whole = int(value) if math.isfinite(value) else None
        if whole is None or whole != value or not -bound <= whole < bound:
            raise ValueError
        return whole

    return parse


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError
    try:
        number = float(value)
    except OverflowError:
        raise ValueError from None
    if not math.isfinite(number):
        raise ValueError
    return number


def show_number(value: float) -> int | float:
    """3.0 prints as 3, as Graph prints it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def moment(value: Any) -> datetime:
    """An instant with its offset, as UTC. Raises ValueError."""
    if not isinstance(value, str) or len(value) < len("2000-01-01T00:00Z"):
        raise ValueError
    parsed = datetime.fromisoformat(value)
    if parsed.tzinfo is None:
        raise ValueError
    try:
        return parsed.astimezone(UTC)
    except OverflowError:
        raise ValueError from None


def show_moment(value: datetime) -> str:
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _day(value: Any) -> str:
    return date.fromisoformat(_text(value)).isoformat()


def _guid(value: Any) -> str:
    text = _text(value)
    if len(text) != len("00000000-0000-0000-0000-000000000000"):
        raise ValueError
    return str(uuid.UUID(text))


def _binary(value: Any) -> str:
    text = _text(value)
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError from None
    return text


_NUMBER = "a number"

PRIMITIVES: Mapping[str, Primitive] = MappingProxyType(
    {
        primitive.name: primitive
        for primitive in (
            Primitive("Edm.String", "text", "a text", _text, None, native=True),
            Primitive("Edm.Boolean", "boolean", "true or false", _boolean, None, native=True),
            Primitive("Edm.Int16", "number", "a whole number of 16 bits", _whole(16), None),
            Primitive("Edm.Int32", "number", "a whole number of 32 bits", _whole(32), None),
            Primitive("Edm.Int64", "number", "a whole number of 64 bits", _whole(64), None),
            Primitive("Edm.Single", "number", _NUMBER, _number, show_number),
            Primitive("Edm.Double", "number", _NUMBER, _number, show_number, native=True),
            Primitive("Edm.Decimal", "number", _NUMBER, _number, show_number),
            Primitive(
                "Edm.DateTimeOffset",
                "datetime",
                "a date and time with offset, such as 2024-01-31T12:00:00Z",
                moment,
                show_moment,
            ),
            Primitive("Edm.Date", "text", "a date such as 2024-01-31", _day, None),
            Primitive("Edm.Guid", "text", "a GUID", _guid, None),
            Primitive("Edm.Binary", "text", "base64", _binary, None),
            Primitive("Edm.Untyped", "json", "JSON", lambda value: value, None, native=True),
        )
    }
)

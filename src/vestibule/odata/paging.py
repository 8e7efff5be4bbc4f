"""$skiptoken: where the next page starts. Opaque to clients, and tied to the query it came from.

A token is not a secret and not signed: what it holds is checked like any other input.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from vestibule.edm.linked import Shape
from vestibule.edm.types import moment, show_moment
from vestibule.errors import Invalid
from vestibule.odata.options import Options
from vestibule.ports import Row, Scalar


def fingerprint(path: str, given: Mapping[str, str]) -> str:
    """What a token is tied to: the path, the filter and the order."""
    text = "\0".join((path.casefold(), given.get("filter", ""), given.get("orderby", "")))
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def after(row: Row, options: Options, mark: str) -> str:
    """The token of the page behind a row."""
    values: list[Scalar] = [row.get(column) for column, _ in options.order]
    printed = [show_moment(v) if isinstance(v, datetime) else v for v in (*values, row["id"])]
    return base64.urlsafe_b64encode(msgspec.json.encode([mark, *printed])).decode().rstrip("=")


def start(options: Options, mark: str) -> tuple[Scalar, ...] | None:
    """The values that the page starts behind; None for the first page. Raises Invalid."""
    if options.skiptoken is None:
        return None
    try:
        return _read(options.skiptoken, options, mark)
    except (ValueError, TypeError, msgspec.MsgspecError, RecursionError):
        raise Invalid(
            "The value of '$skiptoken' does not belong to this query; follow '@odata.nextLink'.",
            target="$skiptoken",
        ) from None


def _read(text: str, options: Options, mark: str) -> tuple[Scalar, ...]:
    """Whatever is wrong is a ValueError, a TypeError or an error of the codec."""
    padded = text.encode() + b"=" * (-len(text) % 4)
    given, *values, key = msgspec.json.decode(base64.urlsafe_b64decode(padded))
    if given != mark or len(values) != len(options.ordered) or not isinstance(key, str):
        raise ValueError
    if "\0" in key:
        raise ValueError
    return (*map(_checked, options.ordered, values), key)


def _checked(shape: Shape, value: Any) -> Scalar:
    """A value of the property's kind, or ValueError: a database must never see another."""
    if value is None:
        return None
    if shape.kind == "datetime":
        return moment(value)
    if shape.primitive is None:
        if not isinstance(value, str):
            raise ValueError  # every wrong token is one error to the caller
        return value
    parsed: Scalar = shape.primitive.parse(value)
    return parsed

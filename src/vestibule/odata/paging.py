"""Pages: how many rows each holds, and the $skiptoken that says where the next one starts.

A token is opaque to clients and tied to the query it came from. It is not a secret and not
signed: what it holds is checked like any other input.

`$top` is the size of a page, as in Graph, whose clients follow "@odata.nextLink" to get the rest
(https://learn.microsoft.com/graph/paging). Only beyond what a page may hold does it bound the
whole result, as in OData; the token then says how many rows may still come.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from vestibule.edm.linked import Shape
from vestibule.edm.types import moment, show_moment
from vestibule.errors import Invalid
from vestibule.odata.evaluate import Stamp, value_of
from vestibule.odata.options import MAX_NUMBER, MAX_TOP, Options
from vestibule.ports import Member, Query, Row, Scalar


@dataclass(frozen=True, slots=True)
class Page:
    """Up to `size` rows behind `after`; `left`: how many may come in all from here, None: any."""

    size: int
    after: tuple[Scalar, ...] | None
    left: int | None
    skip: int

    def query(self, query: Query, options: Options) -> Query:
        """One row more than the page holds, to see whether another page follows."""
        return replace(
            query, order=options.order, top=self.size + 1, skip=self.skip, after=self.after
        )

    def cut(self, rows: list[Row], options: Options, mark: str) -> tuple[list[Row], str]:
        """The rows of the page, and the token of the next one; "" after the last."""
        left = None if self.left is None else self.left - self.size
        if len(rows) <= self.size or left == 0:
            return rows[: self.size], ""
        return rows[: self.size], after(rows[self.size - 1], options, mark, left)


def page(options: Options, mark: str, *, preferred: int | None, size: int) -> Page:
    """The page that is asked for. `preferred`: by the client; `size`: without that and $top.

    Raises Invalid for a $skiptoken of another query.
    """
    behind, left = start(options, mark)
    skip = options.skip if behind is None else 0
    most = min(preferred or MAX_TOP, MAX_TOP)
    if left is not None:
        return Page(min(left, most), behind, left, skip)
    if options.top is None:
        return Page(min(preferred or size, MAX_TOP), behind, None, skip)
    bounded = options.top > most and behind is None
    return Page(min(options.top, most), behind, options.top if bounded else None, skip)


def fingerprint(path: str, given: Mapping[str, str]) -> str:
    """What a token is tied to: the path, the filter and the order."""
    text = "\0".join((path.casefold(), given.get("filter", ""), given.get("orderby", "")))
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def after(row: Row, options: Options, mark: str, left: int | None) -> str:
    """The token of the page behind a row."""
    values: list[Scalar] = [
        value_of(Member(place) if isinstance(place, str) else place, row)
        for place, _ in options.order
    ]
    token = msgspec.json.encode([mark, left, *map(_shown, values), row["id"]])
    return base64.urlsafe_b64encode(token).decode().rstrip("=")


def _shown(value: Scalar) -> Scalar:
    if isinstance(value, Stamp):
        return f"{value}Z"
    return show_moment(value) if isinstance(value, datetime) else value


def start(options: Options, mark: str) -> tuple[tuple[Scalar, ...] | None, int | None]:
    """The values that the page starts behind, None for the first page, and how many rows may
    still come. Raises Invalid."""
    if options.skiptoken is None:
        return None, None
    try:
        return _read(options.skiptoken, options, mark)
    except (ValueError, TypeError, msgspec.MsgspecError, RecursionError):
        raise Invalid(
            "The value of '$skiptoken' does not belong to this query; follow '@odata.nextLink'.",
            target="$skiptoken",
        ) from None


def _read(text: str, options: Options, mark: str) -> tuple[tuple[Scalar, ...], int | None]:
    """Whatever is wrong is a ValueError, a TypeError or an error of the codec."""
    padded = text.encode() + b"=" * (-len(text) % 4)
    given, left, *values, key = msgspec.json.decode(base64.urlsafe_b64decode(padded))
    if given != mark or len(values) != len(options.ordered) or not isinstance(key, str):
        raise ValueError
    if "\0" in key:
        raise ValueError
    if left is not None and (type(left) is not int or not 0 < left < 10**MAX_NUMBER):
        raise ValueError
    return (*map(_checked, options.ordered, values), key), left


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

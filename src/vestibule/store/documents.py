"""JSON in SQL: each engine's way to reach into a column that holds it as text.

A value of another kind than the one that is asked for reads as null, and so does what is not
there; numbers read as doubles. Names reach the database as parameters, and only such as need no
quoting: see `names`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Double,
    FromClause,
    Numeric,
    Text,
    case,
    cast,
    column,
    false,
    func,
    literal,
    literal_column,
    null,
    or_,
    true,
)
from sqlalchemy.dialects import postgresql

from vestibule.errors import Invalid

_NAME = re.compile(r"[A-Za-z_@][\w.@]{0,127}", re.ASCII)
_LARGEST: ColumnElement[Any] = literal_column("1e308", Double())
_DIGIT = "[0-9]"
_DAY = f"{_DIGIT * 4}-{_DIGIT * 2}-{_DIGIT * 2}"
_CLOCK = f"{_DIGIT * 2}:{_DIGIT * 2}:{_DIGIT * 2}"
_SQLITE_STAMPS = (f"'{_DAY}T{_CLOCK}Z'", f"'{_DAY}T{_CLOCK}.{_DIGIT * 6}Z'")
_POSTGRES_STAMP = f"'^{_DAY}T{_CLOCK}([.]{_DIGIT * 6})?Z$'"
_NULL: ColumnElement[Any] = literal_column("'null'", Text())


def names(path: str) -> tuple[str, ...]:
    """The names of a path. Raises Invalid for one that no member of a document has."""
    found = tuple(path.split("/"))
    for name in found:
        if not _NAME.fullmatch(name):
            raise Invalid(f"'{name[:40]}' cannot be filtered or ordered by.", target=name)
    return found


class Document(Protocol):
    """A JSON value, or the place where one may be."""

    def at(self, path: Sequence[str]) -> Document: ...

    def text(self) -> ColumnElement[Any]: ...

    def number(self) -> ColumnElement[Any]: ...

    def boolean(self) -> ColumnElement[Any]: ...

    def stamp(self) -> ColumnElement[Any]:
        """A point in time as it is kept in JSON, without the Z: such texts order as the points."""

    def known(self) -> ColumnElement[Any]:
        """Anything but null where there is a value that is not null."""

    def elements(self) -> tuple[FromClause, Document]:
        """The elements of an array as rows, and one of them; no rows for anything else."""


@dataclass(frozen=True, slots=True)
class SqliteDocument:
    """`base` is JSON text, or with `type_` what json_each yields for an element."""

    base: ColumnElement[Any]
    type_: ColumnElement[Any] | None = None
    path: tuple[str, ...] = ()

    def at(self, path: Sequence[str]) -> SqliteDocument:
        if self.type_ is None:
            return replace(self, path=(*self.path, *path))
        inside = case((self.type_ == literal_column("'object'"), self.base))
        return SqliteDocument(inside, None, tuple(path))

    def text(self) -> ColumnElement[Any]:
        return case((self._type() == literal_column("'text'"), self._value()))

    def number(self) -> ColumnElement[Any]:
        number: ColumnElement[Any] = cast(self._value(), Double())
        kinds = self._type().in_([literal_column("'integer'"), literal_column("'real'")])
        return case((kinds, case((func.abs(number) < _LARGEST, number))))

    def boolean(self) -> ColumnElement[Any]:
        kind = self._type()
        return case(
            (kind == literal_column("'true'"), true()),
            (kind == literal_column("'false'"), false()),
            else_=null(),
        )

    def stamp(self) -> ColumnElement[Any]:
        text = self.text()
        fits = or_(*(text.op("GLOB")(literal_column(pattern)) for pattern in _SQLITE_STAMPS))
        return case((fits, func.rtrim(text, literal_column("'Z'"), type_=Text())))

    def known(self) -> ColumnElement[Any]:
        return func.nullif(self._type(), _NULL)

    def elements(self) -> tuple[FromClause, Document]:
        array = case((self._type() == literal_column("'array'"), self._value()))
        each = func.json_each(array).table_valued(column("value", Text), column("type", Text))
        rows = each.alias()
        return rows, SqliteDocument(rows.c.value, rows.c.type)

    def _path(self) -> ColumnElement[Any]:
        return literal("$" + "".join(f'."{name}"' for name in self.path), Text())

    def _type(self) -> ColumnElement[Any]:
        if self.type_ is not None:
            return self.type_
        return func.json_type(self.base, self._path(), type_=Text())

    def _value(self) -> ColumnElement[Any]:
        if self.type_ is not None:
            return self.base
        return func.json_extract(self.base, self._path(), type_=Text())


@dataclass(frozen=True, slots=True)
class PostgresDocument:
    """`json` is of type jsonb."""

    json: ColumnElement[Any]

    def at(self, path: Sequence[str]) -> PostgresDocument:
        steps = [literal(name, Text()) for name in path]
        return PostgresDocument(
            func.jsonb_extract_path(self.json, *steps, type_=postgresql.JSONB())
        )

    def text(self) -> ColumnElement[Any]:
        root = literal_column("'{}'", postgresql.ARRAY(Text()))
        return self._of("'string'", self.json.op("#>>", return_type=Text())(root))

    def number(self) -> ColumnElement[Any]:
        number = cast(self.json, Numeric())
        fits = case((func.abs(number) < _LARGEST, cast(number, Double())))
        return self._of("'number'", fits)

    def boolean(self) -> ColumnElement[Any]:
        return self._of("'boolean'", cast(self.json, Boolean()))

    def stamp(self) -> ColumnElement[Any]:
        text = self.text()
        fits = text.op("~")(literal_column(_POSTGRES_STAMP))
        bare = func.rtrim(text, literal_column("'Z'"), type_=Text()).collate("C")
        return case((fits, bare))

    def known(self) -> ColumnElement[Any]:
        return func.nullif(func.jsonb_typeof(self.json), _NULL)

    def elements(self) -> tuple[FromClause, Document]:
        array = self._of("'array'", self.json)
        each = func.jsonb_array_elements(array).table_valued(column("value", postgresql.JSONB))
        rows = each.alias()
        return rows, PostgresDocument(rows.c.value)

    def _of(self, kind: str, value: ColumnElement[Any]) -> ColumnElement[Any]:
        return case((func.jsonb_typeof(self.json) == literal_column(kind), value))


def sqlite_document(stored: ColumnElement[Any]) -> Document:
    return SqliteDocument(stored)


def postgres_document(stored: ColumnElement[Any]) -> Document:
    return PostgresDocument(cast(stored, postgresql.JSONB(none_as_null=True)))

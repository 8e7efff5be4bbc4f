"""Where the SQL of the two engines differs, in one table each; all other SQL is Core's.

Text is compared without case by Python's `str.lower`. SQLite is given that function as `fold`;
PostgreSQL's `lower` under ICU's root locale is the same mapping of the same Unicode data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ClauseElement,
    ColumnElement,
    FromClause,
    Text,
    column,
    func,
    literal_column,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

from vestibule.store.documents import Document, postgres_document, sqlite_document

ONE: ColumnElement[int] = literal_column("1", BigInteger())
"""The number in the text of a statement, where `1` would become a parameter."""

Upsert = postgresql.Insert | sqlite.Insert


@dataclass(frozen=True, slots=True)
class Sql:
    """One engine's SQL.

    `fold`: a text without case. `insert`: an INSERT that knows ON CONFLICT. `elements`: a JSON
    array of texts as rows with one column, `value`; nothing for null. `document`: a column's
    text as JSON. `position`: where a text first holds another, from 1; 0 where it does
    not. `merges`: a statement may hold inserts, and is a round trip that is worth saving.
    """

    dialect: Dialect
    fold: Callable[[ColumnElement[Any]], ColumnElement[Any]]
    insert: Callable[..., Upsert]
    elements: Callable[[ColumnElement[Any]], FromClause]
    document: Callable[[ColumnElement[Any]], Document]
    position: Callable[[ColumnElement[Any], ColumnElement[Any]], ColumnElement[Any]]
    merges: bool

    def text(self, statement: ClauseElement) -> tuple[str, Mapping[str, Any]]:
        """SQL as the driver takes it, and its parameters by name."""
        compiled = statement.compile(dialect=self.dialect)
        return str(compiled), compiled.params


def _fold_by_function(value: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.fold(value, type_=Text())


def _fold_by_icu(value: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.lower(value.collate("und-x-icu"), type_=Text()).collate("C")


def _sqlite_elements(value: ColumnElement[Any]) -> FromClause:
    return func.json_each(value).table_valued(column("value", Text))


def _postgres_elements(value: ColumnElement[Any]) -> FromClause:
    array = value.cast(postgresql.JSONB(none_as_null=True))
    return func.jsonb_array_elements_text(array).table_valued(column("value", Text))


def _sqlite_position(text: ColumnElement[Any], wanted: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.instr(text, wanted, type_=BigInteger())


def _postgres_position(text: ColumnElement[Any], wanted: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.strpos(text, wanted, type_=BigInteger())


SQLITE = Sql(
    sqlite.dialect(paramstyle="named"),
    _fold_by_function,
    sqlite.insert,
    _sqlite_elements,
    sqlite_document,
    _sqlite_position,
    merges=False,
)
_psycopg = postgresql.psycopg.dialect()  # type: ignore[no-untyped-call]
POSTGRES = Sql(
    _psycopg,
    _fold_by_icu,
    postgresql.insert,
    _postgres_elements,
    postgres_document,
    _postgres_position,
    merges=True,
)

"""The statements of one record, built in Core and compiled once for an engine.

Parameters: `at_tenant`, `at_parent`, `at_key`, `at_version` say which row; `v_{column}` what
it shall hold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Table, bindparam, select

from vestibule.edm.declare import Record
from vestibule.store.dialects import ONE, Sql
from vestibule.store.tables import Schema

_RECORDS = 256  # whose statements are kept compiled, so that a store is opened again at once
_UPDATE_FORMS = 256  # sets of columns whose UPDATE is kept compiled, for one record


@dataclass(frozen=True, slots=True)
class Statements:
    """`update` takes the columns to set and whether a version is expected. `referring` finds,
    by record, one row that refers to `at_key` and forbids deleting it."""

    get: str
    get_folded: str  # whatever the casing of `at_key`, first by id; "" where `get` does that
    version: str
    insert: str
    delete: str
    delete_expected: str
    update: Callable[[frozenset[str], bool], str]
    referring: tuple[tuple[str, str], ...]


@lru_cache(maxsize=_RECORDS)
def compile_record(record: Record, schema: Schema, sql: Sql) -> Statements:
    table = schema.tables[record.name]
    columns = selected(record, schema, table)
    written = [*columns]
    if record.parent:  # SQLite's RETURNING cannot name the written row inside a subquery
        written[2] = _container(record, schema, "at")
    where = _address(table)
    expected = table.c.version == bindparam("at_version", type_=table.c.version.type)
    insert = table.insert().values({c: _value(table, c.name) for c in table.c})
    if record.parent:
        insert = insert.returning(_container(record, schema, "v"))

    @lru_cache(maxsize=_UPDATE_FORMS)
    def update(names: frozenset[str], expecting: bool) -> str:  # noqa: FBT001 - a cache key
        changed = {name: _value(table, name) for name in sorted(names)}
        statement = table.update().values({**changed, "version": table.c.version + ONE})
        statement = statement.where(*where, *([expected] if expecting else []))
        return sql.text(statement.returning(*written))[0]

    return Statements(
        get=sql.text(select(*columns).where(*where))[0],
        get_folded=_folded(table, columns, sql) if record.exact_ids else "",
        version=sql.text(select(table.c.version).where(*where))[0],
        insert=sql.text(insert)[0],
        delete=sql.text(table.delete().where(*where).returning(*written))[0],
        delete_expected=sql.text(table.delete().where(*where, expected).returning(*written))[0],
        update=update,
        referring=tuple(_referring(record, schema, sql)),
    )


def selected(
    record: Record, schema: Schema, table: FromClause, *, parent_key: bool = False
) -> list[ColumnElement[Any]]:
    """A row as `rows.Codec.names` has it, from the table or an alias of it.

    `parent_key`: the parent's key is told instead of its id, which costs a look-up a row.
    """
    parent: list[ColumnElement[Any]] = []
    if record.parent:
        parent = [table.c.parent if parent_key else parent_id(record, schema, table)]
    return [table.c.id, table.c.version, *parent, *(table.c[c.name] for c in record.columns)]


def parent_id(record: Record, schema: Schema, table: FromClause) -> ColumnElement[Any]:
    """The parent's id in the casing it was created with; the row itself has only its key."""
    parent = schema.tables[record.parent].alias("container")
    return (
        select(parent.c.id)
        .where(parent.c.tenant == table.c.tenant, parent.c.key == table.c.parent)
        .correlate(table)
        .scalar_subquery()
        .label("parent")
    )


def _container(record: Record, schema: Schema, prefix: str) -> ColumnElement[Any]:
    """The parent's id again, where the parameters say which parent."""
    parent = schema.tables[record.parent].alias("container")
    tenant = bindparam(f"{prefix}_tenant", type_=parent.c.tenant.type)
    key = bindparam(f"{prefix}_parent", type_=parent.c.key.type)
    container = select(parent.c.id).where(parent.c.tenant == tenant, parent.c.key == key)
    return container.scalar_subquery().label("parent")


def _address(table: Table) -> list[ColumnElement[bool]]:
    return [
        column == bindparam(f"at_{column.name}", type_=column.type) for column in table.primary_key
    ]


def _folded(table: Table, columns: list[ColumnElement[Any]], sql: Sql) -> str:
    *others, key = _address(table)
    same = sql.fold(table.c.id) == key.right
    return sql.text(select(*columns).where(*others, same).order_by(table.c.key))[0]


def _value(table: Table, name: str) -> Any:
    return bindparam(f"v_{name}", type_=table.c[name].type)


def _referring(record: Record, schema: Schema, sql: Sql) -> list[tuple[str, str]]:
    found = []
    for other in schema.records.values():
        table = schema.tables[other.name]
        for reference in other.references:
            if reference.record == record.name and reference.on_delete == "restrict":
                key = table.c[f"{reference.column}_key"]
                statement: Select[Any] = select(ONE).where(
                    table.c.tenant == bindparam("at_tenant", type_=table.c.tenant.type),
                    key == bindparam("at_key", type_=key.type),
                )
                found.append((other.name, sql.text(statement)[0]))
    return found

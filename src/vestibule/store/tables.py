"""Records → SQLAlchemy Core tables, and the three tables that no record declares.

The schema's definition; `migrations` builds the same one step by step, and a test compares them.

Every table is keyed without case: `key` is the id's casefold (`key_of`). A contained record
also has `parent`, the key of the row that contains it. Companion columns, written by the store:
`{column}_key` is the key of what a reference names, and carries the foreign key;
`{column}_folded` is the text without case, and carries unique combinations and indexes.
Points in time are epoch microseconds and JSON is text, so that both engines order and keep alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKeyConstraint,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement
from sqlalchemy.types import TypeEngine

from vestibule.edm.declare import Record

# PostgreSQL would order by the language of the cluster; "C" orders by code point, as SQLite does.
TEXT = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

TYPES: Mapping[str, TypeEngine[Any]] = {
    "text": TEXT,
    "boolean": Boolean(),
    "integer": BigInteger(),
    "double": Double(),
    "datetime": BigInteger(),
    "json": TEXT,
}


_KEPT = 4  # schemas; a program has one, and tests some small ones beside it


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """Tables by record name, and the store's own. The same records have the same schema."""

    metadata: MetaData
    records: Mapping[str, Record]
    tables: Mapping[str, Table]
    tickets: Table
    counters: Table
    configuration: Table


def build(records: Iterable[Record]) -> Schema:
    """The schema of these records. Raises ValueError for a declaration it cannot hold."""
    return _built(tuple(records))


@lru_cache(maxsize=_KEPT)
def _built(records: tuple[Record, ...]) -> Schema:
    by_name = {record.name: record for record in records}
    metadata = MetaData()
    return Schema(
        metadata,
        by_name,
        {record.name: _table(record, by_name, metadata) for record in by_name.values()},
        _tickets(metadata),
        _counters(metadata),
        Table(
            "configuration",
            metadata,
            Column("tenant", TEXT, nullable=False),
            Column("number", BigInteger, nullable=False),
            PrimaryKeyConstraint("tenant", name="pk_configuration"),
        ),
    )


def key_of(record: Record, id: str) -> str:
    """What stands for an id in keys: without case, unless the record tells cases apart."""
    return id if record.exact_ids else id.casefold()


def folded(record: Record) -> tuple[str, ...]:
    """The text columns with a `_folded` companion: those of unique combinations and indexes."""
    wanted = {name for group in (*record.unique, *record.indexes) for name in group}
    return tuple(
        column.name
        for column in record.columns
        if column.name in wanted and column.type == "text" and not column.sealed
    )


def _table(record: Record, records: Mapping[str, Record], metadata: MetaData) -> Table:
    contained = bool(record.parent)
    parent = [Column("parent", TEXT, nullable=False)] if contained else []
    key = ("tenant", "parent", "key") if contained else ("tenant", "key")
    companions = [Column(f"{reference.column}_key", TEXT) for reference in record.references]
    companions += [Column(f"{name}_folded", TEXT) for name in folded(record)]
    return Table(
        record.name,
        metadata,
        Column("tenant", TEXT, nullable=False),
        *parent,
        Column("key", TEXT, nullable=False),
        Column("id", TEXT, nullable=False),
        Column("version", BigInteger, nullable=False),
        *(
            Column(column.name, TYPES[column.type], nullable=column.nullable)
            for column in record.columns
        ),
        *companions,
        PrimaryKeyConstraint(*key, name=f"pk_{record.name}"),
        *_uniques(record),
        *_indexes(record),
        *_foreign_keys(record, records),
    )


def _uniques(record: Record) -> list[UniqueConstraint]:
    return [
        UniqueConstraint(
            "tenant", *_compared(record, group), name=f"uq_{record.name}_{'_'.join(group)}"
        )
        for group in record.unique
    ]


def _indexes(record: Record) -> list[Index]:
    declared = [
        Index(f"ix_{record.name}_{'_'.join(group)}", "tenant", *_compared(record, group))
        for group in record.indexes
    ]
    # PostgreSQL looks for referring rows at each delete of what they refer to.
    referring = [
        Index(f"ix_{record.name}_{reference.column}_key", "tenant", f"{reference.column}_key")
        for reference in record.references
    ]
    return declared + referring


def _compared(record: Record, group: tuple[str, ...]) -> list[str]:
    """The columns that stand for a combination: texts without case."""
    companions = folded(record)
    return [f"{name}_folded" if name in companions else name for name in group]


def _foreign_keys(record: Record, records: Mapping[str, Record]) -> list[ForeignKeyConstraint]:
    keys = [
        _foreign_key(record.name, reference.column, reference.record, reference.on_delete)
        for reference in record.references
    ]
    for target in (record.parent, *(reference.record for reference in record.references)):
        if target and (target not in records or records[target].parent):
            raise ValueError(f"{record.name}: '{target}' must be a record that is not contained.")
    if record.parent:
        keys.append(_foreign_key(record.name, "", record.parent, "cascade"))
    return keys


def _foreign_key(record: str, column: str, target: str, on_delete: str) -> ForeignKeyConstraint:
    """From a reference's companion column, or (without a column) from `parent`."""
    return ForeignKeyConstraint(
        ["tenant", f"{column}_key" if column else "parent"],
        [f"{target}.tenant", f"{target}.key"],
        name=f"fk_{record}_{column or 'parent'}",
        ondelete=on_delete.upper(),
    )


def _tickets(metadata: MetaData) -> Table:
    return Table(
        "tickets",
        metadata,
        Column("tenant", TEXT, nullable=False),
        Column("kind", TEXT, nullable=False),
        Column("key", TEXT, nullable=False),
        Column("subject", TEXT, nullable=False),
        Column("client", TEXT, nullable=False),
        Column("family", TEXT, nullable=False),
        Column("expires", BigInteger, nullable=False),
        Column("revision", BigInteger, nullable=False),
        Column("taken_at", BigInteger),
        Column("body", TEXT, nullable=False),
        PrimaryKeyConstraint("tenant", "kind", "key", name="pk_tickets"),
        Index("ix_tickets_subject", "tenant", "subject"),
        Index("ix_tickets_family", "tenant", "family"),
        Index("ix_tickets_expires", "expires"),
    )


def _counters(metadata: MetaData) -> Table:
    return Table(
        "counters",
        metadata,
        Column("tenant", TEXT, nullable=False),
        Column("kind", TEXT, nullable=False),
        Column("key", TEXT, nullable=False),
        Column("number", BigInteger, nullable=False),
        Column("expires", BigInteger, nullable=False),
        PrimaryKeyConstraint("tenant", "kind", "key", name="pk_counters"),
        Index("ix_counters_expires", "expires"),
    )


@lru_cache(maxsize=_KEPT)
def ddl(schema: Schema, dialect: Dialect) -> tuple[str, ...]:
    """The statements that make an empty database hold the schema."""
    statements: list[ExecutableDDLElement] = []
    for table in schema.metadata.sorted_tables:
        statements.append(CreateTable(table))
        statements += [CreateIndex(i) for i in sorted(table.indexes, key=lambda i: str(i.name))]
    return tuple(str(statement.compile(dialect=dialect)) for statement in statements)

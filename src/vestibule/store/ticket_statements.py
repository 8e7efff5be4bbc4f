"""The statements on tickets and counters, built in Core and compiled once for an engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    case,
    delete,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.sql.dml import ReturningUpdate

from vestibule.ports import Columns
from vestibule.store.dialects import ONE, Sql
from vestibule.store.tables import Schema

GROUPS = ("kind", "key", "subject", "family")
_FORMS = 8  # numbers of successors whose statement is kept
_SCHEMAS = 8  # on one engine or the other


@dataclass(frozen=True, slots=True)
class TicketStatements:
    """Parameters are named after the columns, besides `now`, `expect`, `limit`.

    `get_with` takes a record and its columns that are told beside a ticket; one column before
    them says whether there is such a row. `drop` is by the set of columns that must match,
    besides the tenant. `take_then`, where a statement may hold inserts: by the number of
    successors, whose parameters are put's after "0_", "1_" and so on.
    """

    put: str
    get: str
    get_with: Callable[[str, Columns], str]
    related: str
    take: str
    take_then: Callable[[int], str] | None
    swap: str
    count: str
    reset: str
    drop: Mapping[frozenset[str], str]
    sweep_tickets: str
    sweep_counters: str


@lru_cache(maxsize=_SCHEMAS)
def compile_tickets(schema: Schema, sql: Sql) -> TicketStatements:
    table = schema.tickets
    living = [_text("tenant") == table.c.tenant, _text("kind") == table.c.kind]
    living.append(table.c.expires > _number("now"))
    mine = [*living, _text("key") == table.c.key]
    shown = (
        table.c.subject,
        table.c.client,
        table.c.family,
        table.c.expires,
        table.c.revision,
        table.c.body,
        table.c.taken_at,
    )
    untaken = table.update().where(*mine, table.c.taken_at.is_(None))
    swap = untaken.where(table.c.revision == _number("expect")).values(
        body=_text("new_body"),
        subject=_text("new_subject"),
        family=_text("new_family"),
        expires=_number("new_expires"),
        revision=table.c.revision + ONE,
    )
    take = untaken.values(taken_at=_number("now")).returning(*shown)
    put = table.insert().values(
        {column: bindparam(f"v_{column.name}", type_=column.type) for column in table.c}
    )
    return TicketStatements(
        put=sql.text(put)[0],
        get=sql.text(select(*shown).where(*mine))[0],
        get_with=_getter(schema, select(*shown).where(*mine), sql),
        related=sql.text(
            select(table.c.key, *shown).where(*living, _text("family") == table.c.family)
        )[0],
        take=sql.text(take)[0],
        take_then=_taker(table, take, sql) if sql.merges else None,
        swap=sql.text(swap.returning(table.c.revision))[0],
        count=_count(schema.counters, sql),
        reset=_reset(schema.counters, sql),
        drop=_drops(table, sql),
        sweep_tickets=_sweep(table, sql),
        sweep_counters=_sweep(schema.counters, sql),
    )


def _getter(schema: Schema, get: Select[Any], sql: Sql) -> Callable[[str, Columns], str]:
    """With the row of a record whose id is the ticket's subject."""

    @lru_cache(maxsize=_FORMS)
    def compiled(record: str, columns: Columns) -> str:
        row, subject = schema.tables[record], schema.tickets.c.subject
        key = subject if schema.records[record].exact_ids else sql.fold(subject)
        same = and_(row.c.tenant == schema.tickets.c.tenant, row.c.key == key)
        told = (row.c.key.label("found"), *(row.c[name] for name in columns))
        joined = get.add_columns(*told).select_from(schema.tickets.outerjoin(row, same))
        return sql.text(joined)[0]

    return compiled


def _taker(table: Table, take: ReturningUpdate[Any], sql: Sql) -> Callable[[int], str]:
    """Take, and store so many successors only if it was taken: one statement, one round trip.

    As a transaction it is four.
    """
    taken = take.cte("taken")

    @lru_cache(maxsize=_FORMS)
    def compiled(number: int) -> str:
        stored = []
        for at in range(number):
            values = [bindparam(f"{at}_v_{column.name}", type_=column.type) for column in table.c]
            put = table.insert().from_select(list(table.c), select(*values).select_from(taken))
            stored.append(put.returning(table.c.revision).cte(f"stored{at}"))
        return sql.text(select(taken).add_cte(*stored))[0]

    return compiled


def _drops(table: Table, sql: Sql) -> dict[frozenset[str], str]:
    found = {}
    for chosen in product((False, True), repeat=len(GROUPS)):
        names = frozenset(name for name, wanted in zip(GROUPS, chosen, strict=True) if wanted)
        where = [table.c[name] == _text(name) for name in ("tenant", *sorted(names))]
        found[names] = sql.text(delete(table).where(*where).returning(table.c.revision))[0]
    return found


def _count(table: Table, sql: Sql) -> str:
    """Insert 1; or start again, if expired; or add 1, below the limit; or return nothing."""
    insert = sql.insert(table).values(
        tenant=_text("tenant"),
        kind=_text("kind"),
        key=_text("key"),
        number=ONE,
        expires=_number("new_expires"),
    )
    expired = table.c.expires <= _number("now")
    upsert = insert.on_conflict_do_update(
        index_elements=[table.c.tenant, table.c.kind, table.c.key],
        set_={
            "number": case((expired, ONE), else_=table.c.number + ONE),
            "expires": case((expired, insert.excluded.expires), else_=table.c.expires),
        },
        where=or_(expired, table.c.number < _number("limit")),
    )
    return sql.text(upsert.returning(table.c.number))[0]


def _reset(table: Table, sql: Sql) -> str:
    where = [table.c[name] == _text(name) for name in ("kind", "tenant", "key")]
    return sql.text(delete(table).where(*where).returning(table.c.number))[0]


def _sweep(table: Table, sql: Sql) -> str:
    key = tuple_(table.c.tenant, table.c.kind, table.c.key)
    expired = (
        select(table.c.tenant, table.c.kind, table.c.key)
        .where(table.c.expires <= _number("now"))
        .order_by(table.c.expires)
        .limit(_number("limit"))
        .offset(literal_column("0"))  # Core's SQLite would make a parameter of its own
    )
    statement = delete(table).where(key.in_(expired)).returning(table.c.expires)
    return sql.text(statement)[0]


def _text(name: str) -> ColumnElement[str]:
    return bindparam(name, type_=Text())


def _number(name: str) -> ColumnElement[int]:
    return bindparam(name, type_=BigInteger())

"""ports.Query → SELECT: which rows, in which order, from where on.

Nulls come first in ascending and last in descending order (OData 4.01 protocol 11.2.6.2).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    and_,
    false,
    func,
    literal,
    or_,
    select,
)

from vestibule.edm.declare import Record
from vestibule.errors import Invalid
from vestibule.ports import Member, Query, Scalar
from vestibule.store.dialects import Sql
from vestibule.store.filters import condition
from vestibule.store.rows import storable
from vestibule.store.statements import selected
from vestibule.store.tables import Schema, key_of
from vestibule.store.terms import Scope, Term, constant, member

Compiled = tuple[str, Mapping[str, Any]]


class Queries:
    """Builds the statements that `find` and `count` run."""

    __slots__ = ("_schema", "_sql")

    def __init__(self, schema: Schema, sql: Sql) -> None:
        self._schema = schema
        self._sql = sql

    def rows(self, query: Query) -> Compiled:
        scope = self._scope(query)
        order = [(_ordered(name, scope), direction) for name, direction in query.order]
        statement = select(*selected(scope.record, self._schema, scope.table))
        statement = _within(statement, query, scope)
        if query.after is not None:
            statement = statement.where(_behind(query.after, order, scope))
        for term, direction in order:
            statement = statement.order_by(
                term.sql.asc().nulls_first() if direction == "asc" else term.sql.desc().nulls_last()
            )
        statement = statement.order_by(*_keys(scope))
        if query.top is not None:
            statement = statement.limit(literal(query.top, BigInteger()))
        if query.skip:
            statement = statement.offset(literal(query.skip, BigInteger()))
        return self._sql.text(statement)

    def count(self, query: Query) -> Compiled:
        scope = self._scope(query)
        statement = _within(select(func.count()).select_from(scope.table), query, scope)
        return self._sql.text(statement)

    def _scope(self, query: Query) -> Scope:
        record = self._schema.records[query.record]
        tenant = literal(query.tenant, Text())
        return Scope(self._sql, self._schema, record, self._schema.tables[query.record], tenant)


def _within(statement: Select[Any], query: Query, scope: Scope) -> Select[Any]:
    statement = statement.where(scope.table.c.tenant == scope.tenant)
    if query.parent is not None:
        if "parent" in scope.table.c:
            container = scope.schema.records[scope.record.parent]
            statement = statement.where(scope.table.c.parent == _key(container, query.parent))
        elif query.parent:
            statement = statement.where(false())
    if query.ids is not None:
        statement = statement.where(_one_of(scope, "key", scope.record, query.ids))
    if query.parents is not None:
        container = scope.schema.records[scope.record.parent]
        statement = statement.where(_one_of(scope, "parent", container, query.parents))
    if query.where is not None:
        statement = statement.where(condition(query.where, scope))
    return statement


def _one_of(scope: Scope, column: str, record: Record, ids: Sequence[str]) -> ColumnElement[bool]:
    """The key is one of many, which travel as one parameter."""
    keys = json.dumps([key_of(record, id) for id in ids if storable(id)])
    wanted = scope.engine.elements(literal(keys, Text())).alias()
    return scope.table.c[column].in_(select(wanted.c.value))


def _ordered(name: str | Member, scope: Scope) -> Term:
    node = Member(name) if isinstance(name, str) else name
    term = member(node, scope)
    if term.kind == "json":
        raise Invalid(f"'{node.name}' cannot be ordered by.", target=node.name)
    return term


def _keys(scope: Scope) -> list[ColumnElement[Any]]:
    """What makes the order total. The same key may occur under two parents."""
    parent = [scope.table.c.parent] if "parent" in scope.table.c else []
    return [scope.table.c.key, *parent]


def _key(record: Record, id: str) -> ColumnElement[str]:
    if not storable(id):
        raise Invalid("An id cannot contain U+0000 or half of a surrogate pair.", target="id")
    return literal(key_of(record, id), Text())


def _behind(
    after: tuple[Scalar, ...], order: Sequence[tuple[Term, str]], scope: Scope
) -> ColumnElement[bool]:
    """Rows that come later in the order: later in one place and equal in all places before it.

    `after` ends with the key, or with the key and the parent's id.
    """
    keys = _keys(scope)
    ids = after[len(order) :]
    if not 1 <= len(ids) <= len(keys):
        raise Invalid("The place to continue from does not fit the order.")
    places = [
        (_later(term, constant(value), direction), _same(term, constant(value)))
        for (term, direction), value in zip(order, after, strict=False)
    ]
    records = (scope.record, scope.schema.records.get(scope.record.parent, scope.record))
    for key, record, id in zip(keys, records, ids, strict=False):
        places.append((key > _key(record, str(id)), key == _key(record, str(id))))
    return or_(
        *(
            and_(later, *(same for _, same in places[:position]))
            for position, (later, _) in enumerate(places)
        )
    )


def _later(term: Term, value: Term, direction: str) -> ColumnElement[bool]:
    if value.kind == "null":
        return term.sql.is_not(None) if direction == "asc" else false()
    here, there = term.beside(value), value.beside(term)
    return here > there if direction == "asc" else or_(here < there, term.sql.is_(None))


def _same(term: Term, value: Term) -> ColumnElement[bool]:
    if value.kind == "null":
        return term.sql.is_(None)
    return term.beside(value) == value.beside(term)

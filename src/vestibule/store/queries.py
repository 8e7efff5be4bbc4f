"""ports.Query → SELECT: which rows, in which order, from where on.

Nulls come first in ascending and last in descending order (OData 4.01 protocol 11.2.6.2).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    and_,
    bindparam,
    false,
    func,
    literal,
    or_,
    select,
)

from vestibule.edm.declare import Record
from vestibule.errors import Invalid
from vestibule.ports import Member, Node, Query, Scalar
from vestibule.store.dialects import Sql
from vestibule.store.filters import condition
from vestibule.store.rows import storable
from vestibule.store.statements import selected
from vestibule.store.tables import Schema, key_of
from vestibule.store.terms import Scope, Term, constant, member

Compiled = tuple[str, Mapping[str, Any]]


_FORMS = 512  # forms of queries whose statements are kept
_SCHEMAS = 8  # on one engine or the other


@dataclass(frozen=True, slots=True)
class Form:
    """A query but for what may change from one call to the next: those are parameters.

    `parent`: None for every parent, else whether it is a row's id or "".
    """

    record: str
    parent: bool | None
    ids: bool
    parents: bool
    where: Node | None
    order: tuple[tuple[str | Member, Literal["asc", "desc"]], ...]
    after: tuple[Scalar, ...] | None
    top: bool
    skip: bool


@lru_cache(maxsize=_SCHEMAS)
def queries(schema: Schema, sql: Sql) -> Queries:
    """The same for every store: what one has built, the next one need not."""
    return Queries(schema, sql)


class Queries:
    """Builds the statements that `find` and `count` run, each form of query once."""

    __slots__ = ("_count", "_rows", "_schema", "_sql")

    def __init__(self, schema: Schema, sql: Sql) -> None:
        self._schema = schema
        self._sql = sql
        self._rows = lru_cache(maxsize=_FORMS)(self._built_rows)
        self._count = lru_cache(maxsize=_FORMS)(self._built_count)

    def rows(self, query: Query) -> Compiled:
        form = _form(query)
        # A place to continue from is asked for once.
        build = self._rows if query.after is None else self._built_rows
        text, parameters = build(form)
        return text, {**parameters, **self._values(query, form)}

    def count(self, query: Query) -> Compiled:
        form = replace(_form(query), order=(), after=None, top=False, skip=False)
        text, parameters = self._count(form)
        return text, {**parameters, **self._values(query, form)}

    def _built_rows(self, form: Form) -> Compiled:
        scope = self._scope(form)
        order = [(_ordered(name, scope), direction) for name, direction in form.order]
        statement = select(
            *selected(scope.record, self._schema, scope.table, parent_key=form.parents)
        )
        statement = _within(statement, form, scope)
        if form.after is not None:
            statement = statement.where(_behind(form.after, order, scope))
        for term, direction in order:
            statement = statement.order_by(
                term.sql.asc().nulls_first() if direction == "asc" else term.sql.desc().nulls_last()
            )
        statement = statement.order_by(*_keys(scope))
        if form.top:
            statement = statement.limit(bindparam("q_top", type_=BigInteger()))
        if form.skip:
            statement = statement.offset(bindparam("q_skip", type_=BigInteger()))
        return self._sql.text(statement)

    def _built_count(self, form: Form) -> Compiled:
        scope = self._scope(form)
        statement = _within(select(func.count()).select_from(scope.table), form, scope)
        return self._sql.text(statement)

    def _scope(self, form: Form) -> Scope:
        record = self._schema.records[form.record]
        table = self._schema.tables[form.record]
        return Scope(self._sql, self._schema, record, table, bindparam("q_tenant", type_=Text()))

    def _values(self, query: Query, form: Form) -> dict[str, Any]:
        """The parameters that a form leaves open."""
        record = self._schema.records[query.record]
        container = self._schema.records.get(record.parent, record)
        values: dict[str, Any] = {"q_tenant": query.tenant}
        if form.parent and record.parent:
            values["q_parent"] = _key(container, query.parent or "")
        if query.ids is not None:
            values["q_ids"] = _keys_of(record, query.ids)
        if query.parents is not None:
            values["q_parents"] = _keys_of(container, query.parents)
        if form.top:
            values["q_top"] = query.top
        if form.skip:
            values["q_skip"] = query.skip
        return values


def _form(query: Query) -> Form:
    return Form(
        query.record,
        None if query.parent is None else bool(query.parent),
        query.ids is not None,
        query.parents is not None,
        query.where,
        query.order,
        query.after,
        query.top is not None,
        bool(query.skip),
    )


def _within(statement: Select[Any], form: Form, scope: Scope) -> Select[Any]:
    statement = statement.where(scope.table.c.tenant == scope.tenant)
    if form.parent is not None:
        if "parent" in scope.table.c:
            key = bindparam("q_parent", type_=Text()) if form.parent else literal("", Text())
            statement = statement.where(scope.table.c.parent == key)
        elif form.parent:
            statement = statement.where(false())
    if form.ids:
        statement = statement.where(_one_of(scope, "key", "q_ids"))
    if form.parents:
        statement = statement.where(_one_of(scope, "parent", "q_parents"))
    if form.where is not None:
        statement = statement.where(condition(form.where, scope))
    return statement


def _one_of(scope: Scope, column: str, parameter: str) -> ColumnElement[bool]:
    """The key is one of many, which travel as one parameter."""
    wanted = scope.engine.elements(bindparam(parameter, type_=Text())).alias()
    return scope.table.c[column].in_(select(wanted.c.value))


def _keys_of(record: Record, ids: Sequence[str]) -> str:
    return json.dumps([key_of(record, id) for id in ids if storable(id)])


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


def _key(record: Record, id: str) -> str:
    if not storable(id):
        raise Invalid("An id cannot contain U+0000 or half of a surrogate pair.", target="id")
    return key_of(record, id)


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
        wanted = literal(_key(record, str(id)), Text())
        places.append((key > wanted, key == wanted))
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

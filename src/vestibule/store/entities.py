"""ports.Entities over any engine: what to do in which order, and why it was refused."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce
from typing import Any

from sqlalchemy import bindparam, select

from vestibule.errors import Invalid
from vestibule.ports import (
    Binary,
    Cap,
    Change,
    Constant,
    Delete,
    Insert,
    Member,
    Node,
    Query,
    Refusal,
    Row,
    Update,
)
from vestibule.store.dialects import ONE
from vestibule.store.merged import merger, parameters
from vestibule.store.queries import queries
from vestibule.store.rows import Codec, Place, fold, storable
from vestibule.store.scripts import Engine, Rows, Script, Step, Violated
from vestibule.store.statements import compile_record
from vestibule.store.tables import Schema
from vestibule.vault import Vault

Part = Generator[Step, Rows, Row]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A change whose values are encoded already, before the transaction begins."""

    change: Change
    statement: str
    parameters: Mapping[str, Any]
    row: Row | None = None  # of an Insert


class SqlEntities:
    """Rows of declared records in a database."""

    __slots__ = (
        "_bump",
        "_caps",
        "_codecs",
        "_engine",
        "_foreign",
        "_merge",
        "_number",
        "_queries",
        "_statements",
    )

    def __init__(
        self, engine: Engine, schema: Schema, vault: Vault, caps: Sequence[Cap] = ()
    ) -> None:
        self._engine = engine
        self._caps = caps
        records = schema.records
        self._codecs = {name: Codec(record, records, vault) for name, record in records.items()}
        self._statements = {
            name: compile_record(record, schema, engine.sql) for name, record in records.items()
        }
        self._queries = queries(schema, engine.sql)
        self._foreign = _foreign_keys(schema)
        self._bump, self._number = _configuration(schema, engine)
        self._merge = merger(schema, engine.sql) if engine.sql.merges else None

    async def get(self, record: str, tenant: str, id: str, *, parent: str = "") -> Row | None:
        if not (storable(id) and storable(parent)):
            return None
        codec, statements = self._codecs[record], self._statements[record]
        at = self._at(record, codec.place(tenant, parent, id))
        rows = await self._engine.read(statements.get, at)
        if not rows and statements.get_folded:
            rows = await self._engine.read(statements.get_folded, at | {"at_key": fold(id)})
        return codec.decode(tenant, rows[0]) if rows else None

    async def find(self, query: Query) -> list[Row]:
        codec = self._codecs[query.record]
        rows = await self._engine.read(*self._queries.rows(query))
        decode, tenant = codec.decode, query.tenant
        found = [decode(tenant, row) for row in rows]
        if query.parents is not None:  # the statement tells their keys; who asked knows the ids
            ids = {codec.parent_key(id): id for id in query.parents}
            for one in found:
                one["parent"] = ids[one["parent"]]
        return found

    async def count(self, query: Query) -> int:
        rows = await self._engine.read(*self._queries.count(query))
        return int(rows[0][0])

    async def apply(self, changes: Sequence[Change]) -> list[Row]:
        if not changes:
            return []
        prepared = [self._prepare(change) for change in changes]
        if len(prepared) == 1 and not self._configures(prepared[0]):
            return [await self._alone(prepared[0])]
        capped = [*self._capped(changes)]
        if self._merge is not None and not capped and self._mergeable(prepared):
            inserts = self._merge(tuple(one.statement for one in prepared))
            values = parameters([one.parameters for one in prepared], changes[0].tenant)
            # Why something is refused is for the transaction to find out.
            with suppress(Violated):
                await self._engine.do(inserts, values)
                return [self._written(one, []) for one in prepared]
        return await self._engine.write(self._script(prepared, capped))

    async def configuration(self, tenant: str) -> int | None:
        rows = await self._engine.read(self._number, {"at_tenant": tenant})
        return int(rows[0][0]) if rows else None

    # ----------------------------------------------------------------- one transaction

    def _prepare(self, change: Change) -> _Prepared:
        codec, statements = self._codecs[change.record], self._statements[change.record]
        place = codec.place(change.tenant, change.parent, change.id)
        if not (storable(change.id) and storable(change.parent)):
            raise Invalid("An id cannot contain U+0000 or half of a surrogate pair.", target="id")
        if not codec.record.parent and change.parent:
            raise ValueError(f"{change.record} is not contained; it takes no parent.")
        if isinstance(change, Insert):
            stored = codec.complete(change.values, place)
            row = codec.inserted(change.id, change.values, stored)
            new = {"tenant": place.tenant, "key": place.key, "id": change.id, "version": 1}
            if codec.record.parent:
                new["parent"] = place.parent
            return _Prepared(change, statements.insert, _named(new | stored), row)
        at = self._at(change.record, place)
        if change.expect is not None:
            at["at_version"] = change.expect
        if isinstance(change, Delete):
            expecting = change.expect is not None
            return _Prepared(
                change, statements.delete_expected if expecting else statements.delete, at
            )
        stored = codec.encode(change.values, place)
        statement = statements.update(frozenset(stored), change.expect is not None)
        return _Prepared(change, statement, at | _named(stored))

    async def _alone(self, one: _Prepared) -> Row:
        """A single statement is its own transaction, and saves the round trips around one."""
        try:
            rows = await self._engine.do(one.statement, one.parameters)
        except Violated as violated:
            raise await self._engine.write(self._refusal(one.change, violated)) from None
        if not rows and one.row is None:
            raise await self._engine.write(self._absent(one.change))
        return self._written(one, rows)

    def _script(
        self, prepared: Sequence[_Prepared], capped: Sequence[tuple[Cap, Insert]]
    ) -> Script[list[Row]]:
        rows: list[Row] = []
        for one in prepared:
            row = yield from self._one(one)
            rows.append(row)
        # Last and in one order: this row is what writers of a tenant's configuration queue for.
        for tenant in sorted({one.change.tenant for one in prepared if self._configures(one)}):
            yield self._bump, {"at_tenant": tenant}
        # Whoever else adds such a row waits at that number, so that what is counted now holds.
        for cap, change in capped:
            query = Query(cap.record, change.tenant, where=_equal(cap.where))
            found = yield self._queries.count(query)
            if found[0][0] > cap.most:
                raise Refusal("full", change.record, change.id)
        return rows

    def _one(self, one: _Prepared) -> Part:
        change = one.change
        try:
            rows = yield one.statement, one.parameters
        except Violated as violated:
            raise (yield from self._refusal(change, violated)) from None
        if not rows and one.row is None:
            raise (yield from self._absent(change))
        return self._written(one, rows)

    def _written(self, one: _Prepared, rows: Rows) -> Row:
        """The row after an Insert or Update, before a Delete."""
        if one.row is not None:
            return one.row | {"parent": rows[0][0]} if rows else one.row
        return self._codecs[one.change.record].decode(one.change.tenant, rows[0])

    def _mergeable(self, prepared: Sequence[_Prepared]) -> bool:
        """New rows of one tenant, none contained in another, that raise its number."""
        return (
            all(one.row is not None and not one.change.parent for one in prepared)
            and any(map(self._configures, prepared))
            and len({one.change.tenant for one in prepared}) == 1
        )

    def _capped(self, changes: Sequence[Change]) -> Generator[tuple[Cap, Insert]]:
        """The new rows that a cap counts."""
        for cap in self._caps:
            for change in changes:
                if isinstance(change, Insert) and _counts(cap, change):
                    yield cap, change
                    break  # one count tells of all

    def _configures(self, one: _Prepared) -> bool:
        return self._codecs[one.change.record].record.configuration

    # ----------------------------------------------------------------- why not

    def _absent(self, change: Change) -> Generator[Step, Rows, Refusal]:
        """No row was updated or deleted: is it gone, or is it another version?"""
        place = self._codecs[change.record].place(change.tenant, change.parent, change.id)
        rows = yield self._statements[change.record].version, self._at(change.record, place)
        return Refusal("stale" if rows else "missing", change.record, change.id)

    def _refusal(self, change: Change, violated: Violated) -> Generator[Step, Rows, Refusal]:
        if violated.kind == "unique":
            return Refusal("duplicate", change.record, change.id)
        if violated.constraint:
            referring, target = self._foreign[violated.constraint]
        elif isinstance(change, Delete):
            referring, target = (yield from self._holder(change)), ""
        else:
            referring, target = "", (yield from self._dangling(change))
        if isinstance(change, Delete):
            return Refusal("held", change.record, change.id, referring)
        return Refusal("dangling", change.record, change.id, target)

    def _holder(self, change: Delete) -> Generator[Step, Rows, str]:
        """The record that still refers to the row, where the engine does not say."""
        key = self._codecs[change.record].place(change.tenant, "", change.id).key
        at = {"at_tenant": change.tenant, "at_key": key}
        for name, statement in self._statements[change.record].referring:
            if (yield statement, at):
                return name
        return ""

    def _dangling(self, change: Insert | Update) -> Generator[Step, Rows, str]:
        """The record that lacks what the change refers to, where the engine does not say."""
        record = self._codecs[change.record].record
        targets = [(r.record, change.values.get(r.column)) for r in record.references]
        for target, id in [*targets, (record.parent, change.parent)]:
            if target and id is not None:
                place = self._codecs[target].place(change.tenant, "", id)
                if not (yield self._statements[target].version, self._at(target, place)):
                    return target
        return ""

    def _at(self, record: str, place: Place) -> dict[str, Any]:
        at = {"at_tenant": place.tenant, "at_key": place.key}
        if self._codecs[record].record.parent:
            at["at_parent"] = place.parent
        return at


def _counts(cap: Cap, change: Insert) -> bool:
    return change.record == cap.record and cap.where.items() <= change.values.items()


def _equal(where: Mapping[str, str]) -> Node | None:
    tests: list[Node] = [Binary("eq", Member(name), Constant(v)) for name, v in where.items()]
    return reduce(lambda left, right: Binary("and", left, right), tests) if tests else None


def _named(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {f"v_{name}": value for name, value in stored.items()}


def _foreign_keys(schema: Schema) -> dict[str, tuple[str, str]]:
    """Constraint name → (referring record, record referred to)."""
    return {
        str(constraint.name): (name, constraint.referred_table.name)
        for name, table in schema.tables.items()
        for constraint in table.foreign_key_constraints
    }


def _configuration(schema: Schema, engine: Engine) -> tuple[str, str]:
    """The statements that raise and read a tenant's configuration number."""
    table = schema.configuration
    tenant = bindparam("at_tenant", type_=table.c.tenant.type)
    bump = engine.sql.insert(table).values(tenant=tenant, number=ONE)
    bump = bump.on_conflict_do_update(
        index_elements=[table.c.tenant], set_={"number": table.c.number + ONE}
    )
    number = select(table.c.number).where(table.c.tenant == tenant)
    return engine.sql.text(bump)[0], engine.sql.text(number)[0]

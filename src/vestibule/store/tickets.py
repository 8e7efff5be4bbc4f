"""ports.Tickets over any engine: every verb is one statement.

Only several tickets at once (`put`, in SQLite also `take` with `then`) and `sweep` make a
transaction of more.
All times are given by the caller; no statement asks the database for the hour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from vestibule.ports import Columns, Refusal, Row, Ticket
from vestibule.store.rows import micros, moment, told
from vestibule.store.scripts import Engine, Rows, Script, Violated
from vestibule.store.tables import Schema
from vestibule.store.ticket_statements import compile_tickets

_SHOWN = 7  # columns that a ticket is read from
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class SqlTickets:
    """Things that expire, in a database."""

    __slots__ = ("_engine", "_records", "_statements")

    def __init__(self, engine: Engine, schema: Schema) -> None:
        self._engine = engine
        self._records = schema.records
        self._statements = compile_tickets(schema, engine.sql)

    async def put(self, *tickets: Ticket) -> None:
        if len(tickets) > 1:
            await self._engine.write(self._put_all(tickets))
        for ticket in tickets if len(tickets) == 1 else ():
            try:
                await self._engine.do(self._statements.put, _columns(ticket))
            except Violated:
                raise _duplicate(ticket) from None

    async def get(self, kind: str, tenant: str, key: str, now: datetime) -> Ticket | None:
        at = {"kind": kind, "tenant": tenant, "key": key, "now": micros(now)}
        rows = await self._engine.read(self._statements.get, at)
        return _ticket(kind, tenant, key, rows[0]) if rows else None

    async def get_with_subject(
        self, kind: str, tenant: str, key: str, now: datetime, *, record: str, columns: Columns
    ) -> tuple[Ticket, Row | None] | None:
        at = {"kind": kind, "tenant": tenant, "key": key, "now": micros(now)}
        rows = await self._engine.read(self._statements.get_with(record, columns), at)
        if not rows:
            return None
        held, (found, *stored) = rows[0][:_SHOWN], rows[0][_SHOWN:]
        row = None if found is None else told(self._records[record], columns, stored)
        return _ticket(kind, tenant, key, held), row

    async def related(self, kind: str, tenant: str, family: str, now: datetime) -> list[Ticket]:
        if not family:  # those of no family have nothing in common
            return []
        at = {"kind": kind, "tenant": tenant, "family": family, "now": micros(now)}
        rows = await self._engine.read(self._statements.related, at)
        return [_ticket(kind, tenant, key, tuple(row)) for key, *row in rows]

    async def take(
        self, kind: str, tenant: str, key: str, now: datetime, *, then: Sequence[Ticket] = ()
    ) -> Ticket | None:
        at: dict[str, Any] = {"kind": kind, "tenant": tenant, "key": key, "now": micros(now)}
        if then:
            return await self._taken_then(at, then)
        rows = await self._engine.do(self._statements.take, at)
        return _taken(at, rows)

    async def swap(self, ticket: Ticket, expect: int, now: datetime) -> bool:
        values = {
            "kind": ticket.kind,
            "tenant": ticket.tenant,
            "key": ticket.key,
            "now": micros(now),
            "expect": expect,
            "new_body": _encode(ticket.body).decode(),
            "new_subject": ticket.subject,
            "new_family": ticket.family,
            "new_expires": micros(ticket.expires),
        }
        return bool(await self._engine.do(self._statements.swap, values))

    async def drop(
        self, tenant: str, *, kind: str = "", key: str = "", subject: str = "", family: str = ""
    ) -> int:
        if not (key or subject or family):
            raise ValueError("drop needs a key, a subject or a family.")
        given = {"kind": kind, "key": key, "subject": subject, "family": family}
        wanted = {name: value for name, value in given.items() if value}
        statement = self._statements.drop[frozenset(wanted)]
        dropped = found = len(await self._engine.do(statement, {"tenant": tenant, **wanted}))
        while found and not key:
            # A ticket that was just being taken may have left a successor that began too late
            # for this statement to see: READ COMMITTED looks once, and waits afterwards.
            found = len(await self._engine.do(statement, {"tenant": tenant, **wanted}))
            dropped += found
        return dropped

    async def count(
        self, kind: str, tenant: str, key: str, limit: int, now: datetime, expires: datetime
    ) -> int | None:
        if limit < 1:
            return None
        values = {
            "kind": kind,
            "tenant": tenant,
            "key": key,
            "limit": limit,
            "now": micros(now),
            "new_expires": micros(expires),
        }
        rows = await self._engine.do(self._statements.count, values)
        return int(rows[0][0]) if rows else None

    async def reset(self, kind: str, tenant: str, key: str) -> None:
        await self._engine.do(self._statements.reset, {"kind": kind, "tenant": tenant, "key": key})

    async def sweep(self, now: datetime, limit: int = 1000) -> int:
        at = {"now": micros(now), "limit": limit}
        tickets = len(await self._engine.do(self._statements.sweep_tickets, at))
        if tickets == limit:
            return tickets
        at["limit"] = limit - tickets
        return tickets + len(await self._engine.do(self._statements.sweep_counters, at))

    async def _taken_then(self, at: dict[str, Any], then: Sequence[Ticket]) -> Ticket | None:
        if self._statements.take_then is not None:
            stored = {
                f"{number}_{name}": value
                for number, ticket in enumerate(then)
                for name, value in _columns(ticket).items()
            }
            # Which successor is there already is for the transaction to find out.
            with suppress(Violated):
                return _taken(
                    at, await self._engine.do(self._statements.take_then(len(then)), at | stored)
                )
        return await self._engine.write(self._take_then(at, then))

    def _put_all(self, tickets: Sequence[Ticket]) -> Script[None]:
        for ticket in tickets:
            try:
                yield self._statements.put, _columns(ticket)
            except Violated:
                raise _duplicate(ticket) from None

    def _take_then(self, at: Mapping[str, Any], then: Sequence[Ticket]) -> Script[Ticket | None]:
        rows = yield self._statements.take, at
        if rows:
            yield from self._put_all(then)
        return _taken(at, rows)


def _columns(ticket: Ticket) -> dict[str, Any]:
    return {
        "v_tenant": ticket.tenant,
        "v_kind": ticket.kind,
        "v_key": ticket.key,
        "v_subject": ticket.subject,
        "v_client": ticket.client,
        "v_family": ticket.family,
        "v_expires": micros(ticket.expires),
        "v_revision": ticket.revision,
        "v_taken_at": None if ticket.taken_at is None else micros(ticket.taken_at),
        "v_body": _encode(ticket.body).decode(),
    }


def _ticket(kind: str, tenant: str, key: str, row: tuple[Any, ...]) -> Ticket:
    subject, client, family, expires, revision, body, taken_at = row
    return Ticket(
        kind=kind,
        tenant=tenant,
        key=key,
        expires=moment(expires),
        body=_decode(body),
        subject=subject,
        client=client,
        family=family,
        revision=revision,
        taken_at=None if taken_at is None else moment(taken_at),
    )


def _taken(at: Mapping[str, Any], rows: Rows) -> Ticket | None:
    """As it was before it was taken; None if it was not."""
    if not rows:
        return None
    return replace(_ticket(at["kind"], at["tenant"], at["key"], rows[0]), taken_at=None)


def _duplicate(ticket: Ticket) -> Refusal:
    return Refusal("duplicate", "tickets", ticket.key)

"""A store: an engine with both ports on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from vestibule.edm.declare import Record
from vestibule.ports import Cap, Entities, Tickets
from vestibule.store.entities import SqlEntities
from vestibule.store.scripts import Engine
from vestibule.store.tables import build
from vestibule.store.tickets import SqlTickets
from vestibule.vault import Vault


class Store:
    """Everything that is kept, until `close`."""

    __slots__ = ("_engine", "entities", "tickets")

    def __init__(
        self, engine: Engine, records: Iterable[Record], vault: Vault, caps: Sequence[Cap] = ()
    ) -> None:
        schema = build(records)
        self._engine = engine
        self.entities: Entities = SqlEntities(engine, schema, vault, caps)
        self.tickets: Tickets = SqlTickets(engine, schema)

    async def check(self, now: datetime) -> None:
        """Ready? Raises errors.Unavailable, or errors.Misconfigured when the database's clock
        differs from `now` by more than 5 s."""
        await self._engine.check(now)

    async def close(self) -> None:
        await self._engine.close()

"""How many calls of API connectors are kept, and for how long."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta

from vestibule.errors import Problem
from vestibule.ports import Binary, Constant, Delete, Entities, Insert, Member, Query, Refusal
from vestibule.resources.connector_calls import RECORD

_AT_ONCE = 100  # calls that are removed together
_CONNECTORS = 10_000  # that are counted at once


class Recorder:
    """Keeps the last `most` calls of each connector (0: none), for `days` at the longest.

    Old ones go with every eighth part of `most`, so that an eighth more may be there for a while;
    of several processes each does it. A call that cannot be kept is lost, and nobody's sign-in
    with it is.
    """

    __slots__ = ("_days", "_entities", "_most", "_pruning", "_since")

    def __init__(self, entities: Entities, *, most: int, days: int) -> None:
        self._entities = entities
        self._most = most
        self._days = days
        self._since: Counter[tuple[str, str]] = Counter()
        self._pruning: set[tuple[str, str]] = set()

    @property
    def keeps(self) -> bool:
        return self._most > 0

    async def keep(self, call: Insert) -> None:
        """Store a call, if calls are kept."""
        if not self.keeps:
            return
        with suppress(Problem, Refusal):  # the connector may be gone, or the store
            await self.make_room(call.tenant, call.values["connector"])
            await self._entities.apply([call])

    async def make_room(self, tenant: str, connector: str) -> None:
        """Before one more call of a connector is stored: now and then, remove what is too much."""
        if not self.keeps:
            return
        place = (tenant, connector)
        self._since[place] += 1
        if self._since[place] <= self._most // 8 or place in self._pruning:
            return
        if len(self._since) > _CONNECTORS:
            self._since.clear()
        self._since.pop(place, None)
        self._pruning.add(place)  # another call meanwhile needs not wait for the same
        try:
            of_connector = Binary("eq", Member("connector"), Constant(connector))
            await self._remove(tenant, of_connector, skip=self._most - 1)
        finally:
            self._pruning.discard(place)

    async def forget(self, tenant: str, now: datetime) -> None:
        """Remove what is too old; where none is kept any more, everything is."""
        before = Constant(now - timedelta(days=self._days) if self.keeps else now)
        await self._remove(tenant, Binary("lt", Member("created"), before), skip=0)

    async def _remove(self, tenant: str, where: Binary, *, skip: int) -> None:
        """All but the newest `skip`, at most a hundred at once."""
        query = Query(
            RECORD, tenant, where=where, order=(("created", "desc"),), skip=skip, top=_AT_ONCE
        )
        old = await self._entities.find(query)
        with suppress(Refusal):  # another process was faster
            await self._entities.apply([Delete(RECORD, tenant, row["id"]) for row in old])

"""A kept call of a connector, sent again.

It goes the way that a journey's call goes, to the connector as it is configured now; but no
journey learns of the answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from vestibule.errors import NotFound, Unavailable
from vestibule.journey.effects import CallConnector, Effect, Result
from vestibule.perform.recorder import Recorder
from vestibule.perform.tools import Occasion, Tools
from vestibule.ports import Insert, Row
from vestibule.tenancy import Tenant

Performs = Callable[[Tools, Occasion, Effect], Awaitable[Result]]
"""Carries out an effect with these tools."""


@dataclass(slots=True)
class _Held:
    """In the place of what keeps calls: whoever asked for the replay stores it."""

    calls: list[Insert] = field(default_factory=list)
    keeps: bool = True

    async def keep(self, call: Insert) -> None:
        self.calls.append(call)


@dataclass(frozen=True, slots=True)
class Replays:
    """`tenant` finds a tenant as it is configured now."""

    tools: Tools
    recorder: Recorder
    perform: Performs
    tenant: Callable[[str], Awaitable[Tenant | None]]

    async def replay(self, tenant_id: str, kept: Row) -> Insert:
        """Make a kept call again; the row that stands for the new one, to be stored.

        Raises NotFound where the connector is gone, Unavailable where it was not called.
        """
        tenant = await self.tenant(tenant_id)
        connector = tenant.connector(kept["connector"]) if tenant else None
        if tenant is None or connector is None:
            raise NotFound("The API connector of this call is gone.")
        held = _Held()
        request = msgspec.json.decode(kept["request"])
        effect = CallConnector(
            connector.id, kept["step"], msgspec.json.decode(request["body"]), request["accepts"]
        )
        await self.perform(replace(self.tools, calls=held), self._occasion(tenant, kept), effect)
        if not held.calls:
            raise Unavailable("The connector was not called; try again.")
        await self.recorder.make_room(tenant.id, connector.id)
        return held.calls[-1]

    def _occasion(self, tenant: Tenant, kept: Row) -> Occasion:
        world = self.tools.world
        told: dict[str, Any] = {"turn": 0, "ordinal": 0, "now": world.now(), "ip": ""}
        return Occasion(
            tenant=tenant,
            journey=f"replay {world.guid()}",
            correlation=world.guid(),
            flow=tenant.flow(kept["flow"]) if kept["flow"] else None,
            replay_of=kept["id"],
            **told,
        )

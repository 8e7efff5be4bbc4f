"""Text messages to people: the port, and the development inbox.

A gateway is reached over HTTP; there is none yet, and a flow that needs one says so at its start
(journey.plan).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from vestibule.errors import Problem
from vestibule.ports import Entities, Insert
from vestibule.world import World


@dataclass(frozen=True, slots=True)
class Sms:
    """`to` is E.164; `journey` is the journey's correlation id; `code` is for the inbox."""

    tenant: str
    to: str
    at: datetime
    body: str = field(repr=False)
    code: str = field(default="", repr=False)
    journey: str = ""


class SmsNotSent(Problem): ...


class Texter(Protocol):
    async def send(self, sms: Sms) -> None:
        """Hand the message over. Raises SmsNotSent when the other side did not take it."""


class InboxTexter:
    """Keeps every message as a `message` row; development only."""

    __slots__ = ("_entities", "_world")

    def __init__(self, entities: Entities, world: World) -> None:
        self._entities = entities
        self._world = world

    async def send(self, sms: Sms) -> None:
        values: dict[str, Any] = {
            "channel": "sms",
            "to": sms.to,
            "body": sms.body,
            "code": sms.code or None,
            "links": [],
            "journey": sms.journey or None,
            "created": sms.at,
        }
        await self._entities.apply([Insert("message", sms.tenant, self._world.guid(), values)])

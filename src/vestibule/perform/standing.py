"""Whether a person may still be given tokens: asked at every refresh."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from vestibule.ports import Entities, Row, Ticket, Tickets

_COLUMNS = ("account_enabled", "sessions_valid_from")


@dataclass(frozen=True, slots=True)
class Standing:
    """`sessions_valid_from`: grants issued before it are revoked."""

    enabled: bool
    sessions_valid_from: datetime | None


def standings(entities: Entities) -> Callable[[str, str], Awaitable[Standing | None]]:
    """(tenant id, object id) → the person's standing; None when there is no such account."""

    async def standing(tenant: str, user: str) -> Standing | None:
        return _standing(await entities.get("user", tenant, user))

    return standing


def grants(
    tickets: Tickets,
) -> Callable[[str, str, str, datetime], Awaitable[tuple[Ticket, Standing | None] | None]]:
    """(kind, tenant id, key, now) → the ticket of a grant and its user's standing, by one look at
    the store; None when there is no such ticket."""

    async def grant(
        kind: str, tenant: str, key: str, now: datetime
    ) -> tuple[Ticket, Standing | None] | None:
        found = await tickets.get_with_subject(
            kind, tenant, key, now, record="user", columns=_COLUMNS
        )
        return None if found is None else (found[0], _standing(found[1]))

    return grant


def _standing(user: Row | None) -> Standing | None:
    if user is None:
        return None
    return Standing(bool(user["account_enabled"]), user["sessions_valid_from"])

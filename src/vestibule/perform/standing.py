"""Whether a person may still be given tokens: asked at every refresh."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from vestibule.ports import Entities


@dataclass(frozen=True, slots=True)
class Standing:
    """`sessions_valid_from`: grants issued before it are revoked."""

    enabled: bool
    sessions_valid_from: datetime | None


def standings(entities: Entities) -> Callable[[str, str], Awaitable[Standing | None]]:
    """(tenant id, object id) → the person's standing; None when there is no such account."""

    async def standing(tenant: str, user: str) -> Standing | None:
        row = await entities.get("user", tenant, user)
        if row is None:
            return None
        return Standing(bool(row["account_enabled"]), row["sessions_valid_from"])

    return standing

"""What journeys change about a user who exists: the password, and the attributes.

Source: runtime 5.5, 5.6, 5.8; TK-19.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vestibule.journey.effects import (
    PasswordSet,
    ProofSpent,
    SetPassword,
    UpdateUser,
    UserGone,
    UserUpdated,
)
from vestibule.perform.accounts import standing
from vestibule.perform.lockout import unlock
from vestibule.perform.proofs import end_all, spend
from vestibule.perform.tools import Occasion, Tools
from vestibule.ports import Refusal, Row, Update
from vestibule.resources.directory.users import BUILT_IN

_TRIES = 10  # of a write that others are making at the same time


async def set_password(
    tools: Tools, occasion: Occasion, effect: SetPassword
) -> PasswordSet | ProofSpent | UserGone:
    """The new password ends what the old one began, unlocks the account and clears the demand
    for a change. What this run yields is younger, and lives."""
    if not await spend(tools, occasion, effect.user, effect.proof):
        return ProofSpent()
    user = await tools.entities.get("user", occasion.tenant.id, effect.user)
    why = standing(user)
    if user is None or why:
        return UserGone(why)
    change = Update(
        "user",
        occasion.tenant.id,
        user["id"],
        {
            "password_hash": effect.password_hash,
            "force_change_password": False,
            "sessions_valid_from": occasion.now,
        },
    )
    if not await _applied(tools, occasion, change, "passwordSet"):
        return UserGone("deleted")
    await unlock(tools, occasion.tenant.id, user["id"])
    await end_all(tools, occasion, user["id"])
    return PasswordSet()


async def update_user(
    tools: Tools, occasion: Occasion, effect: UpdateUser
) -> UserUpdated | UserGone:
    """Reads, then writes if nobody has written meanwhile; otherwise once more."""
    for _ in range(_TRIES):
        user = await tools.entities.get("user", occasion.tenant.id, effect.user)
        why = standing(user, effect.signed_in_at)
        if user is None or why:
            return UserGone(why)
        values, version = _columns(user, effect.attributes), user["version"]
        change = Update("user", occasion.tenant.id, user["id"], values, expect=version)
        if await _applied(tools, occasion, change, "profileUpdate"):
            return UserUpdated()
    raise RuntimeError("Others kept changing the user.")


def _columns(user: Row, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that the answers change. A display name cannot be taken away."""
    own = {
        column: attributes[name]
        for name, column in BUILT_IN.items()
        if name in attributes and (attributes[name] is not None or name != "displayName")
    }
    extensions = {name: value for name, value in attributes.items() if name not in BUILT_IN}
    merged = {**(user["attributes"] or {}), **extensions}
    kept = {name: value for name, value in merged.items() if value is not None}
    return {**own, "attributes": kept}


async def _applied(tools: Tools, occasion: Occasion, change: Update, action: str) -> bool:
    """Write with an audit row; True also if this very effect was performed before. False if the
    row is gone, or another than was read."""
    audit = occasion.audit(action, "success", actor=change.id, target=change.id)
    try:
        await tools.entities.apply([change, audit])
    except Refusal as refusal:
        if refusal.reason == "duplicate":
            return True
        if refusal.reason in {"stale", "missing"}:
            return False
        raise
    return True

"""Without its proof no password is set: what a right code, or a right old password, leaves behind.

A proof is a single-use ticket whose key is made of tenant, journey, flow, user and chance. The
effect that writes names user and chance, and the occasion adds journey and flow; so no proof
ever serves another user, journey or flow, and there is nothing to compare that could be
forgotten. Source: security.md 3 (CVE-2026-18963 is what this makes impossible).
"""

from __future__ import annotations

from datetime import timedelta

from vestibule.perform.tools import Occasion, Tools
from vestibule.ports import Ticket

LIFETIME = timedelta(minutes=15)

_KIND = "passwordProof"
_SPENT = "passwordProofSpent"


def issued(tools: Tools, occasion: Occasion, user: str) -> tuple[str, Ticket]:
    """A new proof for the journey, and the ticket that has to be stored for it."""
    proof = tools.world.secret()
    key = _key(tools, occasion, user, proof)
    ends = occasion.now + LIFETIME
    return proof, Ticket(_KIND, occasion.tenant.id, key, ends, subject=user)


async def spend(tools: Tools, occasion: Occasion, user: str, proof: str) -> bool:
    """Consume a proof: True for one effect only, and for this one again after a crash."""
    tenant, now = occasion.tenant.id, occasion.now
    key = _key(tools, occasion, user, proof)
    mine = tools.vault.keyed("proofSpent", key, occasion.guid("proof"))
    spent = Ticket(_SPENT, tenant, mine, now + LIFETIME, subject=user)
    if await tools.tickets.take(_KIND, tenant, key, now, then=(spent,)) is not None:
        return True
    return await tools.tickets.get(_SPENT, tenant, mine, now) is not None


async def end_all(tools: Tools, occasion: Occasion, user: str) -> None:
    """Whatever else was proven for the user is worth nothing any more."""
    await tools.tickets.drop(occasion.tenant.id, kind=_KIND, subject=user)


def _key(tools: Tools, occasion: Occasion, user: str, proof: str) -> str:
    flow = occasion.flow.id if occasion.flow else ""
    return tools.vault.keyed(
        "passwordProof", occasion.tenant.id, occasion.journey, flow, user, proof
    )

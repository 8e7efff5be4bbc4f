"""Accounts of people who sign in at an identity provider: created, and found again.

The identity's row makes that issuer and subject have one account; no address is looked at.
Source: runtime 4.4, 5.8 (account linking).
"""

from __future__ import annotations

from typing import Any

from vestibule.journey.effects import CreateFederated, IdentityTaken, UserCreated, UserExists
from vestibule.perform.auditing import note
from vestibule.perform.tools import Occasion, Tools
from vestibule.ports import Binary, Constant, Entities, Insert, Member, Query, Refusal
from vestibule.resources.directory.identities import FEDERATED, PRINCIPAL, identity
from vestibule.resources.directory.users import BUILT_IN


async def find_identity(entities: Entities, tenant: str, issuer: str, subject: str) -> str:
    """The object id of the user with this very identity; "" if there is none.

    The store compares without case, and subjects that differ in it are different people (OpenID
    Connect Core 2).
    """
    where = Binary(
        "and",
        Binary("eq", Member("issuer"), Constant(issuer)),
        Binary("eq", Member("issuer_assigned_id"), Constant(subject)),
    )
    for row in await entities.find(Query("user_identity", tenant, where=where)):
        named = row["sign_in_type"], row["issuer"], row["issuer_assigned_id"]
        if named == (FEDERATED, issuer, subject):
            return str(row["parent"])
    return ""


async def create_federated(
    tools: Tools, occasion: Occasion, effect: CreateFederated
) -> UserCreated | IdentityTaken | UserExists:
    """A user whose id follows from the occasion: a repetition finds the one it made before."""
    tenant, id = occasion.tenant.id, occasion.guid("user")
    domain, principal = occasion.tenant.domain, f"cpim_{id}@{occasion.tenant.domain}"
    changes = (
        Insert("user", tenant, id, _columns(occasion, effect, principal)),
        identity(tenant, id, FEDERATED, effect.issuer, effect.subject),
        identity(tenant, id, PRINCIPAL, domain, principal),
        occasion.audit("signUp", "success", actor=id, target=id),
    )
    try:
        await tools.entities.apply(changes)
    except Refusal as refusal:
        if refusal.reason != "duplicate":
            raise
        owner = await find_identity(tools.entities, tenant, effect.issuer, effect.subject)
        if owner == id:
            return UserCreated(id)
        await note(tools, occasion.audit("signUp", "exists", target=owner))
        return IdentityTaken(owner) if owner else UserExists()
    return UserCreated(id)


def _columns(occasion: Occasion, effect: CreateFederated, principal: str) -> dict[str, Any]:
    """A created user as runtime 4.4 has it: no password, the provider's address beside."""
    given = effect.attributes
    return {
        **{column: given.get(name) for name, column in BUILT_IN.items()},
        "user_principal_name": principal,
        "display_name": given.get("displayName", "unknown"),
        "other_mails": [effect.email] if effect.email else [],
        "business_phones": [],
        "account_enabled": True,
        "creation_type": None,
        "user_type": "Member",
        "password_policies": None,
        "force_change_password": False,
        "attributes": {name: value for name, value in given.items() if name not in BUILT_IN},
        "created": occasion.now,
    }

"""Who is named at the tenant's own authority, and guests: found, let in, created.

A guest is one identity: of the issuer "mail", whose row makes that an address has one guest, or of
a provider, where the address says nothing.
Source: runtime 8.4, 8.5; Microsoft Graph user resource.
"""

from __future__ import annotations

from typing import Any

from vestibule.journey.effects import (
    AccountFound,
    AccountUnknown,
    AdmitGuest,
    CreateGuest,
    FindAccount,
    GuestAdmitted,
    SignUpClosed,
    UserCreated,
    UserGone,
)
from vestibule.perform.accounts import WITH_PASSWORD, find_by_name
from vestibule.perform.auditing import note
from vestibule.perform.federated import find_identity
from vestibule.perform.tools import Occasion, Tools
from vestibule.ports import Change, Insert, Refusal, Row, Update
from vestibule.resources.directory import guests
from vestibule.resources.directory.identities import FEDERATED, PRINCIPAL, identity
from vestibule.resources.directory.users import BUILT_IN

_PASSWORD = "password"
_KINDS = WITH_PASSWORD | {"phoneNumber", PRINCIPAL}


async def find_account(
    tools: Tools, occasion: Occasion, effect: FindAccount
) -> AccountFound | AccountUnknown:
    """Local accounts come first: a guest is found by the address, never by another name, so that
    naming one tells no address."""
    own = await _local(tools, occasion, effect.name)
    domain = effect.name.rpartition("@")[2].casefold()
    ours = "@" not in effect.name or domain == occasion.tenant.domain.casefold()
    hidden = tools.hide_account_existence
    # Only where addresses from anywhere may have passwords do they look like those of guests.
    masked = hidden and not ours and occasion.tenant.kind != "workforce"
    if own is not None and own["password_hash"]:
        return AccountFound(_PASSWORD, own["id"], masked)
    guest = await _guest(tools, occasion, effect.name)
    if guest is not None:
        return AccountFound(guest.realm, guest.row["id"], masked)
    return AccountUnknown(ours or own is not None, hidden, masked)


async def admit_guest(
    tools: Tools, occasion: Occasion, effect: AdmitGuest
) -> GuestAdmitted | UserGone:
    """The address is the proof, so it is compared again with the directory's."""
    guest = await _guest(tools, occasion, effect.address)
    if guest is None and await _has_password(tools, occasion, effect):
        return UserGone("member")
    if guest is None or guest.row["id"] != effect.user or guest.realm != guests.MAIL:
        await note(tools, occasion.audit("signIn", "gone", target=effect.user))
        return UserGone("deleted")
    return await _let_in(tools, occasion, guest, effect.address)


async def _has_password(tools: Tools, occasion: Occasion, effect: AdmitGuest) -> bool:
    own = await _local(tools, occasion, effect.address)
    return own is not None and own["id"] == effect.user and bool(own["password_hash"])


async def create_guest(
    tools: Tools, occasion: Occasion, effect: CreateGuest
) -> UserCreated | GuestAdmitted | UserGone | SignUpClosed:
    """A guest whose id follows from the occasion: a repetition finds the one it made before."""
    tenant, id = occasion.tenant.id, occasion.guid("guest")
    if not occasion.tenant.self_service_sign_up:
        await note(tools, occasion.audit("signUp", "closed"))
        return SignUpClosed()
    for principal in _principals(effect, occasion.tenant.domain):
        changes = _new_guest(occasion, effect, id, principal)
        try:
            await tools.entities.apply(changes)
        except Refusal as refusal:
            if refusal.reason != "duplicate":
                raise
        else:
            return UserCreated(id)
        if await tools.entities.get("user", tenant, id):
            return UserCreated(id)
        there = await _same(tools, occasion, effect)
        if there is not None:
            return await _let_in(tools, occasion, there, effect.address)
    await note(tools, occasion.audit("signUp", "exists"))
    return UserGone("taken")  # somebody else has both principal names


def _principals(effect: CreateGuest, domain: str) -> tuple[str, ...]:
    if not effect.issuer:
        return guests.principals(effect.address, domain)
    return guests.principals_elsewhere(effect.address, domain, effect.issuer, effect.subject)


async def _local(tools: Tools, occasion: Occasion, name: str) -> Row | None:
    """The account with a sign-in name of the tenant's own, of whatever kind."""
    return await find_by_name(tools, occasion, name, _KINDS)


async def _guest(tools: Tools, occasion: Occasion, address: str) -> guests.Guest | None:
    tenant = occasion.tenant
    return await guests.find(tools.entities, tenant.id, address, domain=tenant.domain)


async def _same(tools: Tools, occasion: Occasion, effect: CreateGuest) -> guests.Guest | None:
    """The guest who proves to be the same: by the identity alone, or by the address of a passcode.
    The address that a provider tells leads to nobody."""
    if effect.issuer:
        tenant = occasion.tenant.id
        id = await find_identity(tools.entities, tenant, effect.issuer, effect.subject)
        row = await tools.entities.get("user", tenant, id) if id else None
        return guests.Guest(row, effect.issuer, identified=True) if row else None
    there = await _guest(tools, occasion, effect.address)
    return there if there is not None and there.realm == guests.MAIL else None


async def _let_in(
    tools: Tools, occasion: Occasion, guest: guests.Guest, address: str
) -> GuestAdmitted | UserGone:
    tenant, id = occasion.tenant.id, guest.row["id"]
    if not guest.row["account_enabled"]:
        await note(tools, occasion.audit("signIn", "disabled", target=id))
        return UserGone("disabled")
    changes: list[Change] = []
    if not guest.identified:
        changes.append(identity(tenant, id, FEDERATED, guests.MAIL, address))
    if guest.row["external_user_state"] == guests.PENDING:
        accepted = {
            "external_user_state": guests.ACCEPTED,
            "external_user_state_changed": occasion.now,
        }
        changes.append(Update("user", tenant, id, accepted))
    signed_in = occasion.audit("signIn", "success", actor=id, target=id)
    try:
        await tools.entities.apply([*changes, signed_in])
    except Refusal as refusal:
        if refusal.reason == "missing":
            return UserGone("deleted")
        if refusal.reason != "duplicate":
            raise
        await note(tools, signed_in)  # another request has accepted the invitation meanwhile
    return GuestAdmitted(id)


def _new_guest(
    occasion: Occasion, effect: CreateGuest, id: str, principal: str
) -> tuple[Insert, ...]:
    tenant, domain = occasion.tenant.id, occasion.tenant.domain
    given = effect.attributes
    proof = (effect.issuer or guests.MAIL, effect.subject or effect.address)
    columns: dict[str, Any] = {
        **{column: given.get(name) for name, column in BUILT_IN.items()},
        "user_principal_name": principal,
        "display_name": given.get("displayName") or effect.address.partition("@")[0],
        "mail": effect.address,
        "other_mails": [],
        "business_phones": [],
        "account_enabled": True,
        "creation_type": "SelfServiceSignUp",
        "user_type": "Guest",
        "attributes": {name: value for name, value in given.items() if name not in BUILT_IN},
        "created": occasion.now,
    }
    return (
        Insert("user", tenant, id, columns),
        identity(tenant, id, FEDERATED, *proof),
        identity(tenant, id, PRINCIPAL, domain, principal),
        occasion.audit("signUp", "success", actor=id, target=id),
    )

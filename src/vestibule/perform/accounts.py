"""Local accounts: check a password, hash one, create and read users.

Source: runtime 4.2, 4.4, 5.8; security.md 5.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from vestibule.errors import TooMany
from vestibule.journey.effects import (
    CheckPassword,
    CreateUser,
    HashPassword,
    PasswordExpired,
    PasswordHashed,
    PasswordRefused,
    PasswordRight,
    PasswordWrong,
    ReadUser,
    UserCreated,
    UserExists,
    UserGone,
    UserRead,
)
from vestibule.perform import lockout
from vestibule.perform.auditing import note as _note
from vestibule.perform.proofs import issued
from vestibule.perform.tools import Occasion, Tools
from vestibule.ports import Binary, Constant, Insert, Member, Query, Refusal, Row
from vestibule.resources.directory.identities import identity
from vestibule.resources.directory.users import BUILT_IN
from vestibule.tenancy import claim_of

WITH_PASSWORD = frozenset({"emailAddress", "userName"})
"""Kinds of names that a password belongs to."""

_RENAMED = frozenset({"displayName", "givenName", "surname"})
"""Built-in attributes that have another name in tokens (runtime 4.2)."""


async def check_password(
    tools: Tools, occasion: Occasion, effect: CheckPassword
) -> PasswordRight | PasswordExpired | PasswordWrong:
    """Every outcome but "busy" leaves one audit row; so does each of several guesses at once,
    except that one person's right ones share it."""
    if tools.hasher.full(occasion.ip):
        return PasswordWrong("busy")
    user = await _claimed(tools, occasion, effect)
    id = user["id"] if user else ""
    account = id or _of_nobody(effect.sign_in_name)
    try:
        made = await lockout.attempt(
            tools, occasion, account=account, user=id, password=effect.password
        )
        if made is None:
            return await _refused(tools, occasion, user, "locked")
        stored = user["password_hash"] if user else None
        right = await tools.hasher.verify(stored, effect.password, asker=occasion.ip)
    except TooMany:
        return PasswordWrong("busy")
    if user is None or not right:
        return await _refused(tools, occasion, user, "wrong" if user else "unknown")
    succeeded = lockout.succeeded(tools, occasion, made, id)
    if not user["account_enabled"]:
        await succeeded
        return await _refused(tools, occasion, user, "disabled")
    # The same for a double click, but not for somebody else who signs in at the same time.
    mine = occasion.guid(f"audit.{id}")
    noted = _note(tools, occasion.audit("signIn", "success", actor=id, target=id, id=mine))
    await asyncio.gather(succeeded, noted)  # they may share a commit
    if not user["force_change_password"]:
        return PasswordRight(id)
    proof, ticket = issued(tools, occasion, id)
    await tools.tickets.put(ticket)
    return PasswordExpired(id, proof)


async def hash_password(
    tools: Tools, occasion: Occasion, effect: HashPassword
) -> PasswordHashed | PasswordRefused:
    if tools.common(effect.password):
        return PasswordRefused("common")
    hasher, asker = tools.hasher, occasion.ip
    try:
        if effect.replaces:
            user = await tools.entities.get("user", occasion.tenant.id, effect.replaces)
            present = user["password_hash"] if user else None
            if await hasher.verify(present, effect.password, asker=asker):
                return PasswordRefused("old")
        return PasswordHashed(await hasher.hash(effect.password, asker=asker))
    except TooMany:
        return PasswordRefused("busy")


async def create_user(
    tools: Tools, occasion: Occasion, effect: CreateUser
) -> UserCreated | UserExists:
    """A user whose id follows from the occasion: a repetition finds the user it made before."""
    id = occasion.guid("user")
    tenant, domain = occasion.tenant.id, occasion.tenant.domain
    principal_name = f"{id}@{domain}"
    changes = (
        Insert("user", tenant, id, _local_user(occasion, effect, principal_name)),
        _named(occasion, effect, id),
        identity(tenant, id, "userPrincipalName", domain, principal_name),
        occasion.audit("signUp", "success", actor=id, target=id),
    )
    try:
        await tools.entities.apply(changes)
    except Refusal as refusal:
        if refusal.reason != "duplicate":
            raise
        if await tools.entities.get("user", tenant, id):
            return UserCreated(id)
        await _note(tools, occasion.audit("signUp", "exists"))
        return UserExists()
    return UserCreated(id)


async def read_user(tools: Tools, occasion: Occasion, effect: ReadUser) -> UserRead | UserGone:
    tenant = occasion.tenant.id
    user = await tools.entities.get("user", tenant, effect.user)
    why = standing(user, effect.signed_in_at)
    if user is None or why:
        return UserGone(why)
    if not effect.whole:
        return UserRead({})
    identities = await tools.entities.find(Query("user_identity", tenant, parent=user["id"]))
    return UserRead(claims_of(user, identities))


def standing(user: Row | None, signed_in_at: float | None = None) -> str:
    """Why nobody may act as the user, as in UserGone; "" if somebody may. `signed_in_at`: epoch
    seconds at which the session began that is relied on."""
    if user is None:
        return "deleted"
    if not user["account_enabled"]:
        return "disabled"
    since = user["sessions_valid_from"]
    revoked = signed_in_at is not None and since and signed_in_at < since.timestamp()
    return "revoked" if revoked else ""


async def _claimed(tools: Tools, occasion: Occasion, effect: CheckPassword) -> Row | None:
    if effect.user:
        return await tools.entities.get("user", occasion.tenant.id, effect.user)
    return await find_by_name(tools, occasion, effect.sign_in_name, WITH_PASSWORD)


def _of_nobody(name: str) -> str:
    """What counts the guesses for a name that nobody has: never somebody's id, and one for the
    same spellings that find an account, or the lock would tell which names are somebody's."""
    return f"name:{name.lower()}"


async def find_by_address(tools: Tools, occasion: Occasion, address: str) -> Row | None:
    """The local account that signs in with this address."""
    return await find_by_name(tools, occasion, address, frozenset({"emailAddress"}))


async def find_by_name(
    tools: Tools, occasion: Occasion, name: str, kinds: frozenset[str]
) -> Row | None:
    """The local account that signs in with this name, as one of these kinds: a name is one
    account's, whatever kind it is of."""
    tenant = occasion.tenant
    wanted = {"issuer": tenant.domain, "issuer_assigned_id": name}
    issuer, assigned = (
        Binary("eq", Member(column), Constant(value)) for column, value in wanted.items()
    )
    both = Binary("and", issuer, assigned)
    found = await tools.entities.find(Query("user_identity", tenant.id, where=both, top=1))
    if not found or found[0]["sign_in_type"] not in kinds:
        return None
    return await tools.entities.get("user", tenant.id, found[0]["parent"])


def reads(user: Row | None, address: str) -> bool:
    """Whether it is the address that a user with a user name gave."""
    others = (user["other_mails"] or ()) if user else ()
    return address.casefold() in {other.casefold() for other in others}


def claims_of(user: Row, identities: Iterable[Row]) -> dict[str, Any]:
    """Every application claim with a value, by token name (runtime 4.2)."""
    identities = list(identities)
    named = [row for row in identities if row["sign_in_type"] in ("userName", "phoneNumber")]
    collected = {claim_of(name): value for name, value in (user["attributes"] or {}).items()}
    own = {
        **{name: user[column] for name, column in BUILT_IN.items() if name not in _RENAMED},
        "oid": user["id"],
        "name": user["display_name"],
        "given_name": user["given_name"],
        "family_name": user["surname"],
        "emails": _emails(user, identities),
        "mobilePhone": user["mobile_phone"],
        **{f"signInNames.{row['sign_in_type']}": row["issuer_assigned_id"] for row in named},
    }
    claims = {**collected, **own}
    return {name: value for name, value in claims.items() if value not in (None, "", [])}


def _emails(user: Row, identities: Iterable[Row]) -> list[str]:
    """The sign-in address first, then the other ones; each once, however it is written."""
    signs_in = (row for row in identities if row["sign_in_type"] == "emailAddress")
    addresses = [row["issuer_assigned_id"] for row in signs_in]
    addresses += [address for address in (user["mail"], *(user["other_mails"] or ())) if address]
    once: dict[str, str] = {}
    for address in addresses:
        once.setdefault(address.casefold(), address)
    return list(once.values())


def _named(occasion: Occasion, effect: CreateUser, id: str) -> Insert:
    """The name that the account signs in with."""
    kind, name = "emailAddress", effect.email
    if effect.user_name:
        kind, name = "userName", effect.user_name
    elif effect.phone_number:
        kind, name = "phoneNumber", effect.phone_number
    return identity(occasion.tenant.id, id, kind, occasion.tenant.domain, name)


def _local_user(occasion: Occasion, effect: CreateUser, principal_name: str) -> dict[str, Any]:
    """A created user as runtime 4.4 has it."""
    given = effect.attributes
    return {
        **{column: given.get(name) for name, column in BUILT_IN.items()},
        "user_principal_name": principal_name,
        "display_name": given.get("displayName", "unknown"),
        "other_mails": [effect.email] if effect.user_name and effect.email else [],
        "business_phones": [],
        "account_enabled": True,
        "creation_type": "LocalAccount",
        "user_type": "Member",
        "password_hash": effect.password_hash or None,
        "password_policies": "DisablePasswordExpiration",
        "force_change_password": False,
        "attributes": {name: value for name, value in given.items() if name not in BUILT_IN},
        "created": occasion.now,
    }


async def _refused(tools: Tools, occasion: Occasion, user: Row | None, why: str) -> PasswordWrong:
    target, id = user["id"] if user else "", tools.world.guid()
    await _note(tools, occasion.audit("signIn", why, target=target, id=id))
    if tools.hide_account_existence and why in {"unknown", "wrong"}:
        return PasswordWrong("refused")
    return PasswordWrong(why)

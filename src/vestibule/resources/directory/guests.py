"""Guests by their address: what their principal names are, and whose an address is.

Source: runtime 8.5; Microsoft Graph invitation and user resources.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from vestibule.ports import Binary, Constant, Entities, In, Member, Query, Row
from vestibule.resources.directory.identities import FEDERATED

MAIL = "mail"
"""The issuer of who proves an address by a passcode."""
PENDING, ACCEPTED = "PendingAcceptance", "Accepted"
_GUEST = "Guest"
_INVITED = "Invitation"


@dataclass(frozen=True, slots=True)
class Guest:
    """`realm`: the issuer of the identity, "mail" where none has been given yet (an invitation
    that nobody has accepted); `identified`: whether there is one."""

    row: Row
    realm: str
    identified: bool


def principals(address: str, domain: str) -> tuple[str, str]:
    """The user principal name of a guest, and another one if that belongs to somebody else.

    Any user can be named so through Graph; the second name is told apart by a digest.
    """
    name = address.replace("@", "_")
    return f"{name}#EXT#@{domain}", _apart(address, address.casefold(), domain)


def principals_elsewhere(
    address: str, domain: str, issuer: str, subject: str
) -> tuple[str, str, str]:
    """Those of a guest of a provider, one more of them: with one address people may be known by
    mail and by several providers, each of whom is a guest."""
    return *principals(address, domain), _apart(address, f"{issuer} {subject}", domain)


def _apart(address: str, who: str, domain: str) -> str:
    digest = hashlib.sha256(who.encode()).hexdigest()[:8]
    return f"{address.replace('@', '_')}_{digest}#EXT#@{domain}"


async def find(entities: Entities, tenant: str, address: str, *, domain: str) -> Guest | None:
    """The guest of this address.

    By the identity, or, before there is one, by the principal name and `mail`: a `mail` that was
    changed later proves nothing.
    """
    where = Binary(
        "and",
        Binary("eq", Member("issuer"), Constant(MAIL)),
        Binary("eq", Member("issuer_assigned_id"), Constant(address)),
    )
    found = await entities.find(Query("user_identity", tenant, where=where, top=1))
    if found:
        row = await entities.get("user", tenant, found[0]["parent"])
        return Guest(row, MAIL, identified=True) if row else None
    return await _unidentified(entities, tenant, address, principals(address, domain))


async def _unidentified(
    entities: Entities, tenant: str, address: str, names: tuple[str, ...]
) -> Guest | None:
    where = In(Member("user_principal_name"), tuple(map(Constant, names)))
    rows = await entities.find(Query("user", tenant, where=where))
    for row in rows:
        outside = row["user_type"] == _GUEST or row["creation_type"] == _INVITED
        if not outside or (row["mail"] or "").casefold() != address.casefold():
            continue
        identities = await entities.find(Query("user_identity", tenant, parent=row["id"]))
        outer = [one for one in identities if one["sign_in_type"] == FEDERATED]
        mail = [one["issuer_assigned_id"] for one in outer if one["issuer"] == MAIL]
        if not mail or address.casefold() in map(str.casefold, mail):  # given since we looked
            realm = outer[0]["issuer"] if outer and not mail else MAIL
            return Guest(row, realm, identified=bool(outer))
    return None

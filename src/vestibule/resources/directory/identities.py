"""Sign-in names of a user: which there may be, and the rows that make them unique.

Source: runtime 4.4; Microsoft Graph objectIdentity resource.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vestibule.addresses import PHONE_NUMBER, USER_NAME
from vestibule.errors import Invalid
from vestibule.ports import Change, Delete, Insert, Row
from vestibule.resources.directory.users import MOST_IDENTITIES

PRINCIPAL = "userPrincipalName"
FEDERATED = "federated"
_LOCAL = {
    "emailAddress": re.compile(r"[^\s@<>]+@[^\s@<>]+"),
    "userName": USER_NAME,
    "phoneNumber": PHONE_NUMBER,
}
_PLACE = "identities"


def identity(tenant: str, user: str, sign_in_type: str, issuer: str, assigned: str) -> Insert:
    """The row that makes a sign-in name unique in its tenant."""
    values = {
        "sign_in_type": sign_in_type,
        "issuer": issuer,
        "issuer_assigned_id": assigned,
    }
    return Insert("user_identity", tenant, f"{issuer}:{assigned}", values, parent=user)


def is_local(identities: Iterable[Mapping[str, Any]]) -> bool:
    """Whether one of them signs in with a password."""
    return any(one["signInType"] != FEDERATED for one in identities)


def checked(
    given: Sequence[Mapping[str, Any]], *, domain: str, principal: str
) -> list[dict[str, str]]:
    """The identities of a body with that of the principal name, each once. Raises Invalid."""
    found = {(domain.casefold(), principal.casefold()): _named(PRINCIPAL, domain, principal)}
    for at, one in enumerate(given):
        place = f"{_PLACE}/{at}"
        kind = _kind(one["signInType"], place)
        issuer, assigned = one["issuer"].strip(), one["issuerAssignedId"].strip()
        _check(kind, issuer, assigned, domain=domain, place=place)
        if kind == PRINCIPAL:
            if assigned.casefold() != principal.casefold():
                raise Invalid(
                    f"The identity '{PRINCIPAL}' follows the user principal name; change that.",
                    target=f"{place}/issuerAssignedId",
                )
            continue
        key = (issuer.casefold(), assigned.casefold())
        if key in found:
            raise Invalid(f"'{assigned}' is given twice.", target=place)
        found[key] = _named(kind, issuer if kind == FEDERATED else domain, assigned)
    if len(found) > MOST_IDENTITIES:
        raise Invalid(f"A user has at most {MOST_IDENTITIES} identities.", target=_PLACE)
    return list(found.values())


def replaced(
    tenant: str, user: str, stored: Iterable[Row], wanted: Iterable[Mapping[str, str]]
) -> list[Change]:
    """What makes the stored identities the wanted ones."""
    old = {
        _key(row["sign_in_type"], row["issuer"], row["issuer_assigned_id"]): row for row in stored
    }
    new = {_key(one["signInType"], one["issuer"], one["issuerAssignedId"]): one for one in wanted}
    gone: list[Change] = [
        Delete("user_identity", tenant, row["id"], user)
        for key, row in old.items()
        if key not in new
    ]
    return gone + [
        identity(tenant, user, one["signInType"], one["issuer"], one["issuerAssignedId"])
        for key, one in new.items()
        if key not in old
    ]


def shown(rows: Iterable[Row]) -> list[dict[str, str]]:
    """Stored identities as Graph has them."""
    return [_named(row["sign_in_type"], row["issuer"], row["issuer_assigned_id"]) for row in rows]


def _named(kind: str, issuer: str, assigned: str) -> dict[str, str]:
    return {"signInType": kind, "issuer": issuer, "issuerAssignedId": assigned}


def _key(kind: str, issuer: str, assigned: str) -> tuple[str, str, str]:
    return kind, issuer, assigned


def _kind(given: str, place: str) -> str:
    known = {name.casefold(): name for name in (*_LOCAL, PRINCIPAL, FEDERATED)}
    kind = known.get(given.strip().casefold())
    if kind is None:
        raise Invalid(
            f"'{given}' is no sign-in type; use {', '.join(sorted(known.values()))}.",
            target=f"{place}/signInType",
        )
    return kind


def _check(kind: str, issuer: str, assigned: str, *, domain: str, place: str) -> None:
    own = issuer.casefold() == domain.casefold()
    if kind == FEDERATED:
        if own:
            raise Invalid(
                "The issuer of a federated identity is the identity provider.",
                target=f"{place}/issuer",
            )
        return
    if not own:
        raise Invalid(f"The issuer of '{kind}' must be {domain}.", target=f"{place}/issuer")
    form = _LOCAL.get(kind)
    if form is not None and not form.fullmatch(assigned):
        raise Invalid(
            f"'{assigned}' is not a sign-in name of the type '{kind}'.",
            target=f"{place}/issuerAssignedId",
        )

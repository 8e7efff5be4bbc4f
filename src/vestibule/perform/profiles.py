"""Who a person is in the directory, as the tokens of the tenant's own authority say it.

Source: runtime.md 8.5, 12.1; Microsoft identity platform, ID token claims.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from vestibule.ports import Entities, Query, Row
from vestibule.resources.directory.protected import roles_of


@dataclass(frozen=True, slots=True)
class Profile:
    """`sign_in_name` is what the person types; `roles` are directory role template ids."""

    principal_name: str
    sign_in_name: str
    name: str
    email: str
    roles: tuple[str, ...]


def profiles(entities: Entities) -> Callable[[str, str], Awaitable[Profile | None]]:
    """(tenant id, object id) → who that is now; None when there is no such user."""

    async def profile(tenant: str, user: str) -> Profile | None:
        row = await entities.get("user", tenant, user)
        if row is None:
            return None
        identities = await entities.find(Query("user_identity", tenant, parent=row["id"]))
        email = _email(row, identities)
        return Profile(
            principal_name=row["user_principal_name"],
            sign_in_name=_sign_in_name(row, email),
            name=row["display_name"] or "",
            email=email,
            roles=await roles_of(entities, tenant, row["id"]),
        )

    return profile


def _email(user: Row, identities: Iterable[Row]) -> str:
    signs_in = [row for row in identities if row["sign_in_type"] in {"emailAddress", "federated"}]
    named = (row["issuer_assigned_id"] for row in signs_in if "@" in row["issuer_assigned_id"])
    return str(user["mail"] or next(named, "") or next(iter(user["other_mails"] or ()), ""))


def _sign_in_name(user: Row, email: str) -> str:
    """A guest's principal name, and one that was made from the id, are nothing that anybody
    types."""
    name = str(user["user_principal_name"])
    made = user["user_type"] == "Guest" or name.startswith(user["id"])
    return email if made and email else name

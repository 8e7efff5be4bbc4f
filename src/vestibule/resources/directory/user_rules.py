"""Rules of users: accounts come, change, go to the bin and come back, each in one transaction.

Source: graph-surface 11.17; runtime 4.4; Microsoft Graph user resource.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from vestibule.errors import Invalid
from vestibule.ports import Change, Query, Row, Update
from vestibule.resources.directory import deleted, identities, passwords
from vestibule.resources.directory.extension_values import checked as extensions
from vestibule.resources.directory.organization import domain_of
from vestibule.resources.directory.protected import protect
from vestibule.resources.directory.users import DIRECTORY_OBJECT, USER
from vestibule.rules import Context, Decision, Done, Rules

_SENSITIVE = frozenset(
    {"accountEnabled", "identities", "mail", "mobilePhone", "otherMails", "passwordPolicies"}
    | {"passwordProfile", "userPrincipalName"}
)
_ALIAS = re.compile(r"[^\s@<>]{1,113}")
_DECLARED = frozenset(one.name for one in (*DIRECTORY_OBJECT.properties, *USER.properties)) | {"id"}


@dataclass(frozen=True, slots=True)
class UserRules:
    """`hash_password`: the text of a password → its argon2id hash."""

    hash_password: Callable[[str], Awaitable[str]]

    def table(self) -> dict[str, Rules]:
        """The rules by entity type."""
        return {
            USER.name: Rules(
                create=self.create,
                update=self.update,
                delete=deleted.delete,
                operations={"revokeSignInSessions": revoke, "restore": deleted.restore},
            ),
            DIRECTORY_OBJECT.name: Rules(
                given=deleted.given,
                delete=deleted.delete,
                operations={"restore": deleted.restore},
            ),
        }

    async def create(self, context: Context, values: dict[str, Any]) -> Decision:
        domain, id = await domain_of(context), context.world.guid()
        principal = _principal(values.get("userPrincipalName") or f"{id}@{domain}", domain)
        given = values.get("identities") or ()
        wanted = identities.checked(given, domain=domain, principal=principal)
        own, policy = _own(values), passwords.policies(values.get("passwordPolicies"))
        columns = {
            "user_principal_name": principal,
            "password_policies": policy,
            "creation_type": "LocalAccount" if identities.is_local(given) else None,
            "user_type": values.get("userType") or "Member",
            "attributes": _without_null(await extensions(context, own)),
            "created": context.now,
        }
        federated = bool(given) and not identities.is_local(given)
        if not (federated and values.get("passwordProfile") is None):
            columns |= await self._password(values.get("passwordProfile") or {}, policy)
        return Decision(
            id=id,
            columns=columns,
            also=tuple(identities.replaced(context.tenant, id, (), wanted)),
        )

    async def update(self, context: Context, row: Row, values: dict[str, Any]) -> Decision:
        if not _SENSITIVE.isdisjoint(values):
            await protect(context, row)
        columns: dict[str, Any] = {}
        if "passwordPolicies" in values:
            columns["password_policies"] = passwords.policies(values["passwordPolicies"])
        policy = columns.get("password_policies", row["password_policies"])
        profile = values.get("passwordProfile")
        if profile:
            columns |= await self._changed_password(context, profile, policy)
        own = await extensions(context, _own(values))
        if own:
            columns["attributes"] = _without_null({**(row["attributes"] or {}), **own})
        also, principal = await _renamed(context, row, values)
        exact = bool(own or also or profile or principal)
        return Decision(columns={**columns, **principal}, also=tuple(also), exact=exact)

    async def _password(self, profile: Mapping[str, Any], policy: str | None) -> dict[str, Any]:
        force = profile.get("forceChangePasswordNextSignIn")
        return {
            "password_hash": await self.hash_password(passwords.check(dict(profile), policy)),
            "force_change_password": bool(force),
        }

    async def _changed_password(
        self, context: Context, profile: Mapping[str, Any], policy: str | None
    ) -> dict[str, Any]:
        """A new password ends what the old one began (runtime checklist, TK-19)."""
        columns: dict[str, Any] = {}
        if profile.get("password") is not None:
            columns = await self._password(profile, policy)
            columns["sessions_valid_from"] = context.now
        elif profile.get("forceChangePasswordNextSignIn") is not None:
            columns["force_change_password"] = profile["forceChangePasswordNextSignIn"]
        return columns


async def revoke(context: Context, row: Row | None, _values: dict[str, Any]) -> Any:
    """Refresh tokens and sessions from before now are worth nothing."""
    assert row is not None  # noqa: S101  # bound to one user
    await protect(context, row)
    change = Update("user", context.tenant, row["id"], {"sessions_valid_from": context.now})
    return Done(value=True, also=(change,))


async def _renamed(
    context: Context, row: Row, values: Mapping[str, Any]
) -> tuple[list[Change], dict[str, Any]]:
    """The changes of identities that a new principal name or new identities bring."""
    if "identities" not in values and "userPrincipalName" not in values:
        return [], {}
    domain = await domain_of(context)
    principal = values.get("userPrincipalName", row["user_principal_name"])
    if principal != row["user_principal_name"]:
        principal = _principal(principal or "", domain)
    stored = await context.entities.find(Query("user_identity", context.tenant, parent=row["id"]))
    given = values.get("identities")
    if given is None:
        given = [
            one for one in identities.shown(stored) if one["signInType"] != identities.PRINCIPAL
        ]
    wanted = identities.checked(given, domain=domain, principal=principal)
    changes = identities.replaced(context.tenant, row["id"], stored, wanted)
    return changes, {"user_principal_name": principal}


def _principal(name: str, domain: str) -> str:
    """A user principal name in the tenant's domain. Raises Invalid."""
    alias, _, given = name.strip().rpartition("@")
    if given.casefold() != domain.casefold() or not _ALIAS.fullmatch(alias):
        raise Invalid(
            f"Property userPrincipalName is invalid: it is a name, @ and the domain {domain}.",
            target="userPrincipalName",
        )
    return f"{alias}@{domain}"


def _own(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the type does not declare: values of directory extensions."""
    return {name: value for name, value in values.items() if name not in _DECLARED}


def _without_null(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}

"""Delegated permission grants: an administrator's consent for everybody, given beforehand.

Source: runtime 2.2; Microsoft Graph oAuth2PermissionGrant resource.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from typing import Any

from vestibule.edm.declare import (
    Access,
    Column,
    Declaration,
    Entity,
    EntitySet,
    Property,
    Record,
    Reference,
)
from vestibule.errors import Invalid
from vestibule.ports import Insert, Row
from vestibule.resources.directory.organization import READERS
from vestibule.resources.directory.service_principals import scopes_of
from vestibule.roles import GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR
from vestibule.rules import Context, Decision, Rules

RECORDS = (
    Record(
        "permission_grant",  # id: from client and resource, so that a pair has one
        (
            Column("client", nullable=False),
            Column("resource", nullable=False),
            Column("scope", nullable=False),  # values with spaces between
        ),
        references=(
            Reference("client", "service_principal", on_delete="cascade"),
            Reference("resource", "service_principal", on_delete="cascade"),
        ),
        configuration=True,
    ),
)

_ACCESS = Access(
    read=(
        "DelegatedPermissionGrant.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All",
    ),
    write=("DelegatedPermissionGrant.ReadWrite.All",),
    read_roles=(*READERS, PRIVILEGED_ROLE_ADMINISTRATOR),
    write_roles=(PRIVILEGED_ROLE_ADMINISTRATOR, GLOBAL_ADMINISTRATOR),
)  # fmt: skip
_GRANT = Entity(
    "microsoft.graph.oAuth2PermissionGrant",
    record="permission_grant",
    base="microsoft.graph.entity",
    properties=(
        Property(
            "clientId",
            column="client",
            nullable=False,
            required=True,
            write="create",
        ),
        Property(
            "consentType",
            write="create",
            required=True,
            pattern="AllPrincipals",
            advice="Consent is given for everybody: use AllPrincipals.",
            value=lambda _row: "AllPrincipals",
        ),
        Property("principalId", write="create", value=lambda _row: None),
        Property(
            "resourceId",
            column="resource",
            nullable=False,
            required=True,
            write="create",
        ),
        Property("scope", required=True, max_length=3850),
    ),
)
TYPES: tuple[Declaration, ...] = (_GRANT,)
SETS: tuple[EntitySet, ...] = (EntitySet("oauth2PermissionGrants", _GRANT.name, _ACCESS),)


def grant(tenant: str, client: str, resource: str, scopes: Iterable[str]) -> Insert:
    """The row of a consent. Client and resource are object ids of service principals."""
    values = {"client": client, "resource": resource, "scope": " ".join(sorted(scopes))}
    return Insert("permission_grant", tenant, id_of(client, resource), values)


def id_of(client: str, resource: str) -> str:
    """The id of the grant between two service principals."""
    pair = hashlib.sha256(f"{client} {resource}".casefold().encode()).digest()
    return urlsafe_b64encode(pair).decode().rstrip("=")


async def _create(context: Context, values: dict[str, Any]) -> Decision:
    if values.get("principalId") is not None:
        raise Invalid(
            "principalId is for consent of one person; leave it out.", target="principalId"
        )
    client = await _principal(context, values, "clientId")
    resource = await _principal(context, values, "resourceId")
    columns = {
        "client": client["id"],
        "resource": resource["id"],
        "scope": await _checked(context, resource["id"], values["scope"]),
    }
    return Decision(id=id_of(client["id"], resource["id"]), columns=columns)


async def _principal(context: Context, values: dict[str, Any], name: str) -> Row:
    row = await context.entities.get("service_principal", context.tenant, values[name])
    if row is None:
        raise Invalid(f"{name} '{values[name]}' is no service principal.", target=name)
    return row


async def _update(context: Context, row: Row, values: dict[str, Any]) -> Decision:
    if "scope" not in values:
        return Decision()
    return Decision(columns={"scope": await _checked(context, row["resource"], values["scope"])})


async def _checked(context: Context, resource: str, text: str) -> str:
    """The scopes, each once; the resource must expose them."""
    row = await context.entities.get("service_principal", context.tenant, resource)
    exposed = {one["value"] for one in scopes_of(row)} if row else set()
    asked = dict.fromkeys(text.split())
    for scope in asked:
        if scope not in exposed:
            raise Invalid(f"The resource does not expose the scope '{scope}'.", target="scope")
    return " ".join(asked)


RULES: dict[str, Rules] = {_GRANT.name: Rules(create=_create, update=_update)}

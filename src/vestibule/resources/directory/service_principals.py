"""Service principals: an application as it stands in the tenant, and the app roles it holds.

Microsoft Graph's own stands in every tenant. Source: graph-surface 11.17; Microsoft Graph
servicePrincipal and appRoleAssignment resources.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vestibule.edm.declare import (
    Access,
    Column,
    Declaration,
    Entity,
    EntitySet,
    Navigation,
    Property,
    Record,
    Reference,
)
from vestibule.ports import Insert
from vestibule.resources.directory.applications import ACCESS, ROLE, SCOPE
from vestibule.resources.permissions import GRAPH, app_roles, scopes
from vestibule.roles import GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR

RECORDS = (
    Record(
        "service_principal",
        (
            Column("app_id", nullable=False),
            Column("application"),  # null: Microsoft Graph
            Column("display_name", nullable=False),
            Column("account_enabled", "boolean", nullable=False),
            Column("app_role_assignment_required", "boolean"),
            Column("identifier_uris", "json"),  # as its application's, and the next three
            Column("api", "json"),
            Column("app_roles", "json"),
            Column("tags", "json"),
            Column("created", "datetime"),
        ),
        unique=(("app_id",),),
        references=(Reference("application", "application", on_delete="cascade"),),
        configuration=True,
    ),
    Record(
        "app_role_assignment",
        (
            Column("principal", nullable=False),  # the parent's id
            Column("principal_name"),
            Column("resource", nullable=False),
            Column("resource_name"),
            Column("app_role", nullable=False),
            Column("created", "datetime"),
        ),
        parent="service_principal",
        unique=(("principal", "resource", "app_role"),),
        references=(Reference("resource", "service_principal", on_delete="cascade"),),
        configuration=True,
    ),
)

NO_ROLE = "00000000-0000-0000-0000-000000000000"
"""Stands for access without a role, where the resource defines none."""

_ASSIGNERS = (PRIVILEGED_ROLE_ADMINISTRATOR, GLOBAL_ADMINISTRATOR)
_ASSIGNING = Access(
    read=(*ACCESS.read, "AppRoleAssignment.ReadWrite.All"),
    write=("AppRoleAssignment.ReadWrite.All",),
    read_roles=(*ACCESS.read_roles, PRIVILEGED_ROLE_ADMINISTRATOR),
    write_roles=_ASSIGNERS,
)
_MOMENT = "Edm.DateTimeOffset"
_STRINGS = "Collection(Edm.String)"


def roles_of(row: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The app roles that a service principal's application defines."""
    return app_roles() if row["app_id"] == GRAPH else row["app_roles"] or ()


def scopes_of(row: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The scopes that it exposes."""
    if row["app_id"] == GRAPH:
        return scopes()
    return (row["api"] or {}).get("oauth2PermissionScopes") or ()


ASSIGNMENT = Entity(
    "microsoft.graph.appRoleAssignment",
    record="app_role_assignment",
    base="microsoft.graph.entity",
    properties=(
        Property(
            "appRoleId",
            "Edm.Guid",
            column="app_role",
            nullable=False,
            required=True,
            write="create",
        ),
        Property("createdDateTime", _MOMENT, column="created", write="never"),
        Property("principalDisplayName", column="principal_name", write="never"),
        Property("principalId", "Edm.Guid", column="principal", required=True, write="create"),
        Property("principalType", write="never", value=lambda _row: "ServicePrincipal"),
        Property("resourceDisplayName", column="resource_name", write="never"),
        Property("resourceId", "Edm.Guid", column="resource", required=True, write="create"),
    ),
)
PRINCIPAL = Entity(
    "microsoft.graph.servicePrincipal",
    record="service_principal",
    base="microsoft.graph.entity",
    alternate_keys=("appId",),
    properties=(
        Property("accountEnabled", "Edm.Boolean", nullable=False, default=True),
        Property("appDisplayName", column="display_name", write="never"),
        Property("appId", required=True, write="create", max_length=64),
        Property(
            "appRoleAssignmentRequired",
            "Edm.Boolean",
            nullable=False,
            default=False,
        ),
        Property(
            "appRoles", f"Collection({ROLE.name})", nullable=False, write="never", value=roles_of
        ),
        Property("displayName", write="never"),
        Property(
            "oauth2PermissionScopes",
            f"Collection({SCOPE.name})",
            nullable=False,
            write="never",
            value=scopes_of,
        ),
        Property(
            "servicePrincipalNames",
            _STRINGS,
            nullable=False,
            write="never",
            value=lambda row: [row["app_id"], *(row["identifier_uris"] or ())],
        ),
        Property("servicePrincipalType", write="never", value=lambda _row: "Application"),
        Property("tags", _STRINGS, nullable=False, write="never"),
    ),
    navigations=(
        Navigation(
            "appRoleAssignments",
            ASSIGNMENT.name,
            contained=True,
            access=_ASSIGNING,
            verbs=frozenset({"list", "get", "create", "delete"}),
        ),
    ),
)
TYPES: tuple[Declaration, ...] = (ASSIGNMENT, PRINCIPAL)
SETS: tuple[EntitySet, ...] = (EntitySet("servicePrincipals", PRINCIPAL.name, ACCESS),)

# --------------------------------------------------------------------------- rows


def of_graph(tenant: str, id: str, created: Any) -> Insert:
    """Microsoft Graph's own service principal."""
    values = {
        "app_id": GRAPH,
        "display_name": "Microsoft Graph",
        "account_enabled": True,
        "app_role_assignment_required": False,
        "identifier_uris": ["https://graph.microsoft.com"],
        "tags": [],
        "created": created,
    }
    return Insert("service_principal", tenant, id, values)


def of_application(tenant: str, id: str, application: Mapping[str, Any], created: Any) -> Insert:
    """What makes an application of the tenant one that may get tokens."""
    values = {
        **shared(application),
        "app_id": application["app_id"],
        "application": application["id"],
        "account_enabled": True,
        "app_role_assignment_required": False,
        "created": created,
    }
    return Insert("service_principal", tenant, id, values)


def shared(application: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "display_name": application["display_name"],
        "identifier_uris": application.get("identifier_uris") or [],
        "api": application.get("api"),
        "app_roles": application.get("app_roles") or [],
        "tags": application.get("tags") or [],
    }


def assignment(
    principal: Mapping[str, Any], resource: Mapping[str, Any], role: str, created: Any
) -> dict[str, Any]:
    """The columns of the row that gives a service principal an app role of another."""
    return {
        "principal": principal["id"],
        "principal_name": principal["display_name"],
        "resource": resource["id"],
        "resource_name": resource["display_name"],
        "app_role": role,
        "created": created,
    }

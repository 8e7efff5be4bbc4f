"""Every permission of Microsoft Graph that a catalogue names, with its ids.

An application holds a permission by an assignment of the app role of that id; a person's consent
names the scope of the same value. Ids are Microsoft's, from public sources; ours alone
(`Vestibule.…`) and those that are published nowhere follow from the name.
Source: spec/permissions.csv; Microsoft Graph permissions reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

GRAPH = "00000003-0000-0000-c000-000000000000"
"""The application id of Microsoft Graph, in every tenant."""

_NAMES = UUID("b6a0e1f4-3c55-4d0c-8a57-5f7f0d6c2e11")

_PUBLISHED: Mapping[str, tuple[str, str]] = {
    # name: (id of the app role, id of the scope)
    "APIConnectors.Read.All": (
        "b86848a7-d5b1-41eb-a9b4-54a4e6306e97", "1b6ff35f-31df-4332-8571-d31ea5a4893f",
    ),
    "APIConnectors.ReadWrite.All": (
        "1dfe531a-24a6-4f1b-80f4-7a0dc5a0a171", "c67b52c5-7c69-48b6-9d48-7b3af3ded914",
    ),
    "AppRoleAssignment.ReadWrite.All": (
        "06b708a9-e830-4db3-a914-8e69da51d44f", "84bccea3-f856-4a8a-967b-dbe0a3d53a64",
    ),
    "Application.Read.All": (
        "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30", "c79f8feb-a9db-4090-85f9-90d820caa0eb",
    ),
    "Application.ReadWrite.All": (
        "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9", "bdfbf15f-ee85-4955-8675-146e8e5296b5",
    ),
    "DelegatedPermissionGrant.ReadWrite.All": (
        "8e8e4742-1d95-4f68-9d56-6ee75648c72a", "41ce6ca6-6826-4807-84f1-1c82854f7ee5",
    ),
    "Directory.Read.All": (
        "7ab1d382-f21e-4acd-a863-ba3e13f7da61", "06da0dbc-49e2-44d2-8312-53f166ab848a",
    ),
    "Directory.ReadWrite.All": (
        "19dbc75e-c2e2-444c-a770-ec69d8559fc7", "c5366453-9fb0-48a5-a156-24f0c49a4b84",
    ),
    "Domain.Read.All": (
        "dbb9058a-0e50-45d7-ae91-66909b5d4664", "2f9ee017-59c1-4f1d-9472-bd5529a7b311",
    ),
    "EventListener.Read.All": (
        "b7f6385c-6ce6-4639-a480-e23c42ed9784", "f7dd3bed-5eec-48da-bc73-1c0ef50bc9a1",
    ),
    "EventListener.ReadWrite.All": (
        "0edf5e9e-4ce8-468a-8432-d08631d18c43", "d11625a6-fe21-4fc6-8d3d-063eba5525ad",
    ),
    "IdentityProvider.Read.All": (
        "e321f0bb-e7f7-481e-bb28-e3b0b32d4bd0", "43781733-b5a7-4d1b-98f4-e8edff23e1a9",
    ),
    "IdentityProvider.ReadWrite.All": (
        "90db2b9a-d928-4d33-a4dd-8442ae3d41e4", "f13ce604-1677-429f-90bd-8a10b9f01325",
    ),
    "IdentityUserFlow.Read.All": (
        "1b0c317f-dd31-4305-9932-259a8b6e8099", "2903d63d-4611-4d43-99ce-a33f3f52e343",
    ),
    "IdentityUserFlow.ReadWrite.All": (
        "65319a09-a2be-469d-8782-f6b07debf789", "281892cc-4dbf-4e3a-b6cc-b21029bb4e82",
    ),
    "Organization.Read.All": (
        "498476ce-e0fe-48b0-b801-37ba7e2685c6", "4908d5b9-3fb2-4b1e-9336-1888b7937185",
    ),
    "Policy.Read.All": (
        "246dd0d5-5bd0-4def-940b-0421030a5b68", "572fea84-0151-49b2-9301-11cb16974376",
    ),
    "Policy.ReadWrite.AuthenticationFlows": (
        "25f85f3c-f66c-4205-8cd5-de92dd7f0cec", "edb72de9-4252-4d03-a925-451deef99db7",
    ),
    "RoleManagement.Read.Directory": (
        "483bed4a-2ad3-4361-a73b-c83ccdbdc53c", "741c54c3-0c1e-44a1-818b-3f97ab4e8c83",
    ),
    "RoleManagement.ReadWrite.Directory": (
        "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8", "d01b97e9-cbc0-49fe-810a-750afd5527a3",
    ),
    "User.DeleteRestore.All": (
        "eccc023d-eccf-4e7b-9683-8813ab36cecc", "4bb440cd-2cf2-4f90-8004-aa2acd2537c5",
    ),
    "User.Invite.All": (
        "09850681-111b-4a89-9bed-3f2cae46d706", "63dd7cd9-b489-4adf-a28c-ac38b9a0f962",
    ),
    "User.Read.All": (
        "df021288-bdef-4463-88db-98f22de89214", "a154be20-db9c-4678-8ab7-66f6cc099a59",
    ),
    "User.ReadWrite.All": (
        "741f803b-c850-494e-b5df-cde7c675a1ca", "204e0828-b5ca-4ad8-b9f3-f32a958e7cc4",
    ),
    # Exchange of both kinds under one id, as published.
    "User.RevokeSessions.All": (
        "77f3a031-c388-4f99-b373-dc68676a979e", "77f3a031-c388-4f99-b373-dc68676a979e",
    ),
}  # fmt: skip
_OURS = ("Vestibule.Read.All", "Vestibule.ReadWrite.All")
_OF_SIGN_IN: Mapping[str, str] = {
    "openid": "37f7f235-527c-4136-accd-4a02d197296e",
    "offline_access": "7427e0e9-2fba-42fe-b0c0-848c9e6a8182",
    "profile": "14dad69e-099b-42c9-810b-d002981feec1",
    "email": "64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0",
    "User.Read": "e1fe6dd8-ba31-4d61-89e7-88639da4683d",
}


@dataclass(frozen=True, slots=True)
class Permission:
    """`role` is the id of its app role, "" for what only a person can consent to."""

    name: str
    role: str
    scope: str


def _drawn(name: str, kind: str) -> str:
    return str(uuid5(_NAMES, f"{kind} {name}"))


PERMISSIONS: tuple[Permission, ...] = (
    *(Permission(name, role, scope) for name, (role, scope) in _PUBLISHED.items()),
    *(Permission(name, _drawn(name, "role"), _drawn(name, "scope")) for name in _OURS),
    *(Permission(name, "", scope) for name, scope in _OF_SIGN_IN.items()),
)
ROLES: Mapping[str, str] = {one.role: one.name for one in PERMISSIONS if one.role}
"""Id of an app role of Microsoft Graph → its value."""

SCOPES: frozenset[str] = frozenset(one.name for one in PERMISSIONS)


def role_of(name: str) -> str:
    """The id of the app role of this value. Raises KeyError for an unknown one."""
    return {value: id for id, value in ROLES.items()}[name]


def app_roles() -> list[dict[str, Any]]:
    """As Microsoft Graph's service principal shows them."""
    return [
        {
            "id": one.role,
            "value": one.name,
            "displayName": one.name,
            "description": f"Lets the application use {one.name} without a signed-in person.",
            "allowedMemberTypes": ["Application"],
            "isEnabled": True,
            "origin": "Application",
        }
        for one in PERMISSIONS
        if one.role
    ]


def scopes() -> list[dict[str, Any]]:
    """The delegated permissions, as Microsoft Graph's service principal shows them."""
    return [
        {
            "id": one.scope,
            "value": one.name,
            "type": "Admin" if one.role else "User",
            "isEnabled": True,
            "adminConsentDisplayName": one.name,
            "adminConsentDescription": f"Lets the application use {one.name} for a person.",
            "userConsentDisplayName": one.name,
            "userConsentDescription": f"Lets the application use {one.name} for you.",
        }
        for one in PERMISSIONS
    ]

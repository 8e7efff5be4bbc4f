"""Applications: who asks for tokens, and which APIs there are to ask them for.

Source: runtime section 10; graph-surface 11.17; Microsoft Graph application resource.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from vestibule.edm.declare import (
    Access,
    Column,
    Complex,
    Declaration,
    Entity,
    EntitySet,
    Navigation,
    Operation,
    Property,
    Record,
)
from vestibule.resources.directory.organization import READERS
from vestibule.roles import (
    APPLICATION_ADMINISTRATOR,
    CLOUD_APPLICATION_ADMINISTRATOR,
    GLOBAL_ADMINISTRATOR,
)

RECORDS = (
    Record(
        "application",
        (
            Column("app_id", nullable=False),
            Column("display_name", nullable=False),
            Column("description"),
            Column("sign_in_audience"),
            Column("identifier_uris", "json"),
            Column("web", "json"),  # {redirectUris, logoutUrl, implicitGrantSettings}
            Column("spa", "json"),  # {redirectUris}
            Column("public_client", "json"),  # {redirectUris}
            Column("is_fallback_public_client", "boolean"),
            Column("api", "json"),  # {oauth2PermissionScopes, requestedAccessTokenVersion}
            Column("app_roles", "json"),
            Column("required_resource_access", "json"),
            Column("key_credentials", "json"),  # [{keyId, displayName, startDateTime, …, pem}]
            Column("tags", "json"),
            Column("pkce"),
            Column("created", "datetime"),
        ),
        unique=(("app_id",),),
        configuration=True,
    ),
    Record(
        "application_secret",  # id: keyId
        (
            Column("secret_hash", nullable=False),  # SHA-256 of 256 random bits, hex
            Column("display_name"),
            Column("hint"),
            Column("start", "datetime"),
            Column("end", "datetime"),
        ),
        parent="application",
        configuration=True,
    ),
)

ADMINISTRATORS = (APPLICATION_ADMINISTRATOR, CLOUD_APPLICATION_ADMINISTRATOR, GLOBAL_ADMINISTRATOR)
ACCESS = Access(
    read=(
        "Application.Read.All", "Application.ReadWrite.All",
        "Directory.Read.All", "Directory.ReadWrite.All",
    ),
    write=("Application.ReadWrite.All",),
    read_roles=(*READERS, APPLICATION_ADMINISTRATOR, CLOUD_APPLICATION_ADMINISTRATOR),
    write_roles=ADMINISTRATORS,
)  # fmt: skip

_STRINGS = "Collection(Edm.String)"
_MOMENT = "Edm.DateTimeOffset"
_URIS = Property("redirectUris", _STRINGS, nullable=False)

SCOPE = Complex(
    "microsoft.graph.permissionScope",
    properties=(
        Property("id", "Edm.Guid", nullable=False, required=True),
        Property("value", max_length=120, required=True, pattern=r"[\x21\x23-\x5b\x5d-\x7e]+"),
        Property("type", pattern="Admin|User", default="Admin", advice="Use Admin or User."),
        Property("isEnabled", "Edm.Boolean", nullable=False, default=True),
        Property("adminConsentDisplayName", max_length=100),
        Property("adminConsentDescription", max_length=1024),
        Property("userConsentDisplayName", max_length=100),
        Property("userConsentDescription", max_length=1024),
    ),
)
ROLE = Complex(
    "microsoft.graph.appRole",
    properties=(
        Property("id", "Edm.Guid", nullable=False, required=True),
        Property("allowedMemberTypes", _STRINGS, nullable=False, required=True),
        Property("displayName", required=True, max_length=120),
        Property("description", max_length=1024),
        Property("isEnabled", "Edm.Boolean", nullable=False, default=True),
        Property("origin", write="never", ignored=True),
        Property("value", max_length=120, pattern=r"[\x21\x23-\x5b\x5d-\x7e]+"),
    ),
)
_API = Complex(
    "microsoft.graph.apiApplication",
    properties=(
        Property("oauth2PermissionScopes", f"Collection({SCOPE.name})", nullable=False),
        Property("requestedAccessTokenVersion", "Edm.Int32", minimum=1, maximum=2),
    ),
)
_IMPLICIT = Complex(
    "microsoft.graph.implicitGrantSettings",
    properties=(
        Property("enableAccessTokenIssuance", "Edm.Boolean", default=False),
        Property("enableIdTokenIssuance", "Edm.Boolean", default=False),
    ),
)
_WEB = Complex(
    "microsoft.graph.webApplication",
    properties=(
        Property("homePageUrl", max_length=2048),
        Property("implicitGrantSettings", _IMPLICIT.name),
        Property("logoutUrl", max_length=2048),
        _URIS,
    ),
)
_SPA = Complex("microsoft.graph.spaApplication", properties=(_URIS,))
_NATIVE = Complex("microsoft.graph.publicClientApplication", properties=(_URIS,))
_RESOURCE_ACCESS = Complex(
    "microsoft.graph.resourceAccess",
    properties=(
        Property("id", "Edm.Guid", nullable=False, required=True),
        Property("type", pattern="Role|Scope", required=True, advice="Use Role or Scope."),
    ),
)
_REQUIRED = Complex(
    "microsoft.graph.requiredResourceAccess",
    properties=(
        Property("resourceAppId", nullable=False, required=True, max_length=64),
        Property(
            "resourceAccess",
            f"Collection({_RESOURCE_ACCESS.name})",
            nullable=False,
            required=True,
        ),
    ),
)
PASSWORD = Complex(
    "microsoft.graph.passwordCredential",
    properties=(
        Property("displayName", max_length=120),
        Property("endDateTime", _MOMENT, column="end"),
        Property("hint", write="never", ignored=True),
        Property("keyId", "Edm.Guid", column="id", write="never", ignored=True),
        Property("secretText", write="never", ignored=True, value=lambda _row: None),
        Property("startDateTime", _MOMENT, column="start"),
    ),
)
_KEY = Complex(
    "microsoft.graph.keyCredential",
    properties=(
        Property("displayName", max_length=120),
        Property("endDateTime", _MOMENT),
        Property("key", "Edm.Binary", max_length=20_000),
        Property("keyId", "Edm.Guid"),
        Property("startDateTime", _MOMENT),
        Property("type", pattern="AsymmetricX509Cert", default="AsymmetricX509Cert"),
        Property("usage", pattern="Verify", default="Verify"),
    ),
)


def _keys(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Certificates without themselves, as the service shows them."""
    return [
        {
            **{name: key.get(name) for name in ("displayName", "keyId")},
            **{name: _moment(key.get(name)) for name in ("endDateTime", "startDateTime")},
            "key": None,
            "type": "AsymmetricX509Cert",
            "usage": "Verify",
        }
        for key in row["key_credentials"] or ()
    ]


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


APPLICATION = Entity(
    "microsoft.graph.application",
    record="application",
    base="microsoft.graph.entity",
    alternate_keys=("appId",),
    properties=(
        Property("appId", write="never"),
        Property("api", _API.name),
        Property("appRoles", f"Collection({ROLE.name})", nullable=False, default=()),
        Property("createdDateTime", _MOMENT, column="created", write="never"),
        Property("description", max_length=1024),
        Property("displayName", required=True, max_length=256),
        Property("identifierUris", _STRINGS, nullable=False, default=()),
        Property("isFallbackPublicClient", "Edm.Boolean"),
        Property(
            "keyCredentials",
            f"Collection({_KEY.name})",
            nullable=False,
            value=_keys,
        ),
        Property(
            "passwordCredentials",
            f"Collection({PASSWORD.name})",
            nullable=False,
            rows="application_secret",
        ),
        Property("publicClient", _NATIVE.name),
        Property(
            "requiredResourceAccess", f"Collection({_REQUIRED.name})", nullable=False, default=()
        ),
        Property(
            "signInAudience",
            default="AzureADandPersonalMicrosoftAccount",
            pattern="AzureADMyOrg|AzureADMultipleOrgs|AzureADandPersonalMicrosoftAccount"
            "|PersonalMicrosoftAccount",
            advice="For user flows use AzureADandPersonalMicrosoftAccount.",
        ),
        Property("spa", _SPA.name),
        Property("tags", _STRINGS, nullable=False, default=()),
        Property("web", _WEB.name),
    ),
    navigations=(
        Navigation(
            "extensionProperties",
            "microsoft.graph.extensionProperty",
            contained=True,
            verbs=frozenset({"list", "get", "create", "delete"}),
        ),
    ),
)
_ADD = Operation(
    "addPassword",
    "action",
    APPLICATION.name,
    (Property("passwordCredential", PASSWORD.name),),
    returns=PASSWORD.name,
)
_REMOVE = Operation(
    "removePassword", "action", APPLICATION.name, (Property("keyId", "Edm.Guid", required=True),)
)

TYPES: tuple[Declaration, ...] = (
    SCOPE, ROLE, _API, _IMPLICIT, _WEB, _SPA, _NATIVE, _RESOURCE_ACCESS, _REQUIRED, PASSWORD,
    _KEY, APPLICATION, _ADD, _REMOVE,
)  # fmt: skip
SETS: tuple[EntitySet, ...] = (EntitySet("applications", APPLICATION.name, ACCESS),)

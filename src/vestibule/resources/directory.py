"""The directory subset: tenants, users, applications and their keys.

Source: graph-surface 10.9, 11.17; runtime 4.4, section 10.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from vestibule.addresses import fits
from vestibule.edm.declare import (
    Access,
    Column,
    Complex,
    Declaration,
    Entity,
    EntitySet,
    Property,
    Record,
)
from vestibule.errors import Invalid
from vestibule.ports import Change, Insert
from vestibule.rules import Context, Decision, Rules
from vestibule.vault import digest

RECORDS = (
    Record(
        "tenant",  # kept under tenant "", so that a domain is unique everywhere
        (
            Column("domain", nullable=False),
            Column("display_name"),
            Column("created", "datetime"),
            Column("kind"),  # workforce | b2c | external | mixed; null: mixed
        ),
        unique=(("domain",),),
    ),
    Record(
        "signing_key",  # id: kid
        (
            Column("algorithm", nullable=False),
            Column("pem", sealed=True, nullable=False),
            Column("not_before", "integer", nullable=False),  # epoch seconds
        ),
        configuration=True,
    ),
    Record(
        "user",
        (
            Column("user_principal_name", nullable=False),
            Column("display_name"),
            Column("given_name"),
            Column("surname"),
            Column("mail"),
            Column("other_mails", "json"),
            Column("account_enabled", "boolean", nullable=False),
            Column("creation_type"),
            Column("user_type"),
            Column("password_hash"),  # argon2id, PHC string
            Column("password_policies"),
            Column("force_change_password", "boolean"),
            Column("roles", "json"),  # directory role template ids
            Column("attributes", "json"),  # built-in and extension_… values
            Column("created", "datetime"),
            Column("sessions_valid_from", "datetime"),
        ),
        unique=(("user_principal_name",),),
    ),
    Record(
        "user_identity",
        (
            Column("sign_in_type", nullable=False),
            Column("issuer", nullable=False),
            Column("issuer_assigned_id", nullable=False),
            Column("assigned_key", nullable=False),  # issuer_assigned_id without case
        ),
        parent="user",
        unique=(("issuer", "assigned_key"),),
    ),
    Record(
        "application",
        (
            Column("app_id", nullable=False),
            Column("display_name", nullable=False),
            Column("account_enabled", "boolean", nullable=False),
            Column("sign_in_audience"),
            Column("identifier_uris", "json"),
            Column("web", "json"),  # {redirectUris, logoutUrl, implicitGrantSettings}
            Column("spa", "json"),  # {redirectUris}
            Column("public_client", "json"),  # {redirectUris}
            Column("is_fallback_public_client", "boolean"),
            Column("api", "json"),  # {oauth2PermissionScopes, requestedAccessTokenVersion}
            Column("app_roles", "json"),
            Column("key_credentials", "json"),  # [{keyId, displayName, pem}]
            Column("service_principal", nullable=False),  # its object id
            Column("permissions", "json"),  # granted application permissions on Graph
            Column("delegations", "json"),  # {"graph" or app id: [consented scopes]}
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

# --------------------------------------------------------------------------- what is shown

_STRINGS = "Collection(Edm.String)"
_IDENTITY = Complex(
    "microsoft.graph.objectIdentity",
    properties=(
        Property("signInType", required=True),
        Property("issuer", required=True),
        Property("issuerAssignedId", required=True, max_length=256),
    ),
)
_PASSWORD = Complex(
    "microsoft.graph.passwordProfile",
    properties=(
        Property("password", secret=True, max_length=256),
        Property("forceChangePasswordNextSignIn", "Edm.Boolean"),
    ),
)
_USER = Entity(
    "microsoft.graph.user",
    record="user",
    base="microsoft.graph.entity",
    properties=(
        Property("accountEnabled", "Edm.Boolean", nullable=False, default=True),
        Property("displayName", required=True, max_length=256),
        Property("givenName", max_length=64),
        Property("surname", max_length=64),
        Property("mail", max_length=256),
        Property("otherMails", _STRINGS),
        Property("userPrincipalName", max_length=256),
        Property("identities", f"Collection({_IDENTITY.name})", value=lambda _row: None),
        Property("passwordProfile", _PASSWORD.name, required=True, value=lambda _row: None),
        Property("passwordPolicies"),
    ),
)

_SCOPE = Complex(
    "microsoft.graph.permissionScope",
    properties=(
        Property("id", "Edm.Guid", required=True),
        Property("value", required=True, max_length=120),
        Property("type"),
        Property("isEnabled", "Edm.Boolean", nullable=False, default=True),
        Property("adminConsentDisplayName"),
        Property("adminConsentDescription"),
        Property("userConsentDisplayName"),
        Property("userConsentDescription"),
    ),
)
_API = Complex(
    "microsoft.graph.apiApplication",
    properties=(
        Property("oauth2PermissionScopes", f"Collection({_SCOPE.name})"),
        Property("requestedAccessTokenVersion", "Edm.Int32"),
    ),
)
_WEB = Complex(
    "microsoft.graph.webApplication",
    properties=(Property("redirectUris", _STRINGS), Property("logoutUrl")),
)
_SPA = Complex("microsoft.graph.spaApplication", properties=(Property("redirectUris", _STRINGS),))
_NATIVE = Complex(
    "microsoft.graph.publicClientApplication", properties=(Property("redirectUris", _STRINGS),)
)
_SECRET = Complex(
    "microsoft.graph.passwordCredential",
    properties=(Property("displayName"), Property("secretText", required=True, secret=True)),
)
_APPLICATION = Entity(
    "microsoft.graph.application",
    record="application",
    base="microsoft.graph.entity",
    properties=(
        Property("appId", "Edm.Guid", write="create"),
        Property("displayName", required=True, max_length=256),
        Property("signInAudience", default="AzureADandPersonalMicrosoftAccount"),
        Property("identifierUris", _STRINGS),
        Property("isFallbackPublicClient", "Edm.Boolean"),
        Property("web", _WEB.name),
        Property("spa", _SPA.name),
        Property("publicClient", _NATIVE.name),
        Property("api", _API.name),
        Property("passwordCredentials", f"Collection({_SECRET.name})", value=lambda _row: None),
    ),
)

TYPES: tuple[Declaration, ...] = (
    _IDENTITY, _PASSWORD, _USER, _SCOPE, _API, _WEB, _SPA, _NATIVE, _SECRET, _APPLICATION,
)  # fmt: skip
SETS: tuple[EntitySet, ...] = (
    EntitySet("users", _USER.name, Access()),
    EntitySet("applications", _APPLICATION.name, Access()),
)

# --------------------------------------------------------------------------- rules

_KINDS: tuple[tuple[str, Literal["web", "spa", "native"]], ...] = (
    ("web", "web"),
    ("spa", "spa"),
    ("publicClient", "native"),
)


def _check_redirect_uris(values: Mapping[str, Any]) -> None:
    for member, kind in _KINDS:
        for uri in (values.get(member) or {}).get("redirectUris") or ():
            if not fits(uri, kind):
                raise Invalid(
                    f"'{uri}' cannot be a redirect URI: use https, http on localhost only, no "
                    "fragment; a scheme of its own is for publicClient.",
                    target=f"{member}/redirectUris",
                )


_SIGN_IN_TYPES = frozenset({"emailAddress", "userName"})


def identity(tenant: str, user: str, sign_in_type: str, issuer: str, assigned: str) -> Insert:
    """The row that makes a sign-in name unique in its tenant."""
    values = {
        "sign_in_type": sign_in_type,
        "issuer": issuer,
        "issuer_assigned_id": assigned,
        "assigned_key": assigned.casefold(),
    }
    return Insert("user_identity", tenant, f"{sign_in_type}:{assigned}", values, parent=user)


@dataclass(frozen=True, slots=True)
class DirectoryRules:
    """`hash_password`: the text of a password → its argon2id hash."""

    hash_password: Callable[[str], Awaitable[str]]

    def table(self) -> dict[str, Rules]:
        """The rules by entity type."""
        return {
            _USER.name: Rules(create=self.create_user),
            _APPLICATION.name: Rules(create=self.create_application),
        }

    async def create_user(self, context: Context, values: dict[str, Any]) -> Decision:
        profile = values["passwordProfile"]
        if not profile.get("password"):
            raise Invalid("Give the user a password.", target="passwordProfile/password")
        domain = await self._domain(context)
        user = context.world.guid()
        name = values.get("userPrincipalName") or f"{user}@{domain}"
        also: list[Change] = [identity(context.tenant, user, "userPrincipalName", domain, name)]
        for given in values.get("identities") or ():
            if given["signInType"] not in _SIGN_IN_TYPES:
                raise Invalid(
                    "signInType must be emailAddress or userName here.", target="identities"
                )
            also.append(
                identity(
                    context.tenant, user, given["signInType"], domain, given["issuerAssignedId"]
                )
            )
        columns = {
            "user_principal_name": name,
            "password_hash": await self.hash_password(profile["password"]),
            "force_change_password": bool(profile.get("forceChangePasswordNextSignIn")),
            "creation_type": "LocalAccount" if values.get("identities") else None,
            "user_type": "Member",
            "created": context.now,
        }
        return Decision(id=user, columns=columns, also=tuple(also))

    async def create_application(self, context: Context, values: dict[str, Any]) -> Decision:
        _check_redirect_uris(values)
        object_id = context.world.guid()
        also = tuple(
            Insert(
                "application_secret",
                context.tenant,
                context.world.guid(),
                {
                    "secret_hash": digest(secret["secretText"]),
                    "hint": secret["secretText"][:3],
                    "display_name": secret.get("displayName"),
                    "start": context.now,
                },
                parent=object_id,
            )
            for secret in values.get("passwordCredentials") or ()
        )
        columns: dict[str, Any] = {
            "app_id": values.get("appId") or context.world.guid(),
            "account_enabled": True,
            "service_principal": context.world.guid(),
            "permissions": [],
            "delegations": {"graph": ["openid", "offline_access"]},
            "created": context.now,
        }
        return Decision(id=object_id, columns=columns, also=also)

    async def _domain(self, context: Context) -> str:
        tenant = await context.entities.get("tenant", "", context.tenant)
        return str(tenant["domain"]) if tenant else context.tenant

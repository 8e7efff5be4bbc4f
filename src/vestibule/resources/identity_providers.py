"""Identity providers of a tenant, of every kind, in the new family and in the legacy one.

Both are faces of one record: what only one kind has stands in its column `details`, by property
name. Source: graph-surface 10.4, 11.10, 11.11.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vestibule.edm.declare import (
    Access,
    Column,
    Complex,
    Declaration,
    Deprecated,
    Entity,
    EntitySet,
    Enum,
    Navigation,
    Operation,
    Property,
    Record,
)
from vestibule.roles import (
    GLOBAL_ADMINISTRATOR,
    IDENTITY_PROVIDER_ADMINISTRATOR,
    USER_FLOW_ADMINISTRATOR,
)

RECORDS = (
    Record(
        "identity_provider",
        (
            Column("kind", nullable=False),  # social | builtIn | apple | openIdConnect | oidc
            Column("identity_provider_type", nullable=False),
            Column("display_name"),
            Column("client_id"),
            Column("client_secret", sealed=True),
            Column("certificate_data", sealed=True),  # Apple's private key
            Column("details", "json"),
        ),
        configuration=True,
    ),
)

ACCESS = Access(
    read=("IdentityProvider.Read.All", "IdentityProvider.ReadWrite.All"),
    write=("IdentityProvider.ReadWrite.All",),
    read_roles=(IDENTITY_PROVIDER_ADMINISTRATOR, USER_FLOW_ADMINISTRATOR, GLOBAL_ADMINISTRATOR),
    write_roles=(IDENTITY_PROVIDER_ADMINISTRATOR, GLOBAL_ADMINISTRATOR),
)


def _detail(name: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda row: (row["details"] or {}).get(name)


def _kept(name: str, type: str = "Edm.String", **more: Any) -> Property:
    """A property that only one kind has."""
    return Property(name, type, value=_detail(name), filterable=False, **more)


_MAX_URL = 2048
_NAME = Property("displayName", required=True, max_length=256)
_CLIENT = Property("clientId", required=True, max_length=1024)
_SECRET = Property("clientSecret", secret=True, filterable=False, max_length=4096)

# --------------------------------------------------------------------------- the new family

_BASE = Entity(
    "microsoft.graph.identityProviderBase",
    record="identity_provider",
    base="microsoft.graph.entity",
    abstract=True,
    properties=(Property("displayName", max_length=256),),
)
SOCIAL = Entity(
    "microsoft.graph.socialIdentityProvider",
    where={"kind": "social"},
    base=_BASE.name,
    properties=(
        _NAME,
        Property("identityProviderType", required=True, write="create"),
        _CLIENT,
        Property("clientSecret", required=True, secret=True, filterable=False, max_length=4096),
    ),
)
APPLE = Entity(
    "microsoft.graph.appleManagedIdentityProvider",
    where={"kind": "apple"},
    base=_BASE.name,
    properties=(
        _NAME,
        Property(
            "certificateData", required=True, secret=True, filterable=False, max_length=16_384
        ),
        _kept("developerId", required=True, max_length=256),
        _kept("keyId", required=True, max_length=256),
        _kept("serviceId", required=True, max_length=256),
    ),
)

_OIDC_RESPONSE = Enum(
    "microsoft.graph.oidcResponseType",
    (("code", 1), ("id_token", 2), ("token", 4), ("unknownFutureValue", 8)),
    flags=True,
)
_CLIENT_AUTHENTICATION = Complex("microsoft.graph.oidcClientAuthentication", abstract=True)
CLIENT_SECRET = Complex(
    "microsoft.graph.oidcClientSecretAuthentication",
    base=_CLIENT_AUTHENTICATION.name,
    properties=(
        Property("clientSecret", nullable=False, required=True, secret=True, max_length=4096),
    ),
)
PRIVATE_KEY = Complex(
    "microsoft.graph.oidcPrivateJwtKeyClientAuthentication", base=_CLIENT_AUTHENTICATION.name
)
_ADDRESS = Complex(
    "microsoft.graph.oidcAddressInboundClaims",
    properties=tuple(
        Property(name, max_length=256)
        for name in ("country", "locality", "postal_code", "region", "street_address")
    ),
)
_INBOUND = Complex(
    "microsoft.graph.oidcInboundClaimMappingOverride",
    properties=(
        Property("address", _ADDRESS.name),
        *(
            Property(name, max_length=256)
            for name in (
                "email", "email_verified", "family_name", "given_name", "name", "phone_number",
                "phone_number_verified", "sub",
            )
        ),
    ),
)  # fmt: skip


def _client_authentication(row: Mapping[str, Any]) -> dict[str, Any]:
    """How we prove ourselves to the provider; the secret prints as stars."""
    if row["client_secret"] is None:
        return {"@odata.type": f"#{PRIVATE_KEY.name}"}
    return {"@odata.type": f"#{CLIENT_SECRET.name}", "clientSecret": row["client_secret"]}


OIDC = Entity(
    "microsoft.graph.oidcIdentityProvider",
    where={"kind": "oidc"},
    base=_BASE.name,
    properties=(
        _NAME,
        Property(
            "clientAuthentication",
            _CLIENT_AUTHENTICATION.name,
            nullable=False,
            required=True,
            filterable=False,
            value=_client_authentication,
        ),
        Property("clientId", nullable=False, required=True, max_length=1024),
        _kept("inboundClaimMapping", _INBOUND.name),
        _kept("issuer", nullable=False, required=True, max_length=_MAX_URL),
        _kept("responseType", _OIDC_RESPONSE.name, nullable=False, required=True),
        _kept("scope", nullable=False, required=True, max_length=1024),
        _kept("wellKnownEndpoint", max_length=_MAX_URL),
    ),
)

_CONNECT_MODE = Enum(
    "microsoft.graph.openIdConnectResponseMode",
    (("form_post", 1), ("query", 2), ("unknownFutureValue", 3)),
)
_CONNECT_RESPONSE = Enum(
    "microsoft.graph.openIdConnectResponseTypes",
    (("code", 1), ("id_token", 2), ("token", 4)),
    flags=True,
)
_CLAIMS = Complex(
    "microsoft.graph.claimsMapping",
    open=True,
    properties=(
        Property("displayName", required=True, max_length=256),
        Property("email", max_length=256),
        Property("givenName", max_length=256),
        Property("surname", max_length=256),
        Property("userId", required=True, max_length=256),
    ),
)
_CONNECT = (
    _kept("claimsMapping", _CLAIMS.name, required=True),
    _kept("domainHint", max_length=256),
    _kept("metadataUrl", required=True, max_length=_MAX_URL),
    _kept("responseMode", _CONNECT_MODE.name, nullable=False, default="form_post"),
    _kept("responseType", _CONNECT_RESPONSE.name, nullable=False, default="code"),
    _kept("scope", default="openid", required=False, max_length=1024),
)
CONNECT = Entity(
    "microsoft.graph.openIdConnectIdentityProvider",
    where={"kind": "openIdConnect"},
    base=_BASE.name,
    properties=(_NAME, _CLIENT, _SECRET, *_CONNECT),
)

_STATE = Enum(
    "microsoft.graph.identityProviderState",
    (("enabled", 1), ("disabled", 2), ("unknownFutureValue", 3)),
)


def _built_in(*more: Property) -> Entity:
    return Entity(
        BUILT_IN,
        where={"kind": "builtIn"},
        base=_BASE.name,
        properties=(Property("identityProviderType", write="never"), *more),
    )


BUILT_IN = "microsoft.graph.builtInIdentityProvider"
# Observed samples print null (graph-surface 11.10); nothing says how it would be set.
_NO_STATE = Property("state", _STATE.name, write="never", value=lambda _row: None)

# --------------------------------------------------------------------------- the legacy family

LEGACY = Entity(
    "microsoft.graph.identityProvider",
    record="identity_provider",
    base="microsoft.graph.entity",
    properties=(
        Property("type", column="identity_provider_type", required=True, write="create"),
        Property("name", column="display_name", required=True, max_length=256),
        _CLIENT,
        _SECRET,
    ),
)
LEGACY_CONNECT = Entity(
    "microsoft.graph.openIdConnectProvider",
    where={"kind": "openIdConnect"},
    base=LEGACY.name,
    properties=(
        Property("type", column="identity_provider_type", write="create", default="OpenIdConnect"),
        *_CONNECT,
    ),
)

# --------------------------------------------------------------------------- both together

_COMMON: tuple[Declaration, ...] = (
    _BASE, SOCIAL, APPLE, _OIDC_RESPONSE, _CLIENT_AUTHENTICATION, CLIENT_SECRET, PRIVATE_KEY,
    _ADDRESS, _INBOUND, OIDC, LEGACY,
)  # fmt: skip
_TYPES = Operation(
    "availableProviderTypes", "function", f"Collection({_BASE.name})",
    returns="Collection(Edm.String)",
)  # fmt: skip
_LEGACY_TYPES = Operation(
    "availableProviderTypes", "function", f"Collection({LEGACY.name})",
    returns="Collection(Edm.String)",
)  # fmt: skip
TYPES: dict[str, tuple[Declaration, ...]] = {
    "v1.0": (*_COMMON, _built_in(), _TYPES, _LEGACY_TYPES),
    "beta": (
        *_COMMON, _STATE, _built_in(_NO_STATE), _CONNECT_MODE, _CONNECT_RESPONSE, _CLAIMS, CONNECT,
        LEGACY_CONNECT, _TYPES, _LEGACY_TYPES,
    ),
}  # fmt: skip

_SET = Navigation("identityProviders", _BASE.name, contained=True, access=ACCESS)
IDENTITY: dict[str, tuple[Navigation, ...]] = {"v1.0": (_SET,), "beta": (_SET,)}

# Announced in May 2021 for March 2023 (graph-surface 10.4 and 16, C40); here it goes on.
_ENDED = Deprecated(1_619_827_200, "Fri, 31 Mar 2023 00:00:00 GMT")
SETS = (EntitySet("identityProviders", LEGACY.name, ACCESS, deprecated=_ENDED),)

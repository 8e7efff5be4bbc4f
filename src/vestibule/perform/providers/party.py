"""How we stand with a stored identity provider: its kind and ours are forgotten after this.

Source: runtime 8.2, 8.3; graph-surface 11.10.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from vestibule.perform.providers.built_in import STANDARD, BuiltIn, Claims
from vestibule.perform.providers.faults import CLIENT, Failed
from vestibule.perform.providers.relying import Relying
from vestibule.resources.directory.users import BUILT_IN as ATTRIBUTES
from vestibule.tenancy import Provider, Tenant

_WELL_KNOWN = "/.well-known/openid-configuration"
_OIDC_ATTRIBUTES: Mapping[str, str] = {name: claim for name, (claim,) in STANDARD.items()}
_OIDC_ADDRESS: Mapping[str, str] = {
    "streetAddress": "street_address",
    "city": "locality",
    "state": "region",
    "postalCode": "postal_code",
    "country": "country",
}


@dataclass(frozen=True, slots=True)
class Party:
    """`idp`: what the provider is called, "" for its issuer. With `metadata` it speaks OpenID
    Connect; `issuer`, where it is configured, is what the metadata must say. Otherwise `row` has
    the endpoints. `proof`: what we prove ourselves by at its token endpoint.
    """

    id: str
    client_id: str
    secret: str = field(repr=False)
    proof: Literal["secret", "key", "apple"]
    scope: str
    claims: Claims
    row: BuiltIn
    idp: str = ""
    metadata: str = ""
    issuer: str = ""
    response_type: Literal["code", "id_token"] = "code"
    response_mode: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


def found(tenant: Tenant, id: str, relying: Relying) -> Party:
    """The provider of this id. Raises Failed for one that is gone or cannot be asked."""
    provider = tenant.provider(id)
    if provider is None:
        raise Failed("The identity provider has been removed.")
    if provider.kind == "openIdConnect":
        return _open_id_connect(provider)
    if provider.kind == "oidc":
        return _oidc(provider)
    row = relying.rows.get(provider.type)
    if row is None:
        raise Failed(f"This version cannot ask {provider.display_name}.")
    return _built_in(provider, row, relying)


def _built_in(provider: Provider, row: BuiltIn, relying: Relying) -> Party:
    client, secret = provider.client_id, provider.client_secret
    if provider.kind == "builtIn":
        own = relying.clients.get(provider.type)
        if own is None:
            raise Failed(
                f"The server has no client at {provider.display_name}; see its settings.",
                code=CLIENT,
            )
        client, secret = own.id, own.secret
    apple = provider.kind == "apple"
    return Party(
        id=provider.id,
        client_id=provider.details["serviceId"] if apple else client,
        secret=provider.certificate if apple else secret,
        proof="apple" if apple else "secret",
        scope=row.scope,
        claims=row.claims,
        row=row,
        idp=row.idp,
        metadata=row.metadata,
        response_mode="form_post" if row.form_post else "",
        details=provider.details,
    )


def _open_id_connect(provider: Provider) -> Party:
    details = provider.details
    types = {one.strip() for one in details["responseType"].split(",")}
    if not types & {"code", "id_token"}:
        raise Failed("The responseType of the identity provider has neither code nor id_token.")
    return Party(
        id=provider.id,
        client_id=provider.client_id,
        secret=provider.client_secret,
        proof="secret",
        scope=details.get("scope") or "openid",
        claims=_mapped(details["claimsMapping"]),
        row=_GENERIC,
        metadata=details["metadataUrl"],
        response_type="code" if "code" in types else "id_token",
        response_mode=details["responseMode"],
        details=details,
    )


def _oidc(provider: Provider) -> Party:
    details = provider.details
    return Party(
        id=provider.id,
        client_id=provider.client_id,
        secret=provider.client_secret,
        proof="secret" if provider.client_secret else "key",
        scope=details["scope"],
        claims=_inbound(details.get("inboundClaimMapping") or {}),
        row=_GENERIC,
        metadata=details.get("wellKnownEndpoint") or details["issuer"].rstrip("/") + _WELL_KNOWN,
        issuer=details["issuer"],
        details=details,
    )


_GENERIC = BuiltIn(idp="", scope="", anew={"prompt": "login", "max_age": "0"})


def _mapped(mapping: Mapping[str, Any]) -> Claims:
    """claimsMapping: Graph property → name of a claim. `userId` is the subject."""
    named = {**mapping, "subject": mapping["userId"]}
    kept = ("subject", "email", *ATTRIBUTES)
    claims = {name: (named[name],) for name in kept if isinstance(named.get(name), str)}
    return {**claims, "emailVerified": STANDARD["emailVerified"]}


def _inbound(mapping: Mapping[str, Any]) -> Claims:
    """inboundClaimMapping: standard claim → name of the claim that stands for it. Of an address
    only the parts that are mapped are looked for."""
    address = mapping.get("address") or {}
    parts = {name: address.get(claim) for name, claim in _OIDC_ADDRESS.items()}
    return {
        **{name: (mapping.get(claim) or claim,) for name, claim in _OIDC_ATTRIBUTES.items()},
        **{name: ("address", claim) for name, claim in parts.items() if claim},
    }

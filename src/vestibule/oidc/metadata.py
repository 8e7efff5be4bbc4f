"""Discovery documents, issuers and the answer to instance discovery.

Only what is served now is published. Source: runtime.md 1.2; clients.md 1 and 3; RFC 8414;
RFC 9207 section 3.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from vestibule.oidc import response_types, standard
from vestibule.oidc.faults import Fault
from vestibule.oidc.place import (
    AUTHORIZE,
    DEVICE_CODE,
    INTROSPECT,
    KEYS,
    LOGOUT,
    METADATA,
    REVOKE,
    TOKEN,
    USERINFO,
    Place,
    find,
)
from vestibule.settings import Settings
from vestibule.tenancy import Flow, Tenant


def issuer(tenant: Tenant, flow: Flow | None, *, base: str, settings: Settings) -> str:
    """Who signs: B2C's issuer of a flow ends with a slash, the tenant's own does not. A b2x flow
    runs at the tenant's own authority.

    The issuer of a flow of protocol openid is the beginning of the address that describes it, as
    OpenID Connect Discovery 4.1 has it.
    """
    base = f"https://{settings.issuer_host}" if settings.issuer_host else base
    if flow is None or flow.kind == "b2x":
        return f"{base}/{tenant.id}/v2.0"
    if flow.openid:
        return f"{base}/{tenant.domain}/{flow.id.lower()}/v2.0"
    if flow.issuer_is_flow:
        return f"{base}/tfp/{tenant.id}/{flow.id.lower()}/v2.0/"
    return f"{base}/{tenant.id}/v2.0/"


def flow_document(
    place: Place, tenant: Tenant, *, flow: Flow, base: str, settings: Settings
) -> dict[str, Any]:
    """The openid-configuration of a user flow."""
    by_password = flow.type == "resourceOwner"
    return {
        "issuer": issuer(tenant, flow, base=base, settings=settings),
        "authorization_endpoint": place.url(base, AUTHORIZE),
        "token_endpoint": place.url(base, TOKEN),
        **({} if by_password else {"end_session_endpoint": place.url(base, LOGOUT)}),
        "revocation_endpoint": place.url(base, REVOKE),
        "introspection_endpoint": place.url(base, INTROSPECT),
        "jwks_uri": place.url(base, KEYS),
        **(
            {"userinfo_endpoint": place.url(base, USERINFO)} if has_userinfo(flow, settings) else {}
        ),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "response_types_supported": [] if by_password else [*response_types.SUPPORTED],
        "grant_types_supported": _grants(flow),
        "scopes_supported": ["openid", "offline_access", *(standard.CLAIMS if flow.openid else ())],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claims_supported": _claims(flow),
        "claims_parameter_supported": False,
        "frontchannel_logout_supported": True,
        "frontchannel_logout_session_supported": False,
        **_common(tenant, settings, pkce=True),
        **({"subject_types_supported": ["public"]} if flow.openid else {}),
    }


def _grants(flow: Flow) -> list[str]:
    by_person = (
        ("password",) if flow.type == "resourceOwner" else ("authorization_code", "implicit")
    )
    return [*by_person, "refresh_token", "client_credentials"]


def has_userinfo(flow: Flow, settings: Settings) -> bool:
    """Whether a flow's tokens can be asked about their person."""
    return flow.openid or (settings.userinfo and flow.kind == "b2c")


def _claims(flow: Flow) -> list[str]:
    """The application claims, then what every token has."""
    application: Iterable[str] = flow.settings["applicationClaims"]
    if flow.openid:
        by_scope = (name for names in standard.CLAIMS.values() for name in names)
        application = (*standard.beside(dict.fromkeys(application)), *by_scope)
    policy_claim = flow.settings["policyClaim"]
    tail = ("sub", policy_claim, "iss", "iat", "exp", "aud", "acr", "nonce", "auth_time")
    return _once((*application, *tail))


def tenant_document(
    place: Place, tenant: Tenant, *, base: str, settings: Settings
) -> dict[str, Any]:
    """The openid-configuration of the tenant's own authority: members, guests and programs."""
    return {
        "issuer": issuer(tenant, None, base=base, settings=settings),
        "authorization_endpoint": place.url(base, AUTHORIZE),
        "token_endpoint": place.url(base, TOKEN),
        "device_authorization_endpoint": place.url(base, DEVICE_CODE),
        "end_session_endpoint": place.url(base, LOGOUT),
        "jwks_uri": place.url(base, KEYS),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "response_types_supported": ["code"],
        "grant_types_supported": [
            "authorization_code",
            "refresh_token",
            "client_credentials",
            "password",
            "urn:ietf:params:oauth:grant-type:device_code",
        ],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claims_supported": [
            *("sub", "iss", "aud", "exp", "iat", "nbf", "auth_time", "nonce", "at_hash"),
            *("tid", "oid", "preferred_username", "name", "email", "ver", "uti"),
        ],
        **_common(tenant, settings, pkce=True),
    }


def instance_document(query: str, *, base: str) -> dict[str, Any]:
    """Where the authority named by `authorization_endpoint` is described.

    MSAL for Python loses the port of that address, so only host name and path are used.
    Raises Fault AADSTS50049.
    """
    asked = parse_qs(query).get("authorization_endpoint", [""])[0]
    ours = urlsplit(base)
    try:
        parts = urlsplit(asked)
        known = parts.scheme == "https" and parts.hostname == ours.hostname
    except ValueError:
        known = False
    path = tuple(unquote(segment) for segment in parts.path.split("/")[1:]) if known else ()
    found = find(path, parse_qs(parts.query).get("p", [""])[0]) if known else None
    if found is None or found.operation != "authorize":
        raise Fault("AADSTS50049", instance=asked)
    return {
        "tenant_discovery_endpoint": found.place.url(base, METADATA),
        "api-version": "1.1",
        "metadata": [
            {
                "preferred_network": ours.netloc,
                "preferred_cache": ours.netloc,
                "aliases": _once((ours.netloc, ours.hostname or "")),
            }
        ],
    }


def _common(tenant: Tenant, settings: Settings, *, pkce: bool) -> dict[str, Any]:
    methods = ["S256", "plain"] if settings.pkce_plain else ["S256"]
    published = {"code_challenge_methods_supported": methods} if pkce else {}
    return {
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": _once(key.algorithm for key in tenant.keys),
        "token_endpoint_auth_methods_supported": [
            "client_secret_post",
            "client_secret_basic",
            "private_key_jwt",
        ],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256"],
        "authorization_response_iss_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        **(published if settings.publish_pkce_methods else {}),
    }


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))

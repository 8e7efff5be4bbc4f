"""The answer of the token endpoint to an application that a person granted something.

Source: runtime.md 3.3, 4.1. With only `openid` there is no access token, as in B2C.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from vestibule.oidc.claims import about, client_info, half_hash, profile_info
from vestibule.oidc.granted import Granted
from vestibule.oidc.revoked import serial
from vestibule.oidc.scopes import Scopes
from vestibule.oidc.service import Service, TokenRequest
from vestibule.tenancy import Flow

_CHANCE_BYTES = 9  # in a token's jti, beside its family
_NUMBERS_FROM_VERSION = 3.0  # older b2c flows write numbers as strings
_NUMERIC = (
    "not_before",
    "expires_in",
    "expires_on",
    "id_token_expires_in",
    "refresh_token_expires_in",
)


def tokens(
    granted: Granted,
    scopes: Scopes,
    *,
    flow: Flow,
    refresh: tuple[str, datetime] | None,
    request: TokenRequest,
    service: Service,
) -> dict[str, Any]:
    """The body. `scopes` is what is asked for now, at most what was granted; `refresh` is the
    new refresh token and when it ends."""
    issued = int(request.now.timestamp())
    common = {
        "iss": request.issuer(service.settings),
        **about(granted.user, flow=flow, claims=granted.claims, auth_time=granted.auth_time),
        **({"nonce": granted.nonce} if granted.nonce else {}),
        "iat": issued,
        "nbf": issued,
    }
    body: dict[str, Any] = {"token_type": "Bearer", "not_before": issued}
    if scopes.resource:
        lifetime_s = flow.settings["accessTokenLifetimeMinutes"] * 60
        claims = common | _authority(granted, scopes)
        body["access_token"] = _signed(request, service, claims, lifetime_s, granted.family)
        body["expires_in"] = lifetime_s
        body["expires_on"] = issued + lifetime_s
        body["resource"] = scopes.resource
    if "openid" in scopes.protocol:
        lifetime_s = flow.settings["idTokenLifetimeMinutes"] * 60
        claims = common | _identity(granted, body.get("access_token", ""))
        body["id_token"] = _signed(request, service, claims, lifetime_s, granted.family)
        body["id_token_expires_in"] = lifetime_s
    body["scope"] = " ".join(scopes.names or scopes.protocol)
    body |= _account(granted, flow, request) | _refresh(refresh, request)
    return _as_version(body, flow)


def _authority(granted: Granted, scopes: Scopes) -> dict[str, Any]:
    """What makes a token an access token. `scp` is absent for a client's own id as scope."""
    scp = {"scp": " ".join(scopes.values)} if scopes.values else {}
    return {"aud": scopes.resource, "azp": granted.client, **scp}


def _identity(granted: Granted, access_token: str) -> dict[str, Any]:
    """What makes a token an id token, bound to the access token that goes with it."""
    bound = {"at_hash": half_hash(access_token)} if access_token else {}
    return {"aud": granted.client, **bound}


def _refresh(refresh: tuple[str, datetime] | None, request: TokenRequest) -> dict[str, Any]:
    if refresh is None:
        return {}
    secret, until = refresh
    left_s = int((until - request.now).total_seconds())
    return {"refresh_token": secret, "refresh_token_expires_in": left_s}


def _signed(
    request: TokenRequest,
    service: Service,
    claims: Mapping[str, Any],
    lifetime_s: int,
    family: str,
) -> str:
    """Tokens of the same second differ by `jti`, or clients take a new one for the old."""
    unique = {
        "exp": claims["iat"] + lifetime_s,
        "jti": serial(family, service.world.secret(_CHANCE_BYTES)),
    }
    return service.signer.sign(request.tenant.keys[0], {**claims, **unique})


def _account(granted: Granted, flow: Flow, request: TokenRequest) -> dict[str, str]:
    if request.parameters.get("client_info") == "1":
        return {"client_info": client_info(granted.claims, tenant=request.tenant, flow=flow)}
    return {"profile_info": profile_info(granted.claims, tenant=request.tenant)}


def _as_version(body: dict[str, Any], flow: Flow) -> dict[str, Any]:
    """Numbers in the JSON type that the flow's version writes."""
    if flow.kind == "b2x" or flow.version >= _NUMBERS_FROM_VERSION:
        return body
    return body | {name: str(body[name]) for name in _NUMERIC if name in body}

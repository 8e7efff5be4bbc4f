"""The tokens that a person's grant is worth, and the answer of the token endpoint that has them.

Source: runtime.md 3.3, 4.1; OpenID Connect Core 3.1.3.6, 3.3.2.11, 5.4. In a flow of B2C's
protocol there is no access token without a resource; of protocol openid, `openid` suffices.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vestibule.oidc import standard
from vestibule.oidc.claims import about, client_info, half_hash, profile_info
from vestibule.oidc.granted import Granted
from vestibule.oidc.provider_token import Reveal, revealed
from vestibule.oidc.revoked import serial
from vestibule.oidc.scopes import Scopes
from vestibule.oidc.service import Service, TokenRequest
from vestibule.oidc.signing import Signer
from vestibule.tenancy import Flow, Tenant
from vestibule.world import World

_CHANCE_BYTES = 9  # in a token's jti, beside its family
_NUMBERS_FROM_VERSION = 3.0  # older b2c flows write numbers as strings
_NUMERIC = (
    "not_before",
    "expires_in",
    "expires_on",
    "id_token_expires_in",
    "refresh_token_expires_in",
)


@dataclass(frozen=True, slots=True)
class Mint:
    """Makes the tokens of one grant. `scopes` is what is asked for now, at most what was granted.

    Times are whole epoch seconds, lifetimes seconds.
    """

    granted: Granted
    scopes: Scopes
    flow: Flow
    tenant: Tenant
    issuer: str
    now: datetime
    signer: Signer
    world: World
    reveal: Reveal

    @property
    def issued(self) -> int:
        return int(self.now.timestamp())

    @property
    def access_lifetime_s(self) -> int:
        return int(self.flow.settings["accessTokenLifetimeMinutes"]) * 60

    @property
    def identity_lifetime_s(self) -> int:
        return int(self.flow.settings["idTokenLifetimeMinutes"]) * 60

    @property
    def audience(self) -> str:
        """Whom an access token is for, "" if there is none: an API, or else our own userinfo."""
        ours = self.flow.openid and "openid" in self.scopes.protocol
        return self.scopes.resource or (self.issuer if ours else "")

    def access_token(self) -> str:
        """Has the application claims as well. `scp` is absent for a client's own id as scope."""
        scopes = self.scopes
        claims = self._common(self._told(scopes.protocol))
        claims |= {"aud": self.audience, "azp": self.granted.client}
        if scopes.values:
            claims["scp"] = " ".join(scopes.values)
        if self.flow.openid:  # RFC 9068 section 2.2.3; what userinfo goes by
            claims["scope"] = " ".join((*scopes.protocol, *scopes.names))
        return self._signed(claims, self.access_lifetime_s)

    def id_token(self, *, access_token: str = "", code: str = "", alone: bool = False) -> str:
        """Bound to what comes with it. `alone`: no access token ever will, so that in a flow of
        protocol openid this one tells what userinfo otherwise would."""
        told = self._told(self.scopes.protocol if alone else ())
        claims = self._common(told) | {"aud": self.granted.client}
        if access_token:
            claims["at_hash"] = half_hash(access_token)
        if code:
            claims["c_hash"] = half_hash(code)
        return self._signed(claims, self.identity_lifetime_s)

    def _told(self, scopes: Collection[str]) -> Mapping[str, Any]:
        """What the token tells of the person: by scope where OpenID Connect has one for it."""
        claims = revealed(self.granted.claims, self.tenant.id, self.reveal)
        return standard.within(claims, scopes) if self.flow.openid else claims

    def _common(self, told: Mapping[str, Any]) -> dict[str, Any]:
        granted = self.granted
        return {
            "iss": self.issuer,
            **about(granted.user, flow=self.flow, claims=told, auth_time=granted.auth_time),
            **({"nonce": granted.nonce} if granted.nonce else {}),
            "iat": self.issued,
            "nbf": self.issued,
        }

    def _signed(self, claims: Mapping[str, Any], lifetime_s: int) -> str:
        """Tokens of the same second differ by `jti`, or clients take a new one for the old."""
        unique = {
            "exp": self.issued + lifetime_s,
            "jti": serial(self.granted.family, self.world.secret(_CHANCE_BYTES)),
        }
        return self.signer.sign(self.tenant.keys[0], {**claims, **unique})


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
    mint = Mint(
        granted=granted,
        scopes=scopes,
        flow=flow,
        tenant=request.tenant,
        issuer=request.issuer(service.settings),
        now=request.now,
        signer=service.signer,
        world=service.world,
        reveal=service.reveal,
    )
    body: dict[str, Any] = {"token_type": "Bearer", "not_before": mint.issued}
    if mint.audience:
        body["access_token"] = mint.access_token()
        body["expires_in"] = mint.access_lifetime_s
        body["expires_on"] = mint.issued + mint.access_lifetime_s
        body["resource"] = mint.audience
    if "openid" in scopes.protocol:
        body["id_token"] = mint.id_token(access_token=body.get("access_token", ""))
        body["id_token_expires_in"] = mint.identity_lifetime_s
    body["scope"] = " ".join(scopes.names or scopes.protocol)
    body |= _account(granted, flow, request) | _refresh(refresh, request)
    return _as_version(body, flow)


def _refresh(refresh: tuple[str, datetime] | None, request: TokenRequest) -> dict[str, Any]:
    if refresh is None:
        return {}
    secret, until = refresh
    left_s = int((until - request.now).total_seconds())
    return {"refresh_token": secret, "refresh_token_expires_in": left_s}


def _account(granted: Granted, flow: Flow, request: TokenRequest) -> dict[str, str]:
    if request.parameters.get("client_info") == "1":
        return {"client_info": client_info(granted.claims, tenant=request.tenant, flow=flow)}
    return {"profile_info": profile_info(granted.claims, tenant=request.tenant)}


def _as_version(body: dict[str, Any], flow: Flow) -> dict[str, Any]:
    """Numbers in the JSON type that the flow's version writes."""
    if flow.kind == "b2x" or flow.openid or flow.version >= _NUMBERS_FROM_VERSION:
        return body
    return body | {name: str(body[name]) for name in _NUMERIC if name in body}

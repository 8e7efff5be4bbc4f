"""Whether an id token is one for us, of this provider, about this very departure.

Source: OpenID Connect Core 3.1.3.7, 3.1.3.6, 3.2.2.11; RFC 8725.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vestibule.perform.providers.faults import Failed
from vestibule.perform.providers.jose import Verified, half_hash
from vestibule.perform.providers.metadata import Metadata, may_sign


@dataclass(frozen=True, slots=True)
class Expected:
    """What the token must fit. `at`: epoch seconds, with `skew_s` to either side. `since`: epoch
    seconds of the departure, if the person had to prove themselves anew after it."""

    client_id: str
    nonce: str
    at: float
    skew_s: int
    access_token: str = ""
    code: str = ""
    since: float | None = None


def check(verified: Verified, metadata: Metadata, expected: Expected) -> None:
    """Raises Failed for the first thing that does not fit."""
    claims = verified.claims
    if not metadata.issued(claims):
        raise Failed("The id token is of another issuer.")
    if not may_sign(verified.issuer, claims):
        raise Failed("The id token is signed by a key of another issuer.")
    _check_audience(claims, expected.client_id)
    _check_time(claims, expected)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(
        nonce.encode(), expected.nonce.encode()
    ):
        raise Failed("The nonce of the id token is missing, or is another one.")
    _check_hash(verified, "at_hash", expected.access_token)
    _check_hash(verified, "c_hash", expected.code)


def _check_audience(claims: Mapping[str, Any], client_id: str) -> None:
    audience = claims.get("aud")
    several = audience if isinstance(audience, list) else [audience]
    party = claims.get("azp")
    if client_id not in several:
        raise Failed("The id token is for another audience.")
    if (party is not None or len(several) > 1) and party != client_id:
        raise Failed("The id token is for another authorized party.")


def _check_time(claims: Mapping[str, Any], expected: Expected) -> None:
    ends, issued = _moment(claims, "exp"), _moment(claims, "iat")
    if ends is None or issued is None:
        raise Failed("The id token does not say when it was issued and how long it is valid.")
    if expected.at >= ends + expected.skew_s:
        raise Failed("The id token has expired.")
    begins = _moment(claims, "nbf") if "nbf" in claims else issued
    latest = expected.at + expected.skew_s
    if begins is None or begins > latest or issued > latest:
        raise Failed("The id token is not valid yet.")
    proved = _moment(claims, "auth_time")
    since = expected.since
    if since is not None and proved is not None and proved < since - expected.skew_s:
        raise Failed("The identity provider did not ask the person again.")


def _moment(claims: Mapping[str, Any], name: str) -> float | None:
    """A NumericDate (RFC 7519 section 2)."""
    value = claims.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _check_hash(verified: Verified, name: str, value: str) -> None:
    if value and name in verified.claims:
        stated = verified.claims[name]
        right = half_hash(value, verified.algorithm)
        if not isinstance(stated, str) or not hmac.compare_digest(stated.encode(), right.encode()):
            raise Failed(f"The {name} of the id token is that of something else.")

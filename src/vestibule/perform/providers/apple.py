"""Where Apple departs from OpenID Connect.

- The client secret is a JWT that a key from Apple signs (ES256); it may live six months, ours
  lives five minutes and serves one request.
- A name comes once only, with the first answer of all, as JSON in the form field `user`; and only
  where the answer is a form (built_in). Nobody has signed it: it may fill in a form, no more.
Source: runtime 8.2; Sign in with Apple REST API, "Creating a client secret", "Request an
authorization to the Sign in with Apple server".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from vestibule.perform.providers import answers, jose
from vestibule.perform.providers.faults import CLIENT, Failed
from vestibule.perform.providers.party import Party

_SECRET_LIFETIME_S = 300
_LONGEST = 4096  # characters of `user`
_BARE = re.compile(r"[A-Za-z0-9+/=\s]+")


def client_secret(party: Party, issuer: str, now: datetime) -> str:
    """Raises Failed when the stored key is none."""
    at = int(now.timestamp())
    claims = {
        "iss": party.details["developerId"],
        "iat": at,
        "exp": at + _SECRET_LIFETIME_S,
        "aud": issuer,
        "sub": party.client_id,
    }
    try:
        return jose.assertion(
            claims, pem=_pem(party.secret), algorithm="ES256", kid=party.details["keyId"]
        )
    except Failed:
        raise Failed("certificateData of the Apple provider is no EC key.", code=CLIENT) from None


def names(parameters: Mapping[str, str]) -> dict[str, Any]:
    """What the field `user` tells, as standard claims. What cannot be read tells nothing."""
    sent = parameters.get("user", "")
    if not sent or len(sent) > _LONGEST:
        return {}
    try:
        name = answers.read(sent.encode(), "The field user").get("name")
    except Failed:
        return {}
    if not isinstance(name, dict):
        return {}
    given, family = answers.text(name, "firstName"), answers.text(name, "lastName")
    whole = " ".join(part for part in (given, family) if part)
    claims = {"given_name": given, "family_name": family, "name": whole}
    return {claim: value for claim, value in claims.items() if value}


def _pem(stored: str) -> str:
    """The key as it was downloaded, or only what stands between its first and last line."""
    if _BARE.fullmatch(stored):
        return f"-----BEGIN PRIVATE KEY-----\n{stored.strip()}\n-----END PRIVATE KEY-----\n"
    return stored

"""An identity provider's access token on its way into ours.

It is sealed wherever it is kept (journey, session, code, refresh token), and opened where a token
is made for an application that may have it. Source: runtime 4.2 (idp_access_token).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

CLAIM = "idp_access_token"

Reveal = Callable[[str, str], str]
"""(tenant id, sealed text) → the token; "" where it can be opened no more."""


def revealed(claims: Mapping[str, Any], tenant: str, reveal: Reveal) -> Mapping[str, Any]:
    """The claims with the token as the provider gave it; without it where it cannot be opened."""
    if CLAIM not in claims:
        return claims
    text = reveal(tenant, claims[CLAIM])
    rest = {name: value for name, value in claims.items() if name != CLAIM}
    return {**rest, CLAIM: text} if text else rest

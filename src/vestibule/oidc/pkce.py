"""Proof Key for Code Exchange: who must send a challenge, and what one is.

Source: RFC 7636; RFC 9700 section 2.1.1; design: defaults; security.md 2.1 O5 to O7.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256

from vestibule.oidc.faults import Fault
from vestibule.settings import Settings
from vestibule.tenancy import Application, RedirectUri


def s256(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636 section 4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def needed(client: Application, redirect: RedirectUri, settings: Settings) -> bool:
    """Whether a code is given only for a challenge.

    A confidential client may opt out, a public one may not.
    """
    if redirect.kind == "spa" or client.pkce == "required":
        return True
    strict = settings.pkce_confidential == "required"
    public = redirect.kind == "native" or not client.confidential
    return strict and (public or client.pkce == "default")


def kept(challenge: str, method: str, settings: Settings) -> str:
    """A challenge in its S256 form, also one that was sent plain. Raises Fault 90184."""
    if not challenge:
        return ""  # a method alone is ignored, as B2C does
    method = method or "plain"
    supported = ("S256", "plain") if settings.pkce_plain else ("S256",)
    if method not in supported:
        raise Fault("90184", value=method, supported=" and ".join(supported))
    return s256(challenge) if method == "plain" else challenge

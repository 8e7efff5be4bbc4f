"""Whom flows reach: identity providers and API connectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

DOMAIN_HINTS: Mapping[str, str] = {
    "Amazon": "amazon.com",
    "AppleManaged": "appleid.apple.com",
    "Facebook": "facebook.com",
    "GitHub": "github.com",
    "Google": "google.com",
    "LinkedIn": "linkedin.com",
    "Microsoft": "microsoft.com",
    "QQ": "qq.com",
    "Twitter": "twitter.com",
    "WeChat": "wechat.com",
    "Weibo": "weibo.com",
}
"""Type of a built-in provider → the hint for it (runtime 2)."""


@dataclass(frozen=True, slots=True)
class Provider:
    """A stored identity provider. `details` are the properties that only its kind has, by Graph's
    name (metadataUrl, claimsMapping, keyId …); `certificate` is Apple's private key."""

    id: str
    kind: Literal["social", "builtIn", "apple", "openIdConnect", "oidc"]
    type: str  # identityProviderType: Google, AADSignup, OpenIdConnect …
    display_name: str
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    certificate: str = field(default="", repr=False)
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def hint(self) -> str:
        """The `domain_hint` that leads straight to it, in lower case; "" if none does."""
        own = self.details.get("domainHint") or DOMAIN_HINTS.get(self.type, "")
        return str(own).casefold()


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """`pkcs12` in base64, opened by `password`. Valid between two epoch seconds."""

    pkcs12: str = field(repr=False)
    password: str = field(repr=False)
    thumbprint: str
    not_before: int
    not_after: int


@dataclass(frozen=True, slots=True)
class Connector:
    """A stored API connector. It proves us by user name and password, or by the certificate that
    was uploaded last of those that are valid (`certificates`, the newest last)."""

    id: str
    display_name: str
    target_url: str
    username: str = ""
    password: str = field(default="", repr=False)
    certificates: tuple[ClientCertificate, ...] = ()

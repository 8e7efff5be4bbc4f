"""Application registrations: where they live, what proves them, what they have been granted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class RedirectUri:
    uri: str
    kind: Literal["web", "spa", "native"]


@dataclass(frozen=True, slots=True)
class Scope:
    id: str
    value: str
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Credential:
    """`text` is the SHA-256 of a secret in hex, or a certificate in PEM. Without a time it has
    always been valid, or is for ever."""

    text: str
    starts: datetime | None = None
    ends: datetime | None = None

    def valid(self, now: datetime) -> bool:
        begun = self.starts is None or self.starts <= now
        return begun and (self.ends is None or now < self.ends)


@dataclass(frozen=True, slots=True)
class Application:
    """An application registration with its service principal and what that has been granted."""

    app_id: str
    object_id: str  # of its service principal
    display_name: str
    enabled: bool
    redirect_uris: tuple[RedirectUri, ...]
    secrets: tuple[Credential, ...]  # hashes
    certificates: tuple[Credential, ...]  # PEM, for private_key_jwt
    identifier_uris: tuple[str, ...]
    scopes: tuple[Scope, ...]  # that it exposes
    permissions: frozenset[str]  # application permissions on Microsoft Graph
    delegations: Mapping[str, frozenset[str]]  # resource app id → consented scopes
    public: bool  # fallback public client
    roles: Mapping[str, frozenset[str]] = field(default_factory=dict)  # resource app id → app roles
    pkce: Literal["default", "required", "optional"] = "default"
    logout_url: str = ""  # hears that somebody has signed out; "" if it does not want to
    implicit_id_token: bool = False  # whether the browser may bring it an id token,
    implicit_access_token: bool = False  # and an access token

    @property
    def confidential(self) -> bool:
        return bool(self.secrets or self.certificates)

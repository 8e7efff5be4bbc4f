"""What user flows and the tenant's own authority do differently with the grants of a person.

The grants themselves (`person_grants`) are one for both: single use, families, PKCE, time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from vestibule.oidc.clients import Client
from vestibule.oidc.granted import Granted
from vestibule.oidc.scopes import Scopes
from vestibule.oidc.service import Profile, Service, TokenRequest
from vestibule.tenancy import Flow

Kind = Literal["code", "refresh"]


@dataclass(frozen=True, slots=True)
class Issue:
    """Everything that tokens are made of. `scopes`: what is asked for now; `refresh`: the new
    refresh token and when it ends."""

    granted: Granted
    scopes: Scopes
    flow: Flow
    refresh: tuple[str, datetime] | None
    request: TokenRequest
    client: Client
    service: Service
    person: Profile | None


@dataclass(frozen=True, slots=True)
class Authority:
    """`flow`: what the person went through, if the grant is one of this address.
    `person`: what tokens tell of the person as it is now. `scopes`: what tokens are asked for
    now, by the code or the refresh token. `replayed`: the number for a code used again.
    Each raises Fault."""

    flow: Callable[[Granted, TokenRequest], Flow]
    person: Callable[[Granted, TokenRequest, Service], Awaitable[Profile | None]]
    scopes: Callable[[Kind, Granted, Client, TokenRequest], Scopes]
    tokens: Callable[[Issue], dict[str, Any]]
    replayed: str

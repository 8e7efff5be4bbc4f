"""What a person granted an application: the common part of codes and refresh tokens.

Refreshed tokens repeat the claims that were issued first, so those are kept here.
Source: runtime.md 3.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec

from vestibule.oidc.asked import Asked
from vestibule.oidc.claims import Subject, selected
from vestibule.oidc.scopes import Scopes
from vestibule.ports import Ticket
from vestibule.tenancy import Flow, Tenant
from vestibule.vault import digest

KEPT_AFTER_END = timedelta(days=1)
"""An expired grant is remembered for so long: 90080 is told from nonsense, a replay from both."""

_SPA_REFRESH = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Granted:
    """`at` is when it was granted, in epoch seconds with fraction: it is compared with the
    time since which a user's sessions are valid, which may lie in the same second.

    `redirect_kind` decides whether the client must prove itself: "web" yes, "spa" and "native"
    it must not, "none" (no browser was sent anywhere) as it likes.
    """

    flow: str
    user: str
    client: str
    redirect_kind: Literal["web", "spa", "native", "none"]
    scopes: Scopes
    nonce: str
    auth_time: int
    at: float
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)
    family: str = ""  # of the code and all tokens that come from it
    redeemed_at: float = 0.0  # epoch seconds; 0: no code, or not yet

    @staticmethod
    def of(
        asked: Asked, subject: Subject, *, flow: Flow, now: datetime, family: str = ""
    ) -> Granted:
        """What is granted when a journey ends well."""
        return Granted(
            flow=flow.id,
            user=subject.user,
            client=asked.client,
            redirect_kind=asked.redirect.kind,
            scopes=asked.scopes,
            nonce=asked.nonce,
            auth_time=subject.auth_time,
            at=now.timestamp(),
            claims=selected(subject, flow, asked.scopes.protocol),
            family=family,
        )

    def dump(self) -> dict[str, Any]:
        """JSON values for a ticket's body."""
        return {"granted": {**msgspec.to_builtins(self), "family": ""}}  # the ticket has it

    @staticmethod
    def load(ticket: Ticket) -> Granted:
        """What `dump` wrote into the body of this ticket."""
        values = {**ticket.body["granted"], "family": ticket.family}
        values["scopes"] = Scopes.load(values["scopes"])
        return Granted(**values)

    def redeemed(self, now: datetime) -> Granted:
        """The same when its code is redeemed."""
        return replace(self, redeemed_at=now.timestamp())

    @property
    def refreshable(self) -> bool:
        return "offline_access" in self.scopes.protocol

    def refresh_until(self, flow: Flow, now: datetime) -> datetime:
        """When a refresh token issued now ends: a rolling lifetime within a fixed window.

        A single-page application's 24 hours begin with its first one, and rotation does not
        extend them.
        """
        granted_at = datetime.fromtimestamp(self.at, UTC)
        if self.redirect_kind == "spa":
            return datetime.fromtimestamp(self.redeemed_at or self.at, UTC) + _SPA_REFRESH
        until = now + timedelta(days=flow.settings["refreshTokenLifetimeDays"])
        window = flow.settings["refreshTokenSlidingWindowDays"]
        return until if window is None else min(until, granted_at + timedelta(days=window))


def refresh_ticket(secret: str, granted: Granted, *, tenant: Tenant, until: datetime) -> Ticket:
    """The ticket behind a refresh token; only the hash of `secret` is stored."""
    return Ticket(
        kind="refresh",
        tenant=tenant.id,
        key=digest(secret),
        expires=until + KEPT_AFTER_END,
        body={**granted.dump(), "until": until.timestamp()},
        subject=granted.user,
        client=granted.client,
        family=granted.family,
    )

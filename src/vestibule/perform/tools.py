"""What performers work with, and the occasion on which they are called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID, uuid5

from vestibule.perform.http import Outgoing
from vestibule.perform.lines import Lines
from vestibule.perform.mail import Mailer
from vestibule.perform.passwords import Hasher
from vestibule.perform.providers.relying import Relying
from vestibule.perform.sms import Texter
from vestibule.ports import Entities, Insert, Tickets
from vestibule.tenancy import Flow, Tenant
from vestibule.texts import DEFAULT_LANGUAGE, Voice
from vestibule.vault import Vault
from vestibule.world import World

_NAMES = UUID("6f2b1c52-6c1e-4f4e-9a57-0d3f6e1c8a34")


class Keeps(Protocol):
    """Where calls of connectors are kept (perform.recorder)."""

    @property
    def keeps(self) -> bool: ...

    async def keep(self, call: Insert) -> None: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is too much (settings). The last three are None where nothing is throttled."""

    lockout_threshold: int = 10
    lockout_duration_s: int = 60
    codes_in_ten_minutes: int | None = None
    codes_in_a_day: int | None = None
    codes_from_an_ip_in_an_hour: int | None = None


@dataclass(frozen=True, slots=True)
class Tools:
    """`hide_account_existence`: no answer may tell whether an account exists (settings).

    `texter`: None where text messages cannot be sent. `common`: whether so many people have this
    password that it is guessed first. `calls`: None where calls of connectors are not kept.
    `lines`: what is kept between calls of connectors.
    """

    entities: Entities
    tickets: Tickets
    vault: Vault
    world: World
    mailer: Mailer
    texter: Texter | None
    hasher: Hasher
    outgoing: Outgoing
    hide_account_existence: bool
    limits: Limits
    common: Callable[[str], bool]
    calls: Keeps | None = None
    relying: Relying = field(default_factory=Relying)
    lines: Lines = field(default_factory=Lines)


@dataclass(frozen=True, slots=True)
class Occasion:
    """Which effect of which journey, when, and on whose request.

    `journey` is the key of its ticket: as unique as its `id`, which is a secret, and is not one.
    `browser` is the hash of the browser's secret; "" where no browser asks. `replay_of` is the id
    of the kept call of a connector that is made again, outside any journey.
    """

    tenant: Tenant
    journey: str
    turn: int
    ordinal: int
    now: datetime
    correlation: str
    ip: str
    flow: Flow | None = None  # None: removed meanwhile
    language: str = DEFAULT_LANGUAGE
    browser: str = ""
    replay_of: str = ""
    id: str = field(default="", repr=False)

    def voice(self, page: str) -> Voice:
        """How a mail speaks that is sent from this page."""
        written = self.flow.written(self.language, page) if self.flow else {}
        return Voice(self.language, written)

    def guid(self, purpose: str) -> str:
        """An identifier that is the same when the same effect is performed again."""
        return str(uuid5(_NAMES, f"{self.journey}.{self.turn}.{self.ordinal}.{purpose}"))

    def audit(
        self, action: str, result: str, *, actor: str = "", target: str = "", id: str = ""
    ) -> Insert:
        """The audit row of an outcome, to be applied with what it changes. `id`: where each time
        that the effect is performed has one of its own."""
        return Insert(
            "audit",
            self.tenant.id,
            id or self.guid("audit"),
            {
                "at": self.now,
                "actor": actor,
                "action": action,
                "target": target,
                "result": result,
                "ip": self.ip,
                "correlation": self.correlation,
            },
        )

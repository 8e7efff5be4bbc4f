"""What the book has entries of: accounts, codes, sessions, grants and journeys."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from vestibule.tenancy import Flow

SESSION_LIFETIME = timedelta(days=1)


@dataclass(slots=True)
class Person:
    """An account. `mail` is where its codes go; what began before `since` is worth nothing."""

    id: str
    name: str
    mail: str
    password: str
    enabled: bool = True
    must_change: bool = False
    since: datetime | None = None
    city: str | None = None

    def trusts(self, began: datetime) -> bool:
        """Whether somebody who was let in at that time still counts."""
        return self.enabled and (self.since is None or began >= self.since)


@dataclass(slots=True)
class Mailed:
    """The last code for an address in a journey; `name`: the user name that it was asked for."""

    code: str
    to: str
    at: datetime
    name: str = ""
    tries: int = 0
    used: bool = False


@dataclass(slots=True)
class Session:
    """A cookie's worth."""

    cookie: str  # its name
    user: str
    since: datetime
    used: datetime
    ended: bool = False

    def lives(self, now: datetime) -> bool:
        return not self.ended and now < self.used + SESSION_LIFETIME


@dataclass(slots=True)
class Grant:
    """An authorization code and what came of it; `at` of its issue, `since` of the sign-in."""

    user: str
    flow: str
    at: datetime
    used: bool = False
    family: list[str] = field(default_factory=list)  # refresh tokens
    dead: bool = False


@dataclass(slots=True)
class Trip:
    """One journey. `user` was let in at `since`; `reset` and `created` in this very journey."""

    tx: str
    flow: Flow
    browser: int
    began: datetime
    mailed: dict[str, Mailed] = field(default_factory=dict)  # by the page that asked for it
    verified: str = ""
    proofs: dict[str, datetime] = field(default_factory=dict)  # user → when
    user: str = ""
    since: datetime | None = None
    created: bool = False
    reset: bool = False
    edited: bool = False
    ended: bool = False

    def let_in(self, user: str, at: datetime) -> None:
        """Credentials count from the whole second on, as tokens say it."""
        self.user, self.since = user, at.replace(microsecond=0)

    @property
    def by_name(self) -> bool:
        """Whether people sign in with a user name."""
        return bool(self.flow.settings["localAccount"] == "userName")

    @property
    def complete(self) -> bool:
        """Whether every step that the flow's type demands was done."""
        match self.flow.type:
            case "signUp":
                return self.created
            case "passwordReset":
                return self.reset
            case "profileUpdate":
                return bool(self.user) and self.edited
        return bool(self.user)

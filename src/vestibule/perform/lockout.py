"""Smart lockout: how many wrong passwords an account bears, with Azure's numbers.

Ten wrong passwords lock for a minute; afterwards each further one locks again. The first ten locks
last a minute, the next ten two, and so on up to five hours. A password that was wrong just now and
is given again does not count. Browsers in which the account signed in before are counted apart from
all others, so that a stranger's guesses lock out strangers.

An attempt is counted before it is judged, and taken back by success. What is counted is a ticket
that is swapped on its revision, so a crowd of requests gets no more attempts than one request
after another would; docs/decisions/0005 says why.
Source: runtime 5.8; security.md 5; Microsoft's "Mitigate credential attacks in Azure AD B2C".
DIFFERS: a password that only resembles the last wrong one counts, since hashes do not resemble.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from vestibule.errors import TooMany
from vestibule.perform.tools import Limits, Occasion, Tools
from vestibule.ports import Refusal, Ticket

_LOCKOUT = "lockout"
_FAMILIAR = "familiarBrowser"
_REMEMBERED = 3  # wrong passwords, as Azure does
_LOCKS_OF_A_LENGTH = 10
_LONGEST_LOCK_S = 5 * 3600
_KEPT = timedelta(days=1)  # without a further attempt
_ROUNDS = 64  # more than there are attempts before a lock, so nobody loses every swap
FAMILIAR_FOR = timedelta(days=180)  # since the last sign-in


@dataclass(frozen=True, slots=True)
class Attempt:
    """A password that may be judged. `count` is the counter's key; `browser` that of the browser
    for this account, "" where no browser is known; `known` is its ticket, if it is familiar."""

    count: str
    browser: str
    known: Ticket | None


@dataclass(frozen=True, slots=True)
class _Count:
    """`until`: epoch seconds; `recent`: keyed hashes of the last passwords that were counted."""

    failures: int = 0
    locks: int = 0
    until: float = 0
    recent: tuple[str, ...] = ()

    @staticmethod
    def load(body: Mapping[str, Any]) -> _Count:
        return _Count(body["failures"], body["locks"], body["until"], tuple(body["recent"]))

    def body(self) -> dict[str, Any]:
        return {
            "failures": self.failures,
            "locks": self.locks,
            "until": self.until,
            "recent": list(self.recent),
        }

    def after(self, guess: str, now: datetime, limits: Limits) -> _Count:
        """With one attempt more."""
        recent = (guess, *self.recent)[:_REMEMBERED]
        counted = replace(self, failures=self.failures + 1, recent=recent)
        if counted.failures < limits.lockout_threshold:
            return counted
        locks = self.locks + 1
        until = now.timestamp() + lock_s(locks, limits.lockout_duration_s)
        return replace(counted, locks=locks, until=until)


def lock_s(number: int, shortest_s: int) -> int:
    """How long the so-manieth lock lasts: twice as long after every ten, at most five hours."""
    doublings = min((number - 1) // _LOCKS_OF_A_LENGTH, 20)
    return min(shortest_s << doublings, _LONGEST_LOCK_S)


async def attempt(
    tools: Tools, occasion: Occasion, *, account: str, user: str, password: str
) -> Attempt | None:
    """Count an attempt, before anything is hashed; None while the account is locked.

    `account` names the account, also one that does not exist; `user` is its id, or "".
    Raises TooMany.
    """
    made = await _where(tools, occasion, account)
    guess = tools.vault.keyed("guess", made.count, password)
    tickets, tenant, now = tools.tickets, occasion.tenant.id, occasion.now
    for _ in range(_ROUNDS):
        held = await tickets.get(_LOCKOUT, tenant, made.count, now)
        count = _Count.load(held.body) if held else _Count()
        if count.until > now.timestamp():
            return None
        if guess in count.recent:
            return made
        counted = count.after(guess, now, tools.limits)
        ends = max(now, datetime.fromtimestamp(counted.until, now.tzinfo)) + _KEPT
        ticket = Ticket(_LOCKOUT, tenant, made.count, ends, counted.body(), subject=user)
        if held and await tickets.swap(ticket, held.revision, now):
            return made
        if not held and await _put(tools, ticket, now):
            return made
    raise TooMany("Too many passwords are being checked; try again.", retry_after_s=1)


async def succeeded(tools: Tools, occasion: Occasion, made: Attempt, user: str) -> None:
    """Forget what was counted for this kind of browser, and know this browser from now on."""
    tickets, tenant, now = tools.tickets, occasion.tenant.id, occasion.now
    forgotten = tickets.drop(tenant, kind=_LOCKOUT, key=made.count)
    ticket = Ticket(_FAMILIAR, tenant, made.browser, now + FAMILIAR_FOR, subject=user)
    if made.browser and made.known is None:
        await asyncio.gather(forgotten, _put(tools, ticket, now))
        return
    await forgotten
    if made.known is not None and made.known.expires < now + FAMILIAR_FOR / 2:
        await tickets.swap(ticket, made.known.revision, now)


async def unlock(tools: Tools, tenant: str, user: str) -> None:
    """What a password reset does: nothing is counted any more, and no browser is familiar."""
    for kind in (_LOCKOUT, _FAMILIAR):
        await tools.tickets.drop(tenant, kind=kind, subject=user)


async def _where(tools: Tools, occasion: Occasion, account: str) -> Attempt:
    """Which counter counts an attempt in this browser."""
    tenant, keyed = occasion.tenant.id, tools.vault.keyed
    browser, known = "", None
    if occasion.browser:
        browser = keyed("browser", tenant, account, occasion.browser)
        known = await tools.tickets.get(_FAMILIAR, tenant, browser, occasion.now)
    kind = "familiar" if known else "unfamiliar"
    return Attempt(keyed("lockout", tenant, account, kind), browser, known)


async def _put(tools: Tools, ticket: Ticket, now: datetime) -> bool:
    """Whether the ticket is new. One that has expired is in the way until it is swept."""
    try:
        await tools.tickets.put(ticket)
    except Refusal:
        await tools.tickets.sweep(now)
        return False
    return True

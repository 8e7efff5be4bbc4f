"""A circuit breaker: what fails again and again is left alone for a while.

Closed, every call is made. After FAILURES in a row it opens, and for PAUSE none is made. Then it is
half open: one call tries, and decides which of the two it becomes. It counts for one process.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

FAILURES = 5
PAUSE = timedelta(seconds=30)
AT_ONCE = 50
"""Calls that may be under way: one that hangs is not to take every connection there is."""


@dataclass(slots=True)
class Breaker:
    """`failed`: calls in a row. `until`: when it is half open; None: closed."""

    failed: int = 0
    until: datetime | None = None
    _under_way: int = 0
    _trying: bool = field(default=False, repr=False)

    def opened(self, now: datetime) -> bool:
        """Whether it is open. A clock that was set back does not keep it open for longer."""
        return self.until is not None and now < self.until <= now + PAUSE

    def begin(self, now: datetime) -> bool:
        """Whether a call may be made now; it has begun then, and `ended` is told of it."""
        if self.opened(now) or self._trying or self._under_way >= AT_ONCE:
            return False
        self._trying = self.until is not None
        self._under_way += 1
        return True

    def ended(self, now: datetime, *, failed: bool) -> None:
        """A call has come to its end. One that began while it was closed says as much."""
        self._under_way -= 1
        self._trying = False
        if not failed:
            self.failed, self.until = 0, None
            return
        self.failed += 1
        if self.failed >= FAILURES:
            self.until = now + PAUSE

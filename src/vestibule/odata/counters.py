"""How much of a quota was spent: sliding windows in this process, by quota and who pays.

Time is the caller's, so a virtual clock moves it. What is counted, and for whom, is not known here.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass, field

from vestibule.edm.quota import Quota

MOST_COUNTED = 20_000
"""Counters that are kept; the one unused for longest makes room."""

_SLOTS = 12  # of a window; a slot is forgotten whole, when all of it is older than the window


@dataclass(slots=True)
class Window:
    """What was spent, by slot of time; `whole` is the sum, as of the slot `at`."""

    spent: dict[int, int] = field(default_factory=dict)
    whole: int = 0
    at: int = 0

    def total(self, slot: int) -> int:
        """Spent in the window that ends with a slot. A clock set back begins anew."""
        if slot != self.at:
            stale = [at for at in self.spent if not slot - _SLOTS <= at <= slot]
            for at in stale:
                self.whole -= self.spent.pop(at)
            self.at = slot
        return self.whole

    def add(self, slot: int, cost: int) -> None:
        self.spent[slot] = self.spent.get(slot, 0) + cost
        self.whole += cost


@dataclass(frozen=True, slots=True)
class Claim:
    """What a call asks of one quota: `used` is the part of it that would be spent, 1 is all."""

    quota: Quota
    window: Window
    slot: int
    cost: int
    used: float

    def spend(self) -> None:
        """Count the call."""
        self.window.add(self.slot, self.cost)

    def wait_s(self, now: float) -> int:
        """When the same call would be granted, in whole seconds, if nothing is asked meanwhile."""
        left = self.window.whole + self.cost - self.quota.most
        last = self.slot
        for at in sorted(self.window.spent):
            left -= self.window.spent[at]
            if left <= 0:
                last = at
                break
        forgotten = (last + _SLOTS + 1) * self.quota.window_s / _SLOTS
        return max(math.ceil(forgotten - now), 1)


class Counters:
    """The windows that are kept."""

    __slots__ = ("_windows",)

    def __init__(self) -> None:
        self._windows: OrderedDict[tuple[Quota, str, str], Window] = OrderedDict()

    def claim(self, quota: Quota, cost: int, payer: tuple[str, str], now: float) -> Claim:
        """What a call at `now` (epoch seconds) asks of a quota; nothing is spent yet."""
        slot = math.floor(now * _SLOTS / quota.window_s)
        window = self._window((quota, *payer))
        return Claim(quota, window, slot, cost, (window.total(slot) + cost) / quota.most)

    def _window(self, key: tuple[Quota, str, str]) -> Window:
        window = self._windows.get(key)
        if window is None:
            window = self._windows[key] = Window()
            if len(self._windows) > MOST_COUNTED:
                self._windows.popitem(last=False)
        self._windows.move_to_end(key)
        return window

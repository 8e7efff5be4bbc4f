"""Limits on what is asked, decided before anything is done: by area, for tenant and application.

Counts live in this process: of several replicas each grants the limits on its own. Time is the
call's, so a virtual clock moves it. Source: graph-surface 6.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from vestibule.edm.quota import Area, Asked, Quota
from vestibule.errors import Invalid
from vestibule.odata.call import Call
from vestibule.odata.options import texts
from vestibule.rules import Principal

MOST_COUNTED = 20_000
"""Counters that are kept; the one unused for longest makes room."""

_SLOTS = 12  # of a window; a slot is forgotten whole, when all of it is older than the window
_TOLD_FROM, _TOLD_TO = 0.8, 1.8
"""Of a limit: between these a caller is told how much was used."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`retry_after_s` None: go ahead. The headers belong to the reply, with `_` for `-`."""

    headers: Mapping[str, str] = field(default_factory=dict)
    retry_after_s: int | None = None


GRANTED = Verdict()


@dataclass(slots=True)
class _Window:
    """What was spent, by slot of time."""

    spent: dict[int, int] = field(default_factory=dict)

    def total(self, slot: int) -> int:
        """Spent in the window that ends with a slot. A clock set back begins anew."""
        stale = [at for at in self.spent if not slot - _SLOTS <= at <= slot]
        for at in stale:
            del self.spent[at]
        return sum(self.spent.values())

    def add(self, slot: int, cost: int) -> None:
        self.spent[slot] = self.spent.get(slot, 0) + cost


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a call asks of one quota: `used` is the part of it that would be spent, 1 is all."""

    quota: Quota
    window: _Window
    slot: int
    cost: int
    used: float

    def wait_s(self, now: float) -> int:
        """When the same call would be granted, in whole seconds, if nothing is asked meanwhile."""
        left = sum(self.window.spent.values()) + self.cost - self.quota.most
        last = self.slot
        for at in sorted(self.window.spent):
            left -= self.window.spent[at]
            if left <= 0:
                last = at
                break
        forgotten = (last + _SLOTS + 1) * self.quota.window_s / _SLOTS
        return max(math.ceil(forgotten - now), 1)


class Throttle:
    """Counts calls and says which are too many."""

    __slots__ = ("_areas", "_windows")

    def __init__(self, areas: Sequence[Area]) -> None:
        self._areas = {name: area for area in areas for name in area.sets}
        self._windows: OrderedDict[tuple[Quota, str, str], _Window] = OrderedDict()

    def admit(self, call: Call) -> Verdict:
        """Count a call of somebody known. One that is refused counts against what refused it."""
        name, _, rest = call.path.strip("/").partition("/")
        set_, bracket, _ = unquote(name).casefold().partition("(")
        area = self._areas.get(set_)
        principal = call.principal
        if area is None or principal is None:
            return GRANTED
        asked = _asked(call, set_, whole=not rest and not bracket)
        price = area.price(asked) if area.price is not None else 1
        told = {"x_ms_resource_unit": str(price)} if area.price is not None else {}
        return self._spend(area, asked, price, principal, call.now.timestamp(), told)

    def _spend(
        self,
        area: Area,
        asked: Asked,
        price: int,
        principal: Principal,
        now: float,
        told: dict[str, str],
    ) -> Verdict:
        claims = [
            self._claim(quota, 1 if quota.writes else price, principal, now)
            for quota in area.quotas
            if asked.write or not quota.writes
        ]
        over = [claim for claim in claims if claim.used > 1]
        for claim in over or claims:
            claim.window.add(claim.slot, claim.cost)
        used = max((claim.used for claim in claims), default=0)
        if used >= _TOLD_FROM:
            told["x_ms_throttle_limit_percentage"] = f"{min(used, _TOLD_TO):.1f}"
        if not over:
            return Verdict(told)
        worst = max(over, key=lambda claim: claim.wait_s(now))
        quota = worst.quota
        told["x_ms_throttle_scope"] = f"{quota.name}/{principal.client}/{principal.tenant}"
        if quota.reason:
            told["x_ms_throttle_information"] = quota.reason
        return Verdict(told, worst.wait_s(now))

    def _claim(self, quota: Quota, cost: int, principal: Principal, now: float) -> _Claim:
        slot = math.floor(now * _SLOTS / quota.window_s)
        window = self._window(quota, principal)
        return _Claim(quota, window, slot, cost, (window.total(slot) + cost) / quota.most)

    def _window(self, quota: Quota, principal: Principal) -> _Window:
        key = (
            quota,
            principal.tenant if "tenant" in quota.per else "",
            principal.client if "application" in quota.per else "",
        )
        window = self._windows.get(key)
        if window is None:
            window = self._windows[key] = _Window()
            if len(self._windows) > MOST_COUNTED:
                self._windows.popitem(last=False)
        self._windows.move_to_end(key)
        return window


def _asked(call: Call, set_: str, *, whole: bool) -> Asked:
    try:
        given = texts(call.query) if call.query else {}
    except Invalid:
        given = {}  # refused later, and counted now
    top = given.get("top", "")
    number = int(top) if top.isascii() and top.isdigit() and len(top) < len("1000000000") else None
    return Asked(call.method, set_, whole, frozenset(given), number)

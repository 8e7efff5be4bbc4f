"""Limits on what is asked, decided before anything is done: by area, for tenant and application.

Counts live in this process: of several replicas each grants the limits on its own. Time is the
call's, so a virtual clock moves it. Source: graph-surface 6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from vestibule.edm.quota import Area, Asked, Quota
from vestibule.errors import Invalid
from vestibule.odata.call import Call
from vestibule.odata.counters import Counters
from vestibule.odata.options import texts
from vestibule.rules import Principal

_TOLD_FROM, _TOLD_TO = 0.8, 1.8
"""Of a limit: between these a caller is told how much was used."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`retry_after_s` None: go ahead. The headers belong to the reply, with `_` for `-`."""

    headers: Mapping[str, str] = field(default_factory=dict)
    retry_after_s: int | None = None


GRANTED = Verdict()


class Throttle:
    """Counts calls and says which are too many."""

    __slots__ = ("_areas", "_counters")

    def __init__(self, areas: Sequence[Area]) -> None:
        self._areas = {name: area for area in areas for name in area.sets}
        self._counters = Counters()

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
            self._counters.claim(quota, 1 if quota.writes else price, _payer(quota, principal), now)
            for quota in area.quotas
            if asked.write or not quota.writes
        ]
        over = [claim for claim in claims if claim.used > 1]
        for claim in over or claims:
            claim.spend()
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


def _payer(quota: Quota, principal: Principal) -> tuple[str, str]:
    return (
        principal.tenant if "tenant" in quota.per else "",
        principal.client if "application" in quota.per else "",
    )


def _asked(call: Call, set_: str, *, whole: bool) -> Asked:
    try:
        given = texts(call.query) if call.query else {}
    except Invalid:
        given = {}  # refused later, and counted now
    top = given.get("top", "")
    number = int(top) if top.isascii() and top.isdigit() and len(top) < len("1000000000") else None
    return Asked(call.method, set_, whole, frozenset(given), number)

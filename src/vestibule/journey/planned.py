"""Plans that are made once: a flow of a tenant's snapshot is never changed, only replaced."""

from __future__ import annotations

from collections.abc import Callable

from vestibule.journey.engine import Plan
from vestibule.tenancy import Flow

_MOST = 1024


def once(plans: Callable[[Flow], Plan]) -> Callable[[Flow], Plan]:
    """The same plans, each kept for as long as it is asked for by the very same flow."""
    kept: dict[int, tuple[Flow, Plan]] = {}  # by identity, which the flow itself keeps its own

    def planned(flow: Flow) -> Plan:
        known = kept.get(id(flow))
        if known is None:
            if len(kept) >= _MOST:
                kept.clear()
            known = kept[id(flow)] = flow, plans(flow)
        return known[1]

    return planned

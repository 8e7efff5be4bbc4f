"""The flow holds something that cannot run yet: say what, rather than skip it."""

from __future__ import annotations

from vestibule.journey.state import Given, Journey, Outcome, Stop
from vestibule.world import World


def cannot_run(journey: Journey, _given: Given, _world: World) -> Outcome:
    return Stop("90037", "flow.cannot_run", {"thing": journey.facts["cannot_run"]})

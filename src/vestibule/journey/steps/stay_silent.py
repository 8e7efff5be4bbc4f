"""The application asked that no page be shown, and nobody is signed in (prompt=none)."""

from __future__ import annotations

from vestibule.journey.state import Given, Journey, Outcome, Stop
from vestibule.world import World


def stay_silent(_journey: Journey, _given: Given, _world: World) -> Outcome:
    return Stop("90077", "app.no_session", to_app=True)

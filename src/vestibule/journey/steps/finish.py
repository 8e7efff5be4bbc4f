"""The plan is complete. From here on `user`, `claims`, `auth_time`, `session_reused` are known."""

from __future__ import annotations

from vestibule.journey.state import Finish, Given, Journey, Outcome
from vestibule.world import World


def finish(journey: Journey, _given: Given, _world: World) -> Outcome:
    return Finish({"session_reused": journey.facts.get("session_reused", False)})

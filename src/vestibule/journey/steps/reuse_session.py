"""Somebody is signed in already: go on as that user, with the time when credentials were typed."""

from __future__ import annotations

from vestibule.journey.state import Given, Journey, Next, Outcome
from vestibule.world import World


def reuse_session(journey: Journey, _given: Given, _world: World) -> Outcome:
    session = journey.facts["session"]
    return Next(
        {"user": session["user"], "auth_time": session["auth_time"], "session_reused": True}
    )

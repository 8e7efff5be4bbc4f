"""Somebody is signed in already: go on as that user, with the time when credentials were typed."""

from __future__ import annotations

from vestibule.journey.state import Given, Journey, Next, Outcome
from vestibule.world import World


def reuse_session(journey: Journey, _given: Given, _world: World) -> Outcome:
    session = journey.facts["session"]
    names = ("user", "auth_time", "provider", "idp", "idp_access_token")
    known = {name: session[name] for name in names if session.get(name)}
    return Next({**known, "session_reused": True})

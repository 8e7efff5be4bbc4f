"""Nobody signs in to an application for scopes that an administrator has not consented to.

Consent is given beforehand, for everybody. Source: runtime 8.5, 12.3 (AADSTS65001).
"""

from __future__ import annotations

from vestibule.journey.state import Given, Journey, Next, Outcome, Stop
from vestibule.world import World


def check_consent(journey: Journey, _given: Given, _world: World) -> Outcome:
    missing = journey.facts.get("missing_scopes")
    if not missing:
        return Next({"consented": True})
    return Stop("AADSTS65001", "app.no_consent", {"scopes": " ".join(missing)}, to_app=True)

"""Read what the directory says about the user, whoever that turned out to be."""

from __future__ import annotations

from vestibule.journey.effects import ReadUser, UserGone, UserRead
from vestibule.journey.providers import BACK
from vestibule.journey.state import Back, Do, Given, Journey, Next, Outcome, Stop
from vestibule.world import World

_SIGNED_IN_BY_SESSION = ("session", "session_reused", "user", "auth_time")
_OF_A_PROVIDER = ("provider", "idp", "idp_access_token")


def read_user(journey: Journey, given: Given, _world: World) -> Outcome:
    match given:
        case UserRead(claims=claims):
            # "User is new" is true in the run that signed up and otherwise absent (runtime 4.2).
            new = {"newUser": True} if "new_user" in journey.facts else {}
            # Who signed in here has no identity provider (runtime 4.2).
            idp = {"idp": journey.facts["idp"]} if journey.facts.get("idp") else {}
            return Next({"claims": {**claims, **idp, **new}})
        case UserGone() if "session_reused" in journey.facts:
            return Back((*_SIGNED_IN_BY_SESSION, *_OF_A_PROVIDER))
        case UserGone(why="revoked") if "choice" in journey.facts:
            return Back((*_SIGNED_IN_BY_SESSION, *BACK))  # by what was typed a while ago
        case UserGone(why="disabled"):
            return Stop("90111", "account.disabled")
        case UserGone():
            return Stop("90053", "account.gone")
    return Do(ReadUser(journey.facts["user"], journey.signed_in_at))

"""Away to an identity provider, and back as somebody whom it knows.

Gives `identity`, of whom nothing counts but issuer and subject; `user` too, if these have an
account here. Source: runtime 5.2 (2c), 5.4, 5.8 (account linking), 8.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vestibule.journey.effects import Arrive, Depart, Departing, Federated, ProviderFailed
from vestibule.journey.providers import AWAY, UNREACHED
from vestibule.journey.state import Do, Given, Journey, Leave, Next, Outcome, Returned, Stop
from vestibule.world import World

_FRESH = "login"
NO_ACCOUNT = "99002"


def federate(journey: Journey, given: Given, world: World) -> Outcome:
    facts = journey.facts
    provider: str = facts["provider"]
    match given:
        case Departing(url=url):
            return Leave(url, undone=AWAY)
        case Returned(parameters=parameters):
            return Do(Arrive(provider, parameters))
        case Federated() as somebody:
            return _met(journey, somebody, world)
        case ProviderFailed(code=code, reason=reason, denied=denied):
            text = "app.provider.denied" if denied else "app.provider.failed"
            return Stop(code, text, {"reason": reason}, to_app=True)
    if provider in UNREACHED and not facts.get("guests"):
        thing = f"the identity provider {UNREACHED[provider]}"
        return Stop("90037", "flow.cannot_run", {"thing": thing})
    named = facts.get("account", {}).get("name", "")
    hint, anew = str(named or facts.get("login_hint") or ""), _proved_anew(facts)
    return Do(Depart(provider, facts["return_to"], login_hint=hint, anew=anew))


def _proved_anew(facts: Mapping[str, Any]) -> bool:
    """Whether a session there counts for nothing. Tokens tell the time of the return as that of
    the proof, so where the application limits its age the proof has to be made there as well."""
    return facts.get("prompt") == _FRESH or facts.get("max_age") is not None


def _met(journey: Journey, somebody: Federated, world: World) -> Outcome:
    """Known by issuer and subject alone: no address leads to an account."""
    if not somebody.user and not journey.facts["signs_up"]:
        return Stop(NO_ACCOUNT, "account.not_federated")
    identity = {
        "provider": journey.facts["provider"],
        "issuer": somebody.issuer,
        "subject": somebody.subject,
        "idp": somebody.idp,
        "attributes": dict(somebody.attributes),
        "email": somebody.email,
    }
    known = {"user": somebody.user} if somebody.user else {}
    token = {"idp_access_token": somebody.access_token} if somebody.access_token else {}
    proved = {"auth_time": world.now().timestamp(), "idp": somebody.idp}
    return Next({"identity": identity, **proved, **token, **known})

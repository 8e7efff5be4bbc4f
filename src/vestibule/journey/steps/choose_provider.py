"""The page that asks with what to sign in or up, where that is not one page with the local account.

Where one identity provider is all there is, nobody is asked. `show_local` (an account here is one
of the ways) and `signing_up` are told by the plan. Source: runtime 5.3, 5.6, 5.9.
"""

from __future__ import annotations

from vestibule.journey.providers import chosen
from vestibule.journey.state import Ask, Form, Given, Journey, Next, Outcome, Stop
from vestibule.world import World


def choose_provider(journey: Journey, given: Given, _world: World) -> Outcome:
    facts = journey.facts
    onward = chosen(journey, given)
    if onward is not None:
        return onward
    match given:
        case Form(action="signup") if facts["show_local"]:
            return Next({"choice": "signUp"})
        case Form(action="cancel"):
            return Stop("90091", "app.cancelled", to_app=True)
    return Ask(
        "idpselections",
        {
            "away": "",
            "providers": list(facts["providers"]),
            "show_local": facts["show_local"],
            "signing_up": facts["signing_up"],
            "by_name": facts.get("by_name", False),
        },
    )

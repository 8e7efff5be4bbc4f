"""The connector at preTokenIssuance is asked before tokens are made. Its values go into them in
place of the directory's; they are not stored.

The plan tells `sends`: the short name of an attribute that is told → its name in tokens.
Source: runtime 6.1, 6.3, 6.5.
"""

from __future__ import annotations

from vestibule.journey.connecting import failed, question
from vestibule.journey.effects import ConnectorFailed, Continued
from vestibule.journey.state import Given, Journey, Next, Outcome
from vestibule.world import World

POINT = "preTokenIssuance"


def ask_before_tokens(journey: Journey, given: Given, _world: World) -> Outcome:
    facts = journey.facts
    known = facts["claims"]
    match given:
        case Continued(claims=claims):
            return Next({"claims": {**known, **claims}, "enriched": True})
        case ConnectorFailed() as result:
            return failed(result, silent=facts.get("prompt") == "none")
    return question(
        journey,
        POINT,
        {name: known[claim] for name, claim in facts["sends"].items() if claim in known},
        email=next(iter(known.get("emails", ())), ""),
        user=facts["user"],
    )

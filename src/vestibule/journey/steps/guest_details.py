"""What a b2x flow asks of a stranger, once, before the guest is created.

Gives `registration`: the attributes as they are stored. Source: runtime 4.3, 8.5.
"""

from __future__ import annotations

from collections.abc import Mapping

from vestibule.journey.collected import collect, preselected
from vestibule.journey.state import Ask, Form, Given, Journey, Next, Outcome, Stop
from vestibule.world import World


def guest_details(journey: Journey, given: Given, world: World) -> Outcome:
    facts = journey.facts
    journey = journey.know({"this_year": world.now().year})
    match given:
        case Form(action="create", fields=fields):
            answers = collect(facts["questions"], fields)
            if answers.errors:
                return _page(journey.know({"answers": dict(answers.typed)}), answers.errors)
            return Next({"registration": dict(answers.values)}, drop=("answers",))
        case Form(action="cancel"):
            return Stop("AADSTS65004", "app.cancelled", to_app=True)
    if not facts["questions"]:
        return Next({"registration": {}})
    return _page(journey)


def _page(journey: Journey, errors: Mapping[str, str] | None = None) -> Ask:
    facts = journey.facts
    answers = facts.get("answers", {})
    return Ask(
        "guestdetails",
        {
            "address": facts["proven"],
            "attributes": [
                {**question, "typed": answers.get(question["field"], preselected(question))}
                for question in facts["questions"]
            ],
            "this_year": facts["this_year"],
        },
        errors or {},
        facts={"answers": answers},
    )

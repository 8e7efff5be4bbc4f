"""What a b2x flow asks of a stranger, once, before the guest is created.

Gives `registration`: the `attributes` as they are stored. What a connector has said of the person
stands on the page. Source: runtime 4.3, 8.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vestibule.journey.collected import Typed, asked, collect, stored
from vestibule.journey.retries import objection, refusal
from vestibule.journey.state import Ask, Form, Given, Journey, Next, Outcome, Stop
from vestibule.world import World


def guest_details(journey: Journey, given: Given, world: World) -> Outcome:
    facts = journey.facts
    journey = journey.know({"this_year": world.now().year})
    match given:
        case Form(action="create", fields=fields):
            answers = collect(facts["questions"], fields)
            typed = {"answers": dict(answers.typed)}
            if answers.errors:
                return _page(journey.know(typed), answers.errors)
            return Next({"registration": {"attributes": dict(answers.values)}, **typed})
        case Form(action="cancel"):
            return Stop("AADSTS65004", "app.cancelled", to_app=True)
    if not facts["questions"] and facts.get("refusal") is None:
        return Next({"registration": {"attributes": {}}})
    return _page(journey, objection(facts))


def _page(journey: Journey, errors: Mapping[str, str] | None = None) -> Ask:
    facts = journey.facts
    answers = facts.get("answers") or _prefilled(facts)
    return Ask(
        "guestdetails",
        {
            "address": facts["proven"],
            "attributes": asked(facts["questions"], answers),
            "this_year": facts["this_year"],
        },
        errors or {},
        refusal(facts),
        facts={"answers": answers, "refusal": None},
    )


def _prefilled(facts: Mapping[str, Any]) -> dict[str, Typed]:
    said = facts.get("prefilled", {}).get("claims", {})
    return {
        one["field"]: stored(one, said[one["id"]])
        for one in facts["questions"]
        if one["id"] in said
    }

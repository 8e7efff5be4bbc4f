"""What a b2x flow asks of a stranger, once, before the guest is created.

Gives `registration`: the `attributes` as they are stored. What the provider and a connector have
said of the person stands on the page. Source: runtime 4.3, 8.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vestibule.journey.collected import Typed, asked, collect, stored
from vestibule.journey.retries import objection, refusal
from vestibule.journey.state import Ask, Form, Given, Journey, Next, Outcome, Stop
from vestibule.journey.strangers import Stranger, stranger
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
    who = stranger(facts)
    answers = facts.get("answers") or _prefilled(facts, who)
    return Ask(
        "guestdetails",
        {
            "address": who.email,
            "attributes": asked(facts["questions"], answers),
            "this_year": facts["this_year"],
        },
        errors or {},
        refusal(facts),
        facts={"answers": answers, "refusal": None},
    )


def _prefilled(facts: Mapping[str, Any], who: Stranger) -> dict[str, Typed]:
    """What a connector says goes before what the provider says (runtime 6.5)."""
    said = {**who.attributes, **facts.get("prefilled", {}).get("claims", {})}
    return {
        one["field"]: stored(one, said[one["id"]])
        for one in facts["questions"]
        if one["id"] in said
    }

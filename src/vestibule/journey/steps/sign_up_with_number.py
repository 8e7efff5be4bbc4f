"""The sign-up page of somebody whose phone number is proven: answer, create. There is no password.

Source: runtime 5.3, 5.8 (phone sign-up/sign-in).
"""

from __future__ import annotations

from collections.abc import Mapping

from vestibule.journey.collected import asked, collect
from vestibule.journey.retries import objection, refusal
from vestibule.journey.state import Ask, Form, Given, Journey, Next, Outcome, Stop
from vestibule.world import World


def sign_up_with_number(journey: Journey, given: Given, world: World) -> Outcome:
    journey = journey.know({"this_year": world.now().year})
    match given:
        case Form(action="create" | "continue", fields=fields):
            return _create(journey, fields)
        case Form(action="cancel"):
            return Stop("90091", "app.cancelled", to_app=True)
    return _page(journey, objection(journey.facts))


def _create(journey: Journey, fields: Mapping[str, str]) -> Outcome:
    answers = collect(journey.facts["questions"], fields)
    if answers.errors:
        return _page(journey.know({"answers": dict(answers.typed)}), answers.errors)
    account = {
        "phone_number": journey.facts["verified_number"],
        "attributes": dict(answers.values),
    }
    return Next({"registration": account, "answers": dict(answers.typed)})


def _page(journey: Journey, errors: Mapping[str, str] | None = None) -> Ask:
    facts = journey.facts
    answers = facts.get("answers", {})
    return Ask(
        "localaccountsignup",
        {
            "by_number": True,
            "number": facts["verified_number"],
            "by_name": False,
            "verify_email": False,
            "verified": True,
            "attributes": asked(facts["questions"], answers),
            "this_year": facts["this_year"],
        },
        errors or {},
        refusal(facts),
        facts={"answers": answers, "refusal": None},
    )

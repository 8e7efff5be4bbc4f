"""The profile page: the flow's attributes as they are stored, to be changed.

The address that one signs in with and the password are not among them.
Source: runtime 5.6.
"""

from __future__ import annotations

from collections.abc import Mapping

from vestibule.journey.collected import asked, collect, stored
from vestibule.journey.effects import UpdateUser, UserGone, UserUpdated
from vestibule.journey.state import Ask, Back, Do, Form, Given, Journey, Next, Outcome, Stop
from vestibule.world import World

_READ_BEFORE = ("claims", "answers", "questions")


def edit_profile(journey: Journey, given: Given, world: World) -> Outcome:
    journey = journey.know({"this_year": world.now().year})
    match given:
        case Form(action="continue", fields=fields):
            return _continue(journey, fields)
        case Form(action="cancel"):
            return Stop("90091", "app.cancelled", to_app=True)
        case UserUpdated():
            return Next({"edited": True}, drop=_READ_BEFORE)
        case UserGone():  # or what the session was worth: reading again tells
            return Back(("claims",))
    return _page(journey)


def _continue(journey: Journey, fields: Mapping[str, str]) -> Outcome:
    facts = journey.facts
    answers = collect(facts["questions"], fields)
    if answers.errors:
        return _page(journey.know({"answers": dict(answers.typed)}), answers.errors)
    changed = {one["id"]: answers.values.get(one["id"]) for one in facts["questions"]}
    return Do(
        UpdateUser(facts["user"], changed, journey.signed_in_at), {"answers": dict(answers.typed)}
    )


def _page(journey: Journey, errors: Mapping[str, str] | None = None) -> Ask:
    facts = journey.facts
    answers = facts.get("answers") or {
        one["field"]: stored(one, facts["claims"].get(one["claim"])) for one in facts["questions"]
    }
    return Ask(
        "selfasserted.profileupdate",
        {"attributes": asked(facts["questions"], answers), "this_year": facts["this_year"]},
        errors or {},
        facts={"answers": answers},
    )

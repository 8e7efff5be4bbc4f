"""Turn a proven identity and the answers into a guest of the tenant. Source: runtime 8.5."""

from __future__ import annotations

from vestibule.journey.effects import (
    CreateGuest,
    GuestAdmitted,
    SignUpClosed,
    UserCreated,
    UserGone,
)
from vestibule.journey.realms import STRANGER
from vestibule.journey.state import Back, Do, Given, Journey, Next, Outcome, Stop
from vestibule.journey.strangers import stranger
from vestibule.world import World

_SERVED = ("registration", "questions", "answers", "prefilled")


def create_guest(journey: Journey, given: Given, _world: World) -> Outcome:
    facts = journey.facts
    match given:
        case UserCreated(user=user):
            return Next({"user": user, "new_user": True}, drop=_SERVED)
        case GuestAdmitted(user=user):  # another browser was first
            return Next({"user": user}, drop=_SERVED)
        case UserGone():
            return Stop("AADSTS50057", "account.disabled")
        case SignUpClosed():
            outside = {**facts["account"], "realm": STRANGER}
            return Back(_SERVED, {"account": outside, "sign_up_offered": False})
    who = stranger(facts)
    elsewhere = (who.issuer, who.subject) if "identity" in facts else ("", "")
    called = {name: text for name, text in who.attributes.items() if name == "displayName"}
    attributes = {**called, **facts["registration"]["attributes"]}  # of the two the answer
    return Do(CreateGuest(who.email, attributes, *elsewhere))

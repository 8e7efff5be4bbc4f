"""A guest of this tenant has proved the address: let in, the invitation accepted. Whom a passcode
does not let in, because there is a password, is asked for that.

Source: runtime 8.5; Microsoft Graph user resource, externalUserState.
"""

from __future__ import annotations

from vestibule.journey.effects import AdmitGuest, GuestAdmitted, UserGone
from vestibule.journey.realms import PASSWORD
from vestibule.journey.state import Back, Do, Given, Journey, Next, Outcome, Stop
from vestibule.world import World


def admit_guest(journey: Journey, given: Given, _world: World) -> Outcome:
    facts = journey.facts
    match given:
        case GuestAdmitted(user=user):
            return Next({"user": user})
        case UserGone(why="member"):
            account = {**facts["account"], "realm": PASSWORD, "code_offered": False}
            return Back(("proven",), {"account": account})
        case UserGone(why="disabled"):
            return Stop("AADSTS50057", "account.disabled")
        case UserGone():
            return Stop("AADSTS50034", "account.gone")
    return Do(AdmitGuest(facts["account"]["user"], facts["proven"]))

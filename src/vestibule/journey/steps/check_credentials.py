"""A name and a password that an application collected itself: no page, one try, one answer.

Whoever drives such a flow has the form at hand, so nothing is ever shown. Source: runtime 5.7.
"""

from __future__ import annotations

from vestibule.journey.effects import CheckPassword, PasswordExpired, PasswordRight, PasswordWrong
from vestibule.journey.state import Ask, Do, Form, Given, Journey, Next, Outcome, Stop
from vestibule.world import World


def check_credentials(_journey: Journey, given: Given, world: World) -> Outcome:
    match given:
        case Form(action="signin", fields=fields):
            return Do(CheckPassword(fields["username"].strip(), fields["password"]))
        case PasswordRight(user=user):
            return Next({"user": user, "auth_time": world.now().timestamp()})
        case PasswordWrong(why="busy"):
            return Stop("90244", "server.busy", to_app=True)
        case PasswordWrong() | PasswordExpired():  # there is no page to change it on
            return Stop("90225", "account.refused", to_app=True)
    return Ask("")

"""The password of a named account, on a page of its own. Source: runtime 8.5, 12.3."""

from __future__ import annotations

from collections.abc import Mapping

from vestibule.journey.effects import (
    CheckPassword,
    PasswordExpired,
    PasswordRight,
    PasswordWrong,
)
from vestibule.journey.realms import ANOTHER
from vestibule.journey.state import Ask, Back, Do, Form, Given, Journey, Next, Outcome
from vestibule.world import World

_WRONG: Mapping[str, tuple[str, str, str]] = {  # why → field, text, number
    "unknown": ("passwd", "account.refused", "AADSTS50126"),
    "wrong": ("passwd", "account.refused", "AADSTS50126"),
    "refused": ("passwd", "account.refused", "AADSTS50126"),
    "locked": ("", "account.locked", "AADSTS50053"),
    "disabled": ("", "account.disabled", "AADSTS50057"),
    "busy": ("", "server.busy", "AADSTS90033"),
}


def account_password(journey: Journey, given: Given, world: World) -> Outcome:
    account = journey.facts["account"]
    name = account["name"]
    match given:
        case Form(action="back"):
            return Back(ANOTHER)
        case Form(action="signin", fields=fields):
            password = fields.get("passwd", "")
            if not password:
                return _page(name, {"passwd": "password.required"})
            return Do(CheckPassword(name, password, account["user"]))
        case PasswordRight(user=user):
            return Next({"user": user, "auth_time": int(world.now().timestamp())})
        case PasswordExpired():
            return _page(name, {"": "password.expired"}, "AADSTS50055")
        case PasswordWrong(why=why):
            field, text, code = _WRONG[why]
            return _page(name, {field: text}, code)
    return _page(name)


def _page(name: str, errors: Mapping[str, str] | None = None, code: str = "") -> Ask:
    return Ask("accountpassword", {"name": name}, errors or {}, code=code)

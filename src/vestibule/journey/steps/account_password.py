"""The password of a named account, on a page of its own. Source: runtime 8.5, 12.3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vestibule.journey.effects import (
    CheckPassword,
    PasswordExpired,
    PasswordRight,
    PasswordWrong,
)
from vestibule.journey.realms import ANOTHER, MAIL
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
    match given:
        case Form(action="back"):
            return Back(ANOTHER)
        case Form(action="code") if account.get("code_offered"):
            return Back((), {"account": {**account, "realm": MAIL}})
        case Form(action="signin", fields=fields):
            password = fields.get("passwd", "")
            if not password:
                return _page(account, {"passwd": "password.required"})
            return Do(CheckPassword(account["name"], password, account["user"]))
        case PasswordRight(user=user):
            return Next({"user": user, "auth_time": world.now().timestamp()})
        case PasswordExpired():
            return _page(account, {"": "password.expired"}, "AADSTS50055")
        case PasswordWrong(why=why):
            field, text, code = _WRONG[why]
            return _page(account, {field: text}, code)
    return _page(account)


def _page(
    account: Mapping[str, Any], errors: Mapping[str, str] | None = None, code: str = ""
) -> Ask:
    model = {"name": account["name"], "show_code": account.get("code_offered", False)}
    return Ask("accountpassword", model, errors or {}, code=code)

"""The combined page: sign in with an e-mail address and a password, or go to sign up.

Source: runtime 5.2 (1, 2a), 5.10.
"""

from __future__ import annotations

from collections.abc import Mapping

from vestibule.addresses import ADDRESS_LIMIT
from vestibule.journey.effects import CheckPassword, PasswordRight, PasswordWrong
from vestibule.journey.state import Ask, Do, Form, Given, Journey, Next, Outcome, Stop
from vestibule.world import World

_NAME_FIELDS = ("signInName", "email", "logonIdentifier")  # B2C's names, by kind of account

_WRONG: Mapping[str, tuple[str, str, str]] = {  # why → field, text, AADB2C number
    "unknown": ("signInName", "account.unknown", "90053"),
    "wrong": ("password", "password.wrong", "90054"),
    "refused": ("", "account.refused", "90054"),
    "locked": ("", "account.locked", "90114"),
    "disabled": ("", "account.disabled", "90111"),
    "busy": ("", "server.busy", "90244"),
}


def sign_in_or_up(journey: Journey, given: Given, world: World) -> Outcome:
    match given:
        case Form(action="signin", fields=fields):
            return _sign_in(journey, fields)
        case Form(action="signup") if journey.facts["show_sign_up"]:
            return Next({"choice": "signUp"})
        case Form(action="forgot") if journey.facts["show_forgot_password"]:
            return Stop("90118", "app.forgot_password", to_app=True)
        case PasswordRight(user=user):
            entered = int(world.now().timestamp())
            return Next({"choice": "signIn", "user": user, "auth_time": entered})
        case PasswordWrong(why=why):
            field, text, code = _WRONG[why]
            return _page(journey, {field: text}, code=code)
    return _page(journey)


def _sign_in(journey: Journey, fields: Mapping[str, str]) -> Outcome:
    name = next((fields[field].strip() for field in _NAME_FIELDS if field in fields), "")
    password = fields.get("password", "")
    typed = journey.know({"sign_in_name": name[:ADDRESS_LIMIT]})
    errors = {}
    if not name:
        errors["signInName"] = "email.required"
    elif len(name) > ADDRESS_LIMIT:
        errors["signInName"] = "email.invalid"
    if not password:
        errors["password"] = "password.required"
    if errors:
        return _page(typed, errors)
    return Do(CheckPassword(name, password), {"sign_in_name": name})


def _page(journey: Journey, errors: Mapping[str, str] | None = None, *, code: str = "") -> Ask:
    facts = journey.facts
    name = facts.get("sign_in_name", facts.get("login_hint") or "")
    return Ask(
        "signuporsignin",
        {
            "sign_in_name": name,
            "show_sign_up": facts["show_sign_up"],
            "show_forgot_password": facts["show_forgot_password"],
        },
        errors or {},
        code=code,
        facts={"sign_in_name": name},
    )

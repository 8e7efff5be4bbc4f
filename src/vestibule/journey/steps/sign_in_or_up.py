"""The combined page: sign in with an e-mail address and a password, or go elsewhere.

What it offers (`show_sign_up`, `show_forgot_password`, `reset_here`, `show_remember`,
`forced_change`) is told by the plan. Source: runtime 5.2 (1, 2a), 5.4, 5.8, 5.10.
"""

from __future__ import annotations

from collections.abc import Mapping

from vestibule.addresses import ADDRESS_LIMIT
from vestibule.journey.effects import (
    CheckPassword,
    PasswordExpired,
    PasswordRight,
    PasswordWrong,
)
from vestibule.journey.providers import chosen
from vestibule.journey.state import Ask, Do, Form, Given, Journey, Next, Outcome, Stop
from vestibule.world import World

_NAME_FIELDS = ("signInName", "email", "logonIdentifier")  # B2C's names, by kind of account
_YES = frozenset({"true", "on"})

_WRONG: Mapping[str, tuple[str, str, str]] = {  # why → field, text, AADB2C number
    "unknown": ("signInName", "account.unknown", "90053"),
    "wrong": ("password", "password.wrong", "90054"),
    "refused": ("", "account.refused", "90054"),
    "locked": ("", "account.locked", "90114"),
    "disabled": ("", "account.disabled", "90111"),
    "busy": ("", "server.busy", "90244"),
    "expired": ("password", "password.expired", "90054"),
}


def sign_in_or_up(journey: Journey, given: Given, world: World) -> Outcome:
    return chosen(journey, given) or _asked(journey, given, world)


def _asked(journey: Journey, given: Given, world: World) -> Outcome:
    facts = journey.facts
    match given:
        case Form(action="signin" | "continue", fields=fields):
            return _sign_in(journey, fields)
        case Form(action="signup") if facts["show_sign_up"]:
            return Next({"choice": "signUp"})
        case Form(action="forgot") if facts["show_forgot_password"]:
            return _forgotten(journey)
        case PasswordRight(user=user):
            entered = world.now().timestamp()
            signed_in = {"choice": "signIn", "user": user, "auth_time": entered}
            return Next({**signed_in, **_remembered(journey)})
        case PasswordExpired(user=user, proof=proof) if facts["forced_change"]:
            expired = {"choice": "signIn", "password_proof": {"user": user, "proof": proof}}
            return Next({**expired, **_remembered(journey)})
        case PasswordExpired():
            return _wrong(journey, "expired")
        case PasswordWrong(why=why):
            return _wrong(journey, why)
    return _page(journey, {"": "proof.spent"} if facts.get("proof_spent") else {})


def _sign_in(journey: Journey, fields: Mapping[str, str]) -> Outcome:
    name = next((fields[field].strip() for field in _NAME_FIELDS if field in fields), "")
    password = fields.get("password", "")
    remember = fields.get("rememberMe", "").lower() in _YES and journey.facts["show_remember"]
    typed = journey.know({"sign_in_name": name[:ADDRESS_LIMIT], "remember": remember})
    errors = {}
    if not name:
        errors["signInName"] = f"{'username' if journey.facts['by_name'] else 'email'}.required"
    elif len(name) > ADDRESS_LIMIT:
        errors["signInName"] = "email.invalid"
    if not password:
        errors["password"] = "password.required"
    if errors:
        return _page(typed, errors)
    return Do(CheckPassword(name, password), {"sign_in_name": name, "remember": remember})


def _forgotten(journey: Journey) -> Outcome:
    """On in this run, or back to the application, which knows the flow for it."""
    if journey.facts["reset_here"]:
        return Next({"choice": "resetPassword"})
    return Stop("90118", "app.forgot_password", to_app=True)


def _remembered(journey: Journey) -> dict[str, bool]:
    return {"keep_signed_in": True} if journey.facts.get("remember") else {}


def _wrong(journey: Journey, why: str) -> Ask:
    field, text, code = _WRONG[why]
    return _page(journey, {field: text}, code=code)


def _page(journey: Journey, errors: Mapping[str, str] | None = None, *, code: str = "") -> Ask:
    facts = journey.facts
    name = facts.get("sign_in_name", facts.get("login_hint") or "")
    remember = facts.get("remember", False)
    return Ask(
        "signuporsignin",
        {
            "sign_in_name": name,
            "by_name": facts["by_name"],
            "providers": list(facts.get("providers", ())),
            "show_sign_up": facts["show_sign_up"],
            "show_forgot_password": facts["show_forgot_password"],
            "show_remember": facts["show_remember"],
            "remember": remember,
        },
        errors or {},
        code=code,
        facts={"sign_in_name": name, "remember": remember, "proof_spent": False},
    )

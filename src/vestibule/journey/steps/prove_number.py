"""Whose phone it is: somebody who reads its text messages signs in with the number, or signs up.

What the page is for (`signs_in`, `signs_up`, `show_remember`) is told by the plan. Facts kept
here: `country` as chosen, `number` as typed and in E.164 once a code was asked for, `code_sent_to`
(E.164, "" for none). Gives `verified_number` with the `choice` that it makes, and maybe `user`.
Source: runtime 5.8 (phone sign-up/sign-in), 5.10.
"""

from __future__ import annotations

from collections.abc import Mapping

from vestibule.journey import phones
from vestibule.journey.address import CODE_LENGTH
from vestibule.journey.effects import (
    CheckCode,
    CodeNotSent,
    CodeRight,
    CodeSent,
    CodeWrong,
    SendCode,
    UserGone,
)
from vestibule.journey.providers import chosen
from vestibule.journey.retries import TOO_MANY, counted, exhausted
from vestibule.journey.state import Ask, Do, Form, Given, Journey, Next, Outcome, Stop
from vestibule.world import World

PURPOSE = "phoneNumber"
_COUNTRY_LIMIT = 8  # characters
_YES = frozenset({"true", "on"})
_REFUSED = {  # why → text, AADB2C number
    "exists": ("account.exists", ""),
    "unknown": ("account.not_found", "90053"),
    "disabled": ("account.disabled", "90111"),
}


def prove_number(journey: Journey, given: Given, world: World) -> Outcome:
    return chosen(journey, given) or _asked(journey, given, world)


def _asked(journey: Journey, given: Given, world: World) -> Outcome:
    facts = journey.facts
    match given:
        case Form(action="send_code", fields=fields):
            return _send_code(_remembering(journey, fields), fields)
        case Form(action="continue" | "verify_code", fields=fields):
            return _check_code(_remembering(journey, fields), fields)
        case Form(action="change_number"):
            return _page(journey.know({"code_sent_to": ""}))
        case Form(action="cancel") if not facts["signs_in"]:
            return Stop("90091", "app.cancelled", to_app=True)
        case CodeSent():
            return _page(journey.know({"code_sent_to": facts["number"]}))
        case CodeNotSent(why=why):
            text = "phone.throttled" if why == "throttled" else f"code.{why}"
            return _page(journey, {"number": text})
        case CodeWrong(why=why):
            return _page(journey, {"verificationCode": f"code.{why}"})
        case CodeRight() as right:
            return _proven(journey, right, world.now().timestamp())
        case UserGone(why=why):
            return _refused(journey, why)
    taken = facts.get("taken", "") == facts.get("number")
    return _page(journey, {"number": "account.exists"} if taken else {})


def _remembering(journey: Journey, fields: Mapping[str, str]) -> Journey:
    ticked = fields.get("rememberMe", "").lower() in _YES
    return journey.know({"remember": ticked and journey.facts["show_remember"]})


def _send_code(journey: Journey, fields: Mapping[str, str]) -> Outcome:
    country = fields.get("countryCode", journey.facts.get("country", "")).strip()[:_COUNTRY_LIMIT]
    typed = fields.get("number", "").strip()[: phones.NUMBER_LIMIT]
    known = {"country": country, "remember": journey.facts["remember"]}
    number = phones.e164(typed, country)
    if not number:
        errors = _wrong(typed, country)
        return _page(journey.know({**known, "number": typed, "code_sent_to": ""}), errors)
    sent_to = journey.facts.get("code_sent_to", "")
    still = sent_to if sent_to == number else ""
    return Do(SendCode(number, PURPOSE), {**known, "number": number, "code_sent_to": still})


def _wrong(typed: str, country: str) -> dict[str, str]:
    errors = (
        {} if phones.calling_code(country) or "+" in typed else {"countryCode": "phone.country"}
    )
    if not typed:
        errors["number"] = "phone.required"
    return errors or {"number": "phone.invalid"}


def _check_code(journey: Journey, fields: Mapping[str, str]) -> Outcome:
    sent_to = journey.facts.get("code_sent_to", "")
    code = fields.get("verificationCode", "").strip()
    shown = fields.get("number", sent_to)
    country = journey.facts.get("country", "")
    if not sent_to or phones.e164(shown, country) != sent_to:
        return _page(journey, {"number": "phone.not_sent"})
    if len(code) != CODE_LENGTH or not code.isascii() or not code.isdigit():
        return _page(journey, {"verificationCode": "phone.malformed"})
    return Do(CheckCode(sent_to, PURPOSE, code), {"remember": journey.facts["remember"]})


def _proven(journey: Journey, right: CodeRight, entered: float) -> Outcome:
    facts = journey.facts
    proven = {"verified_number": right.address}
    if right.user and facts["signs_in"]:
        kept = {"keep_signed_in": True} if facts.get("remember") else {}
        signed_in = {"choice": "signIn", "user": right.user, "auth_time": entered}
        return Next({**proven, **signed_in, **kept})
    if not right.user and facts["signs_up"]:
        return Next({**proven, "choice": "signUp"})
    return _refused(journey, "exists" if right.user else "unknown")


def _refused(journey: Journey, why: str) -> Outcome:
    if exhausted(journey.facts):
        return TOO_MANY
    text, code = _REFUSED.get(why, _REFUSED["unknown"])
    known = journey.know({"code_sent_to": "", **counted(journey.facts)})
    return _page(known, {"number": text}, code=code)


def _page(journey: Journey, errors: Mapping[str, str] | None = None, *, code: str = "") -> Ask:
    facts = journey.facts
    hint = facts.get("login_hint") or ""
    known = {
        "country": facts.get("country", ""),
        "number": facts.get("number", hint[: phones.NUMBER_LIMIT] if "+" in hint else ""),
        "code_sent_to": facts.get("code_sent_to", ""),
        "remember": facts.get("remember", False),
    }
    return Ask(
        "localaccountsignin",
        {
            "country": known["country"],
            "number": known["number"],
            "code_sent": bool(known["code_sent_to"]),
            "providers": list(facts.get("providers", ())),
            "signs_in": facts["signs_in"],
            "signs_up": facts["signs_up"],
            "show_remember": facts["show_remember"],
            "remember": known["remember"],
        },
        errors or {},
        {"length": CODE_LENGTH},
        code=code,
        facts={**known, **({"retries": facts["retries"]} if "retries" in facts else {})},
    )

"""The sign-up page: verify an e-mail address with a code, choose a password, create.

Facts kept here: `email` as last typed, `code_sent_to`, `verified` (addresses, "" for none).
Source: runtime 5.2 (2b), 5.8, 5.10.
"""

from __future__ import annotations

from collections.abc import Mapping

from vestibule.journey.effects import (
    CheckCode,
    CodeNotSent,
    CodeRight,
    CodeSent,
    CodeWrong,
    HashPassword,
    PasswordHashed,
    PasswordWrong,
    SendCode,
)
from vestibule.journey.state import Ask, Do, Form, Given, Journey, Next, Outcome, Stop
from vestibule.journey.typed import ADDRESS_LIMIT, is_address, keeps_rules, same_address
from vestibule.world import World

PURPOSE = "signUp"
CODE_LENGTH = 6

_NOT_VERIFIED = {"code_sent_to": "", "verified": ""}


def sign_up(journey: Journey, given: Given, _world: World) -> Outcome:
    if isinstance(given, Form):
        return _form(journey, given)
    facts = journey.facts
    match given:
        case CodeSent():
            return _page(journey.know({"code_sent_to": facts["email"]}))
        case CodeNotSent(why=why):
            return _page(journey, {"email": f"code.{why}"})
        case CodeRight(address=address):
            return _page(journey.know({"verified": address, "email": address}))
        case CodeWrong(why=why):
            return _page(journey, {"verificationCode": f"code.{why}"})
        case PasswordHashed(hash=hashed):
            account = {"email": facts["verified"], "password_hash": hashed, "attributes": {}}
            return Next({"registration": account})
        case PasswordWrong():
            return _page(journey, {"": "server.busy"})
    if "taken" in facts and same_address(facts["taken"], facts.get("verified", "")):
        return _page(journey, {"email": "account.exists"})
    return _page(journey)


def _form(journey: Journey, form: Form) -> Outcome:
    match form.action:
        case "send_code":
            return _send_code(journey, form.fields)
        case "verify_code":
            return _verify_code(journey, form.fields)
        case "change_email":
            return _page(journey.know(_NOT_VERIFIED))
        case "create":
            return _create(journey, form.fields)
        case "cancel":
            return Stop("90091", "app.cancelled", to_app=True)
    return _page(journey)


def _send_code(journey: Journey, fields: Mapping[str, str]) -> Outcome:
    address = fields.get("email", "").strip()
    sent_to = journey.facts.get("code_sent_to", "")
    typed = {
        "email": address[:ADDRESS_LIMIT],
        "code_sent_to": sent_to if same_address(address, sent_to) else "",
        "verified": "",
    }
    if not address:
        return _page(journey.know(typed), {"email": "email.required"})
    if not is_address(address):
        return _page(journey.know(typed), {"email": "email.invalid"})
    return Do(SendCode(address, PURPOSE), typed)


def _verify_code(journey: Journey, fields: Mapping[str, str]) -> Outcome:
    sent_to = journey.facts.get("code_sent_to", "")
    address = fields.get("email", sent_to).strip()
    code = fields.get("code", "").strip()
    if not sent_to or not same_address(address, sent_to):
        return _page(journey, {"email": "code.not_sent"})
    if len(code) != CODE_LENGTH or not code.isascii() or not code.isdigit():
        return _page(journey, {"verificationCode": "code.malformed"})
    return Do(CheckCode(sent_to, PURPOSE, code))


def _create(journey: Journey, fields: Mapping[str, str]) -> Outcome:
    address = fields.get("email", "").strip()
    password = fields.get("newPassword", "")
    verified = journey.facts.get("verified", "")
    errors = {}
    if not verified or not same_address(address, verified):
        errors["email"] = "email.unverified"
    if not password:
        errors["newPassword"] = "password.required"
    elif not keeps_rules(password, journey.facts["password_rules"]):
        errors["newPassword"] = "password.rules"
    elif fields.get("reenterPassword", "") != password:
        errors["reenterPassword"] = "password.mismatch"
    if errors:
        return _page(journey, errors)
    return Do(HashPassword(password))


def _page(journey: Journey, errors: Mapping[str, str] | None = None) -> Ask:
    facts = journey.facts
    email = facts.get("email", facts.get("sign_in_name", ""))
    code_sent_to, verified = facts.get("code_sent_to", ""), facts.get("verified", "")
    rules = facts["password_rules"]
    return Ask(
        "localaccountsignup",
        {
            "email": email,
            "code_sent": bool(code_sent_to),
            "verified": bool(verified),
            "attributes": [],
            "password_rules": dict(rules),
        },
        errors or {},
        {**rules, "length": CODE_LENGTH},
        facts={"email": email, "code_sent_to": code_sent_to, "verified": verified},
    )

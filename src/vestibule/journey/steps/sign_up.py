"""The sign-up page: verify an e-mail address with a code, choose a password, answer, create.

Facts kept here: `email` as last typed, `code_sent_to`, `verified` (addresses, "" for none);
`answers` as typed and `attributes` as they are stored, once somebody tried to create.
Source: runtime 4.3, 5.2 (2b), 5.8, 5.10.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vestibule.addresses import ADDRESS_LIMIT, is_address
from vestibule.journey.collected import collect, preselected
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
from vestibule.journey.typed import keeps_rules, same_address
from vestibule.world import World

PURPOSE = "signUp"
CODE_LENGTH = 6

_NOT_VERIFIED = {"code_sent_to": "", "verified": ""}


def sign_up(journey: Journey, given: Given, world: World) -> Outcome:
    journey = journey.know({"this_year": world.now().year})
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
            attributes = facts.get("attributes", {})
            account = {"email": _address(facts), "password_hash": hashed, "attributes": attributes}
            return Next({"registration": account}, drop=("attributes",))
        case PasswordWrong():
            return _page(journey, {"": "server.busy"})
    if "taken" in facts and same_address(facts["taken"], _address(facts)):
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
    answers = collect(journey.facts["questions"], fields)
    kept: dict[str, Any] = {"answers": dict(answers.typed)}
    errors = {**_account_errors(journey.facts, fields), **answers.errors}
    if not journey.facts["verify_email"]:
        kept["email"] = fields.get("email", "").strip()[:ADDRESS_LIMIT]
    if errors:
        return _page(journey.know(kept), errors)
    return Do(HashPassword(fields["newPassword"]), {**kept, "attributes": dict(answers.values)})


def _account_errors(facts: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, str]:
    address = fields.get("email", "").strip()
    password = fields.get("newPassword", "")
    verified = facts.get("verified", "")
    errors = {}
    if not facts["verify_email"]:
        if not address:
            errors["email"] = "email.required"
        elif not is_address(address):
            errors["email"] = "email.invalid"
    elif not verified or not same_address(address, verified):
        errors["email"] = "email.unverified"
    if not password:
        errors["newPassword"] = "password.required"
    elif not keeps_rules(password, facts["password_rules"]):
        errors["newPassword"] = "password.rules"
    elif fields.get("reenterPassword", "") != password:
        errors["reenterPassword"] = "password.mismatch"
    return errors


def _address(facts: Mapping[str, Any]) -> str:
    """What the account is to sign in with."""
    return str(facts.get("verified" if facts["verify_email"] else "email", ""))


def _page(journey: Journey, errors: Mapping[str, str] | None = None) -> Ask:
    facts = journey.facts
    email = facts.get("email", facts.get("sign_in_name", ""))
    code_sent_to, verified = facts.get("code_sent_to", ""), facts.get("verified", "")
    answers, rules = facts.get("answers", {}), facts["password_rules"]
    return Ask(
        "localaccountsignup",
        {
            "email": email,
            "email_label": facts["email_label"],
            "verify_email": facts["verify_email"],
            "code_sent": bool(code_sent_to),
            "verified": bool(verified),
            "attributes": [
                {**question, "typed": answers.get(question["field"], preselected(question))}
                for question in facts["questions"]
            ],
            "this_year": facts["this_year"],
            "password_rules": dict(rules),
        },
        errors or {},
        {**rules, "length": CODE_LENGTH},
        facts={
            "email": email,
            "code_sent_to": code_sent_to,
            "verified": verified,
            "answers": answers,
        },
    )

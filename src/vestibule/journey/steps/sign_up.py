"""The sign-up page: verify an e-mail address with a code, choose a password, answer, create.

Facts kept here beside those of the address: `answers` as typed and `attributes` as they are
stored, once somebody tried to create.
Source: runtime 4.3, 5.2 (2b), 5.3, 5.8, 5.10.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vestibule.addresses import ADDRESS_LIMIT, is_address
from vestibule.journey import address
from vestibule.journey.collected import asked, collect
from vestibule.journey.effects import CodeRight, HashPassword, PasswordHashed, PasswordRefused
from vestibule.journey.retries import objection, refusal
from vestibule.journey.state import Ask, Do, Form, Given, Journey, Next, Outcome, Stop
from vestibule.journey.typed import judge, refused, same_address
from vestibule.world import World

PURPOSE, WITH_USER_NAME = "signUp", "userNameSignUp"


def sign_up(journey: Journey, given: Given, world: World) -> Outcome:
    journey = journey.know({"this_year": world.now().year})
    facts = journey.facts
    match given:
        case Form(action="create" | "continue", fields=fields):
            return _create(journey, fields)
        case Form(action="cancel"):
            return Stop("90091", "app.cancelled", to_app=True)
        case CodeRight(address=verified):
            return _page(journey.know({"verified": verified, "email": verified}))
        case PasswordHashed(hash=hashed):
            attributes = facts.get("attributes", {})
            account = {
                "email": _address(facts),
                "password_hash": hashed,
                "attributes": attributes,
                **({"user_name": facts["user_name"]} if facts["by_name"] else {}),
            }
            return Next({"registration": account}, drop=("attributes",))
        case PasswordRefused(why=why):
            return _page(journey, refused(why))
    purpose = WITH_USER_NAME if facts["by_name"] else PURPOSE
    return address.proving(journey, given, purpose, _page) or _page(
        journey, {**_taken(facts), **objection(facts)}
    )


def _create(journey: Journey, fields: Mapping[str, str]) -> Outcome:
    answers = collect(journey.facts["questions"], fields)
    kept: dict[str, Any] = {"answers": dict(answers.typed)}
    errors = {**_account_errors(journey.facts, fields), **answers.errors}
    if not journey.facts["verify_email"]:
        kept["email"] = fields.get("email", "").strip()[:ADDRESS_LIMIT]
    if journey.facts["by_name"]:
        kept["user_name"] = fields.get("signInName", "").strip()[: address.NAME_LIMIT + 1]
    if errors:
        return _page(journey.know(kept), errors)
    return Do(HashPassword(fields["newPassword"]), {**kept, "attributes": dict(answers.values)})


def _account_errors(facts: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, str]:
    typed = fields.get("email", "").strip()
    errors = {}
    if not facts["verify_email"]:
        if not typed:
            errors["email"] = "email.required"
        elif not is_address(typed):
            errors["email"] = "email.invalid"
    elif address.unverified(facts, typed):
        errors["email"] = "email.unverified"
    name = fields.get("signInName", "").strip()
    if facts["by_name"] and not address.is_user_name(name):
        errors["signInName"] = address.name_error(name)
    return {**errors, **judge(fields, facts["password_rules"])}


def _address(facts: Mapping[str, Any]) -> str:
    """What the account is to sign in with."""
    return str(facts.get("verified" if facts["verify_email"] else "email", ""))


def _taken(facts: Mapping[str, Any]) -> dict[str, str]:
    field, name = (
        ("signInName", facts.get("user_name", ""))
        if facts["by_name"]
        else (
            "email",
            _address(facts),
        )
    )
    taken = "taken" in facts and same_address(facts["taken"], name)
    return {field: "account.exists"} if taken else {}


def _page(journey: Journey, errors: Mapping[str, str] | None = None) -> Ask:
    facts = journey.facts
    known, rules = address.shown(facts), facts["password_rules"]
    answers = facts.get("answers", {})
    return Ask(
        "localaccountsignup",
        {
            "email": known["email"],
            "email_label": facts["email_label"],
            "verify_email": facts["verify_email"],
            "code_sent": bool(known["code_sent_to"]),
            "verified": bool(known["verified"]),
            "by_name": facts["by_name"],
            "by_number": False,
            "user_name": known.get("user_name", ""),
            "attributes": asked(facts["questions"], answers),
            "this_year": facts["this_year"],
            "password_rules": dict(rules),
        },
        errors or {},
        {**rules, **refusal(facts), "length": address.CODE_LENGTH},
        facts={**known, "answers": answers, "refusal": None},
    )

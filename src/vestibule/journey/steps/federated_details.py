"""What is asked of somebody who is new here and has come from an identity provider.

The provider's values stand on the page. Its e-mail address cannot be changed there, for it would
no longer be the provider who vouches for it; where there is none, and the flow asks for one, it is
verified with a code. Nothing to ask: no page.

Gives `registration`: `email` and `attributes`, as they are stored.
Source: runtime 4.3, 5.2 (2c), 5.9.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vestibule.addresses import ADDRESS_LIMIT, is_address
from vestibule.journey import address
from vestibule.journey.collected import Typed, asked, choices, collect, preselected, stored
from vestibule.journey.effects import CodeRight
from vestibule.journey.retries import objection, refusal
from vestibule.journey.state import Ask, Form, Given, Journey, Next, Outcome, Stop
from vestibule.world import World

PURPOSE = "federatedSignUp"
_LONGEST = 1024  # characters of a provider's value that are shown


def federated_details(journey: Journey, given: Given, world: World) -> Outcome:
    journey = journey.know({"this_year": world.now().year})
    facts = journey.facts
    match given:
        case Form(action="create" | "continue", fields=fields):
            return _create(journey, fields)
        case Form(action="cancel"):
            return Stop("90091", "app.cancelled", to_app=True)
        case CodeRight(address=verified):
            return _page(journey.know({"verified": verified, "email": verified}))
    settled = not facts["questions"] and not _asks_address(facts)
    if settled and facts.get("refusal") is None:
        return _registered(facts["identity"]["email"], {})
    proving = address.proving(journey, given, PURPOSE, _page) if _verifies(facts) else None
    return proving or _page(journey, objection(facts))


def _create(journey: Journey, fields: Mapping[str, str]) -> Outcome:
    facts = journey.facts
    answers = collect(facts["questions"], fields)
    typed = fields.get("email", "").strip()
    errors = {**_address_errors(facts, typed), **answers.errors}
    kept: dict[str, Any] = {"answers": dict(answers.typed)}
    if _asks_address(facts) and not _verifies(facts):
        kept["email"] = typed[:ADDRESS_LIMIT]
    if errors:
        return _page(journey.know(kept), errors)
    own = facts.get("verified", "") if _verifies(facts) else typed
    found = own if _asks_address(facts) else facts["identity"]["email"]
    registration = _registered(found, dict(answers.values))
    return Next({**registration.facts, **kept})  # an API connector may want it changed


def _registered(email: str, attributes: Mapping[str, Any]) -> Next:
    return Next({"registration": {"email": email, "attributes": dict(attributes)}})


def _asks_address(facts: Mapping[str, Any]) -> bool:
    """The flow asks for one, and the provider told none."""
    return facts["email_asked"] and not facts["identity"]["email"]


def _verifies(facts: Mapping[str, Any]) -> bool:
    return _asks_address(facts) and facts["verify_email"]


def _address_errors(facts: Mapping[str, Any], typed: str) -> dict[str, str]:
    if not _asks_address(facts) or (facts["email_optional"] and not typed):
        return {}
    if _verifies(facts):
        return {"email": "email.unverified"} if address.unverified(facts, typed) else {}
    if not typed:
        return {"email": "email.required"}
    return {} if is_address(typed) else {"email": "email.invalid"}


def _page(journey: Journey, errors: Mapping[str, str] | None = None) -> Ask:
    facts = journey.facts
    identity = facts["identity"]
    answers = facts.get("answers") or _prefilled(facts["questions"], identity["attributes"])
    known = {name: facts.get(name, "") for name in ("email", "code_sent_to", "verified")}
    return Ask(
        "socialccountsignup",
        {
            "provider": identity["provider"],
            "email": known["email"] if _asks_address(facts) else identity["email"],
            "email_label": facts["email_label"],
            "email_asked": facts["email_asked"],
            "email_given": bool(identity["email"]),
            "email_optional": facts["email_optional"],
            "verify_email": _verifies(facts),
            "code_sent": bool(known["code_sent_to"]),
            "verified": bool(known["verified"]),
            "attributes": asked(facts["questions"], answers),
            "this_year": facts["this_year"],
        },
        errors or {},
        {"length": address.CODE_LENGTH, **refusal(facts)},
        facts={**known, "answers": answers, "refusal": None},
    )


def _prefilled(questions: list[Mapping[str, Any]], said: Mapping[str, Any]) -> dict[str, Typed]:
    """What the provider says of each question, as it stands on the page."""
    return {
        one["field"]: _shown(one, said[one["id"]]) if one["id"] in said else preselected(one)
        for one in questions
    }


def _shown(question: Mapping[str, Any], value: Any) -> Typed:
    """A value that is none of the options leaves what was preselected."""
    text = value[:_LONGEST] if isinstance(value, str) else value
    options = [option["value"] for option in choices(question)]
    if options and isinstance(text, str) and not set(text.split(",")) <= set(options):
        return preselected(question)
    return stored(question, text)

"""Whose password is to be set: somebody who reads the mail of a local account's address.

Facts kept here beside those of the address: `proven`, the account and the proof that the last
right code left behind.
Source: runtime 5.5, 5.8.
"""

from __future__ import annotations

from collections.abc import Mapping

from vestibule.journey import address
from vestibule.journey.effects import CodeRight, UserGone
from vestibule.journey.retries import TOO_MANY, counted, exhausted
from vestibule.journey.state import Ask, Form, Given, Journey, Next, Outcome, Stop
from vestibule.world import World

PURPOSE = "passwordReset"
_GONE = {"disabled": ("account.disabled", "90111")}
_UNKNOWN = ("account.not_found", "90053")


def prove_address(journey: Journey, given: Given, _world: World) -> Outcome:
    match given:
        case Form(action="continue", fields=fields):
            return _continue(journey, fields)
        case Form(action="cancel"):
            return Stop("90091", "app.cancelled", to_app=True)
        case CodeRight(address=verified, user=user, proof=proof):
            known = {"verified": verified, "email": verified}
            return _page(journey.know({**known, "proven": {"user": user, "proof": proof}}))
        case UserGone(why=why):
            return _gone(journey, why)
    again = {"": "proof.spent"} if journey.facts.get("proof_spent") else {}
    purpose = address.RESET_BY_NAME if journey.facts["by_name"] else PURPOSE
    return address.proving(journey, given, purpose, _page) or _page(journey, again)


def _continue(journey: Journey, fields: Mapping[str, str]) -> Outcome:
    facts = journey.facts
    if address.unverified(facts, fields.get("email", facts.get("verified", ""))):
        return _page(journey, {"email": "email.unverified"})
    return Next({"password_proof": facts["proven"]}, drop=("proven",))


def _gone(journey: Journey, why: str) -> Outcome:
    if exhausted(journey.facts):
        return TOO_MANY
    text, code = _GONE.get(why, _UNKNOWN)
    known = journey.know({**address.unproven(), **counted(journey.facts)})
    return _page(known, {"email": text}, code=code)


def _page(journey: Journey, errors: Mapping[str, str] | None = None, *, code: str = "") -> Ask:
    facts = journey.facts
    known = address.shown(facts)
    return Ask(
        "localaccountpasswordreset",
        {
            "email": known["email"],
            "code_sent": bool(known["code_sent_to"]),
            "verified": bool(known["verified"]),
            "choosing": False,
            "by_name": facts["by_name"],
            "user_name": known.get("user_name", ""),
        },
        errors or {},
        {"length": address.CODE_LENGTH},
        code=code,
        facts={**known, **_kept(facts), "proof_spent": False},
    )


def _kept(facts: Mapping[str, object]) -> dict[str, object]:
    return {name: facts[name] for name in ("proven", "retries") if name in facts}

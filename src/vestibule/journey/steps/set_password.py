"""A new password, typed twice, for somebody who has proven to be allowed to set it.

Serves the reset (after a code) and the forced change (after the old password). The proof is a
fact of its own, `password_proof`; the effect that writes consumes it.
Source: runtime 5.5, 5.8.
"""

from __future__ import annotations

from collections.abc import Mapping

from vestibule.journey.effects import (
    HashPassword,
    PasswordHashed,
    PasswordRefused,
    PasswordSet,
    ProofSpent,
    SetPassword,
    UserGone,
)
from vestibule.journey.state import Ask, Back, Do, Form, Given, Journey, Next, Outcome, Stop
from vestibule.journey.typed import judge, refused
from vestibule.world import World

RESET, CHANGE = "localaccountpasswordreset", "localaccountpasswordchange"
_DONE = ("password_proof", "proven", "verified", "code_sent_to", "user_name", "email")


def set_password(journey: Journey, given: Given, world: World) -> Outcome:
    facts = journey.facts
    proof = facts["password_proof"]
    match given:
        case Form(action="continue", fields=fields):
            return _continue(journey, fields)
        case Form(action="cancel"):
            return Stop("90091", "app.cancelled", to_app=True)
        case PasswordHashed(hash=hashed):
            return Do(SetPassword(proof["user"], hashed, proof["proof"]))
        case PasswordRefused(why=why):
            return _page(journey, refused(why))
        case PasswordSet():
            entered = world.now().timestamp()
            forgotten = {"is_forgot_password": True} if facts["embedded"] else {}
            return Next({"user": proof["user"], "auth_time": entered, **forgotten}, drop=_DONE)
        case ProofSpent():
            return Back((*_DONE[:-1], *facts["prove_again"]), {"proof_spent": True})
        case UserGone(why="disabled"):
            return Stop("90111", "account.disabled")
        case UserGone():
            return Stop("90053", "account.gone")
    return _page(journey)


def _continue(journey: Journey, fields: Mapping[str, str]) -> Outcome:
    facts = journey.facts
    errors = judge(fields, facts["password_rules"])
    if errors:
        return _page(journey, errors)
    replaced = facts["password_proof"]["user"] if facts["password_page"] == CHANGE else ""
    return Do(HashPassword(fields["newPassword"], replaced))


def _page(journey: Journey, errors: Mapping[str, str] | None = None) -> Ask:
    facts = journey.facts
    rules = dict(facts["password_rules"])
    return Ask(
        facts["password_page"],
        {
            "choosing": True,
            "email": facts.get("user_name") or facts.get("verified", facts.get("sign_in_name", "")),
            "by_name": False,
            "password_rules": rules,
        },
        errors or {},
        rules,
    )

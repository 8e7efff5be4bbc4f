"""The connector at postAttributeCollection is asked before an account is created, of any kind.

What it returns overrides what was typed. It may refuse that, and then the page before is shown
again with its message; a password has to be typed again there, for only its hash was kept, and
not beyond the page. Source: runtime 5.8 (retry limit), 6.1, 6.3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vestibule.journey.connecting import Identity, blocked, failed, federated, local, question
from vestibule.journey.effects import Blocked, ConnectorFailed, Continued, Invalidated
from vestibule.journey.retries import TOO_MANY, counted, exhausted
from vestibule.journey.state import Back, Given, Journey, Next, Outcome
from vestibule.journey.strangers import stranger
from vestibule.world import World

POINT = "postAttributeCollection"


def ask_before_creating(journey: Journey, given: Given, _world: World) -> Outcome:
    facts = journey.facts
    registration = facts["registration"]
    match given:
        case Continued(claims=claims):
            attributes = {**registration["attributes"], **claims}
            judged = {**registration, "attributes": attributes, "judged": True}
            return Next({"registration": judged})
        case Invalidated() if exhausted(facts):
            return TOO_MANY
        case Invalidated(message=message):
            return Back(("registration",), {"refusal": message, **counted(facts)})
        case Blocked() as result:
            return blocked(result)
        case ConnectorFailed() as result:
            return failed(result)
    email, identities = _who(facts)
    return question(journey, POINT, registration["attributes"], email=email, identities=identities)


def _who(facts: Mapping[str, Any]) -> tuple[str, Sequence[Identity]]:
    """The address and the identities of the account that is to be created."""
    registration = facts["registration"]
    if "phone_number" in registration:
        return "", local("phoneNumber", registration["phone_number"])
    if "user_name" in registration:
        return registration["email"], local("userName", registration["user_name"])
    if "password_hash" in registration:
        return registration["email"], local("emailAddress", registration["email"])
    new = stranger(facts)
    identities = federated(new.issuer, new.subject, at_tenant=facts["at_tenant"])
    return registration.get("email") or new.email, identities

"""The connector at postFederationSignup is asked about somebody new who has proved an identity
elsewhere, before the page that asks for attributes; its answer stands on that page.

Gives `prefilled`: `of` whom, and the `claims` by attribute; those of a provider's `identity` as
well. Source: runtime 6.1, 6.3, 8.5.
"""

from __future__ import annotations

from vestibule.journey.connecting import blocked, failed, federated, question
from vestibule.journey.effects import Blocked, ConnectorFailed, Continued
from vestibule.journey.state import Given, Journey, Next, Outcome
from vestibule.journey.strangers import stranger
from vestibule.world import World

POINT = "postFederationSignup"


def ask_after_federation(journey: Journey, given: Given, _world: World) -> Outcome:
    facts = journey.facts
    new = stranger(facts)
    match given:
        case Continued(claims=claims):
            known = {"prefilled": {"of": new.key, "claims": dict(claims)}}
            if "identity" in facts:
                said = {**facts["identity"]["attributes"], **claims}
                known["identity"] = {**facts["identity"], "attributes": said}
            return Next(known)
        case Blocked() as result:
            return blocked(result)
        case ConnectorFailed() as result:
            return failed(result)
    assigned = set(facts["accepts"].values())
    return question(
        journey,
        POINT,
        {name: value for name, value in new.attributes.items() if name in assigned},
        email=new.email,
        identities=federated(new.issuer, new.subject, at_tenant=facts["at_tenant"]),
    )

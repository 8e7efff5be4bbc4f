"""What the steps have in common that ask an API connector: the question, and how it can end.

The plan tells such a step the `connector` (its id), `accepts` (the short name of an attribute that
the answer may set → what it is called here) and `at_tenant`, whether the flow is a b2x flow, whose
questions hold less. Source: runtime 6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vestibule.journey.effects import Blocked, CallConnector, ConnectorFailed
from vestibule.journey.state import Do, Journey, Stop

Identity = Mapping[str, str]

TOLD_TO_GUEST_FLOWS = frozenset({"google.com", "facebook.com", "mail"})
"""Issuers whose identities a connector of a b2x flow is told (runtime 6.2)."""


def question(
    journey: Journey,
    point: str,
    attributes: Mapping[str, Any],
    *,
    email: str,
    identities: Sequence[Identity] = (),
    user: str = "",
) -> Do:
    """What has no value is not sent (runtime 6.2). `point`: the key of the step in Graph."""
    facts = journey.facts
    claims = {
        "email": email,
        "identities": list(identities),
        **attributes,
        "ui_locales": journey.language,
    }
    if not facts["at_tenant"]:
        claims |= {
            "objectId": user,
            "client_id": facts.get("client_id", ""),
            "step": point[0].upper() + point[1:],
        }
    sent = {name: value for name, value in claims.items() if value not in (None, "", [])}
    return Do(CallConnector(facts["connector"], point, sent, facts["accepts"], user))


def federated(issuer: str, subject: str, *, at_tenant: bool) -> list[Identity]:
    """An identity of somebody who proves it elsewhere, where it may be told."""
    if at_tenant and issuer not in TOLD_TO_GUEST_FLOWS:
        return []
    return [{"signInType": "federated", "issuer": issuer, "issuerAssignedId": subject}]


def local(kind: str, name: str) -> list[Identity]:
    """The sign-in name of an account of the tenant's own: whoever sends it adds the issuer."""
    return [{"signInType": kind, "issuerAssignedId": name}] if name else []


def blocked(result: Blocked) -> Stop:
    """The journey ends with what the connector says, and nothing was created."""
    text = "connector.message" if result.message else "connector.blocked"
    return Stop("", text, {"refusal": result.message})


def failed(result: ConnectorFailed, *, silent: bool = False) -> Stop:
    """Nobody goes on past a connector that does not answer as it should. The person is told, and
    where no page may be shown (`silent`) the application is."""
    return Stop(result.code, result.text, result.arguments, to_app=silent)

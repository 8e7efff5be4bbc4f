"""The flow does not offer the provider any more with which somebody goes on, which may be the
tenant's own accounts: what is known by it counts for nothing, and the question before is asked
again.

Source: security.md (T21: a provider taken away while somebody is there).
"""

from __future__ import annotations

from vestibule.journey.providers import BACK
from vestibule.journey.realms import ANOTHER
from vestibule.journey.state import Back, Given, Journey, Outcome
from vestibule.world import World


def provider_gone(journey: Journey, _given: Given, _world: World) -> Outcome:
    return Back(ANOTHER if journey.facts["guests"] else (*BACK, *_OF_A_STRANGER))


_OF_A_STRANGER = (
    *("registration", "answers", "prefilled", "email", "code_sent_to", "verified"),
    "password_proof",
)
"""What was asked of, told about, or proved by somebody."""

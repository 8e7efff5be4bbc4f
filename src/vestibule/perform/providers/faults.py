"""Why a provider did not tell who somebody is."""

from __future__ import annotations

from vestibule.journey.effects import ProviderFailed
from vestibule.perform.http import Unanswered

ANSWER = "90273"  # the provider's answer cannot be believed, or says no
CLIENT = "90243"  # what we prove ourselves by is not right
UNREACHED = "90289"  # no answer


class Failed(Exception):
    """`code` is the AADB2C number; `reason` is a sentence for whoever configured the provider. It
    never repeats what a provider sent, except names of our own choosing."""

    def __init__(self, reason: str, *, code: str = ANSWER, denied: bool = False) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.denied = denied

    def result(self) -> ProviderFailed:
        return ProviderFailed(self.code, self.reason, denied=self.denied)


def unreached(what: str, problem: Unanswered) -> Failed:
    """`what` was asked for ("The keys"). The reason tells no more than an attacker may learn."""
    if problem.why == "too large":
        return Failed(f"{what} of the identity provider is too large.")
    return Failed(f"{what} of the identity provider cannot be reached.", code=UNREACHED)

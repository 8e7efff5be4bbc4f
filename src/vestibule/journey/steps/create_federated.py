"""Turn an identity and the answers into an account that signs in at the provider."""

from __future__ import annotations

from vestibule.journey.effects import CreateFederated, IdentityTaken, UserCreated, UserExists
from vestibule.journey.state import Do, Given, Journey, Next, Outcome, Stop
from vestibule.world import World

_SERVED = ("registration", "answers", "questions", "email", "code_sent_to", "verified")


def create_federated(journey: Journey, given: Given, _world: World) -> Outcome:
    identity, registration = journey.facts["identity"], journey.facts["registration"]
    match given:
        case UserCreated(user=user):
            return Next({"user": user, "new_user": True}, drop=_SERVED)
        case IdentityTaken(user=user):  # another journey of theirs was first
            return Next({"user": user}, drop=_SERVED)
        case UserExists():
            reason = "Another account has nearly the same identity."
            return Stop("90273", "app.provider.failed", {"reason": reason}, to_app=True)
    return Do(
        CreateFederated(
            issuer=identity["issuer"],
            subject=identity["subject"],
            email=registration["email"],
            attributes=registration["attributes"],
        )
    )

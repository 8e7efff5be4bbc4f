"""Turn what the sign-up page collected into an account."""

from __future__ import annotations

from vestibule.journey.effects import CreateUser, UserCreated, UserExists
from vestibule.journey.retries import TOO_MANY, counted, exhausted
from vestibule.journey.state import Back, Do, Given, Journey, Next, Outcome
from vestibule.world import World

_SERVED = ("registration", "answers", "questions")
_NUMBER = ("registration", "choice", "verified_number", "code_sent_to")


def create_account(journey: Journey, given: Given, world: World) -> Outcome:
    registration = journey.facts["registration"]
    match given:
        case UserCreated(user=user):
            entered = world.now().timestamp()
            return Next({"user": user, "new_user": True, "auth_time": entered}, drop=_SERVED)
        case UserExists() if exhausted(journey.facts):
            return TOO_MANY
        case UserExists() if "phone_number" in registration:
            taken = {"taken": registration["phone_number"], **counted(journey.facts)}
            return Back(_NUMBER, taken)
        case UserExists():
            name = registration.get("user_name", registration["email"])
            taken = {"taken": name, **counted(journey.facts)}
            return Back(("registration",), taken)
    return Do(
        CreateUser(
            email=registration.get("email", ""),
            password_hash=registration.get("password_hash", ""),
            attributes=registration["attributes"],
            user_name=registration.get("user_name", ""),
            phone_number=registration.get("phone_number", ""),
        )
    )

"""A passcode by e-mail proves an address: of a guest, or of a stranger who becomes one.

Gives `proven`, the address. It is sent when it is asked for, never by naming an account alone.
Source: runtime 8.4.
"""

from __future__ import annotations

from collections.abc import Mapping

from vestibule.journey.effects import (
    CheckCode,
    CodeNotSent,
    CodeRight,
    CodeSent,
    CodeWrong,
    SendCode,
)
from vestibule.journey.realms import ANOTHER, PASSCODE, PASSCODE_LENGTH
from vestibule.journey.state import Ask, Back, Do, Form, Given, Journey, Next, Outcome
from vestibule.world import World


def email_passcode(journey: Journey, given: Given, world: World) -> Outcome:
    address = journey.facts["account"]["name"]
    match given:
        case Form(action="back"):
            return Back(ANOTHER)
        case Form(action="send_code"):
            return Do(SendCode(address, PASSCODE))
        case Form(action="verify", fields=fields) if journey.facts.get("code_sent"):
            return _verify(journey, address, fields.get("otc", ""))
        case CodeSent():
            return _page(journey.know({"code_sent": True}))
        case CodeNotSent(why=why):
            return _page(journey, {"": f"code.{why}"})
        case CodeRight(address=proven):
            entered = world.now().timestamp()
            return Next({"proven": proven, "auth_time": entered}, drop=("code_sent",))
        case CodeWrong(why=why):
            return _page(journey, {"otc": f"code.{why}"})
    return _page(journey)


def _verify(journey: Journey, address: str, typed: str) -> Outcome:
    code = "".join(typed.split())
    if len(code) != PASSCODE_LENGTH or not code.isascii() or not code.isdigit():
        return _page(journey, {"otc": "code.malformed"})
    return Do(CheckCode(address, PASSCODE, code))


def _page(journey: Journey, errors: Mapping[str, str] | None = None) -> Ask:
    sent = bool(journey.facts.get("code_sent"))
    return Ask(
        "emailpasscode",
        {"address": journey.facts["account"]["name"], "code_sent": sent},
        errors or {},
        {"length": PASSCODE_LENGTH},
        facts={"code_sent": sent},
    )

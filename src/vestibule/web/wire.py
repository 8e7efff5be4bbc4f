"""B2C's page protocol: what a page posts becomes a form of the journey, what the journey shows
becomes the page's JSON.

Source: runtime.md 5.10. The reply to a script is always HTTP 200.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vestibule.errors import Invalid, NotFound
from vestibule.journey.state import Ask, Form, Journey, Leave
from vestibule.texts import Voice
from vestibule.web.exchange import Exchange

_CONTROL = ("displaycontrolaction", "vbeta", "emailverificationcontrol")
_PROTOCOL = frozenset({"csrf_token", "request_type", "turn", "action", "tx", "p"})
_FORGOT_EXCHANGE = "forgotpasswordexchange"
BUSY = "90035"


def scripted(exchange: Exchange) -> bool:
    """Whether a script sent the form and reads the answer."""
    return exchange.request.headers.get("x-requested-with", "").lower() == "xmlhttprequest"


def token(exchange: Exchange, fields: Mapping[str, str]) -> str:
    """The anti-forgery token that came with a form."""
    return exchange.request.headers.get("x-csrf-token", "") or fields.get("csrf_token", "")


def form(fields: Mapping[str, str], rest: tuple[str, ...]) -> Form:
    """What was posted to SelfAsserted, or to a display control below it. Raises Invalid."""
    words = tuple(word.lower() for word in rest)
    if words[: len(_CONTROL)] == _CONTROL:
        return _control(words[len(_CONTROL) :], fields)
    if words:
        raise Invalid("This page has no such control.")
    return _request(fields)


def _control(words: tuple[str, ...], fields: Mapping[str, str]) -> Form:
    match words:
        case ("sendcode",):
            return Form("send_code", {"email": fields.get("email", "")})
        case ("verifycode",):
            code = fields.get("verificationCode", "")
            return Form("verify_code", {"email": fields.get("email", ""), "code": code})
    raise Invalid("The control's actions are SendCode and VerifyCode.")


def _request(fields: Mapping[str, str]) -> Form:
    match fields.get("request_type", "RESPONSE").upper():
        case "VERIFICATION_REQUEST":
            return Form("send_code", {"email": _claim(fields)})
        case "VALIDATION_REQUEST":
            code = fields.get("user_input", "")
            return Form("verify_code", {"email": _claim(fields), "code": code})
        case "RESPONSE":
            typed = {name: text for name, text in fields.items() if name not in _PROTOCOL}
            return Form(_action(fields), typed, _turn(fields))
    raise Invalid(
        "The request_type is RESPONSE, VERIFICATION_REQUEST or VALIDATION_REQUEST.",
        target="request_type",
    )


def _claim(fields: Mapping[str, str]) -> str:
    if fields.get("claim_id", "") != "email":
        raise Invalid("Only the claim email can be verified here.", target="claim_id")
    return fields.get("claim_value", "")


def _action(fields: Mapping[str, str]) -> str:
    """The button that was pressed; B2C's own scripts do not say, so the fields tell the page."""
    return fields.get("action") or ("signin" if "password" in fields else "continue")


def _turn(fields: Mapping[str, str]) -> int | None:
    turn = fields.get("turn", "")
    return int(turn) if turn.isascii() and turn.isdecimal() and len(turn) < 10 else None  # noqa: PLR2004 - fits any counter


def link(rest: tuple[str, ...], query: Mapping[str, str]) -> tuple[Form | None, bool]:
    """What a link of a page (api, action) asks of the journey, None to see where it rests; and
    whether following it changes nothing, so that it needs no token. Raises NotFound."""
    turn = _turn(query)
    match rest[-1].lower() if rest else "":
        case "unified" if query.get("local", "").lower() == "signup":
            return Form("signup", turn=turn), False
        case "unified" if query.get("claimsexchange", "").lower() == _FORGOT_EXCHANGE:
            return Form("forgot", turn=turn), False
        case "unified" if exchange := query.get("claimsexchange", ""):
            return Form("provider", {"provider": exchange}, turn), False
        case "unified":
            return None, True
        case "confirmed":
            return None, False
        case "forgotpassword":
            return Form("forgot", turn=turn), False
        case "error" if query.get("code", "").lower().startswith("cancel"):
            return Form("cancel", turn=turn), False
    raise NotFound("This page has no such address.")


def remembered(query: Mapping[str, str], journey: Journey) -> bool:
    """Whether the link that ends a sign-in says that the box was ticked; B2C's scripts send it
    there and not with the form."""
    facts = journey.facts
    offered = facts.get("choice") == "signIn" and facts.get("show_remember", False)
    return offered and query.get("rememberMe", "").lower() == "true"


def reply(journey: Journey, voice: Voice) -> dict[str, Any]:
    """What a script is told about the form it sent."""
    shown = journey.shown
    if isinstance(shown, Leave):
        return {"status": "200", "leaves": True}  # no page comes next
    if not isinstance(shown, Ask) or not shown.errors:
        return {"status": "200"}
    sentence = voice.say(next(iter(shown.errors.values())), shown.arguments)
    return refusal(shown.code, sentence)


def refusal(number: str, sentence: str) -> dict[str, Any]:
    """Status 400 inside HTTP 200, as the pages' scripts expect."""
    return {
        "status": "400",
        **({"errorCode": _code(number)} if number else {}),
        "message": sentence,
    }


def _code(number: str) -> str:
    return number if number.startswith("AADSTS") else f"AADB2C{number}"

"""Proving that one reads the mail of an address: what sign-up and password reset have in common.

Facts: `email` as last typed, `code_sent_to` and `verified` (addresses, "" for none). Whatever
makes the address another one takes `verified` away.
Source: runtime 5.8 (e-mail verification), 5.10.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vestibule.addresses import ADDRESS_LIMIT, USER_NAME, is_address
from vestibule.journey.effects import CheckCode, CodeNotSent, CodeSent, CodeWrong, SendCode
from vestibule.journey.state import Ask, Do, Form, Given, Journey, Outcome
from vestibule.journey.typed import same_address

CODE_LENGTH = 6
NAME_LIMIT = 64  # characters of a user name
RESET_BY_NAME = "userNameReset"

Page = Callable[[Journey, Mapping[str, str]], Ask]
"""A step's page, with errors by field."""


def proving(journey: Journey, given: Given, purpose: str, page: Page) -> Outcome | None:
    """The answer to what concerns the address; None to anything else, a right code included."""
    match given:
        case Form(action="send_code", fields=fields):
            return _send_code(journey, fields, purpose, page)
        case Form(action="verify_code", fields=fields):
            return _verify_code(journey, fields, purpose, page)
        case Form(action="change_email"):
            return page(journey.know(unproven()), {})
        case CodeSent():
            return page(journey.know({"code_sent_to": journey.facts["email"]}), {})
        case CodeNotSent(why=why):
            return page(journey, {"email": f"code.{why}"})
        case CodeWrong(why=why):
            return page(journey, {"verificationCode": f"code.{why}"})
    return None


def unproven() -> dict[str, Any]:
    """The facts of an address about which nothing is known."""
    return {"code_sent_to": "", "verified": ""}


def shown(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What a page shows of the address, and the facts that keep it so."""
    name = facts.get("sign_in_name", facts.get("login_hint") or "")
    return {
        "email": facts.get("email", "" if facts["by_name"] else name),
        "code_sent_to": facts.get("code_sent_to", ""),
        "verified": facts.get("verified", ""),
        **({"user_name": facts.get("user_name", name)} if facts["by_name"] else {}),
    }


def unverified(facts: Mapping[str, Any], address: str) -> bool:
    """Whether this is another address than the verified one, or none is."""
    verified = facts.get("verified", "")
    return not verified or not same_address(address.strip(), verified)


def _send_code(journey: Journey, fields: Mapping[str, str], purpose: str, page: Page) -> Outcome:
    address = fields.get("email", "").strip()
    sent_to = journey.facts.get("code_sent_to", "")
    name = ""
    typed = {
        "email": address[:ADDRESS_LIMIT],
        "code_sent_to": sent_to if same_address(address, sent_to) else "",
        "verified": "",
    }
    if purpose == RESET_BY_NAME:
        name = fields.get("signInName", journey.facts.get("user_name", "")).strip()
        typed["user_name"] = name[: NAME_LIMIT + 1]
        if not is_user_name(name):
            return page(journey.know(typed), {"signInName": name_error(name)})
    if not address:
        return page(journey.know(typed), {"email": "email.required"})
    if not is_address(address):
        return page(journey.know(typed), {"email": "email.invalid"})
    return Do(SendCode(address, purpose, _account(purpose, name)), typed)


def _verify_code(journey: Journey, fields: Mapping[str, str], purpose: str, page: Page) -> Outcome:
    sent_to = journey.facts.get("code_sent_to", "")
    address = fields.get("email", sent_to).strip()
    code = fields.get("code", "").strip()
    if not sent_to or not same_address(address, sent_to):
        return page(journey, {"email": "code.not_sent"})
    if len(code) != CODE_LENGTH or not code.isascii() or not code.isdigit():
        return page(journey, {"verificationCode": "code.malformed"})
    account = _account(purpose, journey.facts.get("user_name", ""))
    return Do(CheckCode(sent_to, purpose, code, account))


def _account(purpose: str, name: str) -> str:
    return name if purpose == RESET_BY_NAME else ""


def is_user_name(name: str) -> bool:
    """Whether somebody could sign in with it."""
    return USER_NAME.fullmatch(name) is not None


def name_error(name: str) -> str:
    """What is wrong with a user name, as the id of a text."""
    return "username.invalid" if name else "username.required"

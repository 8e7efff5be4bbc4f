"""What people type, judged: new passwords, and whether two addresses are one.

Source: runtime 5.8.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SYMBOLS = frozenset("@#$%^&*-_+=[]{}|\\:',?/`~\"();!.")
"""What counts as a symbol. The real service refuses a full stop right before an @, a space and
letters beyond ASCII; here they are welcome, and only are no symbols."""

ONLY_DIGITS = 1
"""`classes` of the setting passwordRules that asks for one class means this one."""


def same_address(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def rules_of(setting: Mapping[str, Any]) -> dict[str, Any]:
    """The setting passwordRules as steps and pages know it: min and max characters, how many of
    the four classes, and whether there may be nothing but digits."""
    digits = setting["classes"] == ONLY_DIGITS
    return {
        "min": setting["min"],
        "max": setting["max"],
        "classes": 0 if digits else setting["classes"],
        "digits": digits,
    }


def judge(fields: Mapping[str, str], rules: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with a new password, typed twice: field → text id."""
    password = fields.get("newPassword", "")
    if not password:
        return {"newPassword": "password.required"}
    if not keeps_rules(password, rules):
        return {"newPassword": _told(rules)}
    if fields.get("reenterPassword", "") != password:
        return {"reenterPassword": "password.mismatch"}
    return {}


def refused(why: str) -> dict[str, str]:
    """What is shown of a password that keeps the rules and is turned away all the same."""
    return {"": "server.busy"} if why == "busy" else {"newPassword": f"password.{why}"}


def keeps_rules(password: str, rules: Mapping[str, Any]) -> bool:
    """`rules` as of `rules_of`."""
    if not rules["min"] <= len(password) <= rules["max"] or not password.isprintable():
        return False
    if rules["digits"]:
        return password.isascii() and password.isdigit()
    return bool(sum(_classes(password)) >= rules["classes"])


def _classes(password: str) -> tuple[bool, ...]:
    return (
        any(letter.islower() for letter in password),
        any(letter.isupper() for letter in password),
        any(letter.isdigit() for letter in password),
        any(letter in SYMBOLS for letter in password),
    )


def _told(rules: Mapping[str, Any]) -> str:
    """The sentence that names every rule."""
    if rules["digits"]:
        return "password.digits"
    return "password.rules" if rules["classes"] > 1 else "password.length"

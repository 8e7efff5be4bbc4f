"""What people type, judged: new passwords, and whether two addresses are one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def same_address(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def keeps_rules(password: str, rules: Mapping[str, Any]) -> bool:
    """`rules`: min and max characters, and how many of the four classes (runtime 5.8)."""
    classes = (
        any(letter.islower() for letter in password),
        any(letter.isupper() for letter in password),
        any(letter.isdigit() for letter in password),
        any(not letter.isalnum() for letter in password),
    )
    return (
        rules["min"] <= len(password) <= rules["max"]
        and sum(classes) >= rules["classes"]
        and password.isprintable()
    )

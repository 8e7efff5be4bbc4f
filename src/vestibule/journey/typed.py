"""What people type, judged: addresses and new passwords."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

ADDRESS_LIMIT = 254  # characters, RFC 5321 section 4.5.3.1.3

# ASCII only, as B2C's own pattern: no two addresses that look alike, none that folds to another,
# and nothing that could end a mail header.
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}"
)


def is_address(text: str) -> bool:
    return len(text) <= ADDRESS_LIMIT and _ADDRESS.fullmatch(text) is not None


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

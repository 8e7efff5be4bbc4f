"""New passwords against the setting passwordRules (runtime 5.8), and what the page says of them."""

from __future__ import annotations

from typing import Any

import pytest

from vestibule.flow_settings import PASSWORD_RULES
from vestibule.journey.typed import judge, rules_of
from vestibule.tenancy import STRONG_PASSWORD
from vestibule.texts import say

SIMPLE = PASSWORD_RULES["simple"]
DIGITS = {"kind": "custom", "min": 4, "max": 8, "classes": 1}


def custom(classes: int, least: int = 4, most: int = 256) -> dict[str, Any]:
    return {"kind": "custom", "min": least, "max": most, "classes": classes}


@pytest.mark.parametrize(
    ("setting", "password", "error"),
    [
        (STRONG_PASSWORD, "abcdefG1", None),
        (STRONG_PASSWORD, "abcdefg1", "password.rules"),
        (STRONG_PASSWORD, "abcdeF1", "password.rules"),
        (STRONG_PASSWORD, "abcdefg1!", None),
        (STRONG_PASSWORD, "abcdefg1.", None),
        (STRONG_PASSWORD, "abcdef1.@", None),
        (STRONG_PASSWORD, "abcdefg1 ", "password.rules"),
        (STRONG_PASSWORD, "abcdefg1€", "password.rules"),
        (STRONG_PASSWORD, "пароль-Пароль", None),
        (STRONG_PASSWORD, "aB1\u0000aB1aB1", "password.rules"),
        (STRONG_PASSWORD, "aB1" * 21 + "a", None),
        (STRONG_PASSWORD, "aB1" * 21 + "aB", "password.rules"),
        (SIMPLE, "abcdefg", "password.length"),
        (SIMPLE, "correct horse battery", None),
        (custom(4), "aB1", "password.rules"),
        (custom(4), "aB1-", None),
        (custom(2), "aB" * 128, None),
        (custom(0), "aaaa", None),
        (custom(0, 10, 12), "a" * 13, "password.length"),
        (custom(2), ".@.@", "password.rules"),
        (DIGITS, "1234", None),
        (DIGITS, "123", "password.digits"),
        (DIGITS, "1234a", "password.digits"),
        (DIGITS, "१२३४", "password.digits"),
    ],
    ids=[
        "three classes", "two classes", "seven characters", "a symbol", "a full stop",
        "two symbols", "a space is no symbol", "a euro is no symbol", "another script", "a NUL",
        "64 characters", "65 characters", "simple, short", "simple",
        "custom, short", "all four", "256 characters", "no classes", "custom, long",
        "one class", "digits", "few digits", "a letter", "digits of another script",
    ],
)  # fmt: skip
def test_a_new_password_keeps_the_rules_or_is_told_which(
    setting: dict[str, Any], password: str, error: str | None
) -> None:
    rules = rules_of(setting)
    both = {"newPassword": password, "reenterPassword": password}
    assert judge(both, rules) == ({"newPassword": error} if error else {})
    if error:
        assert "{" not in say(error, rules)

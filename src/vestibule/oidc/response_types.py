"""What an application asks the authorization endpoint for, and by which way it comes.

Source: OAuth 2.0 Multiple Response Type Encoding Practices; runtime.md 1.2, 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, cast

from vestibule.oidc.answer import Mode
from vestibule.oidc.faults import Fault

Word = Literal["code", "id_token", "token"]

SUPPORTED = (
    "code",
    "code id_token",
    "code token",
    "code id_token token",
    "id_token",
    "id_token token",
    "token",
    "token id_token",
)
"""As B2C publishes them; the order of the words in a request is free."""

_WORDS: tuple[Word, ...] = ("code", "id_token", "token")
_MODES: Mapping[str, Mode] = {"query": "query", "fragment": "fragment", "form_post": "form_post"}


def words_of(text: str) -> tuple[Word, ...]:
    """The words of a response_type, in the order of an answer. Raises Fault 90013."""
    asked = text.split()
    if not asked or len(set(asked)) < len(asked) or not set(asked).issubset(_WORDS):
        raise Fault("90013", value=text, supported=", ".join(SUPPORTED))
    return tuple(word for word in _WORDS if word in asked)


def default_mode(response_type: str) -> Mode:
    """How an answer comes when nothing is said of that: tokens never in a query."""
    return "fragment" if {"id_token", "token"} & set(response_type.split()) else "query"


def way_back(response_type: str, response_mode: str) -> Mode:
    """How an application is told of a fault in these very parameters: as it asked, if it can."""
    default = default_mode(response_type)
    asked = _MODES.get(response_mode, default)
    return default if asked == "query" else asked


def mode_of(asked: str, words: tuple[Word, ...]) -> Mode:
    """The response mode. Raises Fault 90014; tokens in a query would stand in every log."""
    default = default_mode(" ".join(words))
    mode = _MODES.get(asked) if asked else default
    if mode is None or (mode == "query" and default != "query"):
        allowed = "query, fragment" if default == "query" else "fragment"
        raise Fault("90014", value=asked, supported=f"{allowed} or form_post")
    return mode


def load(words: object) -> tuple[Word, ...]:
    """The words, also after a round trip through JSON."""
    return tuple(cast("list[Word]", words))

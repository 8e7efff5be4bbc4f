"""How often a person may correct what only the server can judge (runtime 5.8, UF-30).

The server is the directory, or an API connector: what that says ("": nothing) stands on the page
once, as the fact `refusal`.

The real service counts the answers of a page that the directory refuses, not mistakes that the
page itself tells; a code has limits of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vestibule.journey.state import Stop

RETRY_LIMIT = 3
"""Refusals that may be corrected; the next one returns to the application."""

TOO_MANY = Stop("90157", "app.retries", to_app=True)


def counted(facts: Mapping[str, Any]) -> dict[str, int]:
    """One refusal more, as a fact."""
    return {"retries": facts.get("retries", 0) + 1}


def exhausted(facts: Mapping[str, Any]) -> bool:
    """No refusal is left."""
    return bool(facts.get("retries", 0) >= RETRY_LIMIT)


def objection(facts: Mapping[str, Any]) -> dict[str, str]:
    """That an API connector refuses what was typed, as the error of the whole page."""
    refusal = facts.get("refusal")
    if refusal is None:
        return {}
    return {"": "connector.message" if refusal else "connector.invalid"}


def refusal(facts: Mapping[str, Any]) -> dict[str, str]:
    """What it says, as the argument of that error's sentence."""
    return {"refusal": facts.get("refusal") or ""}

"""How often a person may correct what only the server can judge (runtime 5.8, UF-30).

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

"""Somebody new who has proved an identity elsewhere: at a provider, or by a passcode in a mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MAIL = "mail"
"""The issuer of those who prove an address by a passcode (runtime 8.5)."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """`attributes` are what the provider says, by Graph property."""

    issuer: str
    subject: str
    email: str
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Who it is, in one text."""
        return f"{self.issuer} {self.subject}"


def stranger(facts: Mapping[str, Any]) -> Stranger:
    """By the facts `identity` (of a provider) or `proven` (an address), one of which is known."""
    identity = facts.get("identity")
    if identity is None:
        return Stranger(MAIL, facts["proven"], facts["proven"])
    return Stranger(
        identity["issuer"], identity["subject"], identity["email"], identity["attributes"]
    )

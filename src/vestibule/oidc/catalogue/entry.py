"""One row of the catalogue of protocol errors."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """`cause` and `remedy` are sentences of our own, with fields in braces; both are told.

    `error` is the word that B2C uses, `standard` that of OAuth and OpenID Connect, said by flows
    of protocol openid where it is another one.
    """

    error: str
    cause: str
    remedy: str
    status: int = 400
    standard: str = ""

    @property
    def sentence(self) -> str:
        """What the caller is told, once its fields are filled in."""
        return f"{self.cause} {self.remedy}"

"""What can be wrong with a protocol request, in B2C's numbers (and Entra's at the tenant).

What each number means, and what to do about it, is told by `oidc.catalogue`.
Source: runtime.md 2.3, 3.2.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from vestibule.errors import Problem
from vestibule.oidc.answer import Answer
from vestibule.oidc.catalogue import FAULTS, IN_ENTRA

_TOO_LONG = 200  # characters of a caller's value that we repeat


_UNPRINTABLE = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")  # RFC 6749 appendix A.8


class Fault(Problem):
    """A protocol error. `error` is the word that B2C uses, `standard` what flows of protocol
    openid say; `answer`, if set, tells the application.

    Without an `answer` the redirect URI was not trusted yet, and the person sees a page.
    """

    def __init__(self, number: str, *, error: str = "", **values: object) -> None:
        entry = FAULTS[number]
        self.values = {name: printable(str(value)) for name, value in values.items()}
        super().__init__(
            entry.sentence.format_map(self.values),
            code=number if number.startswith("AADSTS") else f"AADB2C{number}",
            status=entry.status,
        )
        self.number = number
        self.error = error or entry.error
        self.standard = error or entry.standard or entry.error
        self.answer: Answer | None = None

    def in_entra(self) -> Fault:
        """The same fault in the numbers of the tenant's own authority."""
        if self.number not in IN_ENTRA:
            return self
        number, values = IN_ENTRA[self.number]
        special = "" if self.error == FAULTS[self.number].error else self.error
        return Fault(number, error=special, **{**self.values, **values})

    def told(self, *, correlation: str, now: datetime, openid: bool = False) -> dict[str, str]:
        """`error` and `error_description`, for every way in which a fault is told.

        B2C's grammar: code, sentence, correlation id and time, each line ended by CRLF. With
        `openid` it is one line, and the word is that of OAuth and OpenID Connect.
        """
        parts = (
            f"{self.code}: {self.message}",
            f"Correlation ID: {correlation}",
            f"Timestamp: {_stamp(now)}",
        )
        if openid:
            return {"error": self.standard, "error_description": " ".join(parts)}
        return {"error": self.error, "error_description": "".join(f"{one}\r\n" for one in parts)}

    def body(self, *, correlation: str, now: datetime, openid: bool = False) -> dict[str, Any]:
        """The JSON of a failed call (runtime.md 3.2; what MSAL reads, clients.md 3)."""
        digits = self.number.removeprefix("AADSTS")
        return {
            **self.told(correlation=correlation, now=now, openid=openid),
            "error_codes": [int(digits)],
            "timestamp": _stamp(now),
            "trace_id": correlation,
            "correlation_id": correlation,
        }


def code_of(number: str, *, at_tenant: bool) -> str:
    """How a B2C number is shown: AADB2C…, or as Entra has it at the tenant's own authority; "" for
    none."""
    if not number:
        return ""
    if at_tenant and number in IN_ENTRA:
        number = IN_ENTRA[number][0]
    return number if number.startswith("AADSTS") else f"AADB2C{number}"


def _stamp(now: datetime) -> str:
    return now.strftime("%Y-%m-%d %H:%M:%SZ")


def printable(value: str) -> str:
    """What of a caller's text may stand in an error_description, shortened."""
    return _UNPRINTABLE.sub("?", value[:_TOO_LONG])

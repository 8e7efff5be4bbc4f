"""What can be wrong with a protocol request, in B2C's numbers (and Entra's at the tenant).

What each number means is told by `oidc.catalogue`. Source: runtime.md 2.3, 3.2.
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
    """A protocol error. `error` is OAuth's word; `answer`, if set, tells the application.

    Without an `answer` the redirect URI was not trusted yet, and the person sees a page.
    """

    def __init__(self, number: str, *, error: str = "", **values: object) -> None:
        entry = FAULTS[number]
        self.values = {name: _printable(str(value)) for name, value in values.items()}
        super().__init__(
            entry.text.format_map(self.values),
            code=number if number.startswith("AADSTS") else f"AADB2C{number}",
            status=entry.status,
        )
        self.number = number
        self.error = error or entry.error
        self.answer: Answer | None = None

    def in_entra(self) -> Fault:
        """The same fault in the numbers of the tenant's own authority."""
        if self.number not in IN_ENTRA:
            return self
        number, values = IN_ENTRA[self.number]
        return Fault(number, **{**self.values, **values})

    def description(self, *, correlation: str, now: datetime) -> str:
        """B2C's grammar: code, sentence, correlation id and time, each line ended by CRLF."""
        return (
            f"{self.code}: {self.message}\r\nCorrelation ID: {correlation}\r\n"
            f"Timestamp: {_stamp(now)}\r\n"
        )

    def body(self, *, correlation: str, now: datetime) -> dict[str, Any]:
        """The JSON of a failed call (runtime.md 3.2; what MSAL reads, clients.md 3)."""
        digits = self.number.removeprefix("AADSTS")
        return {
            "error": self.error,
            "error_description": self.description(correlation=correlation, now=now),
            "error_codes": [int(digits)],
            "timestamp": _stamp(now),
            "trace_id": correlation,
            "correlation_id": correlation,
        }


def _stamp(now: datetime) -> str:
    return now.strftime("%Y-%m-%d %H:%M:%SZ")


def _printable(value: str) -> str:
    return _UNPRINTABLE.sub("?", value[:_TOO_LONG])

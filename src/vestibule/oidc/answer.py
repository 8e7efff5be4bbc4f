"""What goes back to the application through the browser, and how it is encoded.

Source: OAuth 2.0 Multiple Response Types and Form Post Response Mode; runtime.md 2.1 and 2.3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

Mode = Literal["query", "fragment", "form_post"]

_ESCAPE = re.compile(r"%[0-9A-F]{2}")


@dataclass(frozen=True, slots=True)
class Answer:
    """`uri` was checked against the registration. For form_post the page posts `parameters`."""

    mode: Mode
    uri: str
    parameters: Mapping[str, str]

    def location(self) -> str:
        """The address to send the browser to; the bare `uri` for form_post."""
        if self.mode == "form_post" or not self.parameters:
            return self.uri
        if self.mode == "fragment":
            return f"{self.uri}#{_encoded(self.parameters)}"
        separator = "&" if "?" in self.uri else "?"
        return f"{self.uri}{separator}{_encoded(self.parameters)}"


def _encoded(parameters: Mapping[str, str]) -> str:
    """Form encoding with lower-case escapes, as the real service writes it."""
    return _ESCAPE.sub(lambda escape: escape[0].lower(), urlencode(parameters))

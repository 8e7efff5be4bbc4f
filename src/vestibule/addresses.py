"""What an address may look like: of a browser that is sent somewhere with a secret, of a mail;
and the other names that people sign in with.

Source: RFC 9700 section 2.1, RFC 8252 sections 7.1 to 7.3; runtime.md section 2; security.md O4.
"""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import quote, urlsplit

ADDRESS_LIMIT = 254  # characters of an e-mail address, RFC 5321 section 4.5.3.1.3
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
_LOOPBACK = re.compile(
    r"(http://(?:localhost|127\.0\.0\.1|\[::1\]))(?::\d{1,5})?(/[\x21\x24-\x3b\x3d\x3f-\x7e]*)?"
)
_RUN_BY_BROWSERS = frozenset(
    {"javascript", "data", "vbscript", "file", "blob", "about", "view-source"}
)

# ASCII only, as B2C's own pattern: no two addresses that look alike, none that folds to another,
# and nothing that could end a mail header.
EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}"
)

USER_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
PHONE_NUMBER = re.compile(r"\+[0-9]{5,15}")  # E.164

_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]*")  # RFC 3986 section 2.3


def quoted(text: str) -> str:
    """Percent-encoded as one segment of a path or one value of a query; at once where there is
    nothing to encode, as in nearly everything that our own addresses hold."""
    return text if _UNRESERVED.fullmatch(text) else quote(text, safe="")


def is_address(text: str) -> bool:
    """Whether it is an e-mail address that we would write to."""
    return len(text) <= ADDRESS_LIMIT and EMAIL.fullmatch(text) is not None


def well_formed(uri: str) -> bool:
    """Whether `uri` could be a redirect URI at all: absolute, no fragment, nothing invisible."""
    if uri == OUT_OF_BAND:
        return True
    if not uri.isascii() or not uri.isprintable() or any(mark in uri for mark in ' "<>\\^`{|}#'):
        return False
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    if parts.scheme in _RUN_BY_BROWSERS or not parts.scheme:
        return False
    # A scheme of one's own needs no host: com.example.app:/callback (RFC 8252 section 7.1).
    return bool(parts.netloc or (parts.path and parts.scheme not in ("http", "https")))


def https_or_loopback(uri: str) -> bool:
    """Whether it is an address of the web that nobody on the way can read."""
    return well_formed(uri) and (
        uri == OUT_OF_BAND or uri.lower().startswith("https://") or bool(without_port(uri))
    )


def fits(uri: str, kind: Literal["web", "spa", "native"]) -> bool:
    """Whether an application may register it: native ones may also have a scheme of their own."""
    if kind == "native":
        own = well_formed(uri) and not uri.lower().startswith("http:")
        return own or https_or_loopback(uri)
    return uri != OUT_OF_BAND and https_or_loopback(uri)


def without_port(uri: str) -> tuple[str, str] | None:
    """A loopback address as (origin without port, path); None for any other."""
    match = _LOOPBACK.fullmatch(uri)
    return (match[1], match[2] or "/") if match else None

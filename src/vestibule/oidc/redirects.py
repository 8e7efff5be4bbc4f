"""Which registered redirect URI an application means.

Compared character by character; only the port of a native client's loopback address may vary.
Source: RFC 9700 section 2.1, RFC 8252 section 7.3; security.md 2.1 O1.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from vestibule.tenancy import Application, RedirectUri

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
_LOOPBACK = re.compile(
    r"(http://(?:localhost|127\.0\.0\.1|\[::1\]))(?::\d{1,5})?(/[\x21\x24-\x3b\x3d\x3f-\x7e]*)?"
)


def registered(uri: str, application: Application) -> RedirectUri | None:
    """The registration that `uri` matches, an exact one first."""
    for candidate in application.redirect_uris:
        if candidate.uri == uri:
            return candidate
    asked = _without_port(uri)
    for candidate in application.redirect_uris:
        if candidate.kind == "native" and asked and asked == _without_port(candidate.uri):
            return candidate
    return None


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
    return bool(parts.scheme and parts.netloc)


def https_or_loopback(uri: str) -> bool:
    """Whether a browser may be sent there although nobody registered it."""
    return well_formed(uri) and (
        uri == OUT_OF_BAND or uri.lower().startswith("https://") or bool(_without_port(uri))
    )


def origin(uri: str) -> str:
    """scheme://host[:port] of an http address, "" of any other."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}".lower() if parts.scheme in ("http", "https") else ""


def _without_port(uri: str) -> tuple[str, str] | None:
    match = _LOOPBACK.fullmatch(uri)
    return (match[1], match[2] or "/") if match else None

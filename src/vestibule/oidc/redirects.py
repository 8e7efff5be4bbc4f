"""Which registered redirect URI an application means.

Compared character by character; only the port of a native client's loopback address may vary.
Source: RFC 9700 section 2.1, RFC 8252 section 7.3; security.md 2.1 O1.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from vestibule.addresses import well_formed, without_port
from vestibule.tenancy import Application, RedirectUri


def registered(uri: str, application: Application) -> RedirectUri | None:
    """The registration that `uri` matches, an exact one first."""
    if not well_formed(uri):
        return None
    for candidate in application.redirect_uris:
        if candidate.uri == uri:
            return candidate
    asked = without_port(uri)
    for candidate in application.redirect_uris:
        if candidate.kind == "native" and asked and asked == without_port(candidate.uri):
            return candidate
    return None


def origin(uri: str) -> str:
    """scheme://host[:port] of an http address, "" of any other."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}".lower() if parts.scheme in ("http", "https") else ""

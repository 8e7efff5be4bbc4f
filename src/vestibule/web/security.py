"""What protects a page in the browser: headers, cookies, and proof that our own page sent a form.

Source: spec security.md 2.1 (O18 to O20) and section 5; runtime.md 3.6 and 5.10.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Literal
from urllib.parse import urlsplit

from starlette.responses import Response

from vestibule.settings import Settings
from vestibule.web.exchange import Exchange
from vestibule.world import World

CSRF_COOKIE = "x-ms-cpim-csrf"
_YEAR_S = 365 * 24 * 3600
_SHORTEST = 32  # characters; World.secret() gives 43
_LONGEST = 128
_HOST = re.compile(r"[A-Za-z0-9.:-]+")


def policy(nonce: str, target: str = "") -> str:
    """The content security policy of one page.

    `target` is an address outside that a form of this page may end at. Browsers apply
    form-action to the redirects that follow a form, so the way back to the application counts.
    """
    sources = f"'self' {origin(target)}".rstrip()
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce}' 'strict-dynamic' 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "connect-src 'self'",
            f"form-action {sources}",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )


def origin(target: str) -> str:
    """The source expression for an address: its origin, or its scheme when it is an app's own."""
    parts = urlsplit(target)
    if parts.scheme in {"http", "https"}:
        plain = _HOST.fullmatch(parts.netloc)  # nothing that could begin another directive
        return f"{parts.scheme}://{parts.netloc}" if plain else ""
    return f"{parts.scheme}:" if parts.scheme else ""


def protect(response: Response, settings: Settings, *, nonce: str, target: str = "") -> Response:
    """The response, with the headers that every page carries."""
    headers = response.headers
    headers["content-security-policy"] = policy(nonce, target)
    headers["x-frame-options"] = "DENY"
    headers["permissions-policy"] = "camera=(), geolocation=(), microphone=(), payment=()"
    return guard(response, settings)


def guard(response: Response, settings: Settings) -> Response:
    """The response, with the headers that every answer to a browser carries."""
    headers = response.headers
    headers["cache-control"] = "no-store"
    headers["x-content-type-options"] = "nosniff"
    headers["referrer-policy"] = "no-referrer"
    if not settings.development:
        # On a laptop this would lock every other program on localhost into https.
        headers["strict-transport-security"] = f"max-age={_YEAR_S}; includeSubDomains"
    return response


def place_cookie(
    response: Response, settings: Settings, name: str, value: str, *, lifetime_s: int | None = None
) -> None:
    """Set a cookie that scripts cannot read; without a lifetime it ends with the browser."""
    response.set_cookie(
        name,
        value,
        max_age=lifetime_s,
        secure=True,
        httponly=True,
        samesite=_same_site(settings),
        path="/",
    )


def drop_cookie(response: Response, settings: Settings, name: str) -> None:
    """Have the browser forget a cookie."""
    response.delete_cookie(
        name, path="/", secure=True, httponly=True, samesite=_same_site(settings)
    )


def _same_site(settings: Settings) -> Literal["lax", "none"]:
    return settings.cookie_same_site


def csrf(exchange: Exchange, world: World) -> str:
    """This browser's token: the one it holds, or a new one (the caller sets the cookie)."""
    held = exchange.cookie(CSRF_COOKIE)
    return held if _SHORTEST <= len(held) <= _LONGEST and held.isascii() else world.secret()


def browser(token: str) -> str:
    """The name of a browser in what is stored: never the token itself."""
    return hashlib.sha256(token.encode()).hexdigest()


def genuine(exchange: Exchange, sent: str) -> bool:
    """Whether the token that came with the request is the one that this browser holds."""
    held = exchange.cookie(CSRF_COOKIE)
    return bool(held) and hmac.compare_digest(held.encode(), sent.encode())

"""What protects a page in the browser: headers, cookies, and proof that our own page sent a form.

Source: spec security.md 2.1 (O18 to O20) and section 5; runtime.md 3.6 and 5.10.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from starlette.responses import Response

from vestibule.settings import Settings
from vestibule.web.exchange import Exchange
from vestibule.world import World

CSRF_COOKIE = "x-ms-cpim-csrf"
BROWSER_COOKIE = "__Host-vestibule-browser"
_YEAR_S = 365 * 24 * 3600
_FAMILIAR_S = 180 * 24 * 3600
_SHORTEST = 32  # characters; World.secret() gives 43
_LONGEST = 128
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")  # as World.secret() draws it
_HOST = re.compile(r"[A-Za-z0-9.:-]+")


def policy(nonce: str, target: str = "", frames: Sequence[str] = ()) -> str:
    """The content security policy of one page.

    `target` is an address outside that a form of this page may end at. Browsers apply
    form-action to the redirects that follow a form, so the way back to the application counts.
    `frames` are the addresses of other sites that it shows.
    """
    framed = " ".join(dict.fromkeys(filter(None, map(origin, frames))))
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
            *((f"frame-src {framed}",) if framed else ()),
        )
    )


def origin(target: str) -> str:
    """The source expression for an address: its origin, or its scheme when it is an app's own."""
    parts = urlsplit(target)
    if parts.scheme in {"http", "https"}:
        plain = _HOST.fullmatch(parts.netloc)  # nothing that could begin another directive
        return f"{parts.scheme}://{parts.netloc}" if plain else ""
    return f"{parts.scheme}:" if parts.scheme else ""


def protect(
    response: Response,
    settings: Settings,
    *,
    nonce: str,
    target: str = "",
    frames: Sequence[str] = (),
) -> Response:
    """The response, with the headers that every page carries."""
    headers = response.headers
    headers["content-security-policy"] = policy(nonce, target, frames)
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


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser, by its two cookies; each "" if it holds none.

    `csrf` is part of the page protocol, and pages show it. A neighbouring subdomain could plant
    it, so journeys are bound to `secret`: browsers take a `__Host-` cookie from our own host only
    (RFC 6265bis section 4.1.3.2).
    """

    csrf: str
    secret: str

    @property
    def name(self) -> str:
        """The browser in what is stored: never the secret itself."""
        return hashlib.sha256(self.secret.encode()).hexdigest()

    @staticmethod
    def of(exchange: Exchange) -> Visitor:
        """Who sent this request."""
        return Visitor(exchange.cookie(CSRF_COOKIE), _secret(exchange))

    @staticmethod
    def met(exchange: Exchange, world: World) -> Visitor:
        """Who sent this request, with new cookies for what is missing (see `remember`)."""
        return Visitor(csrf(exchange, world), _secret(exchange) or world.secret())

    def remember(self, response: Response, exchange: Exchange, settings: Settings) -> None:
        """Give the browser the cookies by which it is known again."""
        place_cookie(response, settings, CSRF_COOKIE, self.csrf)
        if self.secret != _secret(exchange):
            place_cookie(response, settings, BROWSER_COOKIE, self.secret)


def _secret(exchange: Exchange) -> str:
    """What the browser holds in its `__Host-` cookie; "" unless there is exactly one of our form.

    Read from the header itself: lenient parsers strip more than blanks from a name, and so take
    another cookie for this one, which the browser did not protect.
    """
    pairs = ";".join(exchange.request.headers.getlist("cookie")).split(";")
    named = [pair.strip(" \t").partition("=") for pair in pairs]
    held = [value for name, _, value in named if name == BROWSER_COOKIE]
    return held[0] if len(held) == 1 and _SECRET.fullmatch(held[0]) else ""


def keep_browser(response: Response, exchange: Exchange, settings: Settings) -> None:
    """Have a browser in which somebody signed in be known for as long as lockout tells it apart."""
    if secret := _secret(exchange):
        place_cookie(response, settings, BROWSER_COOKIE, secret, lifetime_s=_FAMILIAR_S)


def genuine(exchange: Exchange, sent: str) -> bool:
    """Whether the token that came with the request is the one that this browser holds."""
    held = exchange.cookie(CSRF_COOKIE)
    return bool(held) and hmac.compare_digest(held.encode(), sent.encode())

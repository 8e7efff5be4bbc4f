"""Headers, cookies and the anti-forgery token."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from starlette.requests import Request
from starlette.responses import Response

from vestibule.settings import Settings
from vestibule.web import security
from vestibule.web.exchange import Exchange
from web import gallery


@pytest.mark.parametrize(
    ("target", "sources"),
    [
        ("", "'self'"),
        ("https://app.example:8444/back?x=1", "'self' https://app.example:8444"),
        ("http://localhost:3000/", "'self' http://localhost:3000"),
        ("msal1234://auth", "'self' msal1234:"),
        ("https://app.example;script-src https:/x", "'self'"),
        ("https://app.example' *", "'self'"),
    ],
    ids=["none", "site", "loopback", "own scheme", "another directive", "a quote"],
)
def test_a_form_may_end_here_or_at_the_application(target: str, sources: str) -> None:
    assert f"; form-action {sources};" in security.policy("n", target)


def test_no_source_is_unsafe() -> None:
    policy = security.policy("n", "https://app.example")
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; script-src 'nonce-n' 'strict-dynamic'")
    for directive in ("frame-ancestors 'none'", "base-uri 'none'", "style-src 'self'"):
        assert directive in policy


def test_every_page_is_guarded() -> None:
    headers = security.protect(Response(), gallery.settings(), nonce="n").headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"


def test_https_is_demanded_for_good_except_on_a_development_machine() -> None:
    name = "strict-transport-security"
    assert name in security.guard(Response(), Settings(mode="serve")).headers
    assert name not in security.guard(Response(), gallery.settings()).headers


@pytest.mark.parametrize("name", ["x-ms-cpim-csrf", "x-ms-cpim-sso:contoso.onmicrosoft.com_0"])
def test_cookies_are_out_of_reach_of_scripts_and_plain_http(name: str) -> None:
    response = Response()
    security.place_cookie(response, gallery.settings(), name, "value")
    cookie = response.headers["set-cookie"]
    assert cookie.startswith(f"{name}=value; ")
    for attribute in ("HttpOnly", "Path=/", "SameSite=none", "Secure"):
        assert attribute in cookie
    assert "Max-Age" not in cookie


NAME = security.BROWSER_COOKIE.encode()
OURS, PLANTED = b"s" * 43, b"m" * 43


@pytest.mark.parametrize(
    ("header", "held"),
    [
        (b"a=b; " + NAME + b"=" + OURS, OURS),
        (b"", b""),
        (NAME + b"=short", b""),
        (NAME + b"=" + OURS + b"x", b""),
        (NAME + b'="' + OURS + b'"', b""),
        (b"\xa0" + NAME + b"=" + PLANTED, b""),
        (NAME + b"=" + OURS + b"; \x85" + NAME + b"=" + PLANTED, OURS),
        (NAME + b"=" + OURS + b"; " + NAME + b"=" + PLANTED, b""),
        (NAME.lower() + b"=" + PLANTED, b""),
    ],
    ids=[
        "ours",
        "none",
        "too short",
        "too long",
        "quoted",
        "another blank",
        "another blank beside ours",
        "twice",
        "other case",
    ],
)
def test_only_the_cookie_that_browsers_protect_names_a_browser(header: bytes, held: bytes) -> None:
    scope = {"type": "http", "headers": [(b"cookie", header)]}
    now = datetime(2026, 11, 20, tzinfo=UTC)
    exchange = Exchange(Request(scope), "GET", "", (), "", b"", "", now, "")
    assert security.Visitor.of(exchange).secret == held.decode()

"""What Mallory sends to the protocol endpoints, to the pages and to the socket itself: always a
4xx in the language of the face, never a 5xx.

Source: issue part 11; runtime.md 3.2; security T05, O21, O33.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import httpx2
import pytest

from live import Live

TENANT = "/contoso.onmicrosoft.com"
FLOW = f"{TENANT}/B2C_1_susi"
TOKENS = (f"{TENANT}/oauth2/v2.0/token", f"{FLOW}/oauth2/v2.0/token")
FORM = {"content-type": "application/x-www-form-urlencoded"}
_PRINTABLE = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*")  # RFC 6749, appendix A.8
GRAPH = "https://graph.microsoft.com/.default"


@pytest.fixture(scope="module")
def browser(live: Live) -> Iterator[httpx2.Client]:
    with live.http() as client:
        yield client


@pytest.fixture(scope="module")
def client(live: Live) -> dict[str, str]:
    """The parameters of a client-credentials request that succeeds."""
    return {
        "grant_type": "client_credentials",
        "client_id": live.facts["client_id"],
        "client_secret": live.facts["client_secret"],
        "scope": GRAPH,
    }


def oauth_error(answer: httpx2.Response, *statuses: int) -> dict[str, Any]:
    """The error of a protocol endpoint, after everything that holds for all of them."""
    assert answer.status_code in (statuses or (400, 401, 404, 405, 413)), answer.text
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["x-content-type-options"] == "nosniff"
    body: dict[str, Any] = answer.json()
    assert body["error"] in {
        "invalid_request", "invalid_client", "invalid_grant", "invalid_scope",
        "unauthorized_client", "unsupported_grant_type", "invalid_tenant", "not_found",
        "invalid_resource",
    }  # fmt: skip
    assert body["error_description"].startswith(("AADSTS", "AADB2C")), body
    assert _PRINTABLE.fullmatch(body["error_description"].replace("\r\n", "")), body
    assert body["correlation_id"] == body["trace_id"]
    assert body["error_codes"], body
    return body


@pytest.mark.parametrize("path", TOKENS, ids=["tenant", "flow"])
def test_the_token_endpoint_takes_forms_by_post_only(
    browser: httpx2.Client, client: dict[str, str], path: str
) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        answer = browser.request(method, path)
        oauth_error(answer, 405)
        assert answer.headers["allow"] == "POST, OPTIONS"
    assert browser.get(path, params=client).status_code == 405
    oauth_error(browser.post(path, params=client), 400)
    oauth_error(browser.post(path, json=client), 400)
    for kind in ("multipart/form-data; boundary=x", "text/plain", "application/xml", ";", ""):
        content = urlencode(client).encode()
        oauth_error(browser.post(path, content=content, headers={"content-type": kind}), 400)


MALFORMED: dict[str, bytes] = {
    "nothing": b"",
    "no UTF-8": b"grant_type=\xff\xfe",
    "no UTF-8, encoded": b"grant_type=%ff%fe",
    "a name twice": b"grant_type=client_credentials&grant_type=password",
    "a name twice, encoded": b"scope=a&%73cope=b",
    "ten thousand names": b"&".join(b"a%d=1" % n for n in range(10_000)),
    "too long": b"scope=" + b"a" * (1024 * 1024 + 1),
    "JSON": b'{"grant_type":"client_credentials"}',
    "separators": b"&&&==&=&",
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED)
@pytest.mark.parametrize("path", TOKENS, ids=["tenant", "flow"])
def test_a_form_that_cannot_be_read(browser: httpx2.Client, path: str, content: bytes) -> None:
    oauth_error(browser.post(path, content=content, headers=FORM), 400, 413)


ODD = (
    "", " ", "\0", "a\0b", "x" * 20_000, "é", "☃", "'", '"', "<script>alert(1)</script>",
    "\r\nX-Y: z",
    "../../etc/passwd", "' OR 1=1 --", "{}", "[]", "null", "-1", "9" * 400, "%00", "\ud7ff",
)  # fmt: skip


@pytest.mark.parametrize("name", ["grant_type", "client_id", "client_secret", "scope"])
def test_no_value_of_a_parameter_breaks_the_token_endpoint(
    browser: httpx2.Client, client: dict[str, str], name: str
) -> None:
    for value in ODD:
        answer = browser.post(TOKENS[0], data={**client, name: value})
        oauth_error(answer)
        assert "x-y" not in answer.headers


@pytest.mark.parametrize("grant", ["authorization_code", "refresh_token", "password", "nope"])
def test_no_code_or_refresh_token_breaks_the_token_endpoint(
    browser: httpx2.Client, client: dict[str, str], grant: str
) -> None:
    for value in ODD:
        form = {
            **client, "grant_type": grant, "code": value, "refresh_token": value,
            "code_verifier": value, "username": value, "password": value,
            "redirect_uri": "https://x.example/",
        }  # fmt: skip
        oauth_error(browser.post(TOKENS[1], data=form))


@pytest.mark.parametrize(
    "text",
    ["Basic", "Basic !!!", "Basic //8=", "Basic Og==", "Basic YQ==", "Bearer x", "x", "Basic a:b"],
)
def test_no_credentials_in_a_header_break_the_token_endpoint(
    browser: httpx2.Client, client: dict[str, str], text: str
) -> None:
    form = {"grant_type": "client_credentials", "scope": GRAPH}
    answer = browser.post(TOKENS[0], data=form, headers={"authorization": text})
    oauth_error(answer, 400, 401)
    both = browser.post(TOKENS[0], data=client, headers={"authorization": text})
    if text.startswith("Basic "):
        oauth_error(both, 400, 401)


@pytest.mark.parametrize("assertion", ["x", "a.b.c", "e30.e30.", "x" * 50_000, "", "\0", "....."])
def test_no_assertion_breaks_the_token_endpoint(
    browser: httpx2.Client, client: dict[str, str], assertion: str
) -> None:
    form = {name: value for name, value in client.items() if name != "client_secret"}
    form["client_assertion"] = assertion
    form["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    oauth_error(browser.post(TOKENS[0], data=form), 400, 401)


@pytest.mark.parametrize("name", ["nope", "%00", "contoso.onmicrosoft.com%20", "..", "'"])
@pytest.mark.parametrize(
    "tail", ["oauth2/v2.0/token", "v2.0/.well-known/openid-configuration", "discovery/v2.0/keys"]
)
def test_an_unknown_tenant_or_flow_is_no_surprise(
    browser: httpx2.Client, name: str, tail: str
) -> None:
    for path in (f"/{quote(name, safe='%')}/{tail}", f"{TENANT}/{quote(name, safe='%')}/{tail}"):
        answer = browser.request("POST" if tail.endswith("token") else "GET", path)
        assert 400 <= answer.status_code < 500, (path, answer.text)


# --------------------------------------------------------------------------- pages


def page(answer: httpx2.Response, *statuses: int) -> str:
    """A page for people that tells of a problem."""
    assert answer.status_code in (statuses or (400, 403, 404, 405, 413)), answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert "script-src 'nonce-" in answer.headers["content-security-policy"]
    assert "<script>alert(1)" not in answer.text
    assert "Traceback" not in answer.text
    return answer.text


AUTHORIZE = f"{FLOW}/oauth2/v2.0/authorize"


@pytest.mark.parametrize(
    "name",
    ["client_id", "redirect_uri", "response_type", "scope", "response_mode", "prompt", "state",
     "nonce", "code_challenge", "code_challenge_method", "ui_locales", "login_hint", "max_age",
     "claims", "request", "request_uri", "id_token_hint", "domain_hint", "p"],
)  # fmt: skip
def test_no_parameter_breaks_the_authorization_endpoint(
    live: Live, browser: httpx2.Client, name: str
) -> None:
    good = {
        "client_id": live.facts["client_id"],
        "redirect_uri": live.facts["redirect_uris"][0],
        "response_type": "code",
        "scope": "openid",
    }
    for value in ODD:
        answer = browser.get(AUTHORIZE, params={**good, name: value})
        assert answer.status_code < 500, (value, answer.text)
        if answer.status_code in {302, 303}:
            target = answer.headers["location"]
            assert target.startswith((live.base, "/")), target
        elif answer.status_code >= 400:
            page(answer)
    page(browser.get(f"{AUTHORIZE}?{urlencode(good)}&{name}=a&{name}=b"), 400)


def test_the_authorization_endpoint_reads_forms_like_queries(browser: httpx2.Client) -> None:
    page(browser.post(AUTHORIZE, json={"client_id": "x"}), 400)
    page(browser.post(AUTHORIZE, content=b"client_id=a&client_id=b", headers=FORM), 400)
    page(browser.post(AUTHORIZE, content=b"\xff", headers=FORM), 400)
    page(browser.post(AUTHORIZE, content=b"a=" + b"x" * (1024 * 1024), headers=FORM), 400, 413)
    for method in ("PUT", "DELETE", "PATCH"):
        page(browser.request(method, AUTHORIZE), 405)


@pytest.mark.parametrize("path", [f"{FLOW}/SelfAsserted", f"{FLOW}/SelfAsserted/confirmed"])
@pytest.mark.parametrize("script", [False, True], ids=["plain form", "XMLHttpRequest"])
def test_no_form_of_a_stranger_breaks_a_page(
    browser: httpx2.Client, path: str, *, script: bool
) -> None:
    asked = {"x-requested-with": "XMLHttpRequest"} if script else {}
    for content in (*MALFORMED.values(), b"action=signin&email=a", b"csrf_token=x"):
        for query in ("", "?tx=x", "?tx=StateProperties=x&p=B2C_1_susi", "?tx=a&tx=b", "?tx=%ff"):
            answer = browser.post(f"{path}{query}", content=content, headers={**FORM, **asked})
            if script and answer.headers["content-type"].startswith("application/json"):
                assert 400 <= answer.status_code < 500
                assert answer.json()["status"] == "400"
            else:
                page(answer)


@pytest.mark.parametrize(
    "path",
    [
        f"{FLOW}/api/CombinedSigninAndSignup/confirmed",
        f"{FLOW}/api/<script>alert(1)</script>/x",
        f"{FLOW}/api/SelfAsserted/nope?tx=<script>alert(1)</script>",
        f"{FLOW}/oauth2/v2.0/logout?post_logout_redirect_uri=javascript:alert(1)",
        f"{FLOW}/oauth2/v2.0/logout?id_token_hint=x&id_token_hint=y",
        "/nope",
        "/<script>alert(1)</script>",
        "/%00",
        "/%ff/%fe/%fd",
        "/" + "a/" * 2000,
        "/static/%2e%2e%2f%2e%2e%2fetc/passwd",
        "/static/",
        "/run?flow=<script>alert(1)</script>",
        "/run",
        "/vestibule/v2/messages",
    ],
    ids=lambda path: str(path)[:40],
)
def test_an_address_that_leads_nowhere_is_a_page(browser: httpx2.Client, path: str) -> None:
    page(browser.get(path))


def test_the_viewer_shows_what_it_is_given_and_runs_none_of_it(browser: httpx2.Client) -> None:
    for name in ("code", "error", "error_description", "state", "id_token"):
        for value in ODD:
            answer = browser.get("/jwt", params={name: value})
            assert answer.status_code < 500, (name, value)
            assert "<script>alert(1)" not in answer.text


def test_no_path_breaks_the_server(browser: httpx2.Client) -> None:
    chance = random.Random(20_481)  # noqa: S311  # the same every time
    parts = [
        "contoso.onmicrosoft.com", "B2C_1_susi", "tfp", "te", "oauth2", "v2.0", "authorize",
        "token",
        "logout", ".well-known", "openid-configuration", "discovery", "keys", "common", "userrealm",
        "instance", "SelfAsserted", "api", "static", "jwt", "run", "inbox", "healthz", "", "%00",
        "%2e%2e", "%ff", "a" * 300,
    ]  # fmt: skip
    for _ in range(300):
        path = "/" + "/".join(chance.choice(parts) for _ in range(chance.randrange(1, 7)))
        method = chance.choice(("GET", "POST", "PUT", "DELETE", "OPTIONS"))
        query = chance.choice(("", "?p=", "?p=B2C_1_susi", "?p=%00", "?p=%ff", "?tx=x", "?p=a&p=b"))
        answer = browser.request(method, path + query)
        assert answer.status_code < 500, (method, path, query, answer.text)

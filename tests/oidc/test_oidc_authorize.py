"""The checks of the authorization endpoint, one row for each thing Mallory may try."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from oidc.contoso import (
    API,
    API_READ,
    API_WRITE,
    BARE,
    BASE,
    DEV,
    NOW,
    OTHER_FLOW,
    OTHER_READ,
    PROGRAM,
    SERVE,
    SIGNER,
    SPA,
    SPA_URI,
    SUSI,
    TID,
    WEB,
    WEB_URI,
    contoso,
)
from vestibule.oidc.asked import Asked
from vestibule.oidc.authorize import check
from vestibule.oidc.faults import Fault
from vestibule.oidc.pkce import s256
from vestibule.settings import Settings
from vestibule.tenancy import Flow

CHALLENGE = s256("v" * 43)
GOOD = {
    "client_id": WEB,
    "redirect_uri": WEB_URI,
    "response_type": "code",
    "scope": "openid",
    "state": "s|1",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
OF_SPA = {"client_id": SPA, "redirect_uri": SPA_URI}


def ask(settings: Settings = DEV, flow: Flow = SUSI, /, **changes: str | None) -> Asked:
    merged = {**GOOD, **changes}
    parameters = {name: value for name, value in merged.items() if value is not None}
    return check(
        parameters,
        tenant=contoso(),
        flow=flow,
        base=BASE,
        settings=settings,
        signer=SIGNER,
        correlation="c0",
        now=NOW,
    )


def test_a_good_request_is_understood() -> None:
    asked = ask(nonce="n", prompt="login", max_age="60", login_hint="bob", client_info="1", utm="x")
    assert asked.redirect.kind == "web"
    assert (asked.state, asked.nonce, asked.prompt, asked.max_age_s) == ("s|1", "n", "login", 60)
    assert asked.challenge == CHALLENGE
    assert asked.mode == "query"
    assert asked.client_info


def test_a_request_survives_json() -> None:
    asked = ask(scope=f"openid offline_access {API_READ}")
    assert Asked.load(json.loads(json.dumps(asked.dump()))) == asked


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_id": None}, "90008"),
        ({"client_id": ""}, "90008"),
        ({"client_id": "unknown"}, "90018"),
        ({"client_id": PROGRAM}, "90092"),
        ({"client_id": BARE}, "90007"),
        ({"redirect_uri": None}, "90083"),
        ({"redirect_uri": "https://mallory.example/"}, "90006"),
        ({"redirect_uri": WEB_URI.upper()}, "90006"),
        ({"redirect_uri": WEB_URI + "/"}, "90006"),
        ({"redirect_uri": WEB_URI + "?a=b"}, "90006"),
        ({"redirect_uri": WEB_URI + "#f"}, "90287"),
        ({"redirect_uri": "https://app.example:443/cb"}, "90006"),
        ({"redirect_uri": "https://app.example@mallory.example/cb"}, "90006"),
        ({"redirect_uri": "https://app.example/x/../cb"}, "90006"),
        ({"redirect_uri": "https://app.example/%63b"}, "90006"),
        ({"redirect_uri": "javascript:alert(1)"}, "90287"),
        ({"redirect_uri": "/cb"}, "90287"),
        ({"redirect_uri": "https://localhost:1"}, "90006"),
        ({"redirect_uri": "http://localhost:1/other"}, "90006"),
        ({"redirect_uri": "http://localhost:1@mallory.example/"}, "90006"),
        ({"redirect_uri": "http://localhost.mallory.example:1"}, "90006"),
        ({"redirect_uri": "http://127.0.0.1:1/CB"}, "90006"),
        ({**OF_SPA, "redirect_uri": "http://localhost:1"}, "90006"),
    ],
    ids=[
        "no client",
        "empty client",
        "unknown client",
        "disabled client",
        "no redirect URIs",
        "no redirect URI",
        "foreign",
        "other case",
        "slash",
        "query added",
        "fragment",
        "port added",
        "user info",
        "dots",
        "escape",
        "script",
        "relative",
        "loopback with https",
        "loopback, other path",
        "loopback as user info",
        "loopback as prefix",
        "loopback, path in other case",
        "loopback of another client",
    ],
)
def test_without_a_trusted_redirect_uri_nobody_is_sent_anywhere(
    changes: dict[str, str | None], code: str
) -> None:
    with pytest.raises(Fault) as refusal:
        ask(**changes)
    assert refusal.value.code == f"AADB2C{code}"
    assert refusal.value.answer is None


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost",
        "http://localhost:5001",
        "http://localhost:5001/",
        "http://127.0.0.1:9/cb",
        "myapp:/cb",
        "https://app.example/q?x=1",
    ],
)
def test_a_registered_redirect_uri_is_good_on_any_loopback_port(uri: str) -> None:
    assert ask(redirect_uri=uri).redirect.uri == uri


@pytest.mark.parametrize(
    ("changes", "error", "code"),
    [
        ({"response_mode": "web_message"}, "invalid_request", "90014"),
        ({"response_type": None}, "unsupported_response_type", "90013"),
        ({"response_type": "none"}, "unsupported_response_type", "90013"),
        ({"response_type": "code code"}, "unsupported_response_type", "90013"),
        ({"response_type": "id_token", "nonce": "n"}, "unauthorized_client", "90057"),
        ({"response_type": "code token"}, "unauthorized_client", "90057"),
        ({"request": "e30.e30."}, "request_not_supported", "90276"),
        ({"request_uri": "https://m.example"}, "request_uri_not_supported", "90276"),
        ({"scope": None}, "invalid_request", "90010"),
        ({"scope": " "}, "invalid_request", "90010"),
        ({"scope": 'openid "'}, "invalid_scope", "99005"),
        ({"scope": "openid unknown"}, "invalid_request", "90117"),
        ({"scope": "openid https://nobody.example/read"}, "invalid_request", "90117"),
        ({"scope": "offline_access"}, "invalid_scope", "90115"),
        ({"scope": f"{API_READ} {OTHER_READ}"}, "invalid_request", "90146"),
        ({"scope": f"{WEB} {API_READ}"}, "invalid_request", "90146"),
        ({"scope": f"openid {API_WRITE}"}, "unauthorized_client", "90205"),
        (
            {"scope": "openid https://contoso.onmicrosoft.com/api/gone"},
            "unauthorized_client",
            "90205",
        ),
        ({"prompt": "create"}, "invalid_request", "90043"),
        ({"prompt": "none login"}, "invalid_request", "90043"),
        ({"max_age": "soon"}, "invalid_request", "90120"),
        ({"max_age": "-1"}, "invalid_request", "90120"),
        ({"max_age": "²"}, "invalid_request", "90120"),
        ({"max_age": "99999999999999999999"}, "invalid_request", "90120"),
        ({"max_age": "0" * 5000}, "invalid_request", "90120"),
        ({"nonce": "n" * 1025}, "invalid_request", "90122"),
        ({"code_challenge": "c" * 129}, "invalid_request", "90122"),
        ({"code_challenge_method": "S512"}, "invalid_request", "90184"),
        ({**OF_SPA, "code_challenge": None}, "invalid_request", "99059"),
    ],
    ids=[
        "response mode",
        "no response type",
        "unknown response type",
        "the same word twice",
        "implicit",
        "hybrid",
        "request object",
        "request_uri",
        "no scope",
        "blank scope",
        "illegal character",
        "unknown word",
        "unknown resource",
        "nothing asked",
        "two APIs",
        "own id and an API",
        "not consented",
        "disabled scope",
        "prompt",
        "none with another",
        "max_age word",
        "max_age negative",
        "max_age digit that is none",
        "max_age too long",
        "max_age of zeros",
        "nonce too long",
        "challenge too long",
        "challenge method",
        "SPA without challenge",
    ],
)
def test_a_fault_is_told_to_the_application(
    changes: dict[str, str | None], error: str, code: str
) -> None:
    with pytest.raises(Fault) as refusal:
        ask(**changes)
    answer = refusal.value.answer
    assert answer is not None
    told = answer.parameters
    assert told["error"] == error
    assert told["error_description"].startswith(f"AADB2C{code}: ")
    assert (told["state"], told["iss"]) == ("s|1", f"{BASE}/{TID}/v2.0/")
    assert answer.uri in (WEB_URI, SPA_URI)


def test_a_state_that_is_too_long_is_not_sent_back() -> None:
    with pytest.raises(Fault) as refusal:
        ask(state="s" * 4097)
    assert refusal.value.number == "90122"
    assert refusal.value.answer is not None
    assert "state" not in refusal.value.answer.parameters


def test_a_hint_that_is_too_long_is_no_hint() -> None:
    long = {"login_hint": "b" * 255, "domain_hint": "d" * 257, "ui_locales": "u" * 257}
    asked = ask(**long, nonce="n" * 1024, state="s" * 4096)
    assert (asked.login_hint, asked.domain_hint, asked.ui_locales) == ("", "", "")
    assert (len(asked.nonce), len(asked.state)) == (1024, 4096)
    assert ask(login_hint="b" * 254).login_hint


def test_what_is_repeated_or_unknown_is_not_kept() -> None:
    asked = ask(prompt="consent " * 999, utm="kept" * 999)
    assert asked.prompt == "consent"
    assert "kept" not in json.dumps(asked.dump())


def test_a_description_has_three_lines_in_b2cs_encoding() -> None:
    with pytest.raises(Fault) as refusal:
        ask(prompt="x")
    assert refusal.value.answer is not None
    location = refusal.value.answer.location()
    query = parse_qs(urlsplit(location).query)
    lines = query["error_description"][0].split("\r\n")
    assert lines[1:] == ["Correlation ID: c0", "Timestamp: 2026-11-20 12:00:00Z", ""]
    assert "AADB2C90043%3a+The+prompt" in location


def test_what_a_caller_sent_is_repeated_short_and_printable() -> None:
    with pytest.raises(Fault) as refusal:
        ask(client_id='"\\\x00<b>' + "é" * 999)
    assert '"' not in refusal.value.message
    assert "\\" not in refusal.value.message
    assert len(refusal.value.message) < 400


@pytest.mark.parametrize(
    ("settings", "changes", "fault"),
    [
        (DEV, {"code_challenge": None}, None),
        (SERVE, {"code_challenge": None}, "99059"),
        (DEV, {"code_challenge_method": "plain"}, None),
        (DEV, {"code_challenge_method": None}, None),
        (SERVE, {"code_challenge_method": "plain"}, "90184"),
        (SERVE, {"code_challenge_method": None}, "90184"),
        (DEV, {"code_challenge": None, "code_challenge_method": "nonsense"}, None),
        (SERVE, {"redirect_uri": "http://localhost:1", "code_challenge": None}, "99059"),
    ],
    ids=[
        "dev, none",
        "serve, none",
        "dev, plain",
        "dev, no method",
        "serve, plain",
        "serve, no method",
        "method without challenge",
        "serve, native",
    ],
)
def test_pkce_follows_the_settings(
    settings: Settings, changes: dict[str, str | None], fault: str | None
) -> None:
    if fault is None:
        ask(settings, **changes)
        return
    with pytest.raises(Fault) as refusal:
        ask(settings, **changes)
    assert refusal.value.number == fault


@pytest.mark.parametrize(
    ("pkce", "settings", "needed"),
    [("optional", SERVE, False), ("required", DEV, True), ("default", DEV, False)],
    ids=["opted out", "opted in", "neither"],
)
def test_an_application_may_choose_pkce(pkce: Any, settings: Settings, *, needed: bool) -> None:
    tenant = contoso()
    web = replace(tenant.applications[WEB], pkce=pkce)
    parameters = {name: value for name, value in GOOD.items() if "challenge" not in name}
    try:
        check(
            parameters,
            tenant=contoso(web),
            flow=SUSI,
            base=BASE,
            settings=settings,
            signer=SIGNER,
            correlation="",
            now=NOW,
        )
    except Fault as fault:
        assert needed
        assert fault.number == "99059"  # noqa: PT017 - both outcomes are rows
    else:
        assert not needed


def test_a_plain_challenge_is_kept_hashed() -> None:
    verifier = "plain-" * 10
    asked = ask(code_challenge=verifier, code_challenge_method="plain")
    assert asked.challenge == s256(verifier)
    assert verifier not in json.dumps(asked.dump())


@pytest.mark.parametrize(
    ("scope", "resource", "names", "values"),
    [
        ("openid", "", (), ()),
        (f"openid {WEB.upper()}", WEB, (WEB.upper(),), ()),
        (f"{API_READ} {API_WRITE}", API, (API_READ,), ("read",)),
        (f"api://{API}/read profile", API, (f"api://{API}/read",), ("read",)),
    ],
    ids=["openid", "own id", "a subset", "api://"],
)
def test_scopes_are_granted(
    scope: str, resource: str, names: tuple[str, ...], values: tuple[str, ...]
) -> None:
    scopes = ask(scope=scope).scopes
    assert (scopes.resource, scopes.names, scopes.values) == (resource, names, values)


@pytest.mark.parametrize(
    ("mode", "start"),
    [("query", WEB_URI + "?state=s%7c1&"), ("fragment", WEB_URI + "#state=s%7c1&")],
)
def test_an_answer_goes_where_the_mode_says(mode: str, start: str) -> None:
    answer = ask(response_mode=mode).answer({"code": "x"})
    assert answer.location().startswith(start)


def test_a_query_that_is_there_already_is_kept() -> None:
    answer = ask(redirect_uri="https://app.example/q?x=1").answer({"code": "x"})
    assert answer.location().startswith("https://app.example/q?x=1&state=")


def test_a_form_is_posted_to_the_bare_address() -> None:
    answer = ask(DEV, OTHER_FLOW, response_mode="form_post").answer({"code": "x"})
    assert answer.location() == WEB_URI
    assert answer.parameters["iss"] == f"{BASE}/tfp/{TID}/b2c_1_other/v2.0/"

"""The pages' own addresses over HTTP: what a script, a form, a link and a stranger get."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest

from live import Live, running

FLOW = "/contoso.onmicrosoft.com/b2c_1_susi"
SCRIPT = {"X-Requested-With": "XMLHttpRequest"}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with running(tmp_path_factory.mktemp("pages")) as live:
        yield live


@pytest.fixture
def browser(live: Live) -> Iterator[httpx2.Client]:
    with live.http() as browser:
        yield browser


@pytest.fixture(scope="module")
def operator(live: Live) -> Iterator[httpx2.Client]:
    with live.graph() as client:
        yield client


def authorize(browser: httpx2.Client, live: Live, **changed: str) -> httpx2.Response:
    parameters = {
        "client_id": live.facts["client_id"],
        "response_type": "code",
        "redirect_uri": live.facts["redirect_uris"][0],
        "scope": "openid",
        "state": "a state",
        **changed,
    }
    return browser.get(f"{FLOW}/oauth2/v2.0/authorize?{urlencode(parameters)}")


def settings_of(page: httpx2.Response) -> dict[str, Any]:
    """The page's SETTINGS, as a script that replays the protocol reads them."""
    found = re.search(r"var SETTINGS = (.*);\n", page.text)
    assert found, page.text
    settings: dict[str, Any] = json.loads(found[1])
    return settings


def tail(settings: dict[str, Any], **more: str) -> str:
    return urlencode({"tx": settings["transId"], "p": settings["hosts"]["policy"], **more})


def send(
    browser: httpx2.Client, settings: dict[str, Any], below: str = "", **fields: str
) -> httpx2.Response:
    """What a script of B2C's own pages posts."""
    address = f"{settings['hosts']['tenant']}/SelfAsserted{below}?{tail(settings)}"
    headers = {**SCRIPT, "X-CSRF-TOKEN": settings["csrf"]}
    return browser.post(address, data=fields, headers=headers)


def confirmed(browser: httpx2.Client, settings: dict[str, Any]) -> httpx2.Response:
    query = tail(settings, csrf_token=settings["csrf"], rememberMe="false", diags="{}")
    return browser.get(
        f"{settings['hosts']['tenant']}/api/CombinedSigninAndSignup/confirmed?{query}"
    )


def signed_in(browser: httpx2.Client, live: Live, **changed: str) -> httpx2.Response:
    """Bob signs in by the protocol of B2C's pages; what the last address answers."""
    settings = settings_of(authorize(browser, live, **changed))
    facts = live.facts
    sent = send(
        browser,
        settings,
        request_type="RESPONSE",
        signInName=facts["user"],
        password=facts["password"],
    )
    assert sent.json() == {"status": "200"}
    return confirmed(browser, settings)


def test_b2cs_page_protocol_signs_bob_in(browser: httpx2.Client, live: Live) -> None:
    landed = signed_in(browser, live)
    answer = parse_qs(urlsplit(landed.headers["location"]).query)
    assert landed.status_code == 302
    assert answer["state"] == ["a state"]
    assert answer["code"]


def test_a_session_answers_without_a_page(browser: httpx2.Client, live: Live) -> None:
    signed_in(browser, live)
    assert "code=" in authorize(browser, live, prompt="none").headers["location"]
    assert authorize(browser, live, prompt="login").status_code == 200


def test_each_authentication_draws_a_new_session_cookie(browser: httpx2.Client, live: Live) -> None:
    name = "x-ms-cpim-sso:contoso.onmicrosoft.com_0"
    signed_in(browser, live)
    first = browser.cookies[name]
    signed_in(browser, live, prompt="login")
    assert browser.cookies[name] != first


def test_without_a_session_no_page_means_interaction_required(
    browser: httpx2.Client, live: Live
) -> None:
    answer = authorize(browser, live, prompt="none")
    told = parse_qs(urlsplit(answer.headers["location"]).query)
    assert told["error"] == ["interaction_required"]
    assert told["error_description"][0].startswith("AADB2C90077: ")


def test_a_wrong_password_is_status_400_inside_http_200(browser: httpx2.Client, live: Live) -> None:
    settings = settings_of(authorize(browser, live))
    sent = send(
        browser,
        settings,
        request_type="RESPONSE",
        signInName=live.facts["user"],
        password="Mallorys-guess-1",
    )
    assert sent.status_code == 200
    assert sent.json() == {
        "status": "400",
        "errorCode": "AADB2C90054",
        "message": "Your password is incorrect.",
    }


@pytest.mark.parametrize("token", ["", "of another browser"], ids=["none", "wrong"])
@pytest.mark.parametrize("headers", [{}, SCRIPT], ids=["form", "script"])
def test_a_form_without_the_browsers_token_is_refused(
    browser: httpx2.Client, live: Live, token: str, headers: dict[str, str]
) -> None:
    settings = settings_of(authorize(browser, live))
    sent = browser.post(
        f"{settings['hosts']['tenant']}/SelfAsserted?{tail(settings)}",
        data={"csrf_token": token, "action": "signup"},
        headers=headers,
    )
    assert sent.status_code == 403


def test_a_link_that_acts_needs_the_browsers_token(browser: httpx2.Client, live: Live) -> None:
    settings = settings_of(authorize(browser, live))
    for address in (
        "CombinedSigninAndSignup/forgotPassword",
        "CombinedSigninAndSignup/confirmed",
        "SelfAsserted/error?code=cancelled&",
    ):
        joint = "" if "?" in address else "?"
        answer = browser.get(f"{FLOW}/api/{address}{joint}{tail(settings, csrf_token='x')}")
        assert answer.status_code == 403


def test_a_journey_stays_in_its_browser(browser: httpx2.Client, live: Live) -> None:
    settings = settings_of(authorize(browser, live))
    page = f"{FLOW}/api/CombinedSigninAndSignup/unified?{tail(settings)}"
    assert browser.get(page).status_code == 200
    with live.http() as other:
        settings_of(authorize(other, live))
        stranger = other.get(f"{page}&client_id={live.facts['client_id']}")
    assert stranger.status_code == 400
    assert "AADB2C90046" in stranger.text
    assert f'id="startAgain" href="{live.base}/"' in stranger.text


def test_two_tabs_do_not_disturb_each_other(browser: httpx2.Client, live: Live) -> None:
    one, two = (settings_of(authorize(browser, live)) for _ in range(2))
    address = "api/CombinedSigninAndSignup/unified"
    up = browser.get(f"{FLOW}/{address}?{tail(one, local='signup', csrf_token=one['csrf'])}")
    assert settings_of(up)["api"] == "SelfAsserted"
    still = browser.get(f"{FLOW}/{address}?{tail(two)}")
    assert settings_of(still)["api"] == "CombinedSigninAndSignup"


def test_after_a_plain_form_the_browser_is_sent_on_by_303(
    browser: httpx2.Client, live: Live
) -> None:
    settings = settings_of(authorize(browser, live))
    sent = browser.post(
        f"{FLOW}/SelfAsserted?{tail(settings)}",
        data={
            "csrf_token": settings["csrf"],
            "action": "signin",
            "email": live.facts["user"],
            "password": live.facts["password"],
        },
    )
    assert sent.status_code == 303
    assert "/confirmed?" in sent.headers["location"]


def test_a_form_post_answer_is_escaped_and_may_only_go_to_the_application(
    browser: httpx2.Client, live: Live
) -> None:
    page = signed_in(browser, live, response_mode="form_post", state='"><script>')
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert "&#34;&gt;&lt;script&gt;" in page.text
    assert f"form-action 'self' {live.base}" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"client_id": "nobody"}, "AADB2C90018"),
        ({"redirect_uri": "https://mallory.example/"}, "AADB2C90006"),
    ],
    ids=["unknown client", "unregistered address"],
)
def test_what_cannot_be_trusted_is_told_to_the_person(
    browser: httpx2.Client, live: Live, changed: dict[str, str], code: str
) -> None:
    page = authorize(browser, live, **changed)
    assert page.status_code == 400
    assert code in page.text
    assert page.headers["request-id"] in page.text


def test_a_lost_journey_tells_a_script_so(browser: httpx2.Client, live: Live) -> None:
    settings = settings_of(authorize(browser, live))
    settings["transId"] = "StateProperties=eyJUSUQiOiJub3doZXJlIn0"
    assert send(browser, settings, request_type="RESPONSE").json()["errorCode"] == "AADB2C90046"


@pytest.mark.parametrize(
    "packed",
    [
        b'{"TID":"\\ud800"}',
        b"[" * 1000,
        b'{"TID":"' + b"a" * 65 + b'"}',
        b'{"TID":"a b"}',
        b'{"TID":"a\\n"}',
        b'{"TID":"a", "x": "' + b"x" * 512 + b'"}',
    ],
    ids=["half a character", "deep", "long id", "blank", "line end", "long"],
)
def test_a_transaction_that_is_not_ours_is_lost(
    browser: httpx2.Client, live: Live, packed: bytes
) -> None:
    settings = settings_of(authorize(browser, live))
    tx = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    for sent in (tx, f"StateProperties={tx}"):
        settings["transId"] = sent
        assert send(browser, settings, request_type="RESPONSE").json()["errorCode"] == "AADB2C90046"
        page = browser.get(f"{FLOW}/api/CombinedSigninAndSignup/unified?{tail(settings)}")
        assert page.status_code == 400
        assert "AADB2C90046" in page.text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("wait=0", 200),
        ("wait=", 400),
        ("wait", 400),
        ("wait=-1", 400),
        ("wait=31", 400),
        ("wait=1&wait=2", 400),
        ("wait=" + "1" * 5000, 400),
        ("wait=%D9%A1", 400),
        ("x-wait=1", 200),
        ("$filter=to eq 'wait='", 200),
    ],
    ids=[
        "now",
        "empty",
        "no value",
        "negative",
        "too long a time",
        "twice",
        "many digits",
        "digit that is none",
        "another option",
        "inside a filter",
    ],
)
def test_a_wait_is_read_as_an_option(operator: httpx2.Client, query: str, status: int) -> None:
    answer = operator.get(f"/vestibule/v1/messages?{query}")
    assert answer.status_code == status, answer.text


def test_a_clock_is_not_moved_by_a_deep_body(operator: httpx2.Client) -> None:
    assert operator.post("/vestibule/v1/clock", content=b"[" * 5000).status_code == 400


def test_only_forms_are_posted(browser: httpx2.Client) -> None:
    assert browser.get(f"{FLOW}/SelfAsserted").status_code == 405
    assert browser.post(f"{FLOW}/api/SelfAsserted/confirmed").status_code == 405


def test_a_message_is_deleted_only_by_our_own_page(browser: httpx2.Client, live: Live) -> None:
    assert browser.get("/inbox").status_code == 200
    fields = {"tenant": live.facts["tenant_id"], "delete": "1", "csrf_token": "x"}
    assert browser.post("/inbox", data=fields).status_code == 403


def test_the_viewer_refuses_an_answer_that_it_did_not_ask_for(browser: httpx2.Client) -> None:
    page = browser.get("/jwt?code=stolen&state=x")
    assert "These tokens are not shown twice" in page.text


@pytest.mark.parametrize("state", ["a b", "a;b", "\u00e9", "a=b"])
def test_the_viewer_looks_for_no_cookie_of_another_name(browser: httpx2.Client, state: str) -> None:
    run = {"tenant": "x", "flow": "x", "state": state, "nonce": "n", "verifier": "v"}
    packed = base64.urlsafe_b64encode(json.dumps(run).encode()).decode()
    header = f"vestibule-run-{state}={packed}".encode("latin-1")
    page = browser.get("/jwt", params={"error": "x", "state": state}, headers={b"cookie": header})
    assert page.status_code == 200
    assert "set-cookie" not in page.headers


def test_a_browser_is_given_its_name_once(browser: httpx2.Client, live: Live) -> None:
    name = "__Host-vestibule-browser"
    given = next(
        value
        for value in authorize(browser, live).headers.get_list("set-cookie")
        if value.startswith(name)
    )
    assert {"HttpOnly", "Secure", "Path=/"} <= set(given.split("; "))
    assert "Domain" not in given
    first = browser.cookies[name]
    assert len(first) == 43
    assert name not in authorize(browser, live).headers["set-cookie"]
    assert first not in authorize(browser, live).text

"""AU, AR: authorization requests, the good ones and the refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

import httpx2
import msgspec

from parity.place import (
    BACK,
    SPA,
    App,
    Place,
    answer,
    asked_again,
    claims,
    opened,
    sign_in,
    try_password,
)
from parity.proofs import shows
from people import Page, follow, look
from vestibule.oidc.signing import decode

IMPLICIT = {
    "redirectUris": [BACK],
    "implicitGrantSettings": {"enableIdTokenIssuance": True, "enableAccessTokenIssuance": True},
}
GRAMMAR = re.compile(
    r"AADB2C\d{5}: [^\r\n]+\r\nCorrelation ID: [0-9a-f-]{36}\r\n"
    r"Timestamp: \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ\r\n"
)


def page_of(place: Place, flow: str, app: App | None = None, **parameters: str) -> Page:
    """The page that a request ends on, with nothing sent to the application."""
    with place.browser() as browser:
        return look(browser, place.asked(flow, app, **parameters).url)


def refusal(place: Place, flow: str, app: App | None = None, **parameters: str) -> dict[str, str]:
    """What the application is told at once."""
    with place.browser() as browser:
        return asked_again(browser, place.asked(flow, app, **parameters).url)


def number(told: Mapping[str, str]) -> str:
    return told["error_description"].partition(":")[0].removeprefix("AADB2C")


def implicit(place: Place) -> App:
    return place.application(web=IMPLICIT)


@shows("AU-01", "AU-02", "AU-03", "AU-04")
def what_is_not_trusted_is_shown_to_the_person(place: Place) -> None:
    flow = place.flow()
    for parameters, code in (
        ({"client_id": ""}, "AADB2C90008"),
        ({"client_id": place.tenant_id}, "AADB2C90018"),
        ({"redirect_uri": "https://app.example/elsewhere"}, "AADB2C90006"),
        ({"redirect_uri": BACK.replace("/back", "/Back")}, "AADB2C90006"),
    ):
        page = page_of(place, flow, None, **parameters)
        assert page.status == 400
        assert code in page.text


@shows("AU-05")
def http_is_for_this_machine(place: Place) -> None:
    flow = place.flow()
    local = place.application(web={"redirectUris": ["http://localhost:3000/back"]})
    with place.browser() as browser:
        url = place.asked(flow, local, redirect_uri="http://localhost:3000/back").url
        assert "code" in sign_in(browser, url, place.person())
    refused = place.graph.patch(
        f"/v1.0/applications/{local.id}",
        json={"web": {"redirectUris": ["http://app.example/back"]}},
    )
    assert refused.status_code == 400


@shows("AU-06", "AU-07", "AU-08", "AU-09", "AU-19")
def a_bad_parameter_is_told_to_the_application(place: Place) -> None:
    flow = place.flow()
    app = implicit(place)
    for parameters, code in (
        ({"scope": ""}, "90010"),
        ({"response_type": "cookie"}, "90013"),
        ({"response_type": "code", "response_mode": "carrier_pigeon"}, "90014"),
        ({"response_type": "id_token", "scope": "offline_access"}, "90110"),
        ({"response_type": "code", "scope": "offline_access"}, "90115"),
        ({"response_type": "token", "scope": "openid"}, "90055"),
        ({"prompt": "wave"}, "90043"),
        ({"max_age": "a while"}, "90120"),
    ):
        told = refusal(place, flow, app, **parameters)
        assert number(told) == code, (parameters, told)
    assert number(refusal(place, flow, response_type="id_token")) == "90057"


@shows("AU-10")
def scopes_of_one_resource(place: Place) -> None:
    flow = place.flow()
    other = place.api.rpartition("/")[0]
    own = place.web.client_id
    assert number(refusal(place, flow, scope=f"openid {place.api} {own}")) == "90146"
    assert number(refusal(place, flow, scope=f"openid {other}/write")) == "90205"
    body, _ = place.signed_in(flow, scope=f"openid {place.api} {other}/write")
    assert body["scope"] == place.api


@shows("AR-01")
def an_application_without_consent(place: Place) -> None:
    nobody = place.application(api=False)
    told = refusal(place, place.flow(), nobody, scope=f"openid {place.api}")
    assert number(told) == "90205"


@shows("AU-11")
def a_token_for_oneself(place: Place) -> None:
    body, _ = place.signed_in(place.flow(), scope=f"openid {place.web.client_id}")
    assert claims(body["access_token"])["aud"] == place.web.client_id
    assert "scp" not in claims(body["access_token"])


@shows("AU-12")
def the_nonce(place: Place) -> None:
    flow = place.flow()
    app = implicit(place)
    told = refusal(place, flow, app, response_type="id_token", nonce="")
    assert told["error"] == "invalid_request"
    body, asked = place.signed_in(flow)
    assert claims(body["id_token"])["nonce"] == asked.nonce


@shows("AU-13")
def the_state(place: Place) -> None:
    flow = place.flow()
    state = "a b/c+d&e=é"
    assert refusal(place, flow, prompt="none", state=state)["state"] == state
    with place.browser() as browser:
        landed = sign_in(browser, place.asked(flow, state=state).url, place.person())
    assert landed["state"] == state


@shows("AU-14")
def the_modes_of_an_answer(place: Place) -> None:
    flow, app, person = place.flow(), implicit(place), place.person()
    for parameters, mark in (
        ({"response_type": "code"}, "?"),
        ({"response_type": "code", "response_mode": "fragment"}, "#"),
        ({"response_type": "id_token"}, "#"),
        ({"response_type": "code id_token"}, "#"),
    ):
        with place.browser() as browser:
            url = place.asked(flow, app, **parameters).url
            page = opened(browser, url)
            landed = try_password(browser, page, person.name, person.password)
        assert isinstance(landed, str)
        assert landed.startswith(f"{BACK}{mark}"), landed
    told = refusal(place, flow, app, response_type="id_token", response_mode="query")
    assert number(told) == "90014"


@shows("AU-15")
def a_form_that_posts_itself(place: Place) -> None:
    asked = place.asked(place.flow(), response_mode="form_post")
    person = place.person()
    with place.browser() as browser:
        page = try_password(browser, opened(browser, asked.url), person.name, person.password)
    assert isinstance(page, Page)
    assert page.form.action == BACK
    assert page.form.fields["state"] == asked.state
    assert page.form.fields["code"]
    assert "<noscript>" in page.text
    place.redeemed(asked, page.form.fields["code"])


@shows("AU-16", "AU-17", "AU-18", "AU-20", "SE-06")
def what_a_session_is_good_for(place: Place) -> None:
    flow, person = place.flow(), place.person()
    with place.browser() as browser:
        nobody = asked_again(browser, place.asked(flow, prompt="none").url)
        assert (nobody["error"], number(nobody)) == ("interaction_required", "90077")
        first = place.asked(flow)
        landed = sign_in(browser, first.url, person)
        when = claims(place.redeemed(first, landed["code"])["id_token"])["auth_time"]
        place.move(minutes=5)
        silent = place.asked(flow, prompt="none")
        landed = asked_again(browser, silent.url)
        assert claims(place.redeemed(silent, landed["code"])["id_token"])["auth_time"] == when
        assert "password" in opened(browser, place.asked(flow, prompt="login").url).text
        assert "code" in asked_again(browser, place.asked(flow, max_age="3600").url)
        assert "password" in opened(browser, place.asked(flow, max_age="60").url).text


@shows("AU-21")
def the_hint_is_filled_in(place: Place) -> None:
    page = page_of(place, place.flow(), login_hint="ada@people.example")
    assert "ada@people.example" in page.form.fields.values()


@shows("AU-23", "AU-24")
def proof_keys(place: Place) -> None:
    flow, person = place.flow(), place.person()
    bare = {"code_challenge": "", "code_challenge_method": ""}
    assert number(refusal(place, flow, None, redirect_uri=SPA, **bare)) == "99059"
    assert number(refusal(place, flow, code_challenge_method="S512")) == "90184"
    plain = {"code_challenge": "v" * 43, "code_challenge_method": "plain"}
    for asked, verifier in (
        (place.asked(flow), ""),
        (place.asked(flow, None, **plain), "v" * 43),
    ):
        with place.browser() as browser:
            code = sign_in(browser, asked.url, person)["code"]
        place.redeemed(asked, code, None, code_verifier=verifier or asked.verifier)


@shows("AU-25")
def what_is_not_known_is_ignored(place: Place) -> None:
    asked = place.asked(place.flow(), campaignId="spring", utm_source="mail", display="page")
    with place.browser() as browser:
        assert "code" in sign_in(browser, asked.url, place.person())


@shows("AU-26")
def a_request_may_be_posted(place: Place) -> None:
    asked = place.asked(place.flow())
    person = place.person()
    address, _, query = asked.url.partition("?")
    with place.browser() as browser:
        page = follow(browser, browser.post(address, data=dict(parse_qsl(query))))
        assert isinstance(page, Page)
        landed = try_password(browser, page, person.name, person.password)
    place.redeemed(asked, answer(landed)["code"])


@shows("AU-27")
def the_grammar_of_an_error(place: Place) -> None:
    asked = place.asked(place.flow(), prompt="none")
    with place.browser() as browser:
        location = browser.get(asked.url).headers["location"]
    told = dict(parse_qsl(urlsplit(location).query))
    assert GRAMMAR.fullmatch(told["error_description"])
    assert "%3a+" in location
    assert "%0d%0a" in location


@shows("AU-28", "TK-14", "TK-15")
def who_the_account_is(place: Place) -> None:
    flow, person = place.flow(), place.person()
    asked = place.asked(flow, client_info="1")
    with place.browser() as browser:
        landed = sign_in(browser, asked.url, person)
    told = _unpacked(landed["client_info"])
    assert told == {"uid": f"{person.id}-{flow.lower()}", "utid": place.tenant_id}
    body = place.redeemed(asked, landed["code"], client_info="1")
    assert _unpacked(body["client_info"]) == told
    assert "profile_info" not in body
    body, _ = place.signed_in(flow, person)
    assert _unpacked(body["profile_info"])["tid"] == place.tenant_id
    assert "client_info" not in body


@shows("AU-29")
def the_issuer_answers(place: Place) -> None:
    told = refusal(place, place.flow(), prompt="none")
    assert told["iss"] == f"{place.base}/{place.tenant_id}/v2.0/"


@shows("AR-02")
def a_flow_is_run_from_the_home_page(place: Place) -> None:
    with place.browser() as browser:
        home = look(browser, f"{place.base}/")
        assert "/run?" in home.text
        path = f"{place.base}/run?tenant={place.tenant}&flow={place.flow()}"
        person = place.person()
        page = opened(browser, path)
        landed = try_password(browser, page, person.name, person.password)
        shown = browser.get(landed) if isinstance(landed, str) else httpx2.Response(200)
    assert "id_token" in shown.text
    assert person.name in shown.text


def _unpacked(text: str) -> dict[str, str]:
    value: dict[str, str] = msgspec.json.decode(decode(text))
    return value

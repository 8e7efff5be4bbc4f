"""SE, LO: how long and how far a sign-in counts, and how it ends."""

from __future__ import annotations

import base64
import json
import re
from html import unescape
from urllib.parse import urlencode

import httpx2

from parity.forms import cookie
from parity.place import BACK, Asked, Place, asked_again, opened, sign_in
from parity.proofs import shows
from people import look, press

SIGNED_OUT = "You are signed out"
ELSEWHERE = "https://anywhere.example/out"


def silently(browser: httpx2.Client, asked: Asked) -> bool:
    """Whether a request that allows no page gets a code."""
    told = asked_again(browser, f"{asked.url}&prompt=none")
    assert "code" in told or "AADB2C90077" in told["error_description"], told
    return "code" in told


@shows("SE-01", "SE-03")
def how_far_a_session_counts(place: Place) -> None:
    person, shop = place.person(), place.application()
    for scope, another_flow, another_app in (
        ("tenant", True, True),
        ("application", True, False),
        ("policy", False, True),
        ("disabled", False, False),
    ):
        flow, second = place.flow(ssoScope=scope), place.flow(ssoScope=scope)
        with place.browser() as browser:
            sign_in(browser, place.asked(flow).url, person)
            assert silently(browser, place.asked(flow)) is (scope != "disabled")
            assert silently(browser, place.asked(second)) is another_flow
            assert silently(browser, place.asked(flow, shop)) is another_app


@shows("SE-02")
def how_long_a_session_lasts(place: Place) -> None:
    """The day of a rolling session begins again with each use, that of an absolute one never."""
    person = place.person()
    rolling, absolute = place.flow(), place.flow(sessionExpiry="absolute", ssoScope="policy")
    with place.browser() as used, place.browser() as unused:
        for browser in (used, unused):
            for flow in (rolling, absolute):
                sign_in(browser, place.asked(flow, prompt="login").url, person)
        place.move(minutes=1430)
        assert silently(used, place.asked(rolling))
        assert silently(used, place.asked(absolute))
        place.move(minutes=20)
        assert silently(used, place.asked(rolling))
        assert not silently(used, place.asked(absolute))
        assert not silently(unused, place.asked(rolling))


@shows("SE-04")
def keeping_people_signed_in(place: Place) -> None:
    """Federated people are not offered it because nobody can be federated yet."""
    flow, person = place.flow(keepMeSignedInDays=7), place.person()
    with place.browser() as browser:
        page = opened(browser, place.asked(flow).url)
        assert 'id="rememberMe"' in page.text
        typed = {"signInName": person.name, "password": person.password}
        press(browser, page, "signin", **typed, rememberMe="true")
        kept = cookie(browser, "x-ms-cpim-sso")
        assert kept.expires is not None
        assert not kept.discard
        place.move(days=6)
        assert silently(browser, place.asked(flow))
        place.move(days=2)
        assert not silently(browser, place.asked(flow))
        press(browser, opened(browser, place.asked(flow).url), "signin", **typed)
        assert cookie(browser, "x-ms-cpim-sso").discard
    for type in ("signUp", "passwordReset"):
        setting = f"/vestibule/v1/userFlows/{place.flow(type)}/settings"
        assert place.graph.patch(setting, json={"keepMeSignedInDays": 7}).status_code == 400


@shows("SE-05")
def the_cookies(place: Place) -> None:
    with place.browser() as browser:
        sign_in(browser, place.asked(place.flow()).url, place.person())
        held = {found.name: found for found in browser.cookies.jar}
    assert {f"x-ms-cpim-sso:{place.tenant}_0", "x-ms-cpim-csrf"} <= held.keys()
    for found in held.values():
        assert found.secure
        assert found.has_nonstandard_attr("HttpOnly")
        assert str(found.get_nonstandard_attr("SameSite")).lower() == "none"


def leaving(place: Place, flow: str, **parameters: str) -> str:
    return f"{place.url(flow, 'oauth2/v2.0/logout')}?{urlencode(parameters)}"


@shows("LO-01", "LO-02", "LO-03")
def the_end_of_a_session(place: Place) -> None:
    flow, person = place.flow(), place.person()
    with place.browser() as browser:
        for parameters, onward in (
            ({"post_logout_redirect_uri": BACK, "state": "a b"}, f"{BACK}?state=a+b"),
            ({"post_logout_redirect_uri": BACK}, BACK),
            ({}, ""),
        ):
            sign_in(browser, place.asked(flow).url, person)
            assert silently(browser, place.asked(flow))
            answer = browser.get(leaving(place, flow, **parameters))
            assert answer.headers.get("location", "") == onward
            assert (SIGNED_OUT in answer.text) is (not onward)
            assert not silently(browser, place.asked(flow))
            assert "password" in opened(browser, place.asked(flow).url).text


def altered(token: str, **changes: object) -> str:
    """Another token under the old signature."""
    head, body, signature = token.split(".")
    said = json.loads(base64.urlsafe_b64decode(body + "==")) | changes
    text = base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
    return f"{head}.{text}.{signature}"


@shows("LO-04")
def a_logout_that_needs_a_token(place: Place) -> None:
    flow, person = place.flow(requireIdTokenForLogout=True), place.person()
    other = place.flow(issuerForm="userFlow")
    token = place.signed_in(flow, person, scope=f"openid {place.api}")[0]
    issued_elsewhere = place.signed_in(other, person)[0]["id_token"]
    good = token["id_token"]
    with place.browser() as browser:

        def told(hint: str, uri: str = BACK, **more: str) -> str:
            wish = {"post_logout_redirect_uri": uri, "id_token_hint": hint, **more}
            answer = browser.get(leaving(place, flow, **wish))
            if answer.status_code == 302:
                return str(answer.headers["location"])
            assert answer.status_code == 400
            found = re.search(r"AADB2C(\d+)", answer.text)
            assert found
            return found[1]

        assert told(good) == BACK
        assert told(good, "https://app.example/elsewhere") == "90067"
        assert told("") == "90272"
        assert told("nonsense") == "90240"
        assert told(altered(good, aud="somebody")) == "90239"
        assert told(issued_elsewhere) == "90238"
        assert told(token["access_token"]) == "90237"
        assert told(good, client_id=place.application().client_id) == "90237"
        place.move(hours=2)
        assert told(good) == "90235"


@shows("LO-05")
def where_a_logout_may_lead(place: Place) -> None:
    flow = place.flow()
    with place.browser() as browser:
        answer = browser.get(leaving(place, flow, post_logout_redirect_uri=ELSEWHERE))
    assert answer.headers["location"] == ELSEWHERE
    strict = place.strict()
    flow = strict.flow()
    with strict.browser() as browser:
        refused = look(browser, leaving(strict, flow, post_logout_redirect_uri=ELSEWHERE))
        registered = browser.get(leaving(strict, flow, post_logout_redirect_uri=BACK))
    assert refused.status == 400
    assert "AADB2C90067" in refused.text
    assert registered.headers["location"] == BACK


@shows("LO-06")
def the_other_applications_are_told(place: Place) -> None:
    flow, person = place.flow(), place.person()
    shop = place.application(
        web={"redirectUris": [BACK], "logoutUrl": "https://shop.example/signed-out"}
    )
    with place.browser() as browser:
        sign_in(browser, place.asked(flow).url, person)
        assert silently(browser, place.asked(flow, shop))
        answer = browser.get(leaving(place, flow, post_logout_redirect_uri=BACK, state="s"))
        assert re.findall(r'<iframe hidden src="([^"]+)"', answer.text) == [
            "https://shop.example/signed-out"
        ]
        onward = re.search(r'id="onward" href="([^"]+)"', answer.text)
        assert onward
        assert unescape(onward[1]) == f"{BACK}?state=s"
        sign_in(browser, place.asked(flow, shop).url, person)
        caller = leaving(place, flow, post_logout_redirect_uri=BACK, client_id=shop.client_id)
        assert browser.get(caller).headers["location"] == BACK

"""Mallory's secrets: of the wrong kind, of another browser, forged, or changed by a bit.

Source: security.md T27 (fixation), T28 (kinds), T31 (forged forms), T33 (tampering).
"""

from __future__ import annotations

import base64
import secrets as chance
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode, urljoin
from uuid import uuid4

import httpx2
import pytest

from people import Page, follow, look, press, transaction
from server.sites import (
    FLOW,
    PASSWORD,
    SUSI,
    Site,
    begin_sign_up,
    claims_of,
    code_of,
    create,
    journey_in,
    journey_named,
    pressed,
    sign_up,
    verify,
)

CSRF = "x-ms-cpim-csrf"
BROWSER = "__Host-vestibule-browser"
SCRIPT = {"x-requested-with": "XMLHttpRequest"}


def someone() -> str:
    return f"ada-{uuid4().hex[:12]}@contoso.example"


def session_cookie(site: Site) -> str:
    return f"x-ms-cpim-sso:{site.tenant}_0"


def plant(browser: httpx2.Client, name: str, value: str) -> None:
    browser.cookies.delete(name) if name in browser.cookies else None
    browser.cookies.set(name, value, domain="localhost.local")


# --------------------------------------------------------------------------- one secret, one door

KINDS = (
    "authorization code",
    "refresh token",
    "e-mail code",
    "session",
    "csrf token",
    "journey",
    "client secret",
    "id token",
    "Graph token",
)


def some_of_each(site: Site) -> dict[str, str]:
    """Living secrets of every kind, of people and of programs."""
    with site.http() as ada, site.http() as bob, site.graph() as graph:
        address, other = someone(), someone()
        sign_up(site, ada, address)
        page = begin_sign_up(site, bob, other)
        tokens = site.tokens(ada)
        return {
            "authorization code": site.silent_code(ada),
            "refresh token": tokens["refresh_token"],
            "e-mail code": site.code_for(other),
            "session": ada.cookies[session_cookie(site)],
            "csrf token": bob.cookies[CSRF],
            "journey": journey_in(transaction(page)),
            "client secret": site.client_secret,
            "id token": tokens["id_token"],
            "Graph token": graph.headers["authorization"].removeprefix("Bearer "),
        }


@pytest.fixture(scope="module")
def purse(contoso: Site) -> Mapping[str, str]:
    return some_of_each(contoso)


def opens_code(site: Site, value: str) -> bool:
    return site.redeem(value).status_code == 200


def opens_refresh(site: Site, value: str) -> bool:
    return site.refresh(value).status_code == 200


def opens_session(site: Site, value: str) -> bool:
    with site.http() as browser:
        plant(browser, session_cookie(site), value)
        return isinstance(follow(browser, browser.get(site.authorize())), str)


def opens_csrf(site: Site, value: str) -> bool:
    """As the token of a form in a browser that holds another one."""
    with site.http() as browser:
        page = look(browser, site.authorize())
        data = {**page.form.fields, "csrf_token": value, "action": "signup"}
        answer = browser.post(urljoin(page.url, page.form.action), data=data)
        return answer.status_code != 403


def opens_journey(site: Site, value: str) -> bool:
    with site.http() as browser:
        look(browser, site.authorize())
        query = urlencode({"tx": journey_named(value), "p": FLOW})
        path = f"/{site.tenant}/{FLOW}/api/CombinedSigninAndSignup/unified?{query}"
        return browser.get(path).status_code == 200


def opens_client(site: Site, value: str) -> bool:
    form = {
        "client_id": site.client_id,
        "client_secret": value,
        "grant_type": "client_credentials",
        "scope": "https://graph.microsoft.com/.default",
    }
    with site.http() as client:
        return client.post(f"/{site.tenant}/oauth2/v2.0/token", data=form).status_code == 200


def opens_graph(site: Site, value: str) -> bool:
    with site.http(headers={"authorization": f"Bearer {value}"}) as client:
        return client.get("/beta/identity/b2cUserFlows").status_code == 200


def opens_email(site: Site, value: str) -> bool:
    address = someone()
    with site.http() as browser:
        page = begin_sign_up(site, browser, address)
        shown = pressed(browser, page, "verify_code", email=address, code=value)
        done = press(
            browser, shown, "create", email=address, newPassword=PASSWORD, reenterPassword=PASSWORD
        )
        return isinstance(done, str)


DOORS: Mapping[str, Callable[[Site, str], bool]] = {
    "authorization code": opens_code,
    "refresh token": opens_refresh,
    "session": opens_session,
    "csrf token": opens_csrf,
    "journey": opens_journey,
    "client secret": opens_client,
    "Graph token": opens_graph,
    "e-mail code": opens_email,
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_opens_no_other_door(
    contoso: Site, purse: Mapping[str, str], *, kind: str, door: str
) -> None:
    """Also not its own, where it is another browser's: a csrf token, a journey, an e-mail code."""
    if kind == door and kind not in {"csrf token", "journey", "e-mail code"}:
        assert DOORS[door](contoso, some_of_each(contoso)[kind]), "the control must open"
    else:
        assert not DOORS[door](contoso, purse[kind])


# --------------------------------------------------------------------------- tampering


@pytest.mark.parametrize("door", [door for door in DOORS if door != "e-mail code"])
def test_a_secret_with_one_bit_turned_is_worth_nothing(
    contoso: Site, purse: Mapping[str, str], door: str
) -> None:
    value = purse[door]
    for place in (0, len(value) // 2, len(value) - 2):  # the last character has spare bits
        turned = "B" if value[place] == "A" else "A"
        assert not DOORS[door](contoso, value[:place] + turned + value[place + 1 :])


@pytest.mark.parametrize(
    "tx",
    [
        "",
        "StateProperties=",
        "StateProperties=!!!",
        "StateProperties=e30",
        journey_named(""),
        journey_named("../../etc"),
        "StateProperties=" + base64.urlsafe_b64encode(b'{"TID": {"a": 1}}').decode(),
        "StateProperties=" + base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        "x" * 4000,
    ],
    ids=["none", "empty", "not base64", "no id", "empty id", "a path", "object", "bytes", "long"],
)
def test_a_journey_that_was_made_up_is_over(contoso: Site, tx: str) -> None:
    with contoso.http() as browser:
        page = look(browser, contoso.authorize())
        query = urlencode({"tx": tx, "p": FLOW})
        for scripted in (False, True):
            answer = browser.post(
                f"/{contoso.tenant}/{FLOW}/SelfAsserted?{query}",
                data={**page.form.fields, "action": "signup"},
                headers=SCRIPT if scripted else {},
            )
            assert "90046" in answer.text
            assert answer.status_code == (200 if scripted else 400)


def at_sign_up(site: Site, browser: httpx2.Client) -> tuple[Page, str]:
    """The sign-up page with a verified address."""
    address = someone()
    return verify(site, browser, begin_sign_up(site, browser, address), address), address


@pytest.mark.parametrize(
    "change",
    [
        {"email": "mallory@contoso.example"},
        {"turn": "0"},
        {"turn": "999"},
        {"turn": "-1"},
        {"reenterPassword": "Other-Horse-1"},
        {"newPassword": "", "reenterPassword": ""},
    ],
    ids=["address", "old turn", "later turn", "no turn", "repetition", "no password"],
)
def test_a_form_whose_fields_were_changed_makes_no_account(
    contoso: Site, change: dict[str, str]
) -> None:
    with contoso.http() as browser:
        page, address = at_sign_up(contoso, browser)
        fields = {"email": address, "newPassword": PASSWORD, "reenterPassword": PASSWORD}
        shown = press(browser, page, "create", **{**fields, **change})
        if change == {"turn": "-1"}:
            assert isinstance(shown, str)  # B2C's own scripts send no turn
            return
        assert isinstance(shown, Page), "an account was made"
        assert code_of(create(browser, shown, address))  # the journey itself is unharmed


def test_hidden_claims_are_not_taken_over(contoso: Site) -> None:
    """Fields that no page asks for say nothing about a person."""
    with contoso.http() as browser:
        page, address = at_sign_up(contoso, browser)
        landed = press(
            browser,
            page,
            "create",
            email=address,
            newPassword=PASSWORD,
            reenterPassword=PASSWORD,
            oid="mallory",
            sub="mallory",
            verified="mallory@contoso.example",
            user="mallory",
            new_user="false",
            roles="Global Administrator",
        )
        assert isinstance(landed, str)
        claims = claims_of(contoso.redeem(code_of(landed)).json()["id_token"])
        assert "mallory" not in str(claims)
        assert "roles" not in claims
        assert claims["newUser"] is True


def test_a_journey_does_not_change_its_flow(contoso: Site) -> None:
    name = f"other{uuid4().hex[:8]}"
    with contoso.graph() as graph:
        graph.post("/beta/identity/b2cUserFlows", json={**SUSI, "id": name})
    with contoso.http() as browser:
        page = look(browser, contoso.authorize())
        action = page.form.action.replace("b2c_1_susi", f"B2C_1_{name}").replace(
            "B2C_1_susi", f"B2C_1_{name}"
        )
        assert name in action
        answer = browser.post(
            urljoin(page.url, action), data={**page.form.fields, "action": "signup"}
        )
        assert answer.status_code == 400
        assert "90046" in answer.text


# --------------------------------------------------------------------------- another browser


@pytest.fixture
def two(contoso: Site) -> Iterator[tuple[httpx2.Client, httpx2.Client]]:
    """Ada's browser and Mallory's."""
    with contoso.http() as ada, contoso.http() as mallory:
        look(mallory, contoso.authorize())
        yield ada, mallory


@pytest.mark.parametrize("stage", ["sign in", "code sent", "verified"])
def test_a_journey_belongs_to_its_browser_at_every_step(
    contoso: Site, two: tuple[httpx2.Client, httpx2.Client], stage: str
) -> None:
    ada, mallory = two
    address = someone()
    page = look(ada, contoso.authorize())
    if stage != "sign in":
        page = pressed(ada, pressed(ada, page, "signup"), "send_code", email=address)
    if stage == "verified":
        page = verify(contoso, ada, page, address)
    action = urljoin(page.url, page.form.action)
    where = action.replace("SelfAsserted", "api/CombinedSigninAndSignup/unified")
    for token in (mallory.cookies[CSRF], page.form.fields["csrf_token"]):
        data = {**page.form.fields, "csrf_token": token, "action": "signup"}
        posted = mallory.post(action, data=data)
        assert posted.status_code in {400, 403}
        assert mallory.post(action, data=data, headers=SCRIPT).json()["status"] == "400"
        for link in (where, where.replace("unified", "confirmed")):
            answer = mallory.get(f"{link}&csrf_token={token}")
            assert answer.status_code in {400, 403}
            assert address not in answer.text
    assert look(ada, where).form.fields["turn"] == page.form.fields["turn"]


def test_a_planted_csrf_cookie_does_not_join_two_browsers(contoso: Site) -> None:
    """Mallory plants a token that she knows (a neighbouring subdomain can), and hands Ada a link
    into her journey, or opens Ada's: neither journey leaves the browser that began it."""
    known = chance.token_urlsafe(32)
    with contoso.http() as ada, contoso.http() as mallory:
        plant(ada, CSRF, known)
        plant(mallory, CSRF, known)
        pages = {
            "ada": look(ada, contoso.authorize()),
            "mallory": look(mallory, contoso.authorize()),
        }
        assert ada.cookies[CSRF] == mallory.cookies[CSRF] == known
        assert ada.cookies[BROWSER] != mallory.cookies[BROWSER]
        for stranger, page in ((mallory, pages["ada"]), (ada, pages["mallory"])):
            action = urljoin(page.url, page.form.action)
            data = {**page.form.fields, "action": "signup"}
            assert stranger.post(action, data=data).status_code == 400
            refused = stranger.post(action, data=data, headers=SCRIPT).json()
            assert refused["errorCode"] == "AADB2C90046"
            for end in ("unified", "confirmed"):
                link = action.replace("SelfAsserted", f"api/CombinedSigninAndSignup/{end}")
                answer = stranger.get(f"{link}&csrf_token={known}")
                assert answer.status_code == 400
                assert "90046" in answer.text
        unmoved(ada, pages["ada"])
        unmoved(mallory, pages["mallory"])


def test_a_session_is_drawn_anew_at_every_authentication(contoso: Site) -> None:
    """A value that was planted, or another person's, is not taken over and ends."""
    name = session_cookie(contoso)
    first, second = someone(), someone()
    with contoso.http() as browser:
        planted = chance.token_urlsafe(32)
        plant(browser, name, planted)
        sign_up(contoso, browser, first)
        of_first = browser.cookies[name]
        assert of_first != planted
        page = look(browser, contoso.authorize(prompt="login"))
        page = pressed(browser, page, "signup")
        page = pressed(browser, page, "send_code", email=second)
        create(browser, verify(contoso, browser, page, second), second)
        assert browser.cookies[name] not in {planted, of_first}
    assert not opens_session(contoso, planted)
    assert not opens_session(contoso, of_first)


def test_cancelling_leaves_the_session_as_it_was(contoso: Site) -> None:
    with contoso.http() as browser:
        sign_up(contoso, browser, someone())
        held = browser.cookies[session_cookie(contoso)]
        page = look(browser, contoso.authorize(prompt="login"))
        ended = press(browser, pressed(browser, page, "signup"), "cancel")
        assert isinstance(ended, str)
        assert "error=access_denied" in ended
        assert browser.cookies[session_cookie(contoso)] == held
        assert contoso.silent_code(browser)


# --------------------------------------------------------------------------- forms from elsewhere

ACTIONS = ("signin", "signup", "send_code", "verify_code", "change_email", "create", "cancel")
LINKS = (
    "api/CombinedSigninAndSignup/unified?local=signup",
    "api/CombinedSigninAndSignup/forgotPassword?",
    "api/CombinedSigninAndSignup/confirmed?",
    "api/SelfAsserted/error?code=cancelled",
)


@pytest.fixture(scope="module")
def waiting(contoso: Site) -> Iterator[tuple[httpx2.Client, Page, str]]:
    """Ada's browser on the sign-up page, where every button does something."""
    with contoso.http() as browser:
        page, address = at_sign_up(contoso, browser)
        yield browser, page, address


def tokens_of_mallory(page: Page) -> dict[str, Any]:
    own = page.form.fields["csrf_token"]
    return {
        "none": None,
        "empty": "",
        "another browser's": chance.token_urlsafe(32),
        "shortened": own[:-1],
        "other case": own.swapcase(),
        "not ASCII": "é" * 43,
    }


@pytest.mark.parametrize("scripted", [False, True], ids=["form", "script"])
@pytest.mark.parametrize("action", ACTIONS)
def test_a_form_from_elsewhere_does_nothing(
    waiting: tuple[httpx2.Client, Page, str], *, action: str, scripted: bool
) -> None:
    browser, page, address = waiting
    fields = {"email": address, "newPassword": PASSWORD, "reenterPassword": PASSWORD}
    for token in tokens_of_mallory(page).values():
        data = {**page.form.fields, **fields, "action": action}
        data = {name: value for name, value in data.items() if name != "csrf_token"}
        if token is not None:
            data["csrf_token"] = token
        answer = browser.post(
            urljoin(page.url, page.form.action), data=data, headers=SCRIPT if scripted else {}
        )
        assert answer.status_code == 403
    unmoved(browser, page)


@pytest.mark.parametrize("control", ["SendCode", "VerifyCode"])
def test_a_control_from_elsewhere_does_nothing(
    waiting: tuple[httpx2.Client, Page, str], control: str
) -> None:
    browser, page, address = waiting
    tail = f"SelfAsserted/DisplayControlAction/vbeta/emailVerificationControl/{control}"
    action = urljoin(page.url, page.form.action).replace("SelfAsserted", tail)
    for token in ("", chance.token_urlsafe(32)):
        answer = browser.post(
            action,
            data={"email": address, "verificationCode": "000000"},
            headers={**SCRIPT, "x-csrf-token": token},
        )
        assert answer.status_code == 403
    unmoved(browser, page)


@pytest.mark.parametrize("link", LINKS)
def test_a_link_from_elsewhere_does_nothing(
    waiting: tuple[httpx2.Client, Page, str], link: str
) -> None:
    browser, page, _ = waiting
    action = urljoin(page.url, page.form.action)
    address = action.replace("SelfAsserted?", f"{link}&")
    for token in ("", "&csrf_token=", f"&csrf_token={chance.token_urlsafe(32)}"):
        assert browser.get(address + token).status_code == 403
    unmoved(browser, page)


def unmoved(browser: httpx2.Client, page: Page) -> None:
    action = urljoin(page.url, page.form.action)
    shown = look(browser, action.replace("SelfAsserted", "api/CombinedSigninAndSignup/unified"))
    assert shown.form.fields["turn"] == page.form.fields["turn"]


def test_a_browser_without_cookies_sends_no_form(contoso: Site) -> None:
    with contoso.http() as browser, contoso.http() as bare:
        page = look(browser, contoso.authorize())
        data = {**page.form.fields, "action": "signup"}
        answer = bare.post(urljoin(page.url, page.form.action), data=data)
        assert answer.status_code == 403

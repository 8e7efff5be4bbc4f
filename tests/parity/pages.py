"""UF-32 to UF-34, LI-02, SX-03: what pages are made of, and how their scripts are answered."""

from __future__ import annotations

import re

import httpx2

from parity.forms import click, create, error, proven, scripted, settings, shown, sign_up_page, wire
from parity.place import BACK, Place, opened
from parity.proofs import shows
from parity.signing_up import account
from people import Page, follow, look

SETTINGS = {
    "remoteResource", "retryLimit", "trimSpacesInPassword", "api", "csrf", "transId",
    "pageViewId", "suppressElementCss", "isPageViewIdSentWithHeader",
    "allowAutoFocusOnPasswordField", "pageMode", "config", "hosts", "locale",
}  # fmt: skip
SIGN_IN = {"api", "email", "password", "next", "forgotPassword", "createAccount", "rememberMe"}
SIGN_UP = {
    "api", "email", "email_ver_but_send", "email_ver_input", "email_ver_but_verify",
    "email_ver_but_resend", "email_ver_but_edit", "newPassword", "reenterPassword",
    "displayName", "givenName", "surname", "country", "extension_Nick", "continue", "cancel",
    "attributeList", "claimVerificationServerError",
}  # fmt: skip
OK = {"status": "200"}


def ids(page: Page) -> set[str]:
    return set(re.findall(r' id="([^"]+)"', page.text))


@shows("UF-32")
def what_pages_are_made_of(place: Place) -> None:
    flow = place.flow(keepMeSignedInDays=7)
    nick = place.send(
        "POST",
        "/v1.0/identity/userFlowAttributes",
        {"displayName": "Nick", "description": "A short name", "dataType": "string"},
    )["id"]
    for name in ("displayName", "givenName", "surname", "country", nick):
        place.ask(flow, name)
    with place.browser() as browser:
        page = opened(browser, place.asked(flow).url)
        assert page.text.startswith("<!DOCTYPE html>\n<!-- CorrelationId: ")
        assert '<html lang="en"' in page.text
        assert ids(page) >= SIGN_IN
        told = settings(page)
        assert told.keys() >= SETTINGS
        assert (told["api"], told["retryLimit"]) == ("CombinedSigninAndSignup", 3)
        assert re.fullmatch(r"StateProperties=[\w-]+", told["transId"])
        assert told["hosts"]["tenant"] == f"/{place.tenant}/{flow}".replace(flow, flow.lower())
        assert told["hosts"]["policy"] == flow
        assert told["locale"]["lang"] == "en"
        assert told["config"]["showSignupLink"] == "True"
        assert told["config"]["enableRememberMe"] == "True"
        assert "var CONTENT = {" in page.text
        page = shown(click(browser, page, "createAccount"))
        assert ids(page) >= SIGN_UP
        assert settings(page)["api"] == "SelfAsserted"
        assert "var SA_FIELDS = {" in page.text
        assert re.search(r'id="attributeList"[^>]*>\s*<ul>', page.text)
        assert re.search(r'<li class="TextBox[ "]', page.text)
        assert {"error pageLevel", "error itemLevel"} <= set(
            re.findall(r'class="(error \w+Level)', page.text)
        )
        named = place.flow(localAccount="userName")
        assert "signInName" in ids(opened(browser, place.asked(named).url))


@shows("UF-33")
def what_scripts_are_told(place: Place) -> None:
    flow, person, address = place.flow(), place.person(), place.address()
    with place.browser() as browser:
        asked = place.asked(flow)
        page = opened(browser, asked.url)
        name = {"signInName": person.name}
        assert scripted(browser, page, **name, password="Wrong-Horse-1") == {
            "status": "400",
            "errorCode": "AADB2C90054",
            "message": "Your password is incorrect.",
        }
        assert scripted(browser, page, **name, password=person.password) == OK
        ends = {"rememberMe": "false", "csrf_token": settings(page)["csrf"], "diags": "{}"}
        confirmed = wire(page, "api/CombinedSigninAndSignup/confirmed", **ends)
        assert account(place, asked, follow(browser, browser.get(confirmed)))["oid"] == person.id
    with place.browser() as browser:
        page = sign_up_page(place, browser, flow)
        claim = {"claim_id": "email", "claim_value": address}
        assert scripted(browser, page, request_type="VERIFICATION_REQUEST", **claim) == OK
        control = "SelfAsserted/DisplayControlAction/vbeta/emailVerificationControl"
        wrong = {"email": address, "verificationCode": "000000"}
        refused = scripted(browser, page, f"{control}/VerifyCode", **wrong)
        assert refused["status"] == "400"
        assert refused["message"]
        assert scripted(browser, page, f"{control}/SendCode", email=address) == OK
        code = {"user_input": place.code_for(address)}
        assert scripted(browser, page, request_type="VALIDATION_REQUEST", **claim, **code) == OK


@shows("UF-34")
def pages_of_others(place: Place) -> None:
    flow, person = place.flow(), place.person()
    form = {"request_type": "RESPONSE", "signInName": person.name, "password": person.password}
    with place.browser() as browser, place.browser() as stranger:
        page = opened(browser, place.asked(flow).url)
        for token in ("", "c" * 43):
            headers = {"x-csrf-token": token, "x-requested-with": "XMLHttpRequest"}
            assert browser.post(wire(page), data=form, headers=headers).status_code == 403
            assert browser.post(wire(page), data={**form, "csrf_token": token}).status_code == 403
        forgot = wire(page, "api/CombinedSigninAndSignup/forgotPassword", csrf_token="c" * 43)
        assert browser.get(forgot).status_code == 403
        sign_up = wire(page, "api/CombinedSigninAndSignup/unified")
        assert 'id="password"' in look(browser, sign_up).text
        opened(stranger, place.asked(flow).url)
        lost = look(stranger, sign_up)
        assert lost.status == 400
        assert "AADB2C90046" in lost.text
        gone = look(browser, sign_up.replace("StateProperties%3D", "StateProperties%3Dx"))
        assert "AADB2C90046" in gone.text


@shows("LI-02")
def how_long_answers_may_be(place: Place) -> None:
    longest = {
        "displayName": 256, "givenName": 64, "surname": 64, "city": 128, "country": 128,
        "jobTitle": 128, "state": 128, "postalCode": 40, "streetAddress": 1024,
    }  # fmt: skip
    flow, address = place.flow("signUp"), place.address()
    custom = place.send(
        "POST",
        "/v1.0/identity/userFlowAttributes",
        {"displayName": "Motto", "description": "A sentence", "dataType": "string"},
    )["id"]
    for name in (*longest, custom):
        place.ask(flow, name)
    longest["extension_Motto"] = 250
    asked = place.asked(flow)
    with place.browser() as browser:
        page = proven(place, browser, opened(browser, asked.url), address)
        too_long = {name: "x" * (length + 1) for name, length in longest.items()}
        page = shown(create(browser, page, address, **too_long))
        for name in longest:
            assert error(page, name) == "This is too long. Use fewer characters.", name
        page = shown(create(browser, page, address, displayName="<b>"))
        assert error(page, "displayName").startswith("This has a character")
        full = {name: "x" * length for name, length in longest.items()}
        assert account(place, asked, create(browser, page, address, **full))["name"] == "x" * 256


@shows("SX-03")
def headers_of_pages(place: Place) -> None:
    flow, person = place.flow(), place.person()
    with place.browser() as browser:
        asked = place.asked(flow, response_mode="form_post")
        page = opened(browser, asked.url)
        form = {**page.form.fields, "signInName": person.name, "password": person.password}
        posted = browser.post(page.form.action, data={**form, "action": "signin"})
        while posted.status_code in {302, 303}:
            posted = browser.get(posted.headers["location"])
        assert f'action="{BACK}"' in posted.text
        guarded(posted)
        for url in (
            f"{asked.url}&prompt=login",
            place.asked(flow, client_id="").url,
            place.url(flow, "oauth2/v2.0/logout"),
            place.url("B2C_1_nowhere", "oauth2/v2.0/authorize"),
            f"{place.base}/",
            f"{place.base}/inbox",
            f"{place.base}/jwt",
        ):
            reply = browser.get(url, follow_redirects=True)
            assert "<html" in reply.text
            guarded(reply)


def guarded(reply: httpx2.Response) -> None:
    """No other page may frame it, and it runs no script but its own."""
    policy = dict(
        part.strip().partition(" ")[::2]
        for part in reply.headers["content-security-policy"].split(";")
    )
    assert reply.headers["x-frame-options"] == "DENY"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["default-src"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert "unsafe" not in reply.headers["content-security-policy"]
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert reply.headers["cache-control"] == "no-store"

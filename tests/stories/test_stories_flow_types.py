"""Every type of user flow, from the application's request to its tokens, as plain forms and links.

Source: runtime.md 5.3 to 5.6.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx2
import pytest

from live import Live
from people import Page, follow, look, press, transaction
from stories.application import Application, Request, endpoint
from stories.conftest import Inbox
from stories.visitor import PASSWORD, other

FLOWS = "/beta/identity/b2cUserFlows"
TYPES = ("signUp", "signIn", "passwordReset", "profileUpdate")
ATTRIBUTES = ("displayName", "city")
NEW = "Battery-Staple-2"


@pytest.fixture(scope="module", autouse=True)
def flows(admin: httpx2.Client) -> Iterator[None]:
    """One flow of each type in its present version, named after it."""
    for kind in TYPES:
        body = {"id": kind, "userFlowType": kind, "userFlowTypeVersion": 3}
        assert admin.post(FLOWS, json=body).status_code == 201
    for kind in ("signUp", "profileUpdate"):
        for attribute in ATTRIBUTES:
            assigned = {
                "isOptional": attribute == "city",
                "requiresVerification": False,
                "userInputType": "textBox",
                "displayName": attribute,
                "userAttribute": {"id": attribute},
            }
            path = f"{FLOWS}/B2C_1_{kind}/userAttributeAssignments"
            assert admin.post(path, json=assigned).status_code == 201
    yield
    for kind in TYPES:
        assert admin.delete(f"{FLOWS}/B2C_1_{kind}").status_code == 204


@dataclass(slots=True)
class Person:
    """Somebody at a browser without scripts."""

    live: Live
    application: Application
    http: httpx2.Client
    request: Request | None = None
    flow: str = ""

    def run(self, flow: str, **parameters: str) -> Page | str:
        """Send the application's request: a page, or the address that the application gets."""
        self.flow = f"B2C_1_{flow}"
        self.request = self.application.request(self.live, self.flow, **parameters)
        return follow(self.http, self.http.get(self.request.url))

    def asked(self, flow: str, **parameters: str) -> Page:
        page = self.run(flow, **parameters)
        assert isinstance(page, Page), page
        return page

    def press(self, page: Page, action: str, **fields: str) -> Page:
        shown = press(self.http, page, action, **fields)
        assert isinstance(shown, Page), shown
        return shown

    def cancel(self, page: Page) -> dict[str, str]:
        """What the application is told."""
        href = _link(page, "cancel")
        return told(follow(self.http, self.http.get(urljoin(page.url, href))))

    def claims(self, landed: Page | str) -> dict[str, Any]:
        return self.tokens(landed)[0]

    def tokens(self, landed: Page | str) -> tuple[dict[str, Any], str]:
        """The claims of the id token, and the refresh token."""
        assert self.request is not None
        code = told(landed)["code"]
        return self.application.redeemed(self.live, self.request, code, self.flow)

    def sign_in(self, flow: str, name: str, password: str) -> Page | str:
        return press(self.http, self.asked(flow), "signin", signInName=name, password=password)


def told(landed: Page | str) -> dict[str, str]:
    assert isinstance(landed, str), landed.text
    return dict(parse_qsl(urlsplit(landed).query))


def refused(person: Person, refresh_token: str, flow: str) -> str:
    """What is said to a refresh token that has died."""
    facts = person.live.facts
    form = {
        "grant_type": "refresh_token",
        "client_id": facts["client_id"],
        "client_secret": facts["client_secret"],
        "refresh_token": refresh_token,
    }
    reply = person.http.post(endpoint(person.live, "token", flow=flow), data=form)
    assert reply.status_code == 400, reply.text
    return str(reply.json()["error_description"])


def _link(page: Page, id: str) -> str:
    found = re.search(rf'id="{id}"[^>]* href="([^"]+)"', page.text)
    assert found, page.text
    return found[1].replace("&amp;", "&")


@pytest.fixture
def person(live: Live, application: Application) -> Iterator[Person]:
    with live.http() as http:
        yield Person(live, application, http)


@pytest.fixture
def elsewhere(live: Live, application: Application) -> Iterator[Person]:
    """The same person, or another one, at another browser."""
    with live.http() as http:
        yield Person(live, application, http)


def proven(person: Person, page: Page, address: str, inbox: Inbox) -> Page:
    """Past the code."""
    page = person.press(page, "send_code", email=address)
    return person.press(page, "verify_code", email=address, code=inbox.code(address))


def signed_up(person: Person, address: str, inbox: Inbox) -> dict[str, Any]:
    page = proven(person, person.asked("signUp"), address, inbox)
    account = {"email": address, "newPassword": PASSWORD, "reenterPassword": PASSWORD}
    return person.claims(press(person.http, page, "create", **account, displayName="Ada"))


def test_sign_up_begins_with_its_page_and_ends_with_a_new_user(
    person: Person, ada: str, inbox: Inbox
) -> None:
    claims = signed_up(person, ada, inbox)
    assert (claims["emails"], claims["newUser"], claims["tfp"]) == ([ada], True, "B2C_1_signUp")
    page = person.asked("signUp")  # a session does not answer for somebody who signs up
    assert "createAccount" not in page.text
    assert person.cancel(page)["error_description"].startswith("AADB2C90091")
    assert told(person.run("signUp", prompt="none"))["error"] == "interaction_required"


def test_sign_in_offers_no_way_to_sign_up(person: Person, live: Live) -> None:
    page = person.asked("signIn")
    assert 'id="createAccount"' not in page.text
    address = endpoint(live, "unified", "api/CombinedSigninAndSignup", flow="B2C_1_signIn")
    forged = {"tx": transaction(page), "p": "B2C_1_signIn", "local": "signup"}
    token = page.form.fields["csrf_token"]
    stayed = look(person.http, f"{address}?{urlencode({**forged, 'csrf_token': token})}")
    bob = {"signInName": live.facts["user"], "password": live.facts["password"]}
    claims = person.claims(press(person.http, stayed, "signin", **bob))
    assert claims["emails"] == [live.facts["user"]]
    assert "newUser" not in claims
    assert person.claims(person.run("signIn"))["auth_time"] == claims["auth_time"]


def test_a_forgotten_password_is_set_anew_and_ends_what_the_old_one_began(
    person: Person, elsewhere: Person, live: Live, ada: str, inbox: Inbox
) -> None:
    created = signed_up(person, ada, inbox)
    _, old = elsewhere.tokens(elsewhere.sign_in("signIn", ada, PASSWORD))
    page = person.asked("signIn", prompt="login")
    while "temporarily locked" not in page.text:
        page = person.press(page, "signin", signInName=ada, password=secrets.token_hex(4))

    page = proven(person, person.asked("passwordReset"), ada, inbox)
    page = person.press(page, "continue")
    assert 'autocomplete="new-password"' in page.text
    claims, fresh = person.tokens(
        press(person.http, page, "continue", newPassword=NEW, reenterPassword=NEW)
    )
    assert (claims["oid"], claims["emails"]) == (created["oid"], [ada])
    assert claims["auth_time"] > created["auth_time"] - 1

    flow = "B2C_1_passwordReset"
    assert person.application.refreshed(live, fresh, flow)["oid"] == claims["oid"]
    assert "code" in told(person.run("signIn", prompt="none"))  # the reset signs in
    assert refused(elsewhere, old, "B2C_1_signIn").startswith("AADB2C90129")
    assert told(elsewhere.run("signIn", prompt="none"))["error"] == "interaction_required"
    page = person.asked("signIn", prompt="login")
    page = person.press(page, "signin", signInName=ada, password=PASSWORD)
    assert "Your password is incorrect." in page.text
    landed = press(person.http, page, "signin", signInName=ada, password=NEW)
    assert person.claims(landed)["oid"] == created["oid"]


def test_a_reset_tells_mistakes_beside_their_fields(person: Person, ada: str, inbox: Inbox) -> None:
    page = person.asked("passwordReset")
    page = person.press(page, "continue", email=ada)
    assert "Verify this email address with a code first." in page.text
    page = proven(person, page, ada, inbox)  # of somebody without an account
    assert "An account could not be found for the provided user ID." in page.text
    assert (
        'id="email_ver_but_send" class="button wide" name="action" value="send_code" ' in page.text
    )
    signed_up(person, ada, inbox)

    page = person.press(person.asked("passwordReset"), "send_code", email=ada)
    code = inbox.code(ada)
    page = person.press(page, "verify_code", email=ada, code=other(code))
    assert "That code is incorrect." in page.text
    page = person.press(page, "verify_code", email=ada, code=code)
    page = person.press(page, "change_email")
    page = person.press(page, "continue", email=ada)
    assert "Verify this email address with a code first." in page.text
    page = person.press(proven(person, page, ada, inbox), "continue")
    page = person.press(page, "continue", newPassword="weak", reenterPassword="weak")
    assert "The password must be 8 to 64 characters long" in page.text
    page = person.press(page, "continue", newPassword=NEW, reenterPassword=PASSWORD)
    assert "do not match" in page.text
    assert person.cancel(page)["error_description"].startswith("AADB2C90091")


def test_a_profile_is_shown_as_it_is_and_the_tokens_have_what_it_becomes(
    person: Person, ada: str, inbox: Inbox
) -> None:
    before = signed_up(person, ada, inbox)
    page = person.asked("profileUpdate")  # signed in by the sign-up
    assert {"displayName": "Ada", "city": ""}.items() <= page.form.fields.items()
    assert 'id="email"' not in page.text
    page = person.press(page, "continue", displayName="", city="London")
    assert "This information is required." in page.text
    assert page.form.fields["city"] == "London"
    answers = {"displayName": "Ada Lovelace", "city": "London"}
    more = {"email": "mallory@contoso.example", "newPassword": NEW, "jobTitle": "Queen"}
    claims = person.claims(press(person.http, page, "continue", **answers, **more))
    assert (claims["name"], claims["emails"]) == ("Ada Lovelace", [ada])
    assert claims["auth_time"] == before["auth_time"]
    page = person.asked("profileUpdate")
    assert answers.items() <= page.form.fields.items()
    assert person.cancel(page)["error_description"].startswith("AADB2C90091")


def test_a_profile_belongs_to_somebody_who_has_signed_in(person: Person, live: Live) -> None:
    assert told(person.run("profileUpdate", prompt="none"))["error"] == "interaction_required"
    page = person.asked("profileUpdate")
    assert 'id="createAccount"' not in page.text
    page = person.press(page, "continue", displayName="Mallory")  # a form of a later page
    assert 'id="next"' in page.text
    bob = {"signInName": live.facts["user"], "password": live.facts["password"]}
    page = person.press(page, "signin", **bob)
    name = page.form.fields["displayName"]
    claims = person.claims(press(person.http, page, "continue", displayName=name))
    assert claims["emails"] == [live.facts["user"]]
    page = person.asked("profileUpdate", prompt="login")
    assert 'id="next"' in page.text

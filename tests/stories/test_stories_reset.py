"""What the settings of a flow do for people with a browser, and for those who replay its protocol.

Source: runtime.md 5.5, 5.6, 5.8, 5.10.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, expect

from live import Live
from stories.application import Application
from stories.conftest import Inbox
from stories.test_stories_wire import OK, Replay, landed
from stories.visitor import (
    PASSWORD,
    Visitor,
    choose_password,
    error,
    press,
    send_code,
    sign_in,
)

FLOWS = "/beta/identity/b2cUserFlows"
OWN = "/vestibule/v1/userFlows"
FLOW = "B2C_1_kept"
PIN, NEXT_PIN = "70419382", "59281746"
SETTINGS = {
    "selfServicePasswordReset": True,
    "forcedPasswordReset": True,
    "keepMeSignedInDays": 30,
    "passwordRules": {"kind": "custom", "min": 6, "max": 8, "classes": 1},
}


@pytest.fixture(scope="module", autouse=True)
def flows(admin: httpx2.Client) -> Iterator[None]:
    made = {"kept": "signUpOrSignIn", "forgotten": "passwordReset", "profile": "profileUpdate"}
    for name, kind in made.items():
        body = {"id": name, "userFlowType": kind, "userFlowTypeVersion": 3}
        assert admin.post(FLOWS, json=body).status_code == 201
    changed = admin.patch(f"{OWN}/{FLOW}/settings", json=SETTINGS)
    assert changed.status_code in {200, 204}, changed.text
    yield
    for name in made:
        assert admin.delete(f"{FLOWS}/B2C_1_{name}").status_code == 204


@pytest.fixture
def user(admin: httpx2.Client, live: Live, ada: str) -> Iterator[dict[str, Any]]:
    """An account that an administrator made, whose password has to be changed."""
    body = {
        "displayName": "Ada",
        "identities": [
            {
                "signInType": "emailAddress",
                "issuer": live.facts["tenant"],
                "issuerAssignedId": ada,
            }
        ],
        "passwordProfile": {"password": PASSWORD, "forceChangePasswordNextSignIn": True},
    }
    made = admin.post("/v1.0/users", json=body)
    assert made.status_code == 201, made.text
    yield made.json()
    assert admin.delete(f"/v1.0/users/{made.json()['id']}").status_code == 204


def persistent(page: Page) -> bool:
    """Whether the session outlives the browser."""
    cookies = page.context.cookies()
    return any(
        cookie["name"].startswith("x-ms-cpim-sso") and cookie["expires"] > 0 for cookie in cookies
    )


def test_ada_changes_a_password_that_expired_and_later_one_that_she_forgot(
    visitor: Visitor,
    live: Live,
    application: Application,
    inbox: Inbox,
    user: dict[str, Any],
    ada: str,
) -> None:
    page, first = visitor.page, application.request(live, FLOW)
    page.goto(first.url)
    page.check("#rememberMe")
    sign_in(page, ada, "Wrong-1")
    expect(page.locator("#rememberMe")).to_be_checked()
    sign_in(page, ada, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Change your password")
    expect(page.locator("#newPassword")).to_be_focused()
    page.fill("#newPassword", "1234567a")
    met = page.locator(".rules .met")
    expect(met).to_have_count(1)
    choose_password(page, "1234567a")
    expect(error(page, "newPassword")).to_contain_text("nothing but digits")
    page.fill("#newPassword", PIN)
    expect(met).to_have_count(2)
    choose_password(page, PIN)
    claims = application.claims(live, first, application.arrival(first).parameters["code"], FLOW)
    assert claims["oid"] == user["id"]
    assert "isForgotPassword" not in claims
    assert persistent(page)

    second = application.request(live, FLOW, prompt="login")
    page.goto(second.url)
    page.click("#forgotPassword")
    expect(page.get_by_role("heading", level=1)).to_have_text("Reset your password")
    send_code(page, ada)
    page.fill("#email_ver_input", inbox.code(ada))
    press(page, "#email_ver_but_verify")
    expect(page.locator("#continue")).to_be_focused()
    press(page, "#continue")
    expect(page.locator("#newPassword")).to_be_focused()
    choose_password(page, NEXT_PIN, again=PIN)
    expect(error(page, "reenterPassword")).to_contain_text("do not match")
    choose_password(page, NEXT_PIN)
    claims = application.claims(live, second, application.arrival(second).parameters["code"], FLOW)
    assert (claims["oid"], claims["isForgotPassword"]) == (user["id"], True)
    assert not persistent(page)


@pytest.fixture
def replay(live: Live) -> Iterator[Replay]:
    with live.http() as http:
        yield Replay(http, {})


def test_the_protocol_of_a_reset_and_of_a_profile(
    replay: Replay,
    live: Live,
    application: Application,
    inbox: Inbox,
    user: dict[str, Any],
    ada: str,
) -> None:
    flow = "B2C_1_forgotten"
    request = application.request(live, flow)
    replay.open(request.url)
    assert replay.settings["api"] == "SelfAsserted"
    claim = {"claim_id": "email", "claim_value": ada}
    assert replay.post(request_type="VERIFICATION_REQUEST", **claim) == OK
    early = replay.post(request_type="RESPONSE", email=ada)
    assert (early["status"], early["message"]) == (
        "400", "Verify this email address with a code first.",
    )  # fmt: skip
    code = inbox.code(ada)
    assert replay.post(request_type="VALIDATION_REQUEST", **claim, user_input=code) == OK
    assert replay.post(request_type="RESPONSE", email=ada) == OK
    assert 'id="newPassword"' in replay.follow("confirmed").text
    new = {"newPassword": PASSWORD[::-1], "reenterPassword": PASSWORD[::-1]}
    assert replay.post(request_type="RESPONSE", **new) == OK
    answer = landed(replay.follow("confirmed"), application)
    assert application.claims(live, request, answer["code"], flow)["oid"] == user["id"]

    flow = "B2C_1_profile"
    request = application.request(live, flow)
    replay.open(request.url)
    assert replay.settings["api"] == "SelfAsserted"
    assert replay.post(request_type="RESPONSE") == OK
    answer = landed(replay.follow("confirmed"), application)
    assert application.claims(live, request, answer["code"], flow)["oid"] == user["id"]


@pytest.mark.parametrize("ticked", ["true", "false"])
def test_the_box_may_come_with_the_link_that_ends_the_sign_in(
    replay: Replay, live: Live, application: Application, ticked: str
) -> None:
    replay.open(application.request(live, FLOW).url)
    assert replay.settings["config"]["enableRememberMe"] == "True"
    bob = {"signInName": live.facts["user"], "password": live.facts["password"]}
    assert replay.post(request_type="RESPONSE", **bob) == OK
    done = replay.follow("confirmed", rememberMe=ticked)
    landed(done, application)
    [session] = [
        cookie for cookie in done.headers.get_list("set-cookie") if "x-ms-cpim-sso" in cookie
    ]
    assert ("max-age" in session.lower()) is (ticked == "true")

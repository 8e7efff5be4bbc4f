"""Somebody from outside signs up at the tenant's own authority, with a browser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import httpx2
import pytest
from playwright.sync_api import expect

from live import Live
from stories.application import Application, Request
from stories.conftest import Inbox, Visits
from stories.visitor import Visitor, error, press

FLOWS = "/beta/identity/b2xUserFlows"
LISTENERS = "/beta/identity/events/onSignupStart"
POLICY = "/v1.0/policies/authenticationFlowsPolicy"


@pytest.fixture(scope="module", autouse=True)
def flow(admin: httpx2.Client, live: Live) -> Iterator[str]:
    """A flow that asks one thing, linked to the application; gone afterwards."""

    def made(path: str, body: Mapping[str, object]) -> str:
        answer = admin.post(path, json=body)
        assert answer.status_code in {200, 201, 204}, answer.text
        return str(answer.json()["id"]) if answer.content else ""

    def opened(*, enabled: bool) -> None:
        body = {"selfServiceSignUp": {"isEnabled": enabled}}
        assert admin.patch(POLICY, json=body).status_code in {200, 204}

    opened(enabled=True)
    flow = {"id": "guests", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1}
    id = made(FLOWS, {**flow, "identityProviders": [{"id": "EmailOtpSignup-OAUTH"}]})
    asked = {"userAttribute": {"id": "city"}, "displayName": "Town", "userInputType": "textBox"}
    made(f"{FLOWS}/{id}/userAttributeAssignments", {**asked, "isOptional": False})
    listener = {
        "@odata.type": "#microsoft.graph.invokeUserFlowListener",
        "sourceFilter": {"includeApplications": [live.facts["client_id"]]},
        "userFlow": {"id": id},
    }
    made(LISTENERS, listener)
    yield id
    assert admin.delete(f"{FLOWS}/{id}").status_code == 204
    opened(enabled=False)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_stranger_creates_an_account_and_uses_it_again(
    visits: Visits, live: Live, application: Application, inbox: Inbox, *, scripts: bool
) -> None:
    visitor = visits(java_script_enabled=scripts)
    page, address = visitor.page, f"bob-{scripts}@fabrikam.example".lower()
    request = application.request(live, "")
    page.goto(request.url)
    page.click("#signup")
    expect(page.get_by_role("heading", level=1)).to_have_text("Create your account")
    page.fill("#i0116", address)
    press(page, "#idSIButton9")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in with a code")
    press(page, "#idSIButton9")
    page.fill("#idTxtBx_OTC_Password", "00000000")
    press(page, "#idSIButton9")
    expect(error(page, "idTxtBx_OTC_Password")).to_have_text(
        "That code is incorrect. Please try again."
    )
    expect(page.locator("#idTxtBx_OTC_Password")).to_have_value("")
    expect(page.locator("#idTxtBx_OTC_Password")).to_be_focused()
    page.fill("#idTxtBx_OTC_Password", inbox.code(address))
    page.click("#idSIButton9")
    expect(page.get_by_role("heading", level=1)).to_have_text("Add your details")
    press(page, "#continue")
    expect(error(page, "city")).to_have_text("This information is required.")
    page.fill("#city", "Wien")
    page.click("#continue")
    claims = _claims(application, live, request)
    assert (claims["preferred_username"], claims["ver"]) == (address, "2.0")

    again = application.request(live, "", login_hint=address, prompt="login")
    page.goto(again.url)
    press(page, "#idSIButton9")
    page.fill("#idTxtBx_OTC_Password", inbox.code(address))
    page.click("#idSIButton9")
    assert _claims(application, live, again)["oid"] == claims["oid"]


def test_a_guest_proves_it_where_the_name_leads(
    visitor: Visitor, live: Live, application: Application
) -> None:
    """Tenant fabrikam stands in for Entra ID; whoever comes back from there is asked once."""
    page, name = visitor.page, "carol@fabrikam.onmicrosoft.com"
    request = application.request(live, "")
    page.goto(request.url)
    page.fill("#i0116", name)
    press(page, "#idSIButton9")
    expect(page.locator("#displayName")).to_have_text(name)
    assert "/fabrikam.onmicrosoft.com/" in page.url
    page.fill("#i0118", live.facts["fabrikam_password"])
    page.click("#idSIButton9")
    expect(page.get_by_role("heading", level=1)).to_have_text("Add your details")
    assert "/contoso.onmicrosoft.com/" in page.url
    assert "code=" not in page.url
    page.fill("#city", "Linz")
    page.click("#continue")
    first = _claims(application, live, request)
    assert first["preferred_username"] == live.facts["fabrikam_user"]

    again = application.request(live, "", login_hint=name, prompt="login")
    page.goto(again.url)
    page.fill("#i0118", live.facts["fabrikam_password"])
    page.click("#idSIButton9")
    assert _claims(application, live, again)["oid"] == first["oid"]


def _claims(application: Application, live: Live, request: Request) -> dict[str, Any]:
    code = application.arrival(request).parameters["code"]
    return application.claims(live, request, code, "")


def test_a_member_signs_in_and_thinks_again(
    visitor: Visitor, live: Live, application: Application
) -> None:
    page, name = visitor.page, live.facts["user"]
    request = application.request(live, "")
    page.goto(request.url)
    press(page, "#idSIButton9")
    expect(error(page, "i0116")).to_contain_text("Enter your email address")
    page.fill("#i0116", name)
    press(page, "#idSIButton9")
    expect(page.locator("#displayName")).to_have_text(name)
    press(page, "#idBtn_Back")
    expect(page.locator("#i0116")).to_have_value(name)
    press(page, "#idSIButton9")
    page.fill("#i0118", "Wrong-1")
    press(page, "#idSIButton9")
    expect(error(page, "i0118")).to_have_text("Invalid username or password.")
    page.fill("#i0118", live.facts["password"])
    page.click("#idSIButton9")
    assert application.arrival(request).parameters["code"]

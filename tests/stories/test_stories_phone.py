"""Somebody signs up with a phone number, and comes back with it (row UF-28)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx2
import pytest
from playwright.sync_api import expect

from live import Live
from stories.application import Application
from stories.conftest import Inbox
from stories.visitor import Visitor, error, press

FLOW = "B2C_1_texted"
FLOWS = "/beta/identity/b2cUserFlows"
NUMBER = "+436649876543"


@pytest.fixture
def flow(admin: httpx2.Client) -> Iterator[str]:
    body = {"id": "texted", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 3}
    assert admin.post(FLOWS, json=body).status_code == 201
    settings = f"/vestibule/v1/userFlows/{FLOW}/settings"
    assert admin.patch(settings, json={"localAccount": "phone"}).status_code == 204
    yield FLOW
    assert admin.delete(f"{FLOWS}/{FLOW}").status_code == 204


def test_ada_signs_up_with_her_phone_and_comes_back(
    visits: Callable[..., Visitor], live: Live, application: Application, inbox: Inbox, flow: str
) -> None:
    page, first = visits(locale="de-AT").page, application.request(live, flow)
    page.goto(first.url)
    chosen = page.locator("#countryCode option:checked")
    expect(chosen).to_have_text("Auswählen…")
    press(page, "#sendCode")
    expect(error(page, "countryCode")).to_be_visible()
    names = page.locator("#countryCode option").all_inner_texts()[1:]
    assert "Österreich (+43)" in names
    assert names.index("Österreich (+43)") < names.index("Polen (+48)")
    page.select_option("#countryCode", "AT")
    page.fill("#number", "0664 9876543")
    press(page, "#sendCode")
    expect(page.locator("#verificationCode")).to_be_focused()
    page.fill("#verificationCode", "000000")
    press(page, "#verifyCode")
    expect(error(page, "verificationCode")).to_be_visible()
    expect(page.locator("#verificationCode")).to_have_value("")
    press(page, "#changeNumber")
    expect(chosen).to_have_text("Österreich (+43)")
    press(page, "#sendCode")
    page.fill("#verificationCode", inbox.code(NUMBER))
    press(page, "#verifyCode")
    expect(page.get_by_role("heading", level=1)).to_have_text("Konto erstellen")
    press(page, "#continue")
    made = application.claims(live, first, application.arrival(first).parameters["code"], flow)
    assert made["newUser"] is True

    second = application.request(live, flow, prompt="login", login_hint=NUMBER)
    page.goto(second.url)
    expect(page.locator("#number")).to_have_value(NUMBER)
    press(page, "#sendCode")
    page.fill("#verificationCode", inbox.code(NUMBER))
    press(page, "#verifyCode")
    code = application.arrival(second).parameters["code"]
    assert application.claims(live, second, code, flow)["oid"] == made["oid"]

"""Everything works as plain forms and links."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from live import Live
from stories.application import Application, Request
from stories.conftest import Inbox, Visits
from stories.visitor import (
    PASSWORD,
    choose_password,
    enter_code,
    error,
    other,
    send_code,
    sign_in,
    start_sign_up,
    try_code,
)


@pytest.fixture
def page(visits: Visits) -> Page:
    return visits(java_script_enabled=False).page


def test_ada_signs_up_from_the_home_page_to_the_token(page: Page, live: Live, ada: str) -> None:
    page.goto(f"{live.base}/")
    page.get_by_role("link", name="Run user flow B2C_1_susi").first.click()
    start_sign_up(page, ada)
    inbox = page.context.new_page()
    inbox.goto(f"{live.base}/inbox")
    message = inbox.locator("article", has_text=ada)
    code = message.locator(".digits").inner_text()
    enter_code(page, code)
    choose_password(page)
    token = page.locator("#id_token")
    expect(token.locator("[data-verified]")).to_be_visible()
    expect(token.locator("[data-claim=tfp]")).to_have_text("B2C_1_susi")
    expect(token.locator("[data-claim=newUser]")).to_have_text("true")
    assert json.loads(token.locator("[data-claim=emails]").inner_text()) == [ada]
    expect(token.locator("[data-claim=oid]")).to_have_text(
        token.locator("[data-claim=sub]").inner_text()
    )

    message.get_by_role("button", name="Delete").click()
    expect(inbox.get_by_text(ada)).to_have_count(0)


def test_mistakes_are_told_beside_their_fields_and_the_focus_is_there(
    page: Page, asked: Request, inbox: Inbox, application: Application, ada: str
) -> None:
    page.goto(asked.url)
    sign_in(page, ada, "Whatever-1")
    expect(error(page, "email")).to_have_text("We can't seem to find your account.")
    expect(page.locator("#email")).to_be_focused()
    expect(page.locator("#email")).to_have_value(ada)
    start_sign_up(page, ada)
    code = inbox.code(ada)
    try_code(page, other(code))
    expect(error(page, "email_ver_input")).to_contain_text("That code is incorrect.")
    enter_code(page, code)
    choose_password(page, PASSWORD, again="another")
    expect(error(page, "reenterPassword")).to_contain_text("do not match")
    page.click("#email_ver_but_edit")
    send_code(page, ada)
    page.click("#cancel")
    assert application.arrival(asked).parameters["error"] == "access_denied"


def test_a_session_and_a_logout_need_none_either(
    page: Page, live: Live, application: Application
) -> None:
    first, second = application.request(live), application.request(live)
    page.goto(first.url)
    sign_in(page, live.facts["user"], live.facts["password"])
    application.arrival(first)
    page.goto(second.url)
    assert "code" in application.arrival(second).parameters

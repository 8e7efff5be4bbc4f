"""Bob signs in: by mouse, by keyboard, with what people mistype, and by the ways out."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from live import Live
from stories.application import Application, Request
from stories.visitor import Visitor, error, sign_in


@pytest.fixture
def page(visitor: Visitor, asked: Request) -> Page:
    """The sign-in page."""
    visitor.page.goto(asked.url)
    return visitor.page


def test_a_wrong_password_keeps_the_name_and_brings_the_focus_to_the_error(
    page: Page, live: Live, application: Application, asked: Request
) -> None:
    bob = live.facts["user"]
    sign_in(page, bob, "Not-his-password-1")
    expect(error(page, "password")).to_have_text("Your password is incorrect.")
    expect(page.locator("#password")).to_be_focused()
    expect(page.locator("#password")).to_have_attribute("aria-describedby", "password_error")
    expect(page.locator("#email")).to_have_value(bob)
    expect(page).to_have_title("Error: Sign in – Contoso")

    page.fill("#password", live.facts["password"])
    page.press("#password", "Enter")
    claims = application.claims(live, asked, application.arrival(asked).parameters["code"])
    assert claims["emails"] == [bob]
    assert "newUser" not in claims


def test_an_unknown_account_is_told_beside_the_name(page: Page, ada: str) -> None:
    sign_in(page, ada, "Whatever-1")
    expect(error(page, "email")).to_have_text("We can't seem to find your account.")
    expect(page.locator("#email")).to_be_focused()
    expect(page.locator("#email")).to_have_value(ada)


def test_nothing_typed_shows_a_summary_that_leads_to_the_fields(page: Page) -> None:
    sign_in(page, "", "")
    summary = page.locator(".error.pageLevel")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_text(
        ["Please enter your email.", "Please enter your password."]
    )
    summary.get_by_role("link", name="Please enter your password.").click()
    expect(page.locator("#password")).to_be_focused()


def test_the_keyboard_alone_is_enough(
    page: Page, live: Live, application: Application, asked: Request
) -> None:
    expect(page.locator("#email")).to_be_focused()
    page.keyboard.type(live.facts["user"])
    met = []
    for _ in range(5):
        page.keyboard.press("Tab")
        met.append(page.evaluate("document.activeElement.id || document.activeElement.innerText"))
    # The way out once stood before the password: who typed on after Tab typed into a link.
    assert met == ["password", "Show", "forgotPassword", "next", "createAccount"]
    for _ in range(4):
        page.keyboard.press("Shift+Tab")
    page.keyboard.type(live.facts["password"])
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert "code" in application.arrival(asked).parameters


def test_the_first_stop_of_the_document_skips_to_the_card(page: Page) -> None:
    page.keyboard.press("Shift+Tab")
    expect(page.locator("a.skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_a_login_hint_is_filled_in_and_the_password_is_asked_for(
    visitor: Visitor, live: Live, application: Application
) -> None:
    page = visitor.page
    page.goto(application.request(live, login_hint=live.facts["user"]).url)
    expect(page.locator("#email")).to_have_value(live.facts["user"])
    expect(page.locator("#password")).to_be_focused()


def test_a_forgotten_password_returns_to_the_application_with_its_number(
    page: Page, application: Application, asked: Request
) -> None:
    page.click("#forgotPassword")
    told = application.arrival(asked).parameters
    assert told["error"] == "access_denied"
    assert told["error_description"].startswith("AADB2C90118: The user has forgotten")

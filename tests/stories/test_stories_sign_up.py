"""Ada signs up: the whole way, and everything that can go wrong on it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from live import Live
from stories.application import Application, Request
from stories.conftest import Inbox
from stories.visitor import (
    PASSWORD,
    Visitor,
    choose_password,
    enter_code,
    error,
    other,
    press,
    send_code,
    sign_in,
    start_sign_up,
    try_code,
)

EXPIRED = "That code is expired. Please request a new code."
WRONG = "That code is incorrect. Please try again."
SPENT = "You've made too many incorrect attempts. Please request a new code."


def claim(page: Page, name: str) -> str:
    return page.locator(f"#id_token [data-claim='{name}']").inner_text()


def run_flow(page: Page, live: Live) -> None:
    page.goto(f"{live.base}/")
    page.get_by_role("link", name="Run user flow B2C_1_susi").first.click()
    page.locator("#createAccount").wait_for()


def test_ada_signs_up_with_a_code_from_the_inbox_and_is_new_only_once(
    visitor: Visitor, live: Live, ada: str
) -> None:
    page = visitor.page
    run_flow(page, live)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    start_sign_up(page, ada)
    expect(page.locator("#email_ver_input")).to_be_focused()

    inbox = visitor.tab()
    inbox.goto(f"{live.base}/inbox")
    message = inbox.locator("article", has_text=ada)
    code = message.locator(".digits").inner_text()
    inbox.close()

    enter_code(page, code)
    # The hidden code field once held the focus back: two fields asked for it.
    expect(page.locator("#newPassword")).to_be_focused()
    expect(page.locator("#email")).to_have_value(ada)
    expect(page.locator("#email_success")).to_have_text("Email address verified")
    choose_password(page)
    page.locator("#id_token").wait_for()
    assert page.url.startswith(f"{live.base}/jwt?")
    expect(page.locator("#id_token [data-verified]")).to_be_visible()
    assert claim(page, "tfp") == "B2C_1_susi"
    assert json.loads(claim(page, "emails")) == [ada]
    assert claim(page, "newUser") == "true"
    oid = claim(page, "oid")

    page.click("#runAgain")
    sign_in(page, ada, PASSWORD)
    page.locator("#id_token").wait_for()
    assert claim(page, "oid") == oid
    expect(page.locator("#id_token [data-claim='newUser']")).to_have_count(0)


@pytest.fixture
def page(visitor: Visitor, asked: Request, ada: str) -> Page:
    """The sign-up page, with a code on its way to Ada."""
    page = visitor.page
    page.goto(asked.url)
    start_sign_up(page, ada)
    return page


def test_a_wrong_code_is_told_beside_the_field_and_the_right_one_still_works(
    page: Page, inbox: Inbox, ada: str
) -> None:
    code = inbox.code(ada)
    try_code(page, other(code))
    expect(error(page, "email_ver_input")).to_have_text(WRONG)
    expect(page.locator("#email_ver_input")).to_be_focused()
    expect(page.locator("#email")).to_have_value(ada)
    try_code(page, "12")
    expect(error(page, "email_ver_input")).to_have_text(
        "Enter the code of 6 digits from the email."
    )
    enter_code(page, code)


def test_a_code_is_too_late_after_ten_minutes_and_a_new_one_works(
    page: Page, inbox: Inbox, ada: str, advance: Callable[[int], None]
) -> None:
    code = inbox.code(ada)
    advance(601)
    try_code(page, code)
    expect(error(page, "email_ver_input")).to_have_text(EXPIRED)
    press(page, "#email_ver_but_resend")
    expect(error(page, "email_ver_input")).to_be_hidden()
    enter_code(page, inbox.code(ada))


def test_five_wrong_tries_end_a_code_even_for_who_then_knows_it(
    page: Page, inbox: Inbox, ada: str
) -> None:
    code = inbox.code(ada)
    for _ in range(5):
        try_code(page, other(code))
        expect(error(page, "email_ver_input")).to_have_text(WRONG)
    try_code(page, code)
    expect(error(page, "email_ver_input")).to_have_text(SPENT)


def test_a_new_code_ends_the_one_before(page: Page, inbox: Inbox, ada: str) -> None:
    press(page, "#email_ver_but_resend")
    old, new = inbox.codes(ada)
    try_code(page, old)
    expect(error(page, "email_ver_input")).to_have_text(WRONG)
    enter_code(page, new)


def test_another_address_after_the_first_was_verified_has_to_be_verified_too(
    page: Page, inbox: Inbox, application: Application, live: Live, asked: Request, ada: str
) -> None:
    enter_code(page, inbox.code(ada))
    press(page, "#email_ver_but_edit")
    expect(page.locator("#newPassword")).to_be_hidden()
    send_code(page, f"new-{ada}")
    enter_code(page, inbox.code(f"new-{ada}"))
    choose_password(page)
    code = application.arrival(asked).parameters["code"]
    assert application.claims(live, asked, code)["emails"] == [f"new-{ada}"]


def test_nothing_is_created_before_the_address_is_verified(page: Page, ada: str) -> None:
    expect(page.locator("#continue")).to_be_hidden()
    form = {"newPassword": PASSWORD, "reenterPassword": PASSWORD, "email": ada, "action": "create"}
    answer = page.evaluate(
        """async (form) => {
            const reply = await fetch(document.querySelector("form").getAttribute("action"), {
                method: "POST",
                body: new URLSearchParams(form),
                headers: {
                    "X-CSRF-TOKEN": SETTINGS.csrf, "X-Requested-With": "XMLHttpRequest"
                },
            });
            return reply.json();
        }""",
        form,
    )
    assert answer == {"status": "400", "message": "Verify this email address with a code first."}


def test_passwords_that_are_weak_or_differ_are_refused_beside_their_fields(
    page: Page, inbox: Inbox, ada: str
) -> None:
    enter_code(page, inbox.code(ada))
    choose_password(page, "password")
    expect(error(page, "newPassword")).to_contain_text("8 to 64 characters long")
    expect(page.locator("#newPassword")).to_be_focused()
    expect(page.locator("#newPassword")).to_have_attribute("aria-invalid", "true")
    choose_password(page, PASSWORD, again="Correct-Horse-2")
    expect(error(page, "reenterPassword")).to_contain_text("do not match")
    expect(page.locator("#reenterPassword")).to_be_focused()


def test_an_address_that_has_an_account_is_refused_and_can_be_changed(
    visitor: Visitor, live: Live, asked: Request, inbox: Inbox, ada: str
) -> None:
    page = visitor.page
    page.goto(asked.url)
    start_sign_up(page, live.facts["user"])
    enter_code(page, inbox.code(live.facts["user"]))
    choose_password(page)
    expect(error(page, "email")).to_contain_text("A user with the specified ID already exists")
    press(page, "#email_ver_but_edit")
    send_code(page, ada)


def test_an_address_that_is_none_gets_no_code(visitor: Visitor, asked: Request) -> None:
    page = visitor.page
    page.goto(asked.url)
    page.click("#createAccount")
    for typed, told in (
        ("ada", "Please enter a valid email address."),
        ("", "Please enter your email."),
    ):
        page.fill("#email", typed)
        page.press("#email", "Enter")
        expect(error(page, "email")).to_have_text(told)
        expect(page.locator("#email")).to_be_focused()
        expect(page.locator("#email")).to_have_value(typed)


def test_cancelling_returns_to_the_application(
    visitor: Visitor, application: Application, asked: Request
) -> None:
    page = visitor.page
    page.goto(asked.url)
    page.click("#createAccount")
    page.click("#cancel")
    told = application.arrival(asked).parameters
    assert told["error"] == "access_denied"
    assert told["error_description"].startswith("AADB2C90091: The user has cancelled")

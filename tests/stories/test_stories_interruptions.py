"""People reload, go back, open two tabs, click twice; nothing is done twice and nobody is lost."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Request as Sent
from playwright.sync_api import Route, expect

from live import Live
from stories.application import Application, Request
from stories.conftest import Inbox, Visits
from stories.visitor import (
    PASSWORD,
    Visitor,
    choose_password,
    enter_code,
    error,
    press,
    send_code,
    sign_in,
    start_sign_up,
    try_code,
)

LOST = "AADB2C90046"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_reload_shows_the_same_question_again_and_sends_nothing_twice(
    visits: Visits,
    live: Live,
    application: Application,
    asked: Request,
    inbox: Inbox,
    ada: str,
    *,
    scripts: bool,
) -> None:
    page = visits(java_script_enabled=scripts).page
    page.goto(asked.url)
    start_sign_up(page, ada)
    page.reload()
    expect(page.locator("#email")).to_have_value(ada)
    assert len(inbox.codes(ada)) == 1
    enter_code(page, inbox.code(ada))
    page.reload()
    expect(page.locator("#newPassword")).to_be_visible()
    choose_password(page)
    code = application.arrival(asked).parameters["code"]
    assert application.claims(live, asked, code)["newUser"] is True


def test_back_leads_to_a_page_that_works_and_forward_to_where_ada_was(
    visitor: Visitor, application: Application, asked: Request, inbox: Inbox, ada: str
) -> None:
    page = visitor.page
    page.goto(asked.url)
    start_sign_up(page, ada)
    page.go_back()
    expect(page.locator("#next")).to_be_visible()
    page.go_forward()
    expect(page.locator("#email")).to_have_value(ada)
    enter_code(page, inbox.code(ada))
    choose_password(page)
    application.arrival(asked)
    page.go_back()
    expect(page.locator("#exceptionMessage")).to_contain_text("was already used")
    expect(page.get_by_text(LOST)).to_be_visible()
    page.click("#startAgain")
    expect(page).to_have_title("User flows – Vestibule")  # the site of the first redirect URI


def test_two_tabs_run_two_journeys_side_by_side(
    visitor: Visitor, live: Live, application: Application, inbox: Inbox, ada: str
) -> None:
    first, second = application.request(live), application.request(live)
    one, two = visitor.page, visitor.tab()
    one.goto(first.url)
    two.goto(second.url)
    start_sign_up(one, ada)
    start_sign_up(two, f"second-{ada}")
    enter_code(one, inbox.code(ada))
    enter_code(two, inbox.code(f"second-{ada}"))
    choose_password(two)
    choose_password(one)
    for request, address in ((second, f"second-{ada}"), (first, ada)):
        code = application.arrival(request).parameters["code"]
        assert application.claims(live, request, code)["emails"] == [address]


def test_one_journey_in_two_tabs_moves_in_one_place_and_is_shown_in_the_other(
    visitor: Visitor, asked: Request, inbox: Inbox, ada: str
) -> None:
    one, two = visitor.page, visitor.tab()
    one.goto(asked.url)
    one.click("#createAccount")
    one.locator("#email_ver_but_send").wait_for()
    two.goto(one.url)
    send_code(one, ada)
    two.fill("#email", f"other-{ada}")
    press(two, "#email_ver_but_send")  # of a turn that is over
    expect(two.locator("#email")).to_have_value(ada)
    enter_code(two, inbox.code(ada))
    try_code(one, "000000")
    expect(one.locator("#newPassword")).to_be_visible()


def test_a_journey_belongs_to_the_browser_that_began_it(
    visits: Visits, live: Live, application: Application, asked: Request, ada: str
) -> None:
    mine, theirs = visits().page, visits().page
    mine.goto(asked.url)
    start_sign_up(mine, ada)
    theirs.goto(application.request(live).url)
    # As copied from the address bar, and as a plain look at the journey that needs no token.
    look = re.sub("&(local|turn|csrf_token)=[^&]*", "", mine.url)
    for address in (mine.url, look):
        theirs.goto(address)
        heading = theirs.get_by_role("heading", level=1)
        expect(heading).to_have_text("This page is no longer valid")
        expect(theirs.get_by_text(LOST)).to_be_visible()
        expect(theirs.get_by_text(ada)).to_have_count(0)
    mine.goto(look)
    expect(mine.locator("#email")).to_have_value(ada)
    mine.reload()
    expect(mine.locator("#email_ver_input")).to_be_visible()


def test_a_form_that_is_sent_again_does_nothing(
    visitor: Visitor,
    live: Live,
    application: Application,
    asked: Request,
    inbox: Inbox,
    ada: str,
) -> None:
    page = visitor.page
    page.goto(asked.url)
    start_sign_up(page, ada)
    with page.expect_request("**/SelfAsserted?**") as verify:
        enter_code(page, inbox.code(ada))
    assert replayed(live, verify.value) == {"status": "200"}
    expect(page.locator("#newPassword")).to_be_visible()
    with page.expect_request("**/SelfAsserted?**") as create:
        choose_password(page)
    code = application.arrival(asked).parameters["code"]
    assert application.claims(live, asked, code)["newUser"] is True
    assert replayed(live, create.value)["errorCode"] == LOST


def replayed(live: Live, sent: Sent) -> dict[str, str]:
    """The answer to a request that a browser sent, sent once more with its cookies."""
    with live.http(headers=sent.all_headers()) as http:
        reply = http.post(sent.url, content=sent.post_data_buffer)
    answer: dict[str, str] = reply.json()
    return answer


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_double_click_sends_one_code_and_creates_one_account(
    visits: Visits,
    live: Live,
    application: Application,
    asked: Request,
    inbox: Inbox,
    ada: str,
    *,
    scripts: bool,
) -> None:
    page = visits(java_script_enabled=scripts).page
    page.goto(asked.url)
    page.click("#createAccount")
    page.fill("#email", ada)
    page.dblclick("#email_ver_but_send")
    page.locator("#email_ver_input").wait_for()
    assert len(inbox.codes(ada)) == 1
    page.fill("#email_ver_input", inbox.code(ada))
    page.dblclick("#email_ver_but_verify")
    page.fill("#newPassword", PASSWORD)
    page.fill("#reenterPassword", PASSWORD)
    page.dblclick("#continue")
    code = application.arrival(asked).parameters["code"]
    assert application.claims(live, asked, code)["emails"] == [ada]
    expect(page).to_have_title("The application")


def test_a_broken_connection_is_told_and_the_form_can_be_sent_again(
    visits: Visits, live: Live, asked: Request, application: Application
) -> None:
    page = visits(expects=("net::ERR_INTERNET_DISCONNECTED",)).page
    page.goto(asked.url)
    page.context.set_offline(True)
    sign_in(page, live.facts["user"], live.facts["password"])
    expect(page.locator(".error.pageLevel")).to_contain_text("Check your connection")
    expect(page.locator(".error.pageLevel")).to_be_focused()
    page.context.set_offline(False)
    press(page, "#next")
    assert "code" in application.arrival(asked).parameters


def test_a_slow_answer_shows_progress_and_takes_no_second_click(
    visitor: Visitor, asked: Request, inbox: Inbox, ada: str
) -> None:
    page = visitor.page
    page.goto(asked.url)
    page.click("#createAccount")
    page.fill("#email", ada)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/SelfAsserted?**", hold)
    page.click("#email_ver_but_send")
    button = page.locator("#email_ver_but_send")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#attributeVerification")).to_have_attribute("aria-busy", "true")
    page.keyboard.press("Enter")
    assert len(held) == 1
    held[0].continue_()
    page.locator("#email_ver_input").wait_for()
    expect(error(page, "email")).to_be_hidden()
    assert len(inbox.codes(ada)) == 1

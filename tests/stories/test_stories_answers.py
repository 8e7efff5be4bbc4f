"""The answer reaches the application in the way that it asked for."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import expect

from live import Live
from stories.application import Application
from stories.conftest import Visits
from stories.visitor import Visitor, sign_in


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_form_is_posted_to_the_application(
    visits: Visits, live: Live, application: Application, *, scripts: bool
) -> None:
    page = visits(java_script_enabled=scripts).page
    request = application.request(live, response_mode="form_post")
    page.goto(request.url)
    sign_in(page, live.facts["user"], live.facts["password"])
    if not scripts:
        page.get_by_role("button", name="Continue").click()
    arrival = application.arrival(request)
    assert arrival.method == "POST"
    assert application.claims(live, request, arrival.parameters["code"])["tfp"] == "B2C_1_susi"
    expect(page).to_have_title("The application")
    assert page.url == application.uri


def test_a_fragment_reaches_the_page_and_never_its_server(
    visitor: Visitor, live: Live, application: Application
) -> None:
    page = visitor.page
    request = application.request(live, response_mode="fragment")
    page.goto(request.url)
    sign_in(page, live.facts["user"], live.facts["password"])
    page.wait_for_url(f"{application.uri}#**")
    answer = dict(parse_qsl(urlsplit(page.url).fragment))
    assert answer["state"] == request.state
    assert application.claims(live, request, answer["code"])["emails"] == [live.facts["user"]]


def test_an_error_is_posted_too(visitor: Visitor, live: Live, application: Application) -> None:
    request = application.request(live, response_mode="form_post")
    visitor.page.goto(request.url)
    visitor.page.click("#forgotPassword")
    arrival = application.arrival(request)
    assert (arrival.method, arrival.parameters["error"]) == ("POST", "access_denied")


def test_a_redirect_uri_that_is_not_registered_stops_on_a_page(
    visitor: Visitor, live: Live, application: Application
) -> None:
    page = visitor.page
    request = application.request(live, redirect_uri="https://mallory.example/back")
    answer = page.goto(request.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("This sign-in cannot start")
    expect(page.get_by_text("AADB2C90006")).to_be_visible()
    expect(page.locator("#exceptionMessage")).to_contain_text("https://mallory.example/back")
    assert answer is not None
    correlation = page.locator(".facts code").last.inner_text()
    assert f"<!-- CorrelationId: {correlation} -->" in answer.text()

"""Who signed in stays signed in, until prompt, time or logout says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode

import httpx2
import pytest
from playwright.sync_api import Page, expect

from live import Live
from stories.application import Application, Arrival, endpoint
from stories.conftest import Visits
from stories.visitor import Visitor, sign_in


@pytest.fixture
def page(visitor: Visitor, live: Live, application: Application) -> Page:
    """Of Bob, who has just signed in."""
    request = application.request(live)
    visitor.page.goto(request.url)
    sign_in(visitor.page, live.facts["user"], live.facts["password"])
    application.arrival(request)
    return visitor.page


def silent(page: Page, live: Live, application: Application) -> Arrival:
    """What the application hears when it asks without a page."""
    request = application.request(live, prompt="none")
    page.goto(request.url)
    return application.arrival(request)


def test_the_next_request_goes_straight_back_with_the_time_of_the_sign_in(
    page: Page, live: Live, application: Application, advance: Callable[[int], None]
) -> None:
    first, second = application.request(live), application.request(live)
    page.goto(first.url)
    before = application.claims(live, first, application.arrival(first).parameters["code"])
    advance(100)
    page.goto(second.url)
    after = application.claims(live, second, application.arrival(second).parameters["code"])
    assert after["oid"] == before["oid"]
    assert after["auth_time"] == before["auth_time"]
    assert after["iat"] >= before["iat"] + 100
    assert "code" in silent(page, live, application).parameters


def test_prompt_login_asks_again(page: Page, live: Live, application: Application) -> None:
    request = application.request(live, prompt="login")
    page.goto(request.url)
    expect(page.locator("#next")).to_be_visible()
    sign_in(page, live.facts["user"], live.facts["password"])
    assert "code" in application.arrival(request).parameters


def test_a_request_for_a_younger_sign_in_asks_again(
    page: Page, live: Live, application: Application, advance: Callable[[int], None]
) -> None:
    advance(120)
    page.goto(application.request(live, max_age="60").url)
    expect(page.locator("#next")).to_be_visible()


def test_without_a_session_a_silent_request_is_told_so(
    visitor: Visitor, live: Live, application: Application
) -> None:
    told = silent(visitor.page, live, application).parameters
    assert told["error"] == "interaction_required"
    assert told["error_description"].startswith("AADB2C90077: ")


def test_a_session_ends_after_a_day(
    page: Page, live: Live, application: Application, advance: Callable[[int], None]
) -> None:
    advance(24 * 3600 + 1)
    assert silent(page, live, application).parameters["error"] == "interaction_required"


def test_logging_out_ends_the_session_and_returns_with_the_state(
    page: Page, live: Live, application: Application
) -> None:
    leave = {"post_logout_redirect_uri": application.uri, "state": "bye"}
    page.goto(f"{endpoint(live, 'logout')}?{urlencode(leave)}")
    assert page.url == f"{application.uri}?state=bye"
    assert silent(page, live, application).parameters["error"] == "interaction_required"


def test_logging_out_without_a_way_back_says_that_it_is_done(
    page: Page, live: Live, application: Application
) -> None:
    page.goto(endpoint(live, "logout"))
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")
    page.goto(application.request(live).url)
    expect(page.locator("#next")).to_be_visible()


@pytest.fixture(scope="module")
def neighbour(admin: httpx2.Client, live: Live, application: Application) -> str:
    """Another application, which wants to hear of the end of sessions; its client id."""
    id = live.facts["public_client_id"]
    address = f"{application.origin}/?state=heard"
    changed = admin.patch(f"/v1.0/applications/{id}", json={"web": {"logoutUrl": address}})
    assert changed.status_code == 204, changed.text
    return str(id)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_logging_out_tells_the_other_application(
    visits: Visits, live: Live, application: Application, neighbour: str, *, scripts: bool
) -> None:
    page = visits(java_script_enabled=scripts).page
    first, second = application.request(live), application.request(live, client_id=neighbour)
    page.goto(first.url)
    sign_in(page, live.facts["user"], live.facts["password"])
    application.arrival(first)
    page.goto(second.url)
    application.arrival(second)
    leave = {"post_logout_redirect_uri": application.uri, "state": "bye"}
    page.goto(f"{endpoint(live, 'logout')}?{urlencode(leave)}")
    if not scripts:
        page.click("#onward")  # rather than wait for the page to go on by itself
    page.wait_for_url(f"{application.uri}?state=bye")
    heard = replace(first, state="heard")
    assert application.arrival(heard).method == "GET"
    assert silent(page, live, application).parameters["error"] == "interaction_required"


def test_the_viewer_signs_out_and_comes_back(visitor: Visitor, live: Live) -> None:
    page = visitor.page
    page.goto(f"{live.base}/run?tenant={live.facts['tenant']}&flow=B2C_1_susi")
    sign_in(page, live.facts["user"], live.facts["password"])
    page.click("#signOut")
    page.wait_for_url(f"{live.base}/jwt")
    expect(page.get_by_text("No token yet")).to_be_visible()

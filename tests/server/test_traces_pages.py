"""The development pages of traces: found from every page of a journey."""

from __future__ import annotations

import pytest

from live import Live
from people import Page, look, press
from server.sites import FLOW, Site, of_development
from server.test_traces_http import correlation


@pytest.fixture(scope="module")
def site(live: Live) -> Site:
    return of_development(live)


def test_a_page_leads_to_the_trace_of_its_journey(site: Site) -> None:
    with site.http() as browser:
        page = look(browser, site.authorize())
        id = correlation(page)
        assert f'<a href="/traces/{id}">' in page.text
        press(browser, page, "signin", email="nobody@x.example", signInName="n@x.example",
              password="wrong")  # fmt: skip
        shown = browser.get(f"/traces/{id}")
    assert shown.status_code == 200
    for told in (id, FLOW, "signuporsignin", "CheckPassword", "account.unknown", "reuse_session"):
        assert told in shown.text
    assert "x.example" not in shown.text


def test_the_list_names_the_latest_outcomes_and_finds_a_number(site: Site) -> None:
    with site.http() as browser:
        page = look(browser, site.authorize())
        press(browser, page, "signin", signInName="n@x.example", password="wrong")
        listed = browser.get("/traces")
        found = browser.get("/traces", params={"id": f" {correlation(page)} "})
    assert listed.status_code == 200
    assert f'<a href="/traces/{correlation(page)}">' in listed.text
    assert "create " not in listed.text, "What administrators did is no journey."
    assert found.status_code == 303
    assert found.headers["location"] == f"/traces/{correlation(page)}"


@pytest.mark.parametrize("path", ["/traces/none", "/traces/a/b", "/traces/%00", "/traces/%2e%2e"])
def test_a_number_that_leads_nowhere_is_told_so(site: Site, path: str) -> None:
    with site.http() as browser:
        answer = browser.get(path)
    assert answer.status_code == 404
    assert "There is no trace of this correlation ID." in answer.text
    assert 'action="/traces"' in answer.text, "Another number can be tried at once."


def test_the_inbox_leads_from_a_message_to_its_journey(site: Site) -> None:
    with site.http() as browser:
        page = press(browser, look(browser, site.authorize()), "signup")
        assert isinstance(page, Page)
        press(browser, page, "send_code", email="trace@people.example")
        inbox = browser.get("/inbox")
    assert f'<a href="/traces/{correlation(page)}">' in inbox.text

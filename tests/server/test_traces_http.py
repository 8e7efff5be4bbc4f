"""A trace over HTTP, on both engines: what an administrator sees of a journey, and who may."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from people import Page, look, press
from server.sites import PASSWORD, Site, begin_sign_up, create, pressed, verify

TRACES = "/vestibule/v1/traces"


def correlation(page: Page) -> str:
    """The number on a page, as B2C's pages carry it."""
    found = re.match(r"<!DOCTYPE html>\n<!-- CorrelationId: ([0-9a-f-]{36}) -->", page.text)
    assert found, page.text[:200]
    return found[1]


def trace(site: Site, id: str) -> dict[str, Any]:
    with site.graph() as graph:
        answer = graph.get(f"{TRACES}/{id}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def way(trace: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(step, what came in, what it did) of each entry."""
    return [
        (
            step["step"],
            step["result"] or step["action"] or step["given"],
            step["page"] or step["effect"] or step["outcome"],
        )
        for step in trace["steps"]
    ]


SIGN_UP = [
    ("sign_in_or_up", "nothing", "signuporsignin"),
    ("sign_in_or_up", "signup", "next"),
    ("sign_up", "nothing", "localaccountsignup"),
    ("sign_up", "send_code", "SendCode"),
    ("sign_up", "CodeSent", "localaccountsignup"),
    ("sign_up", "verify_code", "CheckCode"),
    ("sign_up", "CodeRight", "localaccountsignup"),
    ("sign_up", "create", "HashPassword"),
    ("sign_up", "PasswordHashed", "next"),
    ("create_account", "nothing", "CreateUser"),
    ("create_account", "UserCreated", "next"),
    ("read_user", "nothing", "ReadUser"),
    ("read_user", "UserRead", "next"),
    ("finish", "nothing", "tokens"),
]


def test_a_sign_up_is_told_step_by_step_under_one_number(site: Site) -> None:
    address = f"{uuid4().hex}@people.example"
    with site.http() as browser:
        page = begin_sign_up(site, browser, address)
        id = correlation(page)
        page = verify(site, browser, page, address)
        assert correlation(page) == id
        waiting = trace(site, id)
        assert (waiting["state"], way(waiting)) == ("waiting", SIGN_UP[:7])
        landed = create(browser, page, address)
    done = trace(site, id)
    assert (done["state"], done["userFlowId"]) == ("finished", "B2C_1_susi")
    assert done["applicationId"] == site.client_id
    assert way(done) == SIGN_UP
    assert {"email", "newPassword", "reenterPassword"} <= set(done["steps"][7]["inputs"])
    assert done["steps"][7]["unknownInputs"] is None
    assert done["steps"][-1]["tokenClaims"][0] == "oid"
    assert "“nobody” holds" in done["steps"][0]["why"]
    shown = str(done)
    for value in (address, PASSWORD, parse_qs(urlsplit(landed).query)["code"][0], "after"):
        assert value not in shown
    with site.graph() as graph:
        rows = graph.get(f"/vestibule/v1/audit?$filter=correlationId eq '{id}'").json()["value"]
    assert [(row["action"], row["result"]) for row in rows] == [("signUp", "success")]


def test_the_application_is_told_the_number_of_the_pages(site: Site) -> None:
    with site.http() as browser:
        page = pressed(browser, look(browser, site.authorize()), "signup")
        landed = press(browser, page, "cancel")
    assert isinstance(landed, str)
    described = parse_qs(urlsplit(landed).query)["error_description"][0]
    assert f"Correlation ID: {correlation(page)}\r\n" in described
    stopped = trace(site, correlation(page))
    assert stopped["state"] == "stopped"
    assert (stopped["steps"][-1]["outcome"], stopped["steps"][-1]["code"]) == ("stop", "90091")


def test_every_journey_has_a_number_of_its_own(site: Site) -> None:
    """Whatever a client sends along: two journeys under one number would be mixed up."""
    sent = str(uuid4())
    with site.http() as browser:
        pages = [
            look(browser, site.authorize(**{"client-request-id": sent, "correlation_id": sent}))
            for _ in range(2)
        ]
    assert len({sent, *map(correlation, pages)}) == 3


@pytest.mark.parametrize(
    "id",
    [str(uuid4()), "none", "%00", "x" * 2000, "..%2Fusers", "%F0%9F%9A%B2"],
    ids=["unknown", "no guid", "NUL", "long", "path", "bicycle"],
)
def test_what_no_journey_is_called_is_not_found(site: Site, id: str) -> None:
    with site.graph() as graph:
        answer = graph.get(f"{TRACES}/{id}")
    assert answer.status_code in {400, 404}, answer.text
    assert answer.json()["error"]["message"]


def test_traces_are_looked_up_and_never_listed_or_changed(site: Site) -> None:
    with site.http() as browser:
        id = correlation(look(browser, site.authorize()))
    with site.graph() as graph:
        for method, path in (
            ("GET", TRACES),
            ("GET", f"{TRACES}/$count"),
            ("POST", TRACES),
            ("PATCH", f"{TRACES}/{id}"),
            ("DELETE", f"{TRACES}/{id}"),
        ):
            answer = graph.request(method, path, json={} if method in {"POST", "PATCH"} else None)
            assert answer.status_code == 405, f"{method} {path}: {answer.text}"
        assert graph.get(f"{TRACES}/{id.upper()}").json()["correlationId"] == id
        chosen = graph.get(f"{TRACES}/{id}?$select=state").json()
    assert chosen["state"] == "waiting"
    assert "steps" not in chosen


def test_another_tenants_trace_is_not_found(contoso: Site, fabrikam: Site) -> None:
    with contoso.http() as browser:
        id = correlation(look(browser, contoso.authorize()))
    assert trace(contoso, id)["correlationId"] == id
    with fabrikam.graph() as mallory:
        assert mallory.get(f"{TRACES}/{id}").status_code == 404
    with contoso.http() as anybody:
        assert anybody.get(f"{TRACES}/{id}").status_code == 401


def test_pages_of_production_carry_the_number_without_a_link(contoso: Site) -> None:
    with contoso.http() as browser:
        page = look(browser, contoso.authorize())
        assert correlation(page)
        assert "/traces/" not in page.text
        assert browser.get("/traces").status_code == 404
        assert browser.get(f"/traces/{correlation(page)}").status_code == 404

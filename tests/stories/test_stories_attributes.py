"""A flow that asks with every control: from Graph to the page, the user and the token."""

from __future__ import annotations

import re
from itertools import count
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, expect

from live import Live
from people import Page as Plain
from people import look, press, transaction
from stories.application import Application, Request, endpoint
from stories.conftest import Inbox, Visits
from stories.visitor import PASSWORD, choose_password, enter_code, error, sign_in, start_sign_up

FLOWS = "/beta/identity/b2cUserFlows"
ATTRIBUTES = "/v1.0/identity/userFlowAttributes"
CUSTOM = {  # name → data type
    "Size": "string",
    "Second": "string",
    "News": "stringCollection",
    "Terms": "boolean",
    "Born": "dateTime",
    "Children": "int64",
}
ASKED: tuple[tuple[str, str, str, bool, tuple[tuple[str, str], ...]], ...] = (
    # attribute, control, label, optional, options
    ("displayName", "textBox", "What should we call you?", False, ()),
    ("Size", "radioSingleSelect", "Shirt size", False, (("Small", "s"), ("Large cut", "l"))),
    ("country", "dropdownSingleSelect", "Where do you live?", False, ()),
    ("Second", "emailBox", "Another email address", True, ()),
    ("News", "checkboxMultiSelect", "Write to me about", True, (("Offers", "o"), ("Events", "e"))),
    ("Born", "dateTimeDropdown", "Date of birth", False, ()),
    ("Children", "textBox", "Children", True, ()),
    ("Terms", "checkboxMultiSelect", "Terms of use", False, (("I agree", "true"),)),
)
TOLD = {
    "name": "Ada Lovelace",
    "extension_Size": "l",
    "country": "Austria",
    "extension_News": ["e"],
    "extension_Born": "1985-12-10T00:00:00Z",
    "extension_Children": 3,
    "extension_Terms": True,
}
"""What the token says; nothing of what was not given."""
_numbers = count(1)


@pytest.fixture(scope="module")
def extensions(admin: httpx2.Client) -> dict[str, str]:
    """Name → id of the custom attributes; made once a worker, whatever came before."""
    ids = {}
    for name, data_type in CUSTOM.items():
        body = {"displayName": name, "description": name, "dataType": data_type}
        made = admin.post(ATTRIBUTES, json=body)
        assert made.status_code in {201, 409}, made.text
        listed = admin.get(ATTRIBUTES, params={"$filter": f"displayName eq '{name}'"})
        ids[name] = listed.json()["value"][0]["id"]
    return ids


def flow_that_asks(admin: httpx2.Client, *assignments: dict[str, Any]) -> str:
    """A new flow with these assignments, made through Graph."""
    body = {"id": f"asks{next(_numbers)}", "userFlowType": "signUpOrSignIn"}
    made = admin.post(FLOWS, json={**body, "userFlowTypeVersion": 3})
    assert made.status_code == 201, made.text
    id: str = made.json()["id"]
    for one in assignments:
        answer = admin.post(f"{FLOWS}/{id}/userAttributeAssignments", json=one)
        assert answer.status_code == 201, answer.text
    return id


def everything(extensions: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "userAttribute": {"id": extensions.get(attribute, attribute)},
            "userInputType": control,
            "displayName": label,
            "isOptional": optional,
            "userAttributeValues": [{"name": name, "value": value} for name, value in options],
        }
        for attribute, control, label, optional, options in ASKED
    ]


@pytest.fixture(scope="module")
def asking(admin: httpx2.Client, extensions: dict[str, str]) -> str:
    """The id of a flow with one attribute of every control and type."""
    return flow_that_asks(admin, *everything(extensions))


@pytest.fixture
def asked(live: Live, application: Application, asking: str) -> Request:
    return application.request(live, asking)


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def page(visits: Visits, request: pytest.FixtureRequest) -> Page:
    return visits(java_script_enabled=request.param).page


def fill(page: Page) -> None:
    page.get_by_label("What should we call you?").fill(" Ada Lovelace ")
    page.get_by_label("Large cut").check()
    page.get_by_label("Where do you live?").select_option("Austria")
    page.get_by_label("Events").check()
    for part, value in (("Day", "10"), ("Month", "12"), ("Year", "1985")):
        page.get_by_label(part, exact=True).select_option(value)
    page.get_by_label("Children").fill("3")
    page.get_by_label("I agree").check()


def test_ada_answers_every_question(
    page: Page, live: Live, application: Application, asked: Request, asking: str,
    inbox: Inbox, ada: str,
) -> None:  # fmt: skip
    page.goto(asked.url)
    start_sign_up(page, ada)
    enter_code(page, inbox.code(ada))
    labels = page.locator("#account .field > .label, #account .field legend.label")
    assert [re.sub(r"\s+", " ", text).strip() for text in labels.all_inner_texts()][2:] == [
        f"{label} (optional)" if optional else label for _, _, label, optional, _ in ASKED
    ]
    choose_password(page)
    required = "This information is required."
    for field in ("displayName", "extension_Size", "country", "extension_Born", "extension_Terms"):
        expect(error(page, field)).to_have_text(required)
    for field in ("extension_Second", "extension_News", "extension_Children"):
        expect(error(page, field)).to_be_hidden()
    expect(page.locator("#claimVerificationServerError")).to_be_focused()
    page.locator("#claimVerificationServerError a").first.click()
    expect(page.locator("#displayName")).to_be_focused()

    fill(page)
    page.get_by_label("Children").fill("two")
    choose_password(page)
    expect(error(page, "extension_Children")).to_have_text("Enter a whole number, such as 42.")
    expect(page.locator("#extension_Children")).to_be_focused()
    expect(page.locator("#extension_Children")).to_have_value("two")
    expect(page.get_by_label("Large cut")).to_be_checked()
    expect(page.get_by_label("Events")).to_be_checked()
    expect(page.get_by_label("Year", exact=True)).to_have_value("1985")
    page.get_by_label("Children").fill("3")
    choose_password(page)
    code = application.arrival(asked).parameters["code"]
    claims, refresh_token = application.redeemed(live, asked, code, asking)
    assert {name: claims[name] for name in TOLD} == TOLD
    assert "extension_Second" not in claims
    assert claims["newUser"] is True
    refreshed = application.refreshed(live, refresh_token, asking)
    assert {name: refreshed[name] for name in TOLD} == TOLD


def test_what_ada_answered_is_known_when_she_comes_back(
    visits: Visits, live: Live, application: Application, asked: Request, asking: str,
    inbox: Inbox, ada: str,
) -> None:  # fmt: skip
    page = visits().page
    page.goto(asked.url)
    start_sign_up(page, ada)
    enter_code(page, inbox.code(ada))
    expect(page.locator("#extension_Born_month option").nth(12)).to_have_text("December")
    fill(page)
    choose_password(page)
    application.arrival(asked)
    again = application.request(live, asking)
    other = visits().page
    other.goto(again.url)
    sign_in(other, ada, PASSWORD)
    code = application.arrival(again).parameters["code"]
    claims = application.claims(live, again, code, asking)
    assert {name: claims[name] for name in TOLD} == TOLD
    assert "newUser" not in claims


def test_one_wrong_choice_takes_the_focus(
    page: Page, asked: Request, inbox: Inbox, ada: str
) -> None:
    page.goto(asked.url)
    start_sign_up(page, ada)
    enter_code(page, inbox.code(ada))
    fill(page)
    page.get_by_label("Year", exact=True).select_option("")
    choose_password(page)
    expect(error(page, "extension_Born")).to_contain_text("make a real date")
    expect(page.get_by_label("Day", exact=True)).to_be_focused()
    page.get_by_label("Year", exact=True).select_option("1985")
    page.get_by_label("I agree").uncheck()
    choose_password(page)
    expect(page.get_by_label("I agree")).to_be_focused()
    group = page.get_by_role("group", name="Terms of use")
    expect(group).to_have_accessible_description(re.compile("This information is required."))


def test_an_address_need_not_be_verified(
    page: Page, live: Live, application: Application, admin: httpx2.Client, ada: str
) -> None:
    email = {
        "userAttribute": {"id": "email"},
        "userInputType": "emailBox",
        "displayName": "Work email",
        "requiresVerification": False,
    }
    flow = flow_that_asks(admin, email)
    asked = application.request(live, flow)
    page.goto(asked.url)
    page.click("#createAccount")
    page.get_by_label("Work email").fill("ada")
    choose_password(page)
    expect(error(page, "email")).to_have_text("Please enter a valid email address.")
    page.get_by_label("Work email").fill(ada)
    choose_password(page)
    code = application.arrival(asked).parameters["code"]
    assert application.claims(live, asked, code, flow)["emails"] == [ada]


# --------------------------------------------------------------------------- B2C's page protocol


def sent(browser: httpx2.Client, live: Live, flow: str, page: Plain, **fields: str) -> Any:
    """What B2C's script for the page sends, and is told."""
    address = f"{endpoint(live, '', '', flow=flow).rstrip('/')}/SelfAsserted"
    query = {"tx": transaction(page), "p": flow}
    headers = {
        "x-csrf-token": page.form.fields["csrf_token"],
        "x-requested-with": "XMLHttpRequest",
    }
    answer = browser.post(
        address, params=query, headers=headers, data={"request_type": "RESPONSE", **fields}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_replayed_page_protocol_carries_attributes(
    live: Live, application: Application, asked: Request, asking: str, inbox: Inbox, ada: str
) -> None:
    account = {"email": ada, "newPassword": PASSWORD, "reenterPassword": PASSWORD}
    answers = {
        "displayName": "Ada Lovelace",
        "extension_Size": "l",
        "country": "Austria",
        "extension_News": "e",
        "extension_Born": "1985-12-10",
        "extension_Children": "3",
        "extension_Terms": "true",
        "surname": "Mallory",
        "extension_Nobody": "asked",
    }
    with live.http() as browser:
        page = look(browser, asked.url)
        api = f"{endpoint(live, '', '', flow=asking).rstrip('/')}/api"
        tail = f"csrf_token={page.form.fields['csrf_token']}&tx={transaction(page)}&p={asking}"
        page = look(browser, f"{api}/CombinedSigninAndSignup/unified?local=signup&{tail}")
        for field in answers.keys() - {"surname", "extension_Nobody"}:
            assert f'id="{field}"' in page.text
        assert '"ID": "extension_Size", "IS_REQ": true, "OPTIONS"' in page.text
        assert '"UX_INPUT_TYPE": "DateTimeDropdown"' in page.text
        press(browser, page, "send_code", email=ada)
        verify = {"request_type": "VALIDATION_REQUEST", "claim_id": "email", "claim_value": ada}
        verified = sent(browser, live, asking, page, **verify, user_input=inbox.code(ada))
        assert verified == {"status": "200"}
        refused = sent(browser, live, asking, page, **account, **{**answers, "country": "Mars"})
        assert refused["status"] == "400"
        assert refused["message"] == "Choose one of the options."
        assert sent(browser, live, asking, page, **account, **answers) == {"status": "200"}
        landed = browser.get(f"{api}/SelfAsserted/confirmed?{tail}")
    code = httpx2.URL(landed.headers["location"]).params["code"]
    claims = application.claims(live, asked, code, asking)
    assert {name: claims[name] for name in TOLD} == TOLD
    assert not {"family_name", "extension_Nobody"} & claims.keys()

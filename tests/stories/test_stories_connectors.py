"""Somebody with a browser meets API connectors: what they say, and how it is to wait for one."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest
from playwright.sync_api import expect

from answering import Connector, Says, answering, blocks, goes_on, objects
from live import Live
from stories.application import Application
from stories.conftest import Inbox, Visits
from stories.visitor import Visitor, choose_password, press

FLOWS = "/beta/identity/b2cUserFlows"
BEFORE, TOKENS = "postAttributeCollection", "preTokenIssuance"
FLOW = "B2C_1_connected"
GUEST_FLOWS = "/beta/identity/b2xUserFlows"
POLICY = "/v1.0/policies/authenticationFlowsPolicy"


def done(answer: httpx2.Response) -> httpx2.Response:
    assert answer.is_success, answer.text
    return answer


@pytest.fixture(scope="module")
def asking(live: Live, admin: httpx2.Client) -> Iterator[Connector]:
    """Asked before an account is created, and before tokens, by a flow that asks for a town; and
    by one for guests, after they have proved who they are."""
    files = live.data_dir / "tls.pem", live.data_dir / "tls.key"
    with answering(*files) as connector:
        basic = {"@odata.type": "#microsoft.graph.basicAuthentication"}
        body = {
            "displayName": "Approval",
            "targetUrl": connector.url,
            "authenticationConfiguration": {**basic, "username": "u", "password": "p"},
        }
        id = done(admin.post("/beta/identity/apiConnectors", json=body)).json()["id"]
        flow = {"id": FLOW, "userFlowType": "signUp", "userFlowTypeVersion": 3}
        done(admin.post(FLOWS, json=flow))
        settings = f"/vestibule/v1/userFlows/{FLOW}/settings"
        done(admin.patch(settings, json={"emailVerification": False}))
        town = {"userAttribute": {"id": "city"}, "displayName": "Town", "userInputType": "textBox"}
        place = f"{FLOWS}/{FLOW}"
        done(admin.post(f"{place}/userAttributeAssignments", json={**town, "isOptional": True}))
        target = {"@odata.id": f"{live.base}/beta/identity/apiConnectors/{id}"}
        for point in (BEFORE, TOKENS):
            done(admin.put(f"{place}/apiConnectorConfiguration/{point}/$ref", json=target))
        guests = f"{GUEST_FLOWS}/{_for_guests(live, admin)}"
        point = f"{guests}/apiConnectorConfiguration/postFederationSignup/$ref"
        done(admin.put(point, json=target))
        yield connector
        done(admin.delete(guests))
        done(admin.patch(POLICY, json={"selfServiceSignUp": {"isEnabled": False}}))
        done(admin.delete(place))
        done(admin.delete(f"/beta/identity/apiConnectors/{id}"))


def _for_guests(live: Live, admin: httpx2.Client) -> str:
    """A flow that asks strangers for a town, linked to the application; its id."""
    done(admin.patch(POLICY, json={"selfServiceSignUp": {"isEnabled": True}}))
    flow = {"id": "connected", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1}
    passcode = {"identityProviders": [{"id": "EmailOtpSignup-OAUTH"}]}
    id: str = done(admin.post(GUEST_FLOWS, json={**flow, **passcode})).json()["id"]
    town = {"userAttribute": {"id": "city"}, "displayName": "Town", "userInputType": "textBox"}
    done(admin.post(f"{GUEST_FLOWS}/{id}/userAttributeAssignments", json=town))
    listener = {
        "@odata.type": "#microsoft.graph.invokeUserFlowListener",
        "sourceFilter": {"includeApplications": [live.facts["client_id"]]},
        "userFlow": {"id": id},
    }
    done(admin.post("/beta/identity/events/onSignupStart", json=listener))
    return id


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_what_a_connector_refuses_is_corrected(
    visits: Visits,
    live: Live,
    application: Application,
    asking: Connector,
    ada: str,
    *,
    scripts: bool,
) -> None:
    """With scripts nothing has to be typed again; without them the password, which no server
    sends back."""
    page = visits(java_script_enabled=scripts).page
    request = application.request(live, FLOW)
    asking.told(objects("There is no town <i>Atlantis</i>."), goes_on(city="Wien"))
    page.goto(request.url)
    page.fill("#email", ada)
    page.fill("#city", "Atlantis")
    choose_password(page)
    summary = page.locator("#claimVerificationServerError")
    expect(summary).to_have_text("There is no town <i>Atlantis</i>.")
    expect(summary).to_be_focused()
    expect(page.locator("#city")).to_have_value("Atlantis")
    page.fill("#city", "Vienna")
    if scripts:
        press(page, "#continue")
    else:
        choose_password(page)
    claims = application.claims(
        live, request, application.arrival(request).parameters["code"], FLOW
    )
    assert (claims["city"], claims["newUser"]) == ("Wien", True)
    assert [body.get("city") for body in asking.asked] == ["Atlantis", "Vienna", "Wien"]


def test_a_connector_ends_a_sign_up_with_its_own_words(
    visitor: Visitor, live: Live, application: Application, asking: Connector, ada: str
) -> None:
    page = visitor.page
    asking.told(blocks("Thank you. We shall look at your request.\nIt takes a day."))
    page.goto(application.request(live, FLOW).url)
    page.fill("#email", ada)
    choose_password(page)
    expect(page.locator("#exceptionMessage")).to_have_text(
        "Thank you. We shall look at your request. It takes a day."
    )
    expect(page.locator("main")).not_to_contain_text("AADB2C")
    expect(page.locator("main form")).to_have_count(0)


def test_a_connector_that_is_slow_lets_people_wait(
    visitor: Visitor, live: Live, application: Application, asking: Connector, ada: str
) -> None:
    """The button is busy; whoever opens the page a second time sees that work is going on. The
    answer is judged once, and the account is made once."""
    page = visitor.page
    request = application.request(live, FLOW)
    asking.told(Says(200, goes_on(city="Wien").body, act="late"))
    page.goto(request.url)
    form = str(page.locator("#attributeVerification").get_attribute("action"))
    page.fill("#email", ada)
    page.fill("#newPassword", "Correct-Horse-1")
    page.fill("#reenterPassword", "Correct-Horse-1")
    page.click("#continue")
    expect(page.locator("#continue")).to_have_attribute("aria-disabled", "true")
    other = visitor.tab()
    other.goto(form.replace("/SelfAsserted?", "/api/SelfAsserted/unified?"))
    expect(other.get_by_role("heading", level=1)).to_have_text("Still working")
    asking.time.set()
    code = application.arrival(request).parameters["code"]
    assert application.claims(live, request, code, FLOW)["city"] == "Wien"
    assert [body["step"] for body in asking.asked] == [
        "PostAttributeCollection",
        "PreTokenIssuance",
    ]


def test_tokens_are_not_made_past_a_connector_that_fails(
    visitor: Visitor, live: Live, application: Application, asking: Connector, ada: str
) -> None:
    page = visitor.page
    asking.told(goes_on(), Says(200, {"hello": "world"}))
    page.goto(application.request(live, FLOW).url)
    page.fill("#email", ada)
    choose_password(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("This sign-in cannot continue")
    expect(page.locator("#exceptionMessage")).to_contain_text("'Approval' specified in step")
    expect(page.locator("main")).to_contain_text("AADB2C90261")


def test_a_stranger_is_turned_away_or_finds_the_page_filled_in(
    visits: Visits,
    live: Live,
    application: Application,
    asking: Connector,
    inbox: Inbox,
    ada: str,
) -> None:
    asking.told(blocks("Ask your host for an invitation."), goes_on(city="Wien"))
    for invited in (False, True):
        page = visits().page
        page.goto(application.request(live, "").url)
        page.click("#signup")
        page.fill("#i0116", ada)
        press(page, "#idSIButton9")
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in with a code")
        press(page, "#idSIButton9")
        page.fill("#idTxtBx_OTC_Password", inbox.code(ada))
        page.click("#idSIButton9")
        if invited:
            expect(page.locator("#city")).to_have_value("Wien")
        else:
            expect(page.locator("#exceptionMessage")).to_have_text(
                "Ask your host for an invitation."
            )
    assert asking.asked[0] == asking.asked[1]
    assert asking.asked[0]["email"] == ada

"""A flow that holds what this version cannot run says so, everywhere, and never skips it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from playwright.sync_api import expect

from live import Live
from stories.application import Application
from stories.visitor import Visitor

FLOWS = "/beta/identity/b2cUserFlows"
PROVIDER = "the identity provider Twitter-OAUTH"
CONNECTOR = "the API connector at postFederationSignup before version 3"


@pytest.fixture(scope="module", params=["provider", "connector"])
def linked(request: pytest.FixtureRequest, admin: httpx2.Client) -> Iterator[tuple[str, str]]:
    """A flow with something linked to it, and how that is called."""
    body: dict[str, Any] = {"id": "linked", "userFlowType": "signUpOrSignIn"}
    flow = f"{FLOWS}/B2C_1_linked"
    if request.param == "provider":
        x = {
            "@odata.type": "#microsoft.graph.socialIdentityProvider",
            "displayName": "X",
            "identityProviderType": "Twitter",
            "clientId": "stand-in",
            "clientSecret": "stand-in",
        }
        assert admin.post("/beta/identity/identityProviders", json=x).status_code == 201
        body |= {"userFlowTypeVersion": 3, "identityProviders": [{"id": "Twitter-OAUTH"}]}
        reply = admin.post(FLOWS, json=body)
        thing = PROVIDER
    else:
        assert admin.post(FLOWS, json={**body, "userFlowTypeVersion": 1}).status_code == 201
        connector = admin.get("/beta/identity/apiConnectors").json()["value"][0]["id"]
        target = {"@odata.id": f"{admin.base_url}beta/identity/apiConnectors/{connector}"}
        step = "apiConnectorConfiguration/postFederationSignup/$ref"
        reply = admin.put(f"{flow}/{step}", json=target)
        thing = CONNECTOR
    assert reply.is_success, reply.text
    assert thing in reply.headers["warning"]
    yield "B2C_1_linked", thing
    assert admin.delete(flow).status_code == 204


def test_the_home_page_says_so_and_starting_it_by_hand_stops_on_a_page_that_names_it(
    visitor: Visitor, live: Live, application: Application, linked: tuple[str, str]
) -> None:
    flow, thing = linked
    page = visitor.page
    page.goto(f"{live.base}/")
    row = page.get_by_role("row", name=flow)
    expect(row).to_contain_text("Cannot run yet")
    expect(row).to_contain_text(f"It uses {thing}.")
    expect(row.get_by_role("link")).to_have_count(0)

    page.goto(application.request(live, flow).url)
    expect(page.get_by_role("heading", level=1)).to_have_text("This sign-in cannot continue")
    expect(page.locator("#exceptionMessage")).to_have_text(
        f"This user flow cannot run yet: it uses {thing}."
    )

"""BX: people from outside at the tenant's own authority, by the flow of the application."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx2

from parity.forms import click, error, has, shown
from parity.place import App, Asked, Place, answer, asked_again, claims, opened
from parity.proofs import shows
from people import Page, press
from vestibule.resources.permissions import GRAPH

FLOWS = "/beta/identity/b2xUserFlows"
SCOPE = "openid profile offline_access User.Read"
SHOWN = "mail,userType,userPrincipalName,creationType,city,identities"


def enabled(place: Place, *, to: bool) -> None:
    """Whether people may sign up by themselves at all."""
    policy = "/v1.0/policies/authenticationFlowsPolicy"
    place.send("PATCH", policy, {"selfServiceSignUp": {"isEnabled": to}})


def shop(place: Place) -> App:
    """An application that may ask for a token of Graph."""
    app = place.application(api=False)
    named = "/v1.0/servicePrincipals(appId='{}')?$select=id"
    own, graph = (place.send("GET", named.format(id))["id"] for id in (app.client_id, GRAPH))
    consent = {"clientId": own, "consentType": "AllPrincipals", "resourceId": graph}
    place.send("POST", "/v1.0/oauth2PermissionGrants", {**consent, "scope": "User.Read"})
    return app


def guest_flow(place: Place) -> str:
    """A flow for guests that sends codes and asks for a town."""
    body = {
        "id": f"p{uuid4().hex[:10]}",
        "userFlowType": "signUpOrSignIn",
        "userFlowTypeVersion": 1,
        "identityProviders": [{"id": "EmailOtpSignup-OAUTH"}],
    }
    id: str = place.send("POST", FLOWS, body)["id"]
    town = {
        "userAttribute": {"id": "city"},
        "displayName": "Town",
        "userInputType": "textBox",
        "isOptional": False,
    }
    place.send("POST", f"{FLOWS}/{id}/userAttributeAssignments", town)
    return id


def linked(place: Place, app: App, flow: str) -> httpx2.Response:
    """The answer to linking the application to a flow."""
    listener = {
        "@odata.type": "#microsoft.graph.invokeUserFlowListener",
        "sourceFilter": {"includeApplications": [app.client_id]},
        "userFlow": {"id": flow},
    }
    return place.graph.post("/beta/identity/events/onSignupStart", json=listener)


def served(place: Place) -> App:
    """An application with a flow for guests."""
    enabled(place, to=True)
    app = shop(place)
    assert linked(place, app, guest_flow(place)).is_success
    return app


def named(place: Place, browser: httpx2.Client, app: App, address: str) -> tuple[Asked, Page]:
    """A request, and the page after somebody has said who they are."""
    asked = place.asked("", app, scope=SCOPE)
    page = opened(browser, asked.url)
    return asked, shown(press(browser, page, "next", loginfmt=address))


def by_code(place: Place, browser: httpx2.Client, page: Page, address: str) -> Page | str:
    """Type the code in the mail; there is no password."""
    assert not has(page, "i0118")
    page = shown(press(browser, page, "send_code"))
    return press(browser, page, "verify", otc=place.code_for(address))


@shows("BX-01", "BX-04", "BX-05", "BX-06", "BX-08")
def a_stranger_becomes_a_guest(place: Place) -> None:
    app, address = served(place), place.address()
    with place.browser() as browser:
        asked = place.asked("", app, scope=SCOPE)
        page = opened(browser, asked.url)
        assert "B2X_1_" not in page.url.upper().partition("?")[0]
        page = shown(click(browser, page, "signup"))
        page = shown(press(browser, page, "next", loginfmt=address))
        page = shown(by_code(place, browser, page, address))
        page = shown(press(browser, page, "create", city=""))
        assert error(page, "city") == "This information is required."
        landed = press(browser, page, "create", city="Wien")
    token = guest(place, asked, app, answer(landed)["code"])
    assert token["ver"] == "2.0"
    assert token["iss"] == f"{place.base}/{place.tenant_id}/v2.0"
    assert (token["tid"], token["preferred_username"]) == (place.tenant_id, address)
    assert not token.keys() & {"tfp", "acr", "emails"}
    stored = place.send("GET", f"/v1.0/users/{token['oid']}?$select={SHOWN}")
    assert stored["userType"] == "Guest"
    assert stored["creationType"] == "SelfServiceSignUp"
    assert (stored["mail"], stored["city"]) == (address, "Wien")
    assert stored["userPrincipalName"] == f"{address.replace('@', '_')}#EXT#@{place.tenant}"
    mail = {"signInType": "federated", "issuer": "mail", "issuerAssignedId": address}
    assert mail in stored["identities"]
    with place.browser() as browser:
        asked, page = named(place, browser, app, address)
        landed = by_code(place, browser, page, address)
        assert guest(place, asked, app, answer(landed)["code"])["oid"] == token["oid"]
        silent = place.asked("", app, scope=SCOPE, prompt="none")
        code = asked_again(browser, silent.url)["code"]
        assert guest(place, silent, app, code)["oid"] == token["oid"]


def guest(place: Place, asked: Asked, app: App, code: str) -> dict[str, Any]:
    """The claims of the id token."""
    return claims(place.redeemed(asked, code, app)["id_token"])


@shows("BX-02")
def an_application_has_one_flow(place: Place) -> None:
    """Whoever signs up is asked by the flow of the application, which is at most one."""
    app, other = served(place), shop(place)
    refused = linked(place, app, guest_flow(place))
    assert refused.status_code == 409, refused.text
    with place.browser() as browser:
        page = opened(browser, place.asked("", app, scope=SCOPE).url)
        assert has(page, "signup")
        page = opened(browser, place.asked("", other, scope=SCOPE).url)
        assert not has(page, "signup")


@shows("BX-03", "BX-07")
def strangers_stay_outside(place: Place) -> None:
    app, address = served(place), place.address()
    enabled(place, to=False)
    with place.browser() as browser:
        page = opened(browser, place.asked("", app, scope=SCOPE).url)
        assert not has(page, "signup")
        page = shown(press(browser, page, "next", loginfmt=address))
        assert "AADSTS50020" in page.text
        assert address in page.text
    found = place.send("GET", f"/v1.0/users?$filter=mail eq '{address}'")["value"]
    assert found == []

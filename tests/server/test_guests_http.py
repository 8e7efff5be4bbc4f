"""Guests over HTTP, on both engines: an application's own flow at the tenant's own authority."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from threading import Barrier
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx2
import pytest

from people import Page, follow, look, press
from server.sites import VERIFIER, Site, claims_of, code_of
from vestibule.oidc.pkce import s256
from vestibule.resources.permissions import GRAPH

FLOWS = "/beta/identity/b2xUserFlows"
LISTENERS = "/beta/identity/events/onSignupStart"
POLICY = "/v1.0/policies/authenticationFlowsPolicy"
USERS = "/v1.0/users"
BACK = "https://partners.example/back"
CROWD = 4
SHOWN = "displayName,mail,userType,userPrincipalName,creationType,externalUserState,city,identities"


@dataclass(frozen=True, slots=True)
class Partners:
    """An application that a b2x flow serves, and who signs in to it."""

    site: Site
    graph: httpx2.Client
    client_id: str

    @property
    def hiding(self) -> bool:
        """Whether nothing tells that an account exists: the default of `vestibule serve`."""
        return len(self.site.bases) > 1

    def authorize(self, **more: str) -> str:
        parameters = {
            "client_id": self.client_id,
            "response_type": "code",
            "redirect_uri": BACK,
            "scope": "openid profile offline_access User.Read",
            "code_challenge": s256(VERIFIER),
            "code_challenge_method": "S256",
            **more,
        }
        return f"/{self.site.tenant}/oauth2/v2.0/authorize?{urlencode(parameters)}"

    def tokens(self, landed: Page | str) -> dict[str, Any]:
        assert isinstance(landed, str), landed.text
        form = {
            "client_id": self.client_id,
            "grant_type": "authorization_code",
            "code": code_of(landed),
            "redirect_uri": BACK,
            "code_verifier": VERIFIER,
        }
        with self.site.http() as client:
            answer = client.post(f"/{self.site.tenant}/oauth2/v2.0/token", data=form)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def prove(self, browser: httpx2.Client, page: Page, address: str) -> Page | str:
        """Name the account and type the code in the mail."""
        page = asked(press(browser, page, "next", loginfmt=address))
        assert 'id="displayName"' in page.text
        if 'value="code"' in page.text:  # nothing tells whether there is a password
            page = asked(press(browser, page, "code"))
        page = asked(press(browser, page, "send_code"))
        return press(browser, page, "verify", otc=self.site.code_for(address))

    def user(self, id: str) -> dict[str, Any]:
        answer = self.graph.get(f"{USERS}/{id}?$select={SHOWN}")
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body


def asked(page: Page | str) -> Page:
    assert isinstance(page, Page), page
    return page


def made(graph: httpx2.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = graph.post(path, json=body)
    assert answer.status_code in {200, 201, 204}, answer.text
    result: dict[str, Any] = answer.json() if answer.content else {}
    return result


@pytest.fixture(scope="module")
def graph(site: Site) -> Iterator[httpx2.Client]:
    with site.graph() as client:
        yield client


def opened(graph: httpx2.Client, *, enabled: bool) -> None:
    answer = graph.patch(POLICY, json={"selfServiceSignUp": {"isEnabled": enabled}})
    assert answer.status_code in {200, 204}, answer.text


@pytest.fixture(scope="module")
def partners(site: Site, graph: httpx2.Client) -> Iterator[Partners]:
    body = {"displayName": "Partner shop", "spa": {"redirectUris": [BACK]}}
    application = made(graph, "/v1.0/applications", body)
    principal = made(graph, "/v1.0/servicePrincipals", {"appId": application["appId"]})
    resource = graph.get(f"/v1.0/servicePrincipals(appId='{GRAPH}')").json()["id"]
    consent = {"clientId": principal["id"], "consentType": "AllPrincipals", "resourceId": resource}
    made(graph, "/v1.0/oauth2PermissionGrants", {**consent, "scope": "User.Read openid profile"})
    opened(graph, enabled=True)
    name = f"p{uuid4().hex[:8]}"
    flow = {"id": name, "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1}
    flow["identityProviders"] = [{"id": "EmailOtpSignup-OAUTH", "type": "EmailOTP"}]
    id = made(graph, FLOWS, flow)["id"]
    made(
        graph,
        f"{FLOWS}/{id}/userAttributeAssignments",
        {
            "userAttribute": {"id": "city"},
            "displayName": "Town",
            "userInputType": "textBox",
            "isOptional": False,
        },
    )
    listener = {
        "@odata.type": "#microsoft.graph.invokeUserFlowListener",
        "sourceFilter": {"includeApplications": [application["appId"]]},
        "userFlow": {"id": id},
    }
    made(graph, LISTENERS, listener)
    yield Partners(site, graph, application["appId"])
    opened(graph, enabled=False)
    assert graph.delete(f"{FLOWS}/{id}").status_code == 204


def somebody() -> str:
    return f"bob-{uuid4().hex[:12]}@fabrikam.example"


def test_a_stranger_signs_up_once_and_then_signs_in(partners: Partners) -> None:
    """BX-01 to BX-06, BX-08."""
    address = somebody()
    with partners.site.http() as browser:
        page = look(browser, partners.authorize())
        assert f"/{partners.site.tenant}/" in page.url.casefold()
        link = page.text.split('id="signup" href="')[1].split('"')[0].replace("&amp;", "&")
        page = asked(follow(browser, browser.get(link)))
        assert "Create your account" in page.text
        page = asked(partners.prove(browser, page, address))
        assert "Town" in page.text
        page = asked(press(browser, page, "create", city=""))
        assert "This information is required." in page.text
        tokens = partners.tokens(press(browser, page, "create", city="Wien"))
        again = follow(browser, browser.get(partners.authorize(prompt="none")))
        assert claims_of(partners.tokens(again)["id_token"])["oid"]
    claims = claims_of(tokens["id_token"])
    assert claims["ver"] == "2.0"
    assert claims["preferred_username"] == address
    assert claims["iss"].endswith(f"/{claims['tid']}/v2.0")
    user = partners.user(claims["oid"])
    principal = user["userPrincipalName"]
    assert principal.startswith(f"{address.replace('@', '_')}#EXT#@")
    assert {name: user[name] for name in ("mail", "userType", "creationType", "city")} == {
        "mail": address,
        "userType": "Guest",
        "creationType": "SelfServiceSignUp",
        "city": "Wien",
    }
    assert user["externalUserState"] is None
    assert user["displayName"] == address.partition("@")[0]
    mail = {"signInType": "federated", "issuer": "mail", "issuerAssignedId": address}
    assert mail in user["identities"]
    with partners.site.http() as browser:
        page = look(browser, partners.authorize(login_hint=address))
        if partners.hiding:
            page = asked(press(browser, page, "code"))
        assert "Sign in with a code" in page.text
        page = asked(press(browser, page, "send_code"))
        landed = press(browser, page, "verify", otc=partners.site.code_for(address))
        assert claims_of(partners.tokens(landed)["id_token"])["oid"] == claims["oid"]


def test_an_invited_guest_accepts_by_signing_in(partners: Partners) -> None:
    address = somebody()
    invitation = {"invitedUserEmailAddress": address, "inviteRedirectUrl": BACK}
    domain = partners.graph.get("/v1.0/domains").json()["value"][0]["id"]
    other = {
        "displayName": "Eve, who has the guest's principal name",
        "userPrincipalName": f"{address.replace('@', '_')}#EXT#@{domain}",
        "passwordProfile": {"password": "Correct-Horse-1"},
    }
    eve = made(partners.graph, USERS, other)["id"]
    id = made(partners.graph, "/v1.0/invitations", invitation)["invitedUser"]["id"]
    assert id != eve
    assert made(partners.graph, "/v1.0/invitations", invitation)["invitedUser"]["id"] == id
    assert partners.user(id)["externalUserState"] == "PendingAcceptance"
    with partners.site.http() as browser:
        landed = partners.prove(browser, look(browser, partners.authorize()), address)
        assert claims_of(partners.tokens(landed)["id_token"])["oid"] == id
    assert partners.user(id)["externalUserState"] == "Accepted"


def test_where_sign_up_is_off_no_link_is_shown_and_strangers_stay_outside(
    partners: Partners,
) -> None:
    """BX-03, BX-07: the person sees the page, the application hears nothing."""
    address = somebody()
    with partners.site.http() as browser:
        started = look(browser, partners.authorize())
        begun = asked(partners.prove(browser, started, address))
        opened(partners.graph, enabled=False)
        closed = asked(press(browser, begun, "create", city="Wien"))
        assert "AADSTS50020" in closed.text
        page = look(browser, partners.authorize())
        assert 'id="signup"' not in page.text
        if partners.hiding:  # whoever reads the mail of the address may be told
            page = asked(partners.prove(browser, page, address))
        else:
            page = asked(press(browser, page, "next", loginfmt=address))
        assert "AADSTS50020" in page.text
        assert address in page.text
        page = asked(press(browser, page, "back"))
        assert 'id="i0116"' in page.text
        opened(partners.graph, enabled=True)
    found = partners.graph.get(f"{USERS}?$filter=mail eq '{address}'").json()["value"]
    assert found == []


def test_a_member_signs_in_at_the_same_page_by_each_name(partners: Partners) -> None:
    domain = partners.graph.get("/v1.0/domains").json()["value"][0]["id"]
    name = f"ada-{uuid4().hex[:8]}@{domain}"
    password = "Correct-Horse-1"
    body = {
        "displayName": "Ada",
        "userPrincipalName": name,
        "passwordProfile": {"password": password, "forceChangePasswordNextSignIn": False},
    }
    id = made(partners.graph, USERS, body)["id"]
    with partners.site.http() as browser:
        page = look(browser, partners.authorize())
        page = asked(press(browser, page, "next", loginfmt=f"nobody-{name}"))
        if partners.hiding:
            page = asked(press(browser, page, "signin", passwd=password))
            assert "Invalid username or password." in page.text
            page = asked(press(browser, page, "back"))
        else:
            assert "find an account with that user name" in page.text
        page = asked(press(browser, page, "next", loginfmt=name.upper()))
        page = asked(press(browser, page, "signin", passwd="guess"))
        assert "Invalid username or password." in page.text
        landed = press(browser, page, "signin", passwd=password)
        assert claims_of(partners.tokens(landed)["id_token"])["oid"] == id


def test_where_accounts_are_hidden_all_outside_look_alike(partners: Partners) -> None:
    """Who has a password, a guest and a stranger meet one page; by the mail each learns more."""
    member, guest, stranger = somebody(), somebody(), somebody()
    domain = partners.graph.get("/v1.0/domains").json()["value"][0]["id"]
    name = {"signInType": "emailAddress", "issuer": domain, "issuerAssignedId": member}
    body = {
        "displayName": "Ada",
        "identities": [name],
        "passwordProfile": {"password": "Correct-Horse-1"},
    }
    id = made(partners.graph, USERS, body)["id"]
    invitation = {"invitedUserEmailAddress": guest, "inviteRedirectUrl": BACK}
    made(partners.graph, "/v1.0/invitations", invitation)
    pages = []
    for address in (member, guest, stranger):
        with partners.site.http() as browser:
            page = look(browser, partners.authorize())
            page = asked(press(browser, page, "next", loginfmt=address))
            page = asked(press(browser, page, "signin", passwd="guess"))
            text = page.text.replace(address, "somebody")
            pages.append(re.sub(r"[\w-]{22,}|tx=[\w%=-]+", "", text))
    assert (pages[0] == pages[1] == pages[2]) is partners.hiding
    if not partners.hiding:
        return
    with partners.site.http() as browser:
        page = asked(partners.prove(browser, look(browser, partners.authorize()), member))
        assert 'id="i0118"' in page.text
        landed = press(browser, page, "signin", passwd="Correct-Horse-1")
        assert claims_of(partners.tokens(landed)["id_token"])["oid"] == id


def test_a_flow_of_guests_has_no_address_of_its_own(partners: Partners) -> None:
    flow = partners.graph.get(f"{FLOWS}?$top=1").json()["value"][0]["id"]
    address = partners.authorize().replace("/oauth2/", f"/{flow}/oauth2/")
    with partners.site.http() as browser:
        assert browser.get(address).status_code == 404


def test_of_browsers_that_sign_up_at_once_one_makes_the_guest(partners: Partners) -> None:
    """Over every process that serves the tenant: each browser is let in as the one guest."""
    site, address = partners.site, somebody()
    with ExitStack() as open_:
        browsers = [
            open_.enter_context(site.http(site.bases[number % len(site.bases)]))
            for number in range(CROWD)
        ]
        pages = [
            asked(partners.prove(browser, look(browser, partners.authorize()), address))
            for browser in browsers
        ]
        ready = Barrier(CROWD)

        def create(number: int) -> str:
            ready.wait()
            landed = press(browsers[number], pages[number], "create", city="Wien")
            return str(claims_of(partners.tokens(landed)["id_token"])["oid"])

        with ThreadPoolExecutor(CROWD) as crowd:
            ids = set(crowd.map(create, range(CROWD)))
    assert len(ids) == 1
    found = partners.graph.get(f"{USERS}?$filter=mail eq '{address}'").json()["value"]
    assert [one["id"] for one in found] == list(ids)

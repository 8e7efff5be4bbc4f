"""An administrator signs in at the tenant's own authority and uses Graph with what comes of it.

The permission tables of the vendor's pages: a work account needs the scope and a role that may;
a personal account is not supported.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import httpx2
import pytest

from live import Live
from people import Page, look, press
from vestibule.oidc.pkce import s256
from vestibule.oidc.signing import peek
from vestibule.roles import USER_FLOW_ADMINISTRATOR

SCOPE = "https://graph.microsoft.com/IdentityUserFlow.ReadWrite.All"
FLOWS = "/beta/identity/b2cUserFlows"
REDIRECT = "http://localhost:51234"
VERIFIER = "v" * 43
PASSWORD = "Correct-Horse-1"


@dataclass(frozen=True, slots=True)
class Tenant:
    """The seeded tenant's own authority, and a public application that signs people in there."""

    live: Live
    browser: httpx2.Client

    @property
    def client(self) -> str:
        return str(self.live.facts["public_client_id"])

    def path(self, tail: str) -> str:
        return f"/{self.live.facts['tenant']}/oauth2/v2.0/{tail}"

    def authorize(self, scope: str = f"openid profile {SCOPE}", **more: str) -> str:
        query = {
            "client_id": self.client,
            "response_type": "code",
            "redirect_uri": REDIRECT,
            "scope": scope,
            "state": "s0",
            "code_challenge": s256(VERIFIER),
            "code_challenge_method": "S256",
            **more,
        }
        return f"{self.path('authorize')}?{urlencode(query)}"

    def named(self, address: str, name: str) -> Page:
        """The page after the account's name."""
        page = press(self.browser, look(self.browser, address), "next", loginfmt=name)
        assert isinstance(page, Page), page
        return page

    def answered(self, name: str, password: str, **more: str) -> dict[str, str]:
        """What the application gets after a sign-in."""
        page = self.named(self.authorize(**more), name)
        landed = press(self.browser, page, "signin", passwd=password)
        assert isinstance(landed, str), landed.text
        return {key: values[0] for key, values in parse_qs(urlsplit(landed).query).items()}

    def token(self, **form: str) -> dict[str, Any]:
        answer = self.browser.post(self.path("token"), data={"client_id": self.client, **form})
        body: dict[str, Any] = answer.json()
        return body

    def redeemed(self, code: str) -> dict[str, Any]:
        return self.token(
            grant_type="authorization_code",
            code=code,
            redirect_uri=REDIRECT,
            code_verifier=VERIFIER,
        )

    def creates_a_flow(self, token: str) -> httpx2.Response:
        body = {
            "id": f"made{uuid4().hex[:12]}",
            "userFlowType": "signUpOrSignIn",
            "userFlowTypeVersion": 3,
        }
        return self.browser.post(FLOWS, json=body, headers={"authorization": f"Bearer {token}"})


@pytest.fixture
def tenant(live: Live) -> Iterator[Tenant]:
    with live.http() as browser:
        yield Tenant(live, browser)


@pytest.fixture(scope="module")
def bob(contoso: httpx2.Client, live: Live) -> str:
    """A work account without any role."""
    name = f"bob{uuid4().hex[:8]}@{live.facts['tenant']}"
    body = {
        "displayName": "Bob",
        "userPrincipalName": name,
        "passwordProfile": {"password": PASSWORD},
    }
    made = contoso.post("/v1.0/users", json=body)
    assert made.status_code == 201, made.text
    return name


def admin(live: Live) -> tuple[str, str]:
    return live.facts["admin_user"], live.facts["admin_password"]


def test_an_administrator_signs_in_and_creates_a_user_flow(tenant: Tenant) -> None:
    answer = tenant.answered(*admin(tenant.live))
    assert answer["state"] == "s0"
    body = tenant.redeemed(answer["code"])
    _, claims = peek(body["access_token"])
    assert claims["wids"] == [USER_FLOW_ADMINISTRATOR]
    assert "IdentityUserFlow.ReadWrite.All" in claims["scp"].split()
    made = tenant.creates_a_flow(body["access_token"])
    assert made.status_code == 201, made.text
    assert made.headers["location"].startswith(f"{tenant.live.base}{FLOWS}")


def test_the_session_is_enough_for_the_next_application(tenant: Tenant) -> None:
    tenant.answered(*admin(tenant.live))
    address = tenant.browser.get(tenant.authorize(prompt="none")).headers["location"]
    code = parse_qs(urlsplit(address).query)["code"][0]
    assert "access_token" in tenant.redeemed(code)


def test_nobody_signs_in_silently_without_a_session(tenant: Tenant) -> None:
    address = tenant.browser.get(tenant.authorize(prompt="none")).headers["location"]
    answer = parse_qs(urlsplit(address).query)
    assert answer["error"] == ["login_required"]
    assert answer["error_description"][0].startswith("AADSTS50058: ")


def test_a_device_signs_an_administrator_in(tenant: Tenant) -> None:
    begun = tenant.browser.post(
        tenant.path("devicecode"), data={"client_id": tenant.client, "scope": SCOPE}
    ).json()
    grant = {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": begun["device_code"],
    }
    assert tenant.token(**grant)["error"] == "authorization_pending"
    page = look(tenant.browser, begun["verification_uri"])
    again = press(tenant.browser, page, "next", otc="123456789")
    assert isinstance(again, Page)
    assert 'id="otc_error">That code does not work.' in again.text
    page = press(tenant.browser, again, "next", otc=begun["user_code"])  # type: ignore[assignment]
    name, password = admin(tenant.live)
    page = press(tenant.browser, page, "next", loginfmt=name)  # type: ignore[assignment]
    asked = press(tenant.browser, page, "signin", passwd=password)
    assert isinstance(asked, Page)
    assert "Are you trying to sign in to Contoso public application?" in asked.text
    assert name in asked.text
    assert tenant.token(**grant)["error"] == "slow_down"  # and nothing yet
    forged = tenant.browser.post(asked.form.action, data={"action": "continue"})
    assert forged.status_code == 403
    done = press(tenant.browser, asked, "continue")
    assert isinstance(done, Page)
    assert "You are signed in on your device" in done.text
    lost = press(tenant.browser, asked, "continue")
    assert isinstance(lost, Page)
    assert lost.status == 400
    made = tenant.creates_a_flow(tenant.token(**grant)["access_token"])
    assert made.status_code == 201, made.text


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({}, 0),
        ({"password": "wrong"}, 50126),
        ({"username": "nobody"}, 50126),
        ({"username": "someone@outlook.com"}, 50126),
        ({"scope": ""}, 900144),
        ({"client_id": "web"}, 70003),
    ],
    ids=["right", "wrong password", "unknown", "personal account", "no scope", "not public"],
)
def test_a_password_is_enough_for_a_public_client(
    tenant: Tenant, changes: dict[str, str], number: int
) -> None:
    name, password = admin(tenant.live)
    form = {"grant_type": "password", "username": name, "password": password, "scope": SCOPE}
    form |= changes
    if form.get("client_id") == "web":
        form |= {name: tenant.live.facts[name] for name in ("client_id", "client_secret")}
    body = tenant.token(**form)
    if number:
        assert body["error_codes"] == [number], body
    else:
        assert tenant.creates_a_flow(body["access_token"]).status_code == 201


def test_who_cancels_on_the_page_keeps_the_device_out(tenant: Tenant) -> None:
    begun = tenant.browser.post(
        tenant.path("devicecode"), data={"client_id": tenant.client, "scope": SCOPE}
    ).json()
    page = look(tenant.browser, begun["verification_uri"])
    page = press(tenant.browser, page, "next", otc=begun["user_code"])  # type: ignore[assignment]
    name, password = admin(tenant.live)
    page = press(tenant.browser, page, "next", loginfmt=name)  # type: ignore[assignment]
    asked = press(tenant.browser, page, "signin", passwd=password)
    assert isinstance(asked, Page)
    press(tenant.browser, asked, "cancel")
    error = tenant.token(
        grant_type="urn:ietf:params:oauth:grant-type:device_code",
        device_code=begun["device_code"],
    )
    assert error["error"] == "authorization_declined"
    assert error["error_codes"] == [70020]


def test_the_scope_without_a_role_opens_nothing(tenant: Tenant, bob: str) -> None:
    body = tenant.redeemed(tenant.answered(bob, PASSWORD)["code"])
    assert peek(body["access_token"])[1]["wids"] == []
    answer = tenant.creates_a_flow(body["access_token"])
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "AADB2C"
    authorization = {"authorization": f"Bearer {body['access_token']}"}
    users = tenant.browser.get("/v1.0/users", headers=authorization)
    assert users.status_code == 403
    assert users.json()["error"]["code"] == "Authorization_RequestDenied"


def test_the_role_without_the_scope_opens_nothing(tenant: Tenant) -> None:
    scope = "openid https://graph.microsoft.com/User.Read"
    body = tenant.redeemed(tenant.answered(*admin(tenant.live), scope=scope)["code"])
    answer = tenant.creates_a_flow(body["access_token"])
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "AADB2C")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("someone@outlook.com", "AADSTS500200"),
        ("someone@live.com", "AADSTS500200"),
        ("someone@fabrikam.example", "AADSTS50020"),
    ],
    ids=["outlook.com", "live.com", "somebody from elsewhere"],
)
def test_who_is_not_of_the_tenant_is_told_so(tenant: Tenant, name: str, code: str) -> None:
    page = tenant.named(tenant.authorize(), name)
    assert code in page.text
    assert ("personal Microsoft account" in page.text) == (code == "AADSTS500200")


def test_consent_is_asked_of_an_administrator_beforehand(
    tenant: Tenant, contoso: httpx2.Client
) -> None:
    application = contoso.post(
        "/v1.0/applications",
        json={"displayName": "New", "publicClient": {"redirectUris": [REDIRECT]}},
    ).json()
    created = contoso.post("/v1.0/servicePrincipals", json={"appId": application["appId"]}).json()
    name, password = admin(tenant.live)
    new = {"client_id": application["appId"]}
    answer = tenant.answered(name, password, **new)
    assert answer["error"] == "consent_required"
    assert answer["error_description"].startswith("AADSTS65001: ")
    assert SCOPE in answer["error_description"]
    where = {"$filter": "appId eq '00000003-0000-0000-c000-000000000000'"}
    graph = contoso.get("/v1.0/servicePrincipals", params=where).json()["value"][0]
    given = contoso.post(
        "/v1.0/oauth2PermissionGrants",
        json={
            "clientId": created["id"],
            "consentType": "AllPrincipals",
            "resourceId": graph["id"],
            "scope": "IdentityUserFlow.ReadWrite.All",
        },
    )
    assert given.status_code == 201, given.text
    assert "code" in tenant.answered(name, password, prompt="login", **new)


def test_a_flow_of_guests_has_no_address_of_its_own(tenant: Tenant) -> None:
    """Nor has the sign-in of an application without one."""
    for flow in ("B2X_1_partner", "signin"):
        at = f"/{tenant.live.facts['tenant']}/{flow}"
        document = tenant.browser.get(f"{at}/v2.0/.well-known/openid-configuration")
        assert document.status_code == 404
        assert "runs at the tenant's own" in document.json()["error_description"]
        assert tenant.browser.get(f"{at}/oauth2/v2.0/authorize").status_code == 404
        assert tenant.browser.post(f"{at}/oauth2/v2.0/token").status_code == 404


def test_the_tenants_metadata_names_what_is_there(tenant: Tenant) -> None:
    at = f"/{tenant.live.facts['tenant']}/v2.0/.well-known/openid-configuration"
    document = tenant.browser.get(at).json()
    for name in ("token_endpoint", "device_authorization_endpoint"):
        answer = tenant.browser.post(document[name], data={"client_id": tenant.client})
        assert answer.json()["error_codes"] == [900144]  # a parameter is missing
    for grant in document["grant_types_supported"]:
        answer = tenant.browser.post(document["token_endpoint"], data={"grant_type": grant})
        assert answer.json()["error_codes"] == [900144]
    assert tenant.browser.get(document["jwks_uri"]).status_code == 200
    assert tenant.browser.get(document["end_session_endpoint"]).status_code == 200
    assert tenant.browser.get(document["authorization_endpoint"]).status_code == 400
    issuer = f"{tenant.live.base}/{tenant.live.facts['tenant_id']}/v2.0"
    assert document["issuer"] == issuer

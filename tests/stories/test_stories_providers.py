"""People sign in elsewhere and come back: tenant fabrikam, and stand-ins for Google and Apple."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx2
import pytest
from joserfc.jwk import ECKey
from playwright.sync_api import Browser, Page, expect

from foreign import ADA as HER
from foreign import Foreign, Reply, certified, foreign
from live import Live, environment, start
from stories.application import Application
from stories.conftest import Visits
from stories.visitor import PASSWORD, Visitor, press, sign_in
from vestibule.development import FABRIKAM_WEB

FLOW = "B2C_1_federated"
PROVIDERS, FLOWS = "/beta/identity/identityProviders", "/beta/identity/b2cUserFlows"
BUTTON = "#FabrikamExchange"


def to_fabrikam(page: Page, name: str, password: str, button: str = BUTTON) -> None:
    """By the button, and in at Fabrikam."""
    page.click(button)
    expect(page.get_by_text("Use your Fabrikam account.")).to_be_visible()
    sign_in(page, name, password)


@pytest.fixture
def carol(live: Live) -> tuple[str, str]:
    """Somebody new to contoso whom Fabrikam knows: name and password."""
    tenant = "fabrikam.onmicrosoft.com"
    name = f"carol-{next(_NUMBERS)}@fabrikam.example"
    signs_in = {"signInType": "emailAddress", "issuer": tenant, "issuerAssignedId": name}
    body = {
        "displayName": "Carol Cooper",
        "identities": [signs_in],
        "passwordProfile": {"password": PASSWORD, "forceChangePasswordNextSignIn": False},
    }
    with live.administrator(tenant, FABRIKAM_WEB) as graph:
        assert graph.post("/v1.0/users", json=body).status_code == 201
    return name, PASSWORD


_NUMBERS = iter(range(1, 100))


def test_somebody_signs_up_and_in_with_fabrikam(
    visits: Visits, live: Live, application: Application
) -> None:
    """Everything that `vestibule dev` brings, untouched."""
    known = live.facts["fabrikam_user"], live.facts["fabrikam_password"]
    found = []
    for first in (True, False):
        page = visits().page
        request = application.request(live, FLOW)
        page.goto(request.url)
        to_fabrikam(page, *known)
        if first:
            expect(page.get_by_role("heading", level=1)).to_have_text("Create your account")
            expect(page.locator("#displayName")).to_have_value("Carol")
            assert "authresp" not in page.url
            press(page, "#continue")
        arrival = application.arrival(request)
        found.append(application.claims(live, request, arrival.parameters["code"], FLOW))
    up, back = found
    assert (up["name"], up["newUser"]) == ("Carol", True)
    assert up["idp"].startswith(live.base)
    assert (back["oid"], back["idp"], "newUser" in back) == (up["oid"], up["idp"], False)


@pytest.mark.parametrize(("type", "mode"), [("code", "query"), ("id_token", "form_post")])
def test_somebody_comes_by_other_ways(
    visitor: Visitor,
    live: Live,
    application: Application,
    admin: httpx2.Client,
    carol: tuple[str, str],
    type: str,
    mode: str,
) -> None:
    (seeded,) = [
        one for one in admin.get(PROVIDERS).json()["value"] if one["displayName"] == "Fabrikam"
    ]
    body = {name: seeded[name] for name in ("clientId", "metadataUrl", "scope", "claimsMapping")}
    body |= {"@odata.type": seeded["@odata.type"], "displayName": f"F {type}"}
    body |= {"responseType": type, "responseMode": mode}
    body["clientSecret"] = live.facts["client_secret"]
    made = admin.post(PROVIDERS, json=body)
    assert made.status_code == 201, made.text
    flow = {"id": f"by_{type}", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 3}
    flow["identityProviders"] = [{"id": made.json()["id"]}]
    id = admin.post(FLOWS, json=flow).json()["id"]

    page, request = visitor.page, application.request(live, id)
    page.goto(request.url)  # the only provider: straight on
    expect(page.get_by_text("Use your Fabrikam account.")).to_be_visible()
    sign_in(page, *carol)
    arrival = application.arrival(request)
    claims = application.claims(live, request, arrival.parameters["code"], id)
    assert claims["emails"] == [carol[0]]


def test_who_cancels_there_is_back_at_the_application(
    visitor: Visitor, live: Live, application: Application
) -> None:
    page, request = visitor.page, application.request(live, FLOW)
    page.goto(request.url)
    page.click(BUTTON)
    page.click("#createAccount")
    page.click("#cancel")
    told = application.arrival(request).parameters
    assert told["error"] == "access_denied"
    assert told["error_description"].startswith("AADB2C90273: ")


def test_who_turns_round_on_the_way_signs_in_here(
    visitor: Visitor, live: Live, application: Application
) -> None:
    page, request = visitor.page, application.request(live, FLOW)
    page.goto(request.url)
    page.click(BUTTON)
    expect(page.get_by_text("Use your Fabrikam account.")).to_be_visible()
    page.go_back()
    expect(page.locator(BUTTON)).to_be_visible()
    sign_in(page, live.facts["user"], live.facts["password"])
    claims = application.claims(
        live, request, application.arrival(request).parameters["code"], FLOW
    )
    assert "idp" not in claims


def test_two_tabs_are_two_visits(
    visitor: Visitor, live: Live, application: Application, carol: tuple[str, str]
) -> None:
    """The one that leaves first may come back last."""
    first, second = visitor.page, visitor.tab()
    requests = [application.request(live, FLOW) for _ in range(2)]
    for page, request in zip((first, second), requests, strict=True):
        page.goto(request.url)
        page.click(BUTTON)
        expect(page.get_by_text("Use your Fabrikam account.")).to_be_visible()
    found = []
    for page, request in zip((second, first), reversed(requests), strict=True):
        sign_in(page, *carol)
        if page is second:
            press(page, "#continue")
        code = application.arrival(request).parameters["code"]
        found.append(application.claims(live, request, code, FLOW)["oid"])
    assert found[0] == found[1]


# --------------------------------------------------------------------------- stand-ins


@dataclass(frozen=True, slots=True)
class Abroad:
    """A server whose Google and Apple are stand-ins, and whose cookies are SameSite=Lax."""

    live: Live
    google: Foreign
    apple: Foreign

    def flow(self, name: str, provider: dict[str, str]) -> str:
        """A flow that knows this provider alone, and asks for a name."""
        with self.live.administrator() as admin:
            id = admin.post(PROVIDERS, json=provider).json()["id"]
            body = {"id": name, "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 3}
            body["identityProviders"] = [{"id": id}]
            flow = str(admin.post(FLOWS, json=body).json()["id"])
            asked = {
                "userAttribute": {"id": "displayName"},
                "displayName": "Name",
                "isOptional": False,
                "requiresVerification": False,
                "userInputType": "textBox",
                "userAttributeValues": [],
            }
            made = admin.post(f"{FLOWS}/{flow}/userAttributeAssignments", json=asked)
            assert made.status_code == 201, made.text
        return flow


@pytest.fixture(scope="module")
def abroad(tmp_path_factory: pytest.TempPathFactory, application: Application) -> Iterator[Abroad]:
    folder = certified(tmp_path_factory.mktemp("abroad"))
    with foreign() as google, foreign() as apple:
        endpoints = ",".join(
            f'"{name}": {{"metadata": "{one.base}/.well-known/openid-configuration"}}'
            for name, one in (("Google", google), ("AppleManaged", apple))
        )
        variables = environment(
            VESTIBULE_PROVIDER_ENDPOINTS=f"{{{endpoints}}}", VESTIBULE_COOKIE_SAME_SITE="lax"
        )
        live = start(folder, "--redirect-uri", application.uri, env=variables)
        yield Abroad(live, google, apple)
        live.stop()


@contextmanager
def visiting(
    browser: Browser, abroad: Abroad, application: Application, provider: Foreign
) -> Iterator[Visitor]:
    """Somebody whose browser believes every certificate."""
    provider.replies["/favicon.ico"] = Reply(204, b"")
    context = browser.new_context(ignore_https_errors=True)
    context.set_default_timeout(10_000)
    elsewhere = provider.base.replace("localhost", "127.0.0.1")
    hosts = (abroad.live.base, application.origin, provider.base, elsewhere)
    visitor = Visitor(context, hosts)
    yield visitor
    context.close()
    assert visitor.faults == []


def test_somebody_signs_up_with_google(
    browser: Browser, abroad: Abroad, application: Application
) -> None:
    google = {
        "@odata.type": "#microsoft.graph.socialIdentityProvider",
        "displayName": "Google",
        "identityProviderType": "Google",
        "clientId": abroad.google.client[0],
        "clientSecret": abroad.google.client[1],
    }
    flow = abroad.flow("google", google)
    request = application.request(abroad.live, flow)
    with visiting(browser, abroad, application, abroad.google) as visitor:
        visitor.page.goto(request.url)
        expect(visitor.page.locator("#displayName")).to_have_value("Ada Lovelace")
        press(visitor.page, "#continue")
        code = application.arrival(request).parameters["code"]
    claims = application.claims(abroad.live, request, code, flow)
    assert (claims["idp"], claims["newUser"]) == ("google.com", True)


def test_apple_tells_a_name_once_and_by_a_form(
    browser: Browser, abroad: Abroad, application: Application
) -> None:
    """From another site, so that no Lax cookie comes with the form."""
    apple, elsewhere = abroad.apple, abroad.apple.base.replace("localhost", "127.0.0.1")
    apple.metadata_changes = {"authorization_endpoint": f"{elsewhere}/authorize"}
    apple.client = (apple.client[0], "")
    apple.person = {"sub": "ada-at-apple", "email": HER["email"], "email_verified": "true"}
    apple.answer_changes = {"user": '{"name": {"firstName": "Ada", "lastName": "King"}}'}
    provider = {
        "@odata.type": "#microsoft.graph.appleManagedIdentityProvider",
        "displayName": "Sign in with Apple",
        "developerId": "contoso-at-apple",
        "serviceId": apple.client[0],
        "keyId": "key-1",
        "certificateData": ECKey.generate_key("P-256").as_pem(private=True).decode(),
    }
    flow = abroad.flow("apple", provider)
    found = []
    for first in (True, False):
        request = application.request(abroad.live, flow)
        with visiting(browser, abroad, application, apple) as visitor:
            visitor.page.goto(request.url)
            if first:
                expect(visitor.page.locator("#displayName")).to_have_value("Ada King")
                press(visitor.page, "#continue")
            code = application.arrival(request).parameters["code"]
        found.append(application.claims(abroad.live, request, code, flow))
        apple.answer_changes = {}
    up, back = found
    assert (up["idp"], up["name"]) == ("https://appleid.apple.com", "Ada King")
    assert (back["oid"], back["name"]) == (up["oid"], "Ada King")
    assert [one.method for one in apple.asked if one.path == "/authorize"] == ["GET", "GET"]

"""What belongs to one tenant is nothing at the other: refused, untouched, and not even known.

"Not known" is checked by comparing with the answer for something that exists nowhere.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx2
import pytest

from people import Page, follow, look, press, transaction
from server.sites import FLOW, PASSWORD, SUSI, Site, begin_sign_up, code_of, sign_up

_NOISE = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ?"  # times
    r"|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # request ids
    r'|nonce="[^"]+"'
    r"|[A-Za-z0-9_-]{40,}"  # secrets
)
CONNECTOR = {
    "displayName": "Approve sign-up",
    "targetUrl": "https://approve.contoso.example/",
    "authenticationConfiguration": {
        "@odata.type": "#microsoft.graph.basicAuthentication",
        "username": "vestibule",
        "password": "stand-in",
    },
}
PROVIDER = {
    "@odata.type": "#microsoft.graph.socialIdentityProvider",
    "displayName": "Facebook",
    "identityProviderType": "Facebook",
    "clientId": "stand-in",
    "clientSecret": "stand-in",
}


CHANGES: Mapping[str, Mapping[str, Any]] = {
    "apiConnectors": {"displayName": "Mallory was here"},
    "identityProviders": {
        "@odata.type": PROVIDER["@odata.type"],
        "displayName": "Mallory was here",
    },
    "b2cUserFlows": {"isLanguageCustomizationEnabled": True},
}


@dataclass(frozen=True, slots=True)
class Belongings:
    """What contoso has: ids in Graph, and Ada with a session, a journey, and tokens."""

    connector: str
    provider: str
    flow: str
    ada: str
    browser: httpx2.Client
    tokens: Mapping[str, Any]


@pytest.fixture(scope="module")
def graph(contoso: Site) -> Iterator[httpx2.Client]:
    with contoso.graph() as client:
        yield client


@pytest.fixture(scope="module")
def stranger(fabrikam: Site) -> Iterator[httpx2.Client]:
    """A program that may do everything, at fabrikam."""
    with fabrikam.graph() as client:
        yield client


@pytest.fixture(scope="module")
def belongings(contoso: Site, graph: httpx2.Client) -> Iterator[Belongings]:
    connector = graph.post("/beta/identity/apiConnectors", json=CONNECTOR).json()["id"]
    provider = graph.post("/beta/identity/identityProviders", json=PROVIDER).json()["id"]
    flow = graph.post("/beta/identity/b2cUserFlows", json={**SUSI, "id": f"own{uuid4().hex}"})
    ada = f"ada-{uuid4().hex[:8]}@contoso.example"
    with contoso.http() as browser:
        sign_up(contoso, browser, ada)
        yield Belongings(
            connector, provider, flow.json()["id"], ada, browser, contoso.tokens(browser)
        )
    # A tenant has one Facebook, and tests of other modules may run between those of this one.
    assert graph.delete(f"/beta/identity/identityProviders/{provider}").status_code == 204


def told(answer: httpx2.Response | Page, *names: str) -> tuple[int, str]:
    """What an answer says, without times, ids and the given names."""
    text = answer.text
    for name in sorted(names, key=len, reverse=True):
        text = re.sub(re.escape(name), "…", text, flags=re.IGNORECASE)
    status = answer.status if isinstance(answer, Page) else answer.status_code
    return status, _NOISE.sub("…", text)


# --------------------------------------------------------------------------- ids in Graph


@pytest.mark.parametrize("verb", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize("kind", ["apiConnectors", "identityProviders", "b2cUserFlows"])
def test_an_id_of_the_other_tenant_is_unknown(
    graph: httpx2.Client, stranger: httpx2.Client, belongings: Belongings, *, kind: str, verb: str
) -> None:
    theirs, unknown = identifiers(belongings)[kind]
    body = CHANGES[kind] if verb == "PATCH" else None
    before = graph.get(f"/beta/identity/{kind}/{theirs}").json()
    answer = stranger.request(verb, f"/beta/identity/{kind}/{theirs}", json=body)
    nowhere = stranger.request(verb, f"/beta/identity/{kind}/{unknown}", json=body)
    assert answer.status_code == 404
    assert told(answer, theirs, unknown) == told(nowhere, theirs, unknown)
    assert graph.get(f"/beta/identity/{kind}/{theirs}").json() == before


def identifiers(belongings: Belongings) -> dict[str, tuple[str, str]]:
    """Each with one that exists nowhere."""
    return {
        "apiConnectors": (belongings.connector, str(uuid4())),
        "identityProviders": (belongings.provider, "Twitter-OAUTH"),
        "b2cUserFlows": (belongings.flow, f"B2C_1_{uuid4().hex}"),
    }


@pytest.mark.parametrize("kind", ["apiConnectors", "identityProviders", "b2cUserFlows", "audit"])
def test_a_list_holds_nothing_of_the_other_tenant(
    graph: httpx2.Client, stranger: httpx2.Client, belongings: Belongings, kind: str
) -> None:
    path = "/vestibule/v1/audit" if kind == "audit" else f"/beta/identity/{kind}"
    built_in = {"EmailPassword", "Local", "SelfAsserted-LocalAccountSignin-Email"}
    mine = ids(stranger, path)
    own = {belongings.connector, belongings.flow, belongings.provider} | built_in
    assert not mine & own
    if kind == "audit":
        assert not mine & ids(graph, path)


def ids(client: httpx2.Client, path: str) -> set[str]:
    answer = client.get(path, params={"$top": "999"})
    assert answer.status_code == 200, answer.text
    return {row["id"] for row in answer.json()["value"]}


@pytest.mark.parametrize("spelling", ["address", "id"])
@pytest.mark.parametrize("link", ["provider", "connector"])
def test_a_reference_to_the_other_tenant_leads_nowhere(
    fabrikam: Site, stranger: httpx2.Client, belongings: Belongings, *, link: str, spelling: str
) -> None:
    flow = f"/beta/identity/b2cUserFlows/{FLOW}"
    table = {
        "provider": (
            "POST",
            f"{flow}/userFlowIdentityProviders/$ref",
            *identifiers(belongings)["identityProviders"],
            "identityProviders",
        ),
        "connector": (
            "PUT",
            f"{flow}/apiConnectorConfiguration/postAttributeCollection/$ref",
            *identifiers(belongings)["apiConnectors"],
            "apiConnectors",
        ),
    }
    verb, path, theirs, unknown, collection = table[link]

    def refer(id: str) -> httpx2.Response:
        target = f"{fabrikam.bases[0]}/beta/identity/{collection}/{id}"
        return stranger.request(
            verb, path, json={"@odata.id": target if spelling == "address" else id}
        )

    answer, nowhere = refer(theirs), refer(unknown)
    assert answer.status_code in {400, 404}, answer.text
    assert told(answer, theirs, unknown) == told(nowhere, theirs, unknown)
    shown = stranger.get(flow, params={"$expand": "userFlowIdentityProviders"}).json()
    assert theirs not in str(shown)


@pytest.mark.parametrize("member", ["identityProviders", "apiConnectorConfiguration"])
def test_a_create_that_refers_to_the_other_tenant_makes_nothing(
    stranger: httpx2.Client, belongings: Belongings, member: str
) -> None:
    name = f"make{uuid4().hex[:8]}"
    given: dict[str, Any] = {
        "identityProviders": [{"id": belongings.provider}],
        "apiConnectorConfiguration": {
            "postAttributeCollection": {"@odata.id": belongings.connector}
        },
    }
    body = {**SUSI, "id": name, member: given[member]}
    answer = stranger.post("/beta/identity/b2cUserFlows", json=body)
    assert answer.status_code == 400, answer.text
    assert stranger.get(f"/beta/identity/b2cUserFlows/B2C_1_{name}").status_code == 404


# --------------------------------------------------------------------------- tokens


def at(site: Site, form: dict[str, str]) -> httpx2.Response:
    with site.http() as client:
        return client.post(site.address(), data=form)


@pytest.mark.parametrize("whose", ["own", "other"])
def test_an_authorization_code_is_nothing_at_the_other_tenant(
    contoso: Site, fabrikam: Site, belongings: Belongings, whose: str
) -> None:
    code, made_up = contoso.silent_code(belongings.browser), secrets.token_urlsafe(32)
    client = (fabrikam if whose == "own" else contoso).credentials()
    answer, nowhere = (at(fabrikam, contoso.redemption(one, **client)) for one in (code, made_up))
    assert answer.status_code == 400
    assert told(answer) == told(nowhere)
    assert contoso.redeem(code).status_code == 200  # and nothing happened to it


@pytest.mark.parametrize("whose", ["own", "other"])
def test_a_refresh_token_is_nothing_at_the_other_tenant(
    contoso: Site, fabrikam: Site, belongings: Belongings, whose: str
) -> None:
    token = contoso.tokens(belongings.browser)["refresh_token"]
    client = (fabrikam if whose == "own" else contoso).credentials()
    answer, nowhere = (
        at(fabrikam, fabrikam.refreshment(one, **client))
        for one in (token, secrets.token_urlsafe(32))
    )
    assert answer.status_code == 400
    assert told(answer) == told(nowhere)
    assert contoso.refresh(token).status_code == 200


def test_an_application_is_nobody_at_the_other_tenant(contoso: Site, fabrikam: Site) -> None:
    grant = {"grant_type": "client_credentials", "scope": "https://graph.microsoft.com/.default"}
    unknown = str(uuid4())
    for path in (fabrikam.address(), f"/{fabrikam.tenant}/oauth2/v2.0/token"):
        with fabrikam.http() as client:
            answer = client.post(path, data={**contoso.credentials(), **grant})
            nobody = {**contoso.credentials(), "client_id": unknown}
            nowhere = client.post(path, data={**nobody, **grant})
            crossed = {**fabrikam.credentials(), "client_secret": contoso.client_secret}
            assert client.post(path, data={**crossed, **grant}).status_code in {400, 401}
        assert answer.status_code in {400, 401}
        assert told(answer, contoso.client_id, unknown) == told(nowhere, contoso.client_id, unknown)


def test_an_application_sends_nobody_through_the_other_tenant(
    contoso: Site, fabrikam: Site
) -> None:
    unknown = str(uuid4())
    with fabrikam.http() as browser:
        answer, nowhere = (
            follow(
                browser,
                browser.get(fabrikam.authorize(client_id=id, redirect_uri=contoso.redirect_uri)),
            )
            for id in (contoso.client_id, unknown)
        )
    assert isinstance(answer, Page)
    assert isinstance(nowhere, Page)
    assert answer.status == 400
    assert told(answer, contoso.client_id, unknown) == told(nowhere, contoso.client_id, unknown)


def test_a_token_for_graph_sees_its_own_tenant_only(
    contoso: Site, fabrikam: Site, graph: httpx2.Client
) -> None:
    """Also when the address, a header or a parameter names the other one."""
    name = f"B2C_1_{uuid4().hex}"
    named = {"x-tenant-id": fabrikam.tenant, "tenant": fabrikam.tenant}
    path = f"/beta/identity/b2cUserFlows?tenant={fabrikam.tenant}"
    made = graph.post(path, json={**SUSI, "id": name}, headers=named)
    assert made.status_code == 201, made.text
    with fabrikam.graph() as other, contoso.graph() as own:
        assert other.get(f"/beta/identity/b2cUserFlows/{name}").status_code == 404
        assert own.get(f"/beta/identity/b2cUserFlows/{name}").status_code == 200


def test_a_persons_token_opens_no_graph(contoso: Site, belongings: Belongings) -> None:
    for name in ("id_token", "refresh_token"):
        headers = {"authorization": f"Bearer {belongings.tokens[name]}"}
        with contoso.http(headers=headers) as client:
            assert client.get("/beta/identity/b2cUserFlows").status_code == 401


# --------------------------------------------------------------------------- people


def test_a_session_is_nothing_at_the_other_tenant(
    contoso: Site, fabrikam: Site, belongings: Belongings
) -> None:
    value = belongings.browser.cookies[f"x-ms-cpim-sso:{contoso.tenant}_0"]
    with fabrikam.http() as browser:
        browser.cookies.set(f"x-ms-cpim-sso:{fabrikam.tenant}_0", value, domain="localhost.local")
        browser.cookies.set(f"x-ms-cpim-sso:{contoso.tenant}_0", value, domain="localhost.local")
        page = look(browser, fabrikam.authorize())  # asks who it is
        assert page.form.fields["csrf_token"]
        ended = browser.get(fabrikam.address("logout"))
        assert ended.status_code == 200
    assert contoso.silent_code(belongings.browser)


@pytest.mark.parametrize("door", ["form", "script", "link"])
def test_a_journey_is_nothing_at_the_other_tenant(contoso: Site, fabrikam: Site, door: str) -> None:
    """In the very browser that it belongs to."""
    with contoso.http() as browser:
        page = begin_sign_up(contoso, browser, f"ada-{uuid4().hex[:8]}@contoso.example")
        tx, token = transaction(page), page.form.fields["csrf_token"]

        def enter(site: Site, tx: str) -> httpx2.Response:
            query = urlencode({"tx": tx, "p": FLOW, "csrf_token": token})
            if door == "link":
                return browser.get(
                    f"/{site.tenant}/{FLOW}/api/CombinedSigninAndSignup/unified?{query}"
                )
            headers = {"x-requested-with": "XMLHttpRequest"} if door == "script" else {}
            return browser.post(
                f"/{site.tenant}/{FLOW}/SelfAsserted?{query}",
                data={**page.form.fields, "action": "change_email"},
                headers=headers,
            )

        made_up = "StateProperties=eyJUSUQiOiAibm93aGVyZSJ9"
        answer, nowhere = enter(fabrikam, tx), enter(fabrikam, made_up)
        assert told(answer, tx, made_up) == told(nowhere, tx, made_up)
        assert "90046" in answer.text
        assert browser.cookies["x-ms-cpim-csrf"] == token
        shown = look(browser, page.url)
        assert shown.form.fields["turn"] == page.form.fields["turn"], "the journey has moved"


def test_an_account_is_nobody_at_the_other_tenant(fabrikam: Site, belongings: Belongings) -> None:
    """Nor is the address taken there."""
    unknown = f"eve-{uuid4().hex[:8]}@contoso.example"
    pages = []
    for name in (belongings.ada, unknown):
        with fabrikam.http() as browser:
            page = look(browser, fabrikam.authorize())
            shown = press(browser, page, "signin", email=name, password=PASSWORD)
            assert isinstance(shown, Page)
            pages.append(told(shown, belongings.ada, unknown))
    assert pages[0] == pages[1]
    with fabrikam.http() as browser:
        assert code_of(sign_up(fabrikam, browser, belongings.ada))


def test_a_flow_of_the_other_tenant_is_unknown(fabrikam: Site, belongings: Belongings) -> None:
    unknown = f"B2C_1_{uuid4().hex}"
    with fabrikam.http() as client:
        for tail in (
            "v2.0/.well-known/openid-configuration",
            "discovery/v2.0/keys",
            "oauth2/v2.0/authorize",
        ):
            answer, nowhere = (
                client.get(f"/{fabrikam.tenant}/{flow}/{tail}")
                for flow in (belongings.flow, unknown)
            )
            assert answer.status_code == 404
            assert told(answer, belongings.flow, unknown) == told(nowhere, belongings.flow, unknown)


def test_a_hint_of_the_other_tenant_opens_no_way_out(
    contoso: Site, fabrikam: Site, belongings: Belongings
) -> None:
    """Logging out of fabrikam never leads to contoso's application."""
    query = {
        "id_token_hint": str(belongings.tokens["id_token"]),
        "post_logout_redirect_uri": contoso.redirect_uri,
    }
    with fabrikam.http() as browser:
        answer = browser.get(fabrikam.address("logout"), params=query)
        nowhere = browser.get(
            fabrikam.address("logout"), params={**query, "id_token_hint": "e30.e30.e30"}
        )
        own = browser.get(contoso.address("logout"), params=query)
    assert "location" not in answer.headers
    assert told(answer) == told(nowhere)
    assert own.headers["location"] == contoso.redirect_uri  # where it belongs, it works


def test_the_keys_of_the_tenants_have_nothing_in_common(contoso: Site, fabrikam: Site) -> None:
    def keys(site: Site) -> set[str]:
        with site.http() as client:
            answer = client.get(f"/{site.tenant}/{FLOW}/discovery/v2.0/keys")
        return {key["kid"] for key in answer.json()["keys"]}

    assert keys(contoso)
    assert not keys(contoso) & keys(fabrikam)

"""FE: people who come from an identity provider, which is tenant fabrikam of the same server."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx2

from parity.forms import has, link, shown
from parity.place import (
    PASSWORD,
    Asked,
    Person,
    Place,
    answer,
    asked_again,
    claims,
    opened,
    sign_in,
)
from parity.proofs import shows
from people import Page, follow, press
from vestibule.development import FABRIKAM_WEB
from vestibule.fabrikam import CLIENT
from vestibule.oidc.place import METADATA

FABRIKAM = "fabrikam.onmicrosoft.com"
FLOWS, PROVIDERS = "/beta/identity/b2cUserFlows", "/beta/identity/identityProviders"
RETURN = "oauth2/authresp"
EVERY = ("emails", "oid", "name", "newUser", "idp", "idp_access_token")


@dataclass(frozen=True, slots=True)
class Abroad:
    """A provider of contoso that points at fabrikam, and somebody who is known there."""

    id: str
    person: Person


def abroad(place: Place, type: str = "code", mode: str = "form_post", **more: Any) -> Abroad:
    """A new provider, and a new person."""
    body = {
        "@odata.type": "#microsoft.graph.openIdConnectIdentityProvider",
        "displayName": f"Fabrikam {uuid4().hex[:6]}",
        "clientId": CLIENT,
        "clientSecret": place.live.facts["client_secret"],
        "metadataUrl": f"{place.base}/{FABRIKAM}/B2C_1_openid/{METADATA}",
        "scope": "openid profile email",
        "responseType": type,
        "responseMode": mode,
        "claimsMapping": {"userId": "sub", "displayName": "name", "email": "email"},
        **more,
    }
    return Abroad(place.send("POST", PROVIDERS, body)["id"], _known(place))


def _known(place: Place) -> Person:
    """Somebody whom fabrikam knows."""
    name = place.address()
    signs_in = {"signInType": "emailAddress", "issuer": FABRIKAM, "issuerAssignedId": name}
    body = {
        "displayName": "Carol",
        "identities": [signs_in],
        "passwordProfile": {"password": PASSWORD, "forceChangePasswordNextSignIn": False},
    }
    with place.live.administrator(FABRIKAM, FABRIKAM_WEB) as graph:
        made = graph.post("/v1.0/users", json=body)
    assert made.status_code == 201, made.text
    return Person(made.json()["id"], name, PASSWORD)


def flow_with(
    place: Place, *providers: Abroad, type: str = "signUpOrSignIn", **settings: Any
) -> str:
    """A flow that offers these beside local accounts, and asks for nothing."""
    id = place.flow(type, applicationClaims=list(EVERY), **settings)
    for one in providers:
        named = {"@odata.id": f"{place.base}{PROVIDERS}/{one.id}"}
        place.send("POST", f"{FLOWS}/{id}/userFlowIdentityProviders/$ref", named)
    return id


def button(page: Page, provider: Abroad) -> str:
    """The id of its button."""
    found = re.search(rf'id="([^"]+)" href="[^"]*claimsexchange={provider.id}&', page.text)
    assert found, page.text
    return found[1]


def address(browser: httpx2.Client, page: Page, provider: Abroad) -> str:
    """Where the button leads."""
    response = browser.get(link(page, button(page, provider)))
    assert response.status_code == 302, response.text
    return str(response.headers["location"])


def back(browser: httpx2.Client, landed: Page | str) -> Page | str:
    """From fabrikam's answer on, by form or by address."""
    if isinstance(landed, Page):
        form = landed.form
        assert form.action.endswith(RETURN), landed.text
        return follow(browser, browser.post(form.action, data=form.fields))
    return follow(browser, browser.get(landed))


def there(browser: httpx2.Client, url: str, person: Person) -> Page | str:
    """Sign in at fabrikam; its answer."""
    page = opened(browser, url)
    return press(browser, page, "signin", email=person.name, password=person.password)


def come(browser: httpx2.Client, asked: Asked, provider: Abroad) -> Page | str:
    """By the button of the page to fabrikam, and back as somebody."""
    page = opened(browser, asked.url)
    return back(browser, there(browser, address(browser, page, provider), provider.person))


def told(place: Place, flow: str, provider: Abroad) -> dict[str, Any]:
    """What tokens say of somebody who comes by this provider, in a new browser."""
    asked = place.asked(flow)
    with place.browser() as browser:
        code = answer(come(browser, asked, provider))["code"]
    return claims(place.redeemed(asked, code)["id_token"])


@shows("UF-01")
def local_and_other_accounts_stand_on_one_page(place: Place) -> None:
    one, two = abroad(place), abroad(place)
    with place.browser() as browser:
        page = opened(browser, place.asked(flow_with(place, one, two)).url)
    assert has(page, "email")
    assert has(page, "password")
    assert has(page, button(page, one))
    assert has(page, button(page, two))


@shows("FE-01", "FE-02", "FE-04", "CL-10")
def people_come_from_a_provider(place: Place) -> None:
    """Known again by issuer and id, whatever the shape of the answer was."""
    for type, mode in (("code", "form_post"), ("code", "query"), ("id_token", "form_post")):
        provider = abroad(place, type, mode)
        flow = flow_with(place, provider)
        place.recorder.seen.clear()
        first, second = told(place, flow, provider), told(place, flow, provider)
        returns = [one for one in place.recorder.seen if one.path.endswith(RETURN)]
        assert [one.method for one in returns] == ["POST" if mode == "form_post" else "GET"] * 2
        assert first["newUser"] is True
        assert "newUser" not in second
        assert first["oid"] == second["oid"]
        assert first["idp"] == second["idp"]
        assert place.base in first["idp"]
        assert first["emails"] == [provider.person.name]
    local, _ = place.signed_in(flow)
    assert "idp" not in claims(local["id_token"])


@shows("FE-03")
def what_goes_wrong_there_is_told_to_the_application(place: Place) -> None:
    provider = abroad(place, mode="query")
    asked = place.asked(flow_with(place, provider))
    with place.browser() as browser:
        away = address(browser, opened(browser, asked.url), provider)
        sent = parse_qs(urlsplit(away).query)
        parameters = {"state": sent["state"][0], "error": "access_denied"}
        response = browser.get(place.url("", RETURN), params=parameters)
        refused = answer(follow(browser, response))
    assert refused["error"] == "access_denied"
    assert refused["error_description"].startswith("AADB2C90273: ")
    assert refused["state"] == asked.state


@shows("FE-06")
def what_comes_back_has_to_fit(place: Place) -> None:
    """A state of one browser, once; nonce and challenge go along."""
    provider = abroad(place, mode="query")
    asked = place.asked(flow_with(place, provider))
    with place.browser() as browser, place.browser() as mallory:
        away = address(browser, opened(browser, asked.url), provider)
        sent = parse_qs(urlsplit(away).query)
        assert {"state", "nonce", "code_challenge"} <= sent.keys()
        assert sent["code_challenge_method"] == ["S256"]
        arriving = there(browser, away, provider.person)
        assert isinstance(arriving, str)
        for who, url in ((mallory, arriving), (browser, arriving.replace("state=", "state=x"))):
            page = shown(follow(who, who.get(url)))
            assert (page.status, "AADB2C90046" in page.text) == (400, True)
        assert "code" in answer(back(browser, arriving))
        assert shown(back(browser, arriving)).status == 400
    elsewhere = abroad(place, mode="query")
    asked = place.asked(flow_with(place, provider, elsewhere))
    with place.browser() as browser:
        page = opened(browser, asked.url)
        arriving = there(browser, address(browser, page, provider), provider.person)
        assert isinstance(arriving, str)
        wrong = arriving.replace("iss=", "iss=x")
        assert answer(back(browser, wrong))["error"] == "access_denied"


@shows("FE-08", "CL-11")
def the_providers_token_is_told_where_it_is_chosen(place: Place) -> None:
    provider = abroad(place)
    chosen = told(place, flow_with(place, provider), provider)["idp_access_token"]
    with place.browser() as browser:
        bearer = {"authorization": f"Bearer {chosen}"}
        info = browser.get(f"/{FABRIKAM}/b2c_1_openid/openid/v2.0/userinfo", headers=bearer)
    assert info.json()["email"] == provider.person.name
    plain = flow_with(place, provider)
    place.send(
        "PATCH", f"/vestibule/v1/userFlows/{plain}/settings", {"applicationClaims": ["oid", "idp"]}
    )
    assert "idp_access_token" not in told(place, plain, provider)


@shows("AU-22")
def a_hint_leads_straight_to_the_provider(place: Place) -> None:
    hint = f"{uuid4().hex[:8]}.example"
    flow = flow_with(place, abroad(place, domainHint=hint))
    with place.browser() as browser:
        response = browser.get(place.asked(flow, domain_hint=hint).url)
        assert response.status_code == 302
        assert f"/{FABRIKAM}/" in response.headers["location"]
        page = opened(browser, place.asked(flow, domain_hint="another.example").url)
    assert has(page, "password")


@shows("UF-29")
def one_address_here_and_there_is_two_people(place: Place) -> None:
    provider = abroad(place)
    flow = flow_with(place, provider)
    signs_in = {
        "signInType": "emailAddress",
        "issuer": place.tenant,
        "issuerAssignedId": provider.person.name,
    }
    local = place.person(identities=[signs_in])
    with place.browser() as browser:
        asked = place.asked(flow)
        same = Person(local.id, provider.person.name, PASSWORD)
        code = sign_in(browser, asked.url, same)["code"]
        assert claims(place.redeemed(asked, code)["id_token"])["oid"] == local.id
    assert told(place, flow, provider)["oid"] != local.id


@shows("LO-07")
def signing_out_reaches_the_provider(place: Place) -> None:
    provider = abroad(place)
    asked = place.asked(flow_with(place, provider))
    with place.browser() as browser:
        assert "code" in answer(come(browser, asked, provider))
        assert "code" in asked_again(browser, asked.url)
        page = opened(browser, place.url(asked.flow, "oauth2/v2.0/logout"))
        (frame,) = re.findall(r'<iframe[^>]*src="([^"]*)"', page.text)
        assert f"/{FABRIKAM}/" in frame
        browser.get(frame.replace("&amp;", "&"))
        # Neither here nor there is anybody signed in any more.
        page = opened(browser, asked.url)
        assert has(opened(browser, address(browser, page, provider)), "password")

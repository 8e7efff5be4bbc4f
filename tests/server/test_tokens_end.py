"""What one process gives or takes back counts at the other, on both engines."""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import uuid4

import httpx2

from server.sites import PASSWORD, Site, sign_up
from server.test_directory_acts import domain_of, posted


def sent(site: Site, base: str, tail: str, flow: str, form: dict[str, str]) -> httpx2.Response:
    """To one process, under the public name of all: the issuer follows the name."""
    with site.http(base, headers={"host": urlsplit(site.bases[0]).netloc}) as http:
        return http.post(site.address(tail, flow), data=form)


def test_a_password_gives_tokens_at_one_process_that_the_other_takes_back(site: Site) -> None:
    name, address = f"B2C_1_ropc{uuid4().hex[:8]}", f"bob-{uuid4().hex[:8]}@contoso.example"
    with site.graph() as graph:
        kind = {"userFlowType": "resourceOwner", "userFlowTypeVersion": 1}
        posted(graph, "/beta/identity/b2cUserFlows", {"id": name, **kind})
        public = {"displayName": "Phone", "isFallbackPublicClient": True}
        client = posted(graph, "/v1.0/applications", public)["appId"]
        posted(graph, "/v1.0/servicePrincipals", {"appId": client})
        identity = {
            "signInType": "emailAddress",
            "issuer": domain_of(graph),
            "issuerAssignedId": address,
        }
        password = {"password": PASSWORD, "forceChangePasswordNextSignIn": False}
        person = {"displayName": "Bob", "identities": [identity], "passwordProfile": password}
        posted(graph, "/v1.0/users", person)
    me = {"client_id": client, "scope": f"openid offline_access {client}"}
    form = {**me, "grant_type": "password", "username": address, "password": PASSWORD}
    first, last = site.bases[0], site.bases[-1]
    wrong = sent(site, first, "token", name, {**form, "password": "Mallorys-guess-1"})
    assert (wrong.status_code, wrong.json()["error"]) == (400, "access_denied")
    given = sent(site, last, "token", name, form)
    assert given.status_code == 200, given.text
    token = given.json()["refresh_token"]
    again = {**me, "grant_type": "refresh_token", "refresh_token": token}
    token = sent(site, first, "token", name, again).json()["refresh_token"]
    for base in (last, first):  # what has been taken back is unknown, and that is no fault
        gone = sent(site, base, "revoke", name, {"client_id": client, "token": token})
        assert (gone.status_code, gone.json()) == (200, {})
    refused = sent(site, first, "token", name, {**again, "refresh_token": token})
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


def test_an_access_token_is_dead_everywhere_at_once(site: Site) -> None:
    with site.http() as browser:
        sign_up(site, browser, f"ada-{uuid4().hex[:8]}@contoso.example")
        scope = f"openid offline_access {site.client_id}"
        landed = browser.get(site.authorize(scope=scope, prompt="none"))
    code = httpx2.URL(landed.headers["location"]).params["code"]
    given = site.redeem(code).json()
    first, last, flow = site.bases[0], site.bases[-1], "B2C_1_susi"
    form = {**site.credentials(), "token": given["access_token"]}
    assert sent(site, first, "introspect", flow, form).json()["active"] is True
    for base in (last, first):
        assert sent(site, base, "revoke", flow, form).status_code == 200
    for base in (first, last):
        assert sent(site, base, "introspect", flow, form).json() == {"active": False}
    assert site.redeem(code).status_code == 400  # a replay, by which the rest dies as well
    rest = {**site.credentials(), "token": given["refresh_token"]}
    assert sent(site, last, "introspect", flow, rest).json() == {"active": False}

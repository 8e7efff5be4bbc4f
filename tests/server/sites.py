"""A tenant at a running server, of either kind, and what people and programs do there."""

from __future__ import annotations

import asyncio
import json
import ssl
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2

from live import Live
from people import Page, code_for, follow, look, press
from production import REDIRECT_URI, Production, make_tenant
from vestibule.oidc.pkce import s256

FLOW = "B2C_1_susi"
PASSWORD = "Correct-Horse-1"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-1"
SUSI = {"id": "susi", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 3}


@dataclass(frozen=True, slots=True)
class Site:
    """One tenant. `bases`: one address for each process that serves it."""

    bases: Sequence[str]
    ca_file: str
    tenant: str
    client_id: str
    client_secret: str
    redirect_uri: str
    code_for: Callable[[str], str]

    def http(self, base: str = "", **options: Any) -> httpx2.Client:
        """A browser or program: trusts the server, keeps cookies, follows nothing."""
        return httpx2.Client(
            base_url=base or self.bases[0], verify=self.trust(), timeout=30, **options
        )

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca_file)

    def graph(self, base: str = "") -> httpx2.Client:
        """A program that holds every permission in this tenant."""
        with self.http(base) as client:
            answer = client.post(
                f"/{self.tenant}/oauth2/v2.0/token",
                data={
                    **self.credentials(),
                    "grant_type": "client_credentials",
                    "scope": "https://graph.microsoft.com/.default",
                },
            )
        assert answer.status_code == 200, answer.text
        token = answer.json()["access_token"]
        return self.http(base, headers={"authorization": f"Bearer {token}"})

    def credentials(self) -> dict[str, str]:
        return {"client_id": self.client_id, "client_secret": self.client_secret}

    def address(self, operation: str = "token", flow: str = FLOW) -> str:
        """The path of an OAuth operation of the flow."""
        return f"/{self.tenant}/{flow}/oauth2/v2.0/{operation}"

    def authorize(self, **more: str) -> str:
        """Where a sign-in begins; a parameter given as "" is left out."""
        parameters = {
            "client_id": self.client_id,
            "response_type": "code",
            "redirect_uri": self.redirect_uri,
            "scope": "openid offline_access",
            "state": "after",
            "code_challenge": s256(VERIFIER),
            "code_challenge_method": "S256",
            **more,
        }
        kept = {name: value for name, value in parameters.items() if value}
        return f"{self.address('authorize')}?{urlencode(kept)}"

    def redemption(self, code: str, **more: str) -> dict[str, str]:
        """The form that redeems a code."""
        return {
            **self.credentials(),
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": VERIFIER,
            **more,
        }

    def refreshment(self, token: str, **more: str) -> dict[str, str]:
        """The form that uses a refresh token."""
        return {
            **self.credentials(),
            "grant_type": "refresh_token",
            "refresh_token": token,
            **more,
        }

    def redeem(self, code: str, **more: str) -> httpx2.Response:
        with self.http() as client:
            return client.post(self.address(), data=self.redemption(code, **more))

    def refresh(self, token: str, **more: str) -> httpx2.Response:
        with self.http() as client:
            return client.post(self.address(), data=self.refreshment(token, **more))

    def tokens(self, browser: httpx2.Client) -> dict[str, Any]:
        """Tokens for a person who has a session in this browser."""
        answer = self.redeem(self.silent_code(browser))
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def silent_code(self, browser: httpx2.Client) -> str:
        """A code by the session of this browser."""
        landed = follow(browser, browser.get(self.authorize()))
        assert isinstance(landed, str), landed.text
        return code_of(landed)


def of_development(live: Live) -> Site:
    """The contoso of a `vestibule dev`."""
    facts = live.facts
    token = live.token()
    return Site(
        bases=(live.base,),
        ca_file=live.ca_file,
        tenant=facts["tenant"],
        client_id=facts["client_id"],
        client_secret=facts["client_secret"],
        redirect_uri=facts["redirect_uris"][0],
        code_for=lambda address: code_for(live, address, token),
    )


def of_production(production: Production) -> Site:
    """The tenant that was made with the server."""
    return Site(
        bases=tuple(replica.base for replica in production.replicas),
        ca_file=production.ca_file,
        tenant=production.tenant,
        client_id=production.client_id,
        client_secret=production.client_secret,
        redirect_uri=REDIRECT_URI,
        code_for=production.post.code_for,
    )


def second_tenant(production: Production, domain: str) -> Site:
    """Another tenant at the same server."""
    redirect_uri = f"https://shop.{domain}/signed-in"
    facts = make_tenant(domain, production.replicas[0].variables, redirect_uri)
    return replace(
        of_production(production),
        tenant=domain,
        redirect_uri=redirect_uri,
        client_id=facts["client id"],
        client_secret=facts["client secret"],
    )


def with_flow(site: Site) -> Site:
    """The site, with a user flow made through Graph."""
    with site.graph() as graph:
        made = graph.post("/beta/identity/b2cUserFlows", json=SUSI)
    assert made.status_code == 201, made.text
    return site


# --------------------------------------------------------------------------- people


def code_of(landed: str) -> str:
    """The authorization code in an address that the application got."""
    return parse_qs(urlsplit(landed).query)["code"][0]


def claims_of(token: str) -> dict[str, Any]:
    """What a token says, not verified."""
    part = token.split(".")[1]
    found: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def journey_named(id: str) -> str:
    """The `tx` of a journey's id."""
    text = json.dumps({"TID": id}).encode()
    return "StateProperties=" + urlsafe_b64encode(text).decode().rstrip("=")


def journey_in(tx: str) -> str:
    """The journey's id in a `tx`."""
    encoded = tx.removeprefix("StateProperties=")
    return str(json.loads(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))["TID"])


def begin_sign_up(site: Site, browser: httpx2.Client, address: str) -> Page:
    """The sign-up page after the code for this address was asked for."""
    page = pressed(browser, look(browser, site.authorize()), "signup")
    return pressed(browser, page, "send_code", email=address)


def verify(site: Site, browser: httpx2.Client, page: Page, address: str) -> Page:
    """The sign-up page after the right code."""
    return pressed(browser, page, "verify_code", email=address, code=site.code_for(address))


def create(browser: httpx2.Client, page: Page, address: str) -> str:
    """Where the application gets its code, after the account was made."""
    landed = press(
        browser, page, "create", email=address, newPassword=PASSWORD, reenterPassword=PASSWORD
    )
    assert isinstance(landed, str), landed.text
    return landed


def sign_up(site: Site, browser: httpx2.Client, address: str) -> str:
    """A whole sign-up; the address with the code."""
    page = begin_sign_up(site, browser, address)
    return create(browser, verify(site, browser, page, address), address)


def pressed(browser: httpx2.Client, page: Page, action: str, **fields: str) -> Page:
    """The next page, when pressing a button does not end the journey."""
    shown = press(browser, page, action, **fields)
    assert isinstance(shown, Page), shown
    return shown


@dataclass(frozen=True, slots=True)
class Guesser:
    """A browser on the sign-in page."""

    path: str
    headers: dict[str, str]

    @staticmethod
    def at(site: Site, url: str) -> Guesser:
        with site.http() as browser:
            form = look(browser, url).form
            cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        return Guesser(
            "/" + form.action.split("/", 3)[3],
            {
                "x-requested-with": "XMLHttpRequest",
                "x-csrf-token": form.fields["csrf_token"],
                "cookie": cookies,
            },
        )

    async def guess(self, client: httpx2.AsyncClient, name: str, password: str) -> httpx2.Response:
        fields = {"request_type": "RESPONSE", "signInName": name, "password": password}
        answer = await client.post(self.path, data=fields, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer


# --------------------------------------------------------------------------- crowds


def at_once(
    site: Site,
    count: int,
    send: Callable[[httpx2.AsyncClient, int], Coroutine[Any, Any, httpx2.Response]],
    *,
    cookies: dict[str, str] | None = None,
) -> list[httpx2.Response]:
    """What `count` requests got that were sent at the same time, over all processes in turn.

    Connections are opened before, so that nothing but the requests themselves is in the race.
    """

    async def run() -> list[httpx2.Response]:
        trust = site.trust()
        limits = httpx2.Limits(max_connections=count, max_keepalive_connections=count)
        clients = [
            httpx2.AsyncClient(
                base_url=base, verify=trust, timeout=30, limits=limits, cookies=cookies
            )
            for base in site.bases
        ]
        each = [clients[number % len(clients)] for number in range(count)]
        try:
            await asyncio.gather(*(client.get("/healthz") for client in each))
            return list(await asyncio.gather(*(send(each[n], n) for n in range(count))))
        finally:
            await asyncio.gather(*(client.aclose() for client in clients))

    return asyncio.run(run())

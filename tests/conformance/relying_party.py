"""The relying party that the OpenID Foundation's suite plays: one happy path, and what it checks.

Written from the suite's published list of checks (security.md 1.3); none of its code is here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx2
from joserfc import jwt
from joserfc.jwk import KeySet

from conformance.provider import (
    ADDRESS,
    BASE,
    CALLBACK,
    FIRST,
    ISSUER,
    PASSWORD,
    SECRETS,
    Provider,
)
from oidc.house import basic
from people import REDIRECTS, Forms, Page
from vestibule.oidc.claims import half_hash

DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")  # RFC 6749 appendix A.8


@dataclass(frozen=True)
class Happy:
    """What one whole sign-in brought."""

    claims: dict[str, Any]
    tokens: dict[str, Any]
    person: dict[str, Any]
    pages: int  # how often somebody had to sign in


@dataclass(frozen=True)
class How:
    """`method` of the authorization request; whether the secret is in the form; how userinfo is
    asked; the code_verifier, if any."""

    method: str = "GET"
    by_post: bool = False
    way: str = "get"
    verifier: str = ""


PLAINLY = How()


@dataclass
class RelyingParty:
    """`mode` is "" for the plan Basic, "form_post" for Form Post. The browser keeps its cookies
    from one check to the next, as the suite's does; `stranger()` has a new one."""

    provider: Provider
    mode: str
    document: dict[str, Any]
    keys: KeySet
    browser: httpx2.AsyncClient
    nonces: int = field(default=0)

    def stranger(self) -> RelyingParty:
        return RelyingParty(
            self.provider, self.mode, self.document, self.keys, self.provider.browser(), self.nonces
        )

    def request(self, **changes: str) -> dict[str, str]:
        """An ordinary request; what is given as "" is left out."""
        self.nonces += 1
        whole = {
            "client_id": FIRST,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid",
            "state": f"state-{self.nonces}~._",
            "nonce": f"nonce-{self.nonces}",
            "response_mode": self.mode,
            **changes,
        }
        return {name: value for name, value in whole.items() if value}

    async def send(self, request: dict[str, str], method: str = "GET") -> httpx2.Response:
        endpoint = self.document["authorization_endpoint"]
        if method == "POST":
            return await self.browser.post(endpoint, data=request)
        return await self.browser.get(f"{endpoint}?{urlencode(request)}")

    async def arrive(self, response: httpx2.Response) -> tuple[dict[str, str] | Page, int]:
        """The application's parameters, or the page where it ends; and how many sign-ins."""
        for pages in range(3):
            while response.status_code in REDIRECTS:
                target = urljoin(str(response.url), response.headers["location"])
                if not target.startswith(f"{BASE}/"):
                    return self._by_redirect(target), pages
                response = await self.browser.get(target)
            page = Page(str(response.url), response.status_code, response.text)
            if 'id="auto"' in page.text:
                return self._by_form(response, page), pages
            if 'type="password"' not in page.text:
                return page, pages
            fields = {
                "email": ADDRESS,
                "signInName": ADDRESS,
                "password": PASSWORD,
                "action": "signin",
            }
            form = {**page.form.fields, **fields}
            response = await self.browser.post(urljoin(page.url, page.form.action), data=form)
        raise AssertionError("asked to sign in again and again")

    def _by_redirect(self, target: str) -> dict[str, str]:
        parts = urlsplit(target)
        assert self.mode != "form_post", target
        assert not (parts.query and parts.fragment)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == CALLBACK
        return {name: value for name, (value,) in parse_qs(parts.query or parts.fragment).items()}

    def _by_form(self, response: httpx2.Response, page: Page) -> dict[str, str]:
        """A classic script submits at the end of the page, a button does without scripts."""
        assert self.mode == "form_post"
        assert response.headers["content-type"].startswith("text/html")
        assert "no-store" in response.headers["cache-control"]
        policy = response.headers["content-security-policy"]
        nonce = re.search(r"script-src[^;]*'nonce-([^']+)'", policy)
        script = re.search(r'<script nonce="([^"]+)">[^<]*\.submit\(\)', page.text)
        assert nonce
        assert script
        assert nonce[1] == script[1]
        assert page.text.index('id="auto"') < script.start()
        assert re.search(
            r"<noscript>.*<button[^>]*type=\"submit\".*</noscript>", page.text, re.DOTALL
        )
        (form,) = _forms(page.text)
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(form.action))
        assert form.action == CALLBACK
        assert re.search(rf"form-action[^;]*{re.escape(origin)}", policy)
        return dict(form.fields)

    async def ask(self, method: str = "GET", **changes: str) -> tuple[dict[str, str], int]:
        """The parameters of the answer to one request, state and issuer checked."""
        request = self.request(**changes)
        told, pages = await self.arrive(await self.send(request, method))
        assert isinstance(told, dict), told.text
        assert told["state"] == request["state"]
        assert told["iss"] == self.document["issuer"] == ISSUER
        if "error" in told:
            assert DESCRIPTION.fullmatch(told["error_description"])
        return told, pages

    async def redeem(
        self, code: str, *, client: str = FIRST, by_post: bool = False, **changes: str
    ) -> httpx2.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            **changes,
        }
        headers = {} if by_post else basic(client, SECRETS[client])
        if by_post:
            form |= {"client_id": client, "client_secret": SECRETS[client]}
        async with self.provider.browser() as program:
            return await program.post(self.document["token_endpoint"], data=form, headers=headers)

    async def userinfo(self, token: str, way: str = "get") -> httpx2.Response:
        endpoint, header = self.document["userinfo_endpoint"], {"authorization": f"Bearer {token}"}
        async with self.provider.browser() as program:
            match way:
                case "get":
                    return await program.get(endpoint, headers=header)
                case "header":
                    return await program.post(endpoint, headers=header)
            return await program.post(endpoint, data={"access_token": token})

    async def happy(self, how: How = PLAINLY, /, **changes: str) -> Happy:
        """A whole sign-in with everything that the suite checks of each."""
        told, pages = await self.ask(how.method, **changes)
        assert "error" not in told, told
        assert len(told["code"]) >= 22  # 128 bits
        more = {"code_verifier": how.verifier} if how.verifier else {}
        client = changes.get("client_id", FIRST)
        response = await self.redeem(told["code"], client=client, by_post=how.by_post, **more)
        tokens = good_tokens(response)
        nonce = "" if changes.get("nonce") == "" else f"nonce-{self.nonces}"
        claims = self.id_token(tokens, client, nonce)
        answer = await self.userinfo(tokens["access_token"], how.way)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("application/json")
        person = answer.json()
        assert person["sub"] == claims["sub"]
        return Happy(claims, tokens, person, pages)

    def id_token(self, tokens: dict[str, Any], client: str, nonce: str) -> dict[str, Any]:
        """The claims of an id token in which nothing is wrong."""
        token = jwt.decode(tokens["id_token"], self.keys, algorithms=["RS256"])
        now = self.provider.now.timestamp()
        claims = token.claims
        assert token.header["kid"]
        assert (claims["iss"], claims["aud"]) == (ISSUER, client)
        assert claims.get("azp", client) == client
        assert claims["iat"] - 60 < now < claims["exp"]
        assert claims.get("nonce", "") == nonce
        access = tokens.get("access_token", "")
        assert claims.get("at_hash") in (None, half_hash(access))
        assert "at_hash" in claims or not access
        assert claims["sub"].isascii()
        assert 0 < len(claims["sub"]) <= 255
        return claims


def good_tokens(response: httpx2.Response) -> dict[str, Any]:
    """The members of a successful answer of the token endpoint."""
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    assert "no-store" in response.headers["cache-control"]
    tokens: dict[str, Any] = response.json()
    assert tokens["token_type"].lower() == "bearer"
    assert type(tokens["expires_in"]) is int
    assert tokens["access_token"]
    return tokens


def refused(response: httpx2.Response, *errors: str) -> None:
    """An error of the token endpoint as RFC 6749 section 5.2 has it."""
    told = response.json()
    assert told["error"] in errors, told
    assert response.status_code in ({400, 401} if told["error"] == "invalid_client" else {400})
    assert DESCRIPTION.fullmatch(told["error_description"])


def _forms(text: str) -> list[Any]:
    parser = Forms()
    parser.feed(text)
    return parser.forms

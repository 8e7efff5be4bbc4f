"""Where proofs happen: a server with a recorder in front, and what can be arranged there."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import uuid4

import httpx2

from live import Live
from parity.recorder import Recorder
from people import Page, follow, press
from vestibule.oidc.signing import peek

BACK = "https://app.example/back"
SPA = "https://app.example/spa"
PASSWORD = "Correct-Horse-1"


@dataclass(frozen=True, slots=True)
class Person:
    """A local account that signs in with an address."""

    id: str
    name: str
    password: str


@dataclass(frozen=True, slots=True)
class App:
    """A registered application; `secret` is "" for one that has none."""

    id: str
    client_id: str
    secret: str

    def form(self) -> dict[str, str]:
        """By what it authenticates in the body of a request."""
        secret = {"client_secret": self.secret} if self.secret else {}
        return {"client_id": self.client_id, **secret}


@dataclass(frozen=True, slots=True)
class Asked:
    """An authorization request, and what the application remembers about it."""

    flow: str
    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(slots=True, eq=False)
class Place:
    """`graph` is an administrator of the tenant; `api` the scope of a registered API; `strict`
    the place of a second server, with the settings that `vestibule serve` has."""

    live: Live
    recorder: Recorder
    graph: httpx2.Client
    strict: Callable[[], Place]
    web: App = field(init=False)

    def __post_init__(self) -> None:
        self.web = self.application()

    @property
    def tenant(self) -> str:
        return str(self.live.facts["tenant"])

    @property
    def tenant_id(self) -> str:
        return str(self.live.facts["tenant_id"])

    @property
    def api(self) -> str:
        return str(self.live.facts["api_scope"])

    @property
    def base(self) -> str:
        return self.live.base

    # ----------------------------------------------------------------- arranged

    def browser(self, **options: Any) -> httpx2.Client:
        """Keeps cookies, follows no redirect; everything it sends is recorded."""
        return httpx2.Client(base_url=self.base, transport=self.recorder, timeout=30, **options)

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """An arrangement through Graph or our own API; the JSON of the answer, if it has one."""
        answer = self.graph.request(method, path, json=body)
        assert answer.is_success, f"{method} {path} -> {answer.status_code} {answer.text[:300]}"
        return answer.json() if answer.content else None

    def flow(self, type: str = "signUpOrSignIn", version: float = 3, **settings: Any) -> str:
        """A new user flow with these settings of ours; its id."""
        body = {"id": f"p{uuid4().hex[:10]}", "userFlowType": type, "userFlowTypeVersion": version}
        id: str = self.send("POST", "/beta/identity/b2cUserFlows", body)["id"]
        if settings:
            self.send("PATCH", f"/vestibule/v1/userFlows/{id}/settings", settings)
        return id

    def ask(self, flow: str, attribute: str, **how: Any) -> None:
        """Have the flow ask for an attribute."""
        body = {
            "isOptional": True,
            "requiresVerification": False,
            "userInputType": "textBox",
            "displayName": attribute,
            "userAttributeValues": [],
            "userAttribute": {"id": attribute},
            **how,
        }
        self.send("POST", f"/beta/identity/b2cUserFlows/{flow}/userAttributeAssignments", body)

    def application(self, *, secret: bool = True, api: bool = True, **body: Any) -> App:
        """A new application with a web and a single-page redirect URI and, unless told, the right
        to the tenant's API."""
        known = {
            "displayName": f"Parity {uuid4().hex[:8]}",
            "web": {"redirectUris": [BACK]},
            "spa": {"redirectUris": [SPA]},
        }
        made = self.send("POST", "/v1.0/applications", {**known, **body})
        principal = self.send("POST", "/v1.0/servicePrincipals", {"appId": made["appId"]})
        if api:
            self._consent(principal["id"])
        text = ""
        if secret:
            added = self.send("POST", f"/v1.0/applications/{made['id']}/addPassword", {})
            text = added["secretText"]
        return App(made["id"], made["appId"], text)

    def _consent(self, principal: str) -> None:
        named = "/v1.0/servicePrincipals?$filter=displayName eq 'Contoso API'"
        owner = self.send("GET", named)["value"][0]
        self.send(
            "POST",
            "/v1.0/oauth2PermissionGrants",
            {
                "clientId": principal,
                "consentType": "AllPrincipals",
                "resourceId": owner["id"],
                "scope": self.api.rpartition("/")[2],
            },
        )

    def person(self, **body: Any) -> Person:
        """A local account, made by an administrator."""
        name = self.address()
        signs_in = {"signInType": "emailAddress", "issuer": self.tenant, "issuerAssignedId": name}
        known = {
            "displayName": "Ada",
            "identities": [signs_in],
            "passwordProfile": {"password": PASSWORD, "forceChangePasswordNextSignIn": False},
        }
        made = self.send("POST", "/v1.0/users", {**known, **body})
        return Person(made["id"], name, PASSWORD)

    def address(self) -> str:
        """An address that nobody has yet."""
        return f"{uuid4().hex[:10]}@people.example"

    def code_for(self, address: str) -> str:
        """The newest code that was mailed there."""
        address = address.replace("'", "''")
        query = f"$filter=to eq '{address}'&$orderby=createdDateTime desc&wait=10"
        return str(self.send("GET", f"/vestibule/v1/messages?{query}")["value"][0]["code"])

    def move(self, **by: int) -> None:
        """Let time pass: `minutes`, `hours`, `days` or `seconds`."""
        units = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
        seconds = sum(units[unit] * number for unit, number in by.items())
        self.send("POST", "/vestibule/v1/clock", {"advanceSeconds": seconds})

    # ----------------------------------------------------------------- an application's part

    def url(self, flow: str, tail: str) -> str:
        """An address of a flow, with the policy in the path; "": the tenant's own authority."""
        return "/".join(filter(None, (self.base, self.tenant, flow, tail)))

    def asked(self, flow: str, app: App | None = None, **parameters: str) -> Asked:
        """An authorization request: code with PKCE for `openid offline_access`, unless told."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
        known = {
            "client_id": (app or self.web).client_id,
            "response_type": "code",
            "redirect_uri": BACK,
            "scope": "openid offline_access",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge.decode().rstrip("="),
            "code_challenge_method": "S256",
            **parameters,
        }
        query = urlencode({name: value for name, value in known.items() if value})
        return Asked(
            flow, f"{self.url(flow, 'oauth2/v2.0/authorize')}?{query}", state, nonce, verifier
        )

    def token(self, flow: str, form: Mapping[str, str], **options: Any) -> httpx2.Response:
        """A request to the token endpoint."""
        with self.browser() as application:
            return application.post(self.url(flow, "oauth2/v2.0/token"), data=form, **options)

    def redeemed(
        self, asked: Asked, code: str, app: App | None = None, **form: str
    ) -> dict[str, Any]:
        """The body that a code is redeemed for."""
        answer = self.token(asked.flow, self.redeeming(asked, code, app, **form))
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def redeeming(
        self, asked: Asked, code: str, app: App | None = None, **form: str
    ) -> dict[str, str]:
        """The form by which a code is redeemed."""
        return {
            "grant_type": "authorization_code",
            **(app or self.web).form(),
            "redirect_uri": BACK,
            "code": code,
            "code_verifier": asked.verifier,
            **form,
        }

    def signed_in(
        self,
        flow: str,
        person: Person | None = None,
        app: App | None = None,
        **parameters: str,
    ) -> tuple[dict[str, Any], Asked]:
        """What an application gets for somebody who signs in: the token endpoint's body."""
        asked = self.asked(flow, app, **parameters)
        with self.browser() as browser:
            landed = sign_in(browser, asked.url, person or self.person())
        return self.redeemed(asked, landed["code"], app), asked


# --------------------------------------------------------------------- what people do


def opened(browser: httpx2.Client, url: str) -> Page:
    """The page that an address leads to."""
    page = follow(browser, browser.get(url))
    assert isinstance(page, Page), page
    return page


def answer(landed: Page | str) -> dict[str, str]:
    """The parameters that the application gets, in query or fragment."""
    assert isinstance(landed, str), landed.text
    parts = urlsplit(landed)
    return dict(parse_qsl(parts.fragment or parts.query))


def asked_again(browser: httpx2.Client, url: str) -> dict[str, str]:
    """The application's parameters, when nobody is asked anything."""
    return answer(follow(browser, browser.get(url)))


def sign_in(browser: httpx2.Client, url: str, person: Person) -> dict[str, str]:
    """Sign in; the application's parameters."""
    return answer(try_password(browser, opened(browser, url), person.name, person.password))


def try_password(browser: httpx2.Client, page: Page, name: str, password: str) -> Page | str:
    return press(browser, page, "signin", email=name, signInName=name, password=password)


def claims(token: str) -> dict[str, Any]:
    """What a token says; others check its signature."""
    return peek(token)[1]


def told(response: httpx2.Response) -> tuple[str, str]:
    """The OAuth error and the number in its description."""
    body = json.loads(response.text)
    return body["error"], body["error_description"].partition(":")[0].removeprefix("AADB2C")

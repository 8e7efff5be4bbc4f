"""A whole server in this process, over ASGI: a real store, and contoso with flows built by hand.

For what depends on a flow's settings. Bob has an account; browsers keep cookies and follow
nothing that leads elsewhere.
"""

from __future__ import annotations

import shutil
from base64 import b64encode
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx2

from oidc.contoso import (
    API,
    APPLICATIONS,
    BASE,
    BOB,
    SECRET,
    SUSI,
    TID,
    WEB,
    WEB_URI,
    Directory,
    application,
    contoso,
)
from oidc.endpoint import VERIFIER
from people import REDIRECTS, Page
from vestibule import resources
from vestibule.app import migrate, opened
from vestibule.faces import server
from vestibule.oidc.pkce import s256
from vestibule.ports import Insert, Update
from vestibule.resources.directory.identities import identity
from vestibule.settings import DevelopmentSettings
from vestibule.system import System
from vestibule.tenancy import Application, Credential, Flow, Provider, RedirectUri, Tenant
from vestibule.vault import digest
from vestibule.world import SystemWorld

PASSWORD = "Correct-Horse-1"
ADDRESS = {BOB: "bob@contoso.example", "ada": "ada@contoso.example"}
ADA = "ada00000-0000-4000-8000-000000000000"
DOMAIN = "contoso.onmicrosoft.com"
SHOP, SHOP_URI = "00000007-0000-4000-8000-000000000000", "https://shop.example/cb"
PHONE = "00000008-0000-4000-8000-000000000000"

OTHERS = (
    application(
        SHOP,
        redirect_uris=(RedirectUri(SHOP_URI, "web"),),
        secrets=(Credential(digest(SECRET)),),
        logout_url="https://shop.example/out",
    ),
    application(
        PHONE,
        redirect_uris=(RedirectUri("http://localhost", "native"),),
        public=True,
        delegations={API: frozenset({"read"})},
    ),
)


def flow(name: str, type: str = "signUpOrSignIn", version: float = 3.0, **settings: Any) -> Flow:
    """A flow that differs from B2C's defaults in these settings."""
    return replace(
        SUSI,
        id=f"B2C_1_{name}",
        type=type,
        version=version,
        settings={**SUSI.settings, **settings},
    )


@dataclass
class House:
    """`world` is a clock that moves when told to."""

    system: System
    tenant: Tenant
    app: Any

    def browser(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self.app), base_url=BASE)

    def later(self, **distance: float) -> None:
        self.system.world.move(self.system.world.offset + timedelta(**distance))

    @property
    def now(self) -> datetime:
        return self.system.world.now()

    async def change(self, user: str, **values: Any) -> None:
        await self.system.entities.apply([Update("user", TID, user, values)])

    async def post(
        self, flow: str, tail: str, form: Mapping[str, str], **options: Any
    ) -> httpx2.Response:
        """A program's POST to an OAuth endpoint of a flow."""
        async with self.browser() as http:
            return await http.post(address(flow, tail), data=form, **options)


def address(flow: str, tail: str) -> str:
    return f"/{DOMAIN}/{flow}/oauth2/v2.0/{tail}"


def asking(flow: str, **more: str) -> str:
    """Where a sign-in of the web application begins."""
    parameters = {
        "client_id": WEB,
        "redirect_uri": WEB_URI,
        "response_type": "code",
        "scope": "openid offline_access",
        "code_challenge": s256(VERIFIER),
        "code_challenge_method": "S256",
        **more,
    }
    return f"{address(flow, 'authorize')}?{urlencode(parameters)}"


def shopping(flow: str, **more: str) -> str:
    """The same of the shop."""
    return asking(flow, client_id=SHOP, redirect_uri=SHOP_URI, **more)


def redemption(code: str, **more: str) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "client_id": WEB,
        "client_secret": SECRET,
        "code": code,
        "redirect_uri": WEB_URI,
        "code_verifier": VERIFIER,
        **more,
    }


def basic(client: str, secret: str = SECRET) -> dict[str, str]:
    pair = b64encode(f"{client}:{secret}".encode()).decode()
    return {"authorization": f"Basic {pair}"}


def answered(landed: Page | str) -> dict[str, str]:
    """The parameters of an answer to the application."""
    assert isinstance(landed, str), landed.text
    return {name: values[0] for name, values in parse_qs(urlsplit(landed).query).items()}


async def follow(browser: httpx2.AsyncClient, response: httpx2.Response) -> Page | str:
    """The page at the end of our own redirects, or the first address elsewhere."""
    while response.status_code in REDIRECTS:
        target = urljoin(str(response.url), response.headers["location"])
        if urlsplit(target)[:2] != urlsplit(BASE)[:2]:
            return target
        response = await browser.get(target)
    return Page(str(response.url), response.status_code, response.text)


async def visit(browser: httpx2.AsyncClient, url: str) -> Page | str:
    return await follow(browser, await browser.get(url))


async def sign_in(
    browser: httpx2.AsyncClient, url: str, *, name: str = ADDRESS[BOB], **more: str
) -> Page | str:
    """From an authorization request to its answer, by name and password."""
    page = await visit(browser, url)
    assert isinstance(page, Page), page
    fields = {"email": name, "signInName": name, "password": PASSWORD, "action": "signin", **more}
    form = {**page.form.fields, **fields}
    action = urljoin(page.url, page.form.action)
    return await follow(browser, await browser.post(action, data=form))


async def _people(system: System) -> None:
    """Bob and Ada, who know their passwords."""
    hashed = await system.hash_password(PASSWORD)
    for id, mail in ((BOB, ADDRESS[BOB]), (ADA, ADDRESS["ada"])):
        principal = f"{id}@{DOMAIN}"
        values = {
            "user_principal_name": principal,
            "display_name": mail.partition("@")[0],
            "other_mails": [],
            "business_phones": [],
            "account_enabled": True,
            "creation_type": "LocalAccount",
            "user_type": "Member",
            "password_hash": hashed,
            "force_change_password": False,
            "attributes": {},
            "created": system.world.now(),
        }
        await system.entities.apply(
            [Insert("user", TID, id, values), identity(TID, id, "emailAddress", DOMAIN, mail)]
        )


@asynccontextmanager
async def house(
    folder: Path,
    template: Path,
    flows: Iterable[Flow],
    *,
    applications: Iterable[Application] = (),
    providers: Iterable[Provider] = (),
    settings: Mapping[str, Any] | None = None,
) -> AsyncIterator[House]:
    """The server while it is open; `template` is a migrated database (see `migrated`)."""
    shutil.copy(template, folder / "house.db")
    configured = DevelopmentSettings(
        database=f"sqlite:///{folder / 'house.db'}",
        sealing_key=b64encode(bytes(32)).decode(),
        public_url=BASE,
        **(settings or {}),
    )
    tenant = replace(
        contoso(),
        flows={one.id.casefold(): one for one in flows},
        applications={one.app_id: one for one in (*APPLICATIONS, *OTHERS, *applications)},
        providers={one.id.casefold(): one for one in providers},
    )
    async with opened(configured, SystemWorld()) as system:
        await _people(system)
        ours = replace(system, tenants=cast("Any", Directory(tenant)))

        async def ready() -> None:
            """Nobody waits for it."""

        yield House(ours, tenant, server(ours, ready=ready))


async def migrated(folder: Path) -> Path:
    """A new database of this version, to be copied."""
    path = folder / "template.db"
    await migrate(
        DevelopmentSettings(
            database=f"sqlite:///{path}",
            sealing_key=b64encode(bytes(32)).decode(),
        )
    )
    assert resources.RECORDS
    return path

"""URLs that the server itself will call, when an administrator stores them: where it may not go
it says so, before anybody meets the flow.

Source: security.md section 5 and T13.
"""

from __future__ import annotations

import re
import shutil
from base64 import b64encode
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from resources.bodies import CONNECTORS, PROVIDERS, basic
from spellings import NAMES, URLS, resolve
from vestibule import development
from vestibule.app import migrate, opened
from vestibule.edm.declare import Complex, Entity, Operation
from vestibule.errors import Invalid, Misconfigured
from vestibule.faces import server
from vestibule.resources import CATALOGUE
from vestibule.settings import DevelopmentSettings, Settings
from vestibule.system import System
from vestibule.world import SystemWorld

pytestmark = pytest.mark.anyio

BASE = "https://login.contoso.example"
DISCOVERY = ".well-known/openid-configuration"
BETA, LEGACY = "/beta/identity/identityProviders", "/beta/identityProviders"
CONNECT = {
    "@odata.type": "#microsoft.graph.openIdConnectIdentityProvider",
    "displayName": "Partner",
    "clientId": "client-of-ours",
    "clientSecret": "secret-of-ours",
    "claimsMapping": {"userId": "sub", "displayName": "name"},
    "metadataUrl": f"https://api.contoso.example/{DISCOVERY}",
}
OIDC = {
    "@odata.type": "#microsoft.graph.oidcIdentityProvider",
    "displayName": "Partner",
    "clientId": "client-of-ours",
    "issuer": "https://api.contoso.example",
    "wellKnownEndpoint": f"https://api.contoso.example/{DISCOVERY}",
    "responseType": "code",
    "scope": "openid",
    "clientAuthentication": {
        "@odata.type": "#microsoft.graph.oidcClientSecretAuthentication",
        "clientSecret": "secret-of-ours",
    },
    "inboundClaimMapping": {"sub": "sub"},
}
LEGACY_CONNECT = {
    "@odata.type": "#microsoft.graph.openIdConnectProvider",
    "name": "Partner",
    "type": "OpenIDConnect",
    **{name: CONNECT[name] for name in ("clientId", "clientSecret", "claimsMapping")},
    "metadataUrl": CONNECT["metadataUrl"],
}
FIELDS: dict[tuple[str, str], tuple[str, Mapping[str, Any]]] = {
    ("identityApiConnector", "targetUrl"): (CONNECTORS, basic()),
    ("openIdConnectIdentityProvider", "metadataUrl"): (BETA, CONNECT),
    ("openIdConnectProvider", "metadataUrl"): (LEGACY, LEGACY_CONNECT),
    ("oidcIdentityProvider", "issuer"): (PROVIDERS, OIDC),
    ("oidcIdentityProvider", "wellKnownEndpoint"): (PROVIDERS, OIDC),
}
"""Every property whose URL the server calls, with a body that has it."""

NOT_CALLED = {
    ("application", "identifierUris"): "a name",
    ("connectorRequest", "url"): "what was called",
    ("invitation", "inviteRedeemUrl"): "of our own",
    ("invitation", "inviteRedirectUrl"): "browsers go there",
    ("objectIdentity", "issuer"): "a name",
    ("publicClientApplication", "redirectUris"): "browsers go there",
    ("spaApplication", "redirectUris"): "browsers go there",
    ("webApplication", "homePageUrl"): "shown to people",
    ("webApplication", "logoutUrl"): "browsers go there",
    ("webApplication", "redirectUris"): "browsers go there",
    ("message", "links"): "of our own",
}
_LIKE_A_URL = re.compile(r"ur[li]s?$|endpoint$|^links?$|^issuer$|href$", re.IGNORECASE)


def test_every_property_with_a_url_is_known() -> None:
    """A new one is to be checked, if the server calls it."""
    found = {
        (kind.name.rpartition(".")[2], property.name)
        for catalogue in CATALOGUE.values()
        for kind in catalogue.types
        if isinstance(kind, Entity | Complex)
        for property in kind.properties
        if _LIKE_A_URL.search(property.name)
    }
    taken = {
        parameter.name
        for catalogue in CATALOGUE.values()
        for kind in catalogue.types
        if isinstance(kind, Operation)
        for parameter in kind.parameters
        if _LIKE_A_URL.search(parameter.name)
    }
    assert found == FIELDS.keys() | NOT_CALLED.keys()
    assert taken == set()


@dataclass
class Place:
    """A server with the settings of `vestibule serve`, and a program that may do everything."""

    system: System
    tenant: str
    graph: httpx2.AsyncClient

    async def batch(self, requests: Iterable[tuple[str, str, Any]]) -> list[dict[str, Any]]:
        """The replies to many requests, in their order."""
        replies: list[dict[str, Any]] = []
        everything = list(requests)
        for start in range(0, len(everything), 20):
            some = everything[start : start + 20]
            root = "/beta" if some[0][1].startswith("/beta") else "/v1.0"
            parts = [
                {
                    "id": f"{at:02}",
                    "method": verb,
                    "url": path.removeprefix(root),
                    "headers": {"Content-Type": "application/json"},
                    "body": body,
                }
                for at, (verb, path, body) in enumerate(some)
            ]
            answer = await self.graph.post(f"{root}/$batch", json={"requests": parts})
            assert answer.status_code == 200, answer.text
            replies += sorted(answer.json()["responses"], key=lambda one: str(one["id"]))
        return replies

    async def stored(self, path: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = (await self.graph.get(path)).json()["value"]
        return rows


def configured(folder: Path, kind: type[Settings], **more: Any) -> Settings:
    return kind(
        database=f"sqlite:///{folder / 'called.db'}",
        sealing_key=b64encode(bytes(32)).decode(),
        throttling=False,
        **{"public_url": BASE, **more},
    )


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Place]:
    async with opened(settings, SystemWorld(), resolve=resolve) as system:
        tenant = await system.make_tenant("contoso.onmicrosoft.com", "Contoso")
        await development.administrator(system, tenant.id, system.world.secret(), ())
        token = await system.mint(tenant.id, (), "", ())

        async def ready() -> None:
            """Nobody waits for it."""

        transport = httpx2.ASGITransport(app=server(system, ready=ready))
        headers = {"authorization": f"Bearer {token}"}
        async with httpx2.AsyncClient(
            transport=transport, base_url=settings.public_url, headers=headers
        ) as client:
            yield Place(system, tenant.id, client)


@pytest.fixture(scope="module")
async def template(
    anyio_backend: str,  # noqa: ARG001 - whose loop lives as long
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A new database, to be copied."""
    folder = tmp_path_factory.mktemp("template")
    await migrate(configured(folder, Settings))
    return folder / "called.db"


@pytest.fixture(scope="module")
async def place(template: Path) -> AsyncIterator[Place]:
    listed = ("intranet.contoso.example", "10.1.0.0/16")
    async with serving(configured(template.parent, Settings, egress_allow=listed)) as place:
        yield place


FORBIDDEN = {
    **{name: url.format(port=8443, path=DISCOVERY) for name, url in URLS.items()},
    **{name: f"https://{name}/{DISCOVERY}" for name in NAMES},
}


@pytest.mark.parametrize("field", FIELDS, ids="-".join)
async def test_no_spelling_of_a_forbidden_address_is_stored(
    place: Place, field: tuple[str, str]
) -> None:
    """Neither at first nor later, and what is there stays as it is."""
    path, body = FIELDS[field]
    name = field[1]
    made = (await place.graph.post(path, json=body)).json()
    before = await place.stored(path)
    values = [{name: url} for url in FORBIDDEN.values()]
    creates = [("POST", path, {**body, **value}) for value in values]
    kind = {"@odata.type": body["@odata.type"]} if "@odata.type" in body else {}
    changes = [("PATCH", f"{path}/{made['id']}", {**kind, **value}) for value in values]
    replies = await place.batch([*creates, *changes])
    for spelling, reply in zip([*FORBIDDEN, *FORBIDDEN], replies, strict=True):
        assert reply["status"] == 400, (spelling, reply)
        error = reply["body"]["error"]
        named = error.get("target") == name and error["message"].startswith(f"{name} ")
        assert named or spelling == "NUL", (spelling, error)  # which no body may hold
    assert await place.stored(path) == before


async def test_the_refusal_names_the_setting_that_would_allow_it(place: Place) -> None:
    for host in ("10.0.0.1", "private.mallory.example", "localhost"):
        answer = await place.graph.post(CONNECTORS, json=basic(targetUrl=f"https://{host}:8443/"))
        assert answer.json()["error"]["message"] == (
            "targetUrl leads to an address that is not public; if the server may call it, list the "
            "host or its network in VESTIBULE_EGRESS_ALLOW."
        )


ACCEPTED = {
    "a public name": "https://api.contoso.example/",
    "a public name behind NAT64": "https://dns64.contoso.example:8443/",
    "a public address": "https://93.184.215.14/",
    "a public IPv6 address": "https://[2606:2800:21f::1]:8443/",
    "a name that nobody knows": "https://nobody.example/",
    "a listed name": "https://intranet.contoso.example/",
    "a listed network": "https://10.1.2.3:8443/",
}


@pytest.mark.parametrize("field", FIELDS, ids="-".join)
async def test_what_may_be_called_is_stored(place: Place, field: tuple[str, str]) -> None:
    path, body = FIELDS[field]
    urls = [f"{url}{DISCOVERY}" for url in ACCEPTED.values()]
    for reply in await place.batch([("POST", path, {**body, field[1]: url}) for url in urls]):
        assert (reply["status"], reply["body"].get(field[1])) == (201, urls.pop(0))


async def test_what_is_applied_at_the_start_is_checked_too(place: Place) -> None:
    """A document goes through the same rule, whoever brings it."""
    body = basic(targetUrl="https://169.254.169.254/")
    with pytest.raises(Invalid, match="targetUrl leads to an address"):
        await place.system.create(place.tenant, "identity/apiConnectors", body)


async def test_development_stores_urls_of_this_machine_and_of_no_other(
    template: Path, tmp_path: Path
) -> None:
    """Also by the name that the server itself has, which may be one of a network at home."""
    shutil.copy(template, tmp_path)
    itself = "https://private.mallory.example:8443"
    settings = configured(tmp_path, DevelopmentSettings, public_url=itself)
    async with serving(settings) as place:
        for host, status in (
            ("http://localhost:8444", 201),
            ("https://127.0.0.1:8444", 201),
            ("https://loopback.mallory.example:8444", 201),
            (itself, 201),
            ("https://10.0.0.1:8444", 400),
            ("https://metadata.mallory.example", 400),
        ):
            answer = await place.graph.post(CONNECTORS, json=basic(targetUrl=f"{host}/a"))
            assert answer.status_code == status, (host, answer.text)


async def test_a_list_that_cannot_be_read_stops_the_start(template: Path, tmp_path: Path) -> None:
    shutil.copy(template, tmp_path)
    settings = configured(tmp_path, Settings, egress_allow=("10.1.2.3/16",))
    with pytest.raises(Misconfigured, match=r"VESTIBULE_EGRESS_ALLOW 10\.1\.2\.3/16"):
        async with opened(settings, SystemWorld()):
            pass

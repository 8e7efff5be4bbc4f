"""Mallory changes the address that an answer goes to: nobody is ever sent there.

Each row is tried at the authorization endpoint by GET and POST, with every prompt and response
mode that could answer without a page, and at logout. Source: security.md 2.1 O1 to O4, T11.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import product
from urllib.parse import urlencode

import httpx2
import pytest

from oidc.contoso import WEB
from oidc.house import House, address, asking, flow, house, migrated, sign_in
from vestibule.tenancy import RedirectUri

pytestmark = pytest.mark.anyio
FLOW = "B2C_1_susi"
MUTATIONS = {
    "foreign": "https://mallory.example/",
    "host in capitals": "https://APP.example/cb",
    "path in capitals": "https://app.example/CB",
    "slash": "https://app.example/cb/",
    "query": "https://app.example/cb?next=https://mallory.example",
    "empty query": "https://app.example/cb?",
    "fragment": "https://app.example/cb#x",
    "empty fragment": "https://app.example/cb#",
    "default port": "https://app.example:443/cb",
    "other port": "https://app.example:8443/cb",
    "user info": "https://bob@app.example/cb",
    "registered host as user info": "https://app.example@mallory.example/cb",
    "registered host as password": "https://bob:app.example@mallory.example/cb",
    "encoded at sign": "https://app.example%40mallory.example/cb",
    "backslash": "https://app.example\\@mallory.example/cb",
    "backslashes for slashes": "https:\\\\app.example\\cb",
    "two slashes": "https://app.example//cb",
    "three slashes": "https:///app.example/cb",
    "no slashes": "https:app.example/cb",
    "dots": "https://app.example/cb/../x",
    "dots that come back": "https://app.example/x/../cb",
    "encoded dots": "https://app.example/x/%2e%2e/cb",
    "twice encoded": "https://app.example/x/%252e%252e/cb",
    "encoded slash": "https://app.example%2fcb",
    "encoded letter": "https://app.example/%63b",
    "matrix parameter": "https://app.example/cb;/..;/x",
    "encoded line end": "https://app.example/cb%0d%0aLocation:%20https://mallory.example",
    "line end": "https://app.example/cb\r\nLocation: https://mallory.example",
    "tab": "https://app.example/\tcb",
    "nothing character": "https://app.example/cb\x00",
    "blank before": " https://app.example/cb",
    "blank after": "https://app.example/cb ",
    "http": "http://app.example/cb",
    "no scheme": "//app.example/cb",
    "relative": "/cb",
    "script": "javascript:alert(1)//https://app.example/cb",
    "script in capitals": "JaVaScRiPt:alert(1)",
    "data": "data:text/html,<script>alert(1)</script>",
    "file": "file:///etc/passwd",
    "subdomain": "https://x.app.example/cb",
    "host as prefix": "https://app.example.mallory.example/cb",
    "host as suffix": "https://mallory-app.example/cb",
    "final dot": "https://app.example./cb",
    "look-alike letter": "https://\u0430pp.example/cb",
    "full-width letters": "https://\uff41\uff50\uff50.example/cb",
    "punycode": "https://xn--pp-7kc.example/cb",
    "other dot": "https://app\u3002example/cb",
    "query changed": "https://app.example/q?x=2",
    "query added": "https://app.example/q?x=1&y=2",
    "query dropped": "https://app.example/q",
    "own scheme in capitals": "MYAPP:/cb",
    "own scheme with host": "myapp://cb",
    "own scheme, other path": "myapp:/other",
    "loopback, other path": "http://localhost:80/other",
    "loopback as user info": "http://localhost:80@mallory.example/",
    "loopback as prefix": "http://localhost.mallory.example/",
    "loopback with https": "https://localhost/",
    "loopback, other spelling": "http://127.1/cb",
    "loopback as number": "http://2130706433/cb",
    "loopback, path in capitals": "http://127.0.0.1:9/CB",
    "loopback with query": "http://127.0.0.1:9/cb?x=1",
    "loopback of version 6": "http://[::1]/cb",
    "out of band": "urn:ietf:wg:oauth:2.0:oob",
    "long": "https://app.example/cb" + "a" * 4096,
}
FORM = {"content-type": "application/x-www-form-urlencoded"}
VARIANTS = tuple(
    {"prompt": prompt, "response_mode": mode}
    for prompt, mode in product(("", "none"), ("query", "form_post", "fragment"))
)


@pytest.fixture(scope="module")
async def at(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("redirects")
    async with house(
        folder, await migrated(folder), [flow("susi")], settings={"logout_anywhere": False}
    ) as made:
        uris = {one.uri for one in made.tenant.applications[WEB].redirect_uris}
        assert uris.isdisjoint(MUTATIONS.values())
        assert RedirectUri("https://app.example/cb", "web").uri in uris
        yield made


@pytest.fixture(scope="module")
async def browser(at: House) -> AsyncIterator[httpx2.AsyncClient]:
    """Bob is signed in, so that every answer could come at once."""
    async with at.browser() as browser:
        assert str(await sign_in(browser, asking(FLOW))).startswith("https://app.example/cb?")
        yield browser


def stays(response: httpx2.Response) -> bool:
    """Whether the browser is left where it is, by headers and by forms that send themselves."""
    return (
        400 <= response.status_code < 500
        and not {"location", "refresh"} & {*response.headers}
        and 'id="auto"' not in response.text
        and "http-equiv" not in response.text
    )


@pytest.mark.parametrize("uri", MUTATIONS.values(), ids=MUTATIONS)
async def test_nobody_is_sent_to_another_address(browser: httpx2.AsyncClient, uri: str) -> None:
    for variant in VARIANTS:
        url = asking(FLOW, redirect_uri=uri, state="s", **variant)
        assert stays(await browser.get(url)), url
    for variant in VARIANTS[:2]:
        path, _, query = asking(FLOW, redirect_uri=uri, **variant).partition("?")
        assert stays(await browser.post(path, content=query, headers=FORM))


@pytest.mark.parametrize("uri", MUTATIONS.values(), ids=MUTATIONS)
async def test_logout_sends_nobody_to_another_address(at: House, uri: str) -> None:
    async with at.browser() as browser:
        for parameters in ({}, {"client_id": WEB}, {"client_id": WEB, "id_token_hint": "x"}):
            form = {"post_logout_redirect_uri": uri, "state": "s", **parameters}
            path = address(FLOW, "logout")
            assert stays(await browser.get(f"{path}?{urlencode(form)}"))
            assert stays(await browser.post(path, data=form))


@pytest.mark.parametrize(
    "tail",
    [
        "&redirect_uri=https://mallory.example/",
        "&client_id=00000002-0000-4000-8000-000000000000",
        "&redirect_uri[]=https://mallory.example/",
    ],
    ids=["two addresses", "two clients", "a list"],
)
async def test_a_second_parameter_changes_nothing(browser: httpx2.AsyncClient, tail: str) -> None:
    response = await browser.get(asking(FLOW) + tail)
    if "[]" in tail:  # an unknown parameter, which is ignored
        assert response.headers["location"].startswith("https://app.example/cb?")
    else:
        assert stays(response)


@pytest.mark.parametrize(
    "changes",
    [{"client_id": "nobody"}, {"client_id": ""}, {"client_id": WEB[:-1]}],
    ids=["unknown", "none", "shortened"],
)
async def test_an_unknown_client_sends_nobody_anywhere(
    browser: httpx2.AsyncClient, changes: dict[str, str]
) -> None:
    for variant in VARIANTS:
        assert stays(await browser.get(asking(FLOW, **{**variant, **changes})))

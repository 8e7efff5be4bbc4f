"""How much flow URLs answer, and how they tell of more. The clock stands still."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from urllib.parse import urljoin, urlsplit

import httpx2
import pytest

from oidc.contoso import BASE, TID
from oidc.house import DOMAIN, House, asking, flow, house, migrated, visit
from people import Page
from vestibule.faces import server
from vestibule.texts import Voice
from vestibule.world import SystemWorld

pytestmark = pytest.mark.anyio
IN_A_SECOND, OF_AN_IP = 12, 30
KEYS = f"/{DOMAIN}/b2c_1_susi/discovery/v2.0/keys"
OWN_KEYS = f"/{DOMAIN}/discovery/v2.0/keys"
FLOWS = (
    flow("susi"),
    flow("up", "signUp"),
    flow("in", "signIn"),
    flow("reset", "passwordReset"),
    flow("edit", "profileUpdate"),
    flow("plain", protocol="openid"),
)
BUSY = "There are too many requests at this moment. Please wait for some time and try again."


class Still(SystemWorld):
    """Time moves when it is told to."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self._at = at

    def now(self) -> datetime:
        return self._at + self.offset


@pytest.fixture(scope="module")
async def at(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("pace")
    limits = {
        "throttling": True,
        "requests_in_a_second": IN_A_SECOND,
        "requests_from_an_ip_in_five_minutes": OF_AN_IP,
    }
    async with house(folder, await migrated(folder), FLOWS, settings=limits) as made:
        system = replace(made.system, world=Still(made.now))

        async def ready() -> None:
            """Nobody waits for it."""

        yield House(system, made.tenant, server(system, ready=ready))


@pytest.fixture(autouse=True)
def _an_hour_later(at: House) -> None:
    """Nothing counts any more."""
    later(at, hours=1)


def later(at: House, **by: float) -> None:
    at.system.world.move(at.system.world.offset + timedelta(**by))


def from_ip(at: House, ip: str = "192.0.2.1") -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=at.app, client=(ip, 1234))
    return httpx2.AsyncClient(transport=transport, base_url=BASE)


async def granted(client: httpx2.AsyncClient, url: str, most: int = 2 * IN_A_SECOND) -> int:
    """How often an address answers before it is too much."""
    for number in range(most):
        if (await client.get(url)).status_code == 429:
            return number
    return most


@pytest.mark.parametrize(
    ("url", "price"),
    [
        pytest.param(asking("B2C_1_up"), 6, id="sign-up"),
        pytest.param(asking("b2c_1_susi"), 4, id="sign-up or sign-in"),
        pytest.param(asking("B2C_1_in"), 4, id="sign-in"),
        pytest.param(asking("B2C_1_reset"), 4, id="password reset"),
        pytest.param(asking("B2C_1_edit"), 4, id="profile"),
        pytest.param(f"/{DOMAIN}/oauth2/v2.0/authorize", 4, id="the tenant's own authority"),
        pytest.param(KEYS, 1, id="keys"),
        pytest.param(
            f"/{DOMAIN}/B2C_1_susi/v2.0/.well-known/openid-configuration", 1, id="discovery"
        ),
        pytest.param(f"/{DOMAIN}/B2C_1_susi/oauth2/v2.0/token", 1, id="token"),
        pytest.param(f"/{DOMAIN}/B2C_1_susi/openid/v2.0/userinfo", 1, id="userinfo"),
        pytest.param(f"/{DOMAIN}/B2C_1_susi/oauth2/v2.0/logout", 1, id="logout"),
        pytest.param(f"/{DOMAIN}/B2C_1_none/oauth2/v2.0/authorize", 1, id="no such flow"),
    ],
)
async def test_what_a_request_costs_its_tenant(at: House, url: str, price: int) -> None:
    async with from_ip(at) as client:
        assert await granted(client, url) == IN_A_SECOND // price


async def test_a_journey_is_paid_when_it_begins_and_a_sign_up_costs_two_more(at: House) -> None:
    async with from_ip(at) as client:
        page = await visit(client, asking("b2c_1_susi"))
        assert isinstance(page, Page)
        found = re.search(r'href="([^"]*local=signup[^"]*)"', page.text)
        assert found
        assert (await client.get(urljoin(page.url, unescape(found[1])))).status_code == 200
        for _ in range(3):
            assert (await client.post(urljoin(page.url, page.form.action))).status_code != 429
        assert await granted(client, KEYS) == IN_A_SECOND - 4 - 2


async def test_a_tenant_has_one_budget_whatever_it_is_called(at: House) -> None:
    async with from_ip(at) as client:
        for number in range(IN_A_SECOND):
            url = (KEYS, OWN_KEYS, f"/tfp{KEYS.upper()}", f"/{TID}/discovery/v2.0/keys")[number % 4]
            assert (await client.get(url)).status_code == 200, url
        assert await granted(client, KEYS) == 0
        assert (await client.options(KEYS)).status_code == 204


async def test_what_is_refused_does_not_count(at: House) -> None:
    async with from_ip(at) as client:
        assert await granted(client, KEYS) == IN_A_SECOND
        for _ in range(OF_AN_IP):
            answer = await client.get(KEYS)
            assert answer.status_code == 429
        seconds = int(answer.headers["retry-after"])
        assert seconds in (1, 2)
        later(at, seconds=seconds)
        assert await granted(client, KEYS) == IN_A_SECOND


async def test_an_address_has_its_share(at: House) -> None:
    async with from_ip(at) as one, from_ip(at, "192.0.2.2") as other:
        for _ in range(OF_AN_IP // 10):
            assert await granted(one, KEYS, 10) == 10
            later(at, seconds=3)
        answer = await one.get(KEYS)
        assert answer.status_code == 429
        seconds = int(answer.headers["retry-after"])
        assert 280 <= seconds <= 330
        assert (await other.get(KEYS)).status_code == 200
        later(at, seconds=seconds)
        assert (await one.get(KEYS)).status_code == 200


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::2", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.8", "192.0.2.8", True),
        ("::ffff:192.0.2.8", "::ffff:192.0.2.9", False),
    ],
    ids=["one network", "two networks", "one mapped", "two mapped"],
)
async def test_a_network_of_ipv6_counts_as_one(
    at: House, first: str, second: str, *, shared: bool
) -> None:
    async with from_ip(at, first) as one, from_ip(at, second) as other:
        for _ in range(OF_AN_IP // 10):
            await granted(one, KEYS, 10)
            later(at, seconds=3)
        assert (await other.get(KEYS)).status_code == (429 if shared else 200)


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "ja", "ar"])
async def test_a_person_reads_it_in_their_language(at: House, language: str) -> None:
    async with from_ip(at) as client:
        await granted(client, KEYS)
        answer = await client.get(asking("b2c_1_susi"), headers={"accept-language": language})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert "AADB2C90244" in answer.text
    assert Voice(language).say("server.busy") in Page("", 429, answer.text).text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("tail", "lines", "code"),
    [
        ("b2c_1_susi/oauth2/v2.0/token", 3, "AADB2C90244"),
        ("b2c_1_plain/oauth2/v2.0/token", 1, "AADB2C90244"),
        ("oauth2/v2.0/token", 3, "AADSTS90033"),
    ],
    ids=["B2C", "OpenID Connect", "the tenant's own authority"],
)
async def test_a_program_reads_it_in_its_grammar(
    at: House, tail: str, lines: int, code: str
) -> None:
    async with from_ip(at) as client:
        await granted(client, KEYS)
        answer = await client.post(f"/{DOMAIN}/{tail}", data={"grant_type": "refresh_token"})
    body = answer.json()
    assert (answer.status_code, body["error"]) == (429, "temporarily_unavailable")
    assert body["error_description"].startswith(f"{code}: ")
    assert len(body["error_description"].splitlines()) == lines
    assert body["error_codes"] == [int(code[-5:])]
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["access-control-expose-headers"] == "Retry-After"


async def test_a_pages_script_reads_a_sentence(at: House) -> None:
    async with from_ip(at) as client:
        page = await visit(client, asking("b2c_1_susi"))
        assert isinstance(page, Page)
        action = urljoin(page.url, page.form.action)
        for _ in range(OF_AN_IP):
            answer = await client.post(action, headers={"x-requested-with": "XMLHttpRequest"})
    assert answer.status_code == 429
    assert answer.json() == {"status": "400", "errorCode": "AADB2C90244", "message": BUSY}
    assert urlsplit(action).path.endswith("SelfAsserted")

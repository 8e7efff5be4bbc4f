"""Single sign-on through pages: where a session counts, how long, and whose it is."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pytest

from oidc.contoso import BOB, TID, WEB, unpacked
from oidc.house import (
    ADDRESS,
    SHOP,
    House,
    answered,
    asking,
    flow,
    house,
    migrated,
    redemption,
    shopping,
    sign_in,
    visit,
)
from people import Page
from vestibule.errors import Unavailable
from vestibule.store.tickets import SqlTickets
from vestibule.vault import digest

pytestmark = pytest.mark.anyio
FLOWS = (
    flow("a"),
    flow("b", sessionLifetimeMinutes=15),
    flow("app_a", ssoScope="application"),
    flow("app_b", ssoScope="application"),
    flow("own_a", ssoScope="policy"),
    flow("own_b", ssoScope="policy"),
    flow("off", ssoScope="disabled"),
    flow("kept", keepMeSignedInDays=7),
    flow("kept_b", keepMeSignedInDays=30),
    flow("strict", sessionExpiry="absolute", sessionLifetimeMinutes=15),
)
COOKIE = "x-ms-cpim-sso:contoso.onmicrosoft.com_"


@pytest.fixture(scope="module")
async def at(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("sso")
    async with house(folder, await migrated(folder), FLOWS) as made:
        yield made


@pytest.fixture
async def browser(at: House) -> AsyncIterator[httpx2.AsyncClient]:
    async with at.browser() as browser:
        yield browser


async def silently(browser: httpx2.AsyncClient, url: str) -> bool:
    """Whether a request that allows no page gets a code."""
    told = answered(await visit(browser, f"{url}&prompt=none"))
    assert "code" in told or told["error_description"].startswith("AADB2C90077: "), told
    return "code" in told


@pytest.mark.parametrize(
    ("first", "second", "counts"),
    [
        (asking("B2C_1_a"), asking("B2C_1_b"), True),
        (asking("B2C_1_a"), shopping("B2C_1_b"), True),
        (asking("B2C_1_app_a"), asking("B2C_1_app_b"), True),
        (asking("B2C_1_app_a"), shopping("B2C_1_app_a"), False),
        (asking("B2C_1_own_a"), shopping("B2C_1_own_a"), True),
        (asking("B2C_1_own_a"), asking("B2C_1_own_b"), False),
        (asking("B2C_1_off"), asking("B2C_1_off"), False),
        (asking("B2C_1_a"), asking("B2C_1_off"), False),
        (asking("B2C_1_off"), asking("B2C_1_a"), False),
        (asking("B2C_1_a"), asking("B2C_1_app_a"), False),
        (asking("B2C_1_app_a"), asking("B2C_1_a"), False),
        (asking("B2C_1_own_a"), asking("B2C_1_a"), False),
    ],
    ids=[
        "tenant: another flow", "tenant: another application", "application: another flow",
        "application: another application", "policy: another application",
        "policy: another flow", "disabled: itself", "disabled: after a tenant's",
        "disabled: leaves nothing", "a tenant's at an application's",
        "an application's at a tenant's", "a policy's at a tenant's",
    ],
)  # fmt: skip
async def test_a_session_counts_as_far_as_its_flow_says(
    browser: httpx2.AsyncClient, first: str, second: str, *, counts: bool
) -> None:
    assert "code" in answered(await sign_in(browser, first))
    assert await silently(browser, second) is counts


async def test_a_cookie_under_another_name_reaches_no_further(
    browser: httpx2.AsyncClient,
) -> None:
    await sign_in(browser, asking("B2C_1_own_a"))
    (planted,) = [one for one in browser.cookies.jar if one.name.startswith(COOKIE)]
    assert planted.name == f"{COOKIE}b2c_1_own_a"
    for name in (f"{COOKIE}0", f"{COOKIE}b2c_1_own_b"):
        browser.cookies.set(name, str(planted.value), domain=planted.domain)
    assert not await silently(browser, asking("B2C_1_a"))
    assert not await silently(browser, asking("B2C_1_own_b"))
    assert await silently(browser, asking("B2C_1_own_a"))


@pytest.mark.parametrize(
    ("name", "rests", "lives"),
    [
        ("B2C_1_b", (14, 14, 14), True),
        ("B2C_1_b", (15,), False),
        ("B2C_1_strict", (14,), True),
        ("B2C_1_strict", (10, 6), False),
        ("B2C_1_a", (1439,), True),
        ("B2C_1_a", (1440,), False),
    ],
    ids=["rolling", "rolling, not used", "absolute", "absolute, used", "a day", "longer"],
)
async def test_a_session_lasts_as_its_flow_says(
    at: House, browser: httpx2.AsyncClient, name: str, rests: tuple[int, ...], *, lives: bool
) -> None:
    await sign_in(browser, asking(name))
    for minutes in rests[:-1]:
        at.later(minutes=minutes)
        assert await silently(browser, asking(name))
    at.later(minutes=rests[-1])
    assert await silently(browser, asking(name)) is lives


async def test_reuse_keeps_the_time_of_the_first_sign_in(
    at: House, browser: httpx2.AsyncClient
) -> None:
    async def claims(landed: Page | str, name: str) -> dict[str, object]:
        answer = await at.post(name, "token", redemption(answered(landed)["code"]))
        return unpacked(answer.json()["id_token"])[1]

    first = await claims(await sign_in(browser, asking("B2C_1_a")), "B2C_1_a")
    at.later(minutes=10)
    second = await claims(await visit(browser, asking("B2C_1_b")), "B2C_1_b")
    assert (second["auth_time"], second["sub"]) == (first["auth_time"], BOB)
    third = await claims(await sign_in(browser, asking("B2C_1_a", prompt="login")), "B2C_1_a")
    assert int(str(third["auth_time"])) >= int(str(first["auth_time"])) + 600


@pytest.mark.parametrize("name", [ADDRESS[BOB], ADDRESS["ada"]], ids=["the same", "another"])
async def test_every_authentication_draws_a_new_session(
    browser: httpx2.AsyncClient, at: House, name: str
) -> None:
    await sign_in(browser, asking("B2C_1_a"))
    before = browser.cookies[f"{COOKIE}0"]
    await sign_in(browser, asking("B2C_1_a", prompt="login"), name=name)
    assert browser.cookies[f"{COOKIE}0"] != before
    async with at.browser() as thief:
        thief.cookies.set(f"{COOKIE}0", before, domain="localhost.local")
        assert not await silently(thief, asking("B2C_1_a"))


async def test_a_sign_in_that_cannot_be_stored_leaves_the_session_as_it_was(
    at: House, browser: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And when it is tried again, logout still knows all applications."""

    async def unavailable(*_: object, **__: object) -> None:
        raise Unavailable("The database does not answer.", retry_after_s=1)

    async def applications() -> object:
        key, tickets = digest(browser.cookies[f"{COOKIE}0"]), at.system.tickets
        ticket = await tickets.get("session", TID, key, at.now)
        return ticket and ticket.body["applications"]

    await sign_in(browser, asking("B2C_1_a"))
    with monkeypatch.context() as broken:
        broken.setattr(SqlTickets, "take", unavailable)
        failed = await sign_in(browser, shopping("B2C_1_a", prompt="login"))
    assert isinstance(failed, Page)
    assert failed.status == 503
    assert await applications() == [WEB]
    assert "code" in answered(await visit(browser, failed.url))
    assert await applications() == [WEB, SHOP]


async def test_a_planted_cookie_is_worth_nothing_after_the_sign_in(
    browser: httpx2.AsyncClient, at: House
) -> None:
    async with at.browser() as mallory:
        await sign_in(mallory, asking("B2C_1_a"), name=ADDRESS["ada"])
        planted = mallory.cookies[f"{COOKIE}0"]
        browser.cookies.set(f"{COOKIE}0", planted, domain="localhost.local")
        await sign_in(browser, asking("B2C_1_a", prompt="login"))
        assert not await silently(mallory, asking("B2C_1_a"))


async def test_a_session_cookie_is_secure_and_ends_with_the_browser(
    browser: httpx2.AsyncClient,
) -> None:
    await sign_in(browser, asking("B2C_1_a"))
    (cookie,) = [one for one in browser.cookies.jar if one.name == f"{COOKIE}0"]
    assert cookie.secure
    assert cookie.discard
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") == "none"


# ------------------------------------------------------------------ keep me signed in

KEPT, TICKED = asking("B2C_1_kept"), {"rememberMe": "true"}
WEEK_S = 7 * 86_400


def lifetime_s(browser: httpx2.AsyncClient, at: House) -> float | None:
    """How long the browser keeps the session's cookie; None: until it is closed."""
    (cookie,) = [one for one in browser.cookies.jar if one.name == f"{COOKIE}0"]
    offset = at.system.world.offset.total_seconds()
    return None if cookie.expires is None else cookie.expires - at.now.timestamp() + offset


async def test_who_wishes_is_kept_signed_in_for_the_flows_days(
    at: House, browser: httpx2.AsyncClient
) -> None:
    await sign_in(browser, KEPT, **TICKED)
    assert WEEK_S - 60 < (lifetime_s(browser, at) or 0) <= WEEK_S
    at.later(days=6, hours=23)
    assert await silently(browser, asking("B2C_1_kept_b"))
    assert lifetime_s(browser, at) is not None
    at.later(hours=1)  # from the sign-in, not from the last use
    assert not await silently(browser, KEPT)


async def test_a_flow_that_keeps_nobody_ends_the_wish(
    at: House, browser: httpx2.AsyncClient
) -> None:
    await sign_in(browser, KEPT, **TICKED)
    at.later(days=2)
    assert await silently(browser, asking("B2C_1_a"))
    assert lifetime_s(browser, at) is None
    at.later(hours=25)
    assert not await silently(browser, KEPT)


@pytest.mark.parametrize(
    ("url", "ticked"),
    [(KEPT, {}), (asking("B2C_1_a"), TICKED)],
    ids=["not ticked", "not offered"],
)
async def test_who_does_not_wish_is_not_kept(
    at: House, browser: httpx2.AsyncClient, url: str, ticked: dict[str, str]
) -> None:
    await sign_in(browser, KEPT, **TICKED)
    await sign_in(browser, f"{url}&prompt=login", **ticked)
    assert lifetime_s(browser, at) is None
    at.later(hours=25)
    assert not await silently(browser, url)

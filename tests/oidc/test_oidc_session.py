"""Single sign-on and its end: cookies, lifetimes, and where a browser may go afterwards."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from oidc.contoso import (
    BASE,
    BOB,
    DEV,
    FABRIKAM_TID,
    NOW,
    SERVE,
    SIGNER,
    SPA,
    SPA_URI,
    SUSI,
    TID,
    WEB,
    WEB_URI,
    contoso,
    fabrikam,
    key,
)
from oidc.endpoint import Endpoint, endpoint
from vestibule.oidc.faults import Fault
from vestibule.oidc.logout import check_logout
from vestibule.oidc.session import Started, end, find, join, reach, start
from vestibule.settings import Settings
from vestibule.tenancy import Flow, Tenant

ABSOLUTE = replace(SUSI, settings={**SUSI.settings, "sessionExpiry": "absolute"})
STRICT = replace(SUSI, settings={**SUSI.settings, "requireIdTokenForLogout": True})
CLAIMS: dict[str, Any] = {
    "iss": f"{BASE}/{TID}/v2.0/",
    "aud": WEB,
    "sub": BOB,
    "exp": int(NOW.timestamp()) + 1,
}
HINT = SIGNER.sign(key("contoso"), CLAIMS)
_TO_APP = {"post_logout_redirect_uri": WEB_URI}
_ELSEWHERE = {"post_logout_redirect_uri": "https://mallory.test"}


async def begin(at: Endpoint, *, previous: str = "", flow: Flow = SUSI) -> Started:
    counts = reach(at.tenant, flow, WEB)
    assert counts
    started = await start(
        BOB,
        int(at.world.now().timestamp()),
        previous=previous,
        at=counts,
        flow=flow,
        client=WEB,
        keep=False,
        tickets=at.tickets,
        world=at.world,
        now=at.world.now(),
    )
    await at.tickets.put(started.ticket)
    await end(previous, at=counts, tickets=at.tickets)
    return started


async def seen(at: Endpoint, cookie: str, tenant: Tenant | None = None) -> Any:
    counts = reach(tenant or at.tenant, SUSI, WEB)
    return await find(cookie, at=counts, tickets=at.tickets, now=at.world.now())


@pytest.mark.anyio
async def test_a_session_is_found_by_its_cookie_at_its_tenant_alone(tmp_path: Path) -> None:
    async with endpoint(tmp_path) as at:
        started = await begin(at)
        found = await seen(at, started.cookie)
        assert (found.user, found.auth_time) == (BOB, int(NOW.timestamp()))
        assert await seen(at, started.cookie, fabrikam()) is None
        assert await seen(at, "") is None
        assert await seen(at, started.cookie + "x") is None
        counts = reach(at.tenant, SUSI, WEB)
        assert counts
        assert counts.cookie == "x-ms-cpim-sso:contoso.onmicrosoft.com_0"


@pytest.mark.anyio
async def test_every_authentication_draws_a_new_cookie_and_ends_the_old(tmp_path: Path) -> None:
    async with endpoint(tmp_path) as at:
        first = await begin(at, previous="planted by Mallory")
        second = await begin(at, previous=first.cookie)
        assert first.cookie != second.cookie
        assert await seen(at, first.cookie) is None
        assert await seen(at, second.cookie)
        counts = reach(at.tenant, SUSI, WEB)
        assert counts
        await end(second.cookie, at=counts, tickets=at.tickets)
        assert await seen(at, second.cookie) is None


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("flow", "lives"), [(SUSI, True), (ABSOLUTE, False)], ids=["rolling", "absolute"]
)
async def test_a_session_lasts_a_day_from_its_last_use_or_its_start(
    tmp_path: Path, flow: Flow, *, lives: bool
) -> None:
    async with endpoint(tmp_path) as at:
        started = await begin(at, flow=flow)
        at.world.later(hours=23)
        assert await seen(at, started.cookie)
        at.world.later(hours=23)
        found = await seen(at, started.cookie)
        assert (found is not None) is lives
        if lives:
            assert found.auth_time == int(NOW.timestamp())
            at.world.later(hours=24)
            assert await seen(at, started.cookie) is None


@pytest.mark.anyio
async def test_max_age_counts_from_the_authentication(tmp_path: Path) -> None:
    async with endpoint(tmp_path) as at:
        session = (await begin(at)).session
    assert session.satisfies(None, NOW + timedelta(days=9))
    assert session.satisfies(60, NOW + timedelta(seconds=60))
    assert not session.satisfies(60, NOW + timedelta(seconds=61))


@pytest.mark.anyio
async def test_applications_that_join_at_once_are_all_remembered(tmp_path: Path) -> None:
    clients = [f"client-{number}" for number in range(8)]
    async with endpoint(tmp_path) as at:
        started = await begin(at)
        counts = reach(at.tenant, SUSI, WEB)

        async def take_part(client: str, user: str = BOB) -> bool:
            return await join(
                started.cookie,
                user,
                at=counts,
                flow=SUSI,
                client=client,
                tickets=at.tickets,
                now=at.world.now(),
            )

        await asyncio.gather(*(take_part(client) for client in clients))
        await take_part("somebody else's", "another user")
        found = await seen(at, started.cookie)
        assert sorted(found.applications) == sorted([WEB, *clients])
        for number in range(60):
            await take_part(f"later-{number}")
        found = await seen(at, started.cookie)
        assert len(found.applications) == 50
        assert found.applications[-1] == "later-59"


def leave(settings: Settings = DEV, flow: Flow = SUSI, /, **parameters: str) -> str | None:
    answer = check_logout(
        parameters,
        tenant=contoso(),
        flow=flow,
        base=BASE,
        signer=SIGNER,
        settings=settings,
        now=NOW,
    )
    return answer.location() if answer else None


def hint(**changes: Any) -> str:
    return SIGNER.sign(key("contoso"), {**CLAIMS, **changes})


@pytest.mark.parametrize(
    ("settings", "flow", "parameters", "location"),
    [
        (DEV, SUSI, {}, None),
        (DEV, SUSI, {"state": "s"}, None),
        (DEV, SUSI, {"post_logout_redirect_uri": "https://any.test/a"}, "https://any.test/a"),
        (DEV, SUSI, {"post_logout_redirect_uri": "http://localhost:3000/"}, "http://localhost:3000/"),
        (SERVE, SUSI, _TO_APP | {"state": "ä"}, WEB_URI + "?state=%c3%a4"),
        (SERVE, SUSI, {"post_logout_redirect_uri": WEB_URI, "client_id": WEB}, WEB_URI),
        (SERVE, SUSI, {"post_logout_redirect_uri": WEB_URI, "id_token_hint": HINT}, WEB_URI),
        (SERVE, SUSI, {"post_logout_redirect_uri": WEB_URI, "id_token_hint": "old"}, WEB_URI),
        (DEV, STRICT, {"post_logout_redirect_uri": WEB_URI, "id_token_hint": HINT}, WEB_URI),
        (DEV, STRICT, {"id_token_hint": HINT}, None),
    ],
    ids=[
        "nowhere", "nowhere with state", "anywhere in dev", "loopback in dev", "registered",
        "registered by the client", "registered by the hinted client", "useless hint",
        "hint demanded", "hint demanded, nowhere",
    ],
)  # fmt: skip
def test_after_logout_the_browser_goes_where_it_may(
    settings: Settings, flow: Flow, parameters: dict[str, str], location: str | None
) -> None:
    assert leave(settings, flow, **parameters) == location


@pytest.mark.parametrize(
    ("settings", "flow", "parameters", "number"),
    [
        (SERVE, SUSI, {"post_logout_redirect_uri": "https://any.test/"}, "90067"),
        (SERVE, SUSI, {"post_logout_redirect_uri": SPA_URI, "client_id": WEB}, "90067"),
        (SERVE, SUSI, {"post_logout_redirect_uri": SPA_URI, "id_token_hint": HINT}, "90067"),
        (DEV, SUSI, {"post_logout_redirect_uri": "http://any.example/"}, "90067"),
        (DEV, SUSI, {"post_logout_redirect_uri": "javascript:alert(1)"}, "90067"),
        (DEV, SUSI, {"post_logout_redirect_uri": "//any.example"}, "90067"),
        (DEV, SUSI, {"post_logout_redirect_uri": "https://a.example/\r\nSet-Cookie: a=b"}, "90067"),
        (DEV, STRICT, {"post_logout_redirect_uri": WEB_URI}, "90272"),
        (DEV, STRICT, {"id_token_hint": "nonsense"}, "90240"),
        (DEV, STRICT, {"id_token_hint": HINT[:-4] + "AAAA"}, "90239"),
        (DEV, STRICT, {"id_token_hint": SIGNER.sign(key("fabrikam"), CLAIMS)}, "90239"),
        (DEV, STRICT, {"id_token_hint": hint(iss=f"{BASE}/{FABRIKAM_TID}/v2.0/")}, "90238"),
        (DEV, STRICT, {"id_token_hint": hint(aud="somebody")}, "90237"),
        (DEV, STRICT, {"id_token_hint": hint(azp=WEB)}, "90237"),
        (DEV, STRICT, {"id_token_hint": HINT, "client_id": SPA}, "90237"),
        (DEV, STRICT, {"id_token_hint": hint(exp=int(NOW.timestamp()))}, "90235"),
        (DEV, STRICT, {"id_token_hint": HINT} | _ELSEWHERE, "90067"),
    ],
    ids=[
        "not registered", "of another client", "not of the hinted client", "http", "script",
        "no scheme", "header injection", "hint missing", "hint malformed", "signature",
        "other tenant's key", "issuer", "audience", "an access token", "another client",
        "expired", "hint demanded, foreign",
    ],
)  # fmt: skip
def test_a_logout_that_may_not_be_followed_says_why(
    settings: Settings, flow: Flow, parameters: dict[str, str], number: str
) -> None:
    with pytest.raises(Fault) as refusal:
        leave(settings, flow, **parameters)
    assert refusal.value.number == number

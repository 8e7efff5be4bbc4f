"""What an administrator takes away while somebody is on the way through an identity provider."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from oidc.contoso import TID
from oidc.house import answered, asking, follow
from oidc.test_oidc_federation import (  # noqa: F401 - fixtures
    BOTH,
    BY_QUERY,
    CODE,
    QUIET,
    Town,
    at,
    browser,
    claims,
    come,
    depart,
    finish,
    landed,
    returned,
    there,
    town,
)
from people import Page
from vestibule.ports import Query
from vestibule.vault import digest

pytestmark = pytest.mark.anyio


@contextmanager
def offering(at: Town, flow: str, *providers: str) -> Iterator[None]:  # noqa: F811
    """The flow offers these alone."""
    directory, tenant = cast("Any", at.house.system.tenants), at.house.tenant
    changed = replace(tenant.flows[flow.casefold()], providers=providers)
    directory.tenants = (replace(tenant, flows={**tenant.flows, flow.casefold(): changed}),)
    try:
        yield
    finally:
        directory.tenants = (tenant,)


@pytest.mark.parametrize("left", [(BY_QUERY,), ()], ids=["another is left", "none is left"])
@pytest.mark.parametrize("known", [True, False], ids=["known", "new"])
async def test_nobody_comes_back_by_a_provider_that_was_taken_from_the_flow(
    at: Town,  # noqa: F811
    browser: httpx2.AsyncClient,  # noqa: F811
    left: tuple[str, ...],
    *,
    known: bool,
) -> None:
    if known:
        async with at.house.browser() as another:
            await claims(at, QUIET, await come(at, another, asking(QUIET)))
    asked = at.provider.count("/token")
    address = await depart(browser, asking(BOTH))
    with offering(at, BOTH, *left):
        page = await landed(browser, await returned(at, browser, address))
        assert isinstance(page, Page)
        assert (page.status, 'id="password"' in page.text) == (200, True)
        assert [one in page.text for one in (CODE, BY_QUERY)] == [False, BY_QUERY in left]
    assert at.provider.count("/token") == asked


@pytest.mark.parametrize("left", [(BY_QUERY,), ()], ids=["another is left", "none is left"])
async def test_nobody_signs_up_by_a_provider_that_was_taken_from_the_flow(
    at: Town,  # noqa: F811
    browser: httpx2.AsyncClient,  # noqa: F811
    left: tuple[str, ...],
) -> None:
    details = await come(at, browser, asking(BOTH))
    with offering(at, BOTH, *left):
        page = await finish(browser, details)
        assert isinstance(page, Page)
        assert (page.status, 'id="password"' in page.text) == (200, True)
    found = await at.house.system.entities.find(Query("user_identity", TID))
    assert at.provider.person["sub"] not in [row["issuer_assigned_id"] for row in found]
    again = await finish(browser, await come(at, browser, asking(BOTH)))
    assert "code" in answered(again)


async def test_who_comes_back_to_an_answer_that_was_lost_is_not_sent_away_again(
    at: Town,  # noqa: F811
    browser: httpx2.AsyncClient,  # noqa: F811
) -> None:
    """The server ended between the state, which counts once, and what the answer was worth."""
    address = await depart(browser, asking(BOTH))
    state = dict(parse_qsl(urlsplit(address).query))["state"]
    taken = await at.house.system.tickets.take(
        "departure", TID, digest(state), at.house.system.world.now()
    )
    assert taken is not None
    page = await landed(browser, await returned(at, browser, address))
    assert isinstance(page, Page)
    form = {**page.form.fields, "action": "back"}
    page = await follow(browser, await browser.post(page.form.action, data=form))
    assert isinstance(page, Page)
    assert 'id="password"' in page.text
    assert "code" in answered(await finish(browser, await come(at, browser, asking(BOTH))))

"""One server for a worker's tests of Graph's face; a tenant of its own for every story."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from live import Live, running
from resources.tokens import Mint, minting


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with running(tmp_path_factory.mktemp("dev")) as server:
        yield server


@pytest.fixture(scope="session")
def mint(live: Live) -> Iterator[Mint]:
    with minting(live) as mint:
        yield mint


@pytest.fixture(scope="session")
def anybody(live: Live) -> Iterator[httpx2.Client]:
    """A client without a token."""
    with live.http() as client:
        yield client


@pytest.fixture(scope="session")
def shared(live: Live, mint: Mint) -> Iterator[httpx2.Client]:
    """A client that may do everything in a tenant where every request is refused."""
    yield from _client(live, mint)


@pytest.fixture
def graph(live: Live, mint: Mint) -> Iterator[httpx2.Client]:
    """A client that may do everything in a tenant where nobody else is."""
    yield from _client(live, mint)


def _client(live: Live, mint: Mint) -> Iterator[httpx2.Client]:
    _, token = mint.fresh_tenant()
    with live.http(headers={"authorization": f"Bearer {token}"}) as client:
        yield client


@pytest.fixture(scope="session")
def contoso(live: Live, contoso_token: str) -> Iterator[httpx2.Client]:
    """A client that may do everything in the tenant that is seeded."""
    with live.http(headers={"authorization": f"Bearer {contoso_token}"}) as client:
        yield client


@pytest.fixture(scope="session")
def contoso_token(live: Live) -> str:
    """May do everything in the tenant that is seeded."""
    return live.token()

"""One store for each engine and module. A test has a tenant of its own, not an empty database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from cluster import Cluster
from store.shop import open_shop, prepare_postgres
from vestibule.store import Store


@pytest.fixture(scope="session")
def shop_url(cluster: Cluster) -> str:
    url = cluster.database()
    prepare_postgres(url)
    return url


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str | Path:
    """Where the shop's database is: a new file, or the one of this run on PostgreSQL."""
    if request.param == "sqlite":
        return tmp_path_factory.mktemp("shop") / "shop.db"
    url: str = request.getfixturevalue("shop_url")
    return url


@pytest.fixture(scope="module")
async def store(anyio_backend: str, place: str | Path) -> AsyncIterator[Store]:  # noqa: ARG001
    store = await open_shop(place)
    yield store
    await store.close()


@pytest.fixture
def tenant() -> str:
    return f"tenant-{uuid4()}"

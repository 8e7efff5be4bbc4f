"""What every test may ask for: the event loop's kind, and a private PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cluster import Cluster


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """One for each worker of a parallel run, started on first use."""
    cluster = Cluster()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def postgres(cluster: Cluster) -> str:
    """The URL of a database that was empty when the tests began."""
    return cluster.database()

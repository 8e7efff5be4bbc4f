"""What every test may ask for: the event loop's kind, a private PostgreSQL, and three options."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cluster import Cluster


def pytest_addoption(parser: pytest.Parser) -> None:
    """Tests that hold files against the program may be told to write them instead."""
    parser.addoption("--golden", action="store_true", help="write the golden files anew")
    parser.addoption("--witness", action="store_true", help="write COVERAGE.md anew")
    parser.addoption("--screens", metavar="DIR", help="write a picture of every page into DIR")


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

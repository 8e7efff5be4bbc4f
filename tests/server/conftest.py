"""One server of each kind for a worker: `vestibule dev`, and two processes of `vestibule serve`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cluster import Cluster
from live import Live, running
from production import Production, serving
from server.sites import Site, of_development, of_production, second_tenant, with_flow


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with running(tmp_path_factory.mktemp("dev")) as server:
        yield server


@pytest.fixture(scope="session")
def production(tmp_path_factory: pytest.TempPathFactory, cluster: Cluster) -> Iterator[Production]:
    """Two processes on one database."""
    folder = tmp_path_factory.mktemp("serve")
    with serving(folder, cluster.database(), replicas=2) as served:
        yield served


@pytest.fixture(scope="session")
def contoso(production: Production) -> Site:
    return with_flow(of_production(production))


@pytest.fixture(scope="session")
def fabrikam(production: Production) -> Site:
    return with_flow(second_tenant(production, "fabrikam.example"))


@pytest.fixture(scope="session", params=["SQLite", "PostgreSQL"])
def site(request: pytest.FixtureRequest) -> Site:
    """The same story on both engines: one process, and two."""
    if request.param == "SQLite":
        return of_development(request.getfixturevalue("live"))
    contoso: Site = request.getfixturevalue("contoso")
    return contoso

"""One server for a worker's interop tests, and clients that trust it as the README says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from live import Live, running


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The same for all modules: aiohttp keeps the authorities that it first trusted."""
    with running(tmp_path_factory.mktemp("dev")) as server:
        yield server


@pytest.fixture(scope="module", autouse=True)
def trust(live: Live) -> Iterator[None]:
    """Not for the session: what else runs in this process trusts its own authorities."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            patch.setenv(name, live.ca_file)
        yield


@pytest.fixture(scope="session")
def node() -> str:
    """The Node that `make test` made sure of."""
    tools = Path(__file__).parents[2] / ".tools" / "bin" / "node"
    return str(tools) if tools.exists() else "node"

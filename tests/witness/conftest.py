"""A server with a recorder in front; the verdicts of a whole run become COVERAGE.md."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from live import Live, running
from resources.tokens import minting
from vestibule.oidc.signing import peek
from witness.case import Place, Verdict
from witness.operations import Operation, load
from witness.recorder import Recorder
from witness.report import FILE, written
from witness.watch import watching

VERDICTS = pytest.StashKey[dict[Operation, Verdict]]()


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with running(tmp_path_factory.mktemp("dev")) as server:
        yield server


@pytest.fixture(scope="session")
def place(live: Live) -> Iterator[Place]:
    """A tenant in which nobody else is."""
    with minting(live) as mint:
        tenant, token = mint.fresh_tenant()
        domain = mint.tenant(tenant).domain
    assert peek(token)[1]["tid"] == tenant
    recorder = Recorder(httpx2.HTTPTransport(verify=live.trust()), load())
    authorization = {"authorization": f"Bearer {token}"}
    with (
        httpx2.Client(
            base_url=live.base, transport=recorder, timeout=30, headers=authorization
        ) as client,
        watching(live.data_dir) as watch,
    ):
        yield Place(live.base, client, recorder, watch, tenant, domain)


@pytest.fixture
def verdicts(pytestconfig: pytest.Config) -> dict[Operation, Verdict] | None:
    """Where verdicts are gathered to be written; None when they are compared."""
    if not pytestconfig.getoption("--witness"):
        return None
    return pytestconfig.stash.setdefault(VERDICTS, {})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write the file, and say what is not served and why."""
    found = terminalreporter.config.stash.get(VERDICTS, None)
    if found is None:
        return
    for operation, verdict in found.items():
        if verdict.problem:
            terminalreporter.write_line(f"{operation.name}: {verdict.problem}")
    if len(found) == len(load()):  # part of a run says nothing about the rest
        states = {operation: found[operation].state for operation in load()}
        FILE.write_text(written(states), encoding="utf-8")
        terminalreporter.write_line(f"{FILE.name} is written.")

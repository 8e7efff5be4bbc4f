"""Kill -9 while four programs write: what was acknowledged is there, what was deleted stays away.

On SQLite the server itself is killed; with PostgreSQL the server, and the postmaster under it.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from cluster import Cluster
from live import Live, running, start
from people import look, press
from production import Production, serving
from server.sites import (
    SUSI,
    Site,
    begin_sign_up,
    code_of,
    create,
    of_development,
    of_production,
    sign_up,
    verify,
    with_flow,
)

WRITERS = 4
CYCLES = 5
SOAK_CYCLES = 200
READY_WITHIN_S = 10  # generous: the machine may be busy; the usual figure is printed
FLOWS = "/beta/identity/b2cUserFlows"
CONNECTORS = "/beta/identity/apiConnectors"
CONNECTOR = {
    "displayName": "0",
    "targetUrl": "https://approve.contoso.example/",
    "authenticationConfiguration": {
        "@odata.type": "#microsoft.graph.basicAuthentication",
        "username": "vestibule",
        "password": "stand-in",
    },
}


@dataclass(slots=True)
class Ledger:
    """What one writer was promised. `unsure`: asked for, with no answer before the crash."""

    connector: str
    present: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)
    number: int = 0  # of the connector's name, as last acknowledged

    def write(self, graph: httpx2.Client) -> None:
        """Create, count up, and delete every third, until there is no answer."""
        while True:
            name = f"B2C_1_{uuid4().hex}"
            if not self._done(graph, "POST", FLOWS, {**SUSI, "id": name}, name):
                return
            self.present.add(name)
            step = {"displayName": str(self.number + 1)}
            if not self._done(graph, "PATCH", f"{CONNECTORS}/{self.connector}", step):
                return
            self.number += 1
            if len(self.present) % 3:
                continue
            victim = self.present.pop()
            if not self._done(graph, "DELETE", f"{FLOWS}/{victim}", None, victim):
                return
            self.gone.add(victim)

    def _done(
        self, graph: httpx2.Client, verb: str, path: str, body: object, flow: str = ""
    ) -> bool:
        try:
            answer = graph.request(verb, path, json=body)
        except httpx2.TransportError:
            answer = None
        if answer is not None and answer.status_code in {201, 204}:
            return True
        assert answer is None or answer.status_code == 503, answer.text
        if flow:
            self.unsure.add(flow)
        return False

    def check(self, stored: set[str], connectors: dict[str, str]) -> None:
        """Hold it against what is there now."""
        assert self.present <= stored, "acknowledged and lost"
        assert not self.gone & stored, "deleted and back again"
        name = int(connectors[self.connector])
        assert self.number <= name <= self.number + 1, "an acknowledged change was lost"
        self.number = name
        self.present |= self.unsure & stored
        self.gone |= self.unsure - stored
        self.unsure.clear()


def new_ledgers(graph: httpx2.Client) -> list[Ledger]:
    made = [graph.post(CONNECTORS, json=CONNECTOR) for _ in range(WRITERS)]
    return [Ledger(answer.json()["id"]) for answer in made]


def everything(graph: httpx2.Client, path: str) -> list[dict[str, str]]:
    """A collection to its last page."""
    found: list[dict[str, str]] = []
    address = f"{path}?$top=999"
    while address:
        page = graph.get(address).json()
        found += page["value"]
        address = page.get("@odata.nextLink", "")
    return found


def crash(
    graphs: Callable[[], httpx2.Client], ledgers: list[Ledger], kill: Callable[[], None]
) -> None:
    """Four writers at work; then, at any moment, the kill."""
    clients = [graphs() for _ in ledgers]
    writers = [
        threading.Thread(target=ledger.write, args=(client,))
        for ledger, client in zip(ledgers, clients, strict=True)
    ]
    for writer in writers:
        writer.start()
    time.sleep(random.uniform(0.2, 0.8))  # noqa: S311 - any moment will do
    kill()
    for writer in writers:
        writer.join(30)
        assert not writer.is_alive()
    for client in clients:
        client.close()


def audit(graph: httpx2.Client, ledgers: list[Ledger], standing: set[str]) -> None:
    """Everything promised is there, and nothing else."""
    stored = {flow["id"] for flow in everything(graph, FLOWS)}
    connectors = {row["id"]: row["displayName"] for row in everything(graph, CONNECTORS)}
    for ledger in ledgers:
        ledger.check(stored, connectors)
    known = set[str]().union(*(ledger.present for ledger in ledgers))
    assert stored - known == standing, "something that nobody asked for"


def report(what: str, times_s: list[float]) -> None:
    print(f"{what}: {len(times_s)} crashes, longest {max(times_s):.2f} s")  # noqa: T201 - a figure to quote
    assert max(times_s) < READY_WITHIN_S


# --------------------------------------------------------------------------- the server


@pytest.mark.parametrize("cycles", [CYCLES, pytest.param(SOAK_CYCLES, marks=pytest.mark.soak)])
def test_killing_the_development_server_loses_nothing(tmp_path: Path, cycles: int) -> None:
    times_s = []
    with running(tmp_path) as live:
        site = of_development(live)
        with site.graph() as graph:
            standing = {flow["id"] for flow in everything(graph, FLOWS)}
            ledgers = new_ledgers(graph)
            for _ in range(cycles):
                crash(site.graph, ledgers, live.kill)
                times_s.append(started_again(live))
                audit(graph, ledgers, standing)
    report("vestibule dev ready again", times_s)


@pytest.fixture
def crashing() -> Iterator[Cluster]:
    """A cluster of this test's own, since it is killed."""
    cluster = Cluster()
    yield cluster
    cluster.stop()


@pytest.mark.parametrize("cycles", [CYCLES, pytest.param(SOAK_CYCLES, marks=pytest.mark.soak)])
def test_killing_server_or_postmaster_in_production_loses_nothing(
    tmp_path: Path, crashing: Cluster, cycles: int
) -> None:
    restarts_s, recoveries_s = [], []
    with serving(tmp_path, crashing.database()) as served:
        site = with_flow(of_production(served))
        replica = served.replicas[0]
        with site.graph() as graph:
            ledgers = new_ledgers(graph)
            standing = {"B2C_1_susi"}
            for _ in range(cycles):
                crash(site.graph, ledgers, replica.kill)
                restarts_s.append(replica.start(site.ca_file))
                audit(graph, ledgers, standing)

                crash(site.graph, ledgers, crashing.kill)
                assert graph.get("/readyz").status_code == 503
                assert graph.get("/healthz").status_code == 200
                crashing.start()
                recoveries_s.append(until_ready(graph))
                audit(graph, ledgers, standing)
    report("vestibule serve ready again", restarts_s)
    report("first good answer after PostgreSQL was back", recoveries_s)


def until_ready(client: httpx2.Client) -> float:
    """Seconds until the server can do its work again; it is not restarted for that."""
    began = time.perf_counter()
    while client.get("/readyz").status_code != 200:
        assert time.perf_counter() - began < READY_WITHIN_S
        time.sleep(0.05)
    return time.perf_counter() - began


# --------------------------------------------------------------------------- people


@pytest.mark.parametrize("engine", ["SQLite", "PostgreSQL"])
def test_people_go_on_after_a_crash_where_they_were(
    tmp_path: Path, request: pytest.FixtureRequest, engine: str
) -> None:
    """Journeys, sessions and refresh tokens survive; what was used up stays so."""
    if engine == "SQLite":
        with running(tmp_path) as live:
            go_on(of_development(live), lambda: restarted(live))
    else:
        database = request.getfixturevalue("cluster").database()
        with serving(tmp_path, database) as served:
            go_on(with_flow(of_production(served)), lambda: restarted_replica(served))


def restarted(live: Live) -> None:
    live.kill()
    started_again(live)


def started_again(live: Live) -> float:
    """At the same address; the seconds that took."""
    began = time.perf_counter()
    live.process = start(live.data_dir, "--port", live.base.rsplit(":", 1)[1]).process
    return time.perf_counter() - began


def restarted_replica(served: Production) -> None:
    served.replicas[0].kill()
    served.replicas[0].start(served.ca_file)


def go_on(site: Site, crashed: Callable[[], None]) -> None:
    address = f"ada-{uuid4().hex[:8]}@contoso.example"
    with site.http() as ada, site.http() as bob, site.http() as carol:
        used = code_of(sign_up(site, ada, address))
        spent = site.redeem(used).json()["refresh_token"]
        refresh = site.refresh(spent).json()["refresh_token"]
        fresh = site.silent_code(ada)
        page = begin_sign_up(site, bob, f"bob-{uuid4().hex[:8]}@contoso.example")
        verified_as = f"carol-{uuid4().hex[:8]}@contoso.example"
        verified = verify(site, carol, begin_sign_up(site, carol, verified_as), verified_as)

        crashed()

        assert site.redeem(fresh).status_code == 200
        assert site.refresh(refresh).status_code == 200
        assert site.silent_code(ada)
        bobs = page.form.fields["email"]
        assert code_of(create(bob, verify(site, bob, page, bobs), bobs))
        assert code_of(create(carol, verified, verified_as))
        assert site.redeem(used).status_code == 400, "a code that was used up before the crash"
        assert site.refresh(spent).status_code == 400
        with site.http() as browser:
            again = look(browser, site.authorize())
            landed = press(browser, again, "signin", email=address, password="Wrong-Horse-1")
            assert not isinstance(landed, str), "any password will do"

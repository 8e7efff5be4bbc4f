"""`make bench`: server CPU per request, beside what the same machine can do without us.

Server CPU is the user + system time of the server's process divided by the requests, warm, on
kept-alive TLS connections; PostgreSQL's own processes are not counted. Judge by the ratios:
machines are noisy, so RSA is measured in the pauses between the runs of each case, and the best
of each counts.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from calls import calls
from cases import BENCHES, Case, Figure, measure
from cluster import Cluster
from crowd import crowd
from federation import arrivals
from filters import figures
from grants import grants
from growth import GOAL, MANY, Grown, flows_grown, grown
from hung import hung
from limits import argon2_us, postgres_commits_per_s, rested_rsa_us, sqlite_commits_per_s
from servers import Bench, development, production, resident_mb, start_up_s
from visits import visits

IDLE_MB = 120
READY_S = 2
GOAL_OF_A_CROWD = 2


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `goal` None: there is none."""

    name: str
    figure: float
    unit: str
    goal: float | None = None
    ratio: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """What the run has found so far."""

    requests: list[tuple[str, Case, Figure]]
    others: list[Row]


def main() -> None:
    """Measure, then print the table."""
    found = Measured([], [])
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        embedded(home / "dev", found)
        with step("SQLite alone"):
            rate = sqlite_commits_per_s(home)
            found.others.append(Row("bare SQLite insert, WAL, FULL", rate, "/s"))
        replicated(home / "serve", found)
    with step("filters"):
        found.others.extend(Row(name, us, "µs", goal) for name, us, goal in figures())
    with step("calls of connectors"), tempfile.TemporaryDirectory() as folder:
        for called in calls(Path(folder)):
            found.others.append(Row(called.name, called.cpu_us, "µs", called.limit))
    with step("arrivals from a provider"), tempfile.TemporaryDirectory() as folder:
        for arrived in arrivals(Path(folder, "dev")):
            found.others.append(Row(arrived.name, arrived.cpu_us, "µs", arrived.limit))
    with step("argon2"):
        found.others.append(Row("one argon2id hash (19 MiB, t=2)", argon2_us(), "µs"))
    rsa = min(figure.rsa_us for _, _, figure in found.requests)
    found.others.append(Row("one RSA-2048 signature", rsa, "µs"))
    found.others.append(Row("the same after 2 ms of rest", rested_rsa_us(), "µs"))
    print(table(found))


def embedded(data_dir: Path, found: Measured) -> None:
    """`vestibule dev`: its requests, its memory, its start."""
    with development(data_dir) as bench:
        time.sleep(3)  # the seeds have just been hashed
        idle = resident_mb(bench.pid)
        found.others.append(Row("resident when idle, new directory", idle, "MB", IDLE_MB))
        growth(bench, "SQLite", flows_grown, found)
        for case in BENCHES:
            request(bench, "SQLite", case, found)
        people(bench, "SQLite", found)
        persons(bench, "SQLite", found)
        patience(bench, "SQLite", found)
        growth(bench, "SQLite", grown, found)
    with step("start"):
        ready = start_up_s(data_dir)
        found.others.append(Row("ready on an existing directory", ready, "s", READY_S))


def replicated(folder: Path, found: Measured) -> None:
    """`vestibule serve` on PostgreSQL, for what differs there."""
    cluster = Cluster()
    try:
        with step("PostgreSQL alone"):
            rate = postgres_commits_per_s(cluster.database())
            found.others.append(Row("bare PostgreSQL insert, 1 client", rate, "/s"))
        with production(folder, cluster) as bench:
            for case in BENCHES:
                if "PostgreSQL" in case.goal:
                    request(bench, "PostgreSQL", case, found)
            people(bench, "PostgreSQL", found)
            persons(bench, "PostgreSQL", found)
            patience(bench, "PostgreSQL", found)
            growth(bench, "PostgreSQL", grown, found)
    finally:
        cluster.stop()


def request(bench: Bench, engine: str, case: Case, found: Measured) -> None:
    """Measure one case."""
    with step(f"{engine}: {case.name}"):
        found.requests.append((engine, case, asyncio.run(measure(bench, case))))


def people(bench: Bench, engine: str, found: Measured) -> None:
    """Measure the grants of a person."""
    with step(f"{engine}: grants of a person"):
        for one in asyncio.run(grants(bench)):
            figure = one.figure
            note = f"{figure.per_s:.0f} requests/s; {figure.cpu_us / figure.rsa_us:.2f} × RSA"
            row = Row(f"{one.name}, {engine}", figure.cpu_us, "µs", one.limit(engine), note=note)
            found.others.append(row)


def persons(bench: Bench, engine: str, found: Measured) -> None:
    """Measure visits of people, and what others wait for while they sign in."""
    with step(f"{engine}: visits"):
        for one in asyncio.run(visits(bench)):
            note = f"of {one.whole:.0f} µs with the hash, which alone takes {one.hash_us:.0f}"
            row = Row(f"{one.name}, {engine}", one.beside, "µs", one.limit, note=note)
            found.others.append(row)
    with step(f"{engine}: a crowd"):
        seen = crowd(bench)
        note = (
            f"{seen.calm_s * 1e3:.1f} → {seen.crowded_s * 1e3:.1f} ms; {seen.per_s:.0f} sign-ins/s"
        )
        found.others.append(
            Row(f"p99 beside sign-ins, {engine}", seen.times, "×", GOAL_OF_A_CROWD, note=note)
        )


def patience(bench: Bench, engine: str, found: Measured) -> None:
    """Measure what others wait for while calls of a connector hang."""
    with step(f"{engine}: a connector that hangs"):
        seen = hung(bench)
        note = f"{seen.calm_s * 1e3:.1f} → {seen.hung_s * 1e3:.1f} ms; {seen.calls} calls hung"
        name = f"p99 beside hung connectors, {engine}"
        found.others.append(Row(name, seen.times, "×", GOAL_OF_A_CROWD, note=note))


def growth(
    bench: Bench,
    engine: str,
    measured: Callable[[Bench], Coroutine[Any, Any, list[Grown]]],
    found: Measured,
) -> None:
    """Measure again when there are many. People are the last of a server's measurements."""
    with step(f"{engine}: up to {MANY:,}"):
        for one in asyncio.run(measured(bench)):
            found.others.append(Row(f"{one.name}, {engine}", one.times, "×", GOAL))


@contextmanager
def step(name: str) -> Iterator[None]:
    """Progress on standard error."""
    began = time.perf_counter()
    yield
    print(f"  {name} ({time.perf_counter() - began:.1f} s)", file=sys.stderr)


def table(found: Measured) -> str:
    """Everything, one line each: figure, ratio to one RSA signature, goal, verdict."""
    rows = [_row(*measured, found.requests) for measured in found.requests] + found.others
    lines = [f"{'server CPU of one request':48}{'figure':>11}{'× RSA':>8}{'goal':>11}"]
    for row in rows:
        goal = f"≤ {_number(row.goal)} {row.unit}" if row.goal is not None else ""
        verdict = "" if row.goal is None else "ok" if row.figure <= row.goal else "OVER"
        figure = f"{_number(row.figure)} {row.unit}"
        lines.append(f"{row.name:48}{figure:>11}{row.ratio:>8}{goal:>11}  {verdict:5}{row.note}")
    return "\n".join(line.rstrip() for line in lines)


def _row(engine: str, case: Case, figure: Figure, every: list[tuple[str, Case, Figure]]) -> Row:
    goal, ratio = case.goal.get(engine), f"{figure.cpu_us / figure.rsa_us:.2f}"
    note = f"{figure.per_s:.0f} requests/s"
    if engine == "SQLite" and "RSA" in case.goal:
        goal, note = case.goal["RSA"] * figure.rsa_us, f"{note}; goal {case.goal['RSA']} × RSA"
    if case.cheaper is not None:
        name, times = case.cheaper
        dear = next(one.cpu_us for at, other, one in every if (at, other.name) == (engine, name))
        goal, note = dear / times, f"{note}; goal 1/{times} of {name}"
    return Row(f"{case.name}, {engine}", figure.cpu_us, "µs", goal, ratio, note)


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


if __name__ == "__main__":
    main()

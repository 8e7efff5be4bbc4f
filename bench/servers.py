"""The servers that are measured: real processes, real TLS, as a user starts them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from cluster import Cluster
from live import running, start
from production import serving
from server.sites import Site, of_development, of_production, with_flow


@dataclass(frozen=True, slots=True)
class Bench:
    """Where a server answers and as whom to call it."""

    pid: int
    port: int
    ca_file: str
    tenant: str
    client_id: str
    client_secret: str
    database: str
    site: Site


@contextmanager
def development(data_dir: Path) -> Iterator[Bench]:
    """`vestibule dev` on SQLite."""
    with running(data_dir) as live:
        facts = live.facts
        yield Bench(
            live.process.pid,
            int(live.base.rsplit(":", 1)[1]),
            live.ca_file,
            facts["tenant"],
            facts["client_id"],
            facts["client_secret"],
            f"sqlite:///{(data_dir / 'vestibule.db').resolve()}",
            of_development(live),
        )


@contextmanager
def production(folder: Path, cluster: Cluster) -> Iterator[Bench]:
    """`vestibule serve` on a PostgreSQL of its own."""
    database = cluster.database()
    with serving(
        folder,
        database,
        VESTIBULE_LOG_LEVEL="warning",
        VESTIBULE_EGRESS_ALLOW='["localhost"]',  # a connector that is measured is here
        VESTIBULE_EGRESS_CA=str(folder / "ca.pem"),
    ) as site:
        replica = site.replicas[0]
        yield Bench(
            replica.process.pid,
            replica.port,
            site.ca_file,
            site.tenant,
            site.client_id,
            site.client_secret,
            database,
            with_flow(of_production(site)),
        )


def start_up_s(data_dir: Path) -> float:
    """From the command to dev.json, the best of three."""

    def once() -> float:
        began = time.perf_counter()
        live = start(data_dir)
        took = time.perf_counter() - began
        live.stop()
        return took

    return min(once() for _ in range(3))


def resident_mb(pid: int) -> float:
    """Resident memory in megabytes."""
    return float(psutil.Process(pid).memory_info().rss / 1e6)


def cpu_s(pid: int) -> float:
    """User and system time of the process so far, to the nanosecond.

    What /proc/PID/stat says is rounded to 10 ms for each thread.
    """
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9

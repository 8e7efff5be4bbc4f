"""`make bench`: server CPU per request, beside what the same machine needs for the cryptography.

Server CPU is the user + system time of the server's process divided by the requests, warm, on
kept-alive TLS connections; PostgreSQL's own processes are not counted. Judge by the ratios:
machines are noisy, so RSA and argon2 are measured in the same run, before and after.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from cases import BENCHES, Case, measure
from cluster import Cluster
from limits import argon2_us, rsa_us
from servers import Bench, development, production, resident_mb, start_up_s


def main() -> None:
    """Print the table."""
    before = rsa_us()
    rows: list[tuple[str, float, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with development(home / "dev") as bench:
            rows += _rows(bench, "SQLite", BENCHES)
            rows.append(("resident when idle, MB", resident_mb(bench.pid), "at most 120"))
        rows.append(
            ("ready on an existing data directory, s", start_up_s(home / "dev"), "at most 2")
        )
        creates = [case for case in BENCHES if case.both]
        cluster = Cluster()
        try:
            with production(home / "serve", cluster) as bench:
                rows += _rows(bench, "PostgreSQL", creates)
        finally:
            cluster.stop()
    rsa = (before + rsa_us()) / 2
    print(f"\n{'one RSA-2048 signature':44} {rsa:10.0f} µs")
    print(f"{'one argon2id hash (19 MiB, t=2, p=1)':44} {argon2_us():10.0f} µs\n")
    for name, figure, goal in rows:
        ratio = f"{figure / rsa:6.2f} × RSA" if "µs" in name else ""
        print(f"{name:44} {figure:10.1f}    {ratio:14} {goal}")


def _rows(bench: Bench, engine: str, cases: list[Case]) -> list[tuple[str, float, str]]:
    rows = []
    for case in cases:
        began = time.perf_counter()
        figure = asyncio.run(measure(bench, case))
        print(f"  {engine}: {case.name} ({time.perf_counter() - began:.1f} s)", file=sys.stderr)
        rows.append((f"{case.name}, {engine}, µs", figure, case.goal(engine)))
    return rows


if __name__ == "__main__":
    main()

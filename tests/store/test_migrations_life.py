"""Every migration runs up on the schema before it, with rows in it; killed or failing half-way it
leaves nothing behind, and comes through when it is run again.

A new migration is covered by being there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise, takewhile
from logging import WARNING
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine

from cluster import Cluster
from store.shop import NOW, VAULT
from store.yesterday import Rows, fill, likeness, reflected, rows
from vestibule.oidc.signing import make_key
from vestibule.perform.tenants import Tenants
from vestibule.resources import RECORDS
from vestibule.store import open_store
from vestibule.store.dialects import SQLITE
from vestibule.store.migrations import path_of, schema_is_current, upgrade
from vestibule.store.migrations.run import configured, engine_for, run_upgrade
from vestibule.store.tables import build, ddl
from vestibule.world import SystemWorld

MIGRATING = Path(__file__).with_name("migrating.py")


def revisions() -> list[str]:
    """From the first to the newest."""
    with create_engine("sqlite://").connect() as connection:
        script = ScriptDirectory.from_config(configured(connection))
    return [one.revision for one in script.walk_revisions()][::-1]


STEPS = list(pairwise(["", *revisions()]))


@pytest.fixture(params=["sqlite", "postgres"])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Two empty databases."""
    if request.param == "sqlite":
        yield tuple(f"sqlite:///{tmp_path / name}.db" for name in "ab")  # type: ignore[misc]
    else:
        cluster: Cluster = request.getfixturevalue("cluster")
        yield cluster.database(), cluster.database()


def aged(url: str, twin: str, revision: str) -> None:
    """Make both what the version with this schema would have left."""
    if not revision:
        return
    run_upgrade(url, revision)
    fill(url)
    if urlsplit(url).scheme == "sqlite":
        shutil.copy(path_of(url), path_of(twin))
        return
    server, _, name = url.rpartition("/")
    other = twin.rpartition("/")[2]
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {other}".encode())
        connection.execute(f"CREATE DATABASE {other} TEMPLATE {name}".encode())


def statements(url: str, revision: str) -> int:
    """Migrate, and count the statements that it takes."""
    seen: list[Any] = []
    event.listen(Engine, "before_cursor_execute", count := lambda *given: seen.append(given))
    try:
        run_upgrade(url, revision)
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    return len(seen)


@pytest.mark.parametrize(("before", "after"), STEPS, ids=[after for _, after in STEPS])
def test_a_migration_keeps_what_is_there_and_survives_a_kill(
    urls: tuple[str, str],
    before: str,
    after: str,
    strike: Strike,
    caplog: pytest.LogCaptureFixture,
) -> None:
    url, twin = urls
    aged(url, twin, before)
    held = rows(twin) if before else {}
    assert all(held.values())
    number = statements(twin, after)
    assert [one for one in caplog.records if one.levelno >= WARNING] == []
    assert_kept(held, rows(twin))
    assert_sound(twin)
    strikes = [f"kill:{at}" for at in (1, 2, number // 2, number - 1, number, number + 1)]
    strikes += [f"fail:{at}" for at in (2, number // 2, number)]
    strike(url, after, strikes)
    assert likeness(url) == likeness(twin)


Strike = Callable[[str, str, list[str]], None]


@pytest.fixture(scope="module")
def strike() -> Iterator[Strike]:
    """Lets a migration be struck at these points, and at last come through."""
    with subprocess.Popen(
        [sys.executable, "-W", "error", str(MIGRATING)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        bufsize=1,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        orders, said = process.stdin, process.stdout

        def strike(url: str, revision: str, points: list[str]) -> None:
            orders.write(f"{' '.join((url, revision, *points))}\n")
            told = [line.strip() for line in takewhile(str.strip, said)]
            assert told == [*points, "done"]

        yield strike
        orders.close()


def test_a_new_file_that_is_made_at_once_is_whole_or_empty(strike: Strike, tmp_path: Path) -> None:
    url, twin = (f"sqlite:///{tmp_path / name}.db" for name in "ab")
    upgrade(twin, RECORDS)
    commit = len(ddl(build(RECORDS), SQLITE.dialect)) + 5
    strike(url, "new", [f"kill:{at}" for at in (1, 2, 10, commit - 1, commit)])
    assert likeness(url) == likeness(twin)


def assert_kept(before: Rows, after: Rows) -> None:
    """Every row is still there, in the columns that are."""
    for table, held in before.items():
        for row in held:
            now = [{name: new.get(name, row[name]) for name in row} for new in after[table]]
            assert row in now, f"{table}: {row} is gone"


def assert_sound(url: str) -> None:
    engine = engine_for(url)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall() == []
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        if schema_is_current(url):
            context = MigrationContext.configure(connection)
            assert compare_metadata(context, build(RECORDS).metadata) == []
    engine.dispose()


# --------------------------------------------------------------------------- what tenants have

BUILT_IN = ("AADSignup-OAUTH", "MSASignup-OAUTH", "EmailOtpSignup-OAUTH", "EmailPassword-OAUTH")
OLD = "t-old"
OWN = "extension_1_City"
FIRST_MOMENT = 10**14  # points in time are epoch microseconds


def settle(url: str) -> None:
    """A tenant as the first release made it, with an attribute of its own."""
    row = {"key": OLD, "id": OLD, "version": 1}
    provider = {"tenant": OLD, "version": 1, "kind": "builtIn", "identity_provider_type": "x"}
    values: dict[str, list[dict[str, Any]]] = {
        "tenant": [{"tenant": "", **row, "domain": "old.example", "domain_folded": "old.example"}],
        "identity_provider": [
            {**provider, "key": id.casefold(), "id": id, "display_name": id} for id in BUILT_IN
        ],
        "user_flow_attribute": [
            {"tenant": OLD, "key": OWN.casefold(), "id": OWN, "version": 1,
             "display_name": "City", "data_type": "string", "attribute_type": "custom"},
        ],
    }  # fmt: skip
    engine = engine_for(url)
    with engine.begin() as connection:
        tables = {table.name: table for table in reflected(connection)}
        for name, lines in values.items():
            connection.execute(tables[name].insert(), lines)
    engine.dispose()


def has(url: str, tenant: str) -> dict[str, list[dict[str, Any]]]:
    """By table what a tenant has beside what `settle` gave it; what is drawn at random is alike."""
    settled = {*BUILT_IN, OWN}
    found = {
        table: [
            {name: _known(value) for name, value in row.items() if name != "tenant"}
            for row in held
            if row["tenant"] == tenant and row["id"] not in settled
        ]
        for table, held in rows(url).items()
        if held and "id" in held[0] and table != "signing_key"
    }
    return {table: sorted(held, key=repr) for table, held in found.items()}


def _known(value: Any) -> Any:
    if isinstance(value, int) and value > FIRST_MOMENT:
        return "a moment"
    try:
        return str(UUID(value).version)
    except (ValueError, TypeError, AttributeError):
        return value


@pytest.mark.anyio
async def test_a_tenant_from_before_has_what_a_new_one_has(urls: tuple[str, str]) -> None:
    url, _ = urls
    run_upgrade(url, revisions()[0])
    settle(url)
    upgrade(url)
    store = await open_store(url, RECORDS, VAULT)
    new = await Tenants(store.entities, SystemWorld()).create(
        "new.example", "New", now=NOW, make_key=make_key
    )
    old = await Tenants(store.entities, SystemWorld()).find("old.example")
    await store.close()
    assert old is not None
    kept = {row.get("id") for held in rows(url).values() for row in held}
    assert {OWN, *BUILT_IN} <= kept
    assert has(url, OLD) == has(url, new.id)

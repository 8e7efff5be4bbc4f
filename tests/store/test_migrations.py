"""The migrations build what tables.py says, once, from wherever the package lies."""

from __future__ import annotations

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text

from cluster import Cluster
from store.shop import NOW, VAULT
from vestibule.edm.declare import Record
from vestibule.errors import Misconfigured
from vestibule.ports import Insert
from vestibule.resources import RECORDS
from vestibule.resources.attributes import built_in
from vestibule.store import open_store
from vestibule.store.migrations import HEAD, schema_is_current, upgrade
from vestibule.store.migrations.run import configured, engine_for
from vestibule.store.tables import build


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new.db'}"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.database()


@pytest.mark.parametrize("records", [(), RECORDS], ids=["step by step", "at once where it can"])
def test_the_migrations_and_the_tables_agree(url: str, records: tuple[Record, ...]) -> None:
    assert not schema_is_current(url)
    upgrade(url, records)
    assert schema_is_current(url)
    with engine_for(url).connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, build(RECORDS).metadata) == []
        # Alembic compares no foreign key's ON DELETE and no primary key.
        inspector = inspect(connection)
        for name, table in build(RECORDS).metadata.tables.items():
            key = inspector.get_pk_constraint(name)["constrained_columns"]
            assert key == [column.name for column in table.primary_key]
            rules = {
                k["name"]: k["options"].get("ondelete") for k in inspector.get_foreign_keys(name)
            }
            assert rules == {str(k.name): k.ondelete for k in table.foreign_key_constraints}


def test_the_newest_migration_is_the_one_named(url: str) -> None:
    with engine_for(url).connect() as connection:
        script = ScriptDirectory.from_config(configured(connection))
    assert script.get_heads() == [HEAD]


def test_two_processes_may_migrate_at_once(url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda records: upgrade(url, records), [(), RECORDS] * 2))
    assert schema_is_current(url)


def test_a_new_file_is_private(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    upgrade(f"sqlite:///{path}")
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.glob("new.db*")} == {0o600}
    with pytest.raises(Misconfigured, match="cannot be created"):
        upgrade(f"sqlite:///{tmp_path / 'folder' / 'new.db'}")


def test_a_migrated_database_stays_as_it_is(url: str) -> None:
    upgrade(url)
    upgrade(url)
    assert schema_is_current(url)


def test_tenants_that_exist_get_the_built_in_attributes_once(url: str) -> None:
    """What a migration of 2026-11 gives is what a new tenant begins with."""
    tenant = "3f1c7e0a-5b1d-4c39-9a57-0c0a7d5e0001"
    rows = build(RECORDS).tables
    there = rows["user_flow_attribute"]
    with engine_for(url).begin() as connection:
        command.upgrade(configured(connection), "0002")
        values = {"tenant": "", "key": tenant, "id": tenant, "version": 1, "domain": "a.example"}
        connection.execute(rows["tenant"].insert().values(**values, domain_folded="a.example"))
    for _ in range(2):
        with engine_for(url).begin() as connection:
            command.upgrade(configured(connection), "0003")
            found = connection.execute(select(there).where(there.c.tenant == tenant)).mappings()
            assert {row["id"]: dict(row) for row in found} == {
                one.id: {
                    "tenant": tenant, "key": one.id.casefold(), "id": one.id, "version": 1,
                    **one.values,
                }
                for one in built_in(tenant)
            }  # fmt: skip
            connection.execute(text("UPDATE alembic_version SET version_num = '0002'"))


@pytest.mark.anyio
async def test_a_store_opens_only_on_a_current_schema(url: str) -> None:
    with pytest.raises(Misconfigured, match="vestibule migrate"):
        await open_store(url, RECORDS, VAULT)
    upgrade(url)
    store = await open_store(url, RECORDS, VAULT)
    await store.entities.apply(
        [Insert("tenant", "", "T1", {"domain": "a.example", "created": NOW})]
    )
    await store.close()


@pytest.mark.anyio
@pytest.mark.parametrize(
    "url", ["", "mysql://localhost/x", "postgresql://nobody@127.0.0.1:1/none"], indirect=False
)
async def test_a_database_that_cannot_be_is_named(url: str) -> None:
    with pytest.raises(Misconfigured, match="VESTIBULE_DATABASE"):
        await open_store(url, RECORDS, VAULT)


def test_a_start_on_a_current_schema_does_not_load_alembic() -> None:
    code = (
        "import sys, vestibule.store; sys.exit(bool({'alembic', 'psycopg'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

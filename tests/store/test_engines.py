"""What an engine must hold itself to: durable settings, one folding, secrets sealed, outages."""

from __future__ import annotations

import sqlite3
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from store.shop import NOW, RECORDS, VAULT, bicycle, open_shop, wheel
from vestibule.errors import Invalid, Misconfigured, Unavailable
from vestibule.ports import Query, Update
from vestibule.store import Store, open_sqlite
from vestibule.store.rows import fold
from vestibule.store.sqlite import SqliteEngine, connect
from vestibule.vault import Vault

pytestmark = pytest.mark.anyio

CANARY = "canary-8f14e45fceea167a"


def everything(place: str | Path) -> bytes:
    """All bytes of a database: the file with its WAL, or every table as text."""
    if isinstance(place, Path):
        return b"".join(file.read_bytes() for file in place.parent.glob("shop.db*"))
    with psycopg.connect(place) as connection:
        tables = [f'TABLE "{record.name}"' for record in RECORDS]
        rows = [connection.execute(table.encode()).fetchall() for table in tables]
    return repr(rows).encode()


async def test_a_sealed_column_is_nowhere_in_plain(
    store: Store, tenant: str, place: str | Path
) -> None:
    await store.entities.apply(
        [
            bicycle(tenant, "B1", lock_code=CANARY, name="plain-name"),
            wheel(tenant, "W1", "B1", valve=CANARY),
        ]
    )
    (row,) = await store.entities.apply(
        [Update("bicycle", tenant, "b1", {"lock_code": f"{CANARY}-2"})]
    )
    assert row["lock_code"] == f"{CANARY}-2"
    (found,) = await store.entities.find(Query("wheel", tenant))
    assert found["valve"] == CANARY
    stored = everything(place)
    assert b"plain-name" in stored
    assert CANARY.encode() not in stored


async def test_a_sealed_text_moved_to_another_row_does_not_open(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    store = await open_shop(path)
    await store.entities.apply([bicycle("T", "B1", lock_code="1"), bicycle("T", "B2")])
    with sqlite3.connect(path) as connection:
        connection.execute(
            "UPDATE bicycle SET lock_code = (SELECT lock_code FROM bicycle WHERE id = 'B1')"
        )
    connection.close()
    with pytest.raises(ValueError, match="another place"):
        await store.entities.get("bicycle", "T", "B2")
    await store.close()


def test_every_sqlite_connection_is_durable_and_the_file_private(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    path.touch(mode=0o600)
    connection = connect(path)
    pragmas = ("journal_mode", "synchronous", "foreign_keys")
    found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas]
    connection.close()
    assert found == ["wal", 2, 1]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_database_that_cannot_be_durable_is_refused() -> None:
    with pytest.raises(Misconfigured, match="journal_mode=memory"):
        connect(Path(":memory:"))


async def test_a_file_that_is_not_there_or_not_a_database_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="vestibule migrate"):
        await open_sqlite(tmp_path / "none.db", RECORDS, VAULT, create=False)
    with pytest.raises(Misconfigured, match="cannot be opened"):
        await open_sqlite(tmp_path / "folder" / "none.db", RECORDS, VAULT)
    (tmp_path / "text.db").write_text("not a database" * 100)
    with pytest.raises(Misconfigured, match="cannot be opened"):
        await open_sqlite(tmp_path / "text.db", RECORDS, VAULT)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("synchronous_commit", "off"), ("default_transaction_isolation", "serializable")],
)
async def test_a_postgresql_that_is_not_as_we_need_it_is_refused(
    shop_url: str, setting: str, value: str
) -> None:
    with pytest.raises(Misconfigured, match=f"{setting} = {value}"):
        await open_shop(f"{shop_url}?options={quote(f'-c {setting}={value}')}")


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_database_with_another_clock_is_refused(shop_url: str, hours: int) -> None:
    store = await open_shop(shop_url)
    try:
        with pytest.raises(Misconfigured, match="clocks"):
            await store.check(datetime.now(UTC) + timedelta(hours=hours))
    finally:
        await store.close()


async def test_both_engines_fold_text_as_python_does(shop_url: str) -> None:
    words = ["İstanbul", "ΟΔΟΣ", "ΟΔΟΣ ΑΣ", "STRAẞE", "ǅ", "ﬀ", "Ω", "K", "Ⅷ", "Ⓐ", "𐐀"]
    letters = [chr(code) for code in range(1, 0x590)]
    with psycopg.connect(shop_url) as connection:
        rows = connection.execute(
            """SELECT text, lower(text COLLATE "und-x-icu") FROM unnest(%s::text[]) AS text""",
            [words + letters],
        ).fetchall()
    assert [row for row in rows if fold(row[0]) != row[1]] == []


async def test_a_full_disk_is_unavailable_and_passes_without_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    await (await open_shop(path)).close()
    engine = SqliteEngine(path)
    store = Store(engine, RECORDS, VAULT)
    await engine.do("PRAGMA max_page_count = 60", {})
    stored: list[str] = []

    async def fill() -> None:
        for number in range(1000):
            await store.entities.apply([bicycle("T", f"B{number}", name="x" * 2000)])
            stored.append(f"B{number}")

    with pytest.raises(Unavailable):
        await fill()
    assert await store.entities.count(Query("bicycle", "T")) == len(stored)
    await engine.do("PRAGMA max_page_count = 100000", {})
    await store.entities.apply([bicycle("T", "again")])
    await store.close()


async def test_a_closed_store_says_that_it_is_shutting_down(tmp_path: Path) -> None:
    store = await open_shop(tmp_path / "shop.db")
    await store.close()
    with pytest.raises(Unavailable, match="shutting down"):
        await store.entities.apply([bicycle("T", "B1", built=NOW)])


async def test_rows_sealed_with_an_old_key_open_after_it_was_replaced(tmp_path: Path) -> None:
    old, new = {"old": b"o" * 32}, {"new": b"n" * 32}
    path = tmp_path / "shop.db"
    store = await open_sqlite(path, RECORDS, Vault(old))
    await store.entities.apply([bicycle("T", "B1", lock_code="1234")])
    await store.close()
    store = await open_sqlite(path, RECORDS, Vault(new | old))
    row = await store.entities.get("bicycle", "T", "B1")
    await store.close()
    assert row is not None
    assert row["lock_code"] == "1234"


async def test_a_read_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    engine = SqliteEngine(tmp_path / "slow.db")
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
    with pytest.raises(Invalid, match="narrow it"):
        await engine.read(endless, {})
    assert await engine.read("SELECT 1", {}) == [(1,)]
    await engine.close()

"""A bicycle shop: the records on which a store is defined, and how one is opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from vestibule.edm.declare import Column, Record, Reference
from vestibule.ports import Cap, Insert
from vestibule.store import Store, open_sqlite
from vestibule.store.dialects import POSTGRES
from vestibule.store.postgres import open_postgres
from vestibule.store.tables import build, ddl
from vestibule.vault import Vault

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
VAULT = Vault({"test": b"0123456789abcdef0123456789abcdef"})

RECORDS = (
    Record("maker", (Column("name"),)),
    Record(
        "bicycle",
        (
            Column("name"),
            Column("frame"),
            Column("colour"),
            Column("gears", "integer"),
            Column("price", "double"),
            Column("sold", "boolean"),
            Column("built", "datetime"),
            Column("tags", "json"),
            Column("lock_code", sealed=True),
            Column("maker"),
        ),
        unique=(("frame",),),
        indexes=(("colour",), ("built",)),
        references=(Reference("maker", "maker", on_delete="restrict"),),
        configuration=True,
    ),
    Record(
        "wheel",
        (Column("rim"), Column("spokes", "integer"), Column("valve", sealed=True)),
        parent="bicycle",
    ),
    Record("colour", (Column("shade"),), exact_ids=True),
    Record("tint", (Column("part"),), parent="colour"),
    Record(
        "repair",
        (Column("bicycle", nullable=False), Column("note")),
        references=(Reference("bicycle", "bicycle", on_delete="cascade"),),
    ),
)


def prepare_postgres(url: str) -> None:
    """Make an empty database hold the shop."""
    with psycopg.connect(url) as connection:
        for statement in ddl(build(RECORDS), POSTGRES.dialect):
            connection.execute(statement.encode())


async def open_shop(url_or_path: str | Path, caps: Sequence[Cap] = ()) -> Store:
    if isinstance(url_or_path, Path):
        return await open_sqlite(url_or_path, RECORDS, VAULT, caps=caps)
    return await open_postgres(url_or_path, RECORDS, VAULT, pool_size=8, caps=caps)


def bicycle(tenant: str, id: str, **values: Any) -> Insert:
    return Insert("bicycle", tenant, id, values)


def wheel(tenant: str, id: str, parent: str, **values: Any) -> Insert:
    return Insert("wheel", tenant, id, values, parent)


def maker(tenant: str, id: str, **values: Any) -> Insert:
    return Insert("maker", tenant, id, values)


def repair(tenant: str, id: str, of: str) -> Insert:
    return Insert("repair", tenant, id, {"bicycle": of})


EMPTY: Mapping[str, Any] = {column.name: None for column in RECORDS[1].columns}

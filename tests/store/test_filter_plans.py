"""Filters that must not read every row: what the engines say about their plans."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import psycopg
import pytest

from cluster import Cluster
from odata.showroom import BIKE, MODEL, RECORDS
from store.test_filter_equivalence import VAULT
from vestibule.odata.filter import parse
from vestibule.ports import Query
from vestibule.store import open_sqlite
from vestibule.store.dialects import POSTGRES, SQLITE, Sql
from vestibule.store.queries import Queries
from vestibule.store.sqlite import connect
from vestibule.store.tables import build, ddl

SCHEMA = build(RECORDS)
BIKES = 20_000
FILTERS = {
    "a value of contained rows": "owners/any(c:c/number eq 'N77' and c/issuer eq 'Shop.example')",
    "the same in brackets with more": (
        "sold eq null and (owners/any(c:c/number eq 'N77' and c/issuer eq 'shop.example'))"
    ),
    "an id": "id eq 'B77'",
    "ids": "id in ('b77','b78')",
}


def statement(sql: Sql, text: str) -> tuple[str, dict[str, object]]:
    query = Query("bike", "t", where=parse(text, MODEL, BIKE), top=101)
    found, values = Queries(SCHEMA, sql).rows(query)
    return found, dict(values)


@pytest.fixture(scope="module")
def bikes_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plans") / "bikes.db"
    asyncio.run(_empty(path))
    with sqlite3.connect(path) as file:
        file.execute(
            "INSERT INTO bike (tenant, key, id, version, kind)"
            " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            " SELECT 't', 'b' || i, 'b' || i, 1, 'road' FROM n",
            (BIKES,),
        )
        file.execute(
            "INSERT INTO owner (tenant, parent, key, id, version, issuer, issuer_folded, number,"
            " number_folded) SELECT tenant, key, 'o', 'o', 1, 'shop.example', 'shop.example',"
            " 'n' || substr(key, 2), 'n' || substr(key, 2) FROM bike"
        )
    return path


async def _empty(path: Path) -> None:
    await (await open_sqlite(path, RECORDS, VAULT)).close()


@pytest.mark.parametrize("text", FILTERS.values(), ids=FILTERS.keys())
def test_sqlite_searches_by_index(bikes_file: Path, text: str) -> None:
    found, values = statement(SQLITE, text)
    file = connect(bikes_file)
    plan = [row[3] for row in file.execute(f"EXPLAIN QUERY PLAN {found}", values)]
    rows = len(file.execute(found, values).fetchall())
    file.close()
    assert rows == (2 if "b78" in text else 1)
    searches = [step for step in plan if step.startswith("SEARCH")]
    assert searches, plan
    assert not [step for step in plan if step.startswith("SCAN")], plan
    # A search by the tenant alone would read all of its rows.
    assert not [step for step in searches if step.endswith("(tenant=?)")], plan


@pytest.fixture(scope="module")
def bikes_url(cluster: Cluster) -> str:
    url = cluster.database()
    with psycopg.connect(url) as connection:
        for definition in ddl(SCHEMA, POSTGRES.dialect):
            connection.execute(definition.encode())
        connection.execute(
            "INSERT INTO bike (tenant, key, id, version, kind)"
            " SELECT 't', 'b' || i, 'b' || i, 1, 'road'"
            " FROM generate_series(1, %s) AS i",
            (BIKES,),
        )
        connection.execute(
            "INSERT INTO owner (tenant, parent, key, id, version, issuer, issuer_folded, number,"
            " number_folded) SELECT tenant, key, 'o', 'o', 1, 'shop.example', 'shop.example',"
            " 'n' || substr(key, 2), 'n' || substr(key, 2) FROM bike"
        )
        connection.execute("ANALYZE")
    return url


@pytest.mark.parametrize("text", FILTERS.values(), ids=FILTERS.keys())
def test_postgres_searches_by_index(bikes_url: str, text: str) -> None:
    found, values = statement(POSTGRES, text)
    with psycopg.connect(bikes_url) as connection:
        explained = connection.execute(f"EXPLAIN (FORMAT TEXT) {found}".encode(), values)
        plan = "\n".join(row[0] for row in explained)
        assert len(connection.execute(found.encode(), values).fetchall()) == 1 + ("b78" in text)
    assert "Index" in plan
    assert "Seq Scan" not in plan, plan
    # An index condition on the tenant alone would read all of its rows.
    conditions = [line for line in plan.splitlines() if "Index Cond" in line]
    assert all("AND" in line for line in conditions), plan

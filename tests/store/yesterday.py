"""A database as an earlier version left it: its schema, rows in every table, and what it holds.

Rows are made from the tables as the database describes them, so every migration finds some.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

import psycopg
from sqlalchemy import BigInteger, Boolean, Double, Integer, MetaData, Table
from sqlalchemy.engine import Connection

from vestibule.resources import RECORDS
from vestibule.store.migrations import path_of
from vestibule.store.migrations.run import engine_for

TENANTS = ("t-one", "t-two")
ROWS = 3  # of each tenant in each table
JSON: Mapping[tuple[str, str], Any] = {
    ("api_connector", "certificates"): [{"thumbprint": "AA", "notBefore": 1, "notAfter": 2}],
    ("application", "api"): {"oauth2PermissionScopes": [{"value": "read", "isEnabled": True}]},
    ("application", "app_roles"): [{"value": "reader", "isEnabled": True}],
    ("application", "delegations"): {"graph": ["openid"], "app_id-1": ["read"]},
    ("application", "identifier_uris"): ["https://contoso.example/api"],
    ("application", "key_credentials"): [],
    ("application", "permissions"): ["IdentityUserFlow.ReadWrite.All"],
    ("application", "public_client"): {"redirectUris": []},
    ("application", "spa"): {"redirectUris": []},
    ("application", "web"): {"redirectUris": ["https://app.example/cb"]},
    ("identity_provider", "details"): {"scope": "openid"},
    ("message", "links"): [],
    ("user", "attributes"): {"extension_1_size": 42},
    ("user", "other_mails"): ["ada@contoso.example"],
    ("user", "roles"): ["6e591065-9bad-43ed-90f3-e9424366d2f0"],
}
"""What stands in columns of JSON; [] in those that are not named."""

_LISTS = {
    (record.name, column.name)
    for record in RECORDS
    for column in record.columns
    if column.type == "json"
}
_COLUMNS = """
SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name
FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2
"""
_DESCRIBED = (
    _COLUMNS,
    "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1, 2",
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
)
_DRAWN = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    r"|(?<![\w-])[\w-]{43}(?![\w-])"  # a digest of such ids
    r"|\b1[0-9]{15}\b"  # a point in time
)
Rows = dict[str, list[dict[str, Any]]]


def reflected(connection: Connection) -> list[Table]:
    """Every table but Alembic's own, what is referred to first."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != "alembic_version"]


def fill(url: str) -> None:
    """Put rows into every table."""
    engine = engine_for(url)
    with engine.begin() as connection:
        for table in reflected(connection):
            connection.execute(table.insert(), list(_rows(table)))
    engine.dispose()


def rows(url: str) -> Rows:
    """Everything that is stored, by table."""
    engine = engine_for(url)
    with engine.connect() as connection:
        found = {
            table.name: [dict(row) for row in connection.execute(table.select()).mappings()]
            for table in reflected(connection)
        }
    engine.dispose()
    return found


def _rows(table: Table) -> Iterator[dict[str, Any]]:
    if table.name == "tenant":  # kept under no tenant; its ids are the tenants of the rest
        for at, id in enumerate(TENANTS):
            yield {**_row(table, "", at), "key": id, "id": id}
        return
    alone = [column.name for column in table.primary_key] == ["tenant"]
    for tenant in TENANTS:
        for at in range(1 if alone else ROWS):
            yield _row(table, tenant, at)


def _row(table: Table, tenant: str, at: int) -> dict[str, Any]:
    """Row `at`; it refers to the rows of the same number."""
    row = {column.name: _value(table, column.name, at) for column in table.columns}
    row["tenant"] = tenant
    for name in row:
        if name.endswith("_folded"):
            row[name] = str(row[name.removesuffix("_folded")]).casefold()
    for name in ("key", "id"):
        if name in row:
            row[name] = f"row-{at}"
    for key in table.foreign_key_constraints:
        for column in key.column_keys:
            if column != "tenant":
                row[column] = row[column.removesuffix("_key")] = f"row-{at}"
    return {name: value for name, value in row.items() if name in table.columns}


def _value(table: Table, name: str, at: int) -> Any:
    type_ = table.columns[name].type
    if isinstance(type_, Boolean):
        return at % 2 == 0
    if isinstance(type_, Double):
        return at + 0.5
    if isinstance(type_, BigInteger | Integer):
        return at + 1
    if (table.name, name) in JSON.keys() | _LISTS:
        return json.dumps(JSON.get((table.name, name), []), separators=(",", ":"))
    return f"{name}-{at}"


def lines(url: str) -> list[str]:
    """Schema and rows, a text for each; the same for databases that are the same."""
    if urlsplit(url).scheme == "sqlite":
        with closing(sqlite3.connect(path_of(url))) as file:
            return list(file.iterdump())
    with psycopg.connect(url) as connection:
        schema = [connection.execute(one.encode()).fetchall() for one in _DESCRIBED]
        tables = sorted({row[0] for row in schema[0]})
        held = [
            (name, row)
            for name in tables
            for row in connection.execute(f'SELECT * FROM "{name}"'.encode())  # noqa: S608
        ]
    return sorted(map(repr, (*chain.from_iterable(schema), *held)))


def likeness(url: str) -> list[str]:
    """The same for databases that differ only in what was drawn or read from a clock."""
    return sorted(_DRAWN.sub("drawn", line) for line in lines(url))

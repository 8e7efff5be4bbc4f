"""Stores by the scheme of their URL. An engine is one module and one line here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from vestibule.edm.declare import Record
from vestibule.errors import Misconfigured
from vestibule.ports import Cap
from vestibule.store.assembly import Store
from vestibule.store.migrations import path_of, schema_is_current
from vestibule.store.sqlite import open_sqlite
from vestibule.vault import Vault

__all__ = ["STORES", "Store", "open_sqlite", "open_store"]

Records = tuple[Record, ...]
Caps = Sequence[Cap]


async def _sqlite(url: str, records: Records, vault: Vault, caps: Caps) -> Store:
    return await open_sqlite(path_of(url), records, vault, create=False, caps=caps)


async def _postgres(url: str, records: Records, vault: Vault, caps: Caps) -> Store:
    # The driver costs 0.1 s and 10 MB; an embedded server never needs it.
    from vestibule.store.postgres import open_postgres

    return await open_postgres(url, records, vault, caps=caps)


STORES: Mapping[str, Callable[[str, Records, Vault, Caps], Awaitable[Store]]] = {
    "sqlite": _sqlite,
    "postgresql": _postgres,
}


async def open_store(url: str, records: Iterable[Record], vault: Vault, caps: Caps = ()) -> Store:
    """Open the migrated database at sqlite:///path or postgresql://…, in which `caps` hold.

    Raises Misconfigured for another scheme, and for a schema that is not this version's.
    """
    opener = STORES.get(urlsplit(url).scheme)
    if opener is None:
        raise Misconfigured("VESTIBULE_DATABASE must be postgresql://… or sqlite:///path.")
    if not await asyncio.to_thread(schema_is_current, url):
        raise Misconfigured("The database is not up to date; run vestibule migrate.")
    return await opener(url, tuple(records), vault, caps)

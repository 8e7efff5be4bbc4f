from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from odata.bicycles import RECORDS, VAULT, Shop, open_service
from vestibule.store.sqlite import open_sqlite


@pytest.fixture
async def shop(anyio_backend: str, tmp_path: Path) -> AsyncIterator[Shop]:  # noqa: ARG001
    store = await open_sqlite(tmp_path / "bikes.db", RECORDS, VAULT)
    changed: list[str] = []
    yield Shop(open_service(store.entities, changed, page_size=5), store.entities, changed)
    await store.close()

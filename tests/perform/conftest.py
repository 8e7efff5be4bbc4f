"""One Contoso abroad for each module that wants it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from abroad import Abroad, abroad
from foreign import Foreign, foreign


@pytest.fixture(scope="module")
def stand_in() -> Iterator[Foreign]:
    with foreign() as provider:
        yield provider


@pytest.fixture(scope="module")
async def shared(
    anyio_backend: str,  # noqa: ARG001 - whose loop lives as long
    tmp_path_factory: pytest.TempPathFactory,
    stand_in: Foreign,
) -> AsyncIterator[Abroad]:
    async with abroad(tmp_path_factory.mktemp("abroad"), stand_in) as place:
        yield place


@pytest.fixture
def there(shared: Abroad) -> Abroad:
    """Nothing is known yet of a provider that behaves."""
    shared.forget()
    return shared

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from odata.bicycles import CATALOGUE, ROOT, Shop
from vestibule.edm.model import Model
from vestibule.odata.csdl import metadata

GOLDEN = Path(__file__).parent / "bicycles.xml"


def test_the_metadata_of_the_shop_is_golden(request: pytest.FixtureRequest) -> None:
    document = metadata(Model(CATALOGUE))
    if request.config.getoption("--golden", default=False):
        GOLDEN.write_text(document)
    assert document == GOLDEN.read_text()
    ET.fromstring(document.encode())  # noqa: S314  # our own


@pytest.mark.anyio
async def test_the_description_needs_no_token(shop: Shop) -> None:
    nobody = shop.as_(None)
    reply = await nobody.ask("GET", "/$METADATA", accept="application/xml")
    assert (reply.status, reply.body) == (200, GOLDEN.read_bytes())
    assert reply.headers["Content-Type"].startswith("application/xml")
    assert await nobody.read("/") == {
        "@odata.context": f"{ROOT}/$metadata",
        "value": [
            {"name": "bikes", "kind": "EntitySet", "url": "bikes"},
            {"name": "brands", "kind": "EntitySet", "url": "brands"},
            {"name": "depot", "kind": "Singleton", "url": "depot"},
        ],
    }
    assert (await nobody.refused("GET", "/$metadata", accept="image/png")).status == 406

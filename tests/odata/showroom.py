"""A bicycle showroom: everything that a filter can reach, and rows that are hard to compare."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from vestibule.edm.declare import (
    Access,
    Catalogue,
    Column,
    Complex,
    Entity,
    EntitySet,
    Enum,
    Link,
    Navigation,
    Property,
    Record,
)
from vestibule.edm.model import Model
from vestibule.ports import Row

RECORDS = (
    Record("brand", (Column("name"),)),
    Record(
        "bike",
        (
            Column("kind", nullable=False),
            Column("name"),
            Column("colour"),
            Column("features"),
            Column("gears", "integer"),
            Column("weight", "double"),
            Column("sold", "boolean"),
            Column("built", "datetime"),
            Column("shown", "text"),
            Column("serial"),
            Column("photo"),
            Column("tags", "json"),
            Column("sizes", "json"),
            Column("seat", "json"),
            Column("pieces", "json"),
            Column("extras", "json"),
            Column("tyre"),
            Column("maker"),
            Column("lock_code", sealed=True),
        ),
        indexes=(("colour",),),
    ),
    Record(
        "owner",
        (Column("issuer"), Column("number"), Column("since", "integer")),
        parent="bike",
        indexes=(("number", "issuer"),),
    ),
    Record("repair", (Column("note"), Column("cost", "integer")), "bike"),
    Record("bike_brand", (Column("brand", nullable=False),), "bike"),
    Record("paint", (Column("shade"),), exact_ids=True),
)

COLOUR = Enum("shop.colour", (("red", 1), ("darkBlue", 2)), aliases={"navy": "darkBlue"})
FEATURE = Enum("shop.feature", (("bell", 1), ("light", 2), ("lock_up", 4)), flags=True)
_TEXTS = "Collection(Edm.String)"

_BOLT = Complex("shop.bolt", properties=(Property("size", "Edm.Int32"),))
_LINING = Complex("shop.lining", properties=(Property("fabric"), Property("warm", "Edm.Boolean")))
_SEAT = Complex(
    "shop.seat",
    open=True,
    properties=(
        Property("material"),
        Property("height", "Edm.Int32"),
        Property("fixed", "Edm.Boolean"),
        Property("made", "Edm.DateTimeOffset"),
        Property("colour", "shop.colour"),
        Property("lining", "shop.lining"),
        Property("notes", _TEXTS),
        Property("pin", secret=True),
    ),
)
_SPRUNG = Complex(
    "shop.sprungSeat", base="shop.seat", properties=(Property("springs", "Edm.Int32"),)
)
_PIECE = Complex(
    "shop.piece",
    properties=(
        Property("name"),
        Property("price", "Edm.Double"),
        Property("enabled", "Edm.Boolean"),
        Property("uses", _TEXTS),
        Property("bolts", "Collection(shop.bolt)"),
    ),
)
_OWNER = Complex(
    "shop.owner",
    properties=(Property("issuer"), Property("number"), Property("since", "Edm.Int32")),
)
_SOURCES = Complex(
    "shop.sources",
    abstract=True,
    navigations=(Navigation("brands", "shop.brand", link=Link("bike_brand", "brand")),),
)
_SHOP_SOURCES = Complex("shop.shopSources", base="shop.sources")
_BRAND = Entity("shop.brand", record="brand", properties=(Property("name"),))
_REPAIR = Entity(
    "shop.repair", record="repair", properties=(Property("note"), Property("cost", "Edm.Int32"))
)
_BIKE = Entity(
    "shop.bike",
    record="bike",
    open=True,
    rest="extras",
    properties=(
        Property("name"),
        Property("colour", "shop.colour"),
        Property("features", "shop.feature"),
        Property("gears", "Edm.Int64"),
        Property("weight", "Edm.Double"),
        Property("sold", "Edm.Boolean"),
        Property("built", "Edm.DateTimeOffset"),
        Property("shown", "Edm.Date"),
        Property("serial", "Edm.Guid"),
        Property("photo", "Edm.Binary"),
        Property("tags", _TEXTS),
        Property("sizes", "Collection(Edm.Int32)"),
        Property("seat", "shop.seat"),
        Property("pieces", "Collection(shop.piece)"),
        Property("owners", "Collection(shop.owner)", rows="owner"),
        Property("lockCode", secret=True),
        Property("label", write="never", value=lambda row: f"#{row['name']}"),
        Property("sources", "shop.sources"),
    ),
    navigations=(
        Navigation("repairs", "shop.repair", contained=True),
        Navigation("brands", "shop.brand", link=Link("bike_brand", "brand")),
        Navigation("maker", "shop.brand", collection=False, link=Link("", "maker")),
    ),
)
_ROAD = Entity("shop.roadBike", where={"kind": "road"}, base="shop.bike", open=True,
               properties=(Property("tyre"),))  # fmt: skip
_CITY = Entity("shop.cityBike", where={"kind": "city"}, base="shop.bike")

CATALOGUE = Catalogue(
    "v1",
    "shop",
    "s",
    (
        COLOUR, FEATURE, _BOLT, _LINING, _SEAT, _SPRUNG, _PIECE, _OWNER, _SOURCES, _SHOP_SOURCES,
        _BRAND, _REPAIR, _BIKE, _ROAD, _CITY,
    ),
    (EntitySet("bikes", "shop.bike", Access(read=("Bike.Read",))),),
)  # fmt: skip
MODEL = Model(CATALOGUE)
BIKE = MODEL.types["shop.bike"]

NOON = datetime(2024, 1, 31, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(microseconds=500_000)
EARLY = datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=timezone(timedelta(hours=-3)))


def bike(id: str, **values: Any) -> Row:
    """A row as a store returns it, with its contained rows."""
    empty: Row = {column.name: None for column in RECORDS[1].columns}
    children: Row = {"owner": [], "repair": [], "bike_brand": []}
    given = {**empty, **children, "kind": "road", **values}
    return {**given, "id": id, "parent": "", "version": 1}


def child(id: str, parent: str, **values: Any) -> Row:
    return {**values, "id": id, "parent": parent, "version": 1}

"""A bicycle shop: every feature of the protocol, and nothing of identity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec

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
    Operation,
    Property,
    Record,
    Reference,
    Singleton,
)
from vestibule.errors import Conflict, Invalid
from vestibule.odata.call import Call, Reply
from vestibule.odata.execute import Service
from vestibule.ports import Change, Entities, Insert, Row, Update
from vestibule.rules import Context, Decision, Principal, Rules
from vestibule.vault import Vault

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
VAULT = Vault({"test": b"0123456789abcdef0123456789abcdef"})
ROOT = "https://shop.example/v1"

RECORDS = (
    Record("brand", (Column("name", nullable=False), Column("kind", nullable=False))),
    Record(
        "bike",
        (
            Column("kind", nullable=False),
            Column("name"),
            Column("frame_number"),
            Column("colour"),
            Column("gears", "integer"),
            Column("weight", "double"),
            Column("sold", "boolean"),
            Column("built", "datetime"),
            Column("tags", "json"),
            Column("seat", "json"),
            Column("lock_code", sealed=True),
            Column("tyre"),
        ),
        unique=(("frame_number",),),
    ),
    Record("part", (Column("name"), Column("price", "double")), parent="bike"),
    Record(
        "bike_brand",
        (Column("brand", nullable=False),),
        parent="bike",
        references=(Reference("brand", "brand", on_delete="restrict"),),
    ),
    Record(
        "bike_maker",
        (Column("brand", nullable=False),),
        parent="bike",
        references=(Reference("brand", "brand", on_delete="cascade"),),
    ),
    Record("entry", (Column("action"), Column("target"))),
)

READ = Access(
    read=("Bike.Read", "Bike.ReadWrite"),
    write=("Bike.ReadWrite",),
    read_roles=("mechanic",),
    write_roles=("mechanic",),
)
BRANDS = Access(read=("Brand.Read",), write=("Brand.Write",))

COLOUR = Enum(
    "shop.colour",
    (("red", 1), ("darkBlue", 2), ("unknownFutureValue", 3)),
    aliases={"navy": "darkBlue"},
)
SEAT = Complex(
    "shop.seat",
    abstract=True,
    properties=(Property("material", required=True, max_length=20),),
)
SPRUNG = Complex(
    "shop.sprungSeat",
    base="shop.seat",
    properties=(
        Property("springs", "Edm.Int32", minimum=1, maximum=8),
        Property("key", secret=True),
    ),
)
MAKERS = Complex(
    "shop.makers",
    navigations=tuple(
        Navigation(
            name,
            "shop.brand",
            collection=False,
            link=Link("bike_maker", "brand"),
            names=("brands",),
            given_in_create=True,
        )
        for name in ("frameMaker", "gearMaker")
    ),
)


def _links(name: str, target: str) -> Navigation:
    return Navigation(
        name,
        target,
        link=Link("bike_brand", "brand"),
        names=("brands", "makes"),
        given_in_create=True,
    )


BIKE = Entity(
    "shop.bike",
    record="bike",
    abstract=True,
    properties=(
        Property("id", nullable=False, write="create", max_length=40),
        Property("name", required=True, max_length=30, advice="A short name will do."),
        Property("frameNumber", write="create", pattern=r"[A-Z]{2}\d+"),
        Property("colour", "shop.colour", default="red"),
        Property("gears", "Edm.Int32", minimum=1),
        Property("weight", "Edm.Single"),
        Property("sold", "Edm.Boolean", nullable=False, default=False),
        Property("built", "Edm.DateTimeOffset"),
        Property("tags", "Collection(Edm.String)"),
        Property("seat", "shop.seat"),
        Property("lockCode", secret=True),
        Property("makers", "shop.makers"),
        Property("label", write="never", declared=False, value=lambda row: f"#{row['name']}"),
        Property("createdBy", write="never", ignored=True, value=lambda _: "shop"),
    ),
    navigations=(
        Navigation("parts", "shop.part", contained=True),
        _links("brands", "shop.brand"),
        _links("smallBrands", "shop.smallBrand"),
    ),
    aliases=("shop.bicycle",),
)
ROAD = Entity("shop.roadBike", where={"kind": "road"}, base="shop.bike")
CITY = Entity(
    "shop.cityBike", where={"kind": "city"}, base="shop.bike", properties=(Property("tyre"),)
)
PART = Entity(
    "shop.part",
    record="part",
    properties=(Property("name"), Property("price", "Edm.Double", filterable=False)),
)
BRAND = Entity(
    "shop.brand",
    record="brand",
    where={},
    properties=(Property("name", required=True), Property("kind", required=True, write="create")),
)
SMALL = Entity("shop.smallBrand", where={"kind": "small"}, base="shop.brand")
DEPOT = Entity(
    "shop.depot",
    key="",
    navigations=(Navigation("bikes", "shop.bike", contained=True),),
)
CATALOGUE = Catalogue(
    "v1",
    "shop",
    "s",
    (
        COLOUR, SEAT, SPRUNG, MAKERS, BIKE, ROAD, CITY, PART, BRAND, SMALL, DEPOT,
        Operation("colours", "function", "Collection(shop.bike)", returns="Collection(Edm.String)"),
        Operation(
            "repaint",
            "action",
            "shop.bike",
            (Property("colour", "shop.colour", required=True),),
            returns="shop.bike",
        ),
    ),
    (
        EntitySet("bikes", "shop.bike", READ),
        EntitySet("brands", "shop.brand", BRANDS),
        Singleton("depot", "shop.depot", READ),
    ),
)  # fmt: skip


async def _create(context: Context, values: dict[str, Any]) -> Decision:
    if values["name"] == "forbidden":
        raise Invalid("Choose another name.", target="name")
    if values["name"] == "heavy":
        context.warnings.append('It is "heavy".')
    return Decision(reveal={"receipt": "r1"} if values["name"] == "sold" else {})


async def _delete(_: Context, row: Row, __: dict[str, Any]) -> Decision:
    if row["sold"]:
        raise Conflict("A sold bike stays.")
    return Decision()


async def _relate(context: Context, row: Row, navigation: str, target: Row) -> tuple[Change, ...]:
    """A bike of an odd brand is red for as long as it is one."""
    if target["id"] == "banned":
        raise Invalid("That brand is banned.", target=navigation)
    if target["id"] != "odd":
        return ()
    context.warnings.append("An odd brand.")
    return (Update("bike", context.tenant, row["id"], {"colour": "red"}),)


async def _unrelate(context: Context, row: Row, _: str, target: Row) -> tuple[Change, ...]:
    if target["id"] != "odd":
        return ()
    return (Update("bike", context.tenant, row["id"], {"colour": "darkBlue"}),)


async def _colours(_: Context, __: Row | None, ___: dict[str, Any]) -> list[str]:
    return ["red", "darkBlue"]


async def _repaint(_: Context, __: Row | None, values: dict[str, Any]) -> Decision:
    return Decision(columns={"colour": values["colour"]})


RULES = {
    "shop.bike": Rules(
        create=_create,
        delete=_delete,
        relate=_relate,
        unrelate=_unrelate,
        operations={"colours": _colours, "repaint": _repaint},
    )
}


class FrozenWorld:
    """Time stands, chance counts."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self.offset = timedelta()

    def now(self) -> datetime:
        return NOW + self.offset

    def secret(self, n_bytes: int = 32) -> str:
        return f"secret-{n_bytes}-{next(self._numbers)}"

    def digits(self, length: int) -> str:
        return str(next(self._numbers)).zfill(length)

    def guid(self) -> str:
        return f"00000000-0000-4000-8000-{next(self._numbers):012d}"


ADA = Principal(
    "application",
    "ada",
    "client",
    "contoso",
    frozenset({"Bike.Read", "Bike.ReadWrite", "Brand.Read", "Brand.Write"}),
)


def call() -> Call:
    """Ada's, in contoso; where it goes is up to the test."""
    return Call(
        "POST", "", "", {}, b"", ROOT, ADA, "contoso", "request-1", "client-1", NOW, "192.0.2.1"
    )


@dataclass(slots=True)
class Shop:
    """The service with a store, asked like a client would."""

    service: Service
    entities: Entities
    changed: list[str] = field(default_factory=list)
    principal: Principal | None = ADA
    tenant: str = "contoso"

    async def ask(
        self,
        method: str,
        url: str,
        body: Any = None,
        **headers: str,
    ) -> Reply:
        """A header's name is written with `_` for `-`; a body that is bytes is sent as it is."""
        path, _, query = url.partition("?")
        raw = (
            body if isinstance(body, bytes) else b"" if body is None else msgspec.json.encode(body)
        )
        named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
        return await self.service.execute(
            replace(
                call(),
                method=method,
                path=path,
                query=query,
                headers=named,
                body=raw,
                principal=self.principal,
                tenant=self.tenant,
            )
        )

    async def read(self, url: str, **headers: str) -> Any:
        """The JSON of a GET that must succeed."""
        reply = await self.ask("GET", url, **headers)
        assert reply.status == 200, reply.body
        return msgspec.json.decode(reply.body)

    async def make(self, url: str, body: Mapping[str, Any]) -> Any:
        """The JSON of a POST that must create."""
        reply = await self.ask("POST", url, body)
        assert reply.status == 201, reply.body
        return msgspec.json.decode(reply.body)

    async def refused(self, method: str, url: str, body: Any = None, **headers: str) -> Fault:
        reply = await self.ask(method, url, body, **headers)
        error = msgspec.json.decode(reply.body)["error"]
        assert isinstance(error["message"], str)
        return Fault(reply.status, error["code"], error["message"], error.get("target"))

    def as_(self, principal: Principal | None) -> Shop:
        return replace(self, principal=principal)


@dataclass(frozen=True, slots=True)
class Fault:
    status: int
    code: str
    message: str
    target: str | None


def open_service(entities: Entities, changed: list[str], **settings: Any) -> Service:
    def audit(call: Call, action: str, target: str) -> Change:
        return Insert("entry", call.tenant, _ids.guid(), {"action": action, "target": target})

    _ids = FrozenWorld()
    return Service(
        CATALOGUE,
        RULES,
        entities=entities,
        world=FrozenWorld(),
        audit=audit,
        changed=lambda tenant, _: changed.append(tenant),
        **settings,
    )


def body(reply: Reply) -> Any:
    return msgspec.json.decode(reply.body)


def road(id: str, **values: Any) -> dict[str, Any]:
    return {"@odata.type": "#shop.roadBike", "id": id, "name": id, **values}

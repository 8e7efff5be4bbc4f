"""A bicycle workshop: computed sets, streams, other keys, rows as values, open types."""

from __future__ import annotations

from typing import Any

from odata.bicycles import ROOT, FrozenWorld, Shop
from vestibule.edm.declare import (
    Access,
    Catalogue,
    Column,
    Complex,
    Entity,
    EntitySet,
    Link,
    Navigation,
    Operation,
    Property,
    Record,
    Reference,
)
from vestibule.errors import Invalid
from vestibule.odata.execute import Service
from vestibule.ports import (
    Binary,
    Change,
    Constant,
    Delete,
    Entities,
    Insert,
    Member,
    Query,
    Row,
    Update,
)
from vestibule.rules import Context, Decision, Done, Rules, Stream

RECORDS = (
    Record("brand", (Column("name"), Column("stars", "integer"))),
    Record(
        "frame",
        (
            Column("number", nullable=False),
            Column("nickname"),
            Column("brand"),
            Column("extras", "json"),
        ),
        references=(Reference("brand", "brand", on_delete="restrict"),),
        unique=(("number",),),
    ),
    Record("service", (Column("done_by"), Column("cost", "integer")), parent="frame"),
    Record("frame_sponsor", (Column("brand", nullable=False),), parent="frame"),
    Record("note", (Column("text", nullable=False),), parent="frame"),  # id: the manual's
)

ALL = Access(read=("Bike.Read",), write=("Bike.ReadWrite",))
BRANDS = Access(read=("Brand.Read",), write=("Brand.Write",))

_SERVICE = Complex(
    "shop.service", properties=(Property("doneBy"), Property("cost", "Edm.Int32", minimum=0))
)
_BRAND = Entity(
    "shop.brand", record="brand", properties=(Property("name"), Property("stars", "Edm.Int32"))
)
_MANUAL = Entity(
    "shop.manual",
    given=True,
    stream=True,
    properties=(Property("language"), Property("noted", "Edm.Boolean", nullable=False)),
    navigations=(
        Navigation("pages", "shop.page", contained=True, verbs=frozenset({"list", "get"})),
    ),
)
_PAGE = Entity("shop.page", given=True, properties=(Property("owner"),))
_STAMP = Entity(
    "shop.stamp",
    given=True,
    key="number",
    properties=(Property("number", nullable=False), Property("frame")),
)
"""Who has a number may look up whose it is; nobody sees all of them."""
_FRAME = Entity(
    "shop.frame",
    record="frame",
    open=True,
    rest="extras",
    alternate_keys=("number",),
    found_by=("nickname",),
    properties=(
        Property("number", required=True),
        Property("nickname"),
        Property("services", "Collection(shop.service)", rows="service", on_request=True),
    ),
    navigations=(
        Navigation(
            "brand",
            "shop.brand",
            collection=False,
            link=Link("", "brand"),
            names=("brands",),
            given_in_create=True,
            required=True,
            verbs=frozenset({"get"}),
        ),
        Navigation(
            "sponsor",
            "shop.brand",
            collection=False,
            link=Link("frame_sponsor", "brand"),
            names=("brands",),
            verbs=frozenset({"get", "update", "delete"}),
        ),
        Navigation(
            "manuals",
            "shop.manual",
            contained=True,
            verbs=frozenset(
                {"list", "get", "create", "update", "put", "delete", "put_value", "delete_value"}
            ),
        ),
    ),
)
CATALOGUE = Catalogue(
    "v1",
    "shop",
    "s",
    (
        _SERVICE, _BRAND, _MANUAL, _PAGE, _STAMP, _FRAME,
        Operation("rate", "action", "shop.brand", (Property("stars", "Edm.Int32"),), "shop.brand"),
        Operation("bill", "action", "shop.frame", returns="shop.service"),
    ),
    (
        EntitySet("frames", "shop.frame", ALL),
        EntitySet("brands", "shop.brand", BRANDS),
        EntitySet("stamps", "shop.stamp", ALL, verbs=frozenset({"get"})),
    ),
)  # fmt: skip

LANGUAGES = {"de": "Deutsch", "en": "English", "fr": "Français"}


async def _create_frame(context: Context, values: dict[str, Any]) -> Decision:
    id = values.get("id") or context.world.guid()
    rows = values.pop("services", None) or ()
    also = tuple(
        Insert("service", context.tenant, str(at), {"done_by": r["doneBy"], "cost": r["cost"]}, id)
        for at, r in enumerate(rows)
    )
    return Decision(id=id, also=also)


async def _manuals(context: Context) -> list[Row]:
    assert context.parent is not None
    notes = {}
    for id in LANGUAGES:
        notes[id] = await context.entities.get(
            "note", context.tenant, id, parent=context.parent["id"]
        )
    return [
        {"id": id, "parent": "", "version": 1, "language": name, "noted": notes[id] is not None}
        for id, name in LANGUAGES.items()
    ]


def _note(context: Context, id: str, text: str, *, there: bool) -> Change:
    assert context.parents
    values = {"text": text}
    if there:
        return Update("note", context.tenant, id, values, context.parents[0]["id"])
    return Insert("note", context.tenant, id, values, context.parents[0]["id"])


async def _put(context: Context, id: str, row: Row | None, _: dict[str, Any]) -> Decision:
    if row is None:
        raise Invalid(f"There is no language '{id}'.", target="id")
    return Decision(also=(_note(context, id, "put", there=row["noted"]),))


async def _make(context: Context, values: dict[str, Any]) -> Decision:
    return Decision(id=values["id"], also=(_note(context, values["id"], "made", there=False),))


async def _change(context: Context, row: Row, values: dict[str, Any]) -> Decision:
    return Decision(also=(_note(context, row["id"], values["language"], there=row["noted"]),))


async def _drop(context: Context, row: Row, _: dict[str, Any]) -> Decision:
    return Decision(also=(Delete("note", context.tenant, row["id"], context.parents[0]["id"]),))


async def _read(context: Context, row: Row) -> tuple[bytes, str]:
    stored = await context.entities.get(
        "note", context.tenant, row["id"], parent=context.parents[0]["id"]
    )
    return (stored["text"] if stored else row["language"]).encode(), "text/plain"


async def _write(context: Context, row: Row, contents: bytes) -> tuple[Change, ...]:
    if b"<" in contents:
        raise Invalid("No markup.", target="$value")
    return (_note(context, row["id"], contents.decode(), there=row["noted"]),)


async def _clear(context: Context, row: Row, _: bytes) -> tuple[Change, ...]:
    if not row["noted"]:
        return ()
    return (Delete("note", context.tenant, row["id"], context.parents[0]["id"]),)


async def _pages(context: Context) -> list[Row]:
    if context.parent is not None and context.parent["id"] == "fr":
        raise Invalid("Not translated.", target="pages")
    owner = "/".join(row["id"] for row in context.parents)
    return [
        {"id": str(at), "parent": "", "version": 1, "owner": f"{owner} by {context.navigation}"}
        for at in (1, 2)
    ]


async def _stamp(context: Context, number: str) -> Row | None:
    where = Binary("eq", Member("number"), Constant(number))
    found = await context.entities.find(Query("frame", context.tenant, where=where))
    frames = [{"id": row["number"], "version": 1, "frame": row["id"]} for row in found]
    return frames[0] if frames else None


async def _rate(_: Context, __: Row | None, values: dict[str, Any]) -> Decision:
    return Decision(columns={"stars": values["stars"]})


async def _bill(context: Context, row: Row | None, _: dict[str, Any]) -> Done:
    assert row is not None
    bill = {"done_by": "bill", "cost": 5}
    return Done(
        {"doneBy": "bill", "cost": 5}, (Insert("service", context.tenant, "bill", bill, row["id"]),)
    )


RULES = {
    "shop.frame": Rules(create=_create_frame, operations={"bill": _bill}),
    "shop.brand": Rules(operations={"rate": _rate}),
    "shop.manual": Rules(
        given=_manuals,
        create=_make,
        update=_change,
        put=_put,
        delete=_drop,
        stream=Stream(_read, _write, _clear),
    ),
    "shop.page": Rules(given=_pages),
    "shop.stamp": Rules(sought=_stamp),
}


def open_workshop(entities: Entities) -> Shop:
    changed: list[str] = []
    service = Service(
        CATALOGUE,
        RULES,
        entities=entities,
        world=FrozenWorld(),
        changed=lambda tenant, _: changed.append(tenant),
    )
    return Shop(service, entities, changed)


def frame(id: str, **values: Any) -> dict[str, Any]:
    return {
        "id": id,
        "number": f"N-{id}",
        "brand": {"@odata.id": f"{ROOT}/brands('acme')"},
    } | values

"""What ports.Query promises, on every engine: filters, order and paging, as tables of ids."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from store.shop import NOW, bicycle, maker, wheel
from vestibule.errors import Invalid
from vestibule.ports import (
    Binary,
    Constant,
    Function,
    In,
    Member,
    Node,
    Not,
    Quantified,
    Query,
    When,
)
from vestibule.store import Store

pytestmark = pytest.mark.anyio

ROWS: dict[str, dict[str, Any]] = {
    "A": {"name": "Roadster", "colour": "Red", "gears": 3, "price": 99.5, "sold": True},
    "B": {"name": "roadRunner", "colour": "red", "gears": 21, "sold": False, "built": NOW},
    "C": {"name": "100%_\\", "colour": None, "gears": None, "price": 3.0, "tags": ["Old", "x"]},
    "D": {"name": "Ärgernis ΣΑΣ", "colour": "ÄRGERNIS ΣΑΣ", "gears": 3, "tags": []},
    "E": {"name": None, "colour": "blue", "price": 1000.0, "built": NOW + timedelta(days=1)},
}


def of(operator: str, name: str, value: Any) -> Binary:
    return Binary(operator, Member(name), Constant(value))


def call(function: str, name: str, value: Any) -> Function:
    return Function(function, (Member(name), Constant(value)))


RED = of("eq", "colour", "red")
WHEEL = Member("w/spokes")
ANY_TAG_OLD = Quantified("any", "tags", "t", Binary("eq", Member("t"), Constant("OLD")))

FILTERS: dict[str, tuple[Node, str]] = {
    "text equals without case": (RED, "AB"),
    "text differs, null too": (of("ne", "colour", "RED"), "CDE"),
    "text beyond ASCII without case": (of("eq", "name", "ÄRGERNIS σας"), "D"),
    "two columns without case": (Binary("eq", Member("name"), Member("colour")), "D"),
    "two columns, both null or not": (Binary("ne", Member("name"), Member("colour")), "ABCE"),
    "a list is null": (Binary("eq", Member("tags"), Constant(None)), "ABE"),
    "id without case": (of("eq", "id", "b"), "B"),
    "id startswith": (call("startswith", "id", "b"), "B"),
    "id in": (In(Member("id"), (Constant("a"), Constant("E"))), "AE"),
    "id after": (of("gt", "id", "c"), "DE"),
    "version": (of("eq", "version", 1), "ABCDE"),
    "null equals null": (Binary("eq", Constant(None), Constant(None)), "ABCDE"),
    "null does not differ from null": (Binary("ne", Constant(None), Constant(None)), ""),
    "column is null": (of("eq", "colour", None), "C"),
    "column is not null": (of("ne", "colour", None), "ABDE"),
    "greater than, null is false": (of("gt", "gears", 3), "B"),
    "not greater than, null is true": (Not(of("gt", "gears", 3)), "ACDE"),
    "at least": (of("ge", "gears", 3), "ABD"),
    "at most": (of("le", "gears", 3), "AD"),
    "order comparison with null": (of("le", "gears", None), ""),
    "not an order comparison with null": (Not(of("gt", "gears", None)), "ABCDE"),
    "whole against fraction": (of("lt", "price", 100), "AC"),
    "fraction against whole": (of("gt", "gears", 2.5), "ABD"),
    "text in order without case": (of("lt", "colour", "RED"), "E"),
    "text beyond ASCII in order": (of("gt", "name", "z"), "D"),
    "time": (of("gt", "built", NOW), "E"),
    "same time": (of("eq", "built", NOW), "B"),
    "boolean": (of("eq", "sold", True), "A"),
    "boolean differs, null too": (of("ne", "sold", True), "BCDE"),
    "boolean alone": (Member("sold"), "A"),
    "not a boolean, null is null": (Not(Member("sold")), "B"),
    "constant": (Constant(True), "ABCDE"),
    "and": (Binary("and", RED, of("gt", "gears", 5)), "B"),
    "or": (Binary("or", RED, of("eq", "colour", "BLUE")), "ABE"),
    "not equal by not": (Not(RED), "CDE"),
    "not of and": (Not(Binary("and", RED, of("gt", "gears", 5))), "ACDE"),
    "a comparison compared": (Binary("eq", RED, Constant(False)), "CDE"),
    "in": (In(Member("colour"), (Constant("RED"), Constant("blue"))), "ABE"),
    "in with null": (In(Member("colour"), (Constant("BLUE"), Constant(None))), "CE"),
    "in nothing": (In(Member("colour"), ()), ""),
    "not in": (Not(In(Member("colour"), (Constant("RED"), Constant("blue")))), "CD"),
    "startswith without case": (call("startswith", "name", "ROAD"), "AB"),
    "startswith beyond ASCII": (call("startswith", "name", "är"), "D"),
    "endswith": (call("endswith", "name", "STER"), "A"),
    "contains": (call("contains", "name", "dR"), "B"),
    "contains nothing": (call("contains", "name", ""), "ABCD"),
    "contains %": (call("contains", "name", "%"), "C"),
    "contains _": (call("contains", "name", "_"), "C"),
    "endswith a backslash": (call("endswith", "name", "\\"), "C"),
    "not startswith, null is null": (Not(call("startswith", "name", "road")), "CD"),
    "startswith null": (call("startswith", "name", None), ""),
    "contains another column": (Function("contains", (Member("name"), Member("colour"))), "D"),
    "tolower": (
        Binary("eq", Function("tolower", (Member("name"),)), Constant("roadster")),
        "A",
    ),
    "toupper": (
        Binary("eq", Function("toupper", (Member("name"),)), Constant("ROADSTER")),
        "A",
    ),
    "any text": (ANY_TAG_OLD, "C"),
    "any at all": (Quantified("any", "tags", "t", None), "C"),
    "not any": (Not(ANY_TAG_OLD), "ABDE"),
    "all of none is true": (
        Quantified("all", "tags", "t", Binary("eq", Member("t"), Constant("y"))),
        "ABDE",
    ),
    "any contained row": (
        Quantified("any", "wheel", "w", Binary("gt", WHEEL, Constant(30))),
        "A",
    ),
    "all contained rows, null is false": (
        Quantified("all", "wheel", "w", Binary("gt", WHEEL, Constant(10))),
        "ACDE",
    ),
    "a row of its own type only": (
        Binary("eq", When(of("eq", "sold", True), Member("colour")), Constant(None)),
        "BCDE",
    ),
    "length": (Binary("gt", Function("length", (Member("name"),)), Constant(8)), "BD"),
    "length of null is null": (
        Binary("eq", Function("length", (Member("name"),)), Constant(None)),
        "E",
    ),
    "indexof": (
        Binary("eq", Function("indexof", (Member("name"), Constant("ROAD"))), Constant(0)),
        "AB",
    ),
    "substring": (
        Binary(
            "eq",
            Function("substring", (Member("name"), Constant(4), Constant(3))),
            Constant("RUN"),
        ),
        "B",
    ),
    "concat": (
        Binary("eq", Function("concat", (Member("colour"), Constant("!"))), Constant("RED!")),
        "AB",
    ),
    "trim": (Binary("eq", Function("trim", (Member("colour"),)), Constant("BLUE")), "E"),
    "no rows contained": (Not(Quantified("any", "wheel", "w", None)), "CDE"),
    "any contained row beside a column": (
        Quantified("any", "wheel", "w", Binary("lt", Member("gears"), WHEEL)),
        "A",
    ),
}


@pytest.fixture(scope="module")
def tenant() -> str:
    """One for all, whose rows nobody changes."""
    return f"tenant-{uuid4()}"


@pytest.fixture(scope="module")
async def shop(store: Store, tenant: str) -> Store:
    wheels = [wheel(tenant, "front", "A", spokes=32), wheel(tenant, "back", "A", spokes=28)]
    wheels.append(wheel(tenant, "front", "B"))
    rows = [bicycle(tenant, id, **values) for id, values in ROWS.items()]
    await store.entities.apply([*rows, *wheels, maker(tenant, "A")])
    return store


@pytest.mark.parametrize("name", FILTERS)
async def test_a_filter_selects(shop: Store, tenant: str, name: str) -> None:
    where, ids = FILTERS[name]
    query = Query("bicycle", tenant, where=where)
    assert "".join(row["id"] for row in await shop.entities.find(query)) == ids
    assert await shop.entities.count(query) == len(ids)


BAD_FILTERS: dict[str, Node] = {
    "another type": of("eq", "gears", "3"),
    "a sealed column": of("eq", "lock_code", "1234"),
    "an unknown column": of("eq", "wings", 2),
    "a list": of("eq", "tags", "x"),
    "a value": Member("name"),
    "a function of a number": call("contains", "gears", "1"),
    "a text that no database holds": of("eq", "name", "\x00"),
    "a number that no database holds": of("eq", "gears", 2**63),
    "a text as a collection": Quantified("any", "name", "n", None),
    "an operator we do not have": of("has", "gears", 1),
    "a function we do not have": Binary("eq", call("soundex", "name", "a"), Constant(1)),
    "a member of a text": of("eq", "name/first", "x"),
    "a member that quotes": of("eq", 'tags/a"b', "x"),
    "a member that ends the SQL": of("eq", "tags/a'); --", "x"),
    "a member of the path language": of("eq", "tags/$[0]", "x"),
    "a member without a name": of("eq", "tags/", "x"),
    "a member beyond sense": of("eq", f"tags/{'a' * 200}", "x"),
    "a substring from a column": Function("substring", (Member("name"), Member("gears"))),
    "a substring from before": Function("substring", (Member("name"), Constant(-1))),
    "a collection behind a text": Quantified("any", "name/x", "n", None),
}


@pytest.mark.parametrize("name", BAD_FILTERS)
async def test_a_filter_that_cannot_be_is_invalid(store: Store, tenant: str, name: str) -> None:
    with pytest.raises(Invalid):
        await store.entities.find(Query("bicycle", tenant, where=BAD_FILTERS[name]))


ORDERS: dict[str, tuple[tuple[tuple[str, Any], ...], str]] = {
    "by key": ((), "ABCDE"),
    "nulls first, ties by key": ((("colour", "asc"),), "CEABD"),
    "nulls last, ties by key": ((("colour", "desc"),), "DABEC"),
    "numbers": ((("gears", "asc"),), "CEADB"),
    "numbers down": ((("gears", "desc"), ("id", "desc")), "BDAEC"),
    "two": ((("sold", "desc"), ("price", "asc")), "ABDCE"),
    "times down": ((("built", "desc"),), "EBACD"),
    "text without case, beyond ASCII last": ((("name", "asc"),), "ECBAD"),
}


@pytest.mark.parametrize("name", ORDERS)
async def test_an_order_is_total_and_can_be_continued_anywhere(
    shop: Store, tenant: str, name: str
) -> None:
    order, ids = ORDERS[name]
    query = Query("bicycle", tenant, order=order)
    rows = await shop.entities.find(query)
    assert "".join(row["id"] for row in rows) == ids
    for place, row in enumerate(rows):
        after = (*(row[column] for column, _ in order), row["id"].lower())
        page = await shop.entities.find(Query("bicycle", tenant, order=order, after=after, top=2))
        assert "".join(one["id"] for one in page) == ids[place + 1 : place + 3]
        assert await shop.entities.count(query) == len(ids)


async def test_top_and_skip_choose_from_the_order(shop: Store, tenant: str) -> None:
    async def ids(**options: Any) -> str:
        rows = await shop.entities.find(Query("bicycle", tenant, where=Not(RED), **options))
        return "".join(row["id"] for row in rows)

    assert [await ids(top=2), await ids(skip=1), await ids(top=1, skip=1)] == ["CD", "DE", "D"]
    assert await ids(top=0) == ""
    assert await shop.entities.count(Query("bicycle", tenant, top=1, skip=1)) == 5


async def test_a_query_may_be_within_one_parent_or_all(shop: Store, tenant: str) -> None:
    async def found(parent: str | None) -> list[tuple[str, str]]:
        rows = await shop.entities.find(Query("wheel", tenant, parent=parent))
        return [(row["id"], row["parent"]) for row in rows]

    assert await found("a") == [("back", "A"), ("front", "A")]
    assert await found(None) == [("back", "A"), ("front", "A"), ("front", "B")]
    assert await found("E") == []


async def test_rows_of_one_key_under_two_parents_can_be_continued(shop: Store, tenant: str) -> None:
    query = Query("wheel", tenant, after=("front", "A"))
    assert [row["parent"] for row in await shop.entities.find(query)] == ["B"]


async def test_a_place_that_does_not_fit_the_order_is_invalid(store: Store, tenant: str) -> None:
    with pytest.raises(Invalid):
        await store.entities.find(Query("bicycle", tenant, order=(("name", "asc"),), after=("x",)))


async def test_an_id_is_filtered_as_it_is_found(store: Store) -> None:
    tenant = f"tenant-{uuid4()}"
    await store.entities.apply([bicycle(tenant, "Straße")])
    for id in ("STRASSE", "straße"):
        assert await store.entities.count(Query("bicycle", tenant, where=of("eq", "id", id))) == 1

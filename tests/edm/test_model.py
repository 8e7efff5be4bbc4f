from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from odata.bicycles import CATALOGUE
from vestibule.edm.declare import (
    Catalogue,
    Complex,
    Declaration,
    Entity,
    EntitySet,
    Enum,
    Link,
    Navigation,
    Operation,
    Property,
)
from vestibule.edm.model import Model, snake
from vestibule.edm.types import PRIMITIVES


def catalogue(*types: Declaration, sets: tuple[EntitySet, ...] = ()) -> Catalogue:
    return Catalogue("v1", "t", "", types, sets)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        (catalogue(Entity("t.a", base="t.b")), "base of t.a: there is no type 't.b'"),
        (catalogue(Entity("t.a", base="t.b"), Entity("t.b", base="t.a")), "is its own base"),
        (catalogue(Entity("t.a"), Complex("T.A")), "'T.A' is declared twice"),
        (catalogue(Entity("t.a", properties=(Property("x", "t.b"),))), "t.a/x: there is no type"),
        (catalogue(Entity("t.a", properties=(Property("x", "Edm.Foo"),))), "no type 'Edm.Foo'"),
        (
            catalogue(Entity("t.a", properties=(Property("x"), Property("X")))),
            "declares the property 'X' twice",
        ),
        (
            catalogue(Entity("t.b"), Entity("t.a", properties=(Property("x", "t.b"),))),
            "t.b is an entity; declare a navigation",
        ),
        (
            catalogue(Entity("t.a", navigations=(Navigation("n", "t.b", contained=True),))),
            "t.a/n: there is no type 't.b'",
        ),
        (catalogue(Entity("t.a", navigations=(Navigation("n", "t.a"),))), "say `contained`"),
        (
            catalogue(
                Entity(
                    "t.a",
                    properties=(Property("n"),),
                    navigations=(Navigation("N", "t.a", link=Link("l", "a")),),
                )
            ),
            "both as property and as navigation",
        ),
        (catalogue(Operation("f", "function", "Collection(t.a)")), "operation f: there is no"),
        (
            catalogue(Entity("t.a"), Operation("f", "function", "t.a", returns="t.x")),
            "operation f/value: there is no type 't.x'",
        ),
        (catalogue(Enum("t.e", (("a", 1),), aliases={"b": "c"})), "names no member 'c'"),
        (replace(CATALOGUE, types=()), "container/bikes: there is no type 'shop.bike'"),
    ],
)
def test_a_dangling_or_doubled_name_is_refused(declared: Catalogue, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("`", ".")):
        Model(declared)


def test_types_inherit_properties_ways_and_rows() -> None:
    model = Model(CATALOGUE)
    city = model.types["shop.cityBike"]
    assert list(city.properties)[:2] == ["id", "name"]
    assert "tyre" in city.properties
    assert "tyre" not in model.types["shop.bike"].properties
    assert set(city.ways) == {"parts", "brands", "smallbrands"}
    assert (city.record, city.where) == ("bike", {"kind": "city"})
    bike = model.types["shop.bike"]
    assert bike.of({"kind": "city"}) is city
    assert bike.of({"kind": "tandem"}) is None
    brand = model.types["shop.brand"]
    assert brand.of({"kind": "small"}) is model.types["shop.smallBrand"]
    assert brand.of({"kind": "big"}) is brand


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("identityProviderType", "identity_provider_type"),
        ("id", "id"),
        ("isURLSafe", "is_url_safe"),
        ("name2Use", "name2_use"),
    ],
)
def test_columns_are_named_after_properties(name: str, column: str) -> None:
    assert snake(name) == column


@pytest.mark.parametrize(
    ("type_name", "value", "printed"),
    [
        (
            "Edm.Guid",
            "0D2B0BCA-3D8A-4B9E-9C8A-1F3D5B6C7D8E",
            "0d2b0bca-3d8a-4b9e-9c8a-1f3d5b6c7d8e",
        ),
        ("Edm.Int64", "9007199254740993", 9007199254740993),
        ("Edm.Single", 1.0, 1),
        ("Edm.Double", 1.5, 1.5),
        ("Edm.Date", "2024-02-29", "2024-02-29"),
        ("Edm.Binary", "AAE=", "AAE="),
        ("Edm.DateTimeOffset", "2024-02-29T01:02:03.5Z", "2024-02-29T01:02:03.500000Z"),
        ("Edm.Untyped", {"a": [1]}, {"a": [1]}),
    ],
)
def test_primitives_print_what_they_parse(type_name: str, value: Any, printed: Any) -> None:
    primitive = PRIMITIVES[type_name]
    parsed = primitive.parse(value)
    shown = primitive.show(parsed) if primitive.show is not None else parsed
    assert shown == printed
    assert type(shown) is type(printed)


@pytest.mark.parametrize(
    ("type_name", "value"),
    [
        ("Edm.Guid", "0d2b0bca"),
        ("Edm.Guid", 5),
        ("Edm.Int64", "x"),
        ("Edm.Int64", "9" * 5000),
        ("Edm.Int64", 2**63),
        ("Edm.Int16", 1e300),
        ("Edm.Date", "2023-02-29"),
        ("Edm.Binary", "A"),
        ("Edm.Binary", "é"),
        ("Edm.DateTimeOffset", 5),
        ("Edm.DateTimeOffset", "2024-02-30T00:00:00Z"),
    ],
)
def test_primitives_refuse_what_they_are_not(type_name: str, value: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # whatever the message, the property is named
        PRIMITIVES[type_name].parse(value)

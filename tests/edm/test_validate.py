from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from odata.bicycles import CATALOGUE
from vestibule.edm.model import Model
from vestibule.edm.validate import Missing, arguments, clean
from vestibule.errors import Invalid

MODEL = Model(CATALOGUE)
BIKE = MODEL.types["shop.bike"]
ROAD = MODEL.types["shop.roadBike"]
ROW: dict[str, Any] = {
    "id": "A", "name": "a", "frame_number": "AB1", "kind": "road", "colour": "red", "version": 1,
}  # fmt: skip


def road(**values: Any) -> dict[str, Any]:
    return {"@odata.type": "#shop.roadBike", "name": "a", **values}


def test_defaults_fill_what_is_absent() -> None:
    type_, values = clean(MODEL, BIKE, road())
    assert type_ is ROAD
    assert values == {"name": "a", "colour": "red", "sold": False}


@pytest.mark.parametrize(
    "name",
    ["#shop.roadBike", "shop.roadBike", "SHOP.ROADBIKE", "s.roadbike", "roadBike", "#S.RoadBike"],
)
def test_a_type_is_found_by_any_of_its_names(name: str) -> None:
    assert clean(MODEL, BIKE, {"@odata.type": name, "name": "a"})[0] is ROAD


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"GEARS": 3.0}, {"gears": 3}),
        ({"weight": 3}, {"weight": 3.0}),
        ({"colour": "Navy"}, {"colour": "darkBlue"}),
        ({"colour": None}, {"colour": None}),
        ({"tags": ["a", "b"]}, {"tags": ["a", "b"]}),
        ({"built": "2024-01-31T13:00:00+01:00"}, {"built": datetime(2024, 1, 31, 12, tzinfo=UTC)}),
        ({"createdBy": {"any": "thing"}}, {}),
        ({"@odata.context": "x", "name@odata.type": "#String", "odata.id": 1}, {}),
        ({"brands": [{"id": "x"}, {"@odata.id": "X"}, "y"]}, {"brands": ["x", "y"]}),
        ({"brands@odata.bind": ["https://h/v1/brands/x"]}, {"brands": ["x"]}),
        ({"makers": {"FrameMaker": {"@odata.id": "x"}}}, {"makers": {"frameMaker": "x"}}),
        (
            {"seat": {"@odata.type": "#shop.sprungSeat", "material": "x", "springs": 2}},
            {"seat": {"material": "x", "springs": 2, "@odata.type": "#shop.sprungSeat"}},
        ),
    ],
)
def test_values_become_clean(given: dict[str, Any], expected: dict[str, Any]) -> None:
    values = clean(MODEL, BIKE, road(**given))[1]
    assert values == {"name": "a", "colour": "red", "sold": False, **expected}


@pytest.mark.parametrize(
    ("given", "target", "message"),
    [
        ({"wings": 2}, "wings", "The property 'wings' does not exist on type 'shop.roadBike'."),
        ({"Name": "b"}, "Name", "is given twice"),
        ({"gears": "3"}, "gears", "must be a whole number of 32 bits"),
        ({"gears": 3.5}, "gears", "must be a whole number"),
        ({"gears": True}, "gears", "must be a whole number"),
        ({"gears": 2**31}, "gears", "must be a whole number"),
        ({"gears": 0}, "gears", "must be at least 1"),
        ({"weight": "heavy"}, "weight", "must be a number"),
        ({"weight": 10**400}, "weight", "must be a number"),
        ({"sold": "true"}, "sold", "must be true or false"),
        ({"sold": None}, "sold", "must not be null"),
        ({"colour": "green"}, "colour", "must be one of red, darkBlue."),
        ({"colour": "unknownFutureValue"}, "colour", "must be one of red, darkBlue."),
        ({"colour": 1}, "colour", "must be one of"),
        ({"built": "yesterday"}, "built", "must be a date and time with offset"),
        ({"built": "2024-01-31T12:00:00"}, "built", "with offset"),
        ({"built": "0001-01-01T00:00:00+14:00"}, "built", "with offset"),
        ({"tags": "a"}, "tags", "must be an array"),
        ({"tags": ["a", 1]}, "tags/1", "must be a text"),
        ({"tags": [None]}, "tags/0", "must be a text"),
        ({"name": "x" * 31}, "name", "at most 30 characters. A short name will do."),
        ({"name": "a\0b"}, "name", "must be a text"),
        ({"frameNumber": "AB1\n"}, "frameNumber", "does not have the form"),
        ({"label": "#a"}, "label", "is set by the server; leave it out"),
        ({"seat": "soft"}, "seat", "must be an object"),
        ({"seat": {"material": "x"}}, "seat/@odata.type", "Use '#shop.sprungSeat'."),
        ({"seat": {"@odata.type": "sprungSeat"}}, "seat/material", "must not be null or empty"),
        (
            {"seat": {"@odata.type": "sprungSeat", "material": "x", "springs": 9}},
            "seat/springs",
            "must be at most 8",
        ),
        ({"makers": {"frameMaker": 5}}, "makers/frameMaker", "must refer to an existing resource"),
        ({"makers": {"frameMaker": "/bikes/x"}}, "makers/frameMaker", "one of brands, not 'bikes'"),
        ({"parts": []}, "parts", "cannot be set here"),
        ({"@odata.type": "shop.brand"}, "@odata.type", "is not a type that fits here"),
        ({"@odata.type": 5}, "@odata.type", "Use '#shop.cityBike' or '#shop.roadBike'."),
        ({"@odata.type": "shop.bike"}, "@odata.type", "is not a type that fits here"),
    ],
)
def test_a_wrong_value_is_named(given: dict[str, Any], target: str, message: str) -> None:
    with pytest.raises(Invalid) as caught:
        clean(MODEL, BIKE, road(**given))
    assert caught.value.target == target
    assert message in caught.value.message


@pytest.mark.parametrize(
    "given", [{}, {"name": None}, {"name": " "}], ids=["absent", "null", "empty"]
)
def test_what_is_required_must_be_there(given: dict[str, Any]) -> None:
    with pytest.raises(Missing) as caught:
        clean(MODEL, ROAD, given)
    assert caught.value.message == (
        "The value must not be null or empty. Parameter name: Name. Set 'name'. "
        "A short name will do."
    )


def test_a_change_names_only_what_it_changes() -> None:
    given = {"id": "a", "frameNumber": "AB1", "gears": 2, "makers": {}, "lockCode": "****"}
    assert clean(MODEL, ROAD, given, current=ROW)[1] == {"gears": 2, "makers": {}}
    typed = {"@odata.type": "#shop.bicycle", "label": "#a", "colour": None}
    assert clean(MODEL, ROAD, typed, current=ROW)[1] == {"colour": None}


@pytest.mark.parametrize(
    ("given", "target"),
    [
        ({"id": "b"}, "id"),
        ({"frameNumber": "AB2"}, "frameNumber"),
        ({"frameNumber": None}, "frameNumber"),
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"label": "#b"}, "label"),
        ({"@odata.type": "#shop.cityBike"}, "@odata.type"),
        ({"brands": []}, "brands"),
        ({"makers": {"frameMaker": "x"}}, "makers"),
        ({"seat": {"@odata.type": "sprungSeat"}}, "seat/material"),
    ],
)
def test_a_change_is_refused_where_it_cannot_be(given: dict[str, Any], target: str) -> None:
    with pytest.raises(Invalid) as caught:
        clean(MODEL, ROAD, given, current=ROW)
    assert caught.value.target == target


def test_parameters_of_operations_are_checked_alike() -> None:
    parameters = ROAD.operations["repaint", False].parameters
    assert arguments(MODEL, parameters, {"COLOUR": "navy"}) == {"colour": "darkBlue"}
    for given in ({}, {"colour": "x"}, {"colour": "red", "gloss": True}):
        with pytest.raises(Invalid):
            arguments(MODEL, parameters, given)

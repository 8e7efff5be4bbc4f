"""Answers to attributes as a table: what was sent, what is kept, what is wrong.

Source: runtime 4.3, 4.4.
"""

from __future__ import annotations

from typing import Any

import pytest

from vestibule.journey.collected import choices, collect, preselected, stored
from vestibule.journey.countries import COUNTRIES
from vestibule.journey.plan import asked
from vestibule.tenancy import Assignment, Choice, claim_of, short_name
from vestibule.texts import sentences

NAME = f"extension_{'0' * 32}_Answer"
FIELD = "extension_Answer"
RADIO = "radioSingleSelect"
LIST = "dropdownSingleSelect"
BOXES = "checkboxMultiSelect"
DATE = "dateTimeDropdown"


def question(
    input_type: str = "textBox",
    *values: str,
    id: str = NAME,
    type: str = "string",
    optional: bool = False,
) -> dict[str, Any]:
    """As the plan tells it. The names of options are their values in capitals."""
    options = tuple(Choice(value.upper(), value) for value in values)
    return asked(Assignment(id, "Label", type, input_type, optional, False, options))


def parts(day: str, month: str, year: str) -> dict[str, str]:
    return {f"{FIELD}.day": day, f"{FIELD}.month": month, f"{FIELD}.year": year}


WHOLE: dict[str, Any] = {"type": "int64"}
SEVERAL: dict[str, Any] = {"type": "stringCollection"}
YES: dict[str, Any] = {"type": "boolean"}
MOMENT: dict[str, Any] = {"type": "dateTime"}
OPTIONAL: dict[str, Any] = {"optional": True}

GIVEN: dict[str, tuple[dict[str, Any], dict[str, str], Any]] = {
    "a text": (question(), {FIELD: "  Ada's  "}, "Ada's"),
    "a text of the longest": (question(), {FIELD: "x" * 250}, "x" * 250),
    "a text in another script": (question(), {FIELD: "Ἄδα 愛達"}, "Ἄδα 愛達"),
    "angles elsewhere": (question(), {FIELD: "a < b"}, "a < b"),
    "a display name": (question(id="displayName"), {"displayName": "x" * 256}, "x" * 256),
    "a street": (question(id="streetAddress"), {"streetAddress": "x" * 1024}, "x" * 1024),
    "an address": (question("emailBox"), {FIELD: "ada@home.example"}, "ada@home.example"),
    "a number": (question(**WHOLE), {FIELD: " -42 "}, -42),
    "the largest number": (question(**WHOLE), {FIELD: str(2**63 - 1)}, 2**63 - 1),
    "a choice": (question(RADIO, "s", "m"), {FIELD: "m"}, "m"),
    "a number from a list": (question(LIST, "1", "2", **WHOLE), {FIELD: "2"}, 2),
    "no": (question(RADIO, "true", "false", **YES), {FIELD: "false"}, False),
    "a country": (question(LIST, id="country"), {"country": "Côte d'Ivoire"}, "Côte d'Ivoire"),
    "boxes": (question(BOXES, "a", "b", "c", **SEVERAL), {f"{FIELD}.2": "c", f"{FIELD}.0": "a"},
              ["a", "c"]),
    "boxes with commas": (question(BOXES, "a", "b", **SEVERAL), {FIELD: "b,a"}, ["a", "b"]),
    "boxes into a text": (question(BOXES, "a", "b"), {f"{FIELD}.0": "a", f"{FIELD}.1": "b"}, "a,b"),
    "a box": (question(BOXES, "true", **YES), {f"{FIELD}.0": "true"}, True),
    "a box left empty": (question(BOXES, "true", **YES, **OPTIONAL), {}, False),
    "a date": (question(DATE), parts("9", "02", "1985"), "1985-02-09"),
    "a leap day": (question(DATE), parts("29", "2", "2000"), "2000-02-29"),
    "a moment": (question(DATE, **MOMENT), parts("1", "12", "2026"), "2026-12-01T00:00:00Z"),
    "a date in one": (question(DATE), {FIELD: "1985-02-09"}, "1985-02-09"),
    "nothing, where it may": (question(**OPTIONAL), {FIELD: " "}, None),
    "no number, where it may": (question(**WHOLE, **OPTIONAL), {}, None),
    "no choice, where it may": (question(RADIO, "s", **OPTIONAL), {FIELD: ""}, None),
    "no box, where it may": (question(BOXES, "a", **SEVERAL, **OPTIONAL), {}, None),
    "no date, where it may": (question(DATE, **OPTIONAL), parts("", "", ""), None),
}  # fmt: skip


@pytest.mark.parametrize(("asks", "fields", "value"), GIVEN.values(), ids=GIVEN)
def test_an_answer_is_kept_with_its_type(
    asks: dict[str, Any], fields: dict[str, str], value: Any
) -> None:
    kept = collect([asks], fields)
    assert kept.errors == {}
    assert kept.values == ({} if value is None else {asks["id"]: value})
    assert type(kept.values.get(asks["id"])) is type(value)


REFUSED: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "nothing": (question(), {}, "required"),
    "only spaces": (question(), {FIELD: "   "}, "required"),
    "no choice": (question(RADIO, "s"), {}, "required"),
    "no box": (question(BOXES, "true", **YES), {}, "required"),
    "no date": (question(DATE), {}, "required"),
    "too long": (question(), {FIELD: "x" * 251}, "long"),
    "far too long": (question(), {FIELD: "x" * 100_000}, "long"),
    "a long city": (question(id="city"), {"city": "x" * 129}, "long"),
    "a long postal code": (question(id="postalCode"), {"postalCode": "x" * 41}, "long"),
    "a control character": (question(), {FIELD: "a\x00b"}, "characters"),
    "a line break": (question(), {FIELD: "a\nb"}, "characters"),
    "half a surrogate pair": (question(), {FIELD: "a\ud800"}, "characters"),
    "turned writing": (question(), {FIELD: "a\u202eb"}, "characters"),
    "a tag in a name": (question(id="displayName"), {"displayName": "<b>"}, "characters"),
    "words for a number": (question(**WHOLE), {FIELD: "two"}, "number"),
    "half a number": (question(**WHOLE), {FIELD: "1.5"}, "number"),
    "digits of another script": (question(**WHOLE), {FIELD: "४२"}, "number"),
    "a number too large": (question(**WHOLE), {FIELD: str(2**63)}, "number"),
    "a number of 10,000 digits": (question(**WHOLE), {FIELD: "9" * 10_000}, "number"),
    "an option's name": (question(RADIO, "s", "m"), {FIELD: "M"}, "choice"),
    "a choice of another question": (question(LIST, "s"), {FIELD: "xl"}, "choice"),
    "no country": (question(LIST, id="country"), {"country": "Atlantis"}, "choice"),
    "a country not offered": (
        question(LIST, "at", id="country"), {"country": "France"}, "choice",
    ),
    "another box": (question(BOXES, "a", **SEVERAL), {f"{FIELD}.0": "b"}, "choice"),
    "another box with commas": (question(BOXES, "a", **SEVERAL), {FIELD: "a,b"}, "choice"),
    "31 February": (question(DATE), parts("31", "2", "2000"), "date"),
    "half a date": (question(DATE), parts("1", "2", ""), "date"),
    "a date in words": (question(DATE), parts("first", "May", "2000"), "date"),
    "a date of another script": (question(DATE), parts("१", "2", "2000"), "date"),
    "the year 0": (question(DATE), parts("1", "1", "0"), "date"),
}  # fmt: skip


@pytest.mark.parametrize(("asks", "fields", "error"), REFUSED.values(), ids=REFUSED)
def test_an_answer_is_refused_beside_its_field(
    asks: dict[str, Any], fields: dict[str, str], error: str
) -> None:
    kept = collect([asks], fields)
    assert kept.errors == {asks["field"]: f"attribute.{error}"}
    assert kept.values == {}
    assert f"attribute.{error}" in sentences()


def test_an_address_is_refused_as_such() -> None:
    assert collect([question("emailBox")], {FIELD: "ada"}).errors == {FIELD: "email.invalid"}


def test_what_is_not_asked_is_not_kept_and_what_was_typed_stays() -> None:
    asks = [question(DATE), question(id="city"), question(BOXES, "a", "b", id="state")]
    fields = {**parts("1", "x", ""), "city": " Wien ", "state.1": "b", "surname": "Mallory"}
    kept = collect(asks, fields)
    assert kept.values == {"city": "Wien", "state": "b"}
    assert kept.typed == {FIELD: ["1", "x", ""], "city": "Wien", "state": ["b"]}


def test_defaults_stand_on_the_page() -> None:
    options = (Choice("A", "a", default=True), Choice("B", "b"), Choice("C", "c", default=True))
    boxes = asked(Assignment(NAME, "L", "string", BOXES, True, False, options))
    radio = asked(Assignment(NAME, "L", "string", RADIO, True, False, options[:2]))
    assert preselected(boxes) == ["a", "c"]
    assert preselected(radio) == "a"
    assert preselected(question()) == ""
    assert preselected(question(DATE)) == ["", "", ""]


def test_every_country_is_offered_once() -> None:
    names = [one["name"] for one in choices(question(LIST, id="country"))]
    assert names == list(COUNTRIES.values())
    assert len(set(names)) == len(names) == 250
    assert {"Austria", "Japan", "Türkiye", "United States"} <= set(names)
    assert choices(question(LIST, id="city")) == []


@pytest.mark.parametrize(
    ("id", "field", "claim"),
    [
        ("displayName", "displayName", "name"),
        ("givenName", "givenName", "given_name"),
        ("surname", "surname", "family_name"),
        ("jobTitle", "jobTitle", "jobTitle"),
        (f"extension_{'0' * 32}_Shoe_size", "extension_Shoe_size", "extension_Shoe_size"),
        ("extension_short", "extension_short", "extension_short"),
    ],
)
def test_pages_and_tokens_have_names_of_their_own(id: str, field: str, claim: str) -> None:
    assert (short_name(id), claim_of(id)) == (field, claim)


@pytest.mark.parametrize("name", GIVEN)
def test_what_was_stored_stands_on_the_page_again(name: str) -> None:
    asked_for, fields, value = GIVEN[name]
    again = stored(asked_for, value)
    texts = [again] if isinstance(again, str) else again
    match asked_for["input"]:
        case "checkboxMultiSelect":
            typed = {f"{FIELD}.{index}": text for index, text in enumerate(texts)}
        case "dateTimeDropdown":
            typed = parts(*texts)
        case _:
            typed = {asked_for["field"]: texts[0]}
    assert collect([asked_for], typed).values == collect([asked_for], fields).values

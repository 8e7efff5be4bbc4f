"""Answers to the attributes that a flow asks for: typed texts → values, or what is wrong.

A question is an attribute as the plan tells it (`plan.asked`), in JSON. Values are as Graph has
them: text, bool, int, a list of texts; a date is a text, or the instant at which it begins.
Source: runtime 4.3, 4.4, 5.10.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from vestibule.addresses import is_address
from vestibule.journey.countries import COUNTRIES

Question = Mapping[str, Any]
Typed = str | list[str]
"""As it stood on the page: a text; the values that are ticked; day, month and year."""

LIMITS: Mapping[str, int] = {
    "displayName": 256,
    "givenName": 64,
    "surname": 64,
    "city": 128,
    "country": 128,
    "jobTitle": 128,
    "state": 128,
    "postalCode": 40,
    "streetAddress": 1024,
}
"""Characters; those of an extension are `EXTENSION_LIMIT`."""
EXTENSION_LIMIT = 250
FIRST_YEAR = 1900
PARTS = ("day", "month", "year")

_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_LARGEST = 2**63
_KEPT = 2048  # characters of an answer that is shown again
_MOST_VALUES = 100  # of a collection that a program gives


class _Wrong(Exception):
    """Ends in the text id of the sentence beside the field."""


@dataclass(frozen=True, slots=True)
class Collected:
    """`values` by Graph property, those that were given; `typed` and `errors` by field."""

    values: Mapping[str, Any] = field(default_factory=dict)
    typed: Mapping[str, Typed] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


def collect(questions: Sequence[Question], fields: Mapping[str, str]) -> Collected:
    """Judge the answers to these questions; any other field of the form says nothing."""
    values: dict[str, Any] = {}
    typed: dict[str, Typed] = {}
    errors: dict[str, str] = {}
    for question in questions:
        name = question["field"]
        typed[name] = _READERS.get(question["input"], _line)(question, fields)
        try:
            value = _judged(question, typed[name])
        except _Wrong as wrong:
            errors[name] = str(wrong)
        else:
            if value is not None:
                values[question["id"]] = value
    return Collected(values, typed, errors)


def preselected(question: Question) -> Typed:
    """What stands on the page before anybody typed: the options that are default."""
    chosen = [option["value"] for option in question["options"] if option["default"]]
    match question["input"]:
        case "checkboxMultiSelect":
            return chosen
        case "dateTimeDropdown":
            return ["", "", ""]
    return chosen[0] if chosen else ""


def asked(questions: Sequence[Question], answers: Mapping[str, Typed]) -> list[dict[str, Any]]:
    """Questions for a page, each with what stands in it."""
    return [
        {**question, "typed": answers.get(question["field"], preselected(question))}
        for question in questions
    ]


def stored(question: Question, value: Any) -> Typed:
    """A stored value as it stands on the page; the opposite of what `collect` does."""
    match question["input"], value:
        case "checkboxMultiSelect", None | False:
            return []
        case "checkboxMultiSelect", list():
            return list(value)
        case "checkboxMultiSelect", True:
            return [option["value"] for option in choices(question)]
        case "checkboxMultiSelect", _:
            return str(value).split(",")
        case "dateTimeDropdown", _:
            whole = _ISO.match(str(value))
            return [whole[3].lstrip("0"), whole[2].lstrip("0"), whole[1]] if whole else ["", "", ""]
        case _, None:
            return ""
        case _, bool():
            return _spelled(question, str(value).lower())
    return str(value)


def _spelled(question: Question, text: str) -> str:
    """The option of a boolean as the administrator spelled it."""
    same = (option["value"] for option in choices(question) if option["value"].lower() == text)
    return next(same, text)


def choices(question: Question) -> Sequence[Mapping[str, Any]]:
    """The options of a question: name, value, default. A list of `country` has every country
    unless the administrator says which."""
    given: Sequence[Mapping[str, Any]] = question["options"]
    if given or (question["id"], question["input"]) != ("country", "dropdownSingleSelect"):
        return given
    return [{"name": name, "value": name, "default": False} for name in COUNTRIES.values()]


def limit(question: Question) -> int:
    """The most characters of a text."""
    return LIMITS.get(question["id"], EXTENSION_LIMIT)


# --------------------------------------------------------------------------- from a program


def received(attribute: str, data_type: str, value: Any) -> Any:
    """The value that a program gives for an attribute, as it is stored; None for an empty text.

    Judged as an answer is, but that it need not be among the options of a question. Raises
    ValueError with the text id of what is wrong.
    """
    try:
        return _received({"id": attribute, "type": data_type}, value)
    except _Wrong as wrong:
        raise ValueError(str(wrong)) from None


def _received(question: Question, value: Any) -> Any:
    match question["type"], value:
        case "boolean", bool():
            return value
        case "boolean", str() if value.casefold() not in {"true", "false", ""}:
            raise _Wrong("attribute.choice")
        case "stringCollection", list() if len(value) <= _MOST_VALUES:
            return [one for one in (_text_of(question, one) for one in value) if one] or None
        case "stringCollection", str():
            return [_of_text(question, one) for one in value.split(",") if one] or None
        case "dateTime", str() if value:
            return _instant(value)
        case (("string" | "int64"), int()) if not isinstance(value, bool):
            return _of_text(question, str(value))
    return _text_of(question, value)


def _text_of(question: Question, value: Any) -> Any:
    if not isinstance(value, str):
        raise _Wrong("attribute.characters")
    return _of_text(question, value) if value else None


def _instant(text: str) -> str:
    """With or without a time of day; without a zone it is UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _Wrong("attribute.date") from None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# --------------------------------------------------------------------------- reading a form


def _line(question: Question, fields: Mapping[str, str]) -> str:
    return fields.get(question["field"], "").strip()[:_KEPT]


def _ticked(question: Question, fields: Mapping[str, str]) -> list[str]:
    """Our boxes have a name each, `{field}.{index}`; B2C's scripts send all with commas."""
    name = question["field"]
    boxes = [fields.get(f"{name}.{index}", "") for index in range(len(question["options"]))]
    together = fields.get(name, "")[:_KEPT].split(",")
    return [text.strip() for text in (*boxes, *together) if text.strip()]


def _date(question: Question, fields: Mapping[str, str]) -> list[str]:
    """Our lists have a name each, `{field}.day`; B2C's scripts send `2000-01-31`."""
    name = question["field"]
    whole = _ISO.fullmatch(fields.get(name, "").strip())
    if whole is not None:
        return [whole[3].lstrip("0"), whole[2].lstrip("0"), whole[1]]
    return [fields.get(f"{name}.{part}", "").strip()[:4] for part in PARTS]


_READERS: Mapping[str, Callable[[Question, Mapping[str, str]], Typed]] = {
    "checkboxMultiSelect": _ticked,
    "dateTimeDropdown": _date,
}

# --------------------------------------------------------------------------- judging


def _judged(question: Question, typed: Typed) -> Any:
    """The value, None if none was given. Raises _Wrong."""
    if not any(typed) and not question["optional"]:
        raise _Wrong("attribute.required")
    if question["input"] == "checkboxMultiSelect":
        return _of_boxes(question, list(typed))
    if not any(typed):
        return None
    if isinstance(typed, list):
        return _of_date(question, typed)
    if question["input"] in {"radioSingleSelect", "dropdownSingleSelect"}:
        if typed not in _options(question):
            raise _Wrong("attribute.choice")
    elif question["input"] == "emailBox" and not is_address(typed):
        raise _Wrong("email.invalid")
    return _of_text(question, typed)


def _options(question: Question) -> list[str]:
    return [option["value"] for option in choices(question)]


def _of_boxes(question: Question, ticked: list[str]) -> Any:
    """A boolean has one box, whose absence says no; a text holds the values with commas."""
    options = _options(question)
    if not set(ticked) <= set(options):
        raise _Wrong("attribute.choice")
    chosen = [value for value in options if value in ticked]
    if question["type"] == "boolean":
        return bool(chosen)
    if question["type"] == "stringCollection":
        return chosen or None
    return _of_text(question, ",".join(chosen)) if chosen else None


def _of_date(question: Question, parts: Sequence[str]) -> str:
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise _Wrong("attribute.date")
    day, month, year = map(int, parts)
    try:
        whole = date(year, month, day).isoformat()
    except ValueError:
        raise _Wrong("attribute.date") from None
    return f"{whole}T00:00:00Z" if question["type"] == "dateTime" else whole


def _of_text(question: Question, text: str) -> Any:
    match question["type"]:
        case "boolean":
            return text.casefold() == "true"
        case "int64":
            number = int(text) if _WHOLE.fullmatch(text) else _LARGEST
            if not -_LARGEST <= number < _LARGEST:
                raise _Wrong("attribute.number")
            return number
    if len(text) > limit(question):
        raise _Wrong("attribute.long")
    if not text.isprintable() or (question["id"] == "displayName" and {"<", ">"} & set(text)):
        raise _Wrong("attribute.characters")
    return text

"""The controls with which a page asks for attributes: questions of a journey → what templates draw.

Source: runtime 4.3, 5.10; the element ids are those of B2C's pages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vestibule.addresses import ADDRESS_LIMIT
from vestibule.journey.collected import FIRST_YEAR, PARTS, choices, limit
from vestibule.texts import Voice
from vestibule.texts.localized import CHOICE, LABEL

_TOKEN = re.compile(r"[A-Za-z0-9_-]+")
_AUTOCOMPLETE: Mapping[str, str] = {
    "displayName": "name",
    "givenName": "given-name",
    "surname": "family-name",
    "city": "address-level2",
    "country": "country-name",
    "jobTitle": "organization-title",
    "postalCode": "postal-code",
    "state": "address-level1",
    "streetAddress": "street-address",
}
_MONTHS = 12
_DAYS = 31


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: `id` of its element, `name` of its form field, and whether it is chosen."""

    id: str
    name: str
    value: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Control:
    """One question. `kind` is B2C's name of the control, a class of its list item."""

    id: str
    kind: str
    label: str
    required: bool
    autocomplete: str
    text: str = ""
    limit: int = 0
    number: bool = False
    options: tuple[Option, ...] = ()
    parts: tuple[tuple[str, tuple[Option, ...]], ...] = ()  # day, month and year of a date


def controls(model: Mapping[str, Any], voice: Voice) -> tuple[Control, ...]:
    """What the page's model asks for, in its order and with the words of `voice`."""
    year = model.get("this_year", FIRST_YEAR)
    return tuple(_control(question, year, voice) for question in model.get("attributes", ()))


def field(control: Control) -> dict[str, Any]:
    """The control's entry in `SA_FIELDS`."""
    shown = [{"value": option.value, "name": option.text} for option in control.options]
    return {
        "ID": control.id,
        "UX_INPUT_TYPE": control.kind,
        "DN": control.label,
        "IS_REQ": control.required,
        **({"OPTIONS": shown} if shown else {}),
    }


def _control(question: Mapping[str, Any], year: int, voice: Voice) -> Control:
    kind = question["input"][:1].upper() + question["input"][1:]
    typed = question["typed"]
    email = kind == "EmailBox"
    return Control(
        id=question["field"],
        kind=kind,
        label=voice.label(f"{LABEL}{question['field']}", question["label"]),
        required=not question["optional"],
        autocomplete="email" if email else _AUTOCOMPLETE.get(question["id"], "off"),
        text=typed if isinstance(typed, str) else "",
        limit=ADDRESS_LIMIT if email else limit(question),
        number=question["type"] == "int64",
        options=_options(question, typed, voice),
        parts=_parts(question["field"], typed, year) if kind == "DateTimeDropdown" else (),
    )


def _options(
    question: Mapping[str, Any], typed: str | Sequence[str], voice: Voice
) -> tuple[Option, ...]:
    """Boxes have a field each, so that a form never repeats one."""
    field = question["field"]
    several = question["input"] == "checkboxMultiSelect"
    chosen = (typed,) if isinstance(typed, str) else typed
    return tuple(
        Option(
            id=f"{field}_{value}" if _TOKEN.fullmatch(value) else f"{field}-{index}",
            name=f"{field}.{index}" if several else field,
            value=value,
            text=voice.label(f"{CHOICE}{field}.{value}", option["name"]),
            chosen=value in chosen,
        )
        for index, option in enumerate(choices(question))
        for value in (option["value"],)
    )


def _parts(
    field: str, typed: Sequence[str], year: int
) -> tuple[tuple[str, tuple[Option, ...]], ...]:
    numbers = (range(1, _DAYS + 1), range(1, _MONTHS + 1), range(year, FIRST_YEAR - 1, -1))
    return tuple(
        (
            part,
            tuple(
                Option(
                    id=f"{field}_{part}",
                    name=f"{field}.{part}",
                    value=str(number),
                    text=str(number),
                    chosen=str(number) == chosen.lstrip("0"),
                )
                for number in those
            ),
        )
        for part, those, chosen in zip(PARTS, numbers, typed, strict=True)
    )

"""userAttributeAssignments of a user flow: which attributes it asks for, how, and in which order.

Their record belongs to `user_flows`. Source: graph-surface 10.2, 11.5, 16 (C14, C22); runtime 4.3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from vestibule.edm.declare import (
    Complex,
    Declaration,
    Entity,
    Enum,
    Link,
    Navigation,
    Operation,
    Property,
)
from vestibule.errors import Invalid
from vestibule.ports import Query, Row, Update
from vestibule.rules import Context, Decision, Done, Rules

_INPUT_TYPE = Enum(
    "microsoft.graph.identityUserFlowAttributeInputType",
    (
        ("textBox", 1),
        ("dateTimeDropdown", 2),
        ("radioSingleSelect", 3),
        ("dropdownSingleSelect", 4),
        ("emailBox", 5),
        ("checkboxMultiSelect", 6),
    ),
    aliases={"dateTimeSelect": "dateTimeDropdown"},
)
_MOST_CHARACTERS = 250  # of an option, as of an extension's value (runtime 4.4)
_MOST_OPTIONS = 300
_VALUE = Complex(
    "microsoft.graph.userAttributeValuesItem",
    properties=(
        Property("name", required=True, max_length=_MOST_CHARACTERS),
        Property("value", required=True, max_length=_MOST_CHARACTERS),
        Property("isDefault", "Edm.Boolean", nullable=False, default=False),
    ),
)
_ORDER = Complex(
    "microsoft.graph.assignmentOrder",
    properties=(Property("order", "Collection(Edm.String)", required=True),),
)
_ASSIGNMENT = Entity(
    "microsoft.graph.identityUserFlowAttributeAssignment",
    record="user_flow_assignment",
    base="microsoft.graph.entity",
    properties=(
        Property("displayName", max_length=256),
        Property("isOptional", "Edm.Boolean", nullable=False, default=False),
        Property("requiresVerification", "Edm.Boolean", nullable=False, default=False),
        Property("userInputType", _INPUT_TYPE.name, nullable=False, required=True),
        Property("userAttributeValues", f"Collection({_VALUE.name})", default=()),
    ),
    navigations=(
        Navigation(
            "userAttribute",
            "microsoft.graph.identityUserFlowAttribute",
            collection=False,
            link=Link("", "attribute"),
            names=("userFlowAttributes",),
            given_in_create=True,
            required=True,
            verbs=frozenset({"get"}),
        ),
    ),
)
_BOUND = f"Collection({_ASSIGNMENT.name})"
_ALL: tuple[Declaration, ...] = (
    _INPUT_TYPE,
    _VALUE,
    _ORDER,
    _ASSIGNMENT,
    Operation("getOrder", "function", _BOUND, returns=_ORDER.name),
    Operation(
        "setOrder",
        "action",
        _BOUND,
        parameters=(Property("newAssignmentOrder", _ORDER.name, required=True),),
    ),
)
TYPES: dict[str, tuple[Declaration, ...]] = {"v1.0": _ALL, "beta": _ALL}

# --------------------------------------------------------------------------- rules

_ONE_OF = frozenset({"radioSingleSelect", "dropdownSingleSelect"})
_BOXES = "checkboxMultiSelect"
_SELECTS = _ONE_OF | {_BOXES}
_FIT: Mapping[str, frozenset[str]] = {
    "string": _SELECTS | {"textBox", "emailBox", "dateTimeDropdown"},
    "boolean": _SELECTS,
    "int64": _ONE_OF | {"textBox"},
    "stringCollection": frozenset({_BOXES}),
    "dateTime": frozenset({"dateTimeDropdown"}),
}
"""Data type → the input types that can ask for it."""

_EMAIL = "email"
_TOLD_ONLY = frozenset(
    {
        "emails",
        "identityProvider",
        "identityProviderAccessToken",
        "legalAgeGroupClassification",
        "newUser",
        "objectId",
    }
)
"""Attributes that tokens can tell, and nobody can be asked for."""
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")


async def _create(context: Context, values: dict[str, Any]) -> Decision:
    """The assignment is named after its attribute, and comes last."""
    assert context.parent is not None  # noqa: S101  # contained in a flow
    flow = context.parent["id"]
    attribute = await _attribute(context, values["userAttribute"])
    if attribute["id"] in _TOLD_ONLY:
        raise Invalid(
            f"'{attribute['id']}' can be told in tokens only; nobody can be asked for it.",
            target="userAttribute",
        )
    _check(attribute, values)
    last = await context.entities.find(
        Query(
            "user_flow_assignment",
            context.tenant,
            parent=flow,
            order=(("position", "desc"),),
            top=1,
        )
    )
    columns = {
        "display_name": values.get("displayName") or attribute["display_name"],
        "position": last[0]["position"] + 1 if last else 0,
        "user_attribute_values": list(values["userAttributeValues"] or ()),
    }
    return Decision(id=attribute["id"], columns=columns)


async def _update(context: Context, row: Row, values: dict[str, Any]) -> Decision:
    """Control and options are written together, so that of two updates neither is half there."""
    attribute = await _attribute(context, row["attribute"])
    input_type = values.get("userInputType", row["user_input_type"])
    kept = row["user_attribute_values"] if input_type in _SELECTS else ()
    whole = {
        "userInputType": input_type,
        "requiresVerification": values.get("requiresVerification", row["requires_verification"]),
        "userAttributeValues": values.get("userAttributeValues", kept),
    }
    _check(attribute, whole)
    options = list(whole["userAttributeValues"] or ())
    return Decision(columns={"user_input_type": input_type, "user_attribute_values": options})


async def _attribute(context: Context, id: str) -> Row:
    row = await context.entities.get("user_flow_attribute", context.tenant, id)
    if row is None:
        raise Invalid(
            f"'userAttribute' refers to '{id}', which does not exist.", target="userAttribute"
        )
    return row


def _check(attribute: Row, values: Mapping[str, Any]) -> None:
    """Whether the control fits the attribute and the options fit both. Raises Invalid."""
    input_type, data_type = values["userInputType"], attribute["data_type"]
    fitting = frozenset({"emailBox"}) if attribute["id"] == _EMAIL else _FIT[data_type]
    if input_type not in fitting:
        raise Invalid(
            f"'userInputType' {input_type} does not fit '{attribute['id']}' of the type "
            f"{data_type}. Use {' or '.join(sorted(fitting))}.",
            target="userInputType",
        )
    if values["requiresVerification"] and attribute["id"] != _EMAIL:
        raise Invalid(
            "'requiresVerification' is for the attribute email only; send false.",
            target="requiresVerification",
        )
    fault = _fault(attribute, input_type, values["userAttributeValues"] or ())
    if fault:
        raise Invalid(f"'userAttributeValues' {fault}.", target="userAttributeValues")


def _fault(attribute: Row, input_type: str, options: Sequence[Mapping[str, Any]]) -> str:
    """What is wrong with the options, as the end of a sentence; "" if nothing is."""
    values = [option["value"] for option in options]
    countries = attribute["id"] == "country" and input_type == "dropdownSingleSelect"
    if input_type not in _SELECTS:
        return f"must be empty for {input_type}" if options else ""
    if not options and not countries:
        return f"must name the options of {input_type}"
    if len(values) > _MOST_OPTIONS:
        return f"may hold at most {_MOST_OPTIONS} options"
    if len({value.casefold() for value in values}) < len(values):
        return "must not hold a value twice"
    if input_type != _BOXES and sum(option["isDefault"] for option in options) > 1:
        return f"may hold one default only for {input_type}"
    if input_type == _BOXES and any("," in value for value in values):
        return "must not hold values with a comma for checkboxMultiSelect"
    if attribute["data_type"] == "int64" and not all(map(_WHOLE.fullmatch, values)):
        return "must hold whole numbers for the type int64"
    if attribute["data_type"] == "boolean":
        return _boolean_fault(input_type, {value.casefold() for value in values})
    return ""


def _boolean_fault(input_type: str, values: set[str]) -> str:
    if input_type == _BOXES:
        return "" if values == {"true"} else 'must hold the value "true" alone for a boolean'
    return "" if values <= {"true", "false"} else 'may hold "true" and "false" only for a boolean'


# --------------------------------------------------------------------------- the order


async def _ordered(context: Context) -> list[Row]:
    assert context.parent is not None  # noqa: S101  # contained in a flow
    query = Query(
        "user_flow_assignment",
        context.tenant,
        parent=context.parent["id"],
        order=(("position", "asc"),),
    )
    return await context.entities.find(query)


async def _get_order(context: Context, _row: Row | None, _values: dict[str, Any]) -> Any:
    return {"order": [row["id"] for row in await _ordered(context)]}


async def _set_order(context: Context, _row: Row | None, values: dict[str, Any]) -> Done:
    """Every row is written, in one sequence for all callers: of two orders one stands whole."""
    wanted = [id.casefold() for id in values["newAssignmentOrder"]["order"]]
    rows = {row["id"].casefold(): row for row in await _ordered(context)}
    if sorted(wanted) != sorted(rows):
        names = ", ".join(f"'{row['id']}'" for row in rows.values()) or "none"
        raise Invalid(
            f"'newAssignmentOrder/order' must hold every assignment of the flow once: {names}.",
            target="newAssignmentOrder/order",
        )
    places = {id: place for place, id in enumerate(wanted)}
    return Done(
        None,
        also=tuple(
            Update(
                "user_flow_assignment",
                context.tenant,
                row["id"],
                {"position": places[id]},
                row["parent"],
            )
            for id, row in sorted(rows.items())
        ),
    )


RULES: dict[str, Rules] = {
    _ASSIGNMENT.name: Rules(
        create=_create,
        update=_update,
        operations={"getOrder": _get_order, "setOrder": _set_order},
    )
}

"""User flow attributes: what can be asked of a person.

Source: graph-surface 10.2, 11.8.
"""

from __future__ import annotations

from typing import Any

from vestibule.edm.declare import (
    Access,
    Column,
    Declaration,
    Entity,
    EntitySet,
    Enum,
    Property,
    Record,
)
from vestibule.errors import Conflict
from vestibule.ports import Binary, Constant, Member, Query
from vestibule.rules import Context, Decision, Rules

RECORDS = (
    Record(
        "user_flow_attribute",
        (
            Column("display_name", nullable=False),
            Column("description"),
            Column("data_type", nullable=False),
            Column("attribute_type", nullable=False),  # builtIn | custom | required
        ),
        configuration=True,
    ),
)

_DATA_TYPE = Enum(
    "microsoft.graph.identityUserFlowAttributeDataType",
    (
        ("string", 1),
        ("boolean", 2),
        ("int64", 3),
        ("stringCollection", 4),
        ("dateTime", 5),
        ("unknownFutureValue", 6),
    ),
)
_ATTRIBUTE_TYPE = Enum(
    "microsoft.graph.identityUserFlowAttributeType",
    (("builtIn", 1), ("custom", 2), ("required", 3), ("unknownFutureValue", 4)),
)
_ATTRIBUTE = Entity(
    "microsoft.graph.identityUserFlowAttribute",
    record="user_flow_attribute",
    base="microsoft.graph.entity",
    properties=(
        Property("displayName", required=True, write="create", max_length=100),
        Property("description", max_length=1024),
        Property(
            "userFlowAttributeType",
            _ATTRIBUTE_TYPE.name,
            column="attribute_type",
            nullable=False,
            write="never",
        ),
        Property("dataType", _DATA_TYPE.name, nullable=False, required=True, write="create"),
    ),
)
TYPES: tuple[Declaration, ...] = (_DATA_TYPE, _ATTRIBUTE_TYPE, _ATTRIBUTE)
SETS: tuple[EntitySet, ...] = (EntitySet("userFlowAttributes", _ATTRIBUTE.name, Access()),)

EXTENSIONS_APP = "b2c-extensions-app. Do not modify. Used by AADB2C for storing user data."


async def _create(context: Context, values: dict[str, Any]) -> Decision:
    """A custom attribute is named after the tenant's extensions application (11.8)."""
    query = Query(
        "application",
        context.tenant,
        where=Binary("eq", Member("display_name"), Constant(EXTENSIONS_APP)),
    )
    owners = await context.entities.find(query)
    if not owners:
        raise Conflict("AADB2C99006: The tenant has no b2c-extensions application.")
    owner = owners[0]["app_id"].replace("-", "")
    name = values["displayName"].replace(" ", "")
    return Decision(id=f"extension_{owner}_{name}", columns={"attribute_type": "custom"})


RULES: dict[str, Rules] = {_ATTRIBUTE.name: Rules(create=_create)}

"""User flow attributes: what can be asked of a person, built in or made by an administrator.

Source: graph-surface 10.2, 11.8 and 16 (C15, C23, C29, C30).
"""

from __future__ import annotations

import re
from typing import Any

from vestibule.edm.declare import (
    Access,
    Column,
    Declaration,
    Entity,
    Enum,
    Navigation,
    Property,
    Record,
)
from vestibule.errors import Conflict, Invalid, NotAllowed
from vestibule.ports import Binary, Constant, Insert, Member, Query, Row
from vestibule.roles import (
    GLOBAL_ADMINISTRATOR,
    USER_FLOW_ADMINISTRATOR,
    USER_FLOW_ATTRIBUTE_ADMINISTRATOR,
)
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

BUILT_IN: tuple[tuple[str, str, str, str], ...] = (
    # id, display name, description, data type
    ("city", "City", "The city in which the user lives.", "string"),
    ("country", "Country/Region", "The country or region in which the user lives.", "string"),
    ("displayName", "Display Name", "Display Name of the User.", "string"),
    ("email", "Email Address", "Email address of the user.", "string"),
    ("emails", "Email Addresses", "Email addresses of the user.", "stringCollection"),
    ("givenName", "Given Name", "The user's given name, or first name.", "string"),
    (
        "identityProvider",
        "Identity Provider",
        "The social identity provider used by the user to access to your application.",
        "string",
    ),
    (
        "identityProviderAccessToken",
        "Identity Provider Access Token",
        "The access token that the identity provider issued for the user.",
        "string",
    ),
    ("jobTitle", "Job Title", "The user's job title.", "string"),
    (
        "legalAgeGroupClassification",
        "Legal Age Group Classification",
        "The legal age group of the user.",
        "string",
    ),
    (
        "newUser",
        "User is new",
        "True, if the user has just signed-up for your application.",
        "boolean",
    ),
    (
        "objectId",
        "User's Object ID",
        "Object identifier (ID) of the user object in Azure AD.",
        "string",
    ),
    ("postalCode", "Postal Code", "The postal code of the user's address.", "string"),
    ("state", "State/Province", "The state or province of the user's address.", "string"),
    ("streetAddress", "Street Address", "The street of the user's address.", "string"),
    ("surname", "Surname", "The user's surname, or last name.", "string"),
)
"""Of every tenant, all of the type builtIn. Ids, names and types of displayName, email, emails,
identityProvider, newUser and objectId were seen in a request of the service's own portal; the
others follow the portal's lists, and their descriptions are ours (docs/unsure.md)."""


def built_in(tenant: str) -> tuple[Insert, ...]:
    """The rows that every tenant begins with."""
    return tuple(
        Insert(
            "user_flow_attribute",
            tenant,
            id,
            {
                "display_name": name,
                "description": description,
                "data_type": data_type,
                "attribute_type": "builtIn",
            },
        )
        for id, name, description, data_type in BUILT_IN
    )


# --------------------------------------------------------------------------- what is shown

_ROLES = (USER_FLOW_ATTRIBUTE_ADMINISTRATOR, GLOBAL_ADMINISTRATOR)
ACCESS = Access(
    read=("IdentityUserFlow.Read.All", "IdentityUserFlow.ReadWrite.All"),
    write=("IdentityUserFlow.ReadWrite.All",),
    read_roles=(*_ROLES, USER_FLOW_ADMINISTRATOR),
    write_roles=_ROLES,
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
            advice="An attribute that you create is custom.",
        ),
        Property("dataType", _DATA_TYPE.name, nullable=False, required=True, write="create"),
    ),
)
_BUILT_IN = Entity(
    "microsoft.graph.identityBuiltInUserFlowAttribute",
    base=_ATTRIBUTE.name,
    where={"attribute_type": "builtIn"},
    aliases=("microsoft.graph.builtInUserFlowAttribute",),
)
_CUSTOM = Entity(
    "microsoft.graph.identityCustomUserFlowAttribute",
    base=_ATTRIBUTE.name,
    where={"attribute_type": "custom"},
    aliases=("microsoft.graph.customUserFlowAttribute",),
)
_ALL: tuple[Declaration, ...] = (_DATA_TYPE, _ATTRIBUTE_TYPE, _ATTRIBUTE, _BUILT_IN, _CUSTOM)
TYPES: dict[str, tuple[Declaration, ...]] = {"v1.0": _ALL, "beta": _ALL}

_SET = Navigation("userFlowAttributes", _ATTRIBUTE.name, contained=True, access=ACCESS)
IDENTITY: dict[str, tuple[Navigation, ...]] = {"v1.0": (_SET,), "beta": (_SET,)}

# --------------------------------------------------------------------------- rules

EXTENSIONS_APP = "b2c-extensions-app. Do not modify. Used by AADB2C for storing user data."
_NAME = re.compile(r"[A-Za-z0-9_]+")


async def _create(context: Context, values: dict[str, Any]) -> Decision:
    """A custom attribute is named after the tenant's extensions application (11.8)."""
    if context.type == _BUILT_IN.name:
        raise Invalid(
            "Built-in attributes exist in every tenant; leave '@odata.type' out.",
            target="@odata.type",
        )
    name = values["displayName"].replace(" ", "")
    if not _NAME.fullmatch(name):
        raise Invalid(
            "The value of 'displayName' becomes part of the id. Use letters A to Z, digits, "
            "'_' and spaces only.",
            target="displayName",
        )
    owner = (await _extensions_application(context))["app_id"].replace("-", "")
    return Decision(id=f"extension_{owner}_{name}", columns={"attribute_type": "custom"})


async def _extensions_application(context: Context) -> Row:
    where = Binary("eq", Member("display_name"), Constant(EXTENSIONS_APP))
    query = Query("application", context.tenant, where=where, top=1)
    owners = await context.entities.find(query)
    if not owners:
        raise Conflict(
            "The tenant has no b2c-extensions application. Create an application whose "
            f"displayName is '{EXTENSIONS_APP}'."
        )
    return owners[0]


async def _update(_context: Context, row: Row, _values: dict[str, Any]) -> Decision:
    _must_be_custom(row)
    return Decision()


async def _delete(_context: Context, row: Row, _values: dict[str, Any]) -> Decision:
    """An attribute that a flow asks for is held by the assignment's foreign key."""
    _must_be_custom(row)
    return Decision()


def _must_be_custom(row: Row) -> None:
    if row["attribute_type"] != "custom":
        raise NotAllowed(f"'{row['id']}' is built in; it cannot be changed or deleted.")


RULES: dict[str, Rules] = {_ATTRIBUTE.name: Rules(create=_create, update=_update, delete=_delete)}

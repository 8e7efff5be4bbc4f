"""Extension properties: what else a user may have, defined by an application.

Those of the tenant's extensions application are its custom user flow attributes: the same things
under another name, stored once. Source: graph-surface 11.8, 11.17.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vestibule.edm.declare import Column, Declaration, Entity, EntitySet, Property, Record
from vestibule.errors import Invalid
from vestibule.ports import Binary, Constant, Delete, Insert, Member, Query, Row
from vestibule.rules import Context, Decision, Rules

RECORDS = (
    Record(
        "extension_property",
        (
            Column("name", nullable=False),  # extension_{appId without hyphens}_{name}
            Column("data_type", nullable=False),
            Column("is_multi_valued", "boolean"),
            Column("target_objects", "json"),
        ),
        parent="application",
        unique=(("name",),),
    ),
)

EXTENSION = Entity(
    "microsoft.graph.extensionProperty",
    given=True,
    base="microsoft.graph.entity",
    properties=(
        Property("appDisplayName", write="never"),
        Property(
            "dataType",
            nullable=False,
            required=True,
            pattern="(?i:String|Boolean|Integer|LargeInteger|DateTime|Binary)",
            advice="Use String, Boolean, Integer, LargeInteger, DateTime or Binary.",
        ),
        Property("isMultiValued", "Edm.Boolean", nullable=False, default=False),
        Property(
            "isSyncedFromOnPremises",
            "Edm.Boolean",
            write="never",
            ignored=True,
            value=lambda _row: False,
        ),
        Property(
            "name",
            nullable=False,
            required=True,
            max_length=120,
            pattern=r"[A-Za-z_][A-Za-z0-9_]*",
            advice="Use letters, digits and '_'; the prefix extension_{appId}_ is added.",
        ),
        Property("targetObjects", "Collection(Edm.String)", nullable=False, required=True),
    ),
)
TYPES: tuple[Declaration, ...] = (EXTENSION,)
SETS: tuple[EntitySet, ...] = ()

_OF_ATTRIBUTE = {
    "string": "String",
    "boolean": "Boolean",
    "int64": "LargeInteger",
    "dateTime": "DateTime",
    "stringCollection": "String",
}
_TO_ATTRIBUTE = {
    "String": "string",
    "Boolean": "boolean",
    "Integer": "int64",
    "LargeInteger": "int64",
    "DateTime": "dateTime",
}
_TYPES = {name.casefold(): name for name in (*_TO_ATTRIBUTE, "Binary")}


@dataclass(frozen=True, slots=True)
class ExtensionRules:
    """`owner`: the display name of the extensions application."""

    owner: str

    def table(self) -> dict[str, Rules]:
        """The rules by entity type."""
        return {
            EXTENSION.name: Rules(given=self.given, create=self.create, delete=self.delete),
        }

    async def given(self, context: Context) -> list[Row]:
        application = _application(context)
        rows = await context.entities.find(
            Query("extension_property", context.tenant, parent=application["id"])
        )
        found = [{**row, "app_display_name": application["display_name"]} for row in rows]
        if application["display_name"] == self.owner:
            where = Binary("eq", Member("attribute_type"), Constant("custom"))
            custom = await context.entities.find(
                Query("user_flow_attribute", context.tenant, where=where)
            )
            found += [_of_attribute(row, application) for row in custom]
        return found

    async def create(self, context: Context, values: dict[str, Any]) -> Decision:
        application = _application(context)
        if values["targetObjects"] != ["User"]:
            raise Invalid("targetObjects must be ['User'].", target="targetObjects")
        name = f"extension_{application['app_id'].replace('-', '')}_{values['name']}"
        kind = _TYPES[values["dataType"].casefold()]
        if application["display_name"] == self.owner:
            return _attribute(context, name, values["name"], kind, many=values["isMultiValued"])
        id = context.world.guid()
        columns = {
            "name": name,
            "data_type": kind,
            "is_multi_valued": values["isMultiValued"],
            "target_objects": values["targetObjects"],
        }
        change = Insert("extension_property", context.tenant, id, columns, application["id"])
        return Decision(id=id, also=(change,))

    async def delete(self, context: Context, row: Row, _values: dict[str, Any]) -> Decision:
        if row["parent"]:
            change = Delete("extension_property", context.tenant, row["id"], row["parent"])
        else:
            change = Delete("user_flow_attribute", context.tenant, row["id"])
        return Decision(also=(change,))


def _application(context: Context) -> Row:
    assert context.parent is not None  # noqa: S101  # the set stands under an application
    return context.parent


def _attribute(context: Context, id: str, name: str, kind: str, *, many: bool) -> Decision:
    known = "stringCollection" if many else _TO_ATTRIBUTE.get(kind)
    if known is None or (many and kind != "String"):
        raise Invalid(
            "The extensions application has user flow attributes: a dataType of String, Boolean, "
            "Integer, LargeInteger or DateTime, and many values of String only.",
            target="dataType",
        )
    columns = {"display_name": name, "data_type": known, "attribute_type": "custom"}
    return Decision(id=id, also=(Insert("user_flow_attribute", context.tenant, id, columns),))


def _of_attribute(row: Row, application: Row) -> Row:
    return {
        "id": row["id"],
        "parent": "",
        "version": row["version"],
        "name": row["id"],
        "data_type": _OF_ATTRIBUTE[row["data_type"]],
        "is_multi_valued": row["data_type"] == "stringCollection",
        "target_objects": ["User"],
        "app_display_name": application["display_name"],
    }

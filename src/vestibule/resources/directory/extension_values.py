"""Values of directory extensions on a user: only those that are defined, each of its type.

A custom user flow attribute is an extension property of the tenant's extensions application.
Source: graph-surface 11.8, 11.17.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vestibule.edm.types import PRIMITIVES
from vestibule.errors import Invalid
from vestibule.ports import Constant, In, Member, Query
from vestibule.rules import Context

_PRIMITIVE = {
    "string": "Edm.String",
    "boolean": "Edm.Boolean",
    "integer": "Edm.Int32",
    "int64": "Edm.Int64",
    "largeinteger": "Edm.Int64",
    "datetime": "Edm.DateTimeOffset",
    "binary": "Edm.Binary",
}
_LONGEST = 256  # characters of a text


async def checked(context: Context, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by the names of their definitions; null clears one. Raises Invalid."""
    if not values:
        return {}
    defined = await _defined(context, tuple(values))
    found: dict[str, Any] = {}
    for name, value in values.items():
        known = defined.get(name.casefold())
        if known is None:
            raise Invalid(
                f"The property '{name}' does not exist on type 'microsoft.graph.user'. "
                "Make sure to only use property names that are defined by the type.",
                target=name,
            )
        canonical, kind, many = known
        found[canonical] = None if value is None else _typed(name, kind, value, many=many)
    return found


async def _defined(context: Context, names: tuple[str, ...]) -> dict[str, tuple[str, str, bool]]:
    """Folded name → (name, type, whether it holds many values)."""
    wanted = tuple(Constant(name) for name in names)
    extensions = await context.entities.find(
        Query("extension_property", context.tenant, where=In(Member("name"), wanted))
    )
    attributes = await context.entities.find(
        Query("user_flow_attribute", context.tenant, where=In(Member("id"), wanted))
    )
    found = {
        row["name"].casefold(): (row["name"], row["data_type"], bool(row["is_multi_valued"]))
        for row in extensions
    }
    for row in attributes:
        if row["attribute_type"] == "custom":
            many = row["data_type"] == "stringCollection"
            kind = "string" if many else row["data_type"]
            found[row["id"].casefold()] = (row["id"], kind, many)
    return found


def _typed(name: str, kind: str, value: Any, *, many: bool) -> Any:
    primitive = PRIMITIVES[_PRIMITIVE[kind.casefold()]]
    show: Callable[[Any], Any] = primitive.show or (lambda one: one)
    expected = f"an array, each element {primitive.expected}" if many else primitive.expected
    if many and not isinstance(value, list):
        raise Invalid(f"The value of '{name}' must be {expected}.", target=name)
    try:
        found = [show(_short(primitive.parse(one))) for one in (value if many else [value])]
    except ValueError:
        raise Invalid(f"The value of '{name}' must be {expected}.", target=name) from None
    return found if many else found[0]


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LONGEST:
        raise ValueError
    return value

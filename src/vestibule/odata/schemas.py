"""Types of the model as JSON Schema: what is read, and what a create or an update takes.

A type `t` gives the schemas `t` (as it prints), `t.create` and `t.update`. A base prints with a
discriminator over what derives from it; what is sent is one of the concrete types.
Source: OpenAPI 3.1, section 4.8.24; JSON Schema 2020-12; OData JSON 4.01, sections 4 to 8.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from vestibule.edm.declare import UNSET, Entity
from vestibule.edm.linked import Choice, Shape, Type, Way
from vestibule.edm.model import Model
from vestibule.edm.validate import SENTINEL
from vestibule.odata.body import STARS

Schema = dict[str, Any]
Sent = Literal["create", "update"]

_TYPE = "@odata.type"
_NULL: Schema = {"type": "null"}
_PRIMITIVES: Mapping[str, Schema] = {
    "Edm.String": {"type": "string"},
    "Edm.Boolean": {"type": "boolean"},
    "Edm.Int16": {"type": "integer", "format": "int16"},
    "Edm.Int32": {"type": "integer", "format": "int32"},
    "Edm.Int64": {"type": "integer", "format": "int64"},
    "Edm.Single": {"type": "number", "format": "float"},
    "Edm.Double": {"type": "number", "format": "double"},
    "Edm.Decimal": {"type": "number", "format": "decimal"},
    "Edm.DateTimeOffset": {"type": "string", "format": "date-time"},
    "Edm.Date": {"type": "string", "format": "date"},
    "Edm.Guid": {"type": "string", "format": "uuid"},
    "Edm.Binary": {"type": "string", "contentEncoding": "base64"},
    "Edm.Untyped": {},
}
ERROR = "odata.error"
REFERENCE = "odata.reference"
GIVEN = "odata.given"
FIXED: Mapping[str, Schema] = {
    ERROR: {
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["code", "message", "innerError"],
                "properties": {
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "target": {"type": "string", "description": "the property at fault"},
                    "innerError": {
                        "type": "object",
                        "properties": {
                            "date": {"type": "string"},
                            "request-id": {"type": "string"},
                            "client-request-id": {"type": "string"},
                        },
                    },
                },
            }
        },
    },
    REFERENCE: {
        "type": "object",
        "required": ["@odata.id"],
        "properties": {
            "@odata.id": {
                "type": "string",
                "description": "the address of an entity, on any host, or its id",
            }
        },
    },
    GIVEN: {
        "description": "an entity that exists, by its id or by its address",
        "anyOf": [
            {
                "type": "object",
                "required": ["id"],
                "properties": {"id": {"type": "string"}},
            },
            {"$ref": f"#/components/schemas/{REFERENCE}"},
        ],
    },
}
"""Schemas that every catalogue uses."""


def schemas(model: Model) -> dict[str, Schema]:
    """Every schema of a model, by name, in the order of the declarations."""
    found: dict[str, Schema] = dict(FIXED)
    for choice in model.choices.values():
        found[choice.name] = _members(choice, choice.members)
        accepted = tuple(member for member in choice.members if member != SENTINEL)
        found[f"{choice.name}.create"] = _members(choice, accepted)
    for type_ in model.types.values():
        found[type_.name] = _printed(type_)
        found[f"{type_.name}.create"] = _one_of(type_, "create")
        if isinstance(type_.declared, Entity):
            found[f"{type_.name}.update"] = _one_of(type_, "update")
    return found


def ref(name: str) -> Schema:
    """A reference to a schema by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def collection(item: Schema) -> Schema:
    """A page of a collection."""
    return {
        "type": "object",
        "required": ["value"],
        "properties": {
            "@odata.context": {"type": "string"},
            "@odata.count": {"type": "integer"},
            "@odata.nextLink": {"type": "string", "format": "uri"},
            "value": {"type": "array", "items": item},
        },
    }


def printed(shape: Shape) -> Schema:
    """A property, parameter or result as it prints."""
    if shape.declared.secret:
        text = "kept sealed or hashed; stars stand in its place"
        return {"enum": [STARS, None], "description": text}
    one = _single(shape, "")
    schema: Schema = {"type": "array", "items": one} if shape.collection else one
    schema = _nullable(schema) if shape.declared.nullable else dict(schema)
    if shape.declared.write == "never" and "$ref" not in schema:
        schema["readOnly"] = True
    return schema


def parameters(shapes: Mapping[str, Shape]) -> Schema:
    """The body of an action."""
    return _object({shape.name: _sent(shape) for shape in shapes.values()}, shapes)


# --------------------------------------------------------------------------- what is read


def _printed(type_: Type) -> Schema:
    """What the type adds to its base, with the discriminator where others derive from it."""
    inherited = type_.base.properties if type_.base is not None else {}
    own = {
        name: printed(shape)
        for name, shape in type_.properties.items()
        if inherited.get(name) is not shape
    }
    ways = type_.base.ways if type_.base is not None else {}
    own |= {way.name: _expanded(way) for name, way in type_.ways.items() if name not in ways}
    schema: Schema = {"type": "object"}
    if type_.base is not None:
        schema["allOf"] = [ref(type_.base.name)]
    derived = [one for one in type_.family if one is not type_]
    if derived:
        schema["discriminator"] = _discriminator(type_, "")
        own = {_TYPE: {"type": "string"}, **own}
    if own:
        schema["properties"] = own
    return schema


def _expanded(way: Way) -> Schema:
    """The targets of a navigation, where $expand asks for them."""
    target = ref(way.target.name)
    return {"type": "array", "items": target} if way.collection else _nullable(target)


def _single(shape: Shape, suffix: str) -> Schema:
    """One value, whether or not it may be null; `suffix` ".create" for what is sent."""
    if shape.complex is not None:
        return ref(f"{shape.complex.name}{suffix}")
    if shape.choice is not None:
        return ref(f"{shape.choice.name}{suffix}")
    return dict(_PRIMITIVES[shape.type_name])


def _nullable(schema: Schema) -> Schema:
    if not schema:
        return {}  # anything, null too
    if "type" in schema:
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, _NULL]}


def _members(choice: Choice, members: tuple[str, ...]) -> Schema:
    if not choice.flags:
        return {"type": "string", "enum": list(members)}
    one = "|".join(members)
    return {"type": "string", "pattern": f"^({one})(,({one}))*$"}


def _discriminator(type_: Type, suffix: str) -> Schema:
    mapping = {f"#{one.name}": ref(f"{one.name}{suffix}")["$ref"] for one in type_.family}
    return {"propertyName": _TYPE, "mapping": mapping}


# --------------------------------------------------------------------------- what is sent


def _one_of(type_: Type, sent: Sent) -> Schema:
    """The concrete types at or below this one; those below it say which they are."""
    derived = [one for one in type_.family if one is not type_]
    itself = [] if type_.abstract else [_body(type_, sent)]
    if not derived:
        return itself[0] if itself else {"type": "object"}
    named = [{**ref(f"{one.name}.{sent}"), "required": [_TYPE]} for one in derived]
    return {"anyOf": [*named, *itself], "discriminator": _discriminator(type_, f".{sent}")}


def _body(type_: Type, sent: Sent) -> Schema:
    """The members that a body of exactly this type may have."""
    complex_ = not isinstance(type_.declared, Entity)
    writable = {"always"} if sent == "update" else {"always", "create"}
    shapes = {
        name: shape for name, shape in type_.properties.items() if shape.declared.write in writable
    }
    properties: dict[str, Schema] = {_TYPE: {"const": f"#{type_.name}"}}
    properties |= {name: _sent(shape, sent) for name, shape in shapes.items()}
    ways = [way for way in type_.ways.values() if way.given_in_create and sent == "create"]
    properties |= {way.name: _given(way) for way in ways}
    schema = _object(properties, shapes if sent == "create" or complex_ else {})
    if required := [way.name for way in ways if way.required]:
        schema["required"] = [*schema.get("required", ()), *required]
    if type_.open:
        del schema["additionalProperties"]
    return schema


def _object(properties: dict[str, Schema], shapes: Mapping[str, Shape]) -> Schema:
    required = [shape.name for shape in shapes.values() if shape.declared.required]
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**schema, "required": required} if required else schema


def _given(way: Way) -> Schema:
    return {"type": "array", "items": ref(GIVEN)} if way.collection else _nullable(ref(GIVEN))


def _sent(shape: Shape, sent: Sent = "create") -> Schema:
    declared = shape.declared
    if sent == "update" and shape.complex is not None and shape.complex.ways:
        return {"type": "object", "maxProperties": 0, "description": "changed through its own path"}
    one = {**_single(shape, ".create"), **dict(_limits(shape))}
    schema = {"type": "array", "items": one} if shape.collection else one
    if declared.nullable and not declared.required:
        schema = _nullable(schema)
    if declared.secret:
        schema = {**schema, "writeOnly": True}
    if sent == "create" and declared.default is not UNSET:
        schema = {**schema, "default": declared.default}
    return schema


def _limits(shape: Shape) -> Iterator[tuple[str, Any]]:
    declared = shape.declared
    if declared.required and shape.primitive is not None and shape.kind == "text":
        yield "minLength", 1
    if declared.max_length is not None:
        yield "maxLength", declared.max_length
    if declared.pattern and "(?" not in declared.pattern:  # what ECMAScript has too
        yield "pattern", f"^(?:{declared.pattern})$"
    if declared.minimum is not None:
        yield "minimum", declared.minimum
    if declared.maximum is not None:
        yield "maximum", declared.maximum

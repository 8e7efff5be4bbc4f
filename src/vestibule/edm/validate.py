"""JSON against the model → clean values by property name, or one Invalid that names the property.

Property names are read without case; Graph reports the first fault only, and so does this.
Source: OData JSON 4.01, sections 4 to 8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vestibule.edm.declare import UNSET
from vestibule.edm.linked import Shape, Type, Way
from vestibule.edm.model import Model
from vestibule.edm.reference import reference
from vestibule.errors import Invalid

_TYPE = frozenset({"@odata.type", "@odata_type", "odata.type", "@type"})
_BIND = "@odata.bind"
SENTINEL = "unknownFutureValue"
"""Graph's mark of an evolvable enumeration: printed for newer members, never accepted."""


class Missing(Invalid):
    """A required property is absent, null or empty."""


@dataclass(frozen=True, slots=True)
class Body:
    """What is being read: `current` is the stored row of a PATCH, None for a create."""

    model: Model
    current: Mapping[str, Any] | None

    @property
    def partial(self) -> bool:
        return self.current is not None


def clean(
    model: Model,
    declared: Type,
    body: Mapping[str, Any],
    *,
    current: Mapping[str, Any] | None = None,
) -> tuple[Type, dict[str, Any]]:
    """Check the body of a create or, with the `current` row, of an update.

    Returns the type that the body chose and its values by canonical property name; inline
    navigations are ids (a list of them for a collection) under the navigation's name.
    Complex values keep "@odata.type" where they chose a derived type. Raises Invalid.
    """
    type_ = _chosen(model, declared, body, "", changing=current is not None)
    return type_, _values(Body(model, current), type_, body, "", partial=current is not None)


def arguments(
    model: Model, parameters: Mapping[str, Shape], given: Mapping[str, Any]
) -> dict[str, Any]:
    """Check the parameters of an operation; absent ones are left out unless required."""
    body = Body(model, None)
    folded = {name.casefold(): shape for name, shape in parameters.items()}
    values: dict[str, Any] = {}
    for name, value in given.items():
        if "@" in name:
            continue
        shape = folded.get(name.casefold())
        if shape is None:
            raise Invalid(f"The operation has no parameter '{name}'.", target=name)
        values[shape.name] = _value(body, shape, value, shape.name)
    _complete(parameters.values(), values, "")
    return values


def _chosen(
    model: Model, declared: Type, body: Mapping[str, Any], prefix: str, *, changing: bool = False
) -> Type:
    given = next((body[name] for name in body if name.casefold() in _TYPE), None)
    target = f"{prefix}@odata.type"
    if given is None:
        if declared.abstract:
            raise Invalid(f"'{target}' is needed. Use {_options(declared)}.", target=target)
        return declared
    found = model.type(given) if isinstance(given, str) else None
    if found is not None and declared.is_a(found) and not declared.abstract:
        return declared  # a base says nothing new; SDKs and old samples send it
    if found is None or not found.is_a(declared) or found.abstract:
        raise Invalid(
            f"'{given}' is not a type that fits here. Use {_options(declared)}.", target=target
        )
    if changing:
        raise Invalid("The type of a resource cannot be changed.", target=target)
    return found


def _options(declared: Type) -> str:
    return " or ".join(sorted(f"'#{type_.name}'" for type_ in declared.family))


def _values(
    body: Body, type_: Type, given: Mapping[str, Any], prefix: str, *, partial: bool
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    seen: set[str] = set()
    for name, value in given.items():
        bound = name.casefold().removesuffix(_BIND)
        if bound == name.casefold() and ("@" in name or name.casefold().startswith("odata.")):
            continue  # other annotations say nothing about values
        if bound in seen:
            raise Invalid(f"'{prefix}{name}' is given twice.", target=f"{prefix}{name}")
        seen.add(bound)
        way = type_.ways.get(bound)
        if way is not None:
            values[way.name] = _navigation(way, value, prefix, partial=partial)
            continue
        shape = type_.folded.get(bound)
        if shape is None:
            values[name] = _undeclared(type_, name, value, prefix)
            continue
        if _to_be_set(body, shape, value, prefix):
            values[shape.name] = _value(body, shape, value, f"{prefix}{shape.name}")
    if not partial:
        _complete(type_.properties.values(), values, prefix, given=seen)
        for way in type_.ways.values():
            if way.required and not values.get(way.name):
                raise Missing(
                    f"'{prefix}{way.name}' is needed: name it by '@odata.id' or 'id'.",
                    target=f"{prefix}{way.name}",
                )
    return values


def _undeclared(type_: Type, name: str, value: Any, prefix: str) -> Any:
    if type_.open:
        return value
    raise Invalid(
        f"The property '{name}' does not exist on type '{type_.name}'. "
        "Make sure to only use property names that are defined by the type.",
        target=f"{prefix}{name}",
    )


def _to_be_set(body: Body, shape: Shape, value: Any, prefix: str) -> bool:
    """Whether a given value counts. An unchanged one may always be sent back."""
    declared = shape.declared
    if declared.secret and body.partial and not prefix and _stars(value):
        return False  # what we printed came back: keep what is stored
    if declared.secret and not body.partial and _stars(value):
        target = f"{prefix}{shape.name}"
        raise Invalid(f"'{target}' is only stars; send the secret itself.", target=target)
    if declared.write == "never" and declared.ignored:
        return False
    changing = body.partial and not prefix
    if declared.write == "always" or (declared.write == "create" and not changing):
        return True
    target = f"{prefix}{shape.name}"
    if changing and _unchanged(body, shape, value, target):
        return False
    if declared.write == "never":
        message = f"'{target}' is set by the server; leave it out."
    else:
        message = f"'{target}' cannot be changed after creation; leave it out."
    raise Invalid(_advised(message, shape), target=target)


def _stars(value: Any) -> bool:
    return isinstance(value, str) and value != "" and not value.strip("*")


def _unchanged(body: Body, shape: Shape, value: Any, target: str) -> bool:
    assert body.current is not None  # noqa: S101  # only asked of updates
    stored = shape.read(body.current)
    given = None if value is None else _value(body, shape, value, target)
    if shape.column == "id" and isinstance(given, str):
        return given.casefold() == str(stored).casefold()
    return bool(given == stored)


def _complete(
    shapes: Any, values: dict[str, Any], prefix: str, *, given: set[str] | None = None
) -> None:
    """Defaults for what is absent; what is required must be there."""
    for shape in shapes:
        if shape.name in values or (given is not None and shape.name.casefold() in given):
            continue
        if shape.declared.required:
            raise _missing(shape, f"{prefix}{shape.name}")
        if shape.declared.default is not UNSET:
            values[shape.name] = shape.declared.default


def _missing(shape: Shape, target: str) -> Missing:
    """The sentence of the real service (graph-surface 5.7), then the remedy."""
    parameter = shape.name[:1].upper() + shape.name[1:]
    return Missing(
        _advised(
            f"The value must not be null or empty. Parameter name: {parameter}. Set '{target}'.",
            shape,
        ),
        target=target,
    )


def _value(body: Body, shape: Shape, value: Any, target: str) -> Any:
    declared = shape.declared
    if value is None:
        if declared.required:
            raise _missing(shape, target)
        if not declared.nullable:
            raise Invalid(_advised(f"'{target}' must not be null.", shape), target=target)
        return None
    if declared.required and (value == [] or (isinstance(value, str) and not value.strip())):
        raise _missing(shape, target)
    if not shape.collection:
        return _single(body, shape, value, target)
    if not isinstance(value, list):
        raise Invalid(f"'{target}' must be an array.", target=target)
    return [_single(body, shape, item, f"{target}/{at}") for at, item in enumerate(value)]


def _single(body: Body, shape: Shape, value: Any, target: str) -> Any:
    if shape.complex is not None:
        return _complex(body, shape.complex, value, target)
    try:
        parsed = _parsed(shape, value)
    except ValueError:
        raise Invalid(
            _advised(f"The value of '{target}' must be {_expected(shape)}.", shape), target=target
        ) from None
    _within(shape, parsed, target)
    return parsed


def _parsed(shape: Shape, value: Any) -> Any:
    if shape.choice is None:
        assert shape.primitive is not None  # noqa: S101  # the model links one of three
        return shape.primitive.parse(value)
    member = shape.choice.parse(value)
    if member == SENTINEL:
        raise ValueError
    return member


def _expected(shape: Shape) -> str:
    if shape.choice is None:
        return shape.primitive.expected if shape.primitive is not None else "an object"
    members = [member for member in shape.choice.members if member != SENTINEL]
    return "one of " + ", ".join(members)


def _within(shape: Shape, value: Any, target: str) -> None:
    """Length, pattern and range."""
    declared = shape.declared
    fault = ""
    if isinstance(value, str):
        if declared.max_length is not None and len(value) > declared.max_length:
            fault = f"must have at most {declared.max_length} characters"
        elif shape.regex is not None and not shape.regex.fullmatch(value):
            fault = "does not have the form that is needed"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if declared.minimum is not None and value < declared.minimum:
            fault = f"must be at least {declared.minimum:g}"
        elif declared.maximum is not None and value > declared.maximum:
            fault = f"must be at most {declared.maximum:g}"
    if fault:
        raise Invalid(_advised(f"The value of '{target}' {fault}.", shape), target=target)


def _complex(body: Body, declared: Type, value: Any, target: str) -> dict[str, Any]:
    """A complex value is always given whole, also in an update."""
    if not isinstance(value, dict):
        raise Invalid(f"'{target}' must be an object.", target=target)
    prefix = f"{target}/"
    type_ = _chosen(body.model, declared, value, prefix)
    if body.partial and type_.ways and value:
        raise Invalid(f"'{target}' is changed through its own path.", target=target)
    values = _values(body, type_, value, prefix, partial=False)
    if type_ is not declared:
        values["@odata.type"] = f"#{type_.name}"
    return values


def _navigation(way: Way, value: Any, prefix: str, *, partial: bool) -> Any:
    target = f"{prefix}{way.name}"
    if partial or not way.given_in_create:
        raise Invalid(f"'{target}' cannot be set here; use its own path.", target=target)
    if not way.collection:
        return None if value is None else reference(value, way, target=target)
    if not isinstance(value, list):
        raise Invalid(f"'{target}' must be an array.", target=target)
    ids: dict[str, str] = {}
    for at, item in enumerate(value):
        found = reference(item, way, target=f"{target}/{at}")
        ids.setdefault(found.casefold(), found)
    return list(ids.values())


def _advised(message: str, shape: Shape) -> str:
    return f"{message} {shape.declared.advice}" if shape.declared.advice else message

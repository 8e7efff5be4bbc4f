"""$metadata: the catalogue as CSDL 4.0 XML, in the order of the declarations; and the service
document. Only what is declared shows. Source: OData CSDL XML 4.01.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from vestibule.edm.declare import (
    Catalogue,
    Complex,
    Entity,
    EntitySet,
    Enum,
    Navigation,
    Operation,
    Property,
)
from vestibule.edm.linked import Type
from vestibule.edm.model import Model, unwrapped

_EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
_EDM = "http://docs.oasis-open.org/odata/ns/edm"


def metadata(model: Model) -> str:
    """The whole document."""
    catalogue = model.catalogue
    schema = _attributes(Namespace=catalogue.namespace, Alias=catalogue.alias, xmlns=_EDM)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<edmx:Edmx Version="4.0" xmlns:edmx="{_EDMX}">',
        "  <edmx:DataServices>",
        f"    <Schema{schema}>",
        *(f"      {line}" for line in _schema(model)),
        "    </Schema>",
        "  </edmx:DataServices>",
        "</edmx:Edmx>",
    ]
    return "\n".join(lines) + "\n"


def service_document(catalogue: Catalogue) -> list[dict[str, str]]:
    """What the container offers: name, kind and relative URL."""
    return [
        {
            "name": item.name,
            "kind": "EntitySet" if isinstance(item, EntitySet) else "Singleton",
            "url": item.name,
        }
        for item in catalogue.container
    ]


def _schema(model: Model) -> Iterator[str]:
    unseen = _unseen(model)
    for declared in model.catalogue.types:
        if declared.name in unseen:
            continue
        match declared:
            case Enum():
                yield from _enum(declared)
            case Operation():
                yield from _operation(model, declared)
            case _:
                yield from _structured(model, model.types[declared.name], declared)
    yield '<EntityContainer Name="Container">'
    for item in model.catalogue.container:
        tag = "EntitySet" if isinstance(item, EntitySet) else "Singleton"
        kind = "EntityType" if tag == "EntitySet" else "Type"
        name = model.alias(model.container[item.name.casefold()].target.name)
        yield f"  <{tag}{_attributes(Name=item.name, **{kind: name})} />"
    yield "</EntityContainer>"


def _unseen(model: Model) -> set[str]:
    """Types that nothing but undeclared properties use."""
    structured = [kind for kind in model.catalogue.types if isinstance(kind, Entity | Complex)]
    properties = [item for kind in structured for item in kind.properties]
    seen = {unwrapped(item.type)[0] for item in properties if item.declared}
    seen |= {kind.base for kind in structured}
    return {unwrapped(item.type)[0] for item in properties if not item.declared} - seen


def _enum(declared: Enum) -> Iterator[str]:
    flags = "true" if declared.flags else None
    yield f"<EnumType{_attributes(Name=_short(declared.name), IsFlags=flags)}>"
    for name, value in declared.members:
        yield f"  <Member{_attributes(Name=name, Value=str(value))} />"
    yield "</EnumType>"


def _structured(model: Model, type_: Type, declared: Entity | Complex) -> Iterator[str]:
    entity = isinstance(declared, Entity)
    tag = "EntityType" if entity else "ComplexType"
    head = _attributes(
        Name=_short(declared.name),
        BaseType=model.alias(type_.base.name) if type_.base is not None else None,
        Abstract="true" if declared.abstract else None,
        OpenType="true" if declared.open else None,
        HasStream="true" if isinstance(declared, Entity) and declared.stream else None,
    )
    lines = list(_members(model, type_, declared))
    if not lines:
        yield f"<{tag}{head} />"
        return
    yield f"<{tag}{head}>"
    yield from (f"  {line}" for line in lines)
    yield f"</{tag}>"


def _members(model: Model, type_: Type, declared: Entity | Complex) -> Iterator[str]:
    inherited = type_.base.properties if type_.base is not None else {}
    if isinstance(declared, Entity) and type_.key and type_.key not in inherited:
        yield "<Key>"
        yield f"  <PropertyRef{_attributes(Name=type_.key)} />"
        yield "</Key>"
    for name, shape in type_.properties.items():
        own = name not in inherited  # a redeclared property keeps its line in the base
        if own and shape.declared.declared:
            yield f"<Property{_typed(model, shape.declared)} />"
    for navigation in declared.navigations:
        yield f"<NavigationProperty{_navigation(model, navigation)} />"


def _typed(model: Model, declared: Property) -> str:
    return _attributes(
        Name=declared.name,
        Type=_type(model, declared.type),
        Nullable=None if declared.nullable else "false",
    )


def _navigation(model: Model, declared: Navigation) -> str:
    target = _type(model, declared.target)
    return _attributes(
        Name=declared.name,
        Type=f"Collection({target})" if declared.collection else target,
        ContainsTarget="true" if declared.contained else None,
    )


def _operation(model: Model, declared: Operation) -> Iterator[str]:
    tag = declared.kind.capitalize()
    yield f"<{tag}{_attributes(Name=declared.name, IsBound='true')}>"
    binding = _attributes(Name="bindingParameter", Type=_type(model, declared.binding))
    yield f"  <Parameter{binding} />"
    for parameter in declared.parameters:
        yield f"  <Parameter{_typed(model, parameter)} />"
    if declared.returns:
        yield f"  <ReturnType{_attributes(Type=_type(model, declared.returns))} />"
    yield f"</{tag}>"


def _type(model: Model, name: str) -> str:
    inner, collection = unwrapped(name)
    aliased = model.alias(inner)
    return f"Collection({aliased})" if collection else aliased


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def _attributes(**values: Any) -> str:
    """` Name="value"` for each value that is not None, in the given order."""
    return "".join(
        f' {name}="{escape(value)}"' for name, value in values.items() if value is not None
    )

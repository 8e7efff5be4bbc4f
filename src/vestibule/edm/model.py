"""Links the declarations of one catalogue: names become objects, types inherit, look-ups are ready.

Every dangling or doubled name is refused here, at start-up, with a ValueError that says where.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from vestibule.edm.declare import (
    Catalogue,
    Entity,
    EntitySet,
    Enum,
    Navigation,
    Operation,
    Property,
    Singleton,
)
from vestibule.edm.linked import Bound, Choice, Shape, Type, Way
from vestibule.edm.types import PRIMITIVES

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake(name: str) -> str:
    """`identityProviderType` → `identity_provider_type`."""
    return _WORD.sub("_", name).lower()


class Model:
    """One catalogue, linked and read-only."""

    __slots__ = ("_names", "catalogue", "choices", "container", "types")

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._names: dict[str, Type | Choice] = {}
        self.types: dict[str, Type] = {}
        self.choices: dict[str, Choice] = {}
        self._name_all()
        for name, type_ in self.types.items():
            if type_.declared.base:
                type_.base = self._wanted(type_.declared.base, f"base of {name}")
        for type_ in self.types.values():
            self._inherit(type_, ())
        _families(self.types.values())
        for type_ in self.types.values():
            self._ways(type_)
        for declared in catalogue.types:
            if isinstance(declared, Operation):
                self._bind(declared)
        self.container = {way.name.casefold(): way for way in map(self._root, catalogue.container)}

    # ------------------------------------------------------------------ looking up

    def type(self, name: str) -> Type | None:
        """By name: any case, with or without '#', the namespace or its alias."""
        found = self._find(name)
        return found if isinstance(found, Type) else None

    def choice(self, name: str) -> Choice | None:
        """An enumeration by name, found like a type."""
        found = self._find(name)
        return found if isinstance(found, Choice) else None

    def _find(self, name: str) -> Type | Choice | None:
        folded = name.lstrip("#").casefold()
        found = self._names.get(folded)
        if found is None:
            alias = self.catalogue.alias.casefold() + "."
            bare = folded.removeprefix(alias)
            found = self._names.get(f"{self.catalogue.namespace.casefold()}.{bare}")
        return found

    def alias(self, name: str) -> str:
        """`microsoft.graph.user` → `graph.user`; other names stay."""
        prefix = self.catalogue.namespace + "."
        if self.catalogue.alias and name.startswith(prefix):
            return f"{self.catalogue.alias}.{name.removeprefix(prefix)}"
        return name

    # ------------------------------------------------------------------ linking

    def _name_all(self) -> None:
        for declared in self.catalogue.types:
            if isinstance(declared, Operation):
                continue
            if isinstance(declared, Enum):
                choice = _choice(declared)
                linked: Type | Choice = choice
                self.choices[declared.name] = choice
                names: tuple[str, ...] = (declared.name,)
            else:
                type_ = Type(declared.name, declared)
                linked = type_
                self.types[declared.name] = type_
                names = (declared.name, *declared.aliases)
            for name in names:
                folded = name.lstrip("#").casefold()
                if self._names.setdefault(folded, linked) is not linked:
                    raise ValueError(f"The type name '{name}' is declared twice.")

    def _wanted(self, name: str, place: str) -> Type:
        found = self.type(name)
        if found is None:
            raise ValueError(f"{place}: there is no type '{name}'.")
        return found

    def _inherit(self, type_: Type, below: tuple[Type, ...]) -> None:
        """Bases first; a type met again below itself is a circle. Idempotent."""
        if type_ in below:
            raise ValueError(f"{type_.name} is its own base.")
        declared = type_.declared
        if type_.folded:
            return
        properties = list(declared.properties)
        if type_.base is not None:
            self._inherit(type_.base, (*below, type_))
            type_.properties.update(type_.base.properties)
            type_.record, type_.key = type_.base.record, type_.base.key
            type_.where, type_.rest = type_.base.where, type_.base.rest
            type_.given, type_.stream = type_.base.given, type_.base.stream
        if isinstance(declared, Entity):
            type_.rest = declared.rest or type_.rest
            # What has a record of its own is stored, though its base is computed.
            type_.given = declared.given or (type_.given and not declared.record)
            type_.stream = declared.stream or type_.stream
            type_.record = declared.record or type_.record
            type_.where = {**type_.where, **declared.where}
            type_.key = type_.key or declared.key
            if type_.key not in {*type_.properties, *(p.name for p in properties), ""}:
                properties.insert(0, Property(type_.key, nullable=False, write="create"))
        own: set[str] = set()
        for shape in (self._shape(p, type_.name, key=type_.key) for p in properties):
            if shape.name.casefold() in own:
                raise ValueError(f"{type_.name} declares the property '{shape.name}' twice.")
            own.add(shape.name.casefold())
            type_.properties[shape.name] = shape
        type_.folded = {name.casefold(): shape for name, shape in type_.properties.items()}
        self._keys(type_)

    def _keys(self, type_: Type) -> None:
        """The properties by which one entity is found beside its key."""
        if type_.base is not None:
            type_.alternates.update(type_.base.alternates)
            type_.finders = type_.base.finders
        if not isinstance(type_.declared, Entity):
            return
        names = (*type_.declared.alternate_keys, *type_.declared.found_by)
        if missing := [name for name in names if name.casefold() not in type_.folded]:
            raise ValueError(f"{type_.name} has no property '{missing[0]}' to be found by.")
        for name in type_.declared.alternate_keys:
            type_.alternates[name.casefold()] = type_.folded[name.casefold()]
        type_.finders += tuple(type_.folded[name.casefold()] for name in type_.declared.found_by)

    def _shape(self, property_: Property, owner: str, *, key: str = "") -> Shape:
        place = f"{owner}/{property_.name}"
        name, collection = unwrapped(property_.type)
        found = None if name in PRIMITIVES else self._find(name)
        if found is None and name not in PRIMITIVES:
            raise ValueError(f"{place}: there is no type '{name}'.")
        complex_ = found if isinstance(found, Type) else None
        if complex_ is not None and isinstance(complex_.declared, Entity):
            raise ValueError(f"{place}: {name} is an entity; declare a navigation.")
        navigates = complex_ is not None and any(
            ancestor.declared.navigations for ancestor in complex_.lineage()
        )
        column = property_.rows or property_.column or snake(property_.name)
        if property_.name == key:
            column = "id"
        return Shape(
            property_,
            property_.name,
            found.name if found is not None else name,
            collection,
            "" if property_.value or property_.value_at or navigates else column,
            PRIMITIVES.get(name),
            found if isinstance(found, Choice) else None,
            complex_,
            re.compile(property_.pattern) if property_.pattern else None,
        )

    def _ways(self, type_: Type) -> None:
        for ancestor in reversed(list(type_.lineage())):
            for navigation in ancestor.declared.navigations:
                place = f"{ancestor.name}/{navigation.name}"
                if navigation.name.casefold() in type_.folded:
                    raise ValueError(f"{place} is declared both as property and as navigation.")
                type_.ways[navigation.name.casefold()] = self._way(navigation, place)

    def _way(self, navigation: Navigation, place: str) -> Way:
        if not navigation.contained and navigation.link is None:
            raise ValueError(f"{place}: say `contained`, or how it is stored (`link`).")
        target = self._wanted(navigation.target, place)
        link = navigation.link
        if link is not None and not link.record and navigation.collection and not target.given:
            raise ValueError(f"{place}: one column cannot hold a collection.")
        return Way(
            navigation.name,
            target,
            navigation.collection,
            navigation.contained,
            navigation.link,
            frozenset(name.casefold() for name in navigation.names),
            navigation.given_in_create,
            navigation.required,
            navigation.verbs,
            navigation.access,
            navigation.context,
            navigation.deprecated,
            navigation.where,
            navigation.plain,
        )

    def _root(self, declared: EntitySet | Singleton) -> Way:
        many = isinstance(declared, EntitySet)
        verbs = declared.verbs if isinstance(declared, EntitySet) else frozenset({"get"})
        return Way(
            declared.name,
            self._wanted(declared.type, f"container/{declared.name}"),
            many,
            contained=True,
            link=None,
            names=frozenset(),
            given_in_create=False,
            required=False,
            verbs=verbs,
            access=declared.access,
            context="",
            deprecated=declared.deprecated if isinstance(declared, EntitySet) else None,
        )

    def _bind(self, operation: Operation) -> None:
        place = f"operation {operation.name}"
        binding, on_collection = unwrapped(operation.binding)
        owner = self._wanted(binding, place)
        entity = self.type(unwrapped(operation.returns)[0]) if operation.returns else None
        if entity is not None and not isinstance(entity.declared, Entity):
            entity = None
        returns = None
        if operation.returns and entity is None:
            returns = self._shape(Property("value", operation.returns), place)
        shapes = [self._shape(parameter, place) for parameter in operation.parameters]
        bound = Bound(
            operation,
            operation.name,
            on_collection,
            {shape.name: shape for shape in shapes},
            returns,
            entity,
        )
        for type_ in self.types.values():
            if type_.is_a(owner):
                type_.operations[operation.name.casefold(), on_collection] = bound


def unwrapped(type_name: str) -> tuple[str, bool]:
    """`Collection(T)` → (T, True); `T` → (T, False)."""
    if type_name.startswith("Collection(") and type_name.endswith(")"):
        return type_name[len("Collection(") : -1], True
    return type_name, False


def _choice(declared: Enum) -> Choice:
    members = tuple(name for name, _ in declared.members)
    folded = {name.casefold(): name for name in members}
    for alias, member in declared.aliases.items():
        if member not in members:
            raise ValueError(f"{declared.name}: alias '{alias}' names no member '{member}'.")
        folded[alias.casefold()] = member
    return Choice(declared.name, members, declared.flags, folded)


def _families(types: Iterable[Type]) -> None:
    """Tell every type which concrete ones are at or below it, the most derived first."""
    concrete = [type_ for type_ in types if not type_.abstract]
    for type_ in sorted(concrete, key=lambda one: -len(list(one.lineage()))):
        for ancestor in type_.lineage():
            ancestor.family += (type_,)

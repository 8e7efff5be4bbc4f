"""The language in which resources are declared: records are stored, entities are shown.

Knows no HTTP, no storage and no identity: a bicycle shop could be declared with it.
Names of types are qualified (`microsoft.graph.user`); "Collection(T)" is a collection.
Source of the vocabulary: OData CSDL 4.01.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum as _Enum
from typing import Any, Literal


class Unset(_Enum):
    """The default of what has no default (None is a value)."""

    UNSET = "unset"


UNSET = Unset.UNSET

# --------------------------------------------------------------------------- what is stored


@dataclass(frozen=True, slots=True)
class Column:
    """`type` as in `store.tables`. A `sealed` text is encrypted at rest by the store."""

    name: str
    type: Literal["text", "boolean", "integer", "double", "datetime", "json"] = "text"
    nullable: bool = True
    sealed: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """`column` holds the id of a row of `record` (same tenant), or the whole key if contained.

    `on_delete`: "restrict" refuses to delete what is referred to, "cascade" deletes this row too.
    """

    column: str
    record: str
    on_delete: Literal["restrict", "cascade"] = "restrict"


@dataclass(frozen=True, slots=True)
class Record:
    """A table. Every row has tenant, id, parent and version besides its columns.

    Keyed by (tenant, parent, id without case); with `exact_ids`, ids that differ only in case
    are different rows. `parent` names the record whose rows contain these; they vanish with it.
    `unique` lists combinations of columns that are unique in a tenant. `configuration`: a
    change to it raises the tenant's configuration number.
    """

    name: str
    columns: tuple[Column, ...]
    parent: str = ""
    unique: tuple[tuple[str, ...], ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    references: tuple[Reference, ...] = ()
    configuration: bool = False
    exact_ids: bool = False


# --------------------------------------------------------------------------- what is shown


@dataclass(frozen=True, slots=True)
class Enum:
    """`members` in order with their numbers; input is accepted without case and by `aliases`."""

    name: str
    members: tuple[tuple[str, int], ...]
    flags: bool = False
    aliases: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Property:
    """One structural property.

    `column` defaults to the name in snake_case; `value` computes it from the row instead, and
    `value_at` from the row and the time.
    `write`: "always", "create" (immutable afterwards: PATCH accepts the same value, refuses
    another), or "never" (set by the server; ignored on input if `ignored`, else refused).
    `required`: must be in a create, not null, not empty. `default` fills an absent one.
    `secret`: stored sealed or hashed, printed as ******; a PATCH with only stars keeps it.
    `declared`: False for what the service returns without having it in $metadata.
    `rows`: the values of a collection are rows of this record, contained by the entity's; each
    property of the complex type is a column of it. Rules write them.
    `on_request`: printed only where $select names it.
    `pattern` is a full match; `max_length` counts characters. `maximum`/`minimum` for numbers.
    `advice` ends the message when the value is refused.
    """

    name: str
    type: str = "Edm.String"
    nullable: bool = True
    required: bool = False
    default: Any = UNSET
    column: str = ""
    value: Callable[[Mapping[str, Any]], Any] | None = None
    value_at: Callable[[Mapping[str, Any], datetime], Any] | None = None
    write: Literal["always", "create", "never"] = "always"
    ignored: bool = False
    secret: bool = False
    declared: bool = True
    rows: str = ""
    on_request: bool = False
    filterable: bool = True
    max_length: int | None = None
    pattern: str = ""
    minimum: float | None = None
    maximum: float | None = None
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Access:
    """Who may. Any one of the named permissions suffices; a delegated caller also needs one of
    the roles (role template ids), where roles are named."""

    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    read_roles: tuple[str, ...] = ()
    write_roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """How a navigation that does not contain its target is stored: rows of `record`, contained
    by the source; `column` holds the target's id.

    A collection has one link row for each target, whose id is the target's id. A single-valued
    one has at most one row, whose id is the navigation's name. Without a `record`, `column` is
    one of the source's own, and the navigation is single-valued. With neither, the targets are
    computed, and the source's rules `relate` and `unrelate` say what a link stores.
    """

    record: str = ""
    column: str = ""


@dataclass(frozen=True, slots=True)
class Navigation:
    """`contained`: the targets live under the source (and vanish with it), under the name.

    Otherwise `link` says how targets are referred to. `names`: entity-set names under which
    `$ref` bodies may name the target (any host and version; a bare id is accepted too).
    `given_in_create`: may be set in the body of a create, inline, by id or by @odata.id; and it
    must be, if `required`.
    `verbs`: what may be done with the targets through this path: list, get, create, update,
    delete, put (create or replace by PUT), put_value and delete_value (of a stream). Through a
    link, update changes the target and delete removes the link.
    `access`: default is that of the path before it.
    `deprecated`: what Graph says of its own end; every reply says so.
    `where`: only these rows of the target's, as columns; a create sets them.
    `plain`: shows them as the target itself, also where a derived type would show more.
    """

    name: str
    target: str
    collection: bool = True
    contained: bool = False
    link: Link | None = None
    names: tuple[str, ...] = ()
    given_in_create: bool = False
    required: bool = False
    verbs: frozenset[str] = frozenset({"list", "get", "create", "update", "delete"})
    access: Access | None = None
    context: str = ""
    deprecated: Deprecated | None = None
    where: Mapping[str, Any] = field(default_factory=dict)
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Deprecated:
    """`since` in epoch seconds (RFC 9745), `sunset` as an HTTP date (RFC 8594)."""

    since: int
    sunset: str


@dataclass(frozen=True, slots=True)
class Entity:
    """A type with a key. `record` and `where` say which rows it shows: those of `record` whose
    columns equal `where` (which an insert also sets). Derived types name their `base`.

    `given`: no record; the rules compute every row (`Rules.given`) and say what a write stores.
    `stream`: the entity has contents of its own, at $value (`Rules.stream`).
    `alternate_keys` name properties that single one out too: `bikes(frameNumber='x')`;
    `found_by` name properties that may stand in the place of the key: `bikes/x`.
    `rest`: the JSON column that holds the undeclared properties of an `open` type, whose names
    match `rest_names` where that is given.
    """

    name: str
    record: str = ""
    where: Mapping[str, Any] = field(default_factory=dict)
    base: str = ""
    abstract: bool = False
    open: bool = False
    rest: str = ""
    rest_names: str = ""
    given: bool = False
    stream: bool = False
    key: str = "id"
    alternate_keys: tuple[str, ...] = ()
    found_by: tuple[str, ...] = ()
    properties: tuple[Property, ...] = ()
    navigations: tuple[Navigation, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Complex:
    """A type without a key. With navigations it is reachable by path under its owner
    (`apiConnectorConfiguration/postFederationSignup`) and always prints as {} in the owner."""

    name: str
    base: str = ""
    abstract: bool = False
    open: bool = False
    properties: tuple[Property, ...] = ()
    navigations: tuple[Navigation, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """A bound function or action. `handler` is found in the rules under its name."""

    name: str
    kind: Literal["function", "action"]
    binding: str
    parameters: tuple[Property, ...] = ()
    returns: str = ""
    access: Access | None = None


@dataclass(frozen=True, slots=True)
class EntitySet:
    name: str
    type: str
    access: Access
    verbs: frozenset[str] = frozenset({"list", "get", "create", "update", "delete"})
    deprecated: Deprecated | None = None


@dataclass(frozen=True, slots=True)
class Singleton:
    name: str
    type: str
    access: Access


Declaration = Enum | Entity | Complex | Operation


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything one version root serves."""

    version: str  # the path segment: "v1.0", "beta", "vestibule/v1"
    namespace: str
    alias: str
    types: tuple[Declaration, ...]
    container: tuple[EntitySet | Singleton, ...]

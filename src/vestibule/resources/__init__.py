"""CATALOGUE: everything served, by version. A family is one module and one line here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from vestibule.edm.declare import (
    Catalogue,
    Declaration,
    Entity,
    EntitySet,
    Property,
    Record,
    Singleton,
)
from vestibule.resources import (
    api_connectors,
    assignments,
    attributes,
    directory,
    identity_provider_rules,
    identity_providers,
    languages,
    listeners,
    own,
    policies,
    user_flow_rules,
    user_flows,
)
from vestibule.rules import Rules
from vestibule.tenancy import Flow

FAMILIES = (
    directory, attributes, identity_providers, api_connectors, user_flows, languages, listeners,
    policies, own,
)  # fmt: skip
IDENTITY = (
    api_connectors, user_flows, languages, identity_providers, attributes, listeners,
)  # fmt: skip

RECORDS: tuple[Record, ...] = tuple(record for family in FAMILIES for record in family.RECORDS)

_ENTITY = Entity(
    "microsoft.graph.entity",
    abstract=True,
    properties=(Property("id", nullable=False, write="never"),),
)


def _graph(version: str) -> Catalogue:
    keyed = version == "v1.0"  # in beta the container has no id (graph-surface 10.1)
    container = Entity(
        "microsoft.graph.identityContainer",
        base=_ENTITY.name if keyed else "",
        key="id" if keyed else "",
        navigations=tuple(
            navigation for family in IDENTITY for navigation in family.IDENTITY[version]
        ),
    )
    types = tuple(kind for family in (*IDENTITY, assignments) for kind in family.TYPES[version])
    return Catalogue(
        version=version,
        namespace="microsoft.graph",
        alias="graph",
        types=(_ENTITY, *types, container, *policies.TYPES),
        container=(
            Singleton("identity", container.name, user_flows.ACCESS),
            *identity_providers.SETS,
            *policies.SETS,
        ),
    )


CATALOGUE: dict[str, Catalogue] = {version: _graph(version) for version in ("v1.0", "beta")}
CATALOGUE["vestibule/v1"] = Catalogue(
    version="vestibule/v1",
    namespace="vestibule",
    alias="vestibule",
    types=own.TYPES,
    container=own.SETS,
)


def development(catalogue: Catalogue) -> Catalogue:
    """Our own catalogue with what only `vestibule dev` serves."""
    return replace(catalogue, container=(*own.DEVELOPMENT_SETS, *catalogue.container))


def applied(catalogue: Catalogue) -> Catalogue:
    """The beta catalogue with what `--apply` documents may also hold, though HTTP does not.

    There a connector may bring its id, so that flows of the same document can name it.
    """
    sets: tuple[EntitySet, ...] = directory.SETS
    return replace(
        catalogue,
        types=(*map(_named, catalogue.types), *directory.TYPES),
        container=(*catalogue.container, *sets),
    )


def _named(kind: Declaration) -> Declaration:
    if isinstance(kind, Entity) and kind.name == "microsoft.graph.identityApiConnector":
        return replace(kind, properties=(Property("id", write="create"), *kind.properties))
    return kind


def rules(
    *,
    cannot_run: Callable[[Flow], str | None],
    hash_password: Callable[[str], Awaitable[str]],
) -> dict[str, Rules]:
    """Every family's rules by entity type."""
    return {
        **identity_provider_rules.RULES,
        **api_connectors.RULES,
        **attributes.RULES,
        **assignments.RULES,
        **languages.RULES,
        **listeners.RULES,
        **policies.RULES,
        **user_flow_rules.UserFlowRules(cannot_run).table(),
        **directory.DirectoryRules(hash_password).table(),
    }


def permissions(*catalogues: Catalogue) -> frozenset[str]:
    """Every permission that a catalogue names: what an all-powerful application holds."""
    accesses = [item.access for catalogue in catalogues for item in catalogue.container]
    accesses += [
        navigation.access
        for catalogue in catalogues
        for kind in catalogue.types
        if isinstance(kind, Entity)
        for navigation in kind.navigations
        if navigation.access
    ]
    return frozenset(name for access in accesses for name in (*access.read, *access.write))

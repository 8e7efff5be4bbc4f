"""CATALOGUE: everything served, by version. A family is one module and one line here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from vestibule.edm.declare import (
    Catalogue,
    Complex,
    Declaration,
    Entity,
    Operation,
    Property,
    Record,
    Singleton,
)
from vestibule.resources import (
    api_connectors,
    assignments,
    attributes,
    connector_calls,
    directory,
    identity_provider_rules,
    identity_providers,
    keys,
    languages,
    listeners,
    own,
    own_access,
    own_user_flows,
    policies,
    served_applications,
    traces,
    user_flow_rules,
    user_flows,
)
from vestibule.resources.called import Objection
from vestibule.resources.directory.application_rules import ReadCertificate
from vestibule.resources.directory.invitations import Letter
from vestibule.rules import Rules
from vestibule.tenancy import Flow

FAMILIES = (
    directory, attributes, identity_providers, api_connectors, user_flows, languages, listeners,
    policies, own, own_user_flows, keys, connector_calls,
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
        types=(_ENTITY, *types, container, *policies.TYPES, *directory.TYPES),
        container=(
            Singleton("identity", container.name, user_flows.ACCESS),
            *identity_providers.SETS,
            *policies.SETS,
            *directory.SETS,
        ),
    )


CATALOGUE: dict[str, Catalogue] = {version: _graph(version) for version in ("v1.0", "beta")}
CATALOGUE["vestibule/v1"] = Catalogue(
    version="vestibule/v1",
    namespace="vestibule",
    alias="vestibule",
    types=(
        own_access.ENTITY,
        *own.TYPES,
        *own_user_flows.TYPES,
        *served_applications.TYPES,
        *keys.TYPES,
        *connector_calls.TYPES,
        *traces.TYPES,
    ),
    container=(
        *own.SETS,
        *own_user_flows.SETS,
        *keys.SETS,
        *connector_calls.SETS,
        *traces.SETS,
    ),
)


def development(catalogue: Catalogue) -> Catalogue:
    """Our own catalogue with what only `vestibule dev` serves."""
    return replace(catalogue, container=(*own.DEVELOPMENT_SETS, *catalogue.container))


def applied(catalogue: Catalogue) -> Catalogue:
    """The beta catalogue with what `--apply` documents may also hold, though HTTP does not.

    There a connector brings its id and an application its appId and the text of its secrets, so
    that flows of the same document, and programs, can name them.
    """
    return replace(
        catalogue,
        types=tuple(map(_named, catalogue.types)),
    )


_BROUGHT = {
    "microsoft.graph.identityApiConnector": Property("id", write="create"),
    "microsoft.graph.application": Property(
        "appId", write="create", pattern=r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    ),
    "microsoft.graph.passwordCredential": Property(
        "secretText", max_length=256, value=lambda _row: None
    ),
}


def _named(kind: Declaration) -> Declaration:
    brought = _BROUGHT.get(kind.name)
    if brought is None or not isinstance(kind, Entity | Complex):
        return kind
    others = (one for one in kind.properties if one.name != brought.name)
    return replace(kind, properties=(brought, *others))


def rules(
    *,
    advice: Callable[[Flow], str | None],
    hash_password: Callable[[str], Awaitable[str]],
    read_certificate: ReadCertificate,
    send: Callable[[Letter], Awaitable[None]],
    make_key: keys.MakeKey,
    objection: Objection,
    replay: connector_calls.Replay,
    journeys: traces.Journeys,
    most_redirect_uris: int = 0,
) -> dict[str, Rules]:
    """Every family's rules by entity type; `most_redirect_uris` 0: any number."""
    return {
        **identity_provider_rules.ProviderRules(objection).table(),
        **api_connectors.ConnectorRules(objection).table(),
        **attributes.RULES,
        **assignments.RULES,
        **languages.RULES,
        **listeners.RULES,
        **policies.RULES,
        **own_user_flows.RULES,
        **served_applications.RULES,
        **keys.KeyRules(make_key).table(),
        **connector_calls.CallRules(replay).table(),
        **traces.TraceRules(journeys).table(),
        own_user_flows.FLOW: Rules(
            relate=served_applications.relate, unrelate=served_applications.unrelate
        ),
        **user_flow_rules.UserFlowRules(advice).table(),
        **directory.DirectoryRules(
            hash_password, read_certificate, send, attributes.EXTENSIONS_APP, most_redirect_uris
        ).table(),
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
    accesses += [
        kind.access
        for catalogue in catalogues
        for kind in catalogue.types
        if isinstance(kind, Operation) and kind.access
    ]
    return frozenset(name for access in accesses for name in (*access.read, *access.write))

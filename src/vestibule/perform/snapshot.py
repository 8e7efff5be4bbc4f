"""Stored rows → the frozen Tenant that everything at run time reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from vestibule.flow_settings import settings_of
from vestibule.perform.keys import signing_keys
from vestibule.perform.reached import attributes_of, connector, provider
from vestibule.perform.registered import applications, by_parent
from vestibule.ports import Change, Entities, Insert, Query, Row
from vestibule.resources import listeners, policies
from vestibule.resources.localized_pages import key_of
from vestibule.resources.user_flow_rules import LOCAL
from vestibule.tenancy import (
    Assignment,
    Choice,
    Flow,
    Tenant,
)
from vestibule.texts.localized import text_of

_RECORDS = (
    "signing_key",
    "user_flow",
    "user_flow_provider",
    "user_flow_connector",
    "user_flow_assignment",
    "user_flow_attribute",
    "user_flow_language",
    "user_flow_page",
    "application",
    "application_secret",
    "service_principal",
    "app_role_assignment",
    "permission_grant",
    listeners.LISTENER,
    listeners.SERVED,
    policies.RECORD,
    "identity_provider",
    "api_connector",
)

_UNSEEN = frozenset(
    {"audit", "message", "user", "user_identity", "deleted_user", "invitation"}
    | {"directory_role", "directory_role_member", "extension_property"}
)
"""Records of which no snapshot shows anything."""

_UNNUMBERED = -1
"""The configuration number of a snapshot that was not loaded as it is. It equals no stored
number, so the next look at the store loads the tenant again."""


async def load_tenant(entities: Entities, tenant: Row, now: datetime) -> Tenant:
    """Everything configured in the tenant, with the key first that signs at this hour.

    The number is read first: rows that change while we read make the snapshot old, never wrong.
    """
    id = tenant["id"]
    number = await entities.configuration(id) or 0
    rows = {record: await entities.find(Query(record, id)) for record in _RECORDS}
    providers = by_parent(rows["user_flow_provider"])
    connectors = by_parent(rows["user_flow_connector"])
    asked = by_parent(rows["user_flow_assignment"])
    attributes = {row["id"].casefold(): row for row in rows["user_flow_attribute"]}
    languages, pages = by_parent(rows["user_flow_language"]), by_parent(rows["user_flow_page"])
    flows: dict[str, Flow] = {}
    for row in rows["user_flow"]:
        key = row["id"]
        flow = _flow(row, providers.get(key, ()), connectors.get(key, ()))
        claims_set = "applicationClaims" in (row["settings"] or {})
        flow = _asking(flow, asked.get(key, ()), attributes, claims_set=claims_set)
        _name(_speaking(flow, languages.get(key, ()), pages.get(key, ())), flows)
    return Tenant(
        id=id,
        domain=tenant["domain"],
        display_name=tenant["display_name"] or tenant["domain"],
        configuration=number,
        flows=flows,
        applications=applications(rows),
        keys=signing_keys(rows["signing_key"], now),
        kind=tenant.get("kind") or "mixed",
        served=_served(rows[listeners.LISTENER], rows[listeners.SERVED]),
        self_service_sign_up=any(row["self_service_sign_up"] for row in rows[policies.RECORD]),
        providers={row["id"].casefold(): provider(row) for row in rows["identity_provider"]},
        connectors={row["id"].casefold(): connector(row) for row in rows["api_connector"]},
        attributes=attributes_of(rows["user_flow_attribute"]),
    )


def after(tenant: Tenant, written: Sequence[tuple[Change, Row]]) -> Tenant | None:
    """The tenant after a transaction with these changes; None when it has to be loaded.

    Only new flows are worked in: all else is rare.
    """
    seen = [(change, row) for change, row in written if change.record not in _UNSEEN]
    if not seen:
        return tenant
    made: dict[str, Row] = {}
    links: dict[str, list[Row]] = {"user_flow_provider": [], "user_flow_connector": []}
    for change, row in sorted(seen, key=lambda one: one[1]["id"].casefold()):
        if not isinstance(change, Insert):
            return None
        if change.record == "user_flow":
            made[row["id"]] = row
        elif change.record in links:
            links[change.record].append(row)
        else:
            return None
    providers = by_parent(links["user_flow_provider"])
    connectors = by_parent(links["user_flow_connector"])
    if not made.keys() >= providers.keys() | connectors.keys():
        return None
    flows = dict(tenant.flows)
    for id, row in made.items():
        _name(_flow(row, providers.get(id, ()), connectors.get(id, ())), flows)
    return replace(tenant, flows=flows, configuration=_UNNUMBERED)


def _served(listening: Iterable[Row], served: Iterable[Row]) -> dict[str, str]:
    """Application id in lower case → id of the flow whose listener names the application."""
    flows = {row["id"]: row["user_flow"] for row in listening}
    return {row["id"].casefold(): flows[row["parent"]] for row in served if row["parent"] in flows}


def _name(flow: Flow, flows: dict[str, Flow]) -> None:
    """Make a flow found by its id, and without case unless another one has the better claim."""
    flows[flow.id] = flow
    folded = flow.id.casefold()
    other = flows.setdefault(folded, flow)
    if other.id != folded and flow.id < other.id:
        flows[folded] = flow


def _flow(row: Row, providers: Iterable[Row], connectors: Iterable[Row]) -> Flow:
    return Flow(
        id=row["id"],
        kind=row["kind"],
        type=row["user_flow_type"],
        version=row["user_flow_type_version"],
        default_language=row["default_language_tag"],
        language_customization=bool(row["is_language_customization_enabled"]),
        local_account=bool(row["local_account"]),
        providers=tuple(link["provider"] for link in providers if link["provider"] != LOCAL),
        connectors={link["id"]: link["connector"] for link in connectors},
        issuer_is_flow=bool(row["is_issuer_entity_user_flow"]),
        settings=settings_of(row),
    )


def _asking(
    flow: Flow, rows: Iterable[Row], attributes: Mapping[str, Row], *, claims_set: bool
) -> Flow:
    """The flow with what it asks for. Its tokens tell what it asks, unless somebody has set what
    they tell (decision 0004).

    Rows are read one record after the other: an attribute that is not known yet is left out, and
    the number of the snapshot is old then.
    """
    ordered = sorted(rows, key=lambda row: (row["position"], row["id"].casefold()))
    assignments = tuple(
        _assignment(row, attribute)
        for row in ordered
        if (attribute := attributes.get(row["attribute"].casefold()))
    )
    if not assignments:
        return flow
    if claims_set:
        return replace(flow, attributes=assignments)
    claims = [*flow.settings["applicationClaims"]]
    claims += [one.claim for one in assignments if one.claim not in (*claims, "email")]
    settings = {**flow.settings, "applicationClaims": tuple(claims)}
    return replace(flow, attributes=assignments, settings=settings)


def _assignment(row: Row, attribute: Row) -> Assignment:
    return Assignment(
        id=attribute["id"],
        label=row["display_name"] or attribute["display_name"],
        data_type=attribute["data_type"],
        input_type=row["user_input_type"],
        optional=bool(row["is_optional"]),
        verification=bool(row["requires_verification"]),
        values=tuple(
            Choice(one["name"], one["value"], bool(one.get("isDefault")))
            for one in row["user_attribute_values"] or ()
        ),
    )


def _speaking(flow: Flow, languages: Iterable[Row], pages: Iterable[Row]) -> Flow:
    """The flow with its languages and what is written on its pages."""
    enabled = {row["id"]: bool(row["is_enabled"]) for row in languages}
    overrides = {}
    for row in pages:
        language, _, page = row["id"].partition("/")
        texts = ((text_of(page, key_of(one)), one["Value"]) for one in row["strings"])
        overrides[language, page] = {text: value for text, value in texts if text is not None}
    return replace(flow, languages=enabled, overrides=overrides) if enabled or overrides else flow

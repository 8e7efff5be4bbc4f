"""Development pages: the flows, the inbox and (web.viewer) the token viewer. Absent in `serve`.

What they show comes through the operations that anyone can call, handed in as functions; each
page shows the request that would give the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from vestibule.errors import NotFound
from vestibule.journey.obstacles import cannot_run
from vestibule.oidc.place import METADATA, Place
from vestibule.tenancy import Flow, Tenant
from vestibule.texts import say, translated
from vestibule.texts.languages import BUILT_IN, offered
from vestibule.web.entry import allow
from vestibule.web.exchange import Exchange
from vestibule.web.shell import Client, Shell, submitted

FLOWS = "/beta/identity/{set}?$expand=userFlowIdentityProviders"
CONNECTORS = (
    "/beta/identity/{set}/{flow}/apiConnectorConfiguration"
    "?$expand=postFederationSignup,postAttributeCollection,preTokenIssuance"
)
MESSAGES = "/vestibule/v1/messages"
_SETS = ("b2cUserFlows", "b2xUserFlows")
_SEEDED = "B2C_1_susi"
_FIRST = '{"id": "susi", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 3}'


class Portal:
    """Handlers of (exchange)."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    async def home(self, exchange: Exchange) -> Response:
        """All flows of all tenants, how to run them, and how to point an application at them."""
        allow(exchange, "GET")
        model = {
            "heading": say("portal.home.title"),
            "here": "/",
            "directories": [
                await self._directory(exchange.base, client) for client in self._shell.clients
            ],
        }
        return self._shell.show(exchange, "home", model)

    async def inbox(self, exchange: Exchange) -> Response:
        """The messages, newest first; a form deletes one."""
        allow(exchange, "GET", "POST")
        if exchange.method == "POST":
            return await self._delete(exchange)
        messages = await self._messages()
        model = {
            "heading": say("portal.inbox.title"),
            "here": "/inbox",
            "messages": messages,
            "state": " ".join(message["id"] for message in messages),
            "requests": [
                self._shell.command(exchange.base, client, MESSAGES)
                for client in self._shell.clients
            ],
        }
        return self._shell.show_form(exchange, "inbox", model)

    async def _delete(self, exchange: Exchange) -> Response:
        fields = submitted(exchange)
        known = {client.tenant for client in self._shell.clients}
        if fields.get("tenant") in known and fields.get("delete"):
            await self._shell.ask("DELETE", fields["tenant"], f"{MESSAGES}/{fields['delete']}")
        return self._shell.responses.to("/inbox", status=303)

    async def _messages(self) -> list[dict[str, Any]]:
        found = []
        for client in self._shell.clients:
            tenant = await self._shell.tenants.find(client.tenant)
            body = await self._shell.read(client.tenant, MESSAGES)
            for message in body["value"]:
                place = {"tenant": client.tenant, "domain": tenant.domain if tenant else ""}
                found.append({**message, **place, "at": message["createdDateTime"]})
        return sorted(found, key=lambda message: str(message["at"]), reverse=True)

    async def _directory(self, base: str, client: Client) -> dict[str, Any]:
        """One tenant of the home page."""
        tenant = await self._shell.tenants.fresh(client.tenant)
        if tenant is None:
            raise NotFound("The tenant of the development application is gone.")
        paths = {name: FLOWS.format(set=name) for name in _SETS}
        flows = []
        for name, path in paths.items():
            for value in (await self._shell.read(tenant.id, path))["value"]:
                steps = CONNECTORS.format(set=name, flow=value["id"])
                flows.append(_row(tenant, client, value, await self._shell.read(tenant.id, steps)))
        return {
            "name": tenant.display_name,
            "domain": tenant.domain,
            "flows": flows,
            "requests": [self._shell.command(base, client, path) for path in paths.values()]
            if flows
            else [self._shell.command(base, client, f"/beta/identity/{_SETS[0]}", _FIRST)],
            "settings": _settings(tenant, client, base),
        }


def run_address(tenant: str, flow: str) -> str:
    """The link that runs a flow and comes back to the token viewer."""
    return f"/run?tenant={tenant}&flow={flow}"


def _row(
    tenant: Tenant, client: Client, value: Mapping[str, Any], steps: Mapping[str, Any]
) -> dict[str, Any]:
    """One flow of the table, from its JSON and that of its connectors."""
    flow = tenant.flow(value["id"])
    thing = cannot_run(flow) if flow else None
    reason = say("portal.home.reason", {"thing": thing}) if thing else ""
    if flow is not None and flow.kind == "b2x" and tenant.flow_for(client.client_id) is not flow:
        reason = reason or say("portal.home.unlinked")
    runs = flow is not None and not reason
    return {
        "id": value["id"],
        "type": value["userFlowType"],
        "version": f"{value['userFlowTypeVersion']:g}",
        "providers": [
            provider.get("displayName") or provider["id"]
            for provider in value.get("userFlowIdentityProviders") or ()
        ],
        "connectors": [
            (step, connector.get("displayName") or connector["id"])
            for step, connector in steps.items()
            if isinstance(connector, Mapping)
        ],
        "run": run_address(tenant.domain, value["id"]) if runs else "",
        "languages": _languages(flow) if flow is not None else [],
        "reason": reason,
    }


def _languages(flow: Flow) -> list[tuple[str, str]]:
    """Tag and name of those worth asking for: with sentences of their own, or configured; none
    while the flow's languages are not customized."""
    tags = offered(flow.kind, flow.languages) if flow.customized else ()
    known = translated() | flow.languages.keys()
    return [(tag, BUILT_IN.get(tag, tag)) for tag in tags if tag in known]


def _settings(tenant: Tenant, client: Client, base: str) -> list[tuple[str, str]]:
    """What an application is configured with: label (text id) and value."""
    runnable = (flow for flow in tenant.flows.values() if cannot_run(flow) is None)
    both = "signUpOrSignIn"
    flows = (flow for flow in runnable if flow.kind == "b2c" and flow.type != "resourceOwner")
    first = min(flows, key=lambda flow: (flow.type != both, flow.id != _SEEDED), default=None)
    if first is None:
        return []
    place = place_of(tenant, first)
    return [
        ("portal.home.authority", f"{base}/{tenant.domain}/{first.id}"),
        ("portal.home.client", client.client_id),
        *([("portal.home.scope", client.api_scope)] if client.api_scope else []),
        ("portal.home.discovery", place.url(base, METADATA)),
    ]


def place_of(tenant: Tenant, flow: Flow) -> Place:
    """The authority of a flow, in the form that people read; a b2x flow's is the tenant's own."""
    return Place("", tenant.domain, "" if flow.kind == "b2x" else flow.id, by_query=False)

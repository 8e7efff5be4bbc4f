"""The connector workbench: what flows asked API connectors, what came back, and why it ended so.

It shows what anyone can ask `/vestibule/v1/connectorCalls` for, and sends calls again by the same
API. Development only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.responses import Response

from vestibule.errors import NotFound, Unavailable
from vestibule.resources.masking import masked_url
from vestibule.texts import say
from vestibule.web.entry import allow
from vestibule.web.exchange import Exchange
from vestibule.web.shell import Client, Shell, submitted

HOME = "/connectors"
CONNECTORS = "/beta/identity/apiConnectors"
CALLS = "/vestibule/v1/connectorCalls"
_SHOWN = 20
_LATEST = (
    "?$filter=connectorId%20eq%20'{id}'{more}&$orderby=createdDateTime%20desc"
    f"&$top={_SHOWN}&$select=id,step,userFlowId,createdDateTime,milliseconds,verdict,attempts,"
    "notes,replayOf"
)
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_FIRST = json.dumps(
    {
        "displayName": "Approve sign-up",
        "targetUrl": "https://localhost:9443/approve",
        "authenticationConfiguration": {
            "@odata.type": "#microsoft.graph.basicAuthentication",
            "username": "vestibule",
            "password": "a-password",
        },
    }
)
_LOOKS: Mapping[str, str] = {
    "continue": "good",
    "showBlockPage": "note",
    "validationError": "note",
    "failed": "bad",
}
"""How a verdict's tag is coloured."""


class Workbench:
    """Handlers of (exchange)."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    async def view(self, exchange: Exchange) -> Response:
        """`/connectors` (with `?correlation=` of one journey), or one call at `/connectors/{id}`,
        where a form sends it again."""
        match exchange.path[1:]:
            case ():
                allow(exchange, "GET")
                return await self._all(exchange)
            case (id,):
                allow(exchange, "GET", "POST")
                if exchange.method == "POST":
                    return await self._replay(exchange, id)
                return await self._one(exchange, id)
        raise NotFound("There is nothing at this address.")

    # ----------------------------------------------------------------- the list

    async def _all(self, exchange: Exchange) -> Response:
        journey = exchange.query().get("correlation", "")
        if journey and not _GUID.fullmatch(journey):
            raise NotFound(say("portal.connectors.gone"))
        directories = [
            await self._directory(exchange.base, client, journey) for client in self._shell.clients
        ]
        if journey:
            directories = [one for one in directories if one["connectors"]]
            if not directories:
                raise NotFound(say("portal.connectors.gone"))
        model = {
            "heading": say("portal.connectors.title"),
            "here": HOME,
            "directories": directories,
            "journey": journey,
            "kept": self._shell.settings.connector_calls_kept > 0,
        }
        return self._shell.show(exchange, "connectors", model)

    async def _directory(self, base: str, client: Client, journey: str) -> dict[str, Any]:
        """One tenant's connectors with their latest calls, or those of one journey."""
        connectors = []
        more = f"%20and%20correlationId%20eq%20'{journey}'" if journey else ""
        for connector in (await self._shell.read(client.tenant, CONNECTORS))["value"]:
            path = CALLS + _LATEST.format(id=quote(connector["id"]), more=more)
            calls = (await self._shell.read(client.tenant, path))["value"]
            if journey and not calls:
                continue
            connectors.append(
                {
                    "id": connector["id"],
                    "name": connector["displayName"],
                    "url": masked_url(connector["targetUrl"]),
                    "calls": [_row(call) for call in calls],
                    "request": self._shell.command(base, client, path),
                }
            )
        tenant = await self._shell.tenants.find(client.tenant)
        return {
            "name": tenant.display_name if tenant else "",
            "domain": tenant.domain if tenant else "",
            "connectors": connectors,
            "create": self._shell.command(base, client, CONNECTORS, _FIRST),
        }

    # ----------------------------------------------------------------- one call

    async def _one(self, exchange: Exchange, id: str) -> Response:
        client, call = await self._found(id)
        connector = await self._shell.ask(
            "GET", client.tenant, f"{CONNECTORS}/{call['connectorId']}"
        )
        path = f"{CALLS}/{id}"
        model = {
            "heading": say("portal.connectors.call", {"name": connector.get("displayName") or id}),
            "here": HOME,
            "call": {**call, **_row(call)},
            "sent": _readable(call["request"]["body"]),
            "received": _readable((call["response"] or {}).get("body")),
            "saw": _saw(call),
            "tenant": client.tenant,
            "requests": [
                self._shell.command(exchange.base, client, path),
                self._shell.command(exchange.base, client, f"{path}/replay", "{}"),
            ],
        }
        return self._shell.show_form(exchange, "connector", model)

    async def _replay(self, exchange: Exchange, id: str) -> Response:
        submitted(exchange)
        client, _call = await self._found(id)
        made = await self._shell.ask("POST", client.tenant, f"{CALLS}/{id}/replay")
        if "error" in made:
            raise Unavailable(made["error"]["message"])
        return self._shell.responses.to(f"{HOME}/{made['id']}", status=303)

    async def _found(self, id: str) -> tuple[Client, Mapping[str, Any]]:
        """Whose call it is, and the call. Raises NotFound."""
        for client in self._shell.clients:
            call = await self._shell.ask("GET", client.tenant, f"{CALLS}/{quote(id, safe='')}")
            if "error" not in call:
                return client, call
        raise NotFound(say("portal.connectors.gone"))


def _row(call: Mapping[str, Any]) -> dict[str, Any]:
    """What the list says of a call."""
    statuses = [str(one["status"] or one["failure"]) for one in call["attempts"]]
    return {
        "id": call["id"],
        "at": call["createdDateTime"],
        "step": call["step"],
        "flow": call["userFlowId"] or "",
        "verdict": call["verdict"],
        "verdict_text": f"portal.connectors.verdict.{call['verdict']}",
        "look": _LOOKS[call["verdict"]],
        "statuses": statuses,
        "took": f"{call['milliseconds']:.0f}",
        "why": [note["text"] for note in call["notes"]],
        "replay": bool(call["replayOf"]),
    }


def _saw(call: Mapping[str, Any]) -> str:
    """Text id of what became of the page."""
    kind = "replay" if call["replayOf"] else call["verdict"]
    return f"portal.connectors.saw.{kind}"


def _readable(body: str | None) -> str:
    """JSON over several lines; anything else as it is."""
    try:
        plain = msgspec.json.encode(msgspec.json.decode(body or ""))
    except (ValueError, RecursionError):  # msgspec.DecodeError is a ValueError
        return body or ""
    return msgspec.json.format(plain, indent=2).decode()

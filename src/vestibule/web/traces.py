"""The development pages of traces: the way of one journey, and where to ask for one.

Clients of the operations that anyone can call, like all development pages (web.shell).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from vestibule.texts import say
from vestibule.web.entry import allow
from vestibule.web.exchange import Exchange
from vestibule.web.shell import Client, Shell

TRACES = "/vestibule/v1/traces"
RECENT = "/vestibule/v1/audit?$filter=not contains(action,' ')&$orderby=at desc&$top=25"
"""Outcomes of journeys; what administrators did has a blank in its name."""
_LONGEST = 64
_TAGS = {"tokens": "good", "stop": "bad", "page": "note"}


class Traces:
    """The handler of (exchange) for /traces and what lies below."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    async def view(self, exchange: Exchange) -> Response:
        """One trace, or the form that leads to it."""
        allow(exchange, "GET")
        correlation = "/".join(exchange.path[1:])
        if correlation:
            return await self._trace(exchange, correlation)
        wanted = exchange.query().get("id", "").strip()[:_LONGEST]
        if wanted:
            return self._shell.responses.to(f"/traces/{quote(wanted, safe='')}", status=303)
        return await self._found(exchange)

    async def _trace(self, exchange: Exchange, correlation: str) -> Response:
        path = f"{TRACES}/{quote(correlation[:_LONGEST], safe='')}"
        for client in self._shell.clients:
            body = await self._shell.ask("GET", client.tenant, path)
            if "error" not in body:
                return self._shown(exchange, client, body)
        return await self._found(exchange, missing=True)

    async def _found(self, exchange: Exchange, *, missing: bool = False) -> Response:
        """The form and the latest journeys; `missing` says that the number leads nowhere."""
        model = {
            "heading": say("portal.traces.title"),
            "here": "/traces",
            "missing": missing,
            "recent": await self._recent(),
            "requests": [
                self._shell.command(exchange.base, client, RECENT) for client in self._shell.clients
            ],
        }
        status = 404 if missing else 200
        return self._shell.show(exchange, "traces", model, status=status)

    def _shown(self, exchange: Exchange, client: Client, trace: Mapping[str, Any]) -> Response:
        model = {
            "heading": say("portal.trace.title"),
            "here": "/traces",
            "trace": trace,
            "steps": [line(step) for step in trace["steps"]],
            "request": self._shell.command(
                exchange.base, client, f"{TRACES}/{trace['correlationId']}"
            ),
        }
        return self._shell.show(exchange, "trace", model)

    async def _recent(self) -> list[Mapping[str, Any]]:
        """The latest outcomes of journeys, one row for each journey, newest first."""
        rows: dict[str, Mapping[str, Any]] = {}
        for client in self._shell.clients:
            body = await self._shell.ask("GET", client.tenant, RECENT)
            for row in body.get("value", ()):
                rows.setdefault(row["correlationId"], row)
        return sorted(rows.values(), key=lambda row: str(row["at"]), reverse=True)


def line(step: Mapping[str, Any]) -> dict[str, Any]:
    """A step as the page tells it: what `came` in, and what it `did`."""
    return {
        **step,
        "tag": _TAGS.get(step["outcome"] or "", ""),
        "came": step["result"] or step["action"] or "",
        "did": step["page"] or step["effect"] or step["host"] or "",
    }

"""What all development pages have: how they ask, for whom, and the frame that they are shown in.

Absent in `serve`. What is shown comes through the operations that anyone can call.
"""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from starlette.responses import Response

from vestibule.errors import Forbidden, Problem, Unavailable
from vestibule.oidc.tenants import Tenants
from vestibule.settings import Settings
from vestibule.texts import Voice, say
from vestibule.web import security
from vestibule.web.exchange import Exchange
from vestibule.web.responses import Responses
from vestibule.world import World

NAVIGATION = (
    ("/", "portal.nav.home"),
    ("/inbox", "portal.nav.inbox"),
    ("/jwt", "portal.nav.token"),
    ("/connectors", "portal.nav.connectors"),
    ("/traces", "portal.nav.traces"),
)

Ask = Callable[[str, str, str], Awaitable[Mapping[str, Any]]]
"""(verb, tenant id, address from the version on) → the JSON body that anyone would get."""


@dataclass(frozen=True, slots=True)
class Client:
    """The seeded web application of a tenant; the token viewer acts as it."""

    tenant: str  # id
    client_id: str
    client_secret: str = field(repr=False)
    api_scope: str = ""


@dataclass(frozen=True, slots=True)
class Shell:
    """One for all development pages of the process."""

    settings: Settings
    world: World
    tenants: Tenants
    clients: Sequence[Client]
    ask: Ask
    ca_file: str
    responses: Responses

    async def read(self, tenant: str, path: str) -> Mapping[str, Any]:
        """The JSON at a path. Raises Unavailable with the reason when it is an error."""
        body = await self.ask("GET", tenant, path)
        if "error" in body:
            raise Unavailable(f"GET {path}: {body['error']['message']}")
        return body

    def command(self, base: str, client: Client, path: str, body: str = "") -> str:
        """The same request for a terminal, in any folder; a POST when there is a body."""
        data_dir = shlex.quote(str(PurePath(self.ca_file).parent))
        token = f"vestibule token --data-dir {data_dir} --tenant {client.tenant}"
        lines = [
            f"curl --cacert {shlex.quote(self.ca_file)} {shlex.quote(base + path)}",
            f'-H "Authorization: Bearer $({token})"',
        ]
        if body:
            lines += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(body)}"]
        return " \\\n  ".join(lines)

    def show(
        self, exchange: Exchange, name: str, model: Mapping[str, Any], *, status: int = 200
    ) -> Response:
        """A page in the frame."""
        shown = {**model, "navigation": NAVIGATION}
        return self.responses.page(exchange, f"portal/{name}", shown, status=status)

    def show_form(self, exchange: Exchange, name: str, model: Mapping[str, Any]) -> Response:
        """A page with a form; `submitted` reads what comes back."""
        token = security.csrf(exchange, self.world)
        response = self.show(exchange, name, {**model, "csrf": token})
        security.place_cookie(response, self.settings, security.CSRF_COOKIE, token)
        return response

    def problem(self, exchange: Exchange, problem: Problem) -> Response:
        """What a handler raised, as a page."""
        return self.responses.problem(exchange, problem, Voice())


def submitted(exchange: Exchange) -> Mapping[str, str]:
    """The fields of a form. Raises Forbidden when it is not from a page of ours."""
    fields = exchange.form()
    if not security.genuine(exchange, fields.get("csrf_token", "")):
        raise Forbidden(say("page.error.forgery"))
    return fields

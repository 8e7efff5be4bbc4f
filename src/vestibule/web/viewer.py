"""The token viewer: a small application of our own that runs a flow and shows what it received.

It does what any application does: code with PKCE, redeemed at the token endpoint, and the id
token checked (OpenID Connect Core 3.1.3.7). Development only.
"""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

from vestibule.errors import NotFound
from vestibule.oidc.faults import Fault
from vestibule.oidc.metadata import issuer
from vestibule.oidc.pkce import s256
from vestibule.oidc.place import AUTHORIZE, LOGOUT, TOKEN
from vestibule.oidc.service import TokenRequest
from vestibule.oidc.signing import Rejected, Signer, peek
from vestibule.tenancy import Flow, Tenant
from vestibule.texts import say, sentences
from vestibule.web import security
from vestibule.web.entry import allow
from vestibule.web.exchange import Exchange
from vestibule.web.portal import place_of, run_address
from vestibule.web.shell import Client, Shell

Redeem = Callable[[TokenRequest], Awaitable[Mapping[str, Any]]]
"""The token endpoint itself: a request → the body of its answer. Raises Fault."""

_COOKIE = "vestibule-run-"
_RUN_LIFETIME_S = 600
_STATE = re.compile(r"[A-Za-z0-9_-]+")  # as we draw it; it becomes part of a cookie's name
_MOMENTS = frozenset({"iat", "nbf", "exp", "auth_time"})
_TOKENS = ("id_token", "access_token")


class Run(msgspec.Struct, frozen=True):
    """What the application remembers between its request and the answer, in a cookie."""

    tenant: str
    flow: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Target:
    """The flow that is run, and the application it is run for."""

    tenant: Tenant
    flow: Flow
    client: Client


class Viewer:
    """Handlers of (exchange) for `/run` and `/jwt`."""

    def __init__(self, shell: Shell, *, redeem: Redeem, signer: Signer) -> None:
        self._shell = shell
        self._redeem = redeem
        self._signer = signer

    async def run(self, exchange: Exchange) -> Response:
        """Begin: remember the secrets of this run, and go to the authorization endpoint.

        `ui_locales`, where it is given, goes along.
        """
        allow(exchange, "GET")
        query = exchange.query()
        target = await self._target(query.get("tenant", ""), query.get("flow", ""))
        world = self._shell.world
        run = Run(
            target.tenant.domain, target.flow.id, world.secret(), world.secret(), world.secret()
        )
        parameters = {
            "client_id": target.client.client_id,
            "response_type": "code",
            "redirect_uri": _redirect_uri(exchange),
            "response_mode": "query",
            "scope": f"openid offline_access {target.client.api_scope}".rstrip(),
            "state": run.state,
            "nonce": run.nonce,
            "code_challenge": s256(run.verifier),
            "code_challenge_method": "S256",
            "prompt": "login",  # a run shows the pages, also to somebody who is signed in
        }
        if query.get("ui_locales"):
            parameters["ui_locales"] = query["ui_locales"]
        place = place_of(target.tenant, target.flow)
        response = self._shell.responses.to(
            f"{place.url(exchange.base, AUTHORIZE)}?{urlencode(parameters)}"
        )
        packed = base64.urlsafe_b64encode(msgspec.json.encode(run)).decode()
        security.place_cookie(
            response, self._shell.settings, _cookie(run.state), packed, lifetime_s=_RUN_LIFETIME_S
        )
        return response

    async def view(self, exchange: Exchange) -> Response:
        """The answer to a run; without one, where to find one."""
        allow(exchange, "GET")
        query = exchange.query()
        if not query.keys() & {"code", "error"}:
            return self._page(exchange, {})
        run = _remembered(exchange, query.get("state", ""))
        if run is None and "error" in query:
            return self._failed(exchange, query["error"], query.get("error_description", ""))
        if run is None:
            return self._page(exchange, {"stale": True})
        response = await self._answered(exchange, query, run)
        security.drop_cookie(response, self._shell.settings, _cookie(run.state))
        return response

    async def _answered(self, exchange: Exchange, query: Mapping[str, str], run: Run) -> Response:
        again = run_address(run.tenant, run.flow)
        if "code" not in query:
            description = query.get("error_description", "")
            return self._failed(exchange, query["error"], description, again)
        target = await self._target(run.tenant, run.flow)
        place = place_of(target.tenant, target.flow)
        form = {
            "grant_type": "authorization_code",
            "client_id": target.client.client_id,
            "client_secret": target.client.client_secret,
            "code": query["code"],
            "redirect_uri": _redirect_uri(exchange),
            "code_verifier": run.verifier,
        }
        request = TokenRequest(
            parameters=form,
            authorization="",
            place=place,
            tenant=target.tenant,
            flow=None if target.flow.kind == "b2x" else target.flow,
            base=exchange.base,
            now=exchange.now,
        )
        try:
            body = await self._redeem(request)
        except Fault as fault:
            return self._failed(exchange, fault.error, f"{fault.code}: {fault.message}", again)
        signout = {"post_logout_redirect_uri": _redirect_uri(exchange)}
        tokens = [
            self._token(name, body[name], target, run, exchange) for name in _TOKENS if name in body
        ]
        return self._page(
            exchange,
            {
                "tokens": tokens,
                "flow": run.flow,
                "run": again,
                "signout": f"{place.url(exchange.base, LOGOUT)}?{urlencode(signout)}",
                "request": _command(place.url(exchange.base, TOKEN), form, self._shell.ca_file),
            },
        )

    def _token(
        self, name: str, text: str, target: Target, run: Run, exchange: Exchange
    ) -> dict[str, Any]:
        """One token as the page shows it."""
        fault = ""
        try:
            claims = self._signer.verify(text, target.tenant.keys)
            expected = {
                "iss": issuer(
                    target.tenant, target.flow, base=exchange.base, settings=self._shell.settings
                )
            }
            if name == "id_token":
                expected |= {"aud": target.client.client_id, "nonce": run.nonce}
            wrong = [claim for claim, value in expected.items() if claims.get(claim) != value]
            fault = ", ".join(wrong)
        except Rejected as rejected:
            fault = str(rejected)
        header, claims = peek(text)
        return {
            "name": name,
            "title": f"portal.token.{name}",
            "fault": fault,
            "header": json.dumps(header),
            "claims": [_claim(claim, value) for claim, value in claims.items()],
            "text": text,
        }

    def _failed(
        self, exchange: Exchange, error: str, description: str, again: str = ""
    ) -> Response:
        failure = {"error": error, "description": description}
        heading = say("portal.token.error")
        return self._page(exchange, {"failure": failure, "run": again, "heading": heading})

    def _page(self, exchange: Exchange, model: Mapping[str, Any]) -> Response:
        whole = {
            "heading": say("portal.token.title"),
            "here": "/jwt",
            "failure": None,
            "stale": False,
            "tokens": [],
            "run": "",
            "signout": "",
            **model,
        }
        return self._shell.show(exchange, "token", whole)

    async def _target(self, tenant: str, flow: str) -> Target:
        found = await self._shell.tenants.fresh(tenant)
        stored = found.flow(flow) if found else None
        client = next(
            (each for each in self._shell.clients if found and each.tenant == found.id), None
        )
        if found is None or stored is None or client is None:
            raise NotFound(f"There is no user flow '{flow}' in '{tenant}' that can be run here.")
        return Target(found, stored, client)


def _redirect_uri(exchange: Exchange) -> str:
    return f"{exchange.base}/jwt"


def _cookie(state: str) -> str:
    """A cookie for each run, so that runs in two tabs do not meet."""
    return _COOKIE + state[:8]


def _remembered(exchange: Exchange, state: str) -> Run | None:
    """The run that an answer belongs to, if this browser began it."""
    if not _STATE.fullmatch(state):
        return None
    packed = exchange.cookie(_cookie(state))
    try:
        run = msgspec.json.decode(base64.urlsafe_b64decode(packed), type=Run)
    except (ValueError, RecursionError):
        return None
    return run if run.state == state else None


def _claim(name: str, value: Any) -> dict[str, str]:
    known = f"portal.claim.{name}"
    moment = isinstance(value, int) and name in _MOMENTS
    return {
        "name": name,
        "value": value if isinstance(value, str) else json.dumps(value, ensure_ascii=False),
        "moment": f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M:%SZ}" if moment else "",
        "meaning": known if known in sentences() else "portal.claim.other",
    }


def _command(address: str, form: Mapping[str, str], ca_file: str) -> str:
    """The same request for a terminal, its secrets left out."""
    kept = {name: f"<{name}>" for name in ("client_secret", "code", "code_verifier")}
    lines = [f"  --data-urlencode '{name}={value}'" for name, value in {**form, **kept}.items()]
    return " \\\n".join((f"curl --cacert {shlex.quote(ca_file)} '{address}'", *lines))

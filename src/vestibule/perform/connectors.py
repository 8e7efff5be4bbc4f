"""API connectors on the wire: a question is sent, at most twice, and the answer judged.

Nothing of it happens within a transaction. The same question may arrive twice, by a second attempt
or after a crash; `client-request-id` is then the same. Source: runtime 6.2 to 6.4.
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any, Literal

import msgspec

from vestibule.journey.effects import Blocked, CallConnector, ConnectorFailed
from vestibule.perform.auditing import note
from vestibule.perform.connector_calls import Attempt, Call, Result, keep
from vestibule.perform.http import Answer, Unanswered, Why
from vestibule.perform.lines import Uncertified
from vestibule.perform.tools import Occasion, Tools
from vestibule.perform.verdicts import Judgement
from vestibule.ports import Query
from vestibule.resources.connector_notes import Kind
from vestibule.resources.directory.identities import PRINCIPAL
from vestibule.tenancy import Connector

TRIES = 2
LIMIT = 256 * 1024
"""Bytes of an answer that are read."""

_KINDS: Mapping[Why, Kind] = {
    "forbidden": "forbidden",
    "timeout": "timeout",
    "unreachable": "unreachable",
    "untrusted": "certificate",
    "too large": "too_large",
}
_AGAIN = frozenset({"timeout", "unreachable"})
_GATEWAY = frozenset({502, 503, 504})
"""Statuses by which something before the connector says that it is not there."""
_SERVER_ERROR = 500


async def call_connector(tools: Tools, occasion: Occasion, effect: CallConnector) -> Result:
    """Every call but one for a connector that is gone is told to the workbench."""
    connector = occasion.tenant.connector(effect.connector)
    if connector is None:  # removed meanwhile
        gone = Connector(effect.connector, effect.connector, "")
        return Judgement(occasion.tenant, gone, effect).failed("90075", "connector.unreachable")
    claims = await _completed(tools, occasion, effect)
    sent = msgspec.json.encode(claims)
    judgement = Judgement(occasion.tenant, connector, effect)
    headers = _headers(occasion, connector)
    attempts, result = await _asked(tools, occasion, judgement, headers, sent)
    await keep(
        tools,
        occasion,
        Call(
            connector,
            effect.step,
            headers,
            sent,
            attempts,
            result,
            tuple(judgement.notes),
            effect.accepts,
        ),
    )
    if isinstance(result, Blocked | ConnectorFailed) and not occasion.replay_of:
        action = "signIn" if effect.user else "signUp"
        outcome = "blocked" if isinstance(result, Blocked) else "connectorFailed"
        await note(tools, occasion.audit(action, outcome, actor=effect.user, target=connector.id))
    return result


async def _asked(
    tools: Tools,
    occasion: Occasion,
    judgement: Judgement,
    headers: Mapping[str, str],
    sent: bytes,
) -> tuple[tuple[Attempt, ...], Result]:
    """What was tried and what it came to. An open breaker, and a connector that we cannot prove
    ourselves to, are not called."""
    connector, world = judgement.connector, tools.world
    line = tools.lines.line(occasion.tenant.id, connector, tools.outgoing)
    if not line.breaker.begin(world.now()):
        until = line.breaker.until
        if until is None:
            judgement.note("busy")
        else:
            judgement.note("breaker_open", f"{until:%Y-%m-%dT%H:%M:%SZ}")
        return (), judgement.failed("90075", "connector.paused")
    failed = False
    try:
        tls = await tools.lines.tls(line, tools.outgoing, world.now().timestamp())
        wire = _Wire(tools, connector, headers, sent, tls)
        attempts, last = await _attempted(wire)
        failed = attempts[-1].failed in _AGAIN if last is None else last.status >= _SERVER_ERROR
    except Uncertified:
        judgement.note("own_certificate")
        return (), judgement.failed("90028", "connector.certificate")
    finally:
        line.breaker.ended(world.now(), failed=failed)
    if len(attempts) > 1:
        judgement.note("retried")
    return attempts, judgement.result(last) if last else _unanswered(judgement, attempts[-1])


@dataclass(frozen=True, slots=True)
class _Wire:
    """One question on its way."""

    tools: Tools
    connector: Connector
    headers: Mapping[str, str]
    sent: bytes
    tls: SSLContext | None


async def _attempted(wire: _Wire) -> tuple[tuple[Attempt, ...], Answer | None]:
    """Once, or twice where the connector itself has not answered; the last answer if there is
    one."""
    attempts: list[Attempt] = []
    answer = None
    for _ in range(TRIES):
        begun = time.perf_counter()
        answer, failed = await _sent(wire)
        took = round((time.perf_counter() - begun) * 1000, 1)
        if answer is None:
            attempts.append(Attempt(None, {}, b"", took, failed))
        else:
            attempts.append(Attempt(answer.status, answer.headers, answer.body, took))
        if failed not in _AGAIN and (answer is None or answer.status not in _GATEWAY):
            break
    return tuple(attempts), answer


async def _sent(wire: _Wire) -> tuple[Answer | None, Kind | Literal[""]]:
    """The answer, or why there is none."""
    try:
        answer = await wire.tools.outgoing.send(
            "POST",
            wire.connector.target_url,
            headers=wire.headers,
            body=wire.sent,
            timeout_s=wire.tools.lines.timeout_s,
            limit=LIMIT,
            tls=wire.tls,
        )
    except Unanswered as unanswered:
        return None, _KINDS[unanswered.why]
    return answer, ""


def _unanswered(judgement: Judgement, attempt: Attempt) -> ConnectorFailed:
    judgement.note(attempt.failed or "unreachable")
    if attempt.failed == "too_large":
        return judgement.failed("90261", "connector.unreadable")
    slow = attempt.failed == "timeout"
    return judgement.failed("90075", "connector.timeout" if slow else "connector.unreachable")


def _headers(occasion: Occasion, connector: Connector) -> dict[str, str]:
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "client-request-id": occasion.guid("connector"),
    }
    if connector.certificates:
        return headers
    pair = f"{connector.username}:{connector.password}".encode()
    return {**headers, "Authorization": f"Basic {b64encode(pair).decode()}"}


async def _completed(tools: Tools, occasion: Occasion, effect: CallConnector) -> dict[str, Any]:
    """The claims with full names, and with identities that name their issuer."""
    known = occasion.tenant.attributes
    claims = {
        known[name].id if name in known else name: value for name, value in effect.claims.items()
    }
    if effect.user:
        claims["identities"] = await _identities(tools, occasion, effect.user)
    own = {"issuer": occasion.tenant.domain}
    identities = [_ordered({**own, **one}) for one in claims.pop("identities", ())]
    return {**claims, "identities": identities} if identities else claims


async def _identities(tools: Tools, occasion: Occasion, user: str) -> list[dict[str, str]]:
    query = Query("user_identity", occasion.tenant.id, parent=user)
    return [
        {
            "signInType": row["sign_in_type"],
            "issuer": row["issuer"],
            "issuerAssignedId": row["issuer_assigned_id"],
        }
        for row in await tools.entities.find(query)
        if row["sign_in_type"] != PRINCIPAL
    ]


def _ordered(identity: Mapping[str, str]) -> dict[str, str]:
    return {name: identity[name] for name in ("signInType", "issuer", "issuerAssignedId")}

"""Leaving for an identity provider: what is remembered until the browser comes back.

The state is drawn by chance, works once, and is known here by its hash; beside it stand what the
answer must fit (nonce, PKCE verifier, issuer) and, sealed, which journey it belongs to. That the
answer comes from the same browser is for the journey's cookie to say.
Source: RFC 9700 section 4 (mix-up, injection), RFC 7636; OpenID Connect Core 3.1.2.1.
"""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlencode

from vestibule.journey.effects import Depart, Departing, ProviderFailed
from vestibule.perform.providers import metadata as published
from vestibule.perform.providers import party as parties
from vestibule.perform.providers.faults import UNREACHED, Failed
from vestibule.perform.providers.metadata import Metadata
from vestibule.perform.providers.party import Party
from vestibule.perform.tools import Occasion, Tools
from vestibule.ports import Ticket
from vestibule.tenancy import Tenant
from vestibule.vault import digest

KIND = "departure"
_LIFETIME = timedelta(hours=1)  # as long as a journey


@dataclass(frozen=True, slots=True)
class Departed:
    """Which journey a state belongs to. `journey` is its id: a secret. `back`: somebody has come
    back with the state already, so what comes with it now counts for nothing."""

    journey: str
    flow: str
    provider: str
    back: bool


async def depart(tools: Tools, occasion: Occasion, effect: Depart) -> Departing | ProviderFailed:
    """Performed twice, it leaves two tickets, of which only one can come back."""
    try:
        async with asyncio.timeout(tools.relying.patience_s):
            return Departing(await _prepared(tools, occasion, effect))
    except Failed as failed:
        return failed.result()
    except TimeoutError:
        return ProviderFailed(UNREACHED, "The identity provider does not answer in time.")


async def departed(tools: Tools, tenant: Tenant, state: str, now: datetime) -> Departed | None:
    """The journey that left with this state, within the hour; nothing is consumed."""
    ticket = await tools.tickets.get(KIND, tenant.id, digest(state), now)
    if ticket is None:
        return None
    journey = tools.vault.open(ticket.body["journey"], KIND, tenant.id, ticket.key)
    body, back = ticket.body, ticket.taken_at is not None
    return Departed(journey, body["flow"], body["provider"], back)


async def _prepared(tools: Tools, occasion: Occasion, effect: Depart) -> str:
    tenant, world, now = occasion.tenant, tools.world, occasion.now
    party = parties.found(tenant, effect.provider, tools.relying)
    metadata = await published.of(party, tools.outgoing, tools.relying.documents, now)
    state, nonce, verifier = world.secret(), world.secret(), world.secret()
    key = digest(state)

    def sealed(text: str) -> str:
        return tools.vault.seal(text, KIND, tenant.id, key)

    await tools.tickets.put(
        Ticket(
            KIND,
            tenant.id,
            key,
            now + _LIFETIME,
            {
                "provider": party.id,
                "flow": occasion.flow.id if occasion.flow else "",
                "journey": sealed(occasion.id),
                "verifier": sealed(verifier),
                "nonce": nonce,
                "issuer": metadata.issuer,
                "return_to": effect.return_to,
                "anew": effect.anew,
                "at": int(now.timestamp()),
            },
            client=occasion.browser,
            family=occasion.journey,
        )
    )
    return _address(party, metadata, effect, state, nonce, verifier)


def _address(
    party: Party, metadata: Metadata, effect: Depart, state: str, nonce: str, verifier: str
) -> str:
    """The authorization request; a query that the endpoint has stays (RFC 6749 section 3.1)."""
    asked = {
        "client_id": party.client_id,
        "response_type": party.response_type,
        "redirect_uri": effect.return_to,
        "scope": party.scope,
        "response_mode": party.response_mode,
        "state": state,
    }
    if party.metadata:
        asked |= {"nonce": nonce, "login_hint": effect.login_hint}
        asked["domain_hint"] = effect.domain_hint
    if party.response_type == "code" and party.row.pkce:
        asked |= {"code_challenge": _challenge(verifier), "code_challenge_method": "S256"}
    if effect.anew:
        asked |= party.row.anew
    query = urlencode({name: value for name, value in asked.items() if value})
    endpoint = metadata.authorization
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"


def _challenge(verifier: str) -> str:
    """S256 (RFC 7636 section 4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()

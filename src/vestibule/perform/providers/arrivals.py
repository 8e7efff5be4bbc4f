"""Coming back from an identity provider: whom does it say that somebody is, and is it to be
believed?

The state's ticket is taken by one statement, so an answer counts once. An account is found by
issuer and subject together, letter by letter; by nothing else (runtime 5.8).
Source: runtime 8.3; RFC 9207, RFC 9700; OpenID Connect Core 3.1.3.7, 5.3.2.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vestibule.journey.effects import Arrive, Federated, ProviderFailed
from vestibule.perform.accounts import standing
from vestibule.perform.auditing import note
from vestibule.perform.federated import find_identity
from vestibule.perform.providers import apple, exchange, id_token, jose, told
from vestibule.perform.providers import metadata as published
from vestibule.perform.providers import party as parties
from vestibule.perform.providers.departures import KIND
from vestibule.perform.providers.exchange import Tokens, error_name
from vestibule.perform.providers.faults import UNREACHED, Failed
from vestibule.perform.providers.metadata import Metadata
from vestibule.perform.providers.party import Party
from vestibule.perform.tools import Occasion, Tools
from vestibule.ports import Ticket
from vestibule.vault import digest

IDP_ACCESS_TOKEN = "idp_access_token"
_DENIALS = frozenset({"access_denied", "user_cancelled_login", "user_cancelled_authorize"})
"""How providers say that somebody thought better of it: LinkedIn by the second and the third, Apple
by the third."""


@dataclass(frozen=True, slots=True)
class _Arrival:
    tools: Tools
    occasion: Occasion
    ticket: Ticket
    party: Party
    metadata: Metadata
    parameters: Mapping[str, str]

    def remembered(self, name: str) -> str:
        return str(self.ticket.body[name])


async def arrive(tools: Tools, occasion: Occasion, effect: Arrive) -> Federated | ProviderFailed:
    """Whatever the answer is worth, its state is spent. One audit row tells of every outcome but
    that of a stranger, who may become somebody yet."""
    try:
        async with asyncio.timeout(tools.relying.patience_s):
            came: Federated | ProviderFailed = await _judged(tools, occasion, effect)
    except Failed as failed:
        came = failed.result()
    except TimeoutError:
        came = ProviderFailed(UNREACHED, "The identity provider does not answer in time.")
    await _noted(tools, occasion, came)
    return came


async def _noted(tools: Tools, occasion: Occasion, came: Federated | ProviderFailed) -> None:
    if isinstance(came, ProviderFailed):
        await note(tools, occasion.audit("signIn", "declined" if came.denied else "provider"))
    elif came.user:
        why = standing(await tools.entities.get("user", occasion.tenant.id, came.user))
        actor = "" if why else came.user
        row = occasion.audit("signIn", why or "success", actor=actor, target=came.user)
        await note(tools, row)


async def _judged(tools: Tools, occasion: Occasion, effect: Arrive) -> Federated:
    ticket = await _taken(tools, occasion, effect)
    party = parties.found(occasion.tenant, effect.provider, tools.relying)
    metadata = await published.of(party, tools.outgoing, tools.relying.documents, occasion.now)
    if metadata.issuer != ticket.body["issuer"]:
        raise Failed("The identity provider has become another one meanwhile.")
    arrival = _Arrival(tools, occasion, ticket, party, metadata, effect.parameters)
    _check_answer(arrival)
    tokens = await _tokens(arrival)
    claims = await _said(arrival, tokens)
    return await _federated(arrival, tokens, claims)


async def _taken(tools: Tools, occasion: Occasion, effect: Arrive) -> Ticket:
    state = effect.parameters.get("state", "")
    tenant, now = occasion.tenant.id, occasion.now
    ticket = await tools.tickets.take(KIND, tenant, digest(state), now)
    ours = ticket is not None and (
        (ticket.family, ticket.client, ticket.body["provider"])
        == (occasion.journey, occasion.browser, effect.provider)
    )
    if ticket is None or not ours:
        raise Failed("Nobody left with this state, or somebody has come back with it already.")
    return ticket


def _check_answer(arrival: _Arrival) -> None:
    """The answer as a whole: who gives it, and whether it says no. Raises Failed."""
    parameters, metadata = arrival.parameters, arrival.metadata
    issuer = parameters.get("iss", "")
    told_by_whom = arrival.party.metadata and (issuer or metadata.promises_issuer)
    if told_by_whom and not metadata.is_named(issuer):
        raise Failed("The answer is of another issuer than the one that was asked.")
    error = parameters.get("error", "")
    if error in _DENIALS:
        raise Failed("The person declined at the identity provider.", denied=True)
    if error:
        raise Failed(f"The identity provider answers with an error{error_name(error)}.")


async def _tokens(arrival: _Arrival) -> Tokens:
    """Of the answer itself, or for the code in it. Raises Failed."""
    if arrival.party.response_type == "id_token":
        return Tokens(identity=arrival.parameters.get("id_token", ""))
    code = arrival.parameters.get("code", "")
    if not code:
        raise Failed("The answer of the identity provider has no code.")
    tenant, key = arrival.occasion.tenant.id, arrival.ticket.key
    return await exchange.redeemed(
        arrival.tools,
        arrival.occasion,
        arrival.party,
        arrival.metadata,
        code=code,
        verifier=arrival.tools.vault.open(arrival.remembered("verifier"), KIND, tenant, key),
        return_to=arrival.remembered("return_to"),
    )


async def _said(arrival: _Arrival, tokens: Tokens) -> dict[str, Any]:
    """Every claim that is to be believed: of the id token, and of the user info where that lacks
    something. Raises Failed."""
    tools, party, userinfo = arrival.tools, arrival.party, arrival.metadata.userinfo
    if not party.metadata:
        if not tokens.access:
            raise Failed("The identity provider gives no access token.")
        return await _described(arrival, tokens)
    claims = dict(await _verified(arrival, tokens))
    if party.proof == "apple":
        claims = {**apple.names(arrival.parameters), **claims}
    if not (tokens.access and userinfo and told.lacks(claims, party.claims)):
        return claims
    described = await exchange.described(tools, userinfo, tokens.access)
    if described.get("sub") != claims.get("sub"):
        raise Failed("The user info is about somebody else.")
    return {**described, **claims}


async def _verified(arrival: _Arrival, tokens: Tokens) -> Mapping[str, Any]:
    """The claims of the id token. Raises Failed."""
    metadata, relying, now = arrival.metadata, arrival.tools.relying, arrival.occasion.now
    if not tokens.identity:
        raise Failed("The identity provider gives no id token.")
    source = (metadata, arrival.tools.outgoing, relying.documents, now)
    keys = await published.keys(*source)
    try:
        verified = jose.verify(tokens.identity, keys, metadata.algorithms)
    except jose.UnknownKey:
        keys = await published.keys(*source, lacking=True)
        verified = jose.verify(tokens.identity, keys, metadata.algorithms)
    expected = id_token.Expected(
        client_id=arrival.party.client_id,
        nonce=arrival.remembered("nonce"),
        at=now.timestamp(),
        skew_s=relying.skew_s,
        access_token=tokens.access,
        code=arrival.parameters.get("code", ""),
        since=arrival.ticket.body["at"] if arrival.ticket.body["anew"] else None,
    )
    id_token.check(verified, metadata, expected)
    return verified.claims


async def _described(arrival: _Arrival, tokens: Tokens) -> dict[str, Any]:
    """What the user info of an OAuth 2.0 provider says. Raises Failed."""
    tools, row = arrival.tools, arrival.party.row
    claims = await exchange.described(tools, arrival.metadata.userinfo, tokens.access)
    if row.addresses and not claims.get("email"):
        claims["email"] = await exchange.address(tools, row.addresses, tokens.access)
    return claims


async def _federated(arrival: _Arrival, tokens: Tokens, claims: dict[str, Any]) -> Federated:
    """Raises Failed."""
    tools, tenant, party = arrival.tools, arrival.occasion.tenant.id, arrival.party
    shared = arrival.metadata.shared
    person = told.read(claims, party.claims, shared=shared)
    issuer, subject = party.idp or str(claims["iss"]), person.subject
    if party.idp and shared:  # one name for many issuers: the subject names it
        subject = f"{claims['tid']}.{subject}"
    sealed = tools.vault.seal(tokens.access, IDP_ACCESS_TOKEN, tenant) if tokens.access else ""
    return Federated(
        issuer=issuer,
        subject=subject,
        idp=issuer,
        attributes=person.attributes,
        email=person.email,
        user=await find_identity(tools.entities, tenant, issuer, subject),
        access_token=sealed,
    )

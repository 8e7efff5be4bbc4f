"""Access tokens that were taken back before their end, for whoever asks us about one.

A JWT convinces whoever holds our keys until it ends; userinfo and introspection also look here.
What is noted is a token's own `jti`, or the family of the grant that it came from. The family is
the first part of a person's `jti`, so no claim is needed for it.
Source: RFC 7009 section 2.1; RFC 9700 section 4.14; security.md 2.1 O8.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from vestibule.ports import Refusal, Ticket, Tickets

_KIND = "revoked"
_LONGEST = timedelta(minutes=1440)  # no access token lives longer (runtime.md 3.4)
_DOT = "."


def serial(family: str, chance: str) -> str:
    """The `jti` of a token that belongs to a family: different for every token."""
    return f"{family}{_DOT}{chance}" if family else chance


async def revoke_family(family: str, *, tenant: str, tickets: Tickets, now: datetime) -> None:
    """Nothing that came from this grant is worth anything any more, of whatever kind."""
    await _note(family, tenant, tickets, now + _LONGEST)
    await tickets.drop(tenant, family=family)


async def revoke_token(
    claims: Mapping[str, Any], *, tenant: str, tickets: Tickets, until: datetime
) -> None:
    """This one access token, verified before, is worth nothing; remembered until it ends."""
    await _note(str(claims["jti"]), tenant, tickets, until)


async def is_revoked(
    claims: Mapping[str, Any], *, tenant: str, tickets: Tickets, now: datetime
) -> bool:
    """Whether a verified access token was taken back, alone or with its family."""
    token = str(claims.get("jti", ""))
    family, dot, _ = token.partition(_DOT)
    for key in (token, family) if dot else (token,):
        if await tickets.get(_KIND, tenant, key, now) is not None:
            return True
    return False


async def _note(key: str, tenant: str, tickets: Tickets, until: datetime) -> None:
    try:
        await tickets.put(Ticket(kind=_KIND, tenant=tenant, key=key, expires=until))
    except Refusal:  # noted already
        return

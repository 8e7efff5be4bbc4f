"""Ending somebody's session at the provider where they signed in.

Source: OpenID Connect RP-Initiated Logout 1.0 section 2; runtime 3.7.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from urllib.parse import urlencode

from vestibule.perform.providers import metadata as published
from vestibule.perform.providers import party as parties
from vestibule.perform.providers.faults import Failed
from vestibule.perform.tools import Tools
from vestibule.tenancy import Tenant

_PATIENCE_S = 3.0  # nobody waits long to sign out


async def end_session(
    tools: Tools, tenant: Tenant, provider: str, now: datetime, *, return_to: str = ""
) -> str:
    """Where the browser ends its session at the provider; "" where that cannot be done, or
    cannot be found out now: signing out here never fails because of another."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            party = parties.found(tenant, provider, tools.relying)
            metadata = await published.of(party, tools.outgoing, tools.relying.documents, now)
    except (Failed, TimeoutError):
        return ""
    endpoint = metadata.end_session
    if not tools.outgoing.egress.fits(endpoint):
        return ""
    asked = {"client_id": party.client_id, "post_logout_redirect_uri": return_to}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"

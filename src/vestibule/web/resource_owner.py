"""The password grant meets the journeys: a flow without pages, driven in one request.

Source: runtime.md 5.7.
"""

from __future__ import annotations

from dataclasses import dataclass

from vestibule.addresses import ADDRESS_LIMIT
from vestibule.drive import Driver
from vestibule.errors import TooMany
from vestibule.journey.state import Ask, Finish, Form, Journey, Stop
from vestibule.oidc.claims import Subject
from vestibule.oidc.faults import Fault
from vestibule.oidc.service import TokenRequest
from vestibule.oidc.tenants import own_flow

_TOLD = frozenset({"AADSTS50053", "AADSTS50055", "AADSTS50057"})
"""What Entra tells of somebody who is not let in; whatever else stops one is AADSTS50126."""


@dataclass(frozen=True, slots=True)
class ResourceOwner:
    """Signs in whoever has the right password; an `oidc.service.SignIn`."""

    driver: Driver

    async def __call__(self, request: TokenRequest, name: str, password: str) -> Subject:
        """Raises Fault 90037, TooMany, and 90225 for whatever else keeps somebody out; at the
        tenant's own authority with Entra's number."""
        # Nobody is called by what cannot be printed, and PostgreSQL refuses to look for a NUL.
        if len(name) > ADDRESS_LIMIT or not name.isprintable():
            raise Fault("90225")
        journey = await self._journey(request, name, password)
        match journey.shown:
            case Finish():
                facts = journey.facts
                return Subject(facts["user"], facts["claims"], int(facts["auth_time"]))
            case Stop(code="90244") | Ask(code="AADSTS90033"):
                raise TooMany("Too many passwords are being checked; try again.", retry_after_s=1)
            case Stop(code="90037"):  # the flow holds something that cannot run yet
                raise Fault("90037")
            case Ask(code=code) if code in _TOLD:
                raise Fault(code)
        raise Fault("90225")

    async def _journey(self, request: TokenRequest, name: str, password: str) -> Journey:
        """At the tenant's own authority the name is a hint, and the form is that of its second
        page."""
        client = request.parameters.get("client_id", "")
        flow = request.flow or own_flow(request.tenant, client)
        typed = {"username": name, "password": password, "passwd": password}
        return await self.driver.at_once(
            request.tenant,
            flow,
            Form("signin", typed),
            facts={} if request.flow else {"login_hint": name},
            now=request.now,
            correlation=request.correlation,
            ip=request.ip,
        )

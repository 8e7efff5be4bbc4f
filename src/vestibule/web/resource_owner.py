"""The password grant meets the journeys: a flow without pages, driven in one request.

Source: runtime.md 5.7.
"""

from __future__ import annotations

from dataclasses import dataclass

from vestibule.addresses import ADDRESS_LIMIT
from vestibule.drive import Driver
from vestibule.errors import TooMany
from vestibule.journey.state import Finish, Form, Stop
from vestibule.oidc.claims import Subject
from vestibule.oidc.faults import Fault
from vestibule.oidc.service import TokenRequest


@dataclass(frozen=True, slots=True)
class ResourceOwner:
    """Signs in whoever has the right password; an `oidc.service.SignIn`."""

    driver: Driver

    async def __call__(self, request: TokenRequest, name: str, password: str) -> Subject:
        """Raises Fault 90037, TooMany, and 90225 for whatever else keeps somebody out."""
        # Nobody is called by what cannot be printed, and PostgreSQL refuses to look for a NUL.
        if request.flow is None or len(name) > ADDRESS_LIMIT or not name.isprintable():
            raise Fault("90225")
        journey = await self.driver.at_once(
            request.tenant,
            request.flow,
            Form("signin", {"username": name, "password": password}),
            now=request.now,
            correlation=request.correlation,
            ip=request.ip,
        )
        match journey.shown:
            case Finish():
                facts = journey.facts
                return Subject(facts["user"], facts["claims"], facts["auth_time"])
            case Stop(code="90244"):
                raise TooMany("Too many passwords are being checked; try again.", retry_after_s=1)
            case Stop(code="90037"):  # the flow holds something that cannot run yet
                raise Fault("90037")
        raise Fault("90225")

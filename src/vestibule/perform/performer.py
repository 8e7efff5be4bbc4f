"""PERFORMERS: every effect and who carries it out. An effect is one function and one line here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from vestibule.journey.effects import (
    AdmitGuest,
    Arrive,
    CallConnector,
    CheckCode,
    CheckPassword,
    CreateFederated,
    CreateGuest,
    CreateUser,
    Depart,
    Effect,
    FindAccount,
    HashPassword,
    ReadUser,
    Result,
    SendCode,
    SetPassword,
    UpdateUser,
)
from vestibule.perform.accounts import check_password, create_user, hash_password, read_user
from vestibule.perform.changes import set_password, update_user
from vestibule.perform.codes import check_code, send_code
from vestibule.perform.connectors import call_connector
from vestibule.perform.federated import create_federated
from vestibule.perform.guests import admit_guest, create_guest, find_account
from vestibule.perform.providers.arrivals import arrive
from vestibule.perform.providers.departures import depart
from vestibule.perform.tools import Occasion, Tools

PERFORMERS: Mapping[type[Effect], Callable[[Tools, Occasion, Any], Awaitable[Result]]] = {
    AdmitGuest: admit_guest,
    Arrive: arrive,
    CallConnector: call_connector,
    CheckCode: check_code,
    CheckPassword: check_password,
    CreateFederated: create_federated,
    CreateGuest: create_guest,
    CreateUser: create_user,
    Depart: depart,
    FindAccount: find_account,
    HashPassword: hash_password,
    ReadUser: read_user,
    SendCode: send_code,
    SetPassword: set_password,
    UpdateUser: update_user,
}


@dataclass(frozen=True, slots=True)
class Performer:
    """Carries out any effect with the tools of this process."""

    tools: Tools

    async def perform(self, effect: Effect, occasion: Occasion) -> Result:
        return await PERFORMERS[type(effect)](self.tools, occasion, effect)

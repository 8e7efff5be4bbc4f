"""What 100,000 people and 1,000 flows cost beside ten: the same requests, before and after.

On SQLite the server's CPU counts; on PostgreSQL what a client waits, so that the database's own
work counts too.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import uuid4

import msgspec

from cases import Case, Request, http, measure
from servers import Bench
from vestibule.ports import Binary, Change, Constant, Insert, Member, Query
from vestibule.resources import RECORDS
from vestibule.resources.directory.identities import identity
from vestibule.store import open_store
from vestibule.vault import Vault

MANY = 100_000
MANY_FLOWS = 1_000
GOAL = 1.3
_AT_ONCE = 500
_VAULT = Vault({"bench": bytes(32)})  # nothing of a user is sealed
_NUMBERS = itertools.count()


@dataclass(frozen=True, slots=True)
class Grown:
    """`times` as long as with ten people."""

    name: str
    times: float


async def grown(bench: Bench) -> list[Grown]:
    """Measure, fill the server's store with people, and measure again."""
    first = await _fill(bench, 10)
    cases = [
        Case("GET of one user", _one(first), 200, {}, clients=1, rounds=300),
        Case("identities/any(…)", _by_identity, 200, {}, clients=1, rounds=300),
        Case("create of a user", _create, 201, {}, clients=1, rounds=200),
    ]
    before = [await _us(bench, case) for case in cases]
    await _fill(bench, MANY)
    after = [await _us(bench, case) for case in cases]
    return [
        Grown(f"{case.name}: {MANY:,} people / 10", late / early)
        for case, early, late in zip(cases, before, after, strict=True)
    ]


async def flows_grown(bench: Bench) -> list[Grown]:
    """The same for user flows. The first of a server's measurements: creating makes more."""
    cases = [
        Case("GET of one flow", _flow, 200, {}, clients=1, rounds=300, before=(_first_flow,)),
        Case("create of a flow", _create_flow, 201, {}, clients=1, rounds=20),
    ]
    before = [await _us(bench, case) for case in cases]
    await _fill_flows(bench)
    after = [await _us(bench, case) for case in cases]
    return [
        Grown(f"{case.name}: {MANY_FLOWS:,} flows / 10", late / early)
        for case, early, late in zip(cases, before, after, strict=True)
    ]


async def _fill_flows(bench: Bench) -> None:
    store = await open_store(bench.database, RECORDS, _VAULT)
    where = Binary("eq", Member("domain"), Constant(bench.tenant))
    [tenant] = await store.entities.find(Query("tenant", "", where=where))
    values = {
        "kind": "b2c",
        "user_flow_type": "signUpOrSignIn",
        "user_flow_type_version": 3.0,
        "is_language_customization_enabled": False,
        "default_language_tag": "en",
        "local_account": True,
        "is_issuer_entity_user_flow": False,
    }
    ids = [f"B2C_1_many{at}" for at in range(MANY_FLOWS)]
    rows = [Insert("user_flow", tenant["id"], id, {**values, "policy": id}) for id in ids]
    await store.entities.apply(rows)
    await store.close()


def _flow(bench: Bench, token: str, _number: int) -> bytes:
    return http(bench, "GET", "/beta/identity/b2cUserFlows/B2C_1_grown", token=token)


def _first_flow(bench: Bench, token: str, _number: int) -> bytes:
    return _flow_named(bench, token, "grown")


def _create_flow(bench: Bench, token: str, _number: int) -> bytes:
    return _flow_named(bench, token, f"grown{next(_NUMBERS)}")


def _flow_named(bench: Bench, token: str, name: str) -> bytes:
    body = {"id": name, "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 3}
    path, kind = "/beta/identity/b2cUserFlows", "application/json"
    return http(bench, "POST", path, body=msgspec.json.encode(body), kind=kind, token=token)


async def _us(bench: Bench, case: Case) -> float:
    figure = await measure(bench, case, runs=6)
    return figure.cpu_us if bench.database.startswith("sqlite") else 1e6 / figure.per_s


async def _fill(bench: Bench, count: int) -> str:
    """Add people to the tenant; the id of one of them."""
    store = await open_store(bench.database, RECORDS, _VAULT)
    where = Binary("eq", Member("domain"), Constant(bench.tenant))
    [tenant] = await store.entities.find(Query("tenant", "", where=where))
    people = [str(uuid4()) for _ in range(count)]
    for at in range(0, count, _AT_ONCE):
        some = people[at : at + _AT_ONCE]
        await store.entities.apply([change for id in some for change in _person(tenant["id"], id)])
    await store.close()
    return people[0]


def _person(tenant: str, id: str) -> Iterator[Change]:
    address = f"{id}@people.example"
    values = {
        "user_principal_name": address,
        "display_name": "Somebody",
        "account_enabled": True,
        "creation_type": "LocalAccount",
        "user_type": "Member",
        "other_mails": [],
        "business_phones": [],
        "attributes": {},
        "created": datetime.now(UTC),
    }
    yield Insert("user", tenant, id, values)
    yield identity(tenant, id, "userPrincipalName", "people.example", address)
    yield identity(tenant, id, "emailAddress", "contoso.example", f"{id}@mail.example")


def _one(id: str) -> Request:
    def request(bench: Bench, token: str, _number: int) -> bytes:
        return http(bench, "GET", f"/v1.0/users/{id}", token=token)

    return request


def _by_identity(bench: Bench, token: str, _number: int) -> bytes:
    condition = "identities/any(i:i/issuer eq 'google.com' and i/issuerAssignedId eq 'nobody')"
    return http(bench, "GET", f"/v1.0/users?$filter={quote(condition)}", token=token)


def _create(bench: Bench, token: str, _number: int) -> bytes:
    """Without a password: hashing one takes longer than all the rest."""
    name = f"g-{next(_NUMBERS)}-{uuid4().hex}"
    federated = {"signInType": "federated", "issuer": "google.com", "issuerAssignedId": name}
    body = msgspec.json.encode({"displayName": "Ada", "identities": [federated]})
    kind = "application/json"
    return http(bench, "POST", "/v1.0/users", body=body, kind=kind, token=token)

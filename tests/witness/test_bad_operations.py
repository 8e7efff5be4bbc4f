"""Every operation is called in every wrong way: a 4xx of Graph's that names what is wrong, and
nothing stored.

Each proof of `table` arranges its operation; just before it is performed, the wrong ways are
tried, and after a create the same create again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from live import Live
from resources.shape import refused
from vestibule import resources
from vestibule.edm.model import Model
from vestibule.errors import Problem
from vestibule.odata.path import Path, resolve
from vestibule.odata.routes import methods, routes
from vestibule.web.graph import OWN
from witness.badly import Bad, Wrongs
from witness.case import Case, Place, Sent, tried
from witness.operations import Operation, load
from witness.table import proof_of

READS = frozenset({"GET"})
MODELS = {version: Model(resources.CATALOGUE[version]) for version in ("v1.0", "beta")}
REPEATABLE = frozenset({"/identity/apiConnectors", "/applications", "/invitations"})
"""Collections in which two may be alike."""
NAMELESS = frozenset(
    {
        "#microsoft.graph.oidcIdentityProvider",
        "#microsoft.graph.openIdConnectIdentityProvider",
    }
)
"""Types of which a tenant may have several alike."""


def leads(operation: Operation) -> Path | None:
    """Where the operation's address leads; None where the version does not serve it."""
    target = operation.address("a", "b", "c", plain=True).removeprefix(f"/{operation.version}")
    try:
        path = resolve(MODELS[operation.version], target)
    except Problem:
        return None
    served = operation.method in methods(path, patch_references=False)
    return path if served and path.steps else None


SERVED = {
    one: path
    for one in load()
    if not one.refused and one.expected == "served" and (path := leads(one)) is not None
}


@dataclass(slots=True)
class Mallory:
    """Tries everything wrong at each performance; `faults` is what should not have happened."""

    path: Path
    stranger: httpx2.Client
    elsewhere: dict[str, str]
    tried: int = 0
    faults: list[str] = field(default_factory=list)

    def before(self, case: Case, sent: Sent) -> None:
        model = MODELS[case.version]
        for bad in Wrongs(model, self.path, case, sent, self.elsewhere):
            self._try(case, bad)

    def after(self, case: Case, sent: Sent, answer: httpx2.Response) -> None:
        """A create once more: refused, unless two may be alike."""
        if case.operation.method != "POST" or answer.status_code != 201:
            return
        address = case.operation.address(*sent.keys)
        again = case.place.client.post(address, **sent.options)
        body = sent.options.get("json", {})
        alike = case.operation.path in REPEATABLE or body.get("@odata.type") in NAMELESS
        if alike and again.status_code == 201:
            case.undo(f"{address}/{again.json()['id']}")
            if again.json()["id"] == answer.json()["id"]:
                self.faults.append("a second one has the id of the first")
        elif again.status_code != 409:
            self.faults.append(f"twice: {again.status_code} {again.text[:200]}")

    def _try(self, case: Case, bad: Bad) -> None:
        self.tried += 1
        client = self.stranger if bad.stranger else case.place.client
        try:
            with case.place.watch.unchanged():
                answer = client.request(case.operation.method, bad.address, **bad.options)
            error = refused(answer)
            assert answer.status_code in bad.statuses, (answer.status_code, answer.text[:200])
            said = f"{error.get('target', '')} {error['message']}".casefold()
            assert any(name.casefold() in said for name in bad.names), said
        except AssertionError as error:
            said = " ".join(str(error).split())
            self.faults.append(f"{bad.why}: {said[:300]}")


@pytest.fixture(scope="session")
def stranger(live: Live) -> Iterator[httpx2.Client]:
    """Somebody who may do everything, but in another tenant."""
    with live.graph() as client:
        yield client


@pytest.fixture(scope="session")
def elsewhere(stranger: httpx2.Client) -> dict[str, str]:
    """For each collection the id of something that only the other tenant has."""
    body = {"displayName": "Theirs", "description": "x", "dataType": "string"}
    stranger.post("/beta/identity/userFlowAttributes", json=body)
    found = {}
    for path in (
        "/identity/apiConnectors",
        "/identity/identityProviders",
        "/identity/userFlowAttributes",
        "/identity/b2xUserFlows",
        "/applications",
        "/servicePrincipals",
        "/users",
    ):
        answer = stranger.get(f"/beta{path}?$top=999")
        for one in answer.json().get("value", ()):
            kind = one.get("userFlowAttributeType") or one.get("@odata.type", "")
            if kind not in {"builtIn", "required", "#microsoft.graph.builtInIdentityProvider"}:
                found[path] = str(one["id"])
                found[f"{path}#appId"] = str(one.get("appId", ""))
    return found


@pytest.mark.parametrize("operation", SERVED, ids=[one.name for one in SERVED])
def test_whatever_is_wrong_is_refused_and_named(
    place: Place, stranger: httpx2.Client, elsewhere: dict[str, str], operation: Operation
) -> None:
    mallory = Mallory(SERVED[operation], stranger, elsewhere)
    verdict = tried(operation, place, proof_of(operation), bystander=mallory)
    if mallory.faults:
        pytest.fail("\n".join(mallory.faults), pytrace=False)
    if verdict.state == "served" and ("{" in operation.path or operation.method not in READS):
        assert mallory.tried


ROUTES = [
    (version, route.method, route.template)
    for version, catalogue in resources.CATALOGUE.items()
    for route in routes(
        Model(resources.development(catalogue) if version == OWN else catalogue),
        patch_references=False,
    )
    if "{" in route.template
]


@pytest.mark.parametrize(
    ("version", "method", "template"), ROUTES, ids=[" ".join(route) for route in ROUTES]
)
def test_a_route_by_ids_that_nobody_has_is_refused(
    place: Place, version: str, method: str, template: str
) -> None:
    """Also those that stand in no table."""
    address = f"/{version}{re.sub('{[^}]*}', f'nobody-{uuid4()}', template)}"
    bodies: tuple[Any, ...] = (None,) if method in {*READS, "DELETE"} else ({}, {"surprise": 1})
    for body in bodies:
        with place.watch.unchanged():
            answer = place.client.request(method, address, json=body)
        error = refused(answer)
        assert answer.status_code in {400, 404}, error

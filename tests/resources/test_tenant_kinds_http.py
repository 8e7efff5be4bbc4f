"""What a tenant has by its kind, over HTTP: 403 in the words of the real service.

Source: graph-surface 5.7 and 13.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

import httpx2
import pytest

from live import Live
from resources.bodies import B2C, B2X, b2c, b2x, read
from resources.shape import refused
from resources.tokens import Mint
from vestibule.edm.model import Model
from vestibule.odata.routes import places
from vestibule.ports import Update
from vestibule.resources import CATALOGUE
from vestibule.resources.tenant_kinds import SETS
from vestibule.system import System
from vestibule.tenancy import Kind

B2C_DIRECTORY = "an Azure AD B2C directory"
DIRECTORY = "an Azure AD directory (non b2c)"
EXTERNAL = "a Microsoft Entra External ID directory"


@dataclass(frozen=True, slots=True)
class Place:
    domain: str
    client: httpx2.Client


@pytest.fixture(scope="module")
def tenants(live: Live, mint: Mint) -> Iterator[Mapping[Kind, Place]]:
    """A tenant of every kind, with a client that may do everything in it."""
    with ExitStack() as stack:
        found: dict[Kind, Place] = {}
        kinds: tuple[Kind, ...] = ("workforce", "b2c", "external", "mixed")
        for kind in kinds:
            id, token = mint.fresh_tenant(kind)
            client = stack.enter_context(live.http(headers={"authorization": f"Bearer {token}"}))
            found[kind] = Place(mint.tenant(id).domain, client)
        yield found


@pytest.mark.parametrize(
    ("kind", "path", "is_", "only"),
    [
        ("b2c", B2X, B2C_DIRECTORY, DIRECTORY),
        ("b2c", "/beta/identity/B2XUserFlows/x/identityProviders", B2C_DIRECTORY, DIRECTORY),
        ("workforce", B2C, DIRECTORY, B2C_DIRECTORY),
        ("workforce", "/beta/identity/userFlows", DIRECTORY, B2C_DIRECTORY),
        ("workforce", f"{B2C}('B2C_1_nope')", DIRECTORY, B2C_DIRECTORY),
        ("external", B2C, EXTERNAL, B2C_DIRECTORY),
        ("external", "/beta/identity/userFlows/$count", EXTERNAL, B2C_DIRECTORY),
    ],
)
def test_the_wrong_kind_is_told_so(
    tenants: Mapping[Kind, Place], kind: Kind, path: str, is_: str, only: str
) -> None:
    place = tenants[kind]
    error = refused(place.client.get(path), 403, code="AADB2C")
    assert error["message"] == (
        f"'{place.domain}' is {is_}. Access to this Api can only be made for {only}."
    )


@pytest.mark.parametrize(
    ("kind", "paths"),
    [
        ("mixed", (B2C, B2X, "/beta/identity/userFlows")),
        ("b2c", (B2C, "/beta/identity/userFlows", "/v1.0/identity/identityProviders")),
        ("workforce", (B2X, "/v1.0/identity/apiConnectors", "/v1.0/identity")),
        ("external", (B2X, "/v1.0/identity/identityProviders")),
    ],
)
def test_a_kind_has_what_is_its_own(
    tenants: Mapping[Kind, Place], kind: Kind, paths: tuple[str, ...]
) -> None:
    for path in paths:
        assert tenants[kind].client.get(path).status_code == 200, path


def test_nothing_is_written_in_the_wrong_kind(
    live: Live, tenants: Mapping[Kind, Place], mint: Mint
) -> None:
    flow = b2c("one")
    refused(tenants["workforce"].client.post(B2C, json=flow), 403, code="AADB2C")
    refused(tenants["workforce"].client.delete(f"{B2C}/B2C_1_one"), 403, code="AADB2C")
    refused(tenants["b2c"].client.post(B2X, json=b2x("one")), 403, code="AADB2C")
    item = {"id": "1", "method": "POST", "url": "/identity/b2cUserFlows", "body": flow}
    answer = tenants["external"].client.post("/beta/$batch", json={"requests": [item]}).json()
    assert answer["responses"][0]["status"] == 403

    async def as_if_none(system: System) -> list[int]:
        counts = []
        for kind in ("workforce", "b2c", "external"):
            tenant = await system.tenants.fresh(tenants[kind].domain)
            assert tenant is not None
            counts.append(len(tenant.flows))
        return counts

    assert mint.ask(as_if_none) == [0, 0, 0]
    with live.graph("--permission", "IdentityProvider.Read.All") as reader:
        error = refused(reader.get(B2C), 403, code="AADB2C")
    assert "Insufficient privileges" in error["message"]


def test_a_tenant_from_before_kinds_is_mixed(mint: Mint, live: Live) -> None:
    id, token = mint.fresh_tenant("b2c")

    async def forget(system: System) -> None:
        await system.entities.apply([Update("tenant", "", id, {"kind": None})])

    mint.ask(forget)
    with live.http(headers={"authorization": f"Bearer {token}"}) as client:
        assert read(client, B2X)["value"] == []
        assert read(client, B2C)["value"] == []


def test_the_table_names_sets_that_are_served_or_still_to_come() -> None:
    served = {
        template.strip("/")
        for version in ("v1.0", "beta")
        for _, template in places(Model(CATALOGUE[version]))
    }
    assert set(SETS) - served <= {"trustFramework", "identity/authenticationEventsFlows"}

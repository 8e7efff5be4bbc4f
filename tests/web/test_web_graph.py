"""Graph's face where the unforeseen happens: in one item of a batch, and in nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.requests import Request
from structlog.testing import capture_logs

from odata.bicycles import CATALOGUE, RECORDS, RULES, VAULT, road
from oidc.contoso import BASE, NOW, SIGNER, TID, WEB, Directory, FrozenWorld, contoso
from vestibule.odata.execute import Service
from vestibule.oidc.bearer import application_token
from vestibule.rules import Context, Decision
from vestibule.store.sqlite import open_sqlite
from vestibule.web.exchange import Exchange
from vestibule.web.graph import Graph

pytestmark = pytest.mark.anyio

TOKEN = application_token(
    contoso().applications[WEB],
    tenant=contoso(),
    issuer=f"{BASE}/{TID}/v2.0",
    signer=SIGNER,
    world=FrozenWorld(),
    now=NOW,
    permissions=["Bike.Read", "Bike.ReadWrite"],
)


async def _create(_: Context, values: dict[str, Any]) -> Decision:
    if values["name"] == "broken":
        raise KeyError("a secret of ours")
    return Decision()


async def nobody(_tenant: str, _user: str) -> None:
    """Whether a person is still there: nobody asks here."""


@pytest.fixture
async def graph(anyio_backend: str, tmp_path: Path) -> AsyncIterator[Graph]:  # noqa: ARG001
    """A shop whose rule has a fault."""
    store = await open_sqlite(tmp_path / "bikes.db", RECORDS, VAULT)
    base = RULES["shop.bike"]
    rules = {"shop.bike": type(base)(create=_create, operations=base.operations)}
    world = FrozenWorld()
    yield Graph(
        {"beta": Service(CATALOGUE, rules, entities=store.entities, world=world)},
        tenants=Directory(contoso()),
        signer=SIGNER,
        bases=[BASE],
        user_state=nobody,
        world=world,
        throttle=None,
        clock=None,
    )
    await store.close()


def batch(*names: str) -> Exchange:
    headers = {"content-type": "application/json", "authorization": f"Bearer {TOKEN}"}
    requests = [
        {"id": name, "method": "POST", "url": "/bikes", "body": road(name)} for name in names
    ]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/beta/$batch",
        "raw_path": b"/beta/$batch",
        "query_string": b"",
        "headers": [(name.encode(), text.encode()) for name, text in headers.items()],
    }
    return Exchange(
        request=Request(scope),
        method="POST",
        base=BASE,
        path=("beta", "$batch"),
        query_text="",
        body=msgspec.json.encode({"requests": requests}),
        correlation="00000000-0000-4000-8000-000000000000",
        now=NOW,
        ip="192.0.2.1",
    )


async def test_a_fault_of_ours_ends_one_item(graph: Graph) -> None:
    with capture_logs() as lines:
        answer = await graph.handle(batch("a", "broken", "b"))
    assert answer.status_code == 200
    replies = {one["id"]: one for one in msgspec.json.decode(bytes(answer.body))["responses"]}
    assert {id: one["status"] for id, one in replies.items()} == {"a": 201, "broken": 500, "b": 201}
    error = replies["broken"]["body"]["error"]
    assert "secret" not in error["message"]
    [line] = [line for line in lines if line["event"] == "unexpected"]
    assert line["correlation"] == error["innerError"]["request-id"]

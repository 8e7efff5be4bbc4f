"""What holds when many administrators change a flow's attributes at once; on SQLite, and on two
processes with PostgreSQL."""

from __future__ import annotations

from itertools import islice, permutations
from uuid import uuid4

import httpx2
import pytest

from server.sites import SUSI, Site, at_once

PAIRS = 16
ROUNDS = 3
FLOWS = "/beta/identity/b2cUserFlows"
ATTRIBUTES = "/v1.0/identity/userFlowAttributes"
ASKED = ("city", "givenName", "jobTitle", "postalCode", "state", "surname")


def asks(attribute: str) -> dict[str, object]:
    return {"userInputType": "textBox", "userAttribute": {"id": attribute}}


@pytest.fixture
def flow(site: Site) -> str:
    """The address of the assignments of a flow of its own."""
    with site.graph() as graph:
        made = graph.post(FLOWS, json={**SUSI, "id": f"asks{uuid4().hex[:10]}"})
    assert made.status_code == 201, made.text
    return f"{FLOWS}/{made.json()['id']}/userAttributeAssignments"


def test_an_attribute_is_assigned_or_deleted_and_never_both(site: Site, flow: str) -> None:
    with site.graph() as graph:
        headers = {"authorization": graph.headers["authorization"]}
        for _ in range(ROUNDS):
            ids = []
            for _ in range(PAIRS):
                body = {"displayName": f"Race {uuid4().hex[:12]}", "dataType": "string"}
                ids.append(graph.post(ATTRIBUTES, json=body).json()["id"])

            async def one(
                client: httpx2.AsyncClient, number: int, ids: list[str] = ids
            ) -> httpx2.Response:
                id = ids[number // 2]
                if number % 2:
                    return await client.delete(f"{ATTRIBUTES}/{id}", headers=headers)
                return await client.post(flow, json=asks(id), headers=headers)

            answers = [answer.status_code for answer in at_once(site, 2 * PAIRS, one)]
            pairs = list(zip(answers[::2], answers[1::2], strict=True))
            assert set(pairs) <= {(201, 409), (400, 204)}, pairs
            listed = graph.get(flow, params={"$expand": "userAttribute"}).json()["value"]
            assert {one["id"]: one["userAttribute"]["id"] for one in listed} == {
                id: id for id, pair in zip(ids, pairs, strict=True) if pair == (201, 409)
            }
            for one_asked in listed:
                assert graph.delete(f"{flow}/{one_asked['id']}").status_code == 204


def test_of_many_orders_one_stands_whole(site: Site, flow: str) -> None:
    with site.graph() as graph:
        headers = {"authorization": graph.headers["authorization"]}
        for id in ASKED:
            assert graph.post(flow, json=asks(id)).status_code == 201
        wanted = [list(order) for order in islice(permutations(ASKED), 0, None, 45)][:PAIRS]

        async def put(client: httpx2.AsyncClient, number: int) -> httpx2.Response:
            body = {"newAssignmentOrder": {"order": wanted[number]}}
            return await client.post(f"{flow}/setOrder", json=body, headers=headers)

        for _ in range(ROUNDS):
            answers = at_once(site, len(wanted), put)
            assert {answer.status_code for answer in answers} == {204}
            assert graph.get(f"{flow}/getOrder()").json()["order"] in wanted


def test_an_order_stays_a_permutation_while_attributes_come_and_go(site: Site, flow: str) -> None:
    with site.graph() as graph:
        headers = {"authorization": graph.headers["authorization"]}
        for id in ASKED[:3]:
            assert graph.post(flow, json=asks(id)).status_code == 201

        async def change(client: httpx2.AsyncClient, number: int) -> httpx2.Response:
            id = ASKED[number % len(ASKED)]
            match number % 3:
                case 0:
                    return await client.post(flow, json=asks(id), headers=headers)
                case 1:
                    return await client.delete(f"{flow}/{id}", headers=headers)
            known = (await client.get(f"{flow}/getOrder", headers=headers)).json()["order"]
            body = {"newAssignmentOrder": {"order": known[::-1]}}
            return await client.post(f"{flow}/setOrder", json=body, headers=headers)

        for _ in range(ROUNDS):
            answers = at_once(site, 4 * len(ASKED), change)
            assert {answer.status_code for answer in answers} <= {201, 204, 400, 404, 409}
            listed = [one["id"] for one in graph.get(flow).json()["value"]]
            order = graph.get(f"{flow}/getOrder").json()["order"]
            assert sorted(order) == sorted(listed)

"""A proof cannot pass by saying so: the recorder must have seen the request and a reading back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from witness.case import Case, Place, Proof, tried
from witness.operations import load
from witness.recorder import Recorder
from witness.watch import watching

CREATE = next(one for one in load() if one.name == "2 beta POST /identity/b2cUserFlows")
READ = next(one for one in load() if one.name == "4 beta GET /identity/b2cUserFlows/{id}")
REFUSED = next(one for one in load() if one.name == "267 beta PATCH /identity")
FLOW = "/identity/b2cUserFlows/B2C_1_x"


def answer(request: httpx2.Request) -> httpx2.Response:
    """A server that creates everything, and stores what it should refuse."""
    if request.method == "PATCH":
        with closing(sqlite3.connect(request.headers["x-store"])) as store, store:
            store.execute("INSERT INTO flow VALUES (2)")
        return httpx2.Response(400, json={"error": {"code": "BadRequest", "message": "No."}})
    return httpx2.Response(201 if request.method == "POST" else 200, json={"id": "B2C_1_x"})


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    file = tmp_path / "vestibule.db"
    with closing(sqlite3.connect(file)) as store, store:
        store.execute("CREATE TABLE flow (id)")
    recorder = Recorder(httpx2.MockTransport(answer), load())
    base = "https://localhost"
    headers = {"x-store": str(file)}
    with (
        httpx2.Client(base_url=base, transport=recorder, headers=headers) as client,
        watching(tmp_path) as watch,
    ):
        yield Place(base, client, recorder, watch, "", "")


def whole(case: Case) -> None:
    case.act(json={})
    case.get(FLOW)


def blind(case: Case) -> None:
    case.act(json={})


def too_early(case: Case) -> None:
    case.get(FLOW)
    case.act(json={})


def beside(case: Case) -> None:
    case.send("POST", "/identity/apiConnectors", {})
    case.get(FLOW)


def mistaken(case: Case) -> None:
    case.act(json={})
    assert case.get(FLOW) == {}


def test_an_act_and_what_reads_it_back_are_enough(place: Place) -> None:
    assert tried(CREATE, place, whole).state == "served"


@pytest.mark.parametrize(
    ("proof", "problem"),
    [
        (blind, "nothing read the effect back"),
        (too_early, "nothing read the effect back"),
        (beside, "the recorder did not see the operation with its code"),
        (mistaken, "AssertionError"),
        (None, "nothing proves it"),
    ],
)
def test_a_weak_proof_proves_nothing(place: Place, proof: Proof | None, problem: str) -> None:
    verdict = tried(CREATE, place, proof)
    assert verdict.state == "not served"
    assert problem in verdict.problem


def test_a_read_needs_another_request_beside_it(place: Place) -> None:
    def alone(case: Case) -> None:
        case.act("B2C_1_x")

    def arranged(case: Case) -> None:
        case.make("/identity/b2cUserFlows", {"id": "x"})
        case.act("B2C_1_x")

    assert tried(READ, place, alone).state == "not served"
    assert tried(READ, place, arranged).state == "served"


def test_a_refusal_that_stores_is_none(place: Place) -> None:
    verdict = tried(REFUSED, place, blind)
    assert verdict.state == "not served"
    assert "a refused request changed flow" in verdict.problem

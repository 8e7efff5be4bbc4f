"""Whatever is asked, an engine answers what the plain evaluator answers over the same rows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from cluster import Cluster
from odata.showroom import BIKE, MODEL, RECORDS
from odata.test_abnf import ACCEPTED
from store.filters_by_chance import ORDERED, Filters, population
from vestibule.edm.types import moment
from vestibule.errors import Invalid
from vestibule.odata.evaluate import Stamp, select, value_of
from vestibule.odata.filter import parse
from vestibule.ports import (
    Binary,
    Constant,
    Function,
    In,
    Insert,
    Member,
    Node,
    Not,
    Quantified,
    Query,
    Row,
    Scalar,
)
from vestibule.store import Store, open_sqlite
from vestibule.store.dialects import POSTGRES
from vestibule.store.postgres import open_postgres
from vestibule.store.tables import build, ddl
from vestibule.vault import Vault

VAULT = Vault({"test": b"0123456789abcdef0123456789abcdef"})
TENANTS = tuple(f"t{number}" for number in range(5))
HONEST = [text for text, _ in ACCEPTED.values()]
PAINTS = ("A", "a", "B", "Straße", "STRASSE", "straße", "ä", "Ä")
CHANCE = st.randoms(use_true_random=False)
SETTINGS = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=200,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)

# --------------------------------------------------------------------------- both engines


@dataclass(frozen=True, slots=True)
class Showroom:
    """The populations, in a store."""

    runner: asyncio.Runner
    store: Store

    def find(self, query: Query) -> list[str]:
        rows = self.runner.run(self.store.entities.find(query))
        return [row["id"] for row in rows]

    def count(self, query: Query) -> int:
        return self.runner.run(self.store.entities.count(query))


POPULATIONS = {tenant: population(tenant) for tenant in TENANTS}


async def _open(place: str | Path) -> Store:
    if isinstance(place, Path):
        store = await open_sqlite(place, RECORDS, VAULT)
    else:
        store = await open_postgres(place, RECORDS, VAULT, pool_size=1)
    columns = {record.name: [column.name for column in record.columns] for record in RECORDS}
    for tenant, rows in POPULATIONS.items():
        for row in rows:
            values = {name: row[name] for name in columns["bike"]}
            changes = [Insert("bike", tenant, row["id"], values)]
            for record in ("owner", "repair", "bike_brand"):
                for one in row[record]:
                    inner = {name: one[name] for name in columns[record]}
                    changes.append(Insert(record, tenant, one["id"], inner, row["id"]))
            await store.entities.apply(changes)
    await store.entities.apply([Insert("paint", "t0", id, {}) for id in PAINTS])
    return store


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def showroom(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Showroom]:
    place: str | Path = tmp_path_factory.mktemp("showroom") / "bikes.db"
    if request.param == "postgres":
        cluster: Cluster = request.getfixturevalue("cluster")
        place = cluster.database()
        with psycopg.connect(place) as connection:
            for statement in ddl(build(RECORDS), POSTGRES.dialect):
                connection.execute(statement.encode())
    with asyncio.Runner() as runner:
        store = runner.run(_open(place))
        yield Showroom(runner, store)
        runner.run(store.close())


def ids(rows: list[Row]) -> list[str]:
    return [row["id"] for row in rows]


@SETTINGS
@given(st.sampled_from(TENANTS), CHANCE)
def test_a_filter_selects_the_same(showroom: Showroom, tenant: str, chance: Random) -> None:
    where = Filters(chance).condition()
    query = Query("bike", tenant, where=where)
    note(repr(where))
    expected = ids(select(POPULATIONS[tenant], query))
    assert showroom.find(query) == expected
    assert showroom.find(Query("bike", tenant, where=Not(where))) == ids(
        select(POPULATIONS[tenant], Query("bike", tenant, where=Not(where)))
    )


@settings(SETTINGS, max_examples=60)
@given(st.sampled_from(TENANTS), CHANCE)
def test_an_order_and_its_pages_are_the_same(
    showroom: Showroom, tenant: str, chance: Random
) -> None:
    where = Filters(chance).condition(1)
    names = chance.sample(ORDERED, chance.randrange(4))
    order: Any = tuple((name, chance.choice(("asc", "desc"))) for name in names)
    skip, top = chance.randrange(4), chance.randrange(10)
    note(repr((where, order, skip, top)))
    rows = POPULATIONS[tenant]
    query = Query("bike", tenant, where=where, order=order)
    whole = select(rows, query)
    assert showroom.find(query) == ids(whole)
    assert showroom.count(query) == len(whole)
    window = Query("bike", tenant, where=where, order=order, skip=skip, top=top)
    assert showroom.find(window) == ids(select(rows, window))
    if whole:
        last = chance.choice(whole)
        rest = Query("bike", tenant, where=where, order=order, after=place(last, order), top=top)
        note(repr(rest.after))
        assert showroom.find(rest) == ids(select(rows, rest))


@settings(SETTINGS, max_examples=100)
@given(st.sampled_from(TENANTS), CHANCE)
def test_no_text_breaks_an_engine(showroom: Showroom, tenant: str, chance: Random) -> None:
    """Honest filters with parts of one another in the wrong places."""
    text = mutated(chance)
    note(text)
    try:
        query = Query("bike", tenant, where=parse(text, MODEL, BIKE))
    except Invalid:
        return
    assert showroom.find(query) == ids(select(POPULATIONS[tenant], query))


ONCE_WRONG: dict[str, Node] = {
    # The inner query read all rows of the outer table instead of the one at hand.
    "a column from two quantifiers within": Quantified(
        "all",
        "pieces",
        "$p",
        Quantified("any", "$p/bolts", "$b", Binary("eq", Member("name"), Constant("a"))),
    ),
    # Comparing them with a value too large for a 64-bit number was refused.
    "the smallest number": Binary("gt", Member("gears"), Constant(-(2**63))),
    # The evaluator took the case of its own alphabet, "STRASSE" was not found.
    "an id by its casefold": Binary("eq", Member("id"), Constant("STRASSE")),
    "an id in capitals": Binary("eq", Function("toupper", (Member("id"),)), Constant("strasse")),
    "a part of an id by its casefold": Function("contains", (Member("id"), Constant("aß"))),
    # A text of a column became a pattern, in which % stands for anything.
    "a column as what is looked for": Function("contains", (Constant("ab"), Member("name"))),
    "doubles beside large whole numbers": Binary("eq", Member("gears"), Constant(2.0**53)),
    "a condition that is null, negated": Not(
        Binary("eq", Function("contains", (Member("name"), Constant("a"))), Constant(value=True))
    ),
}


@pytest.mark.parametrize("text", HONEST)
def test_every_rule_of_the_grammar_is_answered_alike(showroom: Showroom, text: str) -> None:
    where = parse(text, MODEL, BIKE)
    for tenant in TENANTS[:2]:
        query = Query("bike", tenant, where=where)
        assert showroom.find(query) == ids(select(POPULATIONS[tenant], query))


@pytest.mark.parametrize("where", ONCE_WRONG.values(), ids=ONCE_WRONG.keys())
def test_what_once_was_wrong(showroom: Showroom, where: Node) -> None:
    for tenant, rows in POPULATIONS.items():
        query = Query("bike", tenant, where=where)
        assert showroom.find(query) == ids(select(rows, query))


@pytest.mark.parametrize(
    "where",
    [
        Binary("eq", Member("id"), Constant("strasse")),
        Binary("eq", Member("id"), Constant("STRAßE")),
        Not(In(Member("id"), (Constant("a"),))),
        Function("contains", (Member("id"), Constant("SS"))),
        None,
    ],
)
def test_ids_whose_case_counts_are_found_alike(showroom: Showroom, where: Node | None) -> None:
    rows = [{"id": id, "parent": "", "version": 1, "shade": None} for id in PAINTS]
    for after in (None, ("A",), ("a",), ("STRASSE",)):
        query = Query("paint", "t0", where=where, after=after)
        assert showroom.find(query) == ids(select(rows, query, exact_ids=True))


def mutated(chance: Random) -> str:
    """A text that a grammar's case turns into by exchanging words."""
    words = chance.choice(HONEST).split(" ")
    for _ in range(chance.randrange(4)):
        other = chance.choice(HONEST).split(" ")
        words[chance.randrange(len(words))] = chance.choice(other)
    return " ".join(words)


def place(row: Row, order: Any) -> tuple[Scalar, ...]:
    """Where a page that ends with the row is continued."""
    nodes = [Member(name) if isinstance(name, str) else name for name, _ in order]
    values = [value_of(node, row) for node in nodes]
    return (*(moment(f"{v}Z") if isinstance(v, Stamp) else v for v in values), row["id"])

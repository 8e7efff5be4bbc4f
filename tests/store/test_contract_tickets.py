"""What ports.Tickets promises, on every engine. Time is an argument; nothing waits."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial

import pytest
from msgspec.structs import replace

from store.shop import NOW, bicycle
from vestibule.ports import Refusal, Row, Ticket
from vestibule.store import Store

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)
LATER = NOW + MINUTE


def ticket(tenant: str, key: str = "k1", **changes: str) -> Ticket:
    plain = Ticket("code", tenant, key, LATER, {"nonce": "n", "list": [1, None]})
    return replace(plain, **changes)


async def test_a_ticket_comes_back_as_it_was_put(store: Store, tenant: str) -> None:
    put = ticket(tenant, subject="ada", client="web", family="f1")
    await store.tickets.put(put)
    assert await store.tickets.get("code", tenant, "k1", NOW) == put


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Tandem", {"gears": 27, "sold": False, "built": NOW, "colour": None}),
        ("TANDEM", {"gears": 27, "sold": False, "built": NOW, "colour": None}),
        ("another's", None),
        ("nobody", None),
        ("", None),
    ],
)
async def test_a_ticket_comes_with_the_row_of_its_subject(
    store: Store, tenant: str, subject: str, expected: Row | None
) -> None:
    values = {"gears": 27, "sold": False, "built": NOW}
    await store.entities.apply([bicycle(tenant, "Tandem", **values)])
    await store.entities.apply([bicycle(f"{tenant}-2", "another's", **values)])
    put = ticket(tenant, subject=subject)
    await store.tickets.put(put)
    columns = ("gears", "sold", "built", "colour")
    ask = partial(store.tickets.get_with_subject, "code", tenant, record="bicycle", columns=columns)
    assert await ask(key="k1", now=NOW) == (put, expected)
    assert await ask(key="k2", now=NOW) is None
    assert await ask(key="k1", now=LATER) is None


@pytest.mark.parametrize("kind_tenant_key", ["kind", "tenant", "key"])
async def test_a_ticket_is_found_only_by_its_kind_tenant_and_key(
    store: Store, tenant: str, kind_tenant_key: str
) -> None:
    await store.tickets.put(ticket(tenant))
    address = {"kind": "code", "tenant": tenant, "key": "k1"}
    address[kind_tenant_key] += "x"
    found = address["kind"], address["tenant"], address["key"]
    assert await store.tickets.get(*found, NOW) is None
    assert await store.tickets.take(*found, NOW) is None


async def test_a_key_that_exists_is_an_error_and_nothing_is_put(store: Store, tenant: str) -> None:
    await store.tickets.put(ticket(tenant))
    for tickets in ([ticket(tenant)], [ticket(tenant, "k2"), ticket(tenant)]):
        with pytest.raises(Refusal):
            await store.tickets.put(*tickets)
    assert await store.tickets.get("code", tenant, "k2", NOW) is None


@pytest.mark.parametrize(
    ("offset", "alive"),
    [(timedelta(microseconds=-1), True), (timedelta(), False), (MINUTE, False)],
    ids=["just before", "on the dot", "after"],
)
async def test_a_ticket_lives_until_now_reaches_its_expiry(
    store: Store, tenant: str, offset: timedelta, *, alive: bool
) -> None:
    await store.tickets.put(ticket(tenant))
    now = LATER + offset
    assert (await store.tickets.get("code", tenant, "k1", now) is not None) is alive
    assert await store.tickets.swap(ticket(tenant), 1, now) is alive
    assert (await store.tickets.take("code", tenant, "k1", now) is not None) is alive


async def test_the_clock_is_the_callers_even_if_it_goes_back(store: Store, tenant: str) -> None:
    await store.tickets.put(ticket(tenant))
    assert await store.tickets.get("code", tenant, "k1", NOW + 2 * MINUTE) is None
    assert await store.tickets.get("code", tenant, "k1", NOW) is not None


async def test_a_ticket_is_taken_once_and_its_replay_can_be_told(store: Store, tenant: str) -> None:
    await store.tickets.put(ticket(tenant))
    assert await store.tickets.take("code", tenant, "k1", NOW) == ticket(tenant)
    assert await store.tickets.take("code", tenant, "k1", NOW) is None
    assert await store.tickets.swap(ticket(tenant), 1, NOW) is False
    taken = await store.tickets.get("code", tenant, "k1", NOW)
    assert taken == replace(ticket(tenant), taken_at=NOW)


async def test_a_family_is_found_by_its_kind_taken_or_not(store: Store, tenant: str) -> None:
    mine = [ticket(tenant, f"k{n}", family="f1") for n in range(2)]
    dead = replace(ticket(tenant, "old", family="f1"), expires=NOW)
    others = [ticket(tenant, "k3", family="f2"), ticket(tenant, "k4")]
    others += [ticket(tenant, "k5", kind="refresh", family="f1"), dead]
    elsewhere = ticket(f"{tenant}-mallory", family="f1")
    await store.tickets.put(*mine, *others, elsewhere)
    await store.tickets.take("code", tenant, "k1", NOW)
    found = await store.tickets.related("code", tenant, "f1", NOW)
    taken = replace(mine[1], taken_at=NOW)
    assert sorted(found, key=lambda one: one.key) == [mine[0], taken]
    assert await store.tickets.related("code", tenant, "", NOW) == []


async def test_of_sixteen_takers_exactly_one_gets_it(store: Store, tenant: str) -> None:
    await store.tickets.put(ticket(tenant))
    takers = [
        store.tickets.take("code", tenant, "k1", NOW, then=[ticket(tenant, f"new{n}")])
        for n in range(16)
    ]
    taken = await asyncio.gather(*takers)
    assert [one for one in taken if one] == [ticket(tenant)]
    stored = [await store.tickets.get("code", tenant, f"new{n}", NOW) for n in range(16)]
    assert [bool(one) for one in stored] == [bool(one) for one in taken]


async def test_then_is_stored_with_the_taking_or_neither_happens(store: Store, tenant: str) -> None:
    await store.tickets.put(ticket(tenant), ticket(tenant, "k2"))
    with pytest.raises(Refusal):
        await store.tickets.take(
            "code", tenant, "k1", NOW, then=[ticket(tenant, "k3"), ticket(tenant, "k2")]
        )
    assert await store.tickets.get("code", tenant, "k3", NOW) is None
    assert await store.tickets.take("code", tenant, "k1", NOW) is not None


async def test_swap_replaces_what_moves_if_the_revision_is_right(store: Store, tenant: str) -> None:
    await store.tickets.put(ticket(tenant, client="web"))
    new = Ticket("code", tenant, "k1", LATER + MINUTE, {"step": "b"}, "ada", "ignored", "f2")
    assert await store.tickets.swap(new, 2, NOW) is False
    assert await store.tickets.swap(new, 1, NOW) is True
    found = await store.tickets.get("code", tenant, "k1", LATER)
    assert found == replace(new, client="web", revision=2)
    assert await store.tickets.swap(new, 1, NOW) is False


async def test_of_sixteen_swaps_of_one_revision_exactly_one_wins(store: Store, tenant: str) -> None:
    await store.tickets.put(ticket(tenant))
    swaps = (store.tickets.swap(ticket(tenant), 1, NOW) for _ in range(16))
    assert sorted(await asyncio.gather(*swaps)) == [False] * 15 + [True]


@pytest.mark.parametrize(
    ("by", "gone"),
    [
        ({"key": "k1"}, {"code k1", "refresh k1"}),
        ({"kind": "code", "key": "k1"}, {"code k1"}),
        ({"subject": "ada"}, {"code k1", "code k2", "refresh k1"}),
        ({"kind": "refresh", "subject": "ada"}, {"refresh k1"}),
        ({"family": "f1"}, {"code k2", "code k3"}),
        ({"subject": "ada", "family": "f1"}, {"code k2"}),
        ({"subject": "nobody"}, set()),
    ],
    ids=["key", "kind and key", "subject", "kind and subject", "family", "both", "none"],
)
async def test_drop_deletes_what_matches_everything_given(
    store: Store, tenant: str, by: dict[str, str], gone: set[str]
) -> None:
    tickets = [
        ticket(tenant, subject="ada"),
        ticket(tenant, "k2", subject="ada", family="f1"),
        ticket(tenant, "k3", subject="bob", family="f1"),
        ticket(tenant, kind="refresh", subject="ada"),
    ]
    await store.tickets.put(*tickets)
    assert await store.tickets.drop(f"{tenant}-mallory", **by) == 0
    assert await store.tickets.drop(tenant, **by) == len(gone)
    for one in tickets:
        left = await store.tickets.get(one.kind, tenant, one.key, NOW)
        assert (left is None) is (f"{one.kind} {one.key}" in gone)


async def test_drop_of_everything_is_a_mistake(store: Store, tenant: str) -> None:
    with pytest.raises(ValueError, match="drop needs"):
        await store.tickets.drop(tenant, kind="code")


async def test_a_counter_stops_at_its_limit_and_starts_again_when_expired(
    store: Store, tenant: str
) -> None:
    async def count(now_s: int, limit: int = 3) -> int | None:
        now = NOW + timedelta(seconds=now_s)
        return await store.tickets.count("try", tenant, "ada", limit, now, now + MINUTE)

    assert [await count(0), await count(1), await count(2), await count(3)] == [1, 2, 3, None]
    assert await count(3, limit=5) == 4
    assert await count(59, limit=3) is None
    assert [await count(60), await count(61)] == [1, 2]
    assert await count(61, limit=0) is None


async def test_a_counter_counts_each_of_sixteen_at_once(store: Store, tenant: str) -> None:
    counts = await asyncio.gather(
        *(store.tickets.count("try", tenant, "ada", 10, NOW, LATER) for _ in range(16))
    )
    assert sorted(n for n in counts if n is not None) == list(range(1, 11))
    assert counts.count(None) == 6


async def test_sweep_deletes_what_has_expired_and_nothing_else(store: Store, tenant: str) -> None:
    long_ago = NOW - timedelta(days=3650)
    await store.tickets.put(
        *(replace(ticket(tenant, f"old{n}"), expires=long_ago) for n in range(3)), ticket(tenant)
    )
    await store.tickets.count("try", tenant, "ada", 3, long_ago - MINUTE, long_ago)
    assert await store.tickets.sweep(long_ago, limit=2) == 2
    assert await store.tickets.sweep(long_ago) == 2
    assert await store.tickets.sweep(long_ago) == 0
    assert await store.tickets.get("code", tenant, "k1", NOW) is not None

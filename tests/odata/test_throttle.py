from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from odata.bicycles import ADA, NOW, call
from vestibule.edm.quota import Area, Asked, Quota
from vestibule.odata import counters
from vestibule.odata.call import Call
from vestibule.odata.throttle import Throttle, Verdict

BOTH = Quota("Tenant_Application/ReadWrite", ("application", "tenant"), 3, 60)
TENANT = Quota("Tenant/ReadWrite", ("tenant",), 5, 60, reason="Full")
WRITES = Quota("Application/Write", ("application",), 2, 120, writes=True)


def price(asked: Asked) -> int:
    return 4 if asked.whole and asked.top is None else 1


def bikes(*quotas: Quota) -> Throttle:
    return Throttle([Area(frozenset({"bikes"}), quotas)])


def after(
    seconds: float,
    *,
    client: str = "client",
    tenant: str = "contoso",
    method: str = "GET",
    path: str = "/bikes",
    query: str = "",
) -> Call:
    principal = replace(ADA, client=client, tenant=tenant)
    now = NOW + timedelta(seconds=seconds)
    return replace(call(), now=now, principal=principal, method=method, path=path, query=query)


def granted(limits: Throttle, *calls: Call) -> list[bool]:
    return [limits.admit(one).retry_after_s is None for one in calls]


def test_an_application_has_its_share_and_a_tenant_the_whole() -> None:
    limits = bikes(BOTH, TENANT)
    assert granted(limits, *[after(0)] * 4) == [True, True, True, False]
    assert granted(limits, *[after(1, client="other")] * 3) == [True, True, False]
    assert granted(limits, after(1, tenant="fabrikam")) == [True]


@pytest.mark.parametrize(
    "path",
    ["/bikes", "bikes/", "/BIKES/a/parts", "/%62ikes", "/bikes('a')", "/bikes/$count"],
)
def test_every_address_of_a_set_counts(path: str) -> None:
    limits = bikes(BOTH)
    assert granted(limits, *[after(0, path=path)] * 3, after(0)) == [True, True, True, False]
    assert granted(limits, after(0, path="/brands"), after(0, path="/")) == [True, True]
    assert limits.admit(replace(after(0), principal=None)) == Verdict()


@pytest.mark.parametrize("spread_s", [0, 7, 19.5])
def test_what_is_refused_is_granted_when_it_was_promised(spread_s: float) -> None:
    limits = bikes(BOTH)
    assert all(granted(limits, *(after(spread_s * at) for at in range(3))))
    now = spread_s * 2
    seconds = limits.admit(after(now)).retry_after_s
    assert seconds is not None
    assert 60 - spread_s * 2 <= seconds <= 65
    assert granted(limits, after(now + seconds)) == [True]


def test_no_window_holds_more_than_the_limit() -> None:
    limits = bikes(BOTH)
    given = [at / 2 for at in range(600) if granted(limits, after(at / 2))[0]]
    for start in given:
        assert sum(start <= at < start + 60 for at in given) <= 3


def test_asking_too_soon_counts_and_harms_nobody_else() -> None:
    limits = bikes(BOTH, TENANT)
    assert granted(limits, *[after(0)] * 50) == [True] * 3 + [False] * 47
    assert granted(limits, *[after(1, client="other")] * 2) == [True, True]
    assert granted(limits, *[after(50)] * 3, after(66)) == [False] * 4
    assert granted(limits, after(200)) == [True]


def test_a_clock_set_back_begins_anew() -> None:
    limits = bikes(BOTH)
    assert granted(limits, *[after(1000)] * 4)[-1] is False
    assert granted(limits, after(0)) == [True]


def test_only_writes_count_where_only_writes_are_limited() -> None:
    limits = bikes(WRITES)
    assert all(granted(limits, *[after(0)] * 9))
    made = after(0, method="POST")
    assert granted(limits, made, made, made, after(0)) == [True, True, False, True]


def test_a_price_is_told_and_spent() -> None:
    limits = Throttle([Area(frozenset({"bikes"}), (replace(BOTH, most=10),), price)])
    assert limits.admit(after(0)).headers == {"x_ms_resource_unit": "4"}
    assert limits.admit(after(0, path="/bikes/a")).headers == {"x_ms_resource_unit": "1"}
    told = limits.admit(after(0)).headers
    assert told == {"x_ms_resource_unit": "4", "x_ms_throttle_limit_percentage": "0.9"}
    refused = limits.admit(after(0))
    assert refused.retry_after_s is not None
    assert refused.headers == {
        "x_ms_resource_unit": "4",
        "x_ms_throttle_limit_percentage": "1.3",
        "x_ms_throttle_scope": "Tenant_Application/ReadWrite/client/contoso",
    }
    for _ in range(9):
        limits.admit(after(0))
    assert limits.admit(after(0)).headers["x_ms_throttle_limit_percentage"] == "1.8"


def test_a_reason_is_told_where_there_is_one() -> None:
    limits = bikes(TENANT)
    verdicts = [limits.admit(after(0)) for _ in range(6)]
    assert [dict(one.headers) for one in verdicts[:3]] == [{}, {}, {}]
    assert verdicts[-1].headers["x_ms_throttle_information"] == "Full"


def test_what_cannot_be_read_counts_too() -> None:
    limits = Throttle([Area(frozenset({"bikes"}), (BOTH,), price)])
    odd = after(0, query="$top=5&$top=6")
    assert limits.admit(odd).headers["x_ms_resource_unit"] == "4"
    assert limits.admit(replace(odd, query="$top=99999999999")).headers["x_ms_resource_unit"] == "4"


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counters, "MOST_COUNTED", 100)
    limits = bikes(BOTH)
    assert granted(limits, *[after(0)] * 3) == [True] * 3
    for at in range(99):
        limits.admit(after(0, client=str(at)))
        assert granted(limits, after(0)) == [False]  # in use, so it is kept
    for at in range(100):
        limits.admit(after(0, client=f"new {at}"))
    assert granted(limits, after(0)) == [True]

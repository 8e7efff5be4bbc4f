"""System query options: what is read, and that nothing but Invalid comes of the rest."""

from __future__ import annotations

from contextlib import suppress
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odata.showroom import BIKE, MODEL
from odata.test_abnf import ACCEPTED
from vestibule.errors import Invalid
from vestibule.odata.options import Options, bind, texts
from vestibule.ports import Member


def bound(query: str) -> Options:
    return bind(MODEL, BIKE, texts(query), many=True)


ORDERS: dict[str, tuple[str, tuple[tuple[str | Member, str], ...]]] = {
    "one": ("name", (("name", "asc"),)),
    "any case": ("NAME Desc", (("name", "desc"),)),
    "several": ("sold desc, gears asc,id", (("sold", "desc"), ("gears", "asc"), ("id", "asc"))),
    "many spaces": ("  name   desc ", (("name", "desc"),)),
    "a path": ("seat/material desc", ((Member("seat/material", "text"), "desc"),)),
    "a long path": ("Seat/Lining/Warm", ((Member("seat/lining/warm", "boolean"), "asc"),)),
    "a path to a number": ("seat/height", ((Member("seat/height", "number"), "asc"),)),
    "a path to a moment": ("seat/made", ((Member("seat/made", "datetime"), "asc"),)),
    "a cast to itself": ("shop.bike/gears", (("gears", "asc"),)),
}


@pytest.mark.parametrize(("text", "order"), ORDERS.values(), ids=ORDERS.keys())
def test_an_order_is_read(text: str, order: tuple[tuple[str | Member, str], ...]) -> None:
    assert bound(f"$orderby={text}").order == order


UNORDERED = {
    "a collection": ("tags", "'tags' cannot be ordered by"),
    "a complex value": ("seat", "'seat' cannot be ordered by"),
    "a dynamic property": ("extension_x", "'extension_x' cannot be ordered by"),
    "a derived type's property": (
        "shop.roadBike/tyre",
        "'shop.roadBike/tyre' cannot be ordered by",
    ),
    "a secret": ("lockCode", "'lockCode' cannot be ordered by"),
    "a secret in a path": ("seat/pin", "'pin' cannot be ordered by"),
    "a computed one": ("label", "'label' cannot be ordered by"),
    "an unknown one in a path": ("seat/lining/wings", "Could not find a property named 'wings'"),
    "a path through a collection": ("pieces/name", "'pieces' cannot be ordered by"),
    "one twice": ("name,NAME desc", "'name' is ordered by twice"),
    "a direction that is none": ("name down", "neither asc nor desc"),
    "an expression": ("length(name)", "'length(name)'"),
    "nothing": ("name,,id", "empty or unfinished"),
    "too many": (
        "id,name,colour,gears,weight,sold,built,shown,serial,features,seat/material",
        "at most 10",
    ),
}


@pytest.mark.parametrize(("text", "words"), UNORDERED.values(), ids=UNORDERED.keys())
def test_what_cannot_be_ordered_by_is_refused(text: str, words: str) -> None:
    with pytest.raises(Invalid) as caught:
        bound(f"$orderby={text}")
    assert words in caught.value.message


def test_options_stand_inside_expand() -> None:
    [repairs] = bound(
        "$expand=repairs($select=note,cost;$filter=note ne 'a;b)' and cost gt 3;"
        "$orderby=cost desc,note;$top=2;$skip=1;$count=true)"
    ).expand
    inside = repairs.options
    assert inside.selected == ("note", "cost")
    assert inside.where is not None
    assert inside.order == (("cost", "desc"), ("note", "asc"))
    assert (inside.top, inside.skip, inside.count) == (2, 1, True)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("$search=bell", "'$search' is not supported here; use '$filter'."),
        ("$expand=repairs($search=bell)", "'$search' is not supported here"),
        ("$expand=repairs($filter=wings eq 1)", "named 'wings' on type 'shop.repair'"),
        ("$expand=repairs($orderby=wings)", "named 'wings' on type 'shop.repair'"),
        ("$expand=repairs($top=x)", "give a whole number from 0"),
        ("$expand=repairs($skiptoken=x)", "cannot stand inside"),
        ("$expand=repairs($expand=bikes)", "named 'bikes' on type 'shop.repair'"),
        ("$expand=maker($top=1)", "applies to collections only"),
        ("$expand=repairs($filter=note eq 'a)", "unfinished"),
    ],
)
def test_what_expand_cannot_do_is_refused(query: str, words: str) -> None:
    with pytest.raises(Invalid) as caught:
        bound(query)
    assert words in caught.value.message


# --------------------------------------------------------------------------- nonsense

NAMES = ("filter", "orderby", "select", "expand", "top", "skip", "skiptoken", "count", "search",
         "format")  # fmt: skip
HONEST = [
    *(f"$filter={text}" for text, _ in ACCEPTED.values()),
    *(f"$orderby={text}" for text, _ in ORDERS.values()),
    "$expand=repairs($filter=note eq 'a';$orderby=cost),brands($select=id;$expand=wings)",
    "$select=name,seat/material&$count=true&$top=5&$skip=2",
]  # fmt: skip
PARTS = ["(", ")", "'", "''", "/", ",", ";", "&", "=", "$", "%", "%00", "%27", "+", " ", "any(",
         "all(", "x:x", " eq ", " and not ", " in (", "null", "9" * 30, "1e999", "-", "shop.",
         "😀", "\ud800", "\u0130", "\x00", "$it/", "@p", "[", "{", "has "]  # fmt: skip


@settings(derandomize=True, database=None, deadline=None, max_examples=300)
@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=40), min_size=1, max_size=3))
def test_any_text_is_an_option_or_invalid(given_: dict[str, str]) -> None:
    with suppress(Invalid):
        bind(MODEL, BIKE, given_, many=True)


@settings(derandomize=True, database=None, deadline=None, max_examples=500)
@given(st.randoms(use_true_random=False))
def test_a_query_with_errors_is_invalid(chance: Random) -> None:
    text = chance.choice(HONEST)
    for _ in range(chance.randrange(1, 4)):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.choice((0, 0, 1, 3, 9)))
        text = text[:start] + chance.choice(PARTS) + text[end:]
    with suppress(Invalid):
        bound(text)

"""What filters mean: one table, answered by the evaluator and by SQL alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from odata.bicycles import CATALOGUE, RECORDS, VAULT
from vestibule.edm.model import Model
from vestibule.errors import Invalid
from vestibule.odata.evaluate import matches, select, sort_key
from vestibule.odata.filter import parse
from vestibule.odata.lexer import MAX_CHARACTERS
from vestibule.ports import (
    Binary,
    Constant,
    Entities,
    Function,
    In,
    Insert,
    Member,
    Node,
    Not,
    Quantified,
    Query,
    When,
)
from vestibule.store.sqlite import open_sqlite

MODEL = Model(CATALOGUE)
BIKE = MODEL.types["shop.bike"]
COLUMNS = {shape.column: name for name, shape in BIKE.properties.items() if shape.column}


def _bike(id: str, **values: Any) -> dict[str, Any]:
    empty = {column.name: None for column in RECORDS[1].columns}
    return {**empty, "kind": "road", "id": id, "parent": "", "version": 1, **values}


ROWS = (
    _bike("a", name="Ada's Ä", colour="red", gears=3, weight=9.5, sold=False, tags=["New", "fast"]),
    _bike("B", name="bob%_\\", colour="darkBlue", gears=21, weight=12.0, sold=True, tags=[]),
    _bike("c", built=datetime(2024, 1, 31, 12, 0, tzinfo=UTC), gears=-1, sold=False),
    _bike("d", name="ADA'S Ä", frame_number="AB12", weight=-0.5, tags=["slow"]),
)

CASES: dict[str, tuple[str, str]] = {
    "text without case": ("name eq 'ada''s ä'", "ad"),
    "not equal finds null": ("name ne 'ada''s ä'", "Bc"),
    "property without case": ("NAME EQ null", "c"),
    "null on the left": ("null ne name", "aBd"),
    "id": ("id eq 'b'", "B"),
    "numbers": ("gears ge 3", "aB"),
    "a whole number beside a fraction": ("gears lt 3.5", "ac"),
    "negative": ("weight eq -0.5", "d"),
    "exponent": ("weight gt 1.1e1", "B"),
    "order with null is false": ("gears lt 100 or gears ge 100", "aBc"),
    "so its negation is true": ("not (gears lt 100)", "d"),
    "boolean alone": ("sold", "B"),
    "boolean negated, null is null": ("not sold", "ac"),
    "boolean compared": ("sold eq false", "ac"),
    "and before or": ("gears eq 3 or gears eq 21 and sold eq false", "a"),
    "parentheses": ("(gears eq 3 or gears eq 21) and sold eq true", "B"),
    "not before and": ("not sold eq true and gears gt 0", "a"),
    "in": ("id in ('A', 'd', 'x')", "ad"),
    "in with null": ("gears in (3, null)", "ad"),
    "in null alone": ("gears in (null)", "d"),
    "startswith": ("startswith(name, 'ada')", "ad"),
    "startswith true": ("startswith(name, 'ada') eq true", "ad"),
    "startswith false": ("startswith(name, 'ada') eq false", "B"),
    "not of null is null": ("not startswith(name, 'ada')", "B"),
    "endswith": ("endswith(name,' ä')", "ad"),
    "contains a wildcard": ("contains(name, '%_\\')", "B"),
    "contains with a property": ("contains('xx red xx', colour)", "a"),
    "tolower": ("tolower(name) eq 'ada''s ä'", "ad"),
    "toupper": ("contains(toupper(name),'BOB')", "B"),
    "enum quoted": ("colour eq 'DARKBLUE'", "B"),
    "enum alias": ("colour eq 'navy'", "B"),
    "enum typed": ("colour eq shop.colour'red'", "a"),
    "enum in": ("colour in (s.colour'red','navy')", "aB"),
    "moment": ("built ge 2024-01-31T13:00:00+01:00", "c"),
    "moment quoted": ("built eq '2024-01-31T12:00:00Z'", "c"),
    "two properties": ("weight gt gears", "a"),
    "any": ("tags/any(t: t eq 'FAST')", "a"),
    "any of something": ("tags/any()", "ad"),
    "all": ("tags/all(t: startswith(t,'s') or t eq 'new')", "Bcd"),
    "has": ("colour has shop.colour'red'", "a"),
    "not any": ("not tags/any(t: t eq 'fast')", "Bcd"),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
def test_the_evaluator_finds(text: str, expected: str) -> None:
    found = [row["id"] for row in ROWS if matches(parse(text, MODEL, BIKE), row)]
    assert "".join(found) == expected


@pytest.fixture(scope="module")
async def entities(
    anyio_backend: str,  # noqa: ARG001
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Entities]:
    folder: Path = tmp_path_factory.mktemp("filter")
    store = await open_sqlite(folder / "bikes.db", RECORDS, VAULT)
    names = {column.name for column in RECORDS[1].columns}
    await store.entities.apply(
        [
            Insert("bike", "t", row["id"], {k: v for k, v in row.items() if k in names})
            for row in ROWS
        ]
    )
    yield store.entities
    await store.close()


@pytest.mark.anyio
@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
async def test_sql_finds_the_same(entities: Entities, text: str, expected: str) -> None:
    rows = await entities.find(Query("bike", "t", where=parse(text, MODEL, BIKE)))
    assert "".join(row["id"] for row in rows) == expected


@pytest.mark.anyio
@pytest.mark.parametrize("column", ["name", "gears", "weight", "sold", "built"])
async def test_sql_orders_the_same(entities: Entities, column: str) -> None:
    rows = await entities.find(Query("bike", "t", order=((column, "asc"),)))
    expected = sorted(ROWS, key=lambda row: (sort_key(row[column]), row["id"].casefold()))
    assert [row["id"] for row in rows] == [row["id"] for row in expected]


REFUSED = {
    "nothing": "",
    "a word": "name",
    "a literal": "true",
    "two literals": "1 eq 1",
    "unknown property": "wings eq 2",
    "unknown function": "soundex(name) eq 'a'",
    "unknown type": "colour eq shop.flavour'red'",
    "unknown member": "colour eq 'green'",
    "a secret": "lockCode eq '1'",
    "computed": "label eq '#a'",
    "complex": "seat eq 'leather'",
    "a path to nothing": "seat/wings eq 'leather'",
    "a collection": "tags eq 'new'",
    "text with number": "name eq 1",
    "number with text": "gears eq '1'",
    "number in texts": "gears in ('1')",
    "ordered booleans": "sold gt false",
    "has of a text": "name has 'red'",
    "unbalanced": "(name eq 'a'",
    "too many parentheses": "name eq 'a')",
    "unfinished text": "name eq 'a",
    "unfinished": "name eq",
    "two in a row": "name eq 'a' name eq 'b'",
    "a number too large": "gears eq 9223372036854775808",
    "a fraction too large": "weight eq 1e999",
    "no moment": "built eq 2024-13-01T00:00:00Z",
    "a moment before time": "built eq 0001-01-01T00:00:00+14:00",
    "wrong arguments": "startswith(name)",
    "function of numbers": "contains(name, 5)",
    "literals only": "startswith('a','b')",
    "condition as text": "startswith(name,'a') eq 'x'",
    "empty in": "id in ()",
    "in a property": "id in (name)",
    "variable reused": "tags/any(t: tags/any(t: t eq 'a'))",
    "variable unknown": "tags/any(t: u eq 'a')",
    "any of no collection": "name/any(t: t eq 'a')",
    "too long": f"name eq '{'x' * MAX_CHARACTERS}'",
    "too deep": f"{'(' * 21}sold{')' * 21}",
    "too deeply negated": "not " * 500 + "sold",
    "too many": " or ".join(["sold"] * 60),
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse(text, MODEL, BIKE)
    assert caught.value.target == "$filter"


def test_limits_leave_room_for_honest_filters() -> None:
    parse(" or ".join(["sold"] * 50), MODEL, BIKE)
    parse(f"{'(' * 19}sold{')' * 19}", MODEL, BIKE)


# --------------------------------------------------------------------------- properties

WORDS = st.sampled_from(
    ["name", "gears", "sold", "built", "tags/any(t: ", "t", "eq", "ne", "and", "or", "not", "in",
     "(", ")", ",", "'x'", "null", "true", "3", "-1.5", "2024-01-01T00:00:00Z", "startswith(",
     "tolower(", "colour", "'red'", "shop.colour'red'", "/", ":", "has"]
)  # fmt: skip


@given(st.text(max_size=60) | st.lists(WORDS, max_size=25).map(" ".join))
@example("'" * 3)
def test_any_text_is_a_filter_or_invalid(text: str) -> None:
    try:
        node = parse(text, MODEL, BIKE)
    except Invalid:
        return
    for row in ROWS:
        matches(node, row)
    assert parse(printed(node), MODEL, BIKE) == node


TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
COMPARISONS = st.one_of(
    st.builds(Binary, st.sampled_from(["eq", "ne", "gt"]), st.just(Member("name")),
              st.builds(Constant, TEXTS)),
    st.builds(Binary, st.sampled_from(["le", "eq"]), st.just(Member("gears")),
              st.builds(Constant, st.integers(-(2**63), 2**63 - 1))),
    st.builds(Binary, st.just("lt"), st.just(Member("weight")),
              st.builds(Constant, st.floats(allow_nan=False, allow_infinity=False))),
    st.builds(Binary, st.just("ge"), st.just(Member("built")),
              st.builds(Constant, st.datetimes(timezones=st.just(UTC)))),
    st.builds(In, st.just(Member("id")), st.lists(st.builds(Constant, TEXTS), min_size=1,
              max_size=3).map(tuple)),
    st.builds(Function, st.just("contains"), st.tuples(st.just(Member("name")),
              st.builds(Constant, TEXTS))),
)  # fmt: skip
TREES: st.SearchStrategy[Node] = st.recursive(
    COMPARISONS,
    lambda inner: (
        st.builds(Not, inner) | st.builds(Binary, st.sampled_from(["and", "or"]), inner, inner)
    ),
    max_leaves=6,
)


@given(TREES)
def test_a_printed_tree_reads_back(node: Node) -> None:
    assert parse(printed(node), MODEL, BIKE) == node


def printed(node: Node) -> str:
    """A tree as $filter text, with parentheses everywhere."""
    match node:
        case Constant(value):
            return _literal(value)
        case Member(name):
            return COLUMNS.get(name, name).removeprefix("$")
        case Binary(operator, left, right):
            return f"({printed(left)} {operator} {printed(right)})"
        case Not(operand):
            return f"not ({printed(operand)})"
        case In(operand, options):
            return f"({printed(operand)} in ({','.join(map(printed, options))}))"
        case Function(name, arguments):
            return f"{name}({','.join(map(printed, arguments))})"
        case Quantified(kind, collection, variable, body):
            inside = "" if body is None else f"{variable[1:]}:{printed(body)}"
            return f"{COLUMNS[collection]}/{kind}({inside})"
        case When():
            raise AssertionError("There are no casts here.")


def _literal(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return str(value).replace("None", "null").lower()
    if isinstance(value, datetime):
        return value.strftime("%Y").zfill(4) + value.strftime("-%m-%dT%H:%M:%S.%f+00:00")
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(value)


def test_any_and_all_are_nested_twice_at_most() -> None:
    """Each one multiplied the work by ten: a request with seven of them held a server for good."""
    text = "frameNumber eq 'x'"
    for at in range(3):
        text = f"tags/any(v{at}:v{at} ne 'q' and {text})"
    with pytest.raises(Invalid, match="deeper than 2"):
        parse(text, MODEL, BIKE)


def test_a_computed_set_does_not_search_without_end() -> None:
    row = {"id": "1", "parent": "", "version": 1, "tags": ["a"] * 1000}
    inner = Quantified("any", "tags", "$b", Binary("eq", Member("$a"), Constant("z")))
    query = Query("x", "t", where=Quantified("any", "tags", "$a", inner))
    with pytest.raises(Invalid, match="too long"):
        select([row], query)
    few = {**row, "tags": ["a"] * 100}
    assert select([few], query) == []

"""Rows and filters by chance, from small pools, so that the ones meet the others."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal

from odata.showroom import EARLY, LATER, NOON, bike, child
from vestibule.ports import Binary, Constant, Function, In, Member, Node, Not, Quantified, Row, When

TEXTS = ("", "a", "A", "b", "ab", "Ab", "ä", "Ä", "ß", "ss", "SS", "ẞ", "İ", "i", "\u0131", "ΛΣ",
         "λς", "λσ", "%", "_", "\\", "a%b", "a_b", "\\%", "x'y", " a ", "😀", "\u017f", "ǅ", "1",
         "true", "2024-01-31T12:00:00Z", "red", "darkBlue", "bell,light")  # fmt: skip
NUMBERS = (-1, 0, 1, 2, 3, 3.0, 2.5, -0.5, 0.1, 1e300, 2**53 + 1, -(2.0**63))
WHOLE = (-1, 0, 1, 2, 3, 21, 2**53, 2**53 + 1, 2**63 - 1, 1 - 2**63)
MOMENTS = (NOON, LATER, EARLY, NOON + timedelta(days=1))
STAMPS = ("2024-01-31T12:00:00Z", "2024-01-31T12:00:00.500000Z", "2023-01-01T00:00:00Z",
          "2024-01-31T12:00:00+00:00", "2024-01-31", "")  # fmt: skip
ORDERED: tuple[str | Member, ...] = (
    "name", "colour", "gears", "weight", "sold", "built", "version", "id",
    Member("seat/material", "text"), Member("seat/height", "number"),
    Member("seat/fixed", "boolean"), Member("seat/made", "datetime"),
)  # fmt: skip
ROAD: Node = Binary("eq", Member("kind"), Constant("road"))

# --------------------------------------------------------------------------- rows


def population(seed: str) -> list[Row]:
    """Twenty-four bikes with their owners."""
    chance = random.Random(seed)  # noqa: S311  # the same rows in each run
    ids = [f"b{number}" for number in range(16)]
    ids += ["Straße", "ΔΣ", "İ", "Ä", "a%", "a_", "C\\", "z"]
    return [_bike(id, chance) for id in ids]


def _bike(id: str, chance: random.Random) -> Row:
    def some(pool: Sequence[Any]) -> Any:
        return None if chance.random() < 0.25 else chance.choice(pool)

    owners = [
        child(f"o{n}", id, issuer=some(TEXTS), number=some(TEXTS), since=some(WHOLE))
        for n in range(chance.choice((0, 0, 1, 2)))
    ]
    return bike(
        id,
        kind=chance.choice(("road", "city")),
        name=some(TEXTS),
        colour=some(TEXTS),
        features=some(("bell", "light,bell", "bell,light,lock_up")),
        gears=some(WHOLE),
        weight=some((0.5, -0.5, 3.0, 2.5, 1e300, 0.1, 2.0**53)),
        sold=some((True, False)),
        built=some(MOMENTS),
        tags=some(([], [chance.choice(TEXTS)], ["a", "ä", chance.choice(TEXTS)])),
        sizes=some(([], [1], [chance.choice(WHOLE), 3], [None, 2], ["x", 1.5])),
        seat=some((_seat(some), _seat(some), {}, {"material": 5, "lining": "silk"})),
        pieces=some(([], [_piece(some)], [_piece(some), _piece(some)], [{}], ["odd", None])),
        extras=some(({"shoe": some(TEXTS)}, {"shoe": some(NUMBERS)}, {"shoe": True}, {})),
        tyre=some(TEXTS),
        owner=owners,
        repair=[child("r", id, note=some(("bent", "a")), cost=some((10, 30)))],
        bike_brand=[child(chance.choice(("Acme", "Ace")), id, brand="Acme")],
    )


def _seat(some: Callable[[Sequence[Any]], Any]) -> dict[str, Any]:
    return {
        "material": some(TEXTS),
        "height": some(NUMBERS),
        "fixed": some((True, False, 1, "true")),
        "made": some(STAMPS),
        "lining": some(({"fabric": some(TEXTS)}, {})),
        "notes": some(([], [some(TEXTS), some(TEXTS)], "none")),
        "@odata.type": some(("#shop.sprungSeat", "#shop.seat")),
    }


def _piece(some: Callable[[Sequence[Any]], Any]) -> dict[str, Any]:
    return {
        "name": some(TEXTS),
        "price": some(NUMBERS),
        "enabled": some((True, False)),
        "uses": some(([], [some(TEXTS)])),
        "bolts": some(([], [{"size": some(WHOLE)}, {"size": 3}])),
    }


# --------------------------------------------------------------------------- filters


@dataclass(frozen=True, slots=True)
class Names:
    """The members that a scope has, by kind."""

    texts: tuple[Member, ...]
    numbers: tuple[Member, ...] = ()
    truths: tuple[Member, ...] = ()
    collections: tuple[tuple[str, str, Names], ...] = ()  # path, variable, what it adds

    def and_(self, inner: Names) -> Names:
        """The scope inside a quantifier, which still sees what is outside."""
        return Names(
            self.texts + inner.texts * 3,
            self.numbers + inner.numbers * 3,
            self.truths + inner.truths * 3,
            inner.collections,
        )


def _of(kind: Literal["", "text", "number", "boolean"], *names: str) -> tuple[Member, ...]:
    return tuple(Member(name, kind) for name in names)


_BOLT = Names((), _of("number", "$b/size"))
_PIECE = Names(
    _of("text", "$p/name"),
    _of("number", "$p/price"),
    _of("boolean", "$p/enabled"),
    (("$p/uses", "$u", Names(_of("text", "$u"))), ("$p/bolts", "$b", _BOLT)),
)
ROW = Names(
    _of("", "name", "colour", "tyre", "id", "features")
    + _of("text", "seat/material", "seat/lining/fabric", "extras/shoe"),
    _of("", "gears", "weight", "version") + _of("number", "seat/height", "extras/shoe"),
    _of("", "sold") + _of("boolean", "seat/fixed"),
    (
        ("tags", "$t", Names(_of("text", "$t"))),
        ("seat/notes", "$n", Names(_of("text", "$n"))),
        ("sizes", "$s", Names((), _of("number", "$s"))),
        ("owner", "$o", Names(_of("", "$o/issuer", "$o/number", "$o/id"), _of("", "$o/since"))),
        ("pieces", "$p", _PIECE),
    ),
)


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions by chance about the members of a scope."""

    chance: random.Random
    names: Names = ROW

    def condition(self, depth: int = 3) -> Node:
        """`and`, `or`, `not` and quantifiers up to so many levels."""
        match self.chance.randrange(9 if depth else 1):
            case 0 | 1 | 2:
                return self._leaf()
            case 3 | 4:
                return Not(self.condition(depth - 1))
            case 5:
                return self._quantified(depth)
            case _:
                operator = self.chance.choice(("and", "or"))
                return Binary(operator, self.condition(depth - 1), self.condition(depth - 1))

    def _quantified(self, depth: int) -> Node:
        if not self.names.collections:
            return self._leaf()
        path, variable, inner = self.chance.choice(self.names.collections)
        if self.chance.random() < 0.1:
            return Quantified("any", path, variable, None)
        inside = replace(self, names=self.names.and_(inner))
        kind: Literal["any", "all"] = "any" if self.chance.random() < 0.5 else "all"
        return Quantified(kind, path, variable, inside.condition(depth - 1))

    def _leaf(self) -> Node:
        leaves = (
            self._text_compared, self._text_compared, self._number_compared, self._search,
            self._search_compared, self._truth, self._truth_compared, self._among, self._moment,
            self._stamp, self._null,
        )  # fmt: skip
        return self.chance.choice(leaves)()

    def _operator(self) -> str:
        return self.chance.choice(("eq", "eq", "ne", "gt", "ge", "lt", "le"))

    def _constant(self, pool: Sequence[Any]) -> Constant:
        return Constant(None if self.chance.random() < 0.1 else self.chance.choice(pool))

    def _text(self) -> Node:
        own: Node = self.chance.choice(self.names.texts)
        match self.chance.randrange(12):
            case 0:
                return Function(self.chance.choice(("tolower", "toupper", "trim")), (own,))
            case 1:
                return Function("concat", (own, self._text_or_constant()))
            case 2:
                start, length = self.chance.randrange(3), self.chance.randrange(3)
                return Function("substring", (own, Constant(start), Constant(length)))
            case 3:
                return When(ROAD, own)
        return own

    def _text_or_constant(self) -> Node:
        return self._text() if self.chance.random() < 0.3 else self._constant(TEXTS)

    def _number(self) -> Node:
        match self.chance.randrange(6):
            case 0:
                return Function("length", (self._text(),))
            case 1:
                return Function("indexof", (self._text(), self._text_or_constant()))
        return self.chance.choice(self.names.numbers)

    def _text_compared(self) -> Node:
        return Binary(self._operator(), self._text(), self._text_or_constant())

    def _number_compared(self) -> Node:
        number = self._number() if self.chance.random() < 0.3 else self._constant(NUMBERS + WHOLE)
        return Binary(self._operator(), self._number(), number)

    def _search(self) -> Node:
        name = self.chance.choice(("startswith", "endswith", "contains"))
        if self.chance.random() < 0.2:
            return Function(name, (self._constant(TEXTS), self._text()))
        return Function(name, (self._text(), self._text_or_constant()))

    def _search_compared(self) -> Node:
        operator = self.chance.choice(("eq", "ne"))
        return Binary(operator, self._search(), self._constant((True, False)))

    def _truth(self) -> Node:
        return self.chance.choice(self.names.truths)

    def _truth_compared(self) -> Node:
        operator = self.chance.choice(("eq", "ne"))
        return Binary(operator, self._truth(), self._constant((True, False)))

    def _among(self) -> Node:
        number = self.chance.randrange(4)
        if self.chance.random() < 0.5:
            return In(self._text(), tuple(self._constant(TEXTS) for _ in range(number)))
        return In(self._number(), tuple(self._constant(NUMBERS) for _ in range(number)))

    def _moment(self) -> Node:
        return Binary(self._operator(), Member("built"), self._constant(MOMENTS))

    def _stamp(self) -> Node:
        return Binary(self._operator(), Member("seat/made", "datetime"), self._constant(MOMENTS))

    def _null(self) -> Node:
        name = self.chance.choice(("seat", "seat/lining", "seat/notes", "extras/shoe"))
        return Binary(self.chance.choice(("eq", "ne")), Member(name, "json"), Constant(None))

"""What operators and functions of $filter do with their operands, and which operands fit.

Source: OData URL 4.01, section 5.1.1.1 (operators), 5.1.1.4 to 5.1.1.7 (functions).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import reduce
from typing import Literal, NamedTuple

from vestibule.edm.linked import Shape
from vestibule.edm.model import Model
from vestibule.edm.types import Kind
from vestibule.errors import Invalid
from vestibule.odata.lexer import Token, bad_syntax, refused
from vestibule.odata.members import Value
from vestibule.ports import Binary, Constant, Function, In, Member, Node, Not, When

_ORDER = frozenset({"gt", "ge", "lt", "le"})
_MAX_PLACE = 100_000  # characters into a text


class Typed(NamedTuple):
    """A node and what it yields. `truth`: a condition; `constant`: a literal; `shape`: the
    property, whose literals are checked by its type. "open": a property that declares no kind,
    and takes that of the literal beside it. `stamp` as in Value."""

    node: Node
    kind: Kind | Literal["null", "open"]
    truth: bool = False
    constant: bool = False
    shape: Shape | None = None
    stamp: bool = False
    enum: str = ""  # the type that a literal names


# Kinds of the arguments, and of the result.
FUNCTIONS: dict[str, tuple[tuple[Kind, ...], Kind]] = {
    "startswith": (("text", "text"), "boolean"),
    "endswith": (("text", "text"), "boolean"),
    "contains": (("text", "text"), "boolean"),
    "tolower": (("text",), "text"),
    "toupper": (("text",), "text"),
    "trim": (("text",), "text"),
    "length": (("text",), "number"),
    "indexof": (("text", "text"), "number"),
    "concat": (("text", "text"), "text"),
    "substring": (("text", "number", "number"), "text"),
}


def of(found: Value) -> Typed:
    """The value of a path as an operand."""
    kind = "open" if found.dynamic else found.kind
    return Typed(found.node, kind, shape=found.shape, stamp=found.stamp)


def literal(token: Token, model: Model) -> Typed:
    """A literal as an operand; what it means may depend on the property beside it."""
    found = token.value
    if token.kind == "quoted":
        return Typed(Constant(found), "text", constant=True)
    if token.kind == "typed":
        choice = model.choice(token.text)
        if choice is None:
            raise refused(f"has a literal of the type '{token.text}', which is not supported")
        return Typed(Constant(found), "text", constant=True, enum=choice.name)
    kind: Kind | Literal["null"] = "number"
    if found is None:
        kind = "null"
    elif isinstance(found, bool):
        kind = "boolean"
    elif isinstance(found, datetime):
        kind = "datetime"
    return Typed(Constant(found), kind, constant=True)


def condition(typed: Typed) -> Node:
    """As a yes or no, which a Boolean property is too."""
    if typed.truth:
        return typed.node
    if typed.kind == "open":
        typed = _settled(typed, "boolean")
    if typed.kind == "boolean" and not typed.constant:
        return typed.node
    raise refused("must be a condition, such as id eq 'x'")


def compared(operator: str, left: Typed, right: Typed) -> Typed:
    """Eq ne gt ge lt le."""
    if left.constant and right.constant:
        raise refused("compares two literals; one side must be a property")
    if (left.truth and right.kind == "null") or (right.truth and left.kind == "null"):
        raise refused(f"compares a condition with null by '{operator}'")
    left, right = _fitted(left, right), _fitted(right, left)
    if "json" in {left.kind, right.kind} and "null" not in {left.kind, right.kind}:
        raise refused(f"compares an object or a collection with '{operator}'")
    if left.kind != right.kind and "null" not in {left.kind, right.kind}:
        raise refused(f"compares incompatible types with '{operator}'")
    if left.stamp != right.stamp and not (left.constant or right.constant):
        raise refused(f"cannot compare these two points in time with '{operator}'")
    if operator in _ORDER:
        _check_order(operator, left, right)
    elif node := _flags_equal(left, right) or _flags_equal(right, left):
        return Typed(Not(node) if operator == "ne" else node, "boolean", truth=True)
    return Typed(Binary(operator, left.node, right.node), "boolean", truth=True)


def _check_order(operator: str, left: Typed, right: Typed) -> None:
    if "boolean" in {left.kind, right.kind}:
        raise refused(f"cannot order true and false with '{operator}'")
    for shape in (left.shape, right.shape):
        if shape is not None and shape.choice is not None:
            raise refused(f"cannot order the members of '{shape.name}' with '{operator}'")


def among(left: Typed, options: list[Typed], at: int) -> Typed:
    """`x in (…)`; null is compared apart, so that no engine's three-valued IN matters."""
    if left.constant or left.truth or left.kind == "json":
        raise bad_syntax(at)
    if left.kind == "open":
        kinds = {option.kind for option in options} - {"null"}
        left = _settled(left, next(iter(kinds), "text"))
    options = [_fitted(option, left) for option in options]
    if any(option.kind not in {left.kind, "null"} for option in options):
        raise refused("compares incompatible types with 'in'")
    apart = [one for one in options if one.kind == "null" or _several(left, one)]
    plain = tuple(one.node for one in options if one not in apart)
    parts: list[Node] = [compared("eq", left, one).node for one in apart]
    if plain:
        parts.insert(0, In(left.node, plain))
    return Typed(reduce(lambda a, b: Binary("or", a, b), parts), "boolean", truth=True)


def called(name: str, arguments: list[Typed]) -> Typed:
    """A function of FUNCTIONS."""
    expected, result = FUNCTIONS[name]
    settled = [_settled(a, k) for a, k in zip(arguments, expected, strict=False)]
    needed = len(expected) - (name == "substring")
    fits = needed <= len(arguments) <= len(expected) and all(
        argument.kind == kind and not argument.truth
        for argument, kind in zip(settled, expected, strict=False)
    )
    if not fits or all(argument.constant for argument in settled):
        raise refused(f"must give '{name}' {_wanted(expected)}, one of them a property")
    for argument in settled[1:] if name == "substring" else ():
        place = argument.node.value if isinstance(argument.node, Constant) else None
        if not isinstance(place, int) or not 0 <= place <= _MAX_PLACE:
            raise refused("must give 'substring' whole numbers from 0, as literals")
    node = Function(name, tuple(argument.node for argument in settled))
    return Typed(node, result, truth=result == "boolean")


def _wanted(kinds: tuple[Kind, ...]) -> str:
    return " and ".join(f"a {kind}" for kind in kinds)


def with_flags(left: Typed, right: Typed) -> Typed:
    """`property has member`, of an enumeration whose values may be several members."""
    shape = left.shape
    if shape is None or shape.choice is None or not right.constant or right.kind == "null":
        raise refused("needs a property that is an enumeration before 'has', and a member behind")
    fitted = _fitted(right, left)
    return Typed(_has(left.node, _words(fitted)), "boolean", truth=True)


def _words(typed: Typed) -> list[str]:
    """The different members that a literal names."""
    assert isinstance(typed.node, Constant)  # noqa: S101  # literals are
    return list(dict.fromkeys(str(typed.node.value).split(",")))


def _has(node: Node, words: list[str]) -> Node:
    """Several members are kept as one text: "code,id_token"."""
    comma = Constant(",")
    listed = Function("concat", (comma, Function("concat", (node, comma))))
    found: list[Node] = [Function("contains", (listed, Constant(f",{word},"))) for word in words]
    return reduce(lambda a, b: Binary("and", a, b), found)


def _several(typed: Typed, other: Typed) -> bool:
    """Whether `other` is a literal of several members beside an enumeration that allows it."""
    shape = typed.shape
    flags = shape is not None and shape.choice is not None and shape.choice.flags
    return flags and other.constant and other.kind == "text" and len(_words(other)) > 1


def _flags_equal(typed: Typed, other: Typed) -> Node | None:
    """Several members are the same ones in whichever order they are kept."""
    if not _several(typed, other):
        return None
    words = _words(other)
    length = Binary("eq", Function("length", (typed.node,)), Constant(len(",".join(words))))
    known = Binary("ne", typed.node, Constant(None))
    return Binary("and", known, Binary("and", length, _has(typed.node, words)))


def _settled(typed: Typed, kind: str) -> Typed:
    """A property without a declared kind, as one of this kind."""
    if typed.kind != "open":
        return typed
    settled: Kind = kind if kind in {"number", "boolean", "datetime"} else "text"  # type: ignore[assignment]
    node = _retyped(typed.node, settled)
    return Typed(node, settled, stamp=settled == "datetime")


def _retyped(node: Node, kind: Kind) -> Node:
    if isinstance(node, When):
        return replace(node, operand=_retyped(node.operand, kind))
    assert isinstance(node, Member)  # noqa: S101  # only members are dynamic
    return replace(node, kind=kind)


def _fitted(typed: Typed, other: Typed) -> Typed:
    """An operand in the form that the one beside it needs: canonical enum members, UTC."""
    if typed.kind == "open":
        if other.kind == "null":
            return typed._replace(kind="json")
        return _settled(typed, "text" if other.kind == "open" else other.kind)
    if not typed.constant or typed.kind == "null":
        return typed
    shape = other.shape
    if typed.enum and (shape is None or shape.choice is None or shape.choice.name != typed.enum):
        raise refused(f"compares a literal of '{typed.enum}' with something else")
    return typed if shape is None else _converted(typed, shape)


def _converted(typed: Typed, shape: Shape) -> Typed:
    assert isinstance(typed.node, Constant)  # noqa: S101  # literals are
    found = typed.node.value
    if shape.type_name == "Edm.Binary":
        raise refused(f"cannot compare '{shape.name}', which is Edm.Binary, except with null")
    try:
        if shape.choice is not None:
            return typed._replace(node=Constant(shape.choice.parse(found)))
        if shape.primitive is not None and isinstance(found, str):
            if shape.kind == "datetime":
                return Typed(Constant(shape.primitive.parse(found)), "datetime", constant=True)
            if shape.type_name == "Edm.Date":
                return typed._replace(node=Constant(shape.primitive.parse(found)))
    except ValueError:
        raise Invalid(f"'{found}' is not a value of '{shape.name}'.", target="$filter") from None
    return typed

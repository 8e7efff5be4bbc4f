"""$filter text → query tree over columns: a Pratt parser that checks names and types as it goes.

What it returns always has a property in each comparison and never compares a text with a
number, so that no engine can fail on it. Source: OData URL 4.01, section 5.1.1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from vestibule.edm.linked import Shape, Type
from vestibule.edm.model import Model
from vestibule.edm.types import Kind
from vestibule.errors import Invalid
from vestibule.odata.lexer import Token, bad_syntax, tokens
from vestibule.ports import Binary, Constant, Function, In, Member, Node, Not, Quantified

MAX_DEPTH = 20
MAX_NODES = 100

_BINDING = {"or": 1, "and": 2, "eq": 3, "ne": 3, "gt": 4, "ge": 4, "lt": 4, "le": 4, "in": 4}
_COMPARISON = 3
_ORDER = frozenset({"gt", "ge", "lt", "le"})
_PREDICATES = frozenset({"startswith", "endswith", "contains"})
_LETTERS = frozenset({"tolower", "toupper"})


@dataclass(frozen=True, slots=True)
class Typed:
    """A node and what it yields. `truth`: a condition; `shape`: a property, whose literals are
    checked by its type; `constant`: a literal."""

    node: Node
    kind: Kind | Literal["null"]
    truth: bool = False
    constant: bool = False
    shape: Shape | None = None


def parse(text: str, model: Model, type_: Type) -> Node:
    """The condition that `text` states about rows of `type_`. Raises Invalid."""
    parser = _Parser(tokens(text), model, type_)
    found = parser.condition(parser.expression(0))
    if parser.token.kind != "end":
        raise bad_syntax(parser.token.at)
    return found


class _Parser:
    """The tokens and how far we are; lives for one text."""

    __slots__ = ("_at", "_depth", "_model", "_nodes", "_tokens", "_type", "_variables")

    def __init__(self, found: list[Token], model: Model, type_: Type) -> None:
        self._tokens = found
        self._model = model
        self._type = type_
        self._variables: dict[str, Shape] = {}
        self._at = self._depth = self._nodes = 0

    @property
    def token(self) -> Token:
        return self._tokens[self._at]

    def expression(self, binding: int) -> Typed:
        """Everything from here that binds more tightly than `binding`."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _refused(f"must not be nested deeper than {MAX_DEPTH}")
        left = self._prefix()
        while True:
            operator = self.token.text.casefold() if self.token.kind == "word" else ""
            if operator == "has":
                raise _refused("does not support 'has'; compare with 'eq'")
            power = _BINDING.get(operator, 0)
            if power <= binding:
                break
            at = self._next().at
            left = self._infix(operator, power, left, at)
        self._depth -= 1
        return left

    def condition(self, typed: Typed) -> Node:
        """As a yes or no: a Boolean property stands for `property eq true`."""
        if typed.truth:
            return typed.node
        if typed.kind == "boolean" and not typed.constant:
            return Binary("eq", typed.node, Constant(value=True))
        raise _refused("must be a condition, such as id eq 'x'")

    # ------------------------------------------------------------------ tokens

    def _next(self) -> Token:
        token = self.token
        self._at += 1
        return token

    def _take(self, mark: str) -> None:
        token = self._next()
        if token.kind != "mark" or token.text != mark:
            raise bad_syntax(token.at)

    def _is(self, mark: str) -> bool:
        return self.token.kind == "mark" and self.token.text == mark

    def _count(self) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise _refused(f"must have at most {MAX_NODES} parts")

    # ------------------------------------------------------------------ grammar

    def _prefix(self) -> Typed:
        self._count()
        token = self._next()
        if token.kind in {"literal", "quoted", "enum"}:
            return self._literal(token)
        if token.kind == "mark" and token.text == "(":
            inner = self.expression(0)
            self._take(")")
            return inner
        if token.kind != "word":
            raise bad_syntax(token.at)
        folded = token.text.casefold()
        if folded == "not":
            operand = self.condition(self.expression(_COMPARISON - 1))
            return Typed(Not(operand), "boolean", truth=True)
        if self._is("("):
            return self._function(folded, token)
        return self._path(token)

    def _literal(self, token: Token) -> Typed:
        if token.kind == "enum" and self._model.choice(token.text) is None:
            raise _refused(f"names an unknown type '{token.text}'")
        value = token.value
        kind: Kind | Literal["null"] = "datetime"
        if value is None:
            kind = "null"
        elif isinstance(value, bool):
            kind = "boolean"
        elif isinstance(value, int | float):
            kind = "number"
        elif isinstance(value, str):
            kind = "text"
        return Typed(Constant(value), kind, constant=True)

    def _infix(self, operator: str, power: int, left: Typed, at: int) -> Typed:
        self._count()
        if operator == "in":
            return self._in(left, at)
        right = self.expression(power)
        if operator in {"and", "or"}:
            node = Binary(operator, self.condition(left), self.condition(right))
            return Typed(node, "boolean", truth=True)
        return _comparison(operator, left, right)

    def _in(self, left: Typed, at: int) -> Typed:
        if left.constant or left.truth or left.kind == "json":
            raise bad_syntax(at)
        self._take("(")
        options: list[Typed] = []
        while True:
            self._count()
            option = self._prefix()
            if not option.constant:
                raise bad_syntax(at)
            options.append(_fitted(option, left))
            if not self._is(","):
                break
            self._next()
        self._take(")")
        return Typed(_among(left, options), "boolean", truth=True)

    def _function(self, name: str, token: Token) -> Typed:
        if name not in _PREDICATES | _LETTERS:
            raise _refused(f"uses an unknown function '{token.text}'")
        self._take("(")
        arguments = [self.expression(0)]
        while self._is(","):
            self._next()
            arguments.append(self.expression(0))
        self._take(")")
        expected = 2 if name in _PREDICATES else 1
        fits = len(arguments) == expected and all(a.kind == "text" for a in arguments)
        if not fits or all(argument.constant for argument in arguments):
            raise _refused(f"needs {expected} texts, one of them a property, in '{token.text}'")
        node = Function(name, tuple(argument.node for argument in arguments))
        truth = name in _PREDICATES
        return Typed(node, "boolean" if truth else "text", truth=truth)

    def _path(self, token: Token) -> Typed:
        """A property, a range variable or its property, or a quantified collection."""
        item = self._variables.get(token.text)
        if item is not None:
            if not self._is("/"):
                one = replace(item, collection=False)
                return Typed(Member(token.text), one.kind, shape=one)
            self._next()
            shape = self._named(self._next(), item.complex, item.type_name)
            return Typed(Member(f"{token.text}/{shape.name}"), shape.kind, shape=shape)
        shape = self._named(token, self._type, self._type.name)
        if self._is("/"):
            self._next()
            return self._quantified(shape)
        if not shape.column or shape.kind == "json":
            raise _refused(f"cannot compare '{shape.name}'; use another property")
        return Typed(Member(shape.column), shape.kind, shape=shape)

    def _named(self, token: Token, owner: Type | None, owner_name: str) -> Shape:
        shape = owner.folded.get(token.text.casefold()) if owner is not None else None
        if token.kind != "word" or shape is None:
            raise no_property(token.text, owner_name, "$filter")
        if shape.declared.secret or not shape.declared.filterable:
            raise _refused(f"cannot use '{shape.name}'")
        return shape

    def _quantified(self, shape: Shape) -> Typed:
        token = self._next()
        kind = token.text.casefold()
        if kind not in {"any", "all"} or not shape.collection or not shape.column:
            raise _refused(f"cannot follow a path through '{shape.name}'")
        self._take("(")
        if kind == "any" and self._is(")"):
            self._next()
            return Typed(Quantified("any", shape.column, "", None), "boolean", truth=True)
        variable = self._next()
        if variable.kind != "word" or variable.text in self._variables:
            raise bad_syntax(variable.at)
        self._take(":")
        self._variables[variable.text] = shape
        body = self.condition(self.expression(0))
        del self._variables[variable.text]
        self._take(")")
        quantifier: Literal["any", "all"] = "any" if kind == "any" else "all"
        node = Quantified(quantifier, shape.column, variable.text, body)
        return Typed(node, "boolean", truth=True)


def no_property(name: str, owner: str, target: str) -> Invalid:
    return Invalid(f"Could not find a property named '{name}' on type '{owner}'.", target=target)


def _refused(what: str) -> Invalid:
    return Invalid(f"The expression in '$filter' {what}.", target="$filter")


def _comparison(operator: str, left: Typed, right: Typed) -> Typed:
    if left.constant and right.constant:
        raise _refused("compares two literals; one side must be a property")
    if left.truth or right.truth:
        return _truth_compared(operator, left, right)
    left, right = _fitted(left, right), _fitted(right, left)
    if "json" in {left.kind, right.kind} or (
        left.kind != right.kind and "null" not in {left.kind, right.kind}
    ):
        raise _refused(f"compares incompatible types with '{operator}'")
    if operator in _ORDER and "boolean" in {left.kind, right.kind}:
        raise _refused(f"cannot order true and false with '{operator}'")
    return Typed(Binary(operator, left.node, right.node), "boolean", truth=True)


def _among(left: Typed, options: list[Typed]) -> Node:
    """`x in (…)`; null is compared apart, so that no engine's three-valued IN matters."""
    if any(option.kind not in {left.kind, "null"} for option in options):
        raise _refused("compares incompatible types with 'in'")
    named = tuple(option.node for option in options if option.kind != "null")
    null = Binary("eq", left.node, Constant(None))
    if len(named) == len(options):
        return In(left.node, named)
    return Binary("or", In(left.node, named), null) if named else null


def _truth_compared(operator: str, left: Typed, right: Typed) -> Typed:
    """`startswith(…) eq true` is the condition itself."""
    condition, other = (left, right) if left.truth else (right, left)
    value = other.node.value if isinstance(other.node, Constant) else None
    if not isinstance(value, bool) or operator not in {"eq", "ne"}:
        raise _refused("can compare a condition only with true or false")
    if value == (operator == "eq"):
        return condition
    return Typed(Not(condition.node), "boolean", truth=True)


def _fitted(typed: Typed, other: Typed) -> Typed:
    """A literal in the form that the property beside it stores: canonical enum members, UTC."""
    shape = other.shape
    if not typed.constant or typed.kind == "null" or shape is None:
        return typed
    assert isinstance(typed.node, Constant)  # noqa: S101  # literals are
    value = typed.node.value
    try:
        if shape.choice is not None:
            return replace(typed, node=Constant(shape.choice.parse(value)))
        if shape.kind == "datetime" and isinstance(value, str) and shape.primitive is not None:
            parsed = shape.primitive.parse(value)
            return replace(typed, node=Constant(parsed), kind="datetime")
    except ValueError:
        raise Invalid(f"'{value}' is not a value of '{shape.name}'.", target="$filter") from None
    return typed

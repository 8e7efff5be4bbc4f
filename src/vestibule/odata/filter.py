"""$filter text → query tree over columns: a Pratt parser that checks names and types as it goes.

What it returns always has a property in each comparison and never compares a text with a
number, so that no engine can fail on it. Source: OData URL 4.01, section 5.1.1.
"""

from __future__ import annotations

from typing import Literal

from vestibule.edm.linked import Type
from vestibule.edm.model import Model
from vestibule.odata.lexer import Token, bad_syntax, refused, tokens
from vestibule.odata.members import Elements, Place, both, element, elements, unless, value
from vestibule.odata.operands import (
    FUNCTIONS,
    Typed,
    among,
    called,
    compared,
    condition,
    literal,
    of,
    with_flags,
)
from vestibule.ports import Binary, Node, Not, Quantified

MAX_DEPTH = 20
MAX_NODES = 100
MAX_VARIABLES = 2  # each one multiplies the work by the length of a collection

_TARGET = "$filter"
_BINDING = {"or": 1, "and": 2, "eq": 3, "ne": 3, "gt": 4, "ge": 4, "lt": 4, "le": 4,
            "in": 5, "has": 5, "not": 0}  # fmt: skip
_COMPARISON = 3
_ARITHMETIC = frozenset({"add", "sub", "mul", "div", "divby", "mod"})
_LITERALS = frozenset({"literal", "quoted", "typed"})
_QUANTIFIERS: dict[str, Literal["any", "all"]] = {"any": "any", "all": "all"}


def parse(text: str, model: Model, type_: Type) -> Node:
    """The condition that `text` states about rows of `type_`. Raises Invalid."""
    parser = _Parser(tokens(text), model, type_)
    found = parser.expression(0)
    parser.end()
    return condition(found)


class _Parser:
    """The tokens and how far we are; lives for one text."""

    __slots__ = ("_at", "_depth", "_model", "_nodes", "_row", "_tokens", "_variables")

    def __init__(self, found: list[Token], model: Model, type_: Type) -> None:
        self._tokens = found
        self._model = model
        self._row = Place(type_)
        self._variables: dict[str, Elements] = {}
        self._at = self._depth = self._nodes = 0

    def expression(self, binding: int) -> Typed:
        """Everything from here that binds more tightly than `binding`."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise refused(f"must not be nested deeper than {MAX_DEPTH}")
        left = self._prefix()
        while True:
            token = self._tokens[self._at]
            if token.kind != "operator":
                break
            power = _BINDING[token.text]
            if power <= binding:
                break
            self._at += 1
            left = self._infix(token, power, left)
        self._depth -= 1
        return left

    def end(self) -> None:
        token = self._tokens[self._at]
        if token.kind == "word" and token.text.casefold() in _ARITHMETIC:
            raise refused(f"does not support arithmetic such as '{token.text}'")
        if token.kind != "end":
            raise bad_syntax(token.at)

    # ------------------------------------------------------------------ tokens

    def _next(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _take(self, mark: str) -> None:
        token = self._tokens[self._at]
        if token.kind != "mark" or token.text != mark:
            self.end()
            raise bad_syntax(token.at)
        self._at += 1

    def _is(self, mark: str) -> bool:
        token = self._tokens[self._at]
        return token.kind == "mark" and token.text == mark

    def _count(self) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise refused(f"must have at most {MAX_NODES} parts")

    # ------------------------------------------------------------------ grammar

    def _prefix(self) -> Typed:
        self._count()
        token = self._tokens[self._at]
        self._at += 1
        kind = token.kind
        if kind == "word":
            return self._named(token)
        if kind in _LITERALS:
            return literal(token, self._model)
        if kind == "mark" and token.text == "(":
            inner = self.expression(0)
            self._take(")")
            return inner
        if kind == "operator" and token.text == "not":
            operand = condition(self.expression(_COMPARISON - 1))
            return Typed(Not(operand), "boolean", truth=True)
        raise bad_syntax(token.at)

    def _infix(self, token: Token, power: int, left: Typed) -> Typed:
        self._count()
        operator = token.text
        if operator == "in":
            return self._in(left, token.at)
        right = self.expression(power)
        if operator in {"and", "or"}:
            node = Binary(operator, condition(left), condition(right))
            return Typed(node, "boolean", truth=True)
        if operator == "has":
            return with_flags(left, right)
        return compared(operator, left, right)

    def _in(self, left: Typed, at: int) -> Typed:
        if not self._is("("):
            raise refused("supports 'in' with a list of literals only, such as in ('a','b')")
        self._at += 1
        options: list[Typed] = []
        while True:
            self._count()
            option = self._next()
            if option.kind not in _LITERALS:
                raise bad_syntax(option.at)
            options.append(literal(option, self._model))
            if not self._is(","):
                break
            self._at += 1
        self._take(")")
        return among(left, options, at)

    def _named(self, token: Token) -> Typed:
        """A function, a property, a range variable or its property, or a quantified collection."""
        names = token.text.split("/")
        if token.called:
            kind = _QUANTIFIERS.get(names[-1].casefold())
            if kind is None or len(names) == 1:
                return self._function(token)
            place, names = self._start(names)
            return self._quantified(kind, place, names[:-1], token)
        item = self._variables.get(token.text)
        if item is not None:
            return of(element(item))
        if names[-1].startswith("$"):
            raise refused(f"does not support '{names[-1]}'")
        place, names = self._start(names)
        return of(value(self._model, place, names, _TARGET))

    def _start(self, names: list[str]) -> tuple[Place, list[str]]:
        """Where a path begins, and its names from there."""
        item = self._variables.get(names[0])
        if item is not None and len(names) > 1:
            return item.item, names[1:]
        if names[0] == "$it" and len(names) > 1:
            return self._row, names[1:]
        if names[0][0] in "$@":
            raise refused(f"does not support '{names[0]}'")
        return self._row, names

    def _function(self, token: Token) -> Typed:
        name = token.text.casefold()
        if name not in FUNCTIONS:
            raise refused(f"uses the function '{token.text}', which is not supported")
        self._at += 1
        arguments = [self.expression(0)]
        while self._is(","):
            self._at += 1
            arguments.append(self.expression(0))
        self._take(")")
        return called(name, arguments)

    def _quantified(
        self, kind: Literal["any", "all"], place: Place, names: list[str], token: Token
    ) -> Typed:
        if not names:
            raise bad_syntax(token.at)
        self._at += 1  # the "(", which a call has at once
        if kind == "any" and self._is(")"):
            self._at += 1
            found = elements(self._model, place, names, "$", _TARGET)
            node: Node = Quantified("any", found.name, "$", found.only)
            return Typed(both(found.guard, node) or node, "boolean", truth=True)
        variable = self._next()
        if variable.kind != "word" or variable.called or not variable.text.isidentifier():
            raise bad_syntax(variable.at)
        if len(self._variables) >= MAX_VARIABLES:
            raise refused(f"must not nest 'any' and 'all' deeper than {MAX_VARIABLES}")
        if variable.text in self._variables:
            raise refused(f"uses the variable '{variable.text}' twice")
        self._take(":")
        # No column begins with "$", so that a variable never hides one.
        found = elements(self._model, place, names, f"${variable.text}", _TARGET)
        self._variables[variable.text] = found
        body = condition(self.expression(0))
        del self._variables[variable.text]
        self._take(")")
        return Typed(_running(kind, found, body), "boolean", truth=True)


def _running(kind: Literal["any", "all"], found: Elements, body: Node) -> Node:
    """Where a cast on the way to it fails, a collection is empty."""
    if kind == "any":
        wanted = both(found.only, body)
        node: Node = Quantified("any", found.name, found.item.name, wanted)
        return both(found.guard, node) or node
    node = Quantified("all", found.name, found.item.name, unless(found.only, body))
    return unless(found.guard, node)

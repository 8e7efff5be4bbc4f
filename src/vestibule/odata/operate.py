"""Bound functions and actions: parameters in, the rules' answer out.

Source: OData protocol 4.01, section 11.5.
"""

from __future__ import annotations

from typing import Any

from vestibule.edm.linked import Bound, Shape, Type
from vestibule.edm.validate import arguments
from vestibule.errors import Invalid, Stale
from vestibule.odata.address import Located
from vestibule.odata.call import Reply, reply
from vestibule.odata.changes import expected_version, told
from vestibule.odata.options import NOTHING
from vestibule.odata.payload import json_object
from vestibule.odata.read import entity_reply
from vestibule.odata.serving import NO_RULES, Turn
from vestibule.odata.sources import locate
from vestibule.odata.write import may_at_home, patiently, rewrite
from vestibule.ports import Refusal
from vestibule.rules import Decision, Done


async def operate(turn: Turn) -> Reply:
    """A handler may answer with a Decision: then the bound row is updated and is the answer."""
    if turn.path.operation is not None and turn.path.operation.declared.kind == "action":
        may_at_home(turn)
    return await patiently(turn, _operate)


async def _operate(turn: Turn) -> Reply:
    bound = turn.path.operation
    assert bound is not None  # noqa: S101  # the route is chosen by it
    action = bound.declared.kind == "action"
    given: dict[str, Any] = json_object(turn.call, optional=True) if action else _inline(turn)
    values = arguments(turn.serving.model, bound.parameters, given)
    found = await locate(turn, turn.path.steps)
    last = found[-1]
    if action and last.row is not None:
        expected_version(turn.call.headers.get("if-match"), last.row)
    rules = turn.serving.rules.get(last.type, NO_RULES)
    context = turn.at(found[:-1], last.step.way, last.type)
    answer = await rules.operations[bound.name](context, last.row, values)
    if isinstance(answer, Done):
        return await _done(turn, bound, last, answer)
    if isinstance(answer, Decision):
        row = await rewrite(turn, last, {}, answer, None)
        located = Located(last.step, row, last.type)
        return await entity_reply(turn, (*found[:-1], located), NOTHING, status=200)
    if action and turn.serving.changed is not None:
        turn.serving.changed(turn.call.tenant, None)
    return _printed(turn, bound, answer)


async def _done(turn: Turn, bound: Bound, at: Located, answer: Done) -> Reply:
    """Write what an operation wants changed, then print its value."""
    id = at.row["id"] if at.row is not None else at.step.way.name
    if answer.also:
        try:
            await turn.commit(answer.also, f"{bound.name} {at.type.name}", id)
        except Refusal as refusal:
            if refusal.reason == "missing" and (at.row is None or refusal.id != id):
                # Something beside the bound row is gone that was there a moment ago.
                raise Stale("The resource has changed meanwhile; try again.") from refusal
            raise told(refusal, id, at.type) from refusal
    return _printed(turn, bound, answer.value)


def _inline(turn: Turn) -> dict[str, Any]:
    """The parameters of a function call are texts; each becomes JSON of its parameter's kind."""
    bound = turn.path.operation
    shapes = {name.casefold(): shape for name, shape in bound.parameters.items()} if bound else {}
    return {
        name: _json(shapes.get(name.casefold()), text) for name, text in turn.path.arguments.items()
    }


def _json(shape: Shape | None, text: str) -> Any:
    if shape is None or shape.kind not in {"number", "boolean"}:
        return text
    if shape.kind == "boolean":
        return {"true": True, "false": False}.get(text.casefold(), text)
    try:
        return float(text) if not text.lstrip("-").isdigit() else int(text[:30])
    except ValueError:
        raise Invalid(f"'{shape.name}' must be a number.", target=shape.name) from None


def _printed(turn: Turn, bound: Bound, answer: Any) -> Reply:
    printer = turn.serving.printer
    if bound.returns_entity is not None:
        type_ = bound.returns_entity
        if bound.declared.returns.startswith("Collection("):
            items = [_entity(turn, type_, row) for row in answer]
            return turn.json(200, f"Collection({type_.name})", {"value": items})
        return turn.json(200, f"{type_.name}", _entity(turn, type_, answer))
    if bound.returns is None:
        return reply(turn.call, 204)
    value = printer.value(bound.returns, answer)
    fragment = bound.declared.returns
    if bound.returns.complex is not None and not bound.returns.collection and value is not None:
        return turn.json(200, fragment, value)
    return turn.json(200, fragment, {"value": value})


def _entity(turn: Turn, declared: Type, row: dict[str, Any]) -> dict[str, Any]:
    type_ = declared.of(row) or declared
    return turn.serving.printer.entity(
        type_, row, turn.call.now, declared=declared, level=turn.level
    )

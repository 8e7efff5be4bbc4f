"""What all verbs share: the linked catalogue with its rules and store, and one call on its way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import msgspec

from vestibule.edm.declare import Access
from vestibule.edm.linked import Type, Way
from vestibule.edm.model import Model
from vestibule.errors import Forbidden, NotFound
from vestibule.odata.accept import Level, Prefer
from vestibule.odata.address import Home, Located
from vestibule.odata.body import Printer
from vestibule.odata.call import JSON, Call, Reply, reply
from vestibule.odata.path import Path
from vestibule.ports import Binary, Change, Constant, Entities, Member, Node, Row
from vestibule.rules import Context, Principal, Rules
from vestibule.world import World

Audit = Callable[[Call, str, str], Change]
"""(call, action such as "create microsoft.graph.user", id of the thing) → a row to add."""

Changed = Callable[[str, Sequence[tuple[Change, Row]] | None], None]
"""Told of every commit: (tenant, each change with its row; None where that is not known)."""


@dataclass(frozen=True, slots=True)
class Serving:
    """One catalogue, ready to serve. `visible` says which rows of its record a type shows."""

    model: Model
    rules: Mapping[Type, Rules]
    entities: Entities
    world: World
    printer: Printer
    homes: Mapping[Way, Home]
    visible: Mapping[Type, Node | None]
    shown: Mapping[Way, Node]  # of ways that show some rows of their target's only
    page_size: int
    patch_references: bool
    bare_references: bool
    audit: Audit | None
    changed: Changed | None


@dataclass(frozen=True, slots=True)
class Turn:
    """One call: where it leads, what it asks for, and the context that rules see."""

    serving: Serving
    call: Call
    path: Path
    given: Mapping[str, str]  # system options by bare name
    context: Context
    level: Level
    prefer: Prefer

    def at(self, found: Sequence[Located], way: Way, type_: Type) -> Context:
        """The context of a rule that is asked about a `type_` at the end of `way`."""
        parents = tuple(
            one.row for one in found if one.row is not None and (one.type.record or one.type.given)
        )
        return replace(
            self.context,
            type=type_.name,
            navigation=way.name,
            parents=parents,
            parent=parents[-1] if parents else None,
        )

    def json(self, status: int, context: str, body: Mapping[str, Any]) -> Reply:
        """A JSON reply; `context` is the fragment of "@odata.context"."""
        document: Mapping[str, Any] = body
        if self.level != "none":
            document = {"@odata.context": f"{self.call.root}/$metadata#{context}", **body}
        return reply(self.call, status, msgspec.json.encode(document), JSON.format(self.level))

    async def commit(self, changes: Iterable[Change], action: str, id: str) -> list[Row]:
        """Write everything in one transaction with its audit row, and tell who listens.

        Raises Refusal.
        """
        serving = self.serving
        every = list(changes)
        if serving.audit is not None:
            every.append(serving.audit(self.call, action, id))
        rows = await serving.entities.apply(every)
        if serving.changed is not None:
            serving.changed(self.call.tenant, list(zip(every, rows, strict=True)))
        return rows


NO_RULES = Rules()


def may(principal: Principal, access: Access, *, write: bool) -> bool:
    """Any one permission suffices; a delegation also needs one of the roles, where named."""
    permissions = access.write if write else access.read
    if principal.permissions.isdisjoint(permissions):
        return False
    roles = access.write_roles if write else access.read_roles
    return principal.kind == "application" or not roles or not principal.roles.isdisjoint(roles)


def check_access(principal: Principal, access: Access, *, write: bool) -> None:
    if not may(principal, access, write=write):
        raise Forbidden("Insufficient privileges to complete the operation.")


def visible(type_: Type) -> Node | None:
    """The condition under which a row of the record shows as `type_` or one derived from it."""
    wheres = [member.where for member in type_.family]
    general = [
        where
        for where in wheres
        if not any(other != where and other.items() <= where.items() for other in wheres)
    ]
    distinct = [where for at, where in enumerate(general) if where not in general[:at]]
    if not distinct or not all(distinct):
        return None
    return joined("or", [equal(where) for where in distinct])


def equal(where: Mapping[str, Any]) -> Node:
    parts = [Binary("eq", Member(name), Constant(value)) for name, value in where.items()]
    return joined("and", parts)


def joined(operator: str, parts: Sequence[Node]) -> Node:
    return reduce(lambda left, right: Binary(operator, left, right), parts)


def both(first: Node | None, second: Node | None) -> Node | None:
    """Both conditions; None is none at all."""
    if first is None or second is None:
        return first or second
    return Binary("and", first, second)


def not_found(name: str) -> NotFound:
    return NotFound(
        f"Resource '{name}' does not exist or one of its queried reference-property objects "
        "are not present."
    )


def source_of(found: Sequence[Located]) -> Row:
    """The row that a navigation starts from."""
    row = found[-1].row if found else None
    if row is None:
        raise not_found("")
    return row


def parent_id(found: Sequence[Located]) -> str:
    """The id of the row that contains what comes next; "" where nothing stored does."""
    last = found[-1] if found else None
    stored = last is not None and last.row is not None and last.type.record
    return last.row["id"] if last is not None and last.row is not None and stored else ""

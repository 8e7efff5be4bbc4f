"""Call → Reply: what the web face asks of the protocol. One function per verb does the work.

The order of checks: the route exists, it serves the verb, the caller may, the options and the
body make sense, the store agrees.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec

from vestibule.edm.declare import Catalogue
from vestibule.edm.model import Model
from vestibule.errors import Invalid, NotAllowed, Problem, Unauthenticated
from vestibule.odata import faults, link, read, write
from vestibule.odata.accept import Level, accepts, level, prefer
from vestibule.odata.address import homes
from vestibule.odata.body import Printer
from vestibule.odata.call import JSON, Call, Reply, reply
from vestibule.odata.csdl import metadata, service_document
from vestibule.odata.openapi import openapi
from vestibule.odata.operate import operate
from vestibule.odata.options import texts
from vestibule.odata.path import Path, resolve
from vestibule.odata.payload import check
from vestibule.odata.routes import Route, methods, routes
from vestibule.odata.serving import Audit, Changed, Serving, Turn, check_access, equal, visible
from vestibule.odata.sources import locate
from vestibule.ports import Entities
from vestibule.rules import Context, Principal, Rules
from vestibule.world import World

Handler = Callable[[Turn], Awaitable[Reply]]

Admit = Callable[[str, Sequence[str]], Awaitable[None]]
"""(tenant, the names along a path) → nothing; raises Problem where it is not for that tenant."""

_DESCRIPTION = "openapi.json"
OPEN = frozenset({"", "$metadata", _DESCRIPTION})
"""What needs no token: the service document and both descriptions of the service."""


class Service:
    """One catalogue over one store. Everything that can be looked up beforehand is."""

    def __init__(
        self,
        catalogue: Catalogue,
        rules: Mapping[str, Rules],
        *,
        entities: Entities,
        world: World,
        page_size: int = 100,
        patch_references: bool = False,
        bare_references: bool = False,
        audit: Audit | None = None,
        changed: Changed | None = None,
        admit: Admit | None = None,
        beside: Mapping[str, Any] | None = None,
    ) -> None:
        """`admit` may refuse a place to a tenant that has permission.

        `beside` are OpenAPI path items of what a face serves beside the catalogue.

        Raises ValueError where declarations or rules do not fit together.
        """
        model = Model(catalogue)
        self._serving = Serving(
            model,
            inherited(model, rules),
            entities,
            world,
            Printer(model),
            homes(model),
            {type_: visible(type_) for type_ in model.types.values()},
            {
                way: equal(way.where)
                for type_ in model.types.values()
                for way in type_.ways.values()
                if way.where
            },
            page_size,
            patch_references,
            bare_references,
            audit,
            changed,
        )
        self._metadata = metadata(model).encode()
        self._openapi = b""  # printed when it is first asked for
        self._beside = beside
        self._admit = admit

    async def execute(self, call: Call) -> Reply:
        """Answer a call; every problem becomes its reply."""
        try:
            return await self._answer(call)
        except Problem as problem:
            return self.fault(problem, call)

    def fault(self, problem: Problem, call: Call) -> Reply:
        """The reply that tells of a problem, for what a face refuses itself too."""
        return faults.fault(problem, call)

    async def create(
        self, call: Call, set_path: str, body: dict[str, Any], *, place: str = ""
    ) -> dict[str, Any]:
        """Create one entity without HTTP, as an operator: everything is checked but permission.

        `set_path` is as in a URL (`/identity/b2cUserFlows`); `call` gives tenant, principal,
        root and the hour. Returns the entity as it prints. Raises Problem whose message and
        target begin with `place`.
        """
        if call.principal is None:
            raise Unauthenticated("A document is applied in somebody's name.")
        try:
            path = resolve(self._serving.model, set_path)
            if "POST" not in methods(path, patch_references=False) or path.operation or path.tail:
                raise Invalid(f"Nothing can be created at '{set_path}'.")
            check(body)
            if self._admit is not None:
                await self._admit(call.tenant, [step.way.name for step in path.steps])
            turn = self._turn(call, path, {}, "minimal", call.principal)
            found = await locate(turn, path.steps[:-1])
            created, reveal = await write.insert(turn, found, body)
        except Problem as problem:
            if place:
                problem.message = f"{place}: {problem.message}"
                problem.target = f"{place}/{problem.target}" if problem.target else place
                problem.args = (problem.message,)
            raise
        return {
            **self._serving.printer.members(created.type, created.row or {}, call.now),
            **reveal,
        }

    def routes(self) -> list[Route]:
        """Every route that the catalogue serves, with the access that it needs."""
        return list(routes(self._serving.model, patch_references=self._serving.patch_references))

    # ------------------------------------------------------------------ answering

    async def _answer(self, call: Call) -> Reply:
        bare = call.path.strip("/").casefold()
        if call.principal is None and bare not in OPEN:
            raise Unauthenticated("Access token is empty or missing; send a bearer token.")
        if bare == _DESCRIPTION:
            return self._described(call)
        path = resolve(self._serving.model, call.path)
        served = methods(path, patch_references=self._serving.patch_references)
        if call.method not in served:
            return self._not_allowed(call, path, served)
        if not path.steps:
            return self._container(call, path)
        principal = call.principal
        assert principal is not None  # noqa: S101  # checked above
        check_access(principal, path.access, write=call.method != "GET")
        if self._admit is not None:
            await self._admit(call.tenant, [step.way.name for step in path.steps])
        given = texts(call.query)
        raw = path.tail in {"$count", "$value"}
        wanted = (
            level(call.headers.get("accept", ""), given.get("format")) if not raw else "minimal"
        )
        turn = self._turn(call, path, given, wanted, principal)
        answer = await handler(call.method, path)(turn)
        if applied := _applied(turn, answer.status):
            answer = answer.plus(Preference_Applied=applied)
        if turn.context.warnings:
            answer = answer.plus(Warning=", ".join(map(_warning, turn.context.warnings)))
        gone = next((step.way.deprecated for step in path.steps if step.way.deprecated), None)
        if gone is not None:
            answer = answer.plus(Deprecation=f"@{gone.since}", Sunset=gone.sunset)
        return answer

    def _turn(
        self, call: Call, path: Path, given: Mapping[str, str], wanted: Level, principal: Principal
    ) -> Turn:
        serving = self._serving
        context = Context(
            tenant=call.tenant,
            version=serving.model.catalogue.version,
            principal=principal,
            entities=serving.entities,
            world=serving.world,
            now=call.now,
        )
        return Turn(
            serving, call, path, given, context, wanted, prefer(call.headers.get("prefer", ""))
        )

    def _container(self, call: Call, path: Path) -> Reply:
        """$metadata or the service document."""
        accept = call.headers.get("accept", "")
        if path.tail == "$metadata":
            accepts(accept, "application/xml", "text/xml")
            return reply(call, 200, self._metadata, "application/xml;charset=utf-8")
        wanted = level(accept, texts(call.query).get("format"))
        document: dict[str, Any] = {"value": service_document(self._serving.model.catalogue)}
        if wanted != "none":
            document = {"@odata.context": f"{call.root}/$metadata", **document}
        return reply(call, 200, msgspec.json.encode(document), JSON.format(wanted))

    def _described(self, call: Call) -> Reply:
        """The OpenAPI document."""
        if call.method != "GET":
            return self._not_allowed(call, Path(), ("GET",))
        accepts(call.headers.get("accept", ""), "application/json")
        if not self._openapi:
            patched = self._serving.patch_references
            self._openapi = msgspec.json.encode(
                openapi(self._serving.model, patch_references=patched, more=self._beside)
            )
        return reply(call, 200, self._openapi, "application/json;charset=utf-8")

    def _not_allowed(self, call: Call, path: Path, served: tuple[str, ...]) -> Reply:
        if path.tail == "$ref":
            message = (
                "Only GET, POST, PUT, DELETE are allowed for $ref requests, but received: "
                f"{call.method}"
            )
        else:
            message = "Specified HTTP method is not allowed for the request target."
        return self.fault(NotAllowed(message), call).plus(Allow=", ".join(served))


def handler(method: str, path: Path) -> Handler:
    """The function that serves a verb at a path."""
    if path.operation is not None:
        return operate
    if path.tail == "$ref":
        return _of_references(method, path)
    if path.tail == "$value" and path.shape is None:
        return read.get_stream if method == "GET" else write.put_stream
    match method:
        case "POST":
            return write.create
        case "PATCH":
            return write.update
        case "PUT":
            return write.put
        case "DELETE":
            return write.delete if path.last.way.link is None else link.remove
    if path.tail == "$count":
        return read.get_count
    if path.shape is not None:
        return read.get_property
    return read.get_collection if path.last.many else read.get_entity


def _of_references(method: str, path: Path) -> Handler:
    many = path.last.way.collection
    match method:
        case "GET":
            return read.get_collection if path.last.many else read.get_reference
        case "DELETE":
            return link.remove
        case _:
            return link.add if many else link.put


def inherited(model: Model, rules: Mapping[str, Rules]) -> dict[Any, Rules]:
    """The rules of each type: its own, else its base's. Raises ValueError for a missing handler."""
    found = {}
    for type_ in model.types.values():
        mine = next((rules[at.name] for at in type_.lineage() if at.name in rules), Rules())
        for bound in type_.operations.values():
            if not type_.abstract and bound.name not in mine.operations:
                raise ValueError(f"The rules of {type_.name} lack the operation '{bound.name}'.")
        if type_.given and mine.given is None and mine.sought is None:
            raise ValueError(f"The rules of {type_.name} lack `given`, or `sought`.")
        if type_.stream and mine.stream is None:
            raise ValueError(f"The rules of {type_.name} lack its `stream`.")
        found[type_] = mine
    ways = [way for type_ in model.types.values() for way in type_.ways.values()]
    for way in (*model.container.values(), *ways):
        if "put" in way.verbs and found[way.target].put is None:
            raise ValueError(f"The rules of {way.target.name} lack `put`.")
        if "list" in way.verbs and way.target.given and found[way.target].given is None:
            raise ValueError(f"The rules of {way.target.name} lack `given`.")
    return found


def _applied(turn: Turn, status: int) -> str:
    """Which preferences a reply is owed to."""
    path = turn.path
    if turn.call.method == "GET":
        chosen = path.operation is None and path.tail != "$count" and path.shape is None
        top, most = turn.given.get("top"), turn.prefer.page_size or 0
        paged = chosen and path.last.many and (top is None or int(top) > most)
        return turn.prefer.applied(status, written=False, paged=paged)
    written = path.operation is None and not path.tail and turn.call.method != "DELETE"
    return turn.prefer.applied(status, written=written, paged=False)


def _warning(text: str) -> str:
    """RFC 9111, 5.5: code 199, no agent, the text quoted."""
    plain = text.encode("ascii", "replace").decode().replace("\\", "\\\\").replace('"', '\\"')
    return f'199 - "{" ".join(plain.split())}"'

"""Which face a path belongs to: the server's table of contents.

Fixed words match without case and nothing is ever redirected for case or a slash: clients
turn a redirected POST into a GET (clients.md section 6, 3).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_plus

from starlette.responses import Response

from vestibule.errors import NotFound, Problem
from vestibule.oidc.place import Place, find
from vestibule.web.exchange import Exchange
from vestibule.web.server import Face

_POLICY = re.compile(r"(?:^|&)p=([^&]+)")

Located = Callable[[Exchange, Place, tuple[str, ...]], Awaitable[Response]]
"""A handler of one operation: (exchange, the flow's place, the path behind the operation)."""


@dataclass(frozen=True, slots=True)
class Operation:
    """How one operation of a flow URL is answered, refused, and how many bytes it reads."""

    handle: Located
    problem: Callable[[Exchange, Problem], Response]
    body_limit: int


async def nowhere(_exchange: Exchange) -> Response:
    """The handler of every address that is none of ours."""
    raise NotFound("There is nothing at this address.")


class Routes:
    """`graph` serves version roots; `plain` exact paths ("healthz"); `operations` flow URLs."""

    def __init__(
        self,
        *,
        graph: Face,
        plain: Mapping[str, Face],
        prefixes: Mapping[str, Face],
        operations: Mapping[str, Operation],
        lost: Face,
    ) -> None:
        self._graph = graph
        self._plain = plain
        self._prefixes = prefixes
        self._operations = operations
        self._lost = lost

    @property
    def addresses(self) -> frozenset[str]:
        """Every exact path, "prefix/", and operation of flow URLs that is served beside Graph."""
        prefixes = (f"{name}/" for name in self._prefixes)
        return frozenset({*self._plain, *prefixes, *self._operations})

    def face(self, path: Sequence[str], query: str) -> Face:
        """The face that answers; `lost` when none does."""
        first = path[0].casefold() if path else ""
        if first in {"v1.0", "beta"} or (
            first == "vestibule" and len(path) > 1 and path[1].casefold() == "v1"
        ):
            return self._graph
        if len(path) <= 1 and first in self._plain:
            return self._plain[first]
        if first in self._prefixes:
            return self._prefixes[first]
        asked = _POLICY.search(query) if "p=" in query else None
        policy = unquote_plus(asked[1]) if asked else ""
        found = find(tuple(path), policy)
        if found is None or found.operation not in self._operations:
            return self._lost
        operation = self._operations[found.operation]

        async def handle(exchange: Exchange) -> Response:
            return await operation.handle(exchange, found.place, found.rest)

        return Face(found.operation, handle, operation.problem, operation.body_limit)

"""In front of the server: every request on its way, told apart by the table's templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx2

from witness.operations import Operation, template


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it went over the wire, and its answer's status."""

    version: str
    method: str
    path: str  # the table's; "" where it has none
    status: int

    def is_of(self, operation: Operation) -> bool:
        return (self.version, self.method, self.path) == (
            operation.version,
            operation.method,
            operation.path,
        )


@dataclass(slots=True)
class Recorder(httpx2.BaseTransport):
    """Passes requests on to `onward`; `seen` is what passed since it was last cleared."""

    onward: httpx2.BaseTransport
    operations: Sequence[Operation]
    seen: list[Seen] = field(default_factory=list)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        target = request.url.raw_path.decode("ascii")
        version, path = template(self.operations, request.method, target)
        response = self.onward.handle_request(request)
        self.seen.append(Seen(version, request.method, path, response.status_code))
        return response

    def close(self) -> None:
        self.onward.close()

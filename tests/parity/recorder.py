"""What went over the wire between a browser or an application and the server."""

from __future__ import annotations

from dataclasses import dataclass, field

import httpx2


@dataclass(frozen=True, slots=True)
class Seen:
    """One exchange."""

    method: str
    path: str
    status: int


@dataclass(slots=True)
class Recorder(httpx2.BaseTransport):
    """Passes requests on; `seen` is what passed since it was last cleared.

    Requests to the APIs of an administrator arrange a proof, and are no part of it.
    """

    onward: httpx2.BaseTransport
    seen: list[Seen] = field(default_factory=list)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        response = self.onward.handle_request(request)
        path = request.url.path
        if not path.startswith(("/beta/", "/v1.0/", "/vestibule/")):
            self.seen.append(Seen(request.method, path, response.status_code))
        return response

    def close(self) -> None:
        """The proofs' clients share it: it is closed with the place."""

    def end(self) -> None:
        self.onward.close()

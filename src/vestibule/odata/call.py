"""One request and one reply as the protocol sees them, whatever face carries them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from vestibule.rules import Principal

JSON = (
    "application/json;odata.metadata={};odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
)


@dataclass(frozen=True, slots=True)
class Call:
    """`path` is the percent-encoded text after the version root, `query` the raw text.

    `headers` have lower-case names; `root` is the absolute service root without final slash.
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    root: str
    principal: Principal | None
    tenant: str
    request_id: str
    client_request_id: str
    now: datetime
    ip: str


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def plus(self, **headers: str) -> Reply:
        """This reply with further headers; `_` in a name stands for `-`."""
        added = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **added})


def reply(call: Call, status: int, body: bytes = b"", content_type: str = "") -> Reply:
    """A reply with the headers that every reply carries."""
    headers = {
        "request-id": call.request_id,
        "client-request-id": call.client_request_id or call.request_id,
        "OData-Version": "4.0",
        "Cache-Control": "no-cache",
    }
    if content_type:
        headers["Content-Type"] = content_type
    return Reply(status, headers, body)

"""Browsers that keep cookies and follow nothing, and requests that can be sent again as they were.

A request goes straight to the ASGI application, so that it costs about a millisecond.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from oidc.contoso import BASE
from oidc.house import DOMAIN

CSRF, SESSION = "x-ms-cpim-csrf", "x-ms-cpim-sso:"
SELF_ASSERTED = "SelfAsserted"
CONTROL = f"{SELF_ASSERTED}/DisplayControlAction/vbeta/emailVerificationControl"


@dataclass(frozen=True, slots=True)
class Sent:
    """A request, as it is: to be sent again, by another browser or to another flow."""

    method: str
    flow: str
    tail: str
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    scripted: bool = False

    @property
    def tx(self) -> str:
        return self.query.get("tx", "")

    @property
    def target(self) -> tuple[str, str]:
        """Path and query."""
        return f"/{DOMAIN}/{self.flow}/{self.tail}", urlencode({**self.query, "p": self.flow})


@dataclass(frozen=True, slots=True)
class Answer:
    """`cookies`: what was set, None for what is to be forgotten."""

    status: int
    location: str
    cookies: Mapping[str, str | None]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.body)
        return value

    @property
    def told(self) -> dict[str, str]:
        """What the application is told, where this leads to it."""
        parts = urlsplit(self.location)
        if f"{parts.scheme}://{parts.netloc}" in ("", BASE):
            return {}
        return dict(parse_qsl(parts.query) + parse_qsl(parts.fragment))


@dataclass(slots=True)
class Browser:
    """Its cookies, and those of sessions that it once had."""

    cookies: dict[str, str] = field(default_factory=dict)

    def keep(self, answer: Answer) -> None:
        for name, value in answer.cookies.items():
            if value is None:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value


async def answer(app: Any, sent: Sent, cookies: Mapping[str, str]) -> Answer:
    """The answer of an ASGI application."""
    path, query = sent.target
    body = urlencode(sent.form).encode()
    headers = {
        "host": urlsplit(BASE).netloc,
        "cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "content-type": "application/x-www-form-urlencoded",
        "content-length": str(len(body)),
        **({"x-requested-with": "XMLHttpRequest"} if sent.scripted else {}),
    }
    scope = {
        "type": "http",
        "method": sent.method,
        "scheme": "https",
        "path": path,
        "raw_path": quote(path).encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("192.0.2.1", 1),
    }
    told: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: dict[str, Any]) -> None:
        told.append(message)

    await app(scope, receive, send)
    answered = [(name.decode(), value.decode("latin-1")) for name, value in told[0]["headers"]]
    set_: SimpleCookie = SimpleCookie()
    for name, value in answered:
        if name == "set-cookie":
            set_.load(value)
    return Answer(
        status=told[0]["status"],
        location=dict(answered).get("location", ""),
        cookies={one.key: one.value or None for one in set_.values()},
        body=b"".join(message.get("body", b"") for message in told[1:]),
    )

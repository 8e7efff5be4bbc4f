"""JSON batch: many requests in one body, each answered as it would be alone.

Where an item goes is read from its URL, whose host means nothing: nothing is ever fetched.
Source: OData JSON 4.01, section 19; graph-surface 7.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
import string
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from vestibule.errors import Invalid, NotAllowed
from vestibule.odata.call import JSON, Call, Reply, reply
from vestibule.odata.faults import fault
from vestibule.odata.payload import content, unreadable
from vestibule.world import World

MOST = 20  # requests in a batch, as Graph has it
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_PLAIN = string.ascii_letters + string.digits + string.punctuation.replace("#", "")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2

Ask = Callable[[str, Call], Awaitable[Reply]]
"""(version root such as "v1.0", a call under it) → its reply. Raises nothing."""


class _Item(msgspec.Struct, rename={"depends_on_too": "depends_on"}):
    """One request as it is sent; Python's SDK writes `depends_on`."""

    id: str
    method: str
    url: str
    headers: dict[str, str] | None = None
    body: msgspec.Raw = msgspec.Raw(b"")
    depends_on: list[str] | None = msgspec.field(default=None, name="dependsOn")
    depends_on_too: list[str] | None = None
    atomicity_group: Any = msgspec.field(default=None, name="atomicityGroup")
    condition: Any = msgspec.field(default=None, name="if")


class _Batch(msgspec.Struct):
    requests: list[_Item]


_DECODER = msgspec.json.Decoder(_Batch)


@dataclass(frozen=True, slots=True)
class Request:
    """One request, checked; `after` holds the folded ids of those it waits for."""

    id: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    after: frozenset[str]


async def batch(call: Call, root: str, *, roots: Collection[str], ask: Ask, world: World) -> Reply:
    """Answer a call to $batch at a version root; `roots` are all there are.

    Requests that wait for nobody run side by side. Raises Problem when the batch as a whole
    makes no sense; then nothing was done.
    """
    if call.method != "POST":
        raise NotAllowed("A batch is sent with POST.")
    requests = _read(content(call))
    running: dict[str, asyncio.Task[Reply]] = {}

    async def answer(request: Request) -> Reply:
        for id in request.after:
            if (await running[id]).status >= 400:  # noqa: PLR2004 - errors begin here
                inner = _inner(call, request, world)
                return fault(_failed_dependency(request), inner)
        return await _ask(call, root, request, roots=roots, ask=ask, world=world)

    for request in requests:
        running[request.id.casefold()] = asyncio.create_task(answer(request))
    replies = await asyncio.gather(*running.values())
    body = {
        "responses": [
            _printed(request, answered) for request, answered in zip(requests, replies, strict=True)
        ]
    }
    return reply(call, 200, msgspec.json.encode(body), JSON.format("minimal"))


async def _ask(
    call: Call, root: str, request: Request, *, roots: Collection[str], ask: Ask, world: World
) -> Reply:
    inner = _inner(call, request, world)
    try:
        named, path, query = target(request.url, root, roots)
        inner = replace(
            inner,
            path=path,
            query=query,
            root=f"{call.root.removesuffix(root)}{named}",
            body=_body(request.body),
        )
    except Invalid as problem:
        return fault(problem, inner)
    return await ask(named, inner)


def _inner(call: Call, request: Request, world: World) -> Call:
    """The call that an item makes: whose and when is the batch's, all else its own."""
    id = world.guid()
    return replace(
        call,
        method=request.method,
        path="",
        query="",
        headers=dict(request.headers),
        body=b"",
        request_id=id,
        client_request_id=request.headers.get("client-request-id", call.client_request_id)[:64],
    )


def target(url: str, root: str, roots: Collection[str]) -> tuple[str, str, str]:
    """The version root, path and query that an item's URL names.

    It is relative to `root`, with or without a slash before it, or begins with a version root,
    or is absolute on any host. Raises Invalid.
    """
    text = quote(url.strip().partition("#")[0], safe=_PLAIN)
    absolute = _SCHEME.match(text) is not None
    try:
        parts = urlsplit(text if absolute else f"x:///{text.lstrip('/')}")
    except ValueError:
        raise Invalid("The URL cannot be read.", target="url") from None
    bare = parts.path.removeprefix("/")
    for name in roots:
        if f"{bare.casefold()}/".startswith(f"{name}/"):
            return name, _path(bare[len(name) :]), parts.query
    if absolute:
        raise Invalid(f"The URL names none of the versions {', '.join(roots)}.", target="url")
    return root, _path(f"/{bare}"), parts.query


def _path(text: str) -> str:
    if text.strip("/").casefold() == "$batch":
        raise Invalid("A batch must not hold another one.", target="url")
    return text


# --------------------------------------------------------------------------- reading


def _read(body: bytes) -> list[Request]:
    """The requests of a batch. Raises Invalid naming what is wrong with it."""
    try:
        items = _DECODER.decode(body).requests
    except msgspec.ValidationError as error:
        sentence, _, place = str(error).partition(" - at ")
        where = place.strip("`").removeprefix("$.") or "requests"
        raise Invalid(f"The batch is malformed at '{where}': {sentence}.", target=where) from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise unreadable() from None
    if len(items) > MOST:
        raise Invalid(f"A batch holds at most {MOST} requests.", target="requests")
    requests = [_checked(item, f"requests[{at}]") for at, item in enumerate(items)]
    _check_ids(requests)
    return requests


def _checked(item: _Item, place: str) -> Request:
    for name, text in (("id", item.id), ("url", item.url)):
        if not text.strip():
            raise Invalid(f"'{place}.{name}' must not be empty.", target=f"{place}.{name}")
    if item.method.upper() not in _METHODS:
        allowed = ", ".join(sorted(_METHODS))
        raise Invalid(f"'{place}.method' must be one of {allowed}.", target=f"{place}.method")
    for name, value in (("atomicityGroup", item.atomicity_group), ("if", item.condition)):
        if value is not None:
            raise Invalid(
                f"'{place}.{name}' is not supported; leave it out.", target=f"{place}.{name}"
            )
    headers = {name.strip().lower(): text for name, text in (item.headers or {}).items()}
    for name, text in headers.items():
        if not _TOKEN.fullmatch(name) or not text.isprintable():
            raise Invalid(f"'{place}.headers' holds an unusable header.", target=f"{place}.headers")
    after = frozenset(
        id.casefold() for id in (*(item.depends_on or ()), *(item.depends_on_too or ()))
    )
    return Request(item.id, item.method.upper(), item.url, headers, bytes(item.body), after)


def _check_ids(requests: Sequence[Request]) -> None:
    """Ids are unique without case, every dependency is there, and none leads back."""
    waiting = {request.id.casefold(): request.after for request in requests}
    if len(waiting) < len(requests):
        raise Invalid("The ids of a batch must be unique, whatever their casing.", target="id")
    for request in requests:
        for id in sorted(request.after - waiting.keys()):
            raise Invalid(
                f"The request '{request.id}' depends on '{id}', which is not in the batch.",
                target="dependsOn",
            )
    while ready := {id for id, after in waiting.items() if not after & waiting.keys()}:
        waiting = {id: after for id, after in waiting.items() if id not in ready}
    if waiting:
        names = ", ".join(
            f"'{request.id}'" for request in requests if request.id.casefold() in waiting
        )
        raise Invalid(f"The requests {names} depend on one another.", target="dependsOn")


def _body(raw: bytes) -> bytes:
    """A JSON value is the body; a string is base64 of one that is not JSON. Raises Invalid."""
    if raw in {b"", b"null"}:
        return b""
    if not raw.startswith(b'"'):
        return raw
    text = msgspec.json.decode(raw, type=str).replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise Invalid(
            "A body that is a string must be base64; JSON stands in the batch as it is.",
            target="body",
        ) from None


# --------------------------------------------------------------------------- printing


def _printed(request: Request, answer: Reply) -> dict[str, Any]:
    printed = {"id": request.id, "status": answer.status, "headers": answer.headers}
    if not answer.body:
        return printed
    json = answer.headers.get("Content-Type", "").startswith("application/json")
    body = msgspec.Raw(answer.body) if json else base64.b64encode(answer.body).decode()
    return {**printed, "body": body}


def _failed_dependency(request: Request) -> Invalid:
    return Invalid(
        f"The request '{request.id}' was not made: one that it depends on failed.",
        code="FailedDependency",
        status=424,
    )

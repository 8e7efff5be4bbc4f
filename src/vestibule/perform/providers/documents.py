"""What providers publish, fetched when it is needed and kept for a while.

Bounded in number, size, depth and age. Many who wait for one document share one request for it.
Source: OpenID Connect Discovery 1.0 section 4; Core 10.1.1 (rotation of keys).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from vestibule.perform.http import Outgoing, Unanswered
from vestibule.perform.providers import answers
from vestibule.perform.providers.faults import Failed, unreached

T = TypeVar("T")
_Key = tuple[str, str]
"""What it is read as, and its address: a provider may call its metadata its keys."""

_FRESH = timedelta(hours=1)
_USABLE = timedelta(hours=24)  # where a newer one cannot be had
_AGAIN = timedelta(minutes=1)  # between two looks at a document because it lacks something
_LIMIT = 256 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class _Kept:
    """`said`: what the document says; `fetched`: since when; fresh until `due`. Not before `again`
    is another look taken because something is lacking."""

    said: Any
    fetched: datetime
    due: datetime
    again: datetime


class Documents:
    """The documents that this process has at hand, `most` of them. `timeout_s` is for one
    request."""

    __slots__ = ("_flying", "_kept", "_most", "_timeout_s")

    def __init__(self, *, timeout_s: float = 10.0, most: int = 200) -> None:
        self._kept: dict[_Key, _Kept] = {}
        self._flying: dict[_Key, asyncio.Task[Any]] = {}
        self._most = most
        self._timeout_s = timeout_s

    async def get(
        self,
        outgoing: Outgoing,
        url: str,
        read: Callable[[dict[str, Any]], T],
        now: datetime,
        *,
        what: str,
        lacking: bool = False,
    ) -> T:
        """What `read` makes of the document at `url`; `what` names it ("The metadata").

        `lacking`: the one at hand does not have what is looked for, so another look is worth
        while, once a minute. Raises Failed.
        """
        key = (what, url)
        kept = self._kept.get(key)
        if kept is not None:
            if now < (kept.again if lacking else kept.due):
                said: T = kept.said
                return said
            self._kept[key] = replace(kept, again=now + _AGAIN)
        try:
            said = await self._fetched(outgoing, url, read, what)
        except Failed:
            if kept is None or now >= kept.fetched + _USABLE:
                raise
            self._kept[key] = replace(kept, due=now + _AGAIN, again=now + _AGAIN)
            old: T = kept.said
            return old
        self._keep(key, _Kept(said, now, now + _FRESH, now + _AGAIN if lacking else now))
        return said

    async def _fetched(
        self, outgoing: Outgoing, url: str, read: Callable[[dict[str, Any]], T], what: str
    ) -> T:
        """By one request for all who ask meanwhile; whoever gives up does not stop it."""
        key = (what, url)
        flying = self._flying.get(key)
        if flying is None:
            flying = asyncio.create_task(self._fetch(outgoing, url, read, what))
            self._flying[key] = flying
            flying.add_done_callback(lambda done: self._landed(key, done))
        said: T = await asyncio.shield(flying)
        return said

    def _landed(self, key: _Key, task: asyncio.Task[Any]) -> None:
        self._flying.pop(key, None)
        if not task.cancelled():
            task.exception()  # looked at, also where nobody waits any more

    async def _fetch(
        self, outgoing: Outgoing, url: str, read: Callable[[dict[str, Any]], T], what: str
    ) -> T:
        headers = {"Accept": "application/json"}
        try:
            answer = await outgoing.send(
                "GET", url, headers=headers, timeout_s=self._timeout_s, limit=_LIMIT
            )
        except Unanswered as problem:
            raise unreached(what, problem) from None
        return read(answers.document(answer, what))

    def _keep(self, key: _Key, kept: _Kept) -> None:
        """The one that was fetched longest ago makes room for another."""
        self._kept.pop(key, None)
        while len(self._kept) >= self._most:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = kept

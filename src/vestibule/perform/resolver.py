"""The addresses of a name, as the system knows them.

The system's own look-up cannot be stopped and may take half a minute. So it has threads of its
own, which nobody waits for when the server stops, and whoever asks for a name that is being
looked up already waits for that one answer: names that hang hold up nothing else. Nor do many
names of one domain, whose servers may be made to hang by who stores them.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from threading import Thread

Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""A host name → its IP addresses, at least one. Raises OSError when it has none."""

_Found = tuple[str, ...] | OSError
_MOST = 32  # names that are looked up at once
_MOST_OF_ONE_DOMAIN = 8


class Resolver:
    """A Resolve. `look_up` blocks: a name → its addresses, or OSError."""

    __slots__ = ("_asked", "_look_up")

    def __init__(self, look_up: Callable[[str], tuple[str, ...]] | None = None) -> None:
        self._look_up = look_up or of_system
        self._asked: dict[str, asyncio.Future[_Found]] = {}

    async def __call__(self, host: str) -> tuple[str, ...]:
        found = await asyncio.shield(self._asked.get(host) or self._begin(host))
        if isinstance(found, OSError):
            raise found
        return found

    def _begin(self, host: str) -> asyncio.Future[_Found]:
        theirs = sum(_domain(asked) == _domain(host) for asked in self._asked)
        if len(self._asked) >= _MOST or theirs >= _MOST_OF_ONE_DOMAIN:
            raise OSError("Too many names are being looked up.")
        loop = asyncio.get_running_loop()
        answer = self._asked[host] = loop.create_future()

        def ask() -> None:
            found: _Found
            try:
                found = self._look_up(host)
            except OSError as error:
                found = error
            with suppress(RuntimeError):  # the server has stopped meanwhile
                loop.call_soon_threadsafe(self._told, host, answer, found)

        Thread(target=ask, name="resolver", daemon=True).start()
        return answer

    def _told(self, host: str, answer: asyncio.Future[_Found], found: _Found) -> None:
        del self._asked[host]
        if not answer.done():
            answer.set_result(found)


def _domain(host: str) -> str:
    """What a name is registered under, nearly: its last two labels."""
    return ".".join(host.rsplit(".", 2)[-2:])


def of_system(host: str) -> tuple[str, ...]:
    """Every address, each once, in the order in which the system would try them."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(place[0]) for *_, place in found))

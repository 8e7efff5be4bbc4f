"""What this process keeps between its calls of API connectors: a breaker and a TLS context each.

A private key is opened in memory, and never written to a disk where the system has memory files.
Source: runtime 6.2; security 5.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import tempfile
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from vestibule.perform.breaker import Breaker
from vestibule.perform.http import Outgoing
from vestibule.tenancy import ClientCertificate, Connector
from vestibule.vault import client_chain

MOST = 100
"""Connectors; the one that was called longest ago goes first. A TLS context takes a megabyte."""


class Uncertified(Exception):
    """None of the connector's certificates can be shown now."""


@dataclass(slots=True)
class Line:
    """`connector` as it was configured when the line was made."""

    connector: Connector
    breaker: Breaker = field(default_factory=Breaker)
    certificate: ClientCertificate | None = None
    tls: ssl.SSLContext | None = None
    building: asyncio.Lock = field(default_factory=asyncio.Lock)


class Lines:
    """`timeout_s` is for one attempt; `trust` makes a context that trusts what servers show."""

    __slots__ = ("_lines", "_trust", "timeout_s")

    def __init__(
        self,
        *,
        timeout_s: float = 10.0,
        trust: Callable[[], ssl.SSLContext] = ssl.create_default_context,
    ) -> None:
        self.timeout_s = timeout_s
        self._trust = trust
        self._lines: OrderedDict[tuple[str, str], Line] = OrderedDict()

    def line(self, tenant: str, connector: Connector, outgoing: Outgoing) -> Line:
        """The line to a connector. One that is configured otherwise than before gets a new one."""
        key = (tenant, connector.id)
        found = self._lines.get(key)
        if found is None or found.connector != connector:
            self._dropped(found, outgoing)
            found = self._lines[key] = Line(connector)
        self._lines.move_to_end(key)
        while len(self._lines) > MOST:
            self._dropped(self._lines.popitem(last=False)[1], outgoing)
        return found

    async def tls(self, line: Line, outgoing: Outgoing, at: float) -> ssl.SSLContext | None:
        """What proves us to the connector at this epoch second; None: its password does.

        Raises Uncertified.
        """
        if not line.connector.certificates:
            return None
        valid = [one for one in line.connector.certificates if one.not_before <= at < one.not_after]
        if not valid:
            raise Uncertified
        async with line.building:
            if line.tls is None or line.certificate != valid[-1]:
                self._dropped(line, outgoing)
                line.tls = await asyncio.to_thread(self._context, valid[-1])
                line.certificate = valid[-1]
            return line.tls

    def _context(self, certificate: ClientCertificate) -> ssl.SSLContext:
        context = self._trust()
        try:
            show(context, client_chain(certificate.pkcs12, certificate.password))
        except (ValueError, OSError):  # ssl.SSLError is one of the latter
            raise Uncertified from None
        return context

    def _dropped(self, line: Line | None, outgoing: Outgoing) -> None:
        if line is not None and line.tls is not None:
            outgoing.forget(line.tls)


def show(context: ssl.SSLContext, chain: bytes) -> None:
    """Have the context prove us by this private key and its certificates, in PEM."""
    if not hasattr(os, "memfd_create"):
        return _show_from_file(context, chain)
    number = os.memfd_create("client-certificate", os.MFD_CLOEXEC)
    try:
        os.write(number, chain)
        context.load_cert_chain(f"/proc/self/fd/{number}")
    finally:
        os.close(number)
    return None


def _show_from_file(context: ssl.SSLContext, chain: bytes) -> None:
    """OpenSSL reads files alone, and this system has none in memory: one that only we may read,
    for a moment."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(chain)
        file.flush()
        context.load_cert_chain(file.name)

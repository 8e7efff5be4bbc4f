"""Where the server may send requests: a judgement of URLs and addresses, without I/O.

Source: security 5 (SSRF); RFC 6890, 6598, 6052 (NAT64).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
_LOWEST_PORT = 1024
_PORTS = frozenset({443})


@dataclass(frozen=True, slots=True)
class Egress:
    """`loopback`: this machine may be reached, also over plain HTTP. `hosts` and `networks` are
    listed: they may be reached whatever they are."""

    loopback: bool = False
    hosts: frozenset[str] = frozenset()
    networks: tuple[_Network, ...] = ()

    @classmethod
    def of(cls, listed: Sequence[str], *, loopback: bool) -> Egress:
        """`listed`: host names, addresses and networks in CIDR notation."""
        networks, hosts = [], set()
        for text in listed:
            try:
                networks.append(ipaddress.ip_network(text))
            except ValueError:
                hosts.add(text.casefold().rstrip("."))
        return cls(loopback, frozenset(hosts), tuple(networks))

    def fits(self, url: str) -> bool:
        """Whether a URL may be asked for at all, before its host is resolved."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            return False
        if not host or parts.username is not None or parts.fragment or not url.isascii():
            return False
        try:
            if not self.lets(host, host):
                return False
        except ValueError:
            pass  # a name; its addresses are judged when it is resolved
        plain = parts.scheme == "http" and self.loopback and host in ("localhost", "127.0.0.1")
        if parts.scheme != "https" and not plain:
            return False
        return port is None or port in _PORTS or port >= _LOWEST_PORT

    def lets(self, host: str, address: str) -> bool:
        """Whether a connection may go to this address of a host. Raises ValueError for a text
        that is no address."""
        judged = ipaddress.ip_address(address.partition("%")[0])
        if host.casefold().rstrip(".") in self.hosts:
            return True
        if any(judged in network for network in self.networks):
            return True
        inner = _inner(judged)
        if self.loopback and inner.is_loopback:
            return True
        return inner.is_global and not inner.is_multicast


def _inner(address: _Address) -> _Address:
    """The IPv4 address that an IPv6 one stands for, or the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    embedded = address.ipv4_mapped or address.sixtofour
    if embedded is None and any(address in network for network in _NAT64):
        embedded = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return embedded or address

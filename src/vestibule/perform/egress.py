"""Where the server may send requests: a judgement of URLs and addresses, without I/O.

Only what the registries call public is let through, so that an address of a kind that nobody has
thought of is refused; an address that stands for another is judged by the other. A host has one
spelling: what another reader could take for something else is refused, not understood.
Source: security 5 (SSRF); the IANA registries of special addresses (RFC 6890); RFC 6052 (NAT64).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # how an IPv6-only network reaches all of IPv4
_UNICAST = ipaddress.IPv6Network("2000::/3")  # all of IPv6 that is given out
_ISATAP = {0x0000_5EFE, 0x0200_5EFE}  # RFC 5214: a tunnel to the IPv4 address behind it
_RESERVED: tuple[_Network, ...] = (
    *map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
            "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        ),
    ),
    *map(
        ipaddress.IPv6Network,
        ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),  # Teredo in the first; 6to4
    ),
)  # fmt: skip

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_LOWEST_PORT = 1024
_PORTS = {"https": 443, "http": 80}
_LONGEST_NAME = 253
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # a last label that makes browsers see an address
_PLAIN = re.compile(r"[\x21-\x7e]+")

_SHAPE = "must be an https URL without user name or fragment, in printable ASCII"
_PORT = "must have port 443, or one from 1024 up"
_HOST = (
    "must name its host in its plain form: letters, digits and hyphens (xn--… for other "
    "alphabets), or an IP address such as 198.51.100.7 or [2001:db8::7]"
)
_ADDRESS = (
    "leads to an address that is not public; if the server may call it, list the host or its "
    "network in VESTIBULE_EGRESS_ALLOW"
)


class Refused(ValueError):
    """No request may go there. The message is the end of a sentence: "targetUrl must be …"."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart. `host` is in lower case, an IPv6 address without its brackets;
    `authority` is what the Host header says; `path` has the query with it."""

    scheme: str
    host: str
    port: int
    authority: str
    path: str


@dataclass(frozen=True, slots=True)
class Egress:
    """`loopback`: this machine may be reached, also over plain HTTP. `hosts` and `networks` are
    listed: they may be reached whatever they are."""

    loopback: bool = False
    hosts: frozenset[str] = frozenset()
    networks: tuple[_Network, ...] = ()

    @classmethod
    def of(cls, listed: Sequence[str], *, loopback: bool) -> Egress:
        """`listed`: host names, addresses and networks in CIDR notation. Raises ValueError with
        the first that is none of these."""
        networks, hosts = [], set()
        for text in listed:
            try:
                networks.append(ipaddress.ip_network(text))
            except ValueError:
                name = text.casefold().removesuffix(".")
                if not _is_name(name):
                    raise ValueError(text) from None
                hosts.add(name)
        return cls(loopback, frozenset(hosts), tuple(networks))

    def fits(self, url: str) -> bool:
        """Whether a URL may be asked for at all, before its host is resolved."""
        try:
            self.target(url)
        except Refused:
            return False
        return True

    def target(self, url: str) -> Target:
        """The URL taken apart, if it may be asked for at all. Raises Refused."""
        target = _taken_apart(url)
        if target.scheme == "http" and not (self.loopback and target.host in _LOOPBACK):
            raise Refused(_SHAPE + (" (http only for localhost)" if self.loopback else ""))
        if target.port not in _PORTS.values() and target.port < _LOWEST_PORT:
            raise Refused(_PORT)
        if target.scheme == "https" and target.port == _PORTS["http"]:
            raise Refused(_PORT)
        here = target.host == "localhost" or target.host.endswith(".localhost")  # RFC 6761
        known = "127.0.0.1" if here else target.host
        if here or is_address(known):
            self.judge(target.host, [known])
        return target

    def judge(self, host: str, addresses: Sequence[str]) -> None:
        """Whether connections may go to a host that has these addresses: all of them must be
        fit, for any may be taken. Raises Refused; ValueError for a text that is no address."""
        if host not in self.hosts and not all(map(self._lets, addresses)):
            raise Refused(_ADDRESS)

    def _lets(self, text: str) -> bool:
        written = ipaddress.ip_address(text.partition("%")[0])  # the zone of a link-local one
        meant = _meant(written)
        if any(address in network for network in self.networks for address in (written, meant)):
            return True
        if self.loopback and meant.is_loopback:
            return True
        return _is_public(meant)


def _taken_apart(url: str) -> Target:
    if not _PLAIN.fullmatch(url) or "#" in url:
        raise Refused(_SHAPE)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Refused(_SHAPE) from None
    if parts.scheme not in _PORTS or not parts.netloc or "@" in parts.netloc:
        raise Refused(_SHAPE)
    if port == 0:
        raise Refused(_PORT)
    bracketed = parts.netloc.startswith("[")
    if not (is_address(host) and (":" in host) == bracketed) and (bracketed or not _is_name(host)):
        raise Refused(_HOST)
    named = f"[{host}]" if bracketed else host
    usual = _PORTS[parts.scheme]
    authority = named if port in (None, usual) else f"{named}:{port}"
    if parts.netloc.lower() not in (named, f"{named}:{port or ''}"):
        raise Refused(_HOST)
    query = f"?{parts.query}" if parts.query else ""
    return Target(parts.scheme, host, port or usual, authority, (parts.path or "/") + query)


def _is_name(host: str) -> bool:
    """Whether it is a name of the DNS that nobody could take for an address."""
    labels = host.split(".")
    return (
        len(host) <= _LONGEST_NAME
        and all(map(_LABEL.fullmatch, labels))
        and not _NUMBER.fullmatch(labels[-1])
    )


def is_address(host: str) -> bool:
    """Whether it is an IP address, not a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return "%" not in host


def _meant(address: _Address) -> _Address:
    """The IPv4 address that an IPv6 one stands for, or the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _is_public(address: _Address) -> bool:
    if any(address in network for network in _RESERVED):
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return True
    return address in _UNICAST and (int(address) >> 32) & 0xFFFF_FFFF not in _ISATAP

"""Where a request points: tenant, flow and operation, in every form of URL that B2C answers.

Knows paths only; whether the tenant or the flow exists is not asked here.
Source: runtime.md 1.1 and 1.2. Nothing is ever redirected for its casing or a final slash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from vestibule.addresses import quoted

Prefix = Literal["", "tfp", "te"]
Operation = Literal[
    "authorize",
    "token",
    "logout",
    "revoke",
    "introspect",
    "metadata",
    "keys",
    "userinfo",
    "devicecode",
    "deviceauth",
    "authresp",
    "selfasserted",
    "api",
    "userrealm",
    "instance",
]

AUTHORIZE = "oauth2/v2.0/authorize"
TOKEN = "oauth2/v2.0/token"
LOGOUT = "oauth2/v2.0/logout"
REVOKE = "oauth2/v2.0/revoke"
INTROSPECT = "oauth2/v2.0/introspect"
METADATA = "v2.0/.well-known/openid-configuration"
KEYS = "discovery/v2.0/keys"
USERINFO = "openid/v2.0/userinfo"
RETURN = "oauth2/authresp"
"""Where identity providers send browsers back, whatever the flow (runtime.md 8.1)."""
DEVICE_CODE = "oauth2/v2.0/devicecode"
DEVICE_CONFIRMATION = "oauth2/deviceauth"
DEVICE_LOGIN = "devicelogin"
"""Where people type the code that a device shows: one short address for every tenant."""

_PREFIXES: Mapping[str, Prefix] = {"tfp": "tfp", "te": "te"}
_TAILS: Mapping[tuple[str, ...], Operation] = {
    tuple(AUTHORIZE.split("/")): "authorize",
    tuple(TOKEN.split("/")): "token",
    tuple(LOGOUT.split("/")): "logout",
    tuple(REVOKE.split("/")): "revoke",
    tuple(INTROSPECT.split("/")): "introspect",
    tuple(METADATA.split("/")): "metadata",
    tuple(KEYS.split("/")): "keys",
    tuple(USERINFO.split("/")): "userinfo",
}
_TAILS_OF_A_TENANT: Mapping[tuple[str, ...], Operation] = {
    **_TAILS,
    tuple(DEVICE_CODE.split("/")): "devicecode",
    tuple(DEVICE_CONFIRMATION.split("/")): "deviceauth",
    tuple(RETURN.split("/")): "authresp",
}


@dataclass(frozen=True, slots=True)
class Place:
    """The authority as it was asked for; `policy` is "" at the tenant's own authority."""

    prefix: Prefix
    tenant: str
    policy: str
    by_query: bool

    def url(self, base: str, tail: str) -> str:
        """The address of `tail` in the form this place was asked for, the policy in lower case."""
        policy = quoted(self.policy.lower())
        path = "" if self.by_query else policy
        segments = (self.prefix, quoted(self.tenant), path, tail)
        address = "/".join((base, *(segment for segment in segments if segment)))
        return f"{address}?p={policy}" if self.by_query and policy else address


@dataclass(frozen=True, slots=True)
class Found:
    """`rest`: what follows SelfAsserted, (Api, action), or (user,), as asked for."""

    operation: Operation
    place: Place
    rest: tuple[str, ...] = ()


def return_address(base: str, tenant: str) -> str:
    """Where identity providers send browsers back that know us by this address."""
    return Place("", tenant, "", by_query=False).url(base, RETURN)


def find(path: tuple[str, ...], p: str) -> Found | None:
    """What the decoded segments of a path mean, with the `p` of the query ("" for none)."""
    while path and not path[-1]:
        path = path[:-1]
    if not path or "" in path or not "".join(path).isprintable() or not p.isprintable():
        return None  # nothing that could be stored is named so, and PostgreSQL refuses a NUL
    words = tuple(segment.lower() for segment in path)
    if words[:1] == ("common",) and (found := _common(path, words)):
        return found
    prefix: Prefix = ""
    if words[0] in _PREFIXES:
        prefix, path, words = _PREFIXES[words[0]], path[1:], words[1:]
    if len(path) < 2:  # noqa: PLR2004 - a tenant, and what is wanted of it
        return None
    if operation := (_TAILS if p else _TAILS_OF_A_TENANT).get(words[1:]):
        return Found(operation, Place(prefix, path[0], p, by_query=bool(p)))
    if own := _page(Place(prefix, path[0], "", by_query=False), path[1:], words[1:]):
        return own
    place = Place(prefix, path[0], path[1], by_query=False)
    if operation := _TAILS.get(words[2:]):
        return Found(operation, place)
    return _page(place, path[2:], words[2:])


def _common(path: tuple[str, ...], words: tuple[str, ...]) -> Found | None:
    """The two addresses that belong to no tenant."""
    place = Place("", path[0], "", by_query=False)
    match words[1:]:
        case ("userrealm", _):
            return Found("userrealm", place, path[2:])
        case ("discovery", "instance"):
            return Found("instance", place)
    return None


def _page(place: Place, path: tuple[str, ...], words: tuple[str, ...]) -> Found | None:
    """The addresses that B2C's own pages send their forms to (runtime.md 5.10); pages of the
    tenant's own authority have the same ones, without a policy."""
    match words:
        case ("selfasserted", *_):
            return Found("selfasserted", place, path[1:])
        case ("api", _, _):
            return Found("api", place, path[1:])
    return None

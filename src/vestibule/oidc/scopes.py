"""What an application asks for and what of it has been granted to it.

Consent is given by an administrator beforehand; nothing is asked of the person.
Source: runtime.md 2.2; RFC 6749 section 3.3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vestibule.oidc.faults import Fault
from vestibule.tenancy import Application, Tenant

TOLERATED = frozenset({"openid", "offline_access", "profile", "email", "address", "phone"})
"""Scopes of OpenID Connect. Only the first two have an effect, as in B2C."""

_DEFAULT = ".default"
_LEGAL = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]*")


@dataclass(frozen=True, slots=True)
class Scopes:
    """`resource` is the app id that the access token is for, "" for none; `names` are the
    granted resource scopes as asked for, `values` what stands in `scp`."""

    protocol: tuple[str, ...]
    resource: str = ""
    names: tuple[str, ...] = ()
    values: tuple[str, ...] = ()

    @staticmethod
    def load(data: Mapping[str, Any]) -> Scopes:
        """From its fields, also after a round trip through JSON."""
        return Scopes(
            protocol=tuple(data["protocol"]),
            resource=data["resource"],
            names=tuple(data["names"]),
            values=tuple(data["values"]),
        )


NOTHING = Scopes(())


def grantable(text: str, client: Application, tenant: Tenant) -> Scopes:
    """What of the scope parameter the client may have. Raises Fault."""
    if not text.strip():
        raise Fault("90010")
    if not _LEGAL.fullmatch(text):
        raise Fault("99005")
    asked = tuple(dict.fromkeys(text.split()))
    protocol = tuple(name for name in asked if name in TOLERATED)
    resources = {name: _resource(name, client, tenant) for name in asked if name not in TOLERATED}
    if not resources:
        if "openid" not in protocol:
            raise Fault("90115")
        return Scopes(protocol)
    if len({resource.app_id for resource in resources.values()}) > 1:
        raise Fault("90146", scope=text)
    asked = tuple(one for name in resources for one in _meant(name, client, resources[name]))
    resources = {name: _resource(name, client, tenant) for name in asked}
    names = tuple(name for name in asked if _granted(name, client, resources[name]))
    if not names:
        raise Fault("90205", client=client.app_id)
    values = tuple(_value(name) for name in names if _value(name))
    return Scopes(protocol, next(iter(resources.values())).app_id, names, values)


def narrowed(granted: Scopes, text: str, client: Application) -> Scopes:
    """What a refresh may ask for again: never more than was granted (RFC 6749 section 6).

    MSAL repeats what it asked for at first, so scopes that were not granted then are passed over.
    """
    asked = set(text.split())
    if not asked:
        return granted
    protocol = tuple(name for name in granted.protocol if name in asked)
    if not asked - TOLERATED:
        return Scopes(protocol)
    whole = {name.removesuffix(_DEFAULT) for name in asked if name.endswith(f"/{_DEFAULT}")}
    names = tuple(name for name in granted.names if {name, _resource_of(name)} & (asked | whole))
    if not names:
        raise Fault("90205", client=client.app_id)
    values = tuple(_value(name) for name in names if _value(name))
    return Scopes(protocol, granted.resource, names, values)


def _resource(name: str, client: Application, tenant: Tenant) -> Application:
    if name.casefold() == client.app_id.casefold():
        return client
    resource, slash, _ = name.rpartition("/")
    application = tenant.exposing(resource) if slash else None
    if application is None:
        raise Fault("90117", scope=name)
    return application


def _meant(name: str, client: Application, resource: Application) -> tuple[str, ...]:
    """`{resource}/.default` asks for every scope that was consented to, as in Entra."""
    prefix, slash, value = name.rpartition("/")
    if not slash or value != _DEFAULT:
        return (name,)
    return tuple(f"{prefix}/{one}" for one in sorted(client.delegations.get(resource.app_id, ())))


def _granted(name: str, client: Application, resource: Application) -> bool:
    """The client's own id needs no consent; a scope must be exposed, enabled and consented to."""
    value = _value(name)
    if not value:
        return True
    exposed = any(scope.value == value and scope.enabled for scope in resource.scopes)
    return exposed and value in client.delegations.get(resource.app_id, frozenset())


def _resource_of(name: str) -> str:
    """The resource of `{resource}/{value}` with its slash; "" for a client's own id."""
    return "".join(name.rpartition("/")[:2])


def _value(name: str) -> str:
    """The value of `{resource}/{value}`; "" for a client's own id."""
    return name.rpartition("/")[2] if "/" in name else ""

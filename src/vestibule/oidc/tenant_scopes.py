"""What an application asks for at the tenant's own authority, and whether it was consented to.

A scope without a resource is one of Microsoft Graph; all of a request are of one resource. With
none but those of OpenID Connect the access token is for Graph. Consent is given beforehand.
Source: runtime.md 2.2, 12.3; Microsoft identity platform, scopes and permissions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from vestibule.oidc.bearer import names_graph
from vestibule.oidc.faults import Fault
from vestibule.oidc.scopes import TOLERATED, Scopes
from vestibule.resources.permissions import GRAPH, SCOPES
from vestibule.tenancy import Application, Tenant

DEFAULT = ".default"
_LEGAL = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]*")
_SIGNED_IN = frozenset({"User.Read"})
"""What an access token may that nobody asked for: to read who has signed in."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """`scopes` are granted; `missing` was asked for too, but nobody has consented to it."""

    scopes: Scopes
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Asked:
    """A resource scope: as written, its resource ("" for Graph) and its value."""

    name: str
    resource: str
    value: str


def wanted(text: str, client: Application, tenant: Tenant, *, base: str) -> Wanted:
    """What the scope parameter means. Raises Fault for what cannot be asked for."""
    if not text.strip():
        raise Fault("90010")
    if not _LEGAL.fullmatch(text):
        raise Fault("99005")
    names = tuple(dict.fromkeys(text.split()))
    protocol = tuple(name.lower() for name in names if name.lower() in TOLERATED)
    asked = [_read(name) for name in names if name.lower() not in TOLERATED]
    consented = client.delegations
    if not asked:
        values = tuple(sorted(_SIGNED_IN & consented.get(GRAPH, frozenset())))
        return Wanted(Scopes(protocol, GRAPH, (), values))
    found = {_app_id(one.resource, tenant, base) for one in asked}
    if len(found) > 1:
        raise Fault("AADSTS28000", scope=text)
    resource = found.pop()
    exposed = _exposed(resource, tenant)
    held = consented.get(resource, frozenset()) & frozenset(exposed.values())
    if any(one.value == DEFAULT for one in asked):
        return _everything(asked, held, protocol, resource, own=resource == client.app_id)
    chosen = [(one, _existing(one, exposed, resource)) for one in asked]
    granted = [(one, value) for one, value in chosen if value in held]
    return Wanted(
        Scopes(
            protocol,
            resource,
            tuple(one.name for one, _ in granted),
            tuple(value for _, value in granted),
        ),
        tuple(one.name for one, value in chosen if value not in held),
    )


def _read(name: str) -> _Asked:
    resource, _, value = name.rpartition("/")
    return _Asked(name, resource.rstrip("/"), value)


def _app_id(resource: str, tenant: Tenant, base: str) -> str:
    """The application id of what a scope is of. Raises Fault AADSTS500011."""
    if not resource or names_graph(resource, base):
        return GRAPH
    api = tenant.exposing(resource)
    if api is None or not api.enabled:
        raise Fault("AADSTS500011", resource=resource, tenant=tenant.domain)
    return api.app_id


def _exposed(resource: str, tenant: Tenant) -> Mapping[str, str]:
    """Every scope of a resource, found without case."""
    api = tenant.application(resource)
    if resource == GRAPH or api is None:
        return {name.casefold(): name for name in SCOPES - TOLERATED}
    return {one.value.casefold(): one.value for one in api.scopes if one.enabled}


def _existing(asked: _Asked, exposed: Mapping[str, str], resource: str) -> str:
    value = exposed.get(asked.value.casefold())
    if value is None:
        raise Fault("AADSTS650053", scope=asked.name, resource=resource)
    return value


def _everything(
    asked: list[_Asked],
    held: frozenset[str],
    protocol: tuple[str, ...],
    resource: str,
    *,
    own: bool,
) -> Wanted:
    """`.default`: whatever was consented to. An application needs no consent for itself."""
    first, *others = asked
    if others:
        together = " ".join(one.name for one in asked)
        raise Fault("AADSTS70011", scope=together)
    values = tuple(sorted(held))
    prefix = first.name.removesuffix(DEFAULT)
    names = (*(f"{prefix}{value}" for value in values), first.name)
    if values or own:
        return Wanted(Scopes(protocol, resource, names, values))
    return Wanted(Scopes(protocol, resource), (first.name,))

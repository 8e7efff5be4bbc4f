"""Rules of identity providers: their ids, what each kind needs, what cannot be changed.

Source: graph-surface 11.10, 11.11 and 16 (C27, C28).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from vestibule.errors import Invalid, NotAllowed
from vestibule.ports import Row
from vestibule.resources.called import Objection, check
from vestibule.resources.identity_providers import (
    APPLE,
    BUILT_IN,
    CLIENT_SECRET,
    CONNECT,
    LEGACY,
    LEGACY_CONNECT,
    OIDC,
    PRIVATE_KEY,
    SOCIAL,
)
from vestibule.rules import Context, Decision, Rules

_SOCIAL = (
    ("Microsoft", "MSA-OIDC"),
    ("Google", "Google-OAUTH"),
    ("Facebook", "Facebook-OAUTH"),
    ("Amazon", "Amazon-OAUTH"),
    ("LinkedIn", "LinkedIn-OAUTH"),
    ("Weibo", "Weibo-OAUTH"),
    ("QQ", "QQ-OAUTH"),
    ("WeChat", "WeChat-OAUTH"),
    ("Twitter", "Twitter-OAUTH"),
    ("GitHub", "GitHub-OAUTH"),
)
_IDS = {name.casefold(): (name, key) for name, key in _SOCIAL}
"""Social types → canonical name and the id, of which a tenant has one (graph-surface 11.10)."""

_APPLE_ID = "Apple-Managed-OIDC"
_B2C = (*(name for name, _ in _SOCIAL), "AppleManaged", "OpenIdConnect")
_WORKFORCE = ("MicrosoftAccount", "EmailOTP", "Facebook", "Google")
_AVAILABLE = {"b2c": _B2C, "workforce": _WORKFORCE, "external": ("Apple", "Facebook", "Google")}
"""What availableProviderTypes says, by the kind of the tenant; a mixed one has everything."""

_DETAILS = frozenset(
    property_.name
    for kind in (APPLE, CONNECT, OIDC)
    for property_ in kind.properties
    if property_.value is not None and property_.name != "clientAuthentication"
)
"""The properties that the column `details` holds."""

_UNFIT = re.compile(r"[^A-Za-z0-9_-]+")


async def _available(context: Context, _row: Row | None, _values: dict[str, Any]) -> list[str]:
    tenant = await context.entities.get("tenant", "", context.tenant)
    everything = tuple(dict.fromkeys((*_WORKFORCE, *_B2C)))
    return list(_AVAILABLE.get((tenant or {}).get("kind") or "mixed", everything))


# --------------------------------------------------------------------------- social


def _social(type_name: str, target: str) -> Decision:
    known = _IDS.get(type_name.casefold())
    if known is None:
        names = ", ".join(name for name, _ in _SOCIAL)
        raise Invalid(f"{target} must be one of {names}.", target=target)
    name, key = known
    return Decision(id=key, columns={"kind": "social", "identity_provider_type": name})


async def _create_social(_context: Context, values: dict[str, Any]) -> Decision:
    return _social(values["identityProviderType"], "identityProviderType")


async def _create_legacy(_context: Context, values: dict[str, Any]) -> Decision:
    if values["type"].casefold() == "openidconnect":
        raise Invalid(
            f'Name the type of the resource too: "@odata.type": "#{LEGACY_CONNECT.name}". '
            "It exists in beta only.",
            target="@odata.type",
        )
    if not values.get("clientSecret"):
        raise Invalid("Give the provider's clientSecret.", target="clientSecret")
    return _social(values["type"], "type")


async def _update_legacy(_context: Context, row: Row, _values: dict[str, Any]) -> Decision:
    """The legacy family shows providers that have no part in it; those stay as they are."""
    if row["kind"] != "social":
        raise NotAllowed(f"{row['id']} is changed through identity/identityProviders.")
    return Decision()


# --------------------------------------------------------------------------- Apple


async def _create_apple(_context: Context, values: dict[str, Any]) -> Decision:
    columns = {"identity_provider_type": "AppleManaged", "details": _details(values)}
    return Decision(id=_APPLE_ID, columns=columns)


async def _update_apple(_context: Context, row: Row, values: dict[str, Any]) -> Decision:
    return Decision(columns={"details": _details(values, row)}, exact=True)


# --------------------------------------------------------------------------- OpenID Connect


def _check_connect(details: Mapping[str, Any], *, secret: bool) -> None:
    if not details["metadataUrl"].endswith(".well-known/openid-configuration"):
        raise Invalid(
            "metadataUrl must end with .well-known/openid-configuration.", target="metadataUrl"
        )
    _scope(details)
    if "code" in details["responseType"].split(",") and not secret:
        raise Invalid("clientSecret is needed where responseType has code.", target="clientSecret")


def _check_oidc(details: Mapping[str, Any]) -> None:
    parts = urlsplit(details["issuer"])
    if parts.query or (parts.hostname or "").endswith("microsoftonline.com"):
        raise Invalid(
            "issuer must have no query, and must not be microsoftonline.com.", target="issuer"
        )
    if details["responseType"] != "code":
        raise Invalid("responseType must be code.", target="responseType")
    _scope(details)


def _client_secret(values: Mapping[str, Any], row: Row | None) -> str | None:
    """The secret to store; stars keep the one that is there."""
    chosen = values["clientAuthentication"]
    if chosen["@odata.type"] == f"#{PRIVATE_KEY.name}":
        return None
    given = str(chosen["clientSecret"])
    if given.strip("*"):
        return given
    if row is None or row["client_secret"] is None:
        raise Invalid(
            "There is no secret to keep; send it in the clear.",
            target=f"clientAuthentication/{CLIENT_SECRET.properties[0].name}",
        )
    return str(row["client_secret"])


# --------------------------------------------------------------------------- shared


def _details(values: Mapping[str, Any], row: Row | None = None) -> dict[str, Any]:
    """What only this kind has: as stored, with what the body changes."""
    kept = dict((row or {}).get("details") or {})
    kept |= {name: value for name, value in values.items() if name in _DETAILS}
    return {name: value for name, value in kept.items() if value is not None}


def _scope(details: Mapping[str, Any]) -> None:
    if "openid" not in (details.get("scope") or "").split():
        raise Invalid("scope must contain openid.", target="scope")


async def _refuse_create(_context: Context, _values: dict[str, Any]) -> Decision:
    raise Invalid(
        "Built-in identity providers exist in every tenant; create another kind.",
        target="@odata.type",
    )


async def _refuse_change(_context: Context, row: Row, _values: dict[str, Any]) -> Decision:
    raise NotAllowed(f"{row['id']} is built in; it cannot be changed or deleted.")


async def _keep_built_in(_context: Context, row: Row, _values: dict[str, Any]) -> Decision:
    if row["kind"] == "builtIn":
        raise NotAllowed(f"{row['id']} is built in; it cannot be changed or deleted.")
    return Decision()


_LISTED = {"availableProviderTypes": _available}


@dataclass(frozen=True, slots=True)
class ProviderRules:
    """The rules of providers, given what may be called."""

    objection: Objection

    def table(self) -> dict[str, Rules]:
        listed, connect = _LISTED, (self._create_connect, self._update_connect)
        return {
            "microsoft.graph.identityProviderBase": Rules(operations=listed),
            SOCIAL.name: Rules(create=_create_social, operations=listed),
            APPLE.name: Rules(create=_create_apple, update=_update_apple, operations=listed),
            CONNECT.name: Rules(*connect, operations=listed),
            OIDC.name: Rules(self._create_oidc, self._update_oidc, operations=listed),
            BUILT_IN: Rules(
                _refuse_create, _refuse_change, delete=_refuse_change, operations=listed
            ),
            LEGACY.name: Rules(
                _create_legacy, _update_legacy, delete=_keep_built_in, operations=listed
            ),
            LEGACY_CONNECT.name: Rules(*connect, delete=_keep_built_in, operations=listed),
        }

    async def _create_connect(self, context: Context, values: dict[str, Any]) -> Decision:
        details = _details(values)
        await check(self.objection, values, "metadataUrl")
        _check_connect(details, secret=bool(values.get("clientSecret")))
        name = _UNFIT.sub("", values.get("displayName") or values.get("name") or "")[:64]
        return Decision(
            id=f"OIDC-V1-{name or 'Provider'}-{context.world.guid()}",
            columns={"identity_provider_type": "OpenIdConnect", "details": details},
        )

    async def _update_connect(
        self, _context: Context, row: Row, values: dict[str, Any]
    ) -> Decision:
        details = _details(values, row)
        await check(self.objection, values, "metadataUrl")
        secret = values["clientSecret"] if "clientSecret" in values else row["client_secret"]
        _check_connect(details, secret=bool(secret))
        return Decision(columns={"details": details}, exact=True)

    async def _create_oidc(self, context: Context, values: dict[str, Any]) -> Decision:
        details = _details(values)
        await check(self.objection, values, "issuer", "wellKnownEndpoint")
        _check_oidc(details)
        columns = {
            "identity_provider_type": "OpenIdConnect",
            "details": details,
            "client_secret": _client_secret(values, None),
        }
        return Decision(id=context.world.guid(), columns=columns)

    async def _update_oidc(self, _context: Context, row: Row, values: dict[str, Any]) -> Decision:
        details = _details(values, row)
        await check(self.objection, values, "issuer", "wellKnownEndpoint")
        _check_oidc(details)
        columns: dict[str, Any] = {"details": details}
        if "clientAuthentication" in values:
            columns["client_secret"] = _client_secret(values, row)
        return Decision(columns=columns, exact=True)

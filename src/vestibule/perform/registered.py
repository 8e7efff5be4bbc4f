"""Stored registrations → the applications of a tenant's snapshot, with what each was granted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from vestibule.ports import Row
from vestibule.resources.directory.service_principals import roles_of
from vestibule.resources.permissions import GRAPH
from vestibule.tenancy import Application, Credential, RedirectUri, Scope

_REDIRECTS: tuple[tuple[str, Literal["web", "spa", "native"]], ...] = (
    ("web", "web"),
    ("spa", "spa"),
    ("public_client", "native"),
)


def applications(rows: Mapping[str, list[Row]]) -> dict[str, Application]:
    """Those with a service principal: nobody can be given a token for another one.

    A row may have come between two reads: what it refers to is not here then, and it is left out.
    """
    registered = {row["id"]: row for row in rows["application"]}
    principals = {row["id"]: row for row in rows["service_principal"]}
    secrets = by_parent(rows["application_secret"])
    roles, scopes = _assigned(rows, registered, principals), _consented(rows, principals)
    return {
        principal["app_id"].casefold(): _application(
            registered[principal["application"]],
            principal,
            secrets.get(principal["application"], ()),
            roles={app: frozenset(held) for app, held in roles.get(id, {}).items()},
            delegations=scopes.get(id, {}),
        )
        for id, principal in principals.items()
        if principal["application"] in registered
    }


def _assigned(
    rows: Mapping[str, list[Row]], registered: Mapping[str, Row], principals: Mapping[str, Row]
) -> dict[str, dict[str, set[str]]]:
    """Values of the app roles that each service principal holds, by the app id of what has them.

    What an application defines is read from itself, not from its principal's copy.
    """
    defined = {
        id: {
            role["id"]: role["value"]
            for role in roles_of(registered.get(row["application"], row))
            if role.get("value") and role.get("isEnabled", True)
        }
        for id, row in principals.items()
    }
    found: dict[str, dict[str, set[str]]] = {}
    for row in rows["app_role_assignment"]:
        value = defined.get(row["resource"], {}).get(row["app_role"])
        if value is not None:
            app_id = principals[row["resource"]]["app_id"]
            found.setdefault(row["parent"], {}).setdefault(app_id, set()).add(value)
    return found


def _consented(
    rows: Mapping[str, list[Row]], principals: Mapping[str, Row]
) -> dict[str, dict[str, frozenset[str]]]:
    """Scopes that were consented to for each service principal, by the app id of what has them."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    for row in rows["permission_grant"]:
        resource = principals.get(row["resource"])
        if resource is not None:
            scopes = frozenset(row["scope"].split())
            found.setdefault(row["client"], {})[resource["app_id"]] = scopes
    return found


def _application(
    row: Row,
    principal: Row,
    secrets: Iterable[Row],
    *,
    roles: Mapping[str, frozenset[str]],
    delegations: Mapping[str, frozenset[str]],
) -> Application:
    return Application(
        app_id=row["app_id"],
        object_id=principal["id"],
        display_name=row["display_name"],
        enabled=bool(principal["account_enabled"]),
        redirect_uris=tuple(
            RedirectUri(uri, kind)
            for column, kind in _REDIRECTS
            for uri in (row[column] or {}).get("redirectUris") or ()
        ),
        secrets=tuple(
            Credential(secret["secret_hash"], secret["start"], secret["end"]) for secret in secrets
        ),
        certificates=tuple(_certificate(key) for key in row["key_credentials"] or ()),
        identifier_uris=tuple(row["identifier_uris"] or ()),
        scopes=_scopes(row["api"] or {}),
        permissions=roles.get(GRAPH, frozenset()),
        delegations=delegations,
        public=bool(row["is_fallback_public_client"]),
        roles=roles,
        pkce=row["pkce"] or "default",
        logout_url=(row["web"] or {}).get("logoutUrl") or "",
        implicit_id_token=_implicit(row, "enableIdTokenIssuance"),
        implicit_access_token=_implicit(row, "enableAccessTokenIssuance"),
    )


def _implicit(row: Row, name: str) -> bool:
    """One of the two implicit grants of an application (runtime.md 10); off unless it says so."""
    web = row["web"] or {}
    return bool((web.get("implicitGrantSettings") or {}).get(name))


def _certificate(key: Mapping[str, Any]) -> Credential:
    starts, ends = (
        datetime.fromisoformat(key[name]) if key.get(name) else None
        for name in ("startDateTime", "endDateTime")
    )
    return Credential(key["pem"], starts, ends)


def _scopes(api: Mapping[str, Any]) -> tuple[Scope, ...]:
    return tuple(
        Scope(scope["id"], scope["value"], scope.get("isEnabled", True))
        for scope in api.get("oauth2PermissionScopes") or ()
    )


def by_parent(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows of contained records, by what contains them."""
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row["parent"], []).append(row)
    return grouped

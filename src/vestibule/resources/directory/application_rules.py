"""Rules of applications: what may be registered, and their credentials.

Source: runtime section 10; RFC 9700; Microsoft Graph application resource.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from vestibule.addresses import https_or_loopback
from vestibule.edm.types import show_moment
from vestibule.errors import Invalid, NotFound
from vestibule.ports import Binary, Change, Constant, Delete, Insert, Member, Query, Row, Update
from vestibule.resources.directory import redirect_uris
from vestibule.resources.directory.applications import APPLICATION
from vestibule.resources.directory.escalation import check_credentials
from vestibule.resources.permissions import GRAPH
from vestibule.rules import Context, Decision, Done, Rules
from vestibule.vault import digest

_BY_ID = re.compile(r"api://([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:/.*)?")
_RESERVED = frozenset({"https://graph.microsoft.com", "https://graph.windows.net", GRAPH})
_WHOLE: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "api": ("api", {"oauth2PermissionScopes": [], "requestedAccessTokenVersion": None}),
    "publicClient": ("public_client", {"redirectUris": []}),
    "spa": ("spa", {"redirectUris": []}),
    "web": (
        "web",
        {
            "homePageUrl": None,
            "implicitGrantSettings": {
                "enableAccessTokenIssuance": False,
                "enableIdTokenIssuance": False,
            },
            "logoutUrl": None,
            "redirectUris": [],
        },
    ),
}
"""Complex properties: column, and what they are before anything is said."""

_MOST_SECRETS = 50
_LIFETIME = timedelta(days=2 * 365)
_SECRET_BYTES = 32
_OF_SERVICE_PRINCIPAL = {
    "displayName": "display_name",
    "api": "api",
    "appRoles": "app_roles",
    "identifierUris": "identifier_uris",
    "tags": "tags",
}

ReadCertificate = Callable[[str], tuple[str, datetime, datetime]]
"""Base64 of a DER certificate → (PEM, valid from, valid until). Raises Invalid."""


@dataclass(frozen=True, slots=True)
class ApplicationRules:
    """`most_redirect_uris` 0: any number."""

    read_certificate: ReadCertificate
    most_redirect_uris: int = 0

    def table(self) -> dict[str, Rules]:
        """The rules by entity type."""
        return {
            APPLICATION.name: Rules(
                create=self.create,
                update=self.update,
                operations={"addPassword": add_password, "removePassword": remove_password},
            )
        }

    async def create(self, context: Context, values: dict[str, Any]) -> Decision:
        _check(values)
        await _check_uris(context, values, own=str(values.get("appId") or ""))
        id = context.world.guid()
        secrets = [_secret(context, id, one) for one in values.get("passwordCredentials") or ()]
        columns: dict[str, Any] = {
            "app_id": values.get("appId") or context.world.guid(),
            "key_credentials": self._keys(context, values.get("keyCredentials") or (), ()),
            "created": context.now,
            **_merged(values, {}, every=True),
        }
        redirect_uris.check_number(columns, {}, self.most_redirect_uris)
        if columns["app_id"] == GRAPH:
            raise Invalid("That is the application id of Microsoft Graph.", target="appId")
        revealed = [shown for _, shown in secrets]
        return Decision(
            id=id,
            columns=columns,
            also=tuple(change for change, _ in secrets),
            reveal={"passwordCredentials": revealed} if revealed else {},
        )

    async def update(self, context: Context, row: Row, values: dict[str, Any]) -> Decision:
        _check(values)
        await _check_uris(context, values, own=row["app_id"])
        if "passwordCredentials" in values:
            raise Invalid(
                "Secrets are added with addPassword and removed with removePassword.",
                target="passwordCredentials",
            )
        _check_removed(row, values)
        columns = _merged(values, row, every=False)
        redirect_uris.check_number({**row, **columns}, row, self.most_redirect_uris)
        if "keyCredentials" in values:
            await check_credentials(context, row)
            stored = row["key_credentials"] or ()
            columns["key_credentials"] = self._keys(context, values["keyCredentials"] or (), stored)
        also = await _followed(context, row, {**values, **columns})
        # A service principal made meanwhile would show what was: then we look again.
        return Decision(columns=columns, also=tuple(also), exact=True)

    def _keys(
        self, context: Context, given: Sequence[Mapping[str, Any]], stored: Sequence[Any]
    ) -> list[dict[str, Any]]:
        """Certificates to keep: a known keyId without key stays as it is."""
        known = {key["keyId"]: key for key in stored}
        found = []
        for at, one in enumerate(given):
            if one.get("key") is None:
                if one.get("keyId") not in known:
                    raise Invalid(
                        "Send the certificate, base64 of DER.", target=f"keyCredentials/{at}/key"
                    )
                found.append(known[one["keyId"]])
                continue
            pem, starts, ends = self.read_certificate(one["key"])
            found.append(
                {
                    "keyId": one.get("keyId") or context.world.guid(),
                    "displayName": one.get("displayName"),
                    "startDateTime": show_moment(max(starts, one.get("startDateTime") or starts)),
                    "endDateTime": show_moment(min(ends, one.get("endDateTime") or ends)),
                    "pem": pem,
                }
            )
        return found


def _merged(values: Mapping[str, Any], row: Mapping[str, Any], *, every: bool) -> dict[str, Any]:
    """Complex properties by column: what is not said of one stays as it is."""
    return {
        column: {**default, **(row.get(column) or {}), **(values.get(name) or {})}
        for name, (column, default) in _WHOLE.items()
        if every or name in values
    }


async def add_password(context: Context, row: Row | None, values: dict[str, Any]) -> Done:
    """A new secret, shown this once."""
    assert row is not None  # noqa: S101  # bound to one application
    await check_credentials(context, row)
    stored = Query("application_secret", context.tenant, parent=row["id"])
    if await context.entities.count(stored) >= _MOST_SECRETS:
        raise Invalid(
            f"An application has at most {_MOST_SECRETS} secrets; remove one.",
            target="passwordCredential",
        )
    change, shown = _secret(context, row["id"], values.get("passwordCredential") or {})
    return Done(shown, (change,))


async def remove_password(context: Context, row: Row | None, values: dict[str, Any]) -> Done:
    assert row is not None  # noqa: S101  # bound to one application
    key = values["keyId"]
    found = await context.entities.get("application_secret", context.tenant, key, parent=row["id"])
    if found is None:
        raise NotFound(f"The application has no secret with the keyId '{key}'.", target="keyId")
    return Done(also=(Delete("application_secret", context.tenant, found["id"], row["id"]),))


def _secret(
    context: Context, application: str, given: Mapping[str, Any]
) -> tuple[Change, dict[str, Any]]:
    """The row of a secret, and the credential as it is shown once."""
    text = given.get("secretText") or context.world.secret(_SECRET_BYTES)
    starts = given.get("startDateTime") or context.now
    ends = given.get("endDateTime") or starts + _LIFETIME
    if ends <= starts:
        raise Invalid("The secret ends before it starts.", target="endDateTime")
    id = context.world.guid()
    values = {
        "secret_hash": digest(text),
        "hint": text[:3],
        "display_name": given.get("displayName"),
        "start": starts,
        "end": ends,
    }
    shown = {
        "displayName": given.get("displayName"),
        "endDateTime": ends,
        "hint": text[:3],
        "keyId": id,
        "secretText": text,
        "startDateTime": starts,
    }
    return Insert("application_secret", context.tenant, id, values, parent=application), shown


async def _followed(context: Context, row: Row, values: Mapping[str, Any]) -> list[Change]:
    """The service principal shows what its application exposes."""
    columns = {
        column: values[name] for name, column in _OF_SERVICE_PRINCIPAL.items() if name in values
    }
    if not columns:
        return []
    where = Binary("eq", Member("app_id"), Constant(row["app_id"]))
    found = await context.entities.find(Query("service_principal", context.tenant, where=where))
    return [Update("service_principal", context.tenant, one["id"], columns) for one in found]


# --------------------------------------------------------------------------- what may be registered


def _check(values: Mapping[str, Any]) -> None:
    redirect_uris.check(values)
    logout = (values.get("web") or {}).get("logoutUrl")
    if logout and not https_or_loopback(logout):
        raise Invalid("logoutUrl must be an https address.", target="web/logoutUrl")
    _once(_exposed(values), "value", "api/oauth2PermissionScopes")
    _once(values.get("appRoles") or (), "value", "appRoles")
    for role in values.get("appRoles") or ():
        if not {"User", "Application"}.issuperset(role["allowedMemberTypes"]):
            raise Invalid(
                "allowedMemberTypes holds User, Application or both.",
                target="appRoles/allowedMemberTypes",
            )


def _exposed(values: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return (values.get("api") or {}).get("oauth2PermissionScopes") or ()


def _once(items: Sequence[Mapping[str, Any]], name: str, place: str) -> None:
    """Ids and values are unique among what an application exposes."""
    for one in ("id", name):
        given = [str(item[one]).casefold() for item in items if item.get(one)]
        if len(set(given)) < len(given):
            raise Invalid(f"Two entries have the same {one}.", target=f"{place}/{one}")


def _check_removed(row: Row, values: Mapping[str, Any]) -> None:
    """What is enabled must be disabled before it is removed, as Graph demands."""
    pairs = (
        ("appRoles", row["app_roles"] or (), values.get("appRoles")),
        ("api", _exposed(row), (values.get("api") or {}).get("oauth2PermissionScopes")),
    )
    for name, before, after in pairs:
        if after is None:
            continue
        kept = {one["id"] for one in after}
        for one in before:
            if one["id"] not in kept and one.get("isEnabled", True):
                raise Invalid(
                    f"Property {name}: '{one['value']}' cannot be removed unless it is disabled "
                    "first.",
                    target=name,
                )


async def _check_uris(context: Context, values: Mapping[str, Any], *, own: str) -> None:
    """An identifier URI names one application of the tenant: not Graph, and not another one by
    its client id. `own` is the application's, "" before it has one."""
    wanted = [uri.casefold().rstrip("/") for uri in values.get("identifierUris") or ()]
    if len(set(wanted)) < len(wanted):
        raise Invalid("An identifier URI is given twice.", target="identifierUris")
    for uri in wanted:
        scheme, separator, rest = uri.partition(":")
        if not separator or not scheme.isascii() or not rest.strip("/") or " " in uri:
            raise Invalid(
                f"'{uri}' is no identifier URI: use api://… or https://…",
                target="identifierUris",
            )
        by_id = _BY_ID.fullmatch(uri)
        if uri in _RESERVED or (by_id and by_id[1] != own.casefold()):
            raise Invalid(f"'{uri}' names another application.", target="identifierUris")
    if not wanted:
        return
    for row in await context.entities.find(Query("application", context.tenant)):
        taken = {uri.casefold().rstrip("/") for uri in row["identifier_uris"] or ()}
        if row["app_id"].casefold() != own.casefold() and not taken.isdisjoint(wanted):
            raise Invalid(
                "Another object with the same value for property identifierUris already exists.",
                code="Request_MultipleObjectsWithSameKeyValue",
                target="identifierUris",
            )

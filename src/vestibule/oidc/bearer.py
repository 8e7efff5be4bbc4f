"""Access tokens for our Graph: made here and read here.

A token of a user flow, an id token and a token of another tenant's key are not for Graph.
Source: clients.md 6 (10), issue part 7; security.md 2.1 O13, O14, O28.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from vestibule.errors import Unauthenticated
from vestibule.oidc.service import UserStates
from vestibule.oidc.signing import Rejected, Signer, peek
from vestibule.rules import Principal
from vestibule.tenancy import Application, Tenant
from vestibule.world import World

GRAPH = "https://graph.microsoft.com"
AUDIENCES = frozenset({GRAPH, "00000003-0000-0000-c000-000000000000"})
PERSONAL_ACCOUNTS = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""The tenant of personal Microsoft accounts, which have no user flows."""

_SKEW_S = 60
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

FindTenant = Callable[[str], Awaitable[Tenant | None]]


def names_graph(resource: str, base: str) -> bool:
    """Graph by name or id, or our own host: SDKs ask for the host they call, without its port."""
    resource = resource.rstrip("/").lower()
    if resource in AUDIENCES:
        return True
    return resource in (base.lower(), f"https://{urlsplit(base).hostname}")


async def principal(
    authorization: str,
    *,
    find_tenant: FindTenant,
    signer: Signer,
    bases: Collection[str],
    now: datetime,
    fresh_tenant: FindTenant | None = None,
    user_state: UserStates | None = None,
) -> Principal:
    """Who calls, by the Authorization header. `bases` are the origins that are ours.

    `fresh_tenant` is asked once when the token names a key that the tenant at hand lacks;
    `user_state` whether the person of a delegated token is still there, and signed in.
    Raises Unauthenticated with what is wrong.
    """
    token = _token(authorization)
    try:
        header, unverified = peek(token)
        tenant = await _tenant(unverified, find_tenant)
        if fresh_tenant and all(key.kid != header.get("kid") for key in tenant.keys):
            tenant = await fresh_tenant(tenant.id) or tenant
        claims = signer.verify(token, tenant.keys)
    except Rejected as rejected:
        raise Unauthenticated(f"Access token validation failure. {rejected}") from None
    _check_use(claims)
    _check_issuer(claims, tenant, bases)
    _check_time(claims, now)
    found = _principal(claims, tenant)
    application = tenant.application(found.client)
    if application is None and fresh_tenant:
        tenant = await fresh_tenant(tenant.id) or tenant
        application = tenant.application(found.client)
    if application is None or not application.enabled:
        raise Unauthenticated("The application of the access token, 'appid', is no longer there.")
    if found.kind == "delegated" and user_state is not None:
        standing = await user_state(found.tenant, found.id)
        if standing is None or not standing.enabled:
            raise Unauthenticated("The user of the access token, 'oid', is no longer there.")
        _check_sessions(claims, standing.sessions_valid_from)
    return found


def application_token(
    application: Application,
    *,
    tenant: Tenant,
    issuer: str,
    signer: Signer,
    world: World,
    now: datetime,
    permissions: Collection[str] | None = None,
    lifetime_s: int = 3600,
) -> str:
    """A program's token; `permissions` None: those that the application was granted."""
    claims = {
        **_frame(application, tenant=tenant, issuer=issuer, now=now, lifetime_s=lifetime_s),
        "oid": application.object_id,
        "sub": application.object_id,
        "roles": sorted(application.permissions if permissions is None else permissions),
        "idtyp": "app",
        "jti": world.guid(),
        "uti": world.secret(16),
    }
    return signer.sign(tenant.keys[0], claims)


def delegated_token(
    application: Application,
    *,
    user: str,
    upn: str,
    scopes: Collection[str],
    roles: Collection[str],
    tenant: Tenant,
    issuer: str,
    signer: Signer,
    world: World,
    now: datetime,
    lifetime_s: int = 3600,
) -> str:
    """A program's token on behalf of a user; `roles` are directory role template ids."""
    claims = {
        **_frame(application, tenant=tenant, issuer=issuer, now=now, lifetime_s=lifetime_s),
        "oid": user,
        "sub": user,
        "upn": upn,
        "scp": " ".join(sorted(scopes)),
        "wids": sorted(roles),
        "idtyp": "user",
        "jti": world.guid(),
        "uti": world.secret(16),
    }
    return signer.sign(tenant.keys[0], claims)


def _frame(
    application: Application, *, tenant: Tenant, issuer: str, now: datetime, lifetime_s: int
) -> dict[str, Any]:
    issued = int(now.timestamp())
    return {
        "aud": GRAPH,
        "iss": issuer,
        "iat": issued,
        "nbf": issued,
        "exp": issued + lifetime_s,
        "appid": application.app_id,
        "azp": application.app_id,
        "app_displayname": application.display_name,
        "tid": tenant.id,
        "ver": "1.0",
    }


def _token(authorization: str) -> str:
    scheme, _, token = authorization.strip().partition(" ")
    if not authorization.strip():
        raise Unauthenticated("Access token is empty. Send 'Authorization: Bearer' and a token.")
    if scheme.casefold() != "bearer" or not token.strip():
        raise Unauthenticated("The Authorization header must be 'Bearer' and one access token.")
    return token.strip()


async def _tenant(claims: Mapping[str, Any], find_tenant: FindTenant) -> Tenant:
    """The tenant that the token claims, not verified yet; its keys will tell."""
    tid = claims.get("tid")
    if not isinstance(tid, str) or not _GUID.fullmatch(tid):
        raise Unauthenticated(
            "This is not an access token for Microsoft Graph: it has no 'tid'."
            f" Ask the tenant's token endpoint for the scope {GRAPH}/.default."
        )
    if tid.casefold() == PERSONAL_ACCOUNTS:
        raise Unauthenticated("Personal Microsoft accounts have no access. Use a work account.")
    tenant = await find_tenant(tid)
    if tenant is None or tenant.id != tid:
        raise Unauthenticated("The tenant of the access token, 'tid', is not served here.")
    return tenant


def _check_use(claims: Mapping[str, Any]) -> None:
    if claims.get("aud") not in tuple(AUDIENCES) or "tfp" in claims or "acr" in claims:
        raise Unauthenticated(
            "Access token validation failure. Invalid audience: the token is not for Microsoft"
            f" Graph. Ask for the scope {GRAPH}/.default."
        )


def _check_issuer(claims: Mapping[str, Any], tenant: Tenant, bases: Collection[str]) -> None:
    if claims.get("iss") not in [f"{base}/{tenant.id}/v2.0" for base in bases]:
        raise Unauthenticated(
            "Access token validation failure. Invalid issuer: 'iss' is not this server and the"
            " tenant 'tid'."
        )


def _check_time(claims: Mapping[str, Any], now: datetime) -> None:
    starts, ends, present = claims.get("nbf"), claims.get("exp"), now.timestamp()
    if type(starts) is not int or type(ends) is not int:
        raise Unauthenticated("The access token must have 'nbf' and 'exp', in epoch seconds.")
    if present >= ends + _SKEW_S:
        raise Unauthenticated("Lifetime validation failed, the token is expired. Get a new one.")
    if present < starts - _SKEW_S:
        raise Unauthenticated("Lifetime validation failed, the token is not valid yet.")


def _check_sessions(claims: Mapping[str, Any], since: datetime | None) -> None:
    """A token ends with all sessions of its user. `iat` is a whole second: in the very one in
    which they ended the token may be newer, and counts."""
    issued = claims.get("iat")
    if type(issued) is not int:
        raise Unauthenticated("The access token must have 'iat', in epoch seconds.")
    if since is not None and issued + 1 <= since.timestamp():
        raise Unauthenticated("The sessions of the user have been ended since. Sign in again.")


def _principal(claims: Mapping[str, Any], tenant: Tenant) -> Principal:
    oid, client = claims.get("oid"), claims.get("appid")
    if not isinstance(oid, str) or not isinstance(client, str):
        raise Unauthenticated("The access token must have 'oid' and 'appid'.")
    scp, roles = claims.get("scp"), claims.get("roles")
    if claims.get("idtyp") == "app" and isinstance(roles, list) and scp is None:
        return Principal("application", oid, client, tenant.id, frozenset(roles))
    wids = claims.get("wids")
    if claims.get("idtyp") == "user" and isinstance(scp, str) and isinstance(wids, list):
        return Principal(
            "delegated", oid, client, tenant.id, frozenset(scp.split()), frozenset(wids)
        )
    raise Unauthenticated("The access token has neither 'roles' of an application nor 'scp'.")

"""Codes and refresh tokens of the tenant's own authority: tokens in Entra's v2.0 form.

A refresh token is for every resource that was consented to, one in each request. What tokens say
of a person, and the directory roles in a token for Graph, are read when it is issued.
Source: runtime.md 8.5, 12.1, 12.3; Microsoft identity platform, ID and access token claims.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from vestibule.oidc import bearer
from vestibule.oidc.authority import Authority, Issue, Kind
from vestibule.oidc.claims import client_info, half_hash
from vestibule.oidc.clients import Client
from vestibule.oidc.faults import Fault
from vestibule.oidc.granted import Granted
from vestibule.oidc.person_grants import check_standing, redeem_code_at, refresh_at, successor
from vestibule.oidc.scopes import Scopes
from vestibule.oidc.service import Profile, Service, TokenRequest
from vestibule.oidc.signing import encode
from vestibule.oidc.tenant_scopes import wanted
from vestibule.oidc.tenants import own_flow
from vestibule.resources.permissions import GRAPH
from vestibule.tenancy import Application, Flow

LIFETIME_S = 3600
_PROOF = {"none": "0", "secret": "1", "assertion": "2"}
"""`azpacr`: how the client proved who it is."""


async def redeem_code(request: TokenRequest, client: Client, service: Service) -> dict[str, Any]:
    """grant_type=authorization_code at the tenant. Raises Fault."""
    return await redeem_code_at(TENANT, request, client, service)


async def refresh(request: TokenRequest, client: Client, service: Service) -> dict[str, Any]:
    """grant_type=refresh_token at the tenant. Raises Fault."""
    return await refresh_at(TENANT, request, client, service)


async def password(request: TokenRequest, client: Client, service: Service) -> dict[str, Any]:
    """grant_type=password at the tenant: only for applications that say they are public clients.

    No session, no second factor, no guests. Raises Fault.
    """
    if not client.application.public:
        raise Fault("90086", value="password")
    name, secret = request.required("username"), request.required("password")
    scopes = scopes_of(request.required("scope"), client.application, request)
    subject = await service.sign_in(request, name, secret)
    granted = Granted(
        flow=own_flow(request.tenant, client.application.app_id).id,
        user=subject.user,
        client=client.application.app_id,
        redirect_kind="none",
        scopes=scopes,
        nonce="",
        auth_time=subject.auth_time,
        at=request.now.timestamp(),
        family=service.world.guid(),
    )
    flow = _flow(granted, request)
    await check_user(granted, request, service)
    person = await _who(granted, request, service)
    refreshed, then = successor(granted, request=request, flow=flow, service=service)
    await service.tickets.put(*then)
    return tokens(Issue(granted, scopes, flow, refreshed, request, client, service, person))


def scopes_of(text: str, client: Application, request: TokenRequest) -> Scopes:
    """What a token request asks for, all of it consented to. Raises Fault AADSTS65001."""
    found = wanted(text, client, request.tenant, base=request.base)
    if found.missing:
        raise Fault(
            "AADSTS65001",
            error="invalid_grant",
            client=client.app_id,
            scopes=" ".join(found.missing),
        )
    return found.scopes


def tokens(issue: Issue) -> dict[str, Any]:
    """The body of an answer: an access token always, the rest as asked for."""
    granted, scopes, request = issue.granted, issue.scopes, issue.request
    access_token = _for_graph(issue) if scopes.resource == GRAPH else _for_api(issue)
    asked = [name for name in scopes.protocol if name != "offline_access"]
    body: dict[str, Any] = {
        "token_type": "Bearer",
        "scope": " ".join((*(scopes.names or scopes.values), *asked)),
        "expires_in": LIFETIME_S,
        "ext_expires_in": LIFETIME_S,
        "access_token": access_token,
    }
    if issue.refresh is not None:
        body["refresh_token"] = issue.refresh[0]
    if "openid" in scopes.protocol:
        body["id_token"] = _identity(issue, access_token)
    if request.parameters.get("client_info") == "1":
        account = {"oid": granted.user}
        body["client_info"] = client_info(account, tenant=request.tenant, flow=issue.flow)
    return body


def pairwise(user: str, app_id: str, tenant: str) -> str:
    """`sub`: another one for each application, and always the same one (OpenID Connect 8.1).

    Object ids are random, so nobody finds one by trying."""
    return encode(sha256(f"{tenant} {app_id} {user}".encode()).digest()).decode()


def _for_graph(issue: Issue) -> str:
    request, service, person = issue.request, issue.service, _person(issue)
    signed_in = {"openid", "profile", "email"} & set(issue.scopes.protocol)
    return bearer.delegated_token(
        issue.client.application,
        user=issue.granted.user,
        upn=person.principal_name,
        scopes={*issue.scopes.values, *signed_in},
        roles=person.roles,
        tenant=request.tenant,
        issuer=request.issuer(service.settings),
        signer=service.signer,
        world=service.world,
        now=request.now,
        lifetime_s=LIFETIME_S,
    )


def _for_api(issue: Issue) -> str:
    resource = issue.scopes.resource
    scp = {"scp": " ".join(issue.scopes.values)} if issue.scopes.values else {}
    return _signed(
        issue,
        {
            "aud": resource,
            "sub": pairwise(issue.granted.user, resource, issue.request.tenant.id),
            "azp": issue.granted.client,
            "azpacr": _PROOF[issue.client.method],
            **scp,
        },
    )


def _identity(issue: Issue, access_token: str) -> str:
    granted, person = issue.granted, _person(issue)
    told = {"email": person.email} if "email" in issue.scopes.protocol and person.email else {}
    nonce = {"nonce": granted.nonce} if granted.nonce else {}
    return _signed(
        issue,
        {
            "aud": granted.client,
            "sub": pairwise(granted.user, granted.client, issue.request.tenant.id),
            "auth_time": granted.auth_time,
            "at_hash": half_hash(access_token),
            **told,
            **nonce,
        },
    )


def _signed(issue: Issue, claims: dict[str, Any]) -> str:
    """With what every token of the v2.0 form says. Source: runtime.md 8.5 (BX-08)."""
    request, service, person = issue.request, issue.service, _person(issue)
    issued = int(request.now.timestamp())
    common = {
        "iss": request.issuer(service.settings),
        "tid": request.tenant.id,
        "oid": issue.granted.user,
        "preferred_username": person.sign_in_name,
        **({"name": person.name} if person.name else {}),
        "iat": issued,
        "nbf": issued,
        "exp": issued + LIFETIME_S,
        "ver": "2.0",
        "uti": service.world.secret(16),
    }
    return service.signer.sign(request.tenant.keys[0], common | claims)


def _person(issue: Issue) -> Profile:
    if issue.person is None:  # `person` of the authority has refused already
        raise Fault("90128")
    return issue.person


def _flow(granted: Granted, request: TokenRequest) -> Flow:
    flow = request.tenant.flow(granted.flow)
    if flow is None or flow.kind != "b2x":
        raise Fault("90088", actual=granted.flow, expected=request.tenant.domain)
    return flow


async def check_user(granted: Granted, request: TokenRequest, service: Service) -> None:
    """Raises Fault as `check_standing` does."""
    check_standing(granted, await service.user_state(request.tenant.id, granted.user))


async def _who(granted: Granted, request: TokenRequest, service: Service) -> Profile:
    profile = await service.profile(request.tenant.id, granted.user)
    if profile is None:
        raise Fault("90128")
    return profile


def _scopes(kind: Kind, granted: Granted, client: Client, request: TokenRequest) -> Scopes:
    """What the request names, or what was granted. A code is for what was asked for with it."""
    text = request.parameters.get("scope", "")
    if kind == "code" or not text.strip():
        return granted.scopes
    return scopes_of(text, client.application, request)


TENANT = Authority(_flow, _who, _scopes, tokens, "AADSTS54005")

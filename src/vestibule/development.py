"""What `vestibule dev` finds ready: two tenants with fixed ids, applications, flows, people.

Everything goes through the doors that anyone has: Graph bodies through the same validation as
HTTP. Applications are brought up to date at every start (ports and redirect URIs change);
everything else is seeded once, when its tenant is made, and then belongs to its owner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from vestibule import fabrikam
from vestibule.errors import NotFound
from vestibule.fabrikam import Federation
from vestibule.perform.registrations import Registration, missing
from vestibule.ports import Delete, Insert, Update
from vestibule.resources.attributes import EXTENSIONS_APP
from vestibule.resources.permissions import GRAPH
from vestibule.roles import USER_FLOW_ADMINISTRATOR
from vestibule.system import System
from vestibule.vault import digest
from vestibule.web.shell import Client

CONTOSO = "3f1c7e0a-5b1d-4c39-9a57-0c0a7d5e0001"
FABRIKAM = "3f1c7e0a-5b1d-4c39-9a57-0c0a7d5e0002"
DOMAINS = {CONTOSO: "contoso.onmicrosoft.com", FABRIKAM: "fabrikam.onmicrosoft.com"}

WEB = "5f0c9a52-7f4e-4d3b-8b0e-0c0a7d5e0101"
PUBLIC = "5f0c9a52-7f4e-4d3b-8b0e-0c0a7d5e0102"
API = "5f0c9a52-7f4e-4d3b-8b0e-0c0a7d5e0103"
FABRIKAM_WEB = "5f0c9a52-7f4e-4d3b-8b0e-0c0a7d5e0201"
EXTENSIONS = {
    CONTOSO: "5f0c9a52-7f4e-4d3b-8b0e-0c0a7d5e0109",
    FABRIKAM: "5f0c9a52-7f4e-4d3b-8b0e-0c0a7d5e0209",
}

DEV_SECRET = "5f0c9a52-7f4e-4d3b-8b0e-0c0a7d5e0501"
"""The keyId of the secret that the seeds give an application."""

USER = "bob@contoso.example"
ADMINISTRATOR = "admin@contoso.onmicrosoft.com"
FLOWS = ("B2C_1_susi", "B2X_1_partner", fabrikam.FLOW)

SIGN_UP = {"id": "susi", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 3}
CONNECTORS = {
    "7a1d3c58-9a0e-4f0b-b1b0-0c0a7d5e0301": "Approve sign-up",
    "7a1d3c58-9a0e-4f0b-b1b0-0c0a7d5e0302": "Enrich tokens",
}
_SIGN_IN = ("openid", "offline_access", "profile", "email", "User.Read")


@dataclass(frozen=True, slots=True)
class Secrets:
    """Fixed on loopback, so that a test can know them; drawn when others can reach the server."""

    client_secret: str = field(default="dev-secret-that-only-works-on-this-machine", repr=False)
    password: str = field(default="Bobs-password-1", repr=False)
    admin_password: str = field(default="Admins-password-1", repr=False)
    fabrikam_password: str = field(default="Carols-password-1", repr=False)


async def seed(system: System, base: str, redirect_uris: Sequence[str], secrets: Secrets) -> None:
    """Make what is missing; bring redirect URIs and the client secret up to date."""
    new = [tenant for tenant in DOMAINS if await system.tenants.find(tenant) is None]
    for tenant in new:
        name = DOMAINS[tenant].split(".")[0].capitalize()
        await system.make_tenant(DOMAINS[tenant], name, id=tenant)
    for tenant, wanted in _applications(system, base, redirect_uris).items():
        await _register(system, tenant, wanted)
    federation = federated(base, secrets)
    bases = [f"https://{host}" for host in system.settings.hosts]
    await _register(system, FABRIKAM, [federation.application(bases)])
    for tenant, app in ((CONTOSO, WEB), (FABRIKAM, FABRIKAM_WEB), (FABRIKAM, fabrikam.CLIENT)):
        await _secret(system, tenant, app, secrets.client_secret)
    if FABRIKAM in new:
        await system.create(FABRIKAM, "identity/b2cUserFlows", SIGN_UP)
        await fabrikam.provide(system, federation, secrets.fabrikam_password)
    if CONTOSO in new:
        await _contoso(system, secrets)
        await fabrikam.rely(system, federation)
    await fabrikam.follow(system, federation)


def federated(base: str, secrets: Secrets) -> Federation:
    """How the two tenants stand."""
    return Federation(
        CONTOSO, FABRIKAM, DOMAINS[CONTOSO], DOMAINS[FABRIKAM], base, secrets.client_secret
    )


def viewer(base: str) -> str:
    """The redirect URI of the token viewer."""
    return f"{base}/jwt"


def api_scope() -> str:
    """The scope that the seeded API exposes, as a client asks for it."""
    return f"https://{DOMAINS[CONTOSO]}/api/read"


def clients(secrets: Secrets) -> tuple[Client, ...]:
    """The applications that the development pages act as."""
    return (
        Client(CONTOSO, WEB, secrets.client_secret, api_scope()),
        Client(FABRIKAM, FABRIKAM_WEB, secrets.client_secret),
    )


def _applications(
    system: System, base: str, redirect_uris: Sequence[str]
) -> Mapping[str, list[Registration]]:
    uris = [viewer(base), *redirect_uris]
    pages = [uri for uri in uris if uri.startswith(("https://", "http://"))]
    own = [uri for uri in uris if uri not in pages]
    everything = sorted(system.permissions)
    # A person's directory roles decide what an application may do for them.
    consented = {GRAPH: [*_SIGN_IN, *everything], API: ["read"]}
    scope = {"id": "0d8f3a1e-5a55-4c0e-8a3e-0c0a7d5e0401", "value": "read", "isEnabled": True}
    return {
        CONTOSO: [
            _application(EXTENSIONS[CONTOSO], EXTENSIONS_APP),
            _application(
                WEB,
                "Contoso web application",
                web={"redirectUris": uris},
                permissions=everything,
                delegations=consented,
            ),
            _application(
                PUBLIC,
                "Contoso public application",
                spa={"redirectUris": pages},
                public_client={"redirectUris": ["http://localhost", *own]},
                is_fallback_public_client=True,
                delegations=consented,
            ),
            _application(
                API,
                "Contoso API",
                identifier_uris=[f"https://{DOMAINS[CONTOSO]}/api"],
                api={"oauth2PermissionScopes": [scope], "requestedAccessTokenVersion": 2},
            ),
        ],
        FABRIKAM: [
            _application(EXTENSIONS[FABRIKAM], EXTENSIONS_APP),
            _application(
                FABRIKAM_WEB,
                "Fabrikam web application",
                web={"redirectUris": uris},
                permissions=everything,
                delegations={GRAPH: _SIGN_IN},
            ),
        ],
    }


def _application(
    app_id: str,
    display_name: str,
    *,
    permissions: Sequence[str] = (),
    delegations: Mapping[str, Sequence[str]] | None = None,
    **columns: Any,
) -> Registration:
    named = {"app_id": app_id, "display_name": display_name, **columns}
    return Registration(named, permissions, delegations or {})


async def _register(system: System, tenant: str, wanted: Sequence[Registration]) -> None:
    changes = await missing(system.entities, system.world, tenant, wanted)
    if changes:
        await system.apply(tenant, changes)


async def _secret(system: System, tenant: str, app: str, secret: str) -> None:
    """One secret named "dev", replaced when it is another one than before."""
    old = await system.entities.get("application_secret", tenant, "dev", parent=app)
    if old is not None:  # of the first release, whose key ids were no GUIDs
        await system.apply(tenant, [Delete("application_secret", tenant, "dev", app)])
    found = await system.entities.get("application_secret", tenant, DEV_SECRET, parent=app)
    values: dict[str, Any] = {"secret_hash": digest(secret), "display_name": "dev"}
    if found is None:
        values["start"] = system.world.now()
        await system.apply(tenant, [Insert("application_secret", tenant, DEV_SECRET, values, app)])
    elif found["secret_hash"] != values["secret_hash"]:
        await system.apply(tenant, [Update("application_secret", tenant, DEV_SECRET, values, app)])


async def administrator(
    system: System, tenant: str, secret: str, redirect_uris: Sequence[str]
) -> str:
    """An application that holds every permission in a tenant; its client id."""
    client = system.world.guid()
    extensions = _application(system.world.guid(), EXTENSIONS_APP)
    administration = _application(
        client,
        "Administration",
        web={"redirectUris": list(redirect_uris)},
        permissions=sorted(system.permissions),
        delegations={GRAPH: _SIGN_IN},
    )
    await _register(system, tenant, (extensions, administration))
    await _secret(system, tenant, client, secret)
    return client


async def set_passwords(system: System, secrets: Secrets) -> None:
    """Give the seeded people the passwords that dev.json names.

    For a data directory that was used on loopback and is now reached by others, or back.
    """
    people = (
        (CONTOSO, USER, secrets.password),
        (CONTOSO, ADMINISTRATOR, secrets.admin_password),
        (FABRIKAM, fabrikam.USER, secrets.fabrikam_password),
    )
    for tenant, name, password in people:
        with suppress(NotFound):  # removed by its owner
            user = await system.user(tenant, name)
            hashed = {"password_hash": await system.hash_password(password)}
            await system.apply(tenant, [Update("user", tenant, user["id"], hashed)])


async def _contoso(system: System, secrets: Secrets) -> None:
    await system.create(
        CONTOSO,
        "identity/identityProviders",
        {
            "@odata.type": "#microsoft.graph.socialIdentityProvider",
            "displayName": "Facebook",
            "identityProviderType": "Facebook",
            "clientId": "stand-in-client-id",
            "clientSecret": "stand-in-client-secret",
        },
    )
    here = "localhost:8444" if system.settings.egress_loopback else "api.contoso.example"
    for connector, name in CONNECTORS.items():
        await system.create(
            CONTOSO,
            "identity/apiConnectors",
            {
                "id": connector,
                "displayName": name,
                "targetUrl": f"https://{here}/{name.split()[0].lower()}",
                "authenticationConfiguration": {
                    "@odata.type": "#microsoft.graph.basicAuthentication",
                    "username": "vestibule",
                    "password": "stand-in-password",
                },
            },
        )
    await system.create(CONTOSO, "identity/b2cUserFlows", SIGN_UP)
    await system.create(
        CONTOSO, "identity/b2xUserFlows", {**SIGN_UP, "id": "partner", "userFlowTypeVersion": 1}
    )
    await system.create(
        CONTOSO,
        "users",
        {
            "displayName": "Bob",
            "givenName": "Bob",
            "surname": "Baker",
            "identities": [
                {
                    "signInType": "emailAddress",
                    "issuer": DOMAINS[CONTOSO],
                    "issuerAssignedId": USER,
                }
            ],
            "passwordProfile": {"password": secrets.password},
        },
    )
    administrator = await system.create(
        CONTOSO,
        "users",
        {
            "displayName": "Administrator",
            "userPrincipalName": ADMINISTRATOR,
            "passwordProfile": {"password": secrets.admin_password},
        },
    )
    member = {"member": administrator["id"]}
    change = Insert(
        "directory_role_member", CONTOSO, administrator["id"], member, USER_FLOW_ADMINISTRATOR
    )
    await system.apply(CONTOSO, [change])

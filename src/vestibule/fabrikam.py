"""Tenant fabrikam as an identity provider of tenant contoso, on the same development server.

So that federation can be tried with no account anywhere. A flow of fabrikam speaks OpenID Connect
to everybody, and so to contoso, which is an application there like any other; and its own authority
stands in for Entra ID, whence guests come. Ports change from
start to start, so its addresses are brought up to date; everything else belongs to its owner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import SecretStr

from vestibule.oidc.place import METADATA, RETURN, Place
from vestibule.perform.registrations import Registration
from vestibule.ports import Query, Update
from vestibule.resources.permissions import GRAPH
from vestibule.settings import Settings
from vestibule.system import System

CLIENT = "5f0c9a52-7f4e-4d3b-8b0e-0c0a7d5e0202"
"""The application that contoso is at fabrikam."""
USER = "carol@fabrikam.example"
FLOW = "B2C_1_federated"
"""The flow of contoso that offers the provider beside local accounts."""

_PROVIDING = "B2C_1_openid"
_FLOWS = "identity/b2cUserFlows"
_SCOPES = ("openid", "profile", "email")


@dataclass(frozen=True, slots=True)
class Federation:
    """Who stands with whom: tenant ids, their domains, and where the server is."""

    contoso: str
    fabrikam: str
    contoso_domain: str
    fabrikam_domain: str
    base: str
    secret: str = field(repr=False)

    @property
    def metadata(self) -> str:
        """The provider's metadata URL."""
        return Place("", self.fabrikam_domain, _PROVIDING, by_query=False).url(self.base, METADATA)

    def returns(self, bases: Sequence[str]) -> list[str]:
        """Where fabrikam sends browsers back, by whatever name they know this server."""
        place = Place("", self.contoso_domain, "", by_query=False)
        return [place.url(base, RETURN) for base in dict.fromkeys((self.base, *bases))]

    def application(self, bases: Sequence[str]) -> Registration:
        """Contoso, as fabrikam knows it."""
        web = {
            "redirectUris": self.returns(bases),
            # For those who want to try a provider whose response type is id_token.
            "implicitGrantSettings": {"enableIdTokenIssuance": True},
        }
        columns = {"app_id": CLIENT, "display_name": "Contoso", "web": web}
        return Registration(columns, delegations={GRAPH: _SCOPES})

    def as_entra(self, settings: Settings) -> Settings:
        """The settings with fabrikam's own authority in Entra ID's place, unless somebody has named
        a client at the real one."""
        if settings.entra_client_id:
            return settings
        authority = Place("", self.fabrikam_domain, "", by_query=False).url(self.base, METADATA)
        return settings.model_copy(
            update={
                "entra_client_id": CLIENT,
                "entra_client_secret": SecretStr(self.secret),
                "entra_domains": (*settings.entra_domains, self.fabrikam_domain),
                "provider_endpoints": {
                    "AADSignup": {"metadata": authority},
                    **settings.provider_endpoints,
                },
            }
        )


async def provide(system: System, federation: Federation, password: str) -> None:
    """The flow of fabrikam that others rely on, and somebody who signs in there."""
    tenant, domain = federation.fabrikam, federation.fabrikam_domain
    flow = {"id": "openid", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 3}
    await system.create(tenant, _FLOWS, flow)
    settings = f"/vestibule/v1/userFlows/{_PROVIDING}/settings"
    await system.send("PATCH", tenant, settings, {"protocol": "openid"})
    signs_in = {"signInType": "emailAddress", "issuer": domain, "issuerAssignedId": USER}
    carol = {
        "displayName": "Carol",
        "givenName": "Carol",
        "surname": "Cooper",
        "userPrincipalName": f"carol@{domain}",
        "identities": [signs_in],
        "passwordProfile": {"password": password},
    }
    await system.create(tenant, "users", carol)


async def rely(system: System, federation: Federation) -> None:
    """The provider as contoso has it, and a flow with its button."""
    tenant = federation.contoso
    provider = await system.create(
        tenant,
        "identity/identityProviders",
        {
            "@odata.type": "#microsoft.graph.openIdConnectIdentityProvider",
            "displayName": "Fabrikam",
            "clientId": CLIENT,
            "clientSecret": federation.secret,
            "metadataUrl": federation.metadata,
            "scope": "openid profile email",
            "responseType": "code",
            "responseMode": "form_post",
            "domainHint": "fabrikam.example",
            "claimsMapping": {
                "userId": "sub",
                "displayName": "name",
                "givenName": "given_name",
                "surname": "family_name",
                "email": "email",
            },
        },
    )
    flow = {"id": "federated", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 3}
    await system.create(tenant, _FLOWS, flow)
    named = f"{system.settings.public_url}/beta/identity/identityProviders/{provider['id']}"
    links = f"/beta/{_FLOWS}/{FLOW}/userFlowIdentityProviders/$ref"
    await system.send("POST", tenant, links, {"@odata.id": named})
    asked = {
        "displayName": "Display Name",
        "isOptional": False,
        "requiresVerification": False,
        "userInputType": "textBox",
        "userAttributeValues": [],
        "userAttribute": {"id": "displayName"},
    }
    await system.create(tenant, f"{_FLOWS}/{FLOW}/userAttributeAssignments", asked)


async def follow(system: System, federation: Federation) -> None:
    """Where the server is now, and the secret that it has now."""
    for row in await system.entities.find(Query("identity_provider", federation.contoso)):
        if row["client_id"] != CLIENT or row["kind"] != "openIdConnect":
            continue
        wanted = {
            "details": {**row["details"], "metadataUrl": federation.metadata},
            "client_secret": federation.secret,
        }
        if any(row[name] != value for name, value in wanted.items()):
            change = Update("identity_provider", federation.contoso, row["id"], wanted)
            await system.apply(federation.contoso, [change])

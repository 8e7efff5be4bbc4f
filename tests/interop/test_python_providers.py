"""Identity providers of every subtype, new and old, through the Python SDKs."""

from __future__ import annotations

from typing import Any

import pytest

from interop.python_sdk import BETA, BOTH, V1, Sdk, deleted, fresh, ids, refused, run
from live import Live

SECRET = "not-shown"
METADATA = "https://login.contoso.example/.well-known/openid-configuration"


def social(sdk: Sdk) -> Any:
    return sdk.SocialIdentityProvider(
        display_name="Login with Amazon",
        identity_provider_type="Amazon",
        client_id="56433757",
        client_secret=SECRET,
    )


def apple(sdk: Sdk) -> Any:
    return sdk.AppleManagedIdentityProvider(
        display_name="Sign in with Apple",
        developer_id="UBF8T346G9",
        service_id="com.contoso.app.signin",
        key_id="99P6D879C4",
        certificate_data=SECRET,
    )


def oidc(sdk: Sdk) -> Any:
    return sdk.OidcIdentityProvider(
        display_name="Workforce",
        client_id="56433757",
        issuer="https://login.contoso.example",
        well_known_endpoint=METADATA,
        response_type=sdk.OidcResponseType.Code,
        scope="openid profile email",
        client_authentication=sdk.OidcClientSecretAuthentication(client_secret=SECRET),
        inbound_claim_mapping=sdk.OidcInboundClaimMappingOverride(
            sub="sub", name="name", email="email"
        ),
    )


def open_id_connect(sdk: Sdk) -> Any:
    return sdk.OpenIdConnectIdentityProvider(
        display_name="Contoso", **_open_id(sdk), claims_mapping=_claims(sdk)
    )


def _open_id(sdk: Sdk) -> dict[str, Any]:
    return {
        "client_id": "56433757",
        "client_secret": SECRET,
        "domain_hint": "contoso",
        "metadata_url": METADATA,
        "response_mode": sdk.OpenIdConnectResponseMode.Form_post,
        "response_type": sdk.OpenIdConnectResponseTypes.Code,
        "scope": "openid",
    }


def _claims(sdk: Sdk) -> Any:
    return sdk.ClaimsMapping(user_id="sub", display_name="name", email="email")


@pytest.mark.parametrize(
    ("sdk", "make", "prefix"),
    [
        (V1, social, "Amazon-O"),
        (BETA, social, "Amazon-O"),
        (V1, apple, "Apple-Managed-OIDC"),
        (BETA, apple, "Apple-Managed-OIDC"),
        (V1, oidc, ""),
        (BETA, oidc, ""),
        (BETA, open_id_connect, "OIDC-V1-"),
    ],
    ids=["social v1.0", "social", "apple v1.0", "apple", "oidc v1.0", "oidc", "open id connect"],
)
def test_a_provider_lives(live: Live, sdk: Sdk, make: Any, prefix: str) -> None:
    async def story(graph: Any) -> None:
        providers = graph.identity.identity_providers
        body = make(sdk)
        made = await providers.post(body)
        assert made.id.startswith(prefix)
        one = providers.by_identity_provider_base_id(made.id)
        read = await one.get()
        assert type(read) is type(body)
        assert read.display_name == body.display_name
        assert SECRET not in repr(read)
        assert made.id in ids(await providers.get())
        await one.patch(type(body)(display_name="Changed"))
        assert (await one.get()).display_name == "Changed"
        await deleted(sdk, one)

    run(live, sdk, story)


@BOTH
def test_built_in_providers_are_there_and_stay(live: Live, sdk: Sdk) -> None:
    async def story(graph: Any) -> None:
        providers = graph.identity.identity_providers
        page = await providers.get()
        built_in = [one.id for one in page.value if isinstance(one, sdk.BuiltInIdentityProvider)]
        assert "EmailOtpSignup-OAUTH" in built_in
        assert await providers.count.get() == len(page.value)
        one = providers.by_identity_provider_base_id("EmailOtpSignup-OAUTH")
        await refused(sdk, one.delete(), 400, 403, 405, 409)
        types = await providers.available_provider_types.get()
        assert "Google" in types.value

    run(live, sdk, story)


@BOTH
def test_an_old_provider_lives(live: Live, sdk: Sdk) -> None:
    async def story(graph: Any) -> None:
        providers = graph.identity_providers
        made = await providers.post(
            sdk.IdentityProvider(
                name="Login with Amazon", type="Amazon", client_id="56433757", client_secret=SECRET
            )
        )
        one = providers.by_identity_provider_id(made.id)
        assert made.id in ids(await providers.get())
        assert await providers.count.get() > 0
        await one.patch(sdk.IdentityProvider(name="Changed"))
        read = await one.get()
        assert (read.name, read.type) == ("Changed", "Amazon")
        assert read.client_secret != SECRET
        new = graph.identity.identity_providers.by_identity_provider_base_id(made.id)
        assert (await new.get()).display_name == "Changed"
        assert "Google" in (await providers.available_provider_types.get()).value
        await deleted(sdk, one)

    run(live, sdk, story)


def test_an_old_open_id_connect_provider_lives(live: Live) -> None:
    async def story(graph: Any) -> None:
        providers = graph.identity_providers
        body = BETA.OpenIdConnectProvider(
            odata_type="#microsoft.graph.openIdConnectProvider",  # this model alone has no default
            name=fresh("Contoso"),
            type="OpenIdConnect",
            **_open_id(BETA),
            claims_mapping=_claims(BETA),
        )
        made = await providers.post(body)
        one = providers.by_identity_provider_id(made.id)
        read = await one.get()
        assert type(read) is type(body)
        assert read.metadata_url == METADATA
        await deleted(BETA, one)

    run(live, BETA, story)

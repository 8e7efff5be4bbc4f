"""Snapshots of tenants: what they hold, and when they are renewed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from stage import NOON, SUSI, Stage, contoso, flow_row
from vestibule.errors import Conflict
from vestibule.perform.tenants import Tenants
from vestibule.ports import Entities, Insert, Query, Row
from vestibule.resources.directory import grants, service_principals
from vestibule.resources.permissions import GRAPH, role_of
from vestibule.tenancy import (
    SETTINGS_OF_A_FLOW,
    SIGN_IN,
    Assignment,
    Choice,
    Credential,
    RedirectUri,
    Scope,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with contoso(tmp_path) as stage:
        yield stage


async def test_tenant_is_found_by_id_and_domain_in_any_case(stage: Stage) -> None:
    for name in (stage.tenant.id, stage.tenant.id.upper(), "CONTOSO.example"):
        assert await stage.tenants.find(name) is await stage.tenants.find("contoso.example")
    assert await stage.tenants.find("fabrikam.example") is None


async def test_new_tenant_has_a_key_and_the_built_in_providers(stage: Stage) -> None:
    assert [key.kid for key in stage.tenant.keys] == ["kid"]
    assert {row["id"] for row in await stage.rows("identity_provider")} == {
        "AADSignup-OAUTH",
        "MSASignup-OAUTH",
        "EmailOtpSignup-OAUTH",
        "EmailPassword-OAUTH",
    }


async def test_domain_is_given_once(stage: Stage) -> None:
    with pytest.raises(Conflict):
        await stage.tenants.create(
            "Contoso.example", "Again", now=NOON, make_key=lambda: ("k", "RS256", "pem")
        )


async def test_flow_knows_its_links(stage: Stage) -> None:
    tenant = stage.tenant.id
    provider = {"kind": "social", "identity_provider_type": "Facebook"}
    connector = {"target_url": "https://api.example", "authentication": "basic"}
    linked = replace(SUSI, id="B2C_1_Linked", local_account=False)
    await stage.store.entities.apply(
        [
            Insert("identity_provider", tenant, "Facebook-OAUTH", provider),
            Insert("api_connector", tenant, "guid", connector),
            flow_row(tenant, linked),
            *(
                Insert("user_flow_provider", tenant, id, {"provider": id}, "B2C_1_Linked")
                for id in ("Facebook-OAUTH", "EmailPassword-OAUTH")
            ),
            Insert(
                "user_flow_connector",
                tenant,
                "postAttributeCollection",
                {"connector": "guid"},
                "B2C_1_Linked",
            ),
        ]
    )
    fresh = await stage.tenants.fresh("contoso.example")
    assert fresh is not None
    assert fresh.flow("b2c_1_linked") == replace(
        linked,
        providers=("Facebook-OAUTH",),
        connectors={"postAttributeCollection": "guid"},
        settings={**SETTINGS_OF_A_FLOW, "localAccount": "none"},
    )


async def test_application_has_the_flow_that_listens_to_it(stage: Stage) -> None:
    tenant = stage.tenant.id
    row = {"app_id": "Shop", "display_name": "Shop"}
    policy = {"self_service_sign_up": True}
    await stage.store.entities.apply(
        [
            Insert("application", tenant, "object", row),
            flow_row(tenant, replace(SUSI, id="B2X_1_Partners", kind="b2x", version=1.0)),
            Insert("sign_up_listener", tenant, "l", {"priority": 5, "user_flow": "B2X_1_Partners"}),
            Insert("sign_up_listener_application", tenant, "Shop", {"application": "object"}, "l"),
        ]
    )
    closed = await stage.tenants.fresh(tenant)
    assert closed is not None
    assert closed.flow_for("SHOP") is closed.flow("B2X_1_Partners")
    assert not closed.offers_sign_up("shop")
    await stage.store.entities.apply(
        [Insert("authentication_flows_policy", tenant, "authenticationFlowsPolicy", policy)]
    )
    opened = await stage.tenants.fresh(tenant)
    assert opened is not None
    assert opened.offers_sign_up("shop")
    assert opened.flow_for("another") is None
    assert not opened.offers_sign_up("another")
    assert opened.flow("SignIn") is SIGN_IN  # what such an application's sign-ins go through


async def test_application_is_read_as_graph_writes_it(stage: Stage) -> None:
    tenant = stage.tenant.id
    row = {
        "app_id": "APP-1",
        "display_name": "Shop",
        "identifier_uris": ["https://contoso.example/api"],
        "web": {"redirectUris": ["https://shop.example/back"]},
        "spa": {"redirectUris": ["https://spa.example/"]},
        "public_client": {"redirectUris": ["http://localhost"]},
        "api": {"oauth2PermissionScopes": [{"id": "s", "value": "read", "isEnabled": True}]},
        "app_roles": [
            {"id": "r", "value": "Orders.Read", "isEnabled": True},
            {"id": "d", "value": "Orders.Burn", "isEnabled": False},
        ],
    }
    secret = {"secret_hash": "ab" * 32, "end": NOON + timedelta(days=1)}
    await stage.store.entities.apply(
        [
            Insert("application", tenant, "object", row),
            Insert("application_secret", tenant, "key", secret, "object"),
        ]
    )
    without = await stage.tenants.fresh(tenant)
    assert without is not None
    assert without.application("app-1") is None  # nobody gets a token for it
    await stage.store.entities.apply(await granted(stage, {**row, "id": "object"}))
    fresh = await stage.tenants.fresh(tenant)
    assert fresh is not None
    application = fresh.application("app-1")
    assert application is not None
    assert application.redirect_uris == (
        RedirectUri("https://shop.example/back", "web"),
        RedirectUri("https://spa.example/", "spa"),
        RedirectUri("http://localhost", "native"),
    )
    assert application.secrets == (Credential("ab" * 32, ends=NOON + timedelta(days=1)),)
    assert application.scopes == (Scope("s", "read"),)
    assert application.object_id == "sp"
    assert application.permissions == {"IdentityUserFlow.Read.All"}
    assert application.roles == {GRAPH: application.permissions, "APP-1": {"Orders.Read"}}
    assert application.delegations == {GRAPH: {"openid", "email"}, "APP-1": {"read"}}
    assert application.confidential
    assert fresh.exposing("https://contoso.example/API/") is application


async def granted(stage: Stage, application: Row) -> list[Insert]:
    """A service principal that holds a permission of Graph, two roles and scopes of its own."""
    tenant = stage.tenant.id
    [graph] = await stage.rows("service_principal")
    own = service_principals.of_application(tenant, "sp", application, NOON)
    principal = {**own.values, "id": own.id}
    roles = [(graph, role_of("IdentityUserFlow.Read.All")), (principal, "r"), (principal, "d")]
    return [
        own,
        *(
            Insert(
                "app_role_assignment",
                tenant,
                role,
                service_principals.assignment(principal, resource, role, NOON),
                "sp",
            )
            for resource, role in roles
        ),
        grants.grant(tenant, "sp", graph["id"], ["openid", "email"]),
        grants.grant(tenant, "sp", "sp", ["read"]),
    ]


async def test_change_is_seen_when_asked_for_forgotten_or_watched(stage: Stage) -> None:
    here, elsewhere = stage.tenants, Tenants(stage.store.entities, stage.world)
    for tenants in (here, elsewhere):
        assert await tenants.find("contoso.example")
    other = replace(SUSI, id="B2C_1_other")
    await stage.store.entities.apply([flow_row(stage.tenant.id, other)])
    assert not await knows(here, "B2C_1_other")
    here.forget(stage.tenant.id)
    assert await knows(here, "B2C_1_other")
    assert not await knows(elsewhere, "B2C_1_other")
    watching = asyncio.create_task(elsewhere.watch(interval_s=0.01))
    async with asyncio.timeout(10):
        while not await knows(elsewhere, "B2C_1_other"):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
    watching.cancel()


def assigned(tenant: str, flow: str, attribute: str, position: int, **more: Any) -> Insert:
    values = {
        "attribute": attribute,
        "is_optional": False,
        "requires_verification": False,
        "user_input_type": "textBox",
        "position": position,
    }
    return Insert("user_flow_assignment", tenant, attribute, {**values, **more}, flow)


async def test_flow_knows_what_it_asks_for_in_order_and_its_tokens_tell(stage: Stage) -> None:
    tenant = stage.tenant.id
    extension = f"extension_{'0' * 32}_Size"
    custom = {"display_name": "Size", "data_type": "int64", "attribute_type": "custom"}
    sizes = [{"name": "S", "value": "36", "isDefault": True}, {"name": "L", "value": "46"}]
    radio = {"user_input_type": "radioSingleSelect", "user_attribute_values": sizes}
    rows = await stage.rows("user_flow_attribute")
    assert {"city", "email", "surname"} <= {row["id"] for row in rows}
    changes = [
        Insert("user_flow_attribute", tenant, extension, custom),
        assigned(tenant, SUSI.id, "city", 2, display_name="Where you live"),
        assigned(tenant, SUSI.id, extension, 1, is_optional=True, **radio),
        assigned(tenant, SUSI.id, "email", 3, requires_verification=True),
        assigned(tenant, SUSI.id, "givenName", 3),
    ]
    written = await stage.store.entities.apply(changes)
    stage.tenants.changed(tenant, list(zip(changes, written, strict=True)))
    found = await stage.tenants.find(tenant)
    flow = found.flow(SUSI.id) if found else None
    assert flow is not None
    assert [(one.id, one.label, one.claim) for one in flow.attributes] == [
        (extension, "Size", "extension_Size"),
        ("city", "Where you live", "city"),
        ("email", "Email Address", "email"),
        ("givenName", "Given Name", "given_name"),
    ]
    assert flow.attributes[0] == Assignment(
        extension,
        "Size",
        "int64",
        "radioSingleSelect",
        optional=True,
        verification=False,
        values=(Choice("S", "36", default=True), Choice("L", "46")),
    )
    assert flow.attributes[2].verification
    told = SETTINGS_OF_A_FLOW["applicationClaims"]
    assert flow.settings["applicationClaims"] == (*told, "extension_Size", "city")


@pytest.mark.parametrize(
    ("id", "named"),
    [
        ("B2C_1_New", "B2C_1_susi"),
        ("b2c_1_SUSI", "B2C_1_susi"),
        ("B2C_1_SUSI", "B2C_1_SUSI"),
        ("b2c_1_susi", "b2c_1_susi"),
    ],
    ids=["another", "behind in order", "before in order", "exact"],
)
async def test_own_new_flow_is_worked_in_as_it_would_be_loaded(
    stage: Stage, id: str, named: str
) -> None:
    tenant = stage.tenant.id
    facebook = {"kind": "social", "identity_provider_type": "Facebook"}
    await stage.store.entities.apply([Insert("identity_provider", tenant, "F-OAUTH", facebook)])
    stage.tenants.forget(tenant)
    before = await stage.tenants.find(tenant)
    changes = [
        flow_row(tenant, replace(SUSI, id=id)),
        Insert("user_flow_provider", tenant, "F-OAUTH", {"provider": "F-OAUTH"}, id),
        Insert("audit", tenant, "1", {"at": NOON, "action": "create", "result": "success"}),
    ]
    rows = await stage.store.entities.apply(changes)
    stage.tenants.changed(tenant, list(zip(changes, rows, strict=True)))
    mine = await stage.tenants.find(tenant)
    assert before is not None
    assert mine is not None
    assert mine.flows != before.flows
    found = mine.flow("B2C_1_sUSI")
    assert found is not None
    assert found.id == named
    loaded = await stage.tenants.fresh(tenant)
    assert loaded is not mine
    assert loaded is not None
    assert (mine.flows, mine.applications) == (loaded.flows, loaded.applications)


async def test_what_is_committed_during_a_load_is_not_missed(stage: Stage) -> None:
    tenant = stage.tenant.id
    entities, change = stage.store.entities, flow_row(tenant, replace(SUSI, id="B2C_1_late"))

    class Slow:
        """The store, in which a flow is created once the flows have been read."""

        def __getattr__(self, name: str) -> Any:
            return getattr(entities, name)

        async def find(self, query: Query) -> list[Row]:
            rows = await entities.find(query)
            if query.record == "user_flow":
                made = await entities.apply([change])
                late.changed(tenant, [(change, made[0])])
            return rows

    late = Tenants(cast("Entities", Slow()), stage.world)
    assert await knows(late, "B2C_1_late")


async def knows(tenants: Tenants, flow: str) -> bool:
    tenant = await tenants.find("contoso.example")
    return tenant is not None and tenant.flow(flow) is not None


async def test_unchanged_snapshot_is_kept(stage: Stage) -> None:
    before = await stage.tenants.find("contoso.example")
    assert await stage.tenants.fresh("contoso.example") is before

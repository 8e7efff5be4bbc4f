"""What a database of the first releases held as JSON is there as rows after the migration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import MetaData, Table, insert

from cluster import Cluster
from store.shop import NOW, VAULT
from vestibule.perform.snapshot import load_tenant
from vestibule.ports import Binary, Constant, Member, Query
from vestibule.resources import RECORDS
from vestibule.resources.permissions import GRAPH
from vestibule.roles import NAMES
from vestibule.store import Store, open_store
from vestibule.store.migrations import upgrade
from vestibule.store.migrations.run import configured, engine_for
from vestibule.tenancy import Credential

TENANT = "3f1c7e0a-5b1d-4c39-9a57-0c0a7d5e0001"
WEB, API, USER = "WEB-1", "API-1", "Bob-1"
DOMAIN = "contoso.example"
ROLE = NAMES["External ID User Flow Administrator"]
PERMISSIONS = ["IdentityUserFlow.ReadWrite.All", "Vestibule.ReadWrite.All"]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database as the release before had it, with a tenant in it."""
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path / 'old.db'}"
    else:
        cluster: Cluster = request.getfixturevalue("cluster")
        address = cluster.database()
    with engine_for(address).begin() as connection:
        command.upgrade(configured(connection), "0002")
        for name, rows in old_rows().items():
            table = Table(name, MetaData(), autoload_with=connection, resolve_fks=False)
            connection.execute(insert(table), rows)
    return address


def row(id: str, tenant: str = TENANT, **values: Any) -> dict[str, Any]:
    return {"tenant": tenant, "key": id.casefold(), "id": id, "version": 1, **values}


def old_application(id: str, **values: Any) -> dict[str, Any]:
    nothing = dict.fromkeys(("api", "permissions", "delegations"))
    return row(
        id,
        app_id=id,
        app_id_folded=id.lower(),
        display_name="Shop",
        account_enabled=True,
        service_principal=f"sp-{id}",
        **{**nothing, **values},
    )


def old_rows() -> dict[str, list[dict[str, Any]]]:
    scopes = {"oauth2PermissionScopes": [{"id": "s", "value": "read", "isEnabled": True}]}
    attributes = {"city": "Rome", "jobTitle": "Cook", "extension_1_loyalty": 3}
    return {
        "tenant": [row(TENANT, "", domain=DOMAIN, domain_folded=DOMAIN)],
        "application": [
            old_application(
                WEB,
                permissions=json.dumps(PERMISSIONS),
                delegations=json.dumps({"graph": ["openid"], API: ["read"], "gone": ["x"]}),
            ),
            old_application(API, api=json.dumps(scopes)),
        ],
        "application_secret": [row("key", parent=WEB.casefold(), secret_hash="ab" * 32)],
        "user": [
            row(
                USER,
                user_principal_name=f"bob@{DOMAIN}",
                user_principal_name_folded=f"bob@{DOMAIN}",
                account_enabled=True,
                roles=json.dumps([ROLE]),
                attributes=json.dumps(attributes),
            ),
        ],
        "user_identity": [
            row(
                "emailAddress:Bob@contoso.example",
                parent=USER.casefold(),
                sign_in_type="emailAddress",
                issuer=DOMAIN,
                issuer_folded=DOMAIN,
                issuer_assigned_id="Bob@contoso.example",
                assigned_key="bob@contoso.example",
                assigned_key_folded="bob@contoso.example",
            )
        ],
    }


async def opened(url: str) -> Store:
    return await open_store(url, RECORDS, VAULT)


@pytest.mark.anyio
async def test_applications_keep_what_they_were_granted(url: str) -> None:
    upgrade(url)
    store = await opened(url)
    tenant = await store.entities.get("tenant", "", TENANT)
    assert tenant is not None
    snapshot = await load_tenant(store.entities, tenant, NOW)
    web, api = snapshot.application(WEB), snapshot.application(API)
    assert web is not None
    assert api is not None
    assert (web.object_id, web.enabled) == (f"sp-{WEB}", True)
    assert web.permissions == set(PERMISSIONS)
    assert web.delegations == {GRAPH: {"openid"}, API: {"read"}}
    assert web.secrets == (Credential("ab" * 32),)
    assert [scope.value for scope in api.scopes] == ["read"]
    await store.close()


@pytest.mark.anyio
async def test_people_keep_names_attributes_and_roles(url: str) -> None:
    upgrade(url)
    store = await opened(url)
    user = await store.entities.get("user", TENANT, USER)
    assert user is not None
    assert (user["city"], user["job_title"]) == ("Rome", "Cook")
    assert user["attributes"] == {"extension_1_loyalty": 3}
    assert (user["other_mails"], user["business_phones"]) == ([], [])
    where = Binary("eq", Member("issuer_assigned_id"), Constant("BOB@contoso.example"))
    [identity] = await store.entities.find(Query("user_identity", TENANT, where=where))
    assert (identity["parent"], identity["issuer_assigned_id"]) == (
        USER,
        "Bob@contoso.example",
    )
    [member] = await store.entities.find(Query("directory_role_member", TENANT))
    assert (member["parent"], member["member"]) == (ROLE, USER)
    roles = await store.entities.find(Query("directory_role", TENANT))
    assert {one["display_name"]: one["id"] for one in roles} == NAMES
    await store.close()

"""Accounts of people who come from identity providers, on a real store of either kind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from cluster import Cluster
from stage import ADA, Stage, contoso
from vestibule.journey.effects import (
    CreateFederated,
    IdentityTaken,
    ReadUser,
    UserCreated,
    UserExists,
    UserRead,
)
from vestibule.perform.federated import find_identity
from vestibule.ports import Update

pytestmark = pytest.mark.anyio

GOOGLE = "google.com"
HER = CreateFederated(GOOGLE, "Ada-At-Google", ADA, {"displayName": "Ada", "city": "Paris"})


@pytest.fixture(params=["sqlite", "postgresql"])
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    url = ""
    if request.param == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        url = cluster.database()
    async with contoso(tmp_path, url=url) as made:
        yield made


async def created(stage: Stage, effect: CreateFederated = HER, *, turn: int | None = None) -> str:
    result = await stage.perform(effect, turn=turn)
    assert isinstance(result, UserCreated), result
    return result.user


async def test_an_account_is_made_as_b2c_makes_it(stage: Stage) -> None:
    id = await created(stage)
    (user,) = await stage.rows("user")
    principal = f"cpim_{id}@contoso.example"
    assert user["user_principal_name"] == principal
    assert (user["user_type"], user["creation_type"], user["account_enabled"]) == (
        "Member", None, True,
    )  # fmt: skip
    assert (user["other_mails"], user["mail"], user["password_hash"]) == ([ADA], None, None)
    named = {
        (one["sign_in_type"], one["issuer"], one["issuer_assigned_id"])
        for one in await stage.rows("user_identity")
    }
    assert named == {
        ("federated", GOOGLE, "Ada-At-Google"),
        ("userPrincipalName", "contoso.example", principal),
    }
    read = await stage.perform(ReadUser(id))
    assert isinstance(read, UserRead)
    assert read.claims == {"oid": id, "name": "Ada", "city": "Paris", "emails": [ADA]}


async def test_a_repetition_finds_what_it_made(stage: Stage) -> None:
    assert await created(stage, turn=7) == await created(stage, turn=7)
    assert len(await stage.rows("user")) == 1
    assert [row["result"] for row in await stage.rows("audit")] == ["success"]


async def test_of_many_at_once_one_is_made(stage: Stage) -> None:
    """Two tabs, or a person who is impatient: everybody ends as the same user."""
    results = await asyncio.gather(*(stage.perform(HER, turn=turn) for turn in range(8)))
    (made,) = [one for one in results if isinstance(one, UserCreated)]
    taken = [one for one in results if isinstance(one, IdentityTaken)]
    assert taken == [IdentityTaken(made.user)] * 7
    assert len(await stage.rows("user")) == 1


async def test_no_address_links_and_neither_does_another_issuer(stage: Stage) -> None:
    ids = {
        await created(stage),
        await created(stage, replace(HER, issuer="facebook.com")),
        await created(stage, replace(HER, subject="another-ada")),
    }
    assert len(ids) == 3
    rows = await stage.rows("user")
    assert [row["other_mails"] for row in rows] == [[ADA]] * 3


async def test_subjects_that_differ_in_case_are_never_one(stage: Stage) -> None:
    id = await created(stage)
    entities, tenant = stage.store.entities, stage.tenant.id
    assert await find_identity(entities, tenant, GOOGLE, HER.subject) == id
    assert await find_identity(entities, tenant, GOOGLE, HER.subject.lower()) == ""
    other = replace(HER, subject=HER.subject.lower())
    assert await stage.perform(other) == UserExists()
    assert len(await stage.rows("user")) == 1


async def test_who_has_the_name_locally_is_not_found(stage: Stage) -> None:
    """An issuer could be called as the tenant is; a local name is no identity of a provider."""
    id = await created(stage)
    (name,) = [
        one for one in await stage.rows("user_identity") if one["sign_in_type"] == "federated"
    ]
    change = Update(
        "user_identity", stage.tenant.id, name["id"], {"sign_in_type": "userName"}, parent=id
    )
    await stage.store.entities.apply([change])
    assert await find_identity(stage.store.entities, stage.tenant.id, GOOGLE, HER.subject) == ""

"""Accounts on a real store: passwords, creation once, claims."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from stage import ADA, COMMON, PASSWORD, Stage, contoso
from vestibule.journey.effects import (
    CheckPassword,
    CreateUser,
    HashPassword,
    PasswordHashed,
    PasswordRefused,
    PasswordRight,
    PasswordWrong,
    ReadUser,
    Result,
    UserCreated,
    UserExists,
    UserGone,
    UserRead,
)
from vestibule.perform.passwords import Hasher
from vestibule.perform.performer import Performer
from vestibule.ports import Update

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with contoso(tmp_path) as stage:
        yield stage


async def signed_up(stage: Stage, address: str = ADA) -> str:
    hashed = await stage.perform(HashPassword(PASSWORD))
    assert isinstance(hashed, PasswordHashed)
    created = await stage.perform(CreateUser(address, hashed.hash, {}))
    assert isinstance(created, UserCreated)
    return created.user


async def tries(stage: Stage, password: str, name: str = ADA) -> Result:
    return await stage.perform(CheckPassword(name, password))


async def test_created_user_looks_as_b2c_makes_it(stage: Stage) -> None:
    id = await signed_up(stage)
    [user] = await stage.rows("user")
    principal_name = f"{id}@contoso.example"
    assert (user["id"], user["user_principal_name"]) == (id, principal_name)
    assert (user["display_name"], user["creation_type"]) == ("unknown", "LocalAccount")
    assert user["password_policies"] == "DisablePasswordExpiration"
    identities = {
        (row["sign_in_type"], row["issuer"], row["issuer_assigned_id"])
        for row in await stage.rows("user_identity")
    }
    assert identities == {
        ("emailAddress", "contoso.example", ADA),
        ("userPrincipalName", "contoso.example", principal_name),
    }


async def test_hash_is_argon2id_with_owasps_figures(stage: Stage) -> None:
    stage.tools = replace(stage.tools, hasher=Hasher(threads=1))
    hashed = await stage.perform(HashPassword(PASSWORD))
    stage.tools.hasher.close()
    assert isinstance(hashed, PasswordHashed)
    assert hashed.hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert hashed.hash not in repr(hashed)


async def test_right_password_signs_in_however_the_address_is_written(stage: Stage) -> None:
    id = await signed_up(stage)
    assert await tries(stage, PASSWORD, ADA.upper()) == PasswordRight(id)


@pytest.mark.parametrize(
    ("hiding", "name", "why"),
    [
        (False, ADA, "wrong"),
        (False, "mallory@contoso.example", "unknown"),
        (True, ADA, "refused"),
        (True, "mallory@contoso.example", "refused"),
    ],
    ids=["wrong", "unknown", "wrong, hidden", "unknown, hidden"],
)
async def test_refusal_tells_what_the_setting_allows(
    stage: Stage, *, hiding: bool, name: str, why: str
) -> None:
    await signed_up(stage)
    if hiding:
        stage.hiding()
    assert await tries(stage, "wrong", name) == PasswordWrong(why)


async def test_disabled_account_is_told_only_to_who_knows_the_password(stage: Stage) -> None:
    id = await signed_up(stage)
    disabled = Update("user", stage.tenant.id, id, {"account_enabled": False})
    await stage.store.entities.apply([disabled])
    assert await tries(stage, "wrong") == PasswordWrong("wrong")
    assert await tries(stage, PASSWORD) == PasswordWrong("disabled")
    assert await stage.perform(ReadUser(id)) == UserGone("disabled")


async def test_full_queue_of_hashes_turns_away(stage: Stage) -> None:
    stage.tools = replace(stage.tools, hasher=Hasher(threads=1, waiting=0))
    answers = await asyncio.gather(*(stage.perform(HashPassword(PASSWORD)) for _ in range(3)))
    stage.tools.hasher.close()
    assert answers.count(PasswordRefused("busy")) == 2


async def test_one_address_cannot_fill_the_queue_of_hashes(stage: Stage) -> None:
    """Half of the four places here; a neighbour in the same IPv6 network is the same one."""
    id = await signed_up(stage)
    stage.tools = replace(stage.tools, hasher=Hasher(threads=1, waiting=3, share=0.5))
    crowd = [
        perform_from(stage, f"2001:db8::{number}", CheckPassword(f"nobody-{number}", "guess"))
        for number in range(8)
    ]
    ada = perform_from(stage, "192.0.2.9", CheckPassword(ADA, PASSWORD))
    *strangers, signed_in = await asyncio.gather(*crowd, ada)
    stage.tools.hasher.close()
    assert strangers.count(PasswordWrong("busy")) == 6
    assert signed_in == PasswordRight(id)


async def perform_from(stage: Stage, ip: str, effect: CheckPassword) -> Result:
    occasion = replace(stage.occasion(), ip=ip)
    return await Performer(stage.tools).perform(effect, occasion)


@pytest.mark.parametrize(
    ("password", "refused"),
    [(COMMON, True), (f"{COMMON}-and-more", False)],
    ids=["common", "not common"],
)
async def test_password_that_everybody_has_is_refused_to_new_accounts(
    stage: Stage, *, password: str, refused: bool
) -> None:
    answer = await stage.perform(HashPassword(password))
    assert (answer == PasswordRefused("common")) is refused


async def test_common_password_that_an_account_has_signs_in(stage: Stage) -> None:
    hashed = await stage.tools.hasher.hash(COMMON)
    created = await stage.perform(CreateUser(ADA, hashed, {}))
    assert isinstance(created, UserCreated)
    assert await tries(stage, COMMON) == PasswordRight(created.user)


async def test_creating_twice_on_one_occasion_makes_one_user(stage: Stage) -> None:
    effect = CreateUser(ADA, "phc", {"displayName": "Ada", "city": "London"})
    first = await stage.perform(effect, turn=7)
    assert await stage.perform(effect, turn=7) == first
    assert len(await stage.rows("user")) == 1


async def test_taken_address_is_refused_whatever_its_case(stage: Stage) -> None:
    await signed_up(stage)
    again = CreateUser(ADA.upper(), "phc", {})
    assert await stage.perform(again, turn=7) == UserExists()
    assert await stage.perform(again, turn=7) == UserExists()
    assert len(await stage.rows("user")) == 1


async def test_of_concurrent_creations_one_wins(stage: Stage) -> None:
    effect = CreateUser(ADA, "phc", {})
    answers = await asyncio.gather(*(stage.perform(effect) for _ in range(16)))
    assert sum(isinstance(answer, UserCreated) for answer in answers) == 1
    assert answers.count(UserExists()) == 15


async def test_answers_are_kept_by_graphs_names_with_their_types(stage: Stage) -> None:
    own = {"displayName": "Ada", "givenName": "Augusta", "surname": "King"}
    built_in = {"city": "London", "jobTitle": "Countess"}
    others = {
        f"extension_{'0' * 32}_Size": 36,
        f"extension_{'0' * 32}_News": False,
        f"extension_{'0' * 32}_Likes": ["music", "numbers"],
    }
    created = await stage.perform(CreateUser(ADA, "phc", {**own, **built_in, **others}))
    assert isinstance(created, UserCreated)
    [user] = await stage.rows("user")
    assert (user["display_name"], user["given_name"], user["surname"]) == tuple(own.values())
    assert (user["city"], user["job_title"]) == tuple(built_in.values())
    assert user["attributes"] == others
    read = await stage.perform(ReadUser(created.user))
    assert isinstance(read, UserRead)
    told = {name: value for name, value in read.claims.items() if name not in {"oid", "emails"}}
    assert told == {
        "name": "Ada",
        "given_name": "Augusta",
        "family_name": "King",
        "city": "London",
        "jobTitle": "Countess",
        "extension_Size": 36,
        "extension_News": False,
        "extension_Likes": ["music", "numbers"],
    }


async def test_claims_hold_what_has_a_value_by_token_name(stage: Stage) -> None:
    extension = f"extension_{'0' * 32}_Loyalty_Id"
    attributes = {"displayName": "Ada", "surname": "Lovelace", "city": "", extension: "7"}
    created = await stage.perform(CreateUser(ADA, "phc", attributes))
    assert isinstance(created, UserCreated)
    more = {"other_mails": [ADA.upper(), "ada@home.example"]}
    await stage.store.entities.apply([Update("user", stage.tenant.id, created.user, more)])
    assert await stage.perform(ReadUser(created.user)) == UserRead(
        {
            "oid": created.user,
            "name": "Ada",
            "family_name": "Lovelace",
            "emails": [ADA, "ada@home.example"],
            "extension_Loyalty_Id": "7",
        }
    )


async def test_deleted_user_is_gone(stage: Stage) -> None:
    assert await stage.perform(ReadUser("nobody")) == UserGone("deleted")


async def test_every_outcome_leaves_one_audit_row_without_what_was_typed(stage: Stage) -> None:
    id = await signed_up(stage)
    await tries(stage, "wrong")
    await tries(stage, PASSWORD)
    await tries(stage, PASSWORD, "my-secret-password")
    await stage.perform(CreateUser(ADA, "phc", {}))
    rows = await stage.rows("audit")
    assert sorted((row["action"], row["result"], row["actor"], row["target"]) for row in rows) == [
        ("signIn", "success", id, id),
        ("signIn", "unknown", "", ""),
        ("signIn", "wrong", "", id),
        ("signUp", "exists", "", ""),
        ("signUp", "success", id, id),
    ]
    assert {(row["ip"], row["correlation"]) for row in rows} == {("192.0.2.1", "correlation")}
    assert "my-secret-password" not in str(rows)

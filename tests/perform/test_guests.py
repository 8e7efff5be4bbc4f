"""Guests on a real store: whom a name means, how one is let in, and that an address has one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cluster import Cluster
from stage import ADA, NOON, PASSWORD, Stage, contoso
from vestibule.journey.effects import (
    AccountFound,
    AccountUnknown,
    AdmitGuest,
    CheckCode,
    CheckPassword,
    CodeRight,
    CodeWrong,
    CreateGuest,
    FindAccount,
    GuestAdmitted,
    HashPassword,
    PasswordHashed,
    PasswordRight,
    PasswordWrong,
    ReadUser,
    Result,
    SendCode,
    SignUpClosed,
    UserCreated,
    UserGone,
    UserRead,
)
from vestibule.ports import Insert, Row, Update
from vestibule.resources.directory.guests import principals
from vestibule.resources.directory.identities import identity

pytestmark = pytest.mark.anyio

BOB = "bob@fabrikam.example"
BOBS_NAME = "bob_fabrikam.example#EXT#@contoso.example"
DETAILS = {"displayName": "Bob", "city": "Wien", "extension_0a_Size": "L"}


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with contoso(tmp_path) as stage:
        stage.tenant = replace(stage.tenant, self_service_sign_up=True)
        yield stage


async def user(stage: Stage, id: str, **columns: Any) -> str:
    """A user as somebody else made it; `identities` are (issuer, assigned id)."""
    tenant, given = stage.tenant.id, columns.pop("identities", ())
    principal = columns.pop("user_principal_name", f"{id}@contoso.example")
    values = {
        "user_principal_name": principal,
        "account_enabled": True,
        "user_type": "Guest",
        "attributes": {},
        **columns,
    }
    named = [identity(tenant, id, "userPrincipalName", "contoso.example", principal)]
    named += [identity(tenant, id, "federated", issuer, assigned) for issuer, assigned in given]
    await stage.store.entities.apply([Insert("user", tenant, id, values), *named])
    return id


async def invited(stage: Stage, id: str = "invited", **columns: Any) -> str:
    given = {
        "user_principal_name": BOBS_NAME,
        "mail": BOB,
        "creation_type": "Invitation",
        "external_user_state": "PendingAcceptance",
    }
    return await user(stage, id, **{**given, **columns})


async def stored(stage: Stage, id: str) -> Row:
    row = await stage.store.entities.get("user", stage.tenant.id, id)
    assert row is not None
    return row


async def identities(stage: Stage) -> set[tuple[str, str, str]]:
    return {
        (row["sign_in_type"], row["issuer"], row["issuer_assigned_id"])
        for row in await stage.rows("user_identity")
    }


# --------------------------------------------------------------------------- whose name it is


async def test_a_member_is_found_by_each_name_and_proves_the_password(stage: Stage) -> None:
    hashed = await stage.perform(HashPassword(PASSWORD))
    assert isinstance(hashed, PasswordHashed)
    id = await user(stage, "ada", user_type="Member", password_hash=hashed.hash)
    address = identity(stage.tenant.id, id, "emailAddress", "contoso.example", "ada@elsewhere.org")
    await stage.store.entities.apply([address])
    for name in ("ADA@contoso.example", "ada@Elsewhere.org"):
        assert await stage.perform(FindAccount(name)) == AccountFound("password", id)
        right = CheckPassword(name, PASSWORD, id)
        assert await stage.perform(right) == PasswordRight(id)
        assert await stage.perform(CheckPassword(name, "guess", id)) == PasswordWrong("wrong")


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("nobody@contoso.example", True),
        ("nobody@CONTOSO.example", True),
        ("nobody", True),
        ("+431234567", True),
        (BOB, False),
        (BOBS_NAME, True),
    ],
)
async def test_a_stranger_is_told_from_a_name_that_could_only_be_ours(
    stage: Stage, name: str, *, ours: bool
) -> None:
    assert await stage.perform(FindAccount(name)) == AccountUnknown(ours)
    stage.hiding()
    hidden = AccountUnknown(ours, hidden=True, masked=not ours)
    assert await stage.perform(FindAccount(name)) == hidden
    stage.tenant = replace(stage.tenant, kind="workforce")
    assert await stage.perform(FindAccount(name)) == AccountUnknown(ours, hidden=True)


@pytest.mark.parametrize(
    ("columns", "name", "realm"),
    [
        ({"identities": [("mail", BOB)]}, BOB.upper(), "mail"),
        ({"mail": BOB, "user_principal_name": BOBS_NAME}, BOB, "mail"),
        (
            {"mail": BOB, "user_principal_name": BOBS_NAME, "identities": [("google.com", "1")]},
            BOB,
            "google.com",
        ),
        ({"mail": BOB, "user_principal_name": BOBS_NAME}, BOBS_NAME, None),
        ({"mail": "eve@x.example", "user_principal_name": BOBS_NAME}, BOB, None),
        ({"mail": BOB}, BOB, None),
        ({"mail": BOB, "user_principal_name": BOBS_NAME, "user_type": "Member"}, BOB, None),
        (
            {"mail": BOB, "user_principal_name": BOBS_NAME, "identities": [("mail", "b@x.org")]},
            BOB,
            None,
        ),
    ],
    ids=[
        "by the identity", "invited", "of another provider", "by the principal name",
        "the address of somebody else", "mail alone", "no guest", "mail changed later",
    ],
)  # fmt: skip
async def test_a_guest_is_found_by_the_address_that_proves_it(
    stage: Stage, columns: dict[str, Any], name: str, realm: str | None
) -> None:
    id = await user(stage, "guest", **columns)
    found = await stage.perform(FindAccount(name))
    if realm is None:
        assert isinstance(found, AccountUnknown)
    else:
        assert found == AccountFound(realm, id)


async def test_where_accounts_are_hidden_addresses_from_outside_are_masked(stage: Stage) -> None:
    stage.hiding()
    hashed = await stage.perform(HashPassword(PASSWORD))
    assert isinstance(hashed, PasswordHashed)
    id = await user(stage, "ada", user_type="Member", password_hash=hashed.hash)
    address = identity(stage.tenant.id, id, "emailAddress", "contoso.example", "ada@elsewhere.org")
    await stage.store.entities.apply([address])
    await invited(stage)
    masked = AccountFound("password", id, masked=True)
    assert await stage.perform(FindAccount("ada@elsewhere.org")) == masked
    assert await stage.perform(FindAccount("ada@contoso.example")) == AccountFound("password", id)
    assert await stage.perform(FindAccount(BOB)) == AccountFound("mail", "invited", masked=True)
    # The proof of the address is no way around the password.
    assert await stage.perform(AdmitGuest(id, "ada@elsewhere.org")) == UserGone("member")
    assert await stage.perform(AdmitGuest("another", "ada@elsewhere.org")) == UserGone("deleted")


# --------------------------------------------------------------------------- passcodes


async def test_a_passcode_has_eight_digits_and_half_an_hour(stage: Stage) -> None:
    await stage.perform(SendCode(BOB, "emailOtp"))
    [mail] = await stage.rows("message")
    assert mail["subject"] == "Contoso: your code for signing in"
    assert "30 minutes" in mail["body"]
    code = await stage.code()
    asked = stage.world.asked_digits
    assert asked == [8]
    stage.world.move(minutes=29, seconds=59)
    assert await stage.perform(CheckCode(BOB, "signUp", code)) == CodeWrong("wrong")
    assert await stage.perform(CheckCode(BOB, "emailOtp", code)) == CodeRight(BOB)
    await stage.perform(SendCode(BOB, "emailOtp"))
    stage.world.move(minutes=30)
    late = CheckCode(BOB, "emailOtp", await stage.code())
    assert await stage.perform(late) == CodeWrong("expired")


async def test_a_passcode_is_mailed_whether_or_not_accounts_are_hidden(stage: Stage) -> None:
    stage.hiding()
    await invited(stage)
    for address in (BOB, ADA):
        await stage.perform(SendCode(address, "emailOtp"))
        code = await stage.code()
        assert await stage.perform(CheckCode(address, "emailOtp", code)) == CodeRight(address)


# --------------------------------------------------------------------------- letting in


async def test_a_first_sign_in_accepts_the_invitation(stage: Stage) -> None:
    id = await invited(stage)
    assert await stage.perform(AdmitGuest(id, BOB)) == GuestAdmitted(id)
    row = await stored(stage, id)
    assert (row["external_user_state"], row["external_user_state_changed"]) == ("Accepted", NOON)
    assert ("federated", "mail", BOB) in await identities(stage)
    stage.world.move(hours=1)
    assert await stage.perform(AdmitGuest(id, BOB)) == GuestAdmitted(id)
    assert (await stored(stage, id))["external_user_state_changed"] == NOON
    signed_in = [row for row in await stage.rows("audit") if row["action"] == "signIn"]
    assert [row["result"] for row in signed_in] == ["success", "success"]


@pytest.mark.parametrize("turn", [1, 2])
async def test_an_invitation_is_accepted_once_however_often_it_is_repeated(
    stage: Stage, turn: int
) -> None:
    id = await invited(stage)
    results = await asyncio.gather(
        stage.perform(AdmitGuest(id, BOB), turn=1), stage.perform(AdmitGuest(id, BOB), turn=turn)
    )
    assert list(results) == [GuestAdmitted(id)] * 2
    assert len([row for row in await stage.rows("user_identity") if row["issuer"] == "mail"]) == 1
    assert len([row for row in await stage.rows("audit") if row["target"] == id]) == turn


@pytest.mark.parametrize(
    ("columns", "address", "user_named", "answer"),
    [
        ({"account_enabled": False}, BOB, "invited", UserGone("disabled")),
        ({}, ADA, "invited", UserGone("deleted")),
        ({}, BOB, "another", UserGone("deleted")),
        ({"identities": [("google.com", "1")]}, BOB, "invited", UserGone("deleted")),
    ],
    ids=["disabled", "another address", "another user", "another provider"],
)
async def test_nobody_is_let_in_as_somebody_else(
    stage: Stage, columns: dict[str, Any], address: str, user_named: str, answer: Result
) -> None:
    await invited(stage, **columns)
    assert await stage.perform(AdmitGuest(user_named, address)) == answer
    row = await stored(stage, "invited")
    assert row["external_user_state"] == "PendingAcceptance"


# --------------------------------------------------------------------------- creating


async def test_a_guest_looks_as_entra_makes_it(stage: Stage) -> None:
    made = await stage.perform(CreateGuest(BOB, DETAILS))
    assert isinstance(made, UserCreated)
    row = await stored(stage, made.user)
    expected = {
        "user_principal_name": BOBS_NAME,
        "display_name": "Bob",
        "mail": BOB,
        "city": "Wien",
        "user_type": "Guest",
        "creation_type": "SelfServiceSignUp",
        "external_user_state": None,
        "account_enabled": True,
        "password_hash": None,
        "attributes": {"extension_0a_Size": "L"},
        "created": NOON,
    }
    assert {name: row[name] for name in expected} == expected
    assert await identities(stage) == {
        ("federated", "mail", BOB),
        ("userPrincipalName", "contoso.example", BOBS_NAME),
    }
    read = await stage.perform(ReadUser(made.user))
    assert isinstance(read, UserRead)
    assert read.claims["emails"] == [BOB]


async def test_without_a_name_a_guest_is_called_by_the_address(stage: Stage) -> None:
    made = await stage.perform(CreateGuest(BOB, {}))
    assert isinstance(made, UserCreated)
    assert (await stored(stage, made.user))["display_name"] == "bob"


async def test_a_principal_name_that_somebody_else_has_is_not_taken_over(stage: Stage) -> None:
    await user(stage, "eve", user_principal_name=BOBS_NAME, mail="eve@x.example")
    made = await stage.perform(CreateGuest(BOB, {}))
    assert isinstance(made, UserCreated)
    name = (await stored(stage, made.user))["user_principal_name"]
    assert re.fullmatch(r"bob_fabrikam\.example_[0-9a-f]{8}#EXT#@contoso\.example", name)
    assert await stage.perform(FindAccount(BOB)) == AccountFound("mail", made.user)
    assert (await stored(stage, "eve"))["mail"] == "eve@x.example"
    first, second = principals("ann@x.example", "contoso.example")
    await user(stage, "first", user_principal_name=first)
    await user(stage, "second", user_principal_name=second)
    assert await stage.perform(CreateGuest("ann@x.example", {})) == UserGone("taken")


async def test_who_was_invited_meanwhile_is_that_guest(stage: Stage) -> None:
    id = await invited(stage)
    assert await stage.perform(CreateGuest(BOB, DETAILS)) == GuestAdmitted(id)
    row = await stored(stage, id)
    assert (row["external_user_state"], row["city"]) == ("Accepted", None)
    disabled = Update("user", stage.tenant.id, id, {"account_enabled": False})
    await stage.store.entities.apply([disabled])
    assert await stage.perform(CreateGuest(BOB, DETAILS)) == UserGone("disabled")


GOOGLE = ("google.com", "1079")


async def test_one_address_may_be_that_of_guests_of_several_providers(stage: Stage) -> None:
    people = ((), GOOGLE, ("facebook.com", "7"), ("MicrosoftAccount", "8"), (GOOGLE[0], "1080"))
    made = [await stage.perform(CreateGuest(BOB, {}, *who)) for who in people]
    assert [type(one) for one in made] == [UserCreated] * len(people)
    assert len(set(made)) == len(people)


async def test_a_guest_of_a_provider_is_found_by_issuer_and_subject_alone(stage: Stage) -> None:
    by_mail = await stage.perform(CreateGuest(BOB, {}))
    made = await stage.perform(CreateGuest(BOB, DETAILS, *GOOGLE))
    assert isinstance(by_mail, UserCreated)
    assert isinstance(made, UserCreated)
    assert made != by_mail  # the same address, and somebody else
    assert ("federated", *GOOGLE) in await identities(stage)
    assert (await stored(stage, made.user))["mail"] == BOB
    assert await stage.perform(CreateGuest("new@x.example", {}, *GOOGLE)) == GuestAdmitted(
        made.user
    )
    assert len(await stage.rows("user")) == 2
    disabled = Update("user", stage.tenant.id, made.user, {"account_enabled": False})
    await stage.store.entities.apply([disabled])
    assert await stage.perform(CreateGuest(BOB, {}, *GOOGLE)) == UserGone("disabled")


async def test_a_closed_door_makes_no_guest(stage: Stage) -> None:
    stage.tenant = replace(stage.tenant, self_service_sign_up=False)
    assert await stage.perform(CreateGuest(BOB, DETAILS)) == SignUpClosed()
    assert await stage.rows("user") == []


@pytest.mark.parametrize("engine", ["SQLite", "PostgreSQL"])
async def test_of_browsers_that_sign_up_at_once_one_makes_the_guest(
    request: pytest.FixtureRequest, tmp_path: Path, engine: str
) -> None:
    cluster: Cluster | None = None
    if engine == "PostgreSQL":
        cluster = request.getfixturevalue("cluster")
    async with contoso(tmp_path, url=cluster.database() if cluster else "") as stage:
        stage.tenant = replace(stage.tenant, self_service_sign_up=True)
        effect = CreateGuest(BOB, DETAILS)
        results = await asyncio.gather(*(stage.perform(effect) for _ in range(8)))
        [made] = [one for one in results if isinstance(one, UserCreated)]
        others = [one for one in results if one != made]
        assert others == [GuestAdmitted(made.user)] * 7
        assert len(await stage.rows("user")) == 1
        assert await stage.perform(effect, turn=1) in {made, GuestAdmitted(made.user)}

"""Whose account it is, and what we keep of what a provider tells about somebody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from abroad import BROWSER, FABRIKAM, Abroad, abroad, fabrikam
from cluster import Cluster
from foreign import ADA, Foreign, foreign
from vestibule.journey.effects import Arrive, CreateUser, Federated, ProviderFailed, UserCreated
from vestibule.perform.providers.arrivals import arrive
from vestibule.ports import Insert, Update
from vestibule.resources.directory.identities import identity

pytestmark = pytest.mark.anyio

SUBJECT = str(ADA["sub"])
MALLORYS = "OIDC-V1-Mallory-1"


@pytest.fixture(scope="module")
def mallory() -> Iterator[Foreign]:
    with foreign() as provider:
        yield provider


@pytest.fixture(scope="module")
async def people(shared: Abroad, mallory: Foreign) -> dict[str, str]:
    """Who has an account at Contoso: name → object id. Mallory's provider is linked too."""
    tenant, base = shared.stage.tenant.id, shared.provider.base
    await shared.store(Insert("identity_provider", tenant, MALLORYS, fabrikam(mallory)))
    ids = {}
    for name in ("ada", "bob", "carol"):
        address = "ada@fabrikam.example" if name == "bob" else f"{name}@contoso.example"
        created = await shared.stage.perform(CreateUser(address, "phc", {}))
        assert isinstance(created, UserCreated)
        ids[name] = created.user
    await shared.store(
        identity(tenant, ids["ada"], "federated", base, SUBJECT),
        identity(tenant, ids["carol"], "federated", "google.com", "carol-at-google"),
        identity(tenant, ids["bob"], "userName", base, "bob-by-name"),
    )
    return ids


async def came(there: Abroad, id: str = FABRIKAM, **person: Any) -> Federated:
    there.provider.person = {**ADA, **person}
    result = await there.visit(id)
    assert isinstance(result, Federated), result
    return result


# --------------------------------------------------------------------------- whose account


async def test_account_is_found_by_issuer_and_subject(
    there: Abroad, people: dict[str, str]
) -> None:
    assert (await came(there)).user == people["ada"]
    assert (await came(there, "code by query")).user == people["ada"], "the same issuer"
    assert (await came(there, email="new@fabrikam.example", name="Countess")).user == people["ada"]
    assert (await came(there, "Google-OAUTH", sub="carol-at-google")).user == people["carol"]


async def test_audit_tells_how_it_ended(there: Abroad, people: dict[str, str]) -> None:
    async def told() -> tuple[str, str, str]:
        latest = max(await there.stage.rows("audit"), key=lambda row: str(row["at"]))
        there.stage.world.move(seconds=1)
        return latest["result"], latest["actor"], latest["target"]

    ada = people["ada"]
    there.stage.world.move(seconds=1)
    await came(there)
    assert await told() == ("success", ada, ada)
    there.provider.denies = True
    await there.visit()
    assert await told() == ("declined", "", "")
    there.forget()
    there.provider.token_changes = {"nonce": None}
    await there.visit()
    assert await told() == ("provider", "", "")
    there.forget()
    tenant = there.stage.tenant.id
    await there.store(Update("user", tenant, ada, {"account_enabled": False}))
    await came(there)
    assert await told() == ("disabled", "", ada)
    await there.store(Update("user", tenant, ada, {"account_enabled": True}))


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("id", "person"),
    [
        (FABRIKAM, {"sub": SUBJECT.upper()}),
        (FABRIKAM, {"sub": "somebody-else"}),
        (FABRIKAM, {"sub": "bob-by-name"}),
        (FABRIKAM, {"sub": "ada@contoso.example", "email": "ada@contoso.example"}),
        (FABRIKAM, {"sub": "carol-at-google"}),
        ("Google-OAUTH", {}),
        ("Google-OAUTH", {"sub": "carol-at-google".upper()}),
        ("oidc mapped", {"employee": "4711"}),
        (FABRIKAM, {"sub": "%"}),
        (FABRIKAM, {"sub": "' or '1'='1"}),
    ],
    ids=[
        "a subject of another case",
        "the address of a local account",
        "a name that has a password",
        "a subject that is a sign-in name here",
        "a subject of another provider",
        "a subject of another issuer",
        "a subject of another case, at Google",
        "another claim for the user id",
        "a subject like every other",
        "a subject that is SQL",
    ],
)
async def test_nobodys_account_is_found_by(there: Abroad, id: str, person: dict[str, Any]) -> None:
    assert (await came(there, id, **person)).user == ""


@pytest.mark.usefixtures("people")
async def test_subjects_of_two_issuers_collide_in_vain(there: Abroad, mallory: Foreign) -> None:
    mallory.reform()
    mallory.now = there.provider.now
    mallory.person = ADA
    result = await there.arrive(mallory.answer(await there.address(MALLORYS)), MALLORYS)
    assert isinstance(result, Federated)
    assert (result.subject, result.user) == (SUBJECT, "")
    assert result.issuer == mallory.base != there.provider.base


@pytest.mark.usefixtures("people")
async def test_mallory_cannot_mix_up_providers(there: Abroad, mallory: Foreign) -> None:
    """Ada chooses Mallory's provider, which sends her on to Fabrikam: the answer must not go back
    to Mallory (RFC 9207 section 1)."""
    mallory.reform()
    address = await there.address(MALLORYS)
    honest = there.provider.answer(address.replace(mallory.base, there.provider.base))
    refused = await there.arrive(honest, MALLORYS)
    assert isinstance(refused, ProviderFailed)
    assert "another issuer" in refused.reason
    assert mallory.count("/token") == 0


@pytest.mark.usefixtures("people")
async def test_answer_counts_where_somebody_left_from(there: Abroad) -> None:
    async def answer() -> dict[str, str]:
        return there.provider.answer(await there.address())

    stage = there.stage
    elsewhere = stage.occasion(journey="another", browser=BROWSER)
    for refused in (
        await arrive(stage.tools, elsewhere, Arrive(FABRIKAM, await answer())),
        await there.arrive(await answer(), MALLORYS),
        await there.arrive(await answer(), browser="Mallory's browser"),
        await there.arrive({**await answer(), "state": ""}),
    ):
        assert isinstance(refused, ProviderFailed)
        assert "Nobody left" in refused.reason
    late = await answer()
    stage.world.move(hours=1)
    assert isinstance(await there.arrive(late), ProviderFailed)
    assert there.provider.count("/token") == 0


async def test_token_of_an_earlier_visit_is_worth_nothing(there: Abroad) -> None:
    id = "id token by form"
    first = there.provider.answer(await there.address(id))
    assert isinstance(await there.arrive(first, id), Federated)
    second = there.provider.answer(await there.address(id))
    refused = await there.arrive({**second, "id_token": first["id_token"]}, id)
    assert isinstance(refused, ProviderFailed)
    assert "nonce" in refused.reason


async def test_code_of_another_departure_is_worth_nothing(there: Abroad) -> None:
    stolen = there.provider.answer(await there.address())
    own = there.provider.answer(await there.address())
    refused = await there.arrive({**own, "code": stolen["code"]})
    assert isinstance(refused, ProviderFailed)
    assert "invalid_grant" in refused.reason, "by PKCE"


@pytest.fixture(params=["sqlite", "postgres"])
async def either(
    request: pytest.FixtureRequest, tmp_path: Path, stand_in: Foreign
) -> AsyncIterator[Abroad]:
    url = ""
    if request.param == "postgres":
        cluster: Cluster = request.getfixturevalue("cluster")
        url = cluster.database()
    async with abroad(tmp_path, stand_in, url=url) as place:
        place.forget()
        yield place


async def test_one_answer_lets_one_in(either: Abroad) -> None:
    stage, base = either.stage, either.provider.base
    created = await stage.perform(CreateUser("ada@contoso.example", "phc", {}))
    assert isinstance(created, UserCreated)
    await either.store(identity(stage.tenant.id, created.user, "federated", base, SUBJECT))
    answer = either.provider.answer(await either.address())
    results = await asyncio.gather(*(either.arrive(answer) for _ in range(16)))
    [let_in] = [one for one in results if isinstance(one, Federated)]
    assert let_in.user == created.user
    assert sum(isinstance(one, ProviderFailed) for one in results) == 15
    assert either.provider.count("/token") == 1


# --------------------------------------------------------------------------- what is kept


NAMES = {
    "as it is": ("Zoë 李 محمد", "Zoë 李 محمد"),
    "joined letters": ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
    "markup": ("<script>alert('x')</script>", "scriptalert('x')/script"),
    "two lines": ("Ada\r\nSet-Cookie: a=b", "Ada Set-Cookie: a=b"),
    "separators of lines": ("Ada\u2028Lovelace\u2029", "Ada Lovelace"),
    "other directions": ("\u202eecalevoL\u2066 adA\u2069\u200f", "ecalevoL adA"),
    "control characters": ("A\x00d\x1b[31ma\x7f", "A d [31ma"),
    "ten thousand characters": ("A" * 10_000, "A" * 256),
    "thousands of marks": ("A" + "\u0301" * 5_000, "Á" + "\u0301" * 255),
    "composed": ("Ame\u0301lie", "Amélie"),
    "spaces": ("  Ada   Lovelace ", "Ada Lovelace"),
    "nothing but spaces": (" \t\r\n ", None),
    "nothing but directions": ("\u202e\u202d", None),
    "empty": ("", None),
    "null": (None, None),
    "a number": (7, None),
    "true": (True, None),
    "a list": (["Ada"], None),
    "an object": ({"first": "Ada"}, None),
}


@pytest.mark.parametrize(("said", "kept"), NAMES.values(), ids=NAMES.keys())
async def test_name_is_cleaned(there: Abroad, said: Any, kept: str | None) -> None:
    there.provider.info_changes = {"name": None}
    result = await came(there, name=said)
    assert result.attributes.get("displayName") == kept
    assert result.subject == SUBJECT


async def test_shorter_property_holds_less(there: Abroad) -> None:
    result = await came(there, given_name="A" * 10_000)
    assert result.attributes["givenName"] == "A" * 64


async def test_half_a_character_is_refused(there: Abroad) -> None:
    there.provider.person = {**ADA, "name": "\ud800"}
    assert isinstance(await there.visit(), ProviderFailed)


ADDRESSES = {
    "verified": ({"email_verified": True}, True),
    "verified, as a text": ({"email_verified": "true"}, True),
    "not told": ({"email_verified": None}, True),
    "not verified": ({"email_verified": False}, False),
    "not verified, as a text": ({"email_verified": "false"}, False),
    "verified, as a number": ({"email_verified": 1}, True),
    "not verified, as a number": ({"email_verified": 0}, False),
    "verified by another number": ({"email_verified": 2}, False),
    "verified by a list": ({"email_verified": [True]}, False),
    "two lines": ({"email": "ada@fabrikam.example\r\nBcc: eve@fabrikam.example"}, False),
    "two addresses": ({"email": "ada@fabrikam.example, eve@fabrikam.example"}, False),
    "a name around it": ({"email": "Ada <ada@fabrikam.example>"}, False),
    "letters that look alike": ({"email": "\u0430da@fabrikam.example"}, False),
    "ten thousand characters": ({"email": "a" * 10_000 + "@fabrikam.example"}, False),
    "a list": ({"email": ["ada@fabrikam.example"]}, False),
    "no address": ({"email": "ada"}, False),
}


@pytest.mark.parametrize(("said", "kept"), ADDRESSES.values(), ids=ADDRESSES.keys())
async def test_address_is_kept(there: Abroad, said: dict[str, Any], *, kept: bool) -> None:
    result = await came(there, **said)
    assert result.email == ("ada@fabrikam.example" if kept else "")


async def test_mapping_may_name_other_properties_and_other_claims(there: Abroad) -> None:
    mapping = {"userId": "oid", "displayName": "nick", "city": "town", "jobTitle": "role"}
    details = {**fabrikam(there.provider)["details"], "claimsMapping": mapping}
    row = {**fabrikam(there.provider), "details": details}
    tenant = there.stage.tenant.id
    await there.store(Insert("identity_provider", tenant, "mapped elsewhere", row))
    result = await came(there, "mapped elsewhere", oid="0815", nick="Countess", town="London")
    assert (result.subject, result.email) == ("0815", "")
    assert result.attributes == {"displayName": "Countess", "city": "London"}
    there.provider.person = {"sub": SUBJECT, "nick": "Countess"}
    refused = await there.visit("mapped elsewhere")
    assert isinstance(refused, ProviderFailed)
    assert "user id is missing" in refused.reason


async def test_changed_provider_is_another_one(there: Abroad) -> None:
    answer = there.provider.answer(await there.address())
    there.provider.metadata_changes = {"issuer": f"{there.provider.base}/new"}
    there.hurry(10)  # with nothing at hand
    refused = await there.arrive(answer)
    assert isinstance(refused, ProviderFailed)
    assert "meanwhile" in refused.reason

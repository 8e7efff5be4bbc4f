"""The token endpoint: grants, bindings, replays, lifetimes. Bob signs in, Mallory tries things."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from oidc.contoso import (
    API,
    API_READ,
    API_WRITE,
    BARE,
    BASE,
    BOB,
    NO_CLAIMS,
    NOW,
    OLD_FLOW,
    OTHER_API,
    OTHER_FLOW,
    OTHER_READ,
    PROGRAM,
    SECRET,
    SPA,
    SPA_URI,
    SUSI,
    TID,
    WEB,
    fabrikam,
    unpacked,
    unpacked_info,
)
from oidc.endpoint import VERIFIER, State, endpoint
from vestibule.oidc.claims import half_hash
from vestibule.oidc.faults import Fault

pytestmark = pytest.mark.anyio


async def refused(attempt: Awaitable[object]) -> str:
    """The number with which an attempt was refused; every refusal of a grant says its kind."""
    with pytest.raises(Fault) as refusal:
        await attempt
    return refusal.value.number


# ------------------------------------------------------------------ what a success looks like


async def test_openid_alone_gives_an_id_token_and_no_access_token(tmp_path: Path) -> None:
    async with endpoint(tmp_path) as at:
        body = await at.redeem(await at.code("openid", nonce="n0", new_user=True))
    assert set(body) == {
        "id_token", "id_token_expires_in", "token_type", "not_before", "scope", "profile_info",
    }  # fmt: skip
    header, claims = unpacked(body["id_token"])
    assert header == {"alg": "RS256", "kid": at.tenant.keys[0].kid, "typ": "JWT"}
    assert claims.pop("jti")
    now = int(NOW.timestamp())
    assert claims == {
        "iss": f"{BASE}/{TID}/v2.0/", "aud": WEB, "sub": BOB, "oid": BOB, "ver": "1.0",
        "tfp": "B2C_1_susi", "nonce": "n0", "auth_time": now, "iat": now, "nbf": now,
        "exp": now + 3600, "emails": ["bob@contoso.example"], "name": "Bob", "newUser": True,
    }  # fmt: skip
    assert unpacked_info(body["profile_info"]) == {
        "ver": "1.0", "tid": TID, "sub": None, "name": "Bob", "preferred_username": None,
        "idp": None,
    }  # fmt: skip


async def test_an_api_scope_gives_an_access_token_for_the_api(tmp_path: Path) -> None:
    async with endpoint(tmp_path) as at:
        code = await at.code(f"openid offline_access {API_READ} {API_WRITE}")
        body = await at.redeem(code, client_info="1")
    _, access = unpacked(body["access_token"])
    _, identity = unpacked(body["id_token"])
    assert (access["aud"], access["azp"], access["scp"]) == (API, WEB, "read")
    assert access["tfp"] == "B2C_1_susi"
    for name in ("oid", "name", "emails"):  # whatever the scopes are
        assert access[name] == identity[name]
    assert identity["at_hash"] == half_hash(body["access_token"])
    now = int(NOW.timestamp())
    assert (body["expires_in"], body["expires_on"], body["not_before"]) == (3600, now + 3600, now)
    assert (body["resource"], body["scope"]) == (API, API_READ)
    assert body["refresh_token_expires_in"] == 1_209_600
    assert unpacked_info(body["client_info"]) == {"uid": f"{BOB}-b2c_1_susi", "utid": TID}
    assert "profile_info" not in body


async def test_the_own_id_as_scope_gives_an_access_token_for_the_client(tmp_path: Path) -> None:
    async with endpoint(tmp_path) as at:
        body = await at.redeem(await at.code(f"openid {WEB}"))
    _, access = unpacked(body["access_token"])
    assert access["aud"] == WEB
    assert "scp" not in access
    assert (body["resource"], body["scope"]) == (WEB, WEB)


async def test_without_oid_the_account_id_is_the_flow_alone(tmp_path: Path) -> None:
    async with endpoint(tmp_path) as at:
        code = await at.code("openid", flow=NO_CLAIMS)
        body = await at.redeem(code, NO_CLAIMS, client_info="1")
    _, claims = unpacked(body["id_token"])
    assert "oid" not in claims
    assert "emails" not in claims
    assert unpacked_info(body["client_info"])["uid"] == "-b2c_1_none"


async def test_a_flow_can_issue_in_its_own_name_and_form(tmp_path: Path) -> None:
    flow = replace(
        OTHER_FLOW,
        settings={**OTHER_FLOW.settings, "policyClaim": "acr", "subjectForm": "notSupported"},
    )
    async with endpoint(tmp_path) as at:
        body = await at.redeem(await at.code("openid", flow=flow), flow)
    _, claims = unpacked(body["id_token"])
    assert claims["iss"] == f"{BASE}/tfp/{TID}/b2c_1_other/v2.0/"
    assert claims["acr"] == "b2c_1_other"
    assert "tfp" not in claims
    assert claims["sub"] == "Not supported currently. Use oid claim."


async def test_old_versions_of_flows_write_numbers_as_text(tmp_path: Path) -> None:
    async with endpoint(tmp_path) as at:
        code = await at.code(f"openid offline_access {API_READ}", flow=OLD_FLOW)
        body = await at.redeem(code, OLD_FLOW)
    assert (body["expires_in"], body["refresh_token_expires_in"]) == ("3600", "1209600")


async def test_tokens_of_one_second_differ(tmp_path: Path) -> None:
    async with endpoint(tmp_path) as at:
        first = await at.redeem(await at.code(f"openid offline_access {API_READ}"))
        second = await at.refresh(first["refresh_token"])
    for name in ("access_token", "id_token", "refresh_token"):
        assert first[name] != second[name]


# ------------------------------------------------------------------ what a code is bound to


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"code": ""}, "90083"),
        ({"code": "nonsense"}, "90085"),
        ({"redirect_uri": None}, "90083"),
        ({"redirect_uri": "https://app.example/q?x=1"}, "90006"),
        ({"client_id": None}, "90008"),
        ({"client_id": "unknown"}, "90018"),
        ({"client_id": PROGRAM}, "90092"),
        ({"client_id": SPA, "client_secret": None}, "90279"),
        ({"client_id": SPA}, "90084"),
        ({"client_secret": None}, "90079"),
        ({"client_secret": "wrong"}, "90081"),
        ({"client_secret": "ended"}, "90081"),
        ({"client_secret": "early"}, "90081"),
        ({"code_verifier": None}, "90183"),
        ({"code_verifier": "short"}, "90183"),
        ({"code_verifier": "v" * 129}, "90183"),
        ({"code_verifier": "v" * 42 + "!"}, "90183"),
        ({"code_verifier": "w" * 43}, "90182"),
        ({"grant_type": None}, "90083"),
        ({"grant_type": "password"}, "90086"),
        ({"client_assertion": "e30.e30.e30"}, "90276"),
    ],
    ids=[
        "no code",
        "unknown code",
        "no redirect URI",
        "another redirect URI",
        "no client",
        "unknown client",
        "disabled client",
        "another client",
        "public client with a secret",
        "no secret",
        "wrong secret",
        "secret that has ended",
        "secret that has not begun",
        "no verifier",
        "short verifier",
        "long verifier",
        "verifier with an illegal character",
        "wrong verifier",
        "no grant type",
        "unknown grant type",
        "two credentials",
    ],
)
async def test_a_code_is_refused_and_stays_good(
    tmp_path: Path, changes: dict[str, str | None], number: str
) -> None:
    async with endpoint(tmp_path) as at:
        code = await at.code()
        assert await refused(at.redeem(code, **changes)) == number
        assert (await at.redeem(code))["id_token"]


async def test_a_code_is_good_at_its_own_flow_and_tenant_only(tmp_path: Path) -> None:
    async with endpoint(tmp_path) as at:
        code = await at.code()
        assert await refused(at.redeem(code, OTHER_FLOW)) == "90088"
        assert await refused(at.redeem(code, SUSI, fabrikam())) == "90085"
        token = (await at.redeem(code))["refresh_token"]
        assert await refused(at.refresh(token, OTHER_FLOW)) == "90088"
        assert await refused(at.refresh(token, SUSI, fabrikam())) == "90085"
        assert await refused(at.refresh(token, client_id=SPA, client_secret=None)) == "90279"


async def test_a_verifier_without_challenge_is_a_downgrade(tmp_path: Path) -> None:
    async with endpoint(tmp_path) as at:
        code = await at.code(code_challenge=None)
        assert await refused(at.redeem(code)) == "90183"
        assert await at.redeem(code, code_verifier=None)


async def test_a_plain_challenge_is_met_by_itself(tmp_path: Path) -> None:
    async with endpoint(tmp_path) as at:
        code = await at.code(code_challenge=VERIFIER, code_challenge_method="plain")
        assert await refused(at.redeem(code, code_verifier="w" * 43)) == "90182"
        assert await at.redeem(code)


async def test_a_code_ends_and_says_so(tmp_path: Path) -> None:
    async with endpoint(tmp_path) as at:
        code = await at.code()
        at.world.later(seconds=599)
        assert await at.redeem(code)
        code = await at.code()
        at.world.later(seconds=600)
        with pytest.raises(Fault, match=r"Current time: \d+, Grant issued time: \d+") as refusal:
            await at.redeem(code)
    assert (refusal.value.number, refusal.value.error) == ("90080", "invalid_grant")


async def test_a_replayed_code_kills_the_tokens_that_came_from_it(tmp_path: Path) -> None:
    async with endpoint(tmp_path) as at:
        code = await at.code()
        token = (await at.redeem(code))["refresh_token"]
        token = (await at.refresh(token))["refresh_token"]
        assert await refused(at.redeem(code)) == "90129"
        assert await refused(at.refresh(token)) == "90085"


async def test_of_sixteen_who_present_one_code_one_gets_tokens(tmp_path: Path) -> None:
    async with endpoint(tmp_path) as at:
        code = await at.code()
        tries = [at.redeem(code) for _ in range(16)]
        results = await asyncio.gather(*tries, return_exceptions=True)
    assert len([one for one in results if isinstance(one, dict)]) == 1
    assert all(isinstance(one, dict) or _kind(one) == "invalid_grant" for one in results)


# ------------------------------------------------------------------ refresh tokens


async def test_refreshed_tokens_repeat_the_first_claims(tmp_path: Path) -> None:
    async with endpoint(tmp_path) as at:
        first = await at.redeem(await at.code("openid offline_access", new_user=True, nonce="n"))
        at.world.later(minutes=30)
        second = await at.refresh(first["refresh_token"])
    _, before = unpacked(first["id_token"])
    _, after = unpacked(second["id_token"])
    assert {name for name in before if before[name] != after[name]} == {"iat", "nbf", "exp", "jti"}


@pytest.mark.parametrize(
    ("seconds", "lives"), [(9, True), (11, False)], ids=["within the grace", "later"]
)
async def test_a_reused_refresh_token_loses_and_may_kill_the_family(
    tmp_path: Path, seconds: int, *, lives: bool
) -> None:
    async with endpoint(tmp_path) as at:
        old = (await at.redeem(await at.code()))["refresh_token"]
        new = (await at.refresh(old))["refresh_token"]
        at.world.later(seconds=seconds)
        assert await refused(at.refresh(old)) == "90129"
        if lives:
            assert await at.refresh(new)
        else:
            assert await refused(at.refresh(new)) == "90085"


async def test_of_sixteen_who_present_one_refresh_token_one_gets_tokens(tmp_path: Path) -> None:
    async with endpoint(tmp_path) as at:
        token = (await at.redeem(await at.code()))["refresh_token"]
        tries = [at.refresh(token) for _ in range(16)]
        results = await asyncio.gather(*tries, return_exceptions=True)
        (winner,) = [one for one in results if isinstance(one, dict)]
        assert all(isinstance(one, dict) or _kind(one) == "invalid_grant" for one in results)
        assert await at.refresh(winner["refresh_token"])


async def test_a_web_refresh_token_slides_within_its_window(tmp_path: Path) -> None:
    async with endpoint(tmp_path) as at:
        body = await at.redeem(await at.code())
        for _ in range(6):
            at.world.later(days=13)
            body = await at.refresh(body["refresh_token"])
        assert body["refresh_token_expires_in"] == (90 - 78) * 86_400
        at.world.later(days=12)
        assert await refused(at.refresh(body["refresh_token"])) == "90080"


@pytest.mark.parametrize(
    ("settings", "lives"),
    [
        ({"accessTokenLifetimeMinutes": 5, "idTokenLifetimeMinutes": 1440}, (300, 86_400, 14)),
        ({"accessTokenLifetimeMinutes": 1440, "idTokenLifetimeMinutes": 5}, (86_400, 300, 14)),
        ({"refreshTokenLifetimeDays": 1}, (3600, 3600, 1)),
        (
            {"refreshTokenLifetimeDays": 90, "refreshTokenSlidingWindowDays": 365},
            (3600, 3600, 90),
        ),
        ({"refreshTokenLifetimeDays": 5, "refreshTokenSlidingWindowDays": 5}, (3600, 3600, 5)),
    ],
    ids=["short access", "short identity", "a day", "the longest", "window as long"],
)
async def test_tokens_live_as_long_as_the_flow_says(
    tmp_path: Path, settings: dict[str, int], lives: tuple[int, int, int]
) -> None:
    flow = replace(SUSI, settings={**SUSI.settings, **settings})
    async with endpoint(tmp_path) as at:
        code = await at.code(f"openid offline_access {WEB}", flow=flow)
        body = await at.redeem(code, flow)
        access_s, identity_s, refresh_days = lives
        assert (body["expires_in"], body["id_token_expires_in"]) == (access_s, identity_s)
        for name, seconds in (("access_token", access_s), ("id_token", identity_s)):
            _, claims = unpacked(body[name])
            assert claims["exp"] - claims["iat"] == seconds
        assert body["refresh_token_expires_in"] == refresh_days * 86_400
        at.world.later(days=refresh_days, seconds=-1)
        body = await at.refresh(body["refresh_token"], flow)
        at.world.later(seconds=body["refresh_token_expires_in"])
        assert await refused(at.refresh(body["refresh_token"], flow)) == "90080"


async def test_without_a_window_a_refresh_token_slides_for_ever(tmp_path: Path) -> None:
    forever = {**SUSI.settings, "refreshTokenSlidingWindowDays": None}
    flow = replace(SUSI, settings=forever)
    async with endpoint(tmp_path) as at:
        body = await at.redeem(await at.code(flow=flow), flow)
        for _ in range(30):
            at.world.later(days=13)
            body = await at.refresh(body["refresh_token"], flow)
        assert body["refresh_token_expires_in"] == 1_209_600


async def test_a_refresh_token_that_is_not_used_ends(tmp_path: Path) -> None:
    async with endpoint(tmp_path) as at:
        token = (await at.redeem(await at.code()))["refresh_token"]
        at.world.later(days=14)
        assert await refused(at.refresh(token)) == "90080"


async def test_a_single_page_application_has_24_hours_in_all(tmp_path: Path) -> None:
    spa = {"client_id": SPA, "client_secret": None}
    async with endpoint(tmp_path) as at:
        code = await at.code(client_id=SPA, redirect_uri=SPA_URI)
        at.world.later(minutes=3)
        body = await at.redeem(code, redirect_uri=SPA_URI, **spa)
        assert body["refresh_token_expires_in"] == 86_400
        at.world.later(hours=20)
        body = await at.refresh(body["refresh_token"], **spa)
        assert body["refresh_token_expires_in"] == 4 * 3600
        at.world.later(hours=4)
        assert await refused(at.refresh(body["refresh_token"], **spa)) == "90080"


async def test_a_confidential_client_is_public_on_its_native_addresses(tmp_path: Path) -> None:
    uri = "http://localhost:5001"
    async with endpoint(tmp_path) as at:
        code = await at.code(redirect_uri=uri)
        assert await refused(at.redeem(code, redirect_uri=uri)) == "90084"
        assert await at.redeem(code, redirect_uri=uri, client_secret=None)


@pytest.mark.parametrize(
    ("scope", "resource", "names"),
    [
        (None, API, API_READ),
        (f"openid offline_access {API_READ} {API_WRITE}", API, API_READ),
        ("openid profile offline_access", None, "openid offline_access"),
    ],
    ids=["no scope", "as asked at first", "without the API"],
)
async def test_a_refresh_asks_again_for_the_same_or_less(
    tmp_path: Path, scope: str | None, resource: str | None, names: str
) -> None:
    async with endpoint(tmp_path) as at:
        code = await at.code(f"openid offline_access {API_READ} {API_WRITE}")
        body = await at.refresh((await at.redeem(code))["refresh_token"], scope=scope)
    assert (body.get("resource"), body["scope"]) == (resource, names)


async def test_a_refresh_never_gets_more(tmp_path: Path) -> None:
    async with endpoint(tmp_path) as at:
        token = await at.redeem(await at.code(f"openid offline_access {API_READ}"))
        token = token["refresh_token"]
        for scope in (API_WRITE, OTHER_READ, WEB):
            assert await refused(at.refresh(token, scope=f"openid {scope}")) == "90205"
        assert await at.refresh(token)


@pytest.mark.parametrize(
    ("state", "number"),
    [
        (None, "90128"),
        (State(enabled=False), "90129"),
        (State(sessions_valid_from=NOW + timedelta(milliseconds=1)), "90129"),
        (State(sessions_valid_from=NOW), ""),
    ],
    ids=["deleted", "disabled", "revoked since", "revoked before"],
)
async def test_a_grant_ends_with_its_user(tmp_path: Path, state: State | None, number: str) -> None:
    async with endpoint(tmp_path) as at:
        code = await at.code()
        token = (await at.redeem(await at.code()))["refresh_token"]
        at.users = {} if state is None else {BOB: state}
        for attempt in (at.redeem(code), at.refresh(token)):
            if number:
                assert await refused(attempt) == number
            else:
                assert await attempt


@pytest.mark.parametrize("ago_s", [30, 90], ids=["since", "before"])
async def test_a_grant_is_no_younger_than_its_credentials(tmp_path: Path, ago_s: int) -> None:
    """A page stood for a minute after they were typed, and the password was changed meanwhile."""
    async with endpoint(tmp_path) as at:
        code = await at.code(entered_s=60)
        at.users = {BOB: State(sessions_valid_from=NOW - timedelta(seconds=ago_s))}
        if ago_s > 60:
            assert await at.redeem(code)
        else:
            assert await refused(at.redeem(code)) == "90129"


async def test_nothing_that_a_ticket_holds_can_be_presented(tmp_path: Path) -> None:
    async with endpoint(tmp_path) as at:
        code = await at.code(code_challenge=VERIFIER, code_challenge_method="plain")
        token = (await at.redeem(await at.code()))["refresh_token"]
    stored = everything_in(tmp_path)
    for secret in (code, token, VERIFIER, SECRET):
        assert secret.encode() not in stored


# ------------------------------------------------------------------ programs


@pytest.mark.parametrize(
    "scope",
    [
        "https://graph.microsoft.com/.default",
        "https://graph.microsoft.com//.default",
        "00000003-0000-0000-c000-000000000000/.default",
        "https://localhost/.default",
        "https://LOCALHOST:8443/.default",
        # What MSAL for Go and for Java make of the first.
        "https://graph.microsoft.com/.default openid offline_access profile",
        "openid profile offline_access https://graph.microsoft.com/.default",
    ],
)
async def test_a_program_gets_a_token_for_graph(tmp_path: Path, scope: str) -> None:
    async with endpoint(tmp_path) as at:
        body = await at.post(_program(scope), flow=None)
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
    _, claims = unpacked(body["access_token"])
    assert claims.pop("jti")
    assert claims.pop("uti")
    web = at.tenant.applications[WEB]
    now = int(NOW.timestamp())
    assert claims == {
        "aud": "https://graph.microsoft.com", "iss": f"{BASE}/{TID}/v2.0", "tid": TID,
        "appid": WEB, "azp": WEB, "app_displayname": "Web", "oid": web.object_id,
        "sub": web.object_id, "roles": ["IdentityUserFlow.ReadWrite.All", "User.Read.All"],
        "idtyp": "app", "ver": "1.0", "iat": now, "nbf": now, "exp": now + 3600,
    }  # fmt: skip


async def test_a_program_gets_a_token_for_an_api(tmp_path: Path) -> None:
    async with endpoint(tmp_path) as at:
        scope = "https://contoso.onmicrosoft.com/other/.default"
        body = await at.post(_program(scope), flow=SUSI)
    _, claims = unpacked(body["access_token"])
    assert (body["resource"], claims["aud"], claims["tfp"]) == (OTHER_API, OTHER_API, "B2C_1_susi")
    assert "roles" not in claims


@pytest.mark.parametrize(
    ("changes", "code", "error"),
    [
        ({"client_secret": "wrong"}, "AADSTS7000215", "invalid_client"),
        ({"client_secret": None}, "AADSTS7000218", "invalid_client"),
        ({"client_id": "unknown"}, "AADSTS700016", "unauthorized_client"),
        ({"client_id": None}, "AADSTS900144", "invalid_request"),
        ({"client_id": PROGRAM}, "AADSTS7000112", "unauthorized_client"),
        ({"client_id": BARE}, "AADSTS700025", "invalid_client"),
        ({"scope": None}, "AADSTS900144", "invalid_request"),
        ({"scope": "https://graph.microsoft.com/User.Read"}, "AADSTS70011", "invalid_scope"),
        (
            {"scope": "https://localhost/.default https://graph.microsoft.com/.default"},
            "AADSTS70011",
            "invalid_scope",
        ),
        ({"scope": "openid offline_access"}, "AADSTS70011", "invalid_scope"),
        ({"scope": "https://nobody.example/.default"}, "AADSTS500011", "invalid_resource"),
        ({"grant_type": "implicit"}, "AADSTS70003", "unsupported_grant_type"),
        ({"grant_type": None}, "AADSTS900144", "invalid_request"),
    ],
    ids=[
        "wrong secret",
        "no secret",
        "unknown",
        "no client",
        "disabled",
        "nothing registered",
        "no scope",
        "one permission",
        "two resources",
        "no resource",
        "unknown resource",
        "no grant of ours",
        "no grant type",
    ],
)
async def test_a_program_is_refused_in_the_tenants_numbers(
    tmp_path: Path, changes: dict[str, str | None], code: str, error: str
) -> None:
    parameters = {**_program("https://graph.microsoft.com/.default"), **changes}
    async with endpoint(tmp_path) as at:
        with pytest.raises(Fault) as refusal:
            await at.post(parameters, flow=None)
    assert (refusal.value.code, refusal.value.error) == (code, error)
    body = refusal.value.body(correlation="c", now=NOW)
    assert body["error_codes"] == [int(code.removeprefix("AADSTS"))]
    assert json.dumps(body)


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"client_secret": "wrong"}, "90081"),
        ({"client_secret": None}, "90079"),
        ({"scope": None}, "90010"),
        ({"scope": API_READ}, "99068"),
        ({"scope": "https://nobody.example/.default"}, "90117"),
    ],
    ids=["wrong secret", "no secret", "no scope", "one scope", "unknown resource"],
)
async def test_a_program_is_refused_in_b2cs_numbers_at_a_flow(
    tmp_path: Path, changes: dict[str, str | None], number: str
) -> None:
    scope = "https://contoso.onmicrosoft.com/other/.default"
    async with endpoint(tmp_path) as at:
        assert await refused(at.post({**_program(scope), **changes}, flow=SUSI)) == number


@pytest.mark.parametrize(
    ("pair", "changes", "number"),
    [
        (f"{WEB}:correct+horse%20battery staple", {}, ""),
        (f"{WEB}:wrong", {}, "90081"),
        (f"{WEB}", {}, "90081"),
        (f"{WEB}:", {}, "90081"),
        (f"{WEB}:{SECRET}", {"client_secret": SECRET}, "90276"),
        (f"{WEB}:{SECRET}", {"client_id": SPA}, "90276"),
    ],
    ids=["right", "wrong", "no colon", "empty", "also in the body", "another client in the body"],
)
async def test_basic_is_a_credential_too(
    tmp_path: Path, pair: str, changes: dict[str, str], number: str
) -> None:
    parameters: dict[str, str | None] = {
        "grant_type": "client_credentials",
        "scope": "https://graph.microsoft.com/.default",
        **changes,
    }
    authorization = "Basic " + b64encode(pair.encode()).decode()
    async with endpoint(tmp_path) as at:
        attempt = at.post(parameters, authorization=authorization)
        if number:
            assert await refused(attempt) == number
        else:
            assert await attempt


@pytest.mark.parametrize("authorization", ["Basic §§§", "Basic !", "basic gA==", "Basic "])
async def test_a_basic_header_that_cannot_be_read_is_refused(
    tmp_path: Path, authorization: str
) -> None:
    parameters = {**_program("https://graph.microsoft.com/.default"), "client_secret": None}
    async with endpoint(tmp_path) as at:
        assert await refused(at.post(parameters, authorization=authorization)) == "90081"


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def _program(scope: str) -> dict[str, str | None]:
    return {
        "grant_type": "client_credentials",
        "client_id": WEB,
        "client_secret": SECRET,
        "scope": scope,
        "client_info": "1",
        "claims": '{"access_token":{"xms_cc":{"values":["CP1"]}}}',
    }


def _kind(result: Any) -> str:
    assert isinstance(result, Fault), result
    return result.error

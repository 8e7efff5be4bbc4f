"""The tenant's own authority: Entra's tokens, one resource in each request, consent, devices."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from oidc.contoso import (
    API,
    API_READ,
    API_WRITE,
    BASE,
    BOB,
    NOW,
    OTHER_READ,
    SIGNER,
    SPA,
    SUSI,
    TID,
    WEB,
    WEB_URI,
    contoso,
    fabrikam,
    unpacked,
    unpacked_info,
)
from oidc.endpoint import VERIFIER, Endpoint, Person, State, endpoint
from vestibule.oidc import device
from vestibule.oidc.asked import Asked
from vestibule.oidc.authorize import check
from vestibule.oidc.claims import Subject, half_hash
from vestibule.oidc.faults import Fault
from vestibule.oidc.pkce import s256
from vestibule.oidc.place import Place
from vestibule.oidc.service import TokenRequest
from vestibule.oidc.token import begin_device
from vestibule.resources.permissions import GRAPH
from vestibule.roles import USER_FLOW_ADMINISTRATOR
from vestibule.tenancy import SIGN_IN, Tenant

pytestmark = pytest.mark.anyio

FLOWS = "IdentityUserFlow.ReadWrite.All"
GRAPH_FLOWS = f"https://graph.microsoft.com/{FLOWS}"
GRAPH_READ = "https://graph.microsoft.com/User.Read"
CONSENTED = frozenset({FLOWS, "User.Read", "openid"})


def consented(tenant: Tenant) -> Tenant:
    """The tenant after an administrator consented to scopes of Graph."""
    applications = {
        id: replace(one, delegations={**one.delegations, GRAPH: CONSENTED})
        for id, one in tenant.applications.items()
    }
    return replace(tenant, applications=applications)


@asynccontextmanager
async def authority(folder: Path, **differences: Any) -> AsyncIterator[Endpoint]:
    async with endpoint(folder, tenant=consented(contoso()), **differences) as at:
        yield at


@pytest.fixture(scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Endpoint]:
    """One for every story that leaves time and people alone."""
    async with authority(tmp_path_factory.mktemp("tenant")) as at:
        yield at


async def refused(attempt: Awaitable[object]) -> str:
    with pytest.raises(Fault) as refusal:
        await attempt
    assert refusal.value.number.startswith("AADSTS")
    return refusal.value.number


async def tokens(at: Endpoint, scope: str, **more: str | None) -> dict[str, Any]:
    """Bob signs in at the tenant and the web application redeems the code."""
    code = await at.code(scope, flow=SIGN_IN)
    return await redeemed(at, code, **more)


async def redeemed(at: Endpoint, code: str, **more: str | None) -> dict[str, Any]:
    parameters = {
        "grant_type": "authorization_code",
        "client_id": WEB,
        "client_secret": "correct horse battery staple",
        "code": code,
        "redirect_uri": WEB_URI,
        "code_verifier": VERIFIER,
        **more,
    }
    return await at.post(parameters, flow=None)


async def refreshed(at: Endpoint, token: str, **more: str | None) -> dict[str, Any]:
    parameters = {
        "grant_type": "refresh_token",
        "client_id": WEB,
        "client_secret": "correct horse battery staple",
        "refresh_token": token,
        **more,
    }
    return await at.post(parameters, flow=None)


# --------------------------------------------------------------------------- tokens


async def test_tokens_have_entras_form(shared: Endpoint) -> None:
    scope = f"openid profile email offline_access {API_READ}"
    at = shared
    code = await at.code(scope, flow=SIGN_IN, nonce="n0")
    body = await redeemed(at, code, client_info="1")
    assert set(body) == {
    "token_type", "scope", "expires_in", "ext_expires_in", "access_token", "refresh_token",
    "id_token", "client_info",
    }  # fmt: skip
    assert (body["expires_in"], body["ext_expires_in"]) == (3600, 3600)
    assert body["scope"] == f"{API_READ} openid profile email"
    assert unpacked_info(body["client_info"]) == {"uid": BOB, "utid": TID}
    claims = unpacked(body["id_token"])[1]
    now = int(NOW.timestamp())
    assert claims.pop("uti")
    sub = claims.pop("sub")
    assert BOB not in sub
    assert claims == {
    "iss": f"{BASE}/{TID}/v2.0", "aud": WEB, "tid": TID, "oid": BOB, "ver": "2.0",
    "preferred_username": "bob@contoso.onmicrosoft.com", "name": "Bob",
    "email": "bob@contoso.example", "nonce": "n0", "auth_time": now,
    "at_hash": half_hash(body["access_token"]), "iat": now, "nbf": now, "exp": now + 3600,
    }  # fmt: skip
    access = unpacked(body["access_token"])[1]
    assert access.pop("uti")
    assert access.pop("sub") != sub  # another one for each audience
    assert access == {
    "iss": f"{BASE}/{TID}/v2.0", "aud": API, "azp": WEB, "azpacr": "1", "scp": "read",
    "tid": TID, "oid": BOB, "ver": "2.0", "name": "Bob",
    "preferred_username": "bob@contoso.onmicrosoft.com",
    "iat": now, "nbf": now, "exp": now + 3600,
    }  # fmt: skip


async def test_a_person_has_one_subject_at_each_application(shared: Endpoint) -> None:
    at = shared
    first, second = [await tokens(at, "openid") for _ in range(2)]
    subjects = {unpacked(one["id_token"])[1]["sub"] for one in (first, second)}
    assert len(subjects) == 1


@pytest.mark.parametrize(
    ("scope", "scp", "told"),
    [
        (f"openid profile {FLOWS}", f"{FLOWS} openid profile", f"{FLOWS} openid profile"),
        (GRAPH_FLOWS, FLOWS, GRAPH_FLOWS),
        (GRAPH_FLOWS.lower(), FLOWS, GRAPH_FLOWS.lower()),
        (f"https://localhost/{FLOWS}", FLOWS, f"https://localhost/{FLOWS}"),
        (
            "https://graph.microsoft.com/.default",
            f"{FLOWS} User.Read",
            f"{GRAPH_FLOWS} {GRAPH_READ} https://graph.microsoft.com/.default",
        ),
        ("openid", "User.Read openid", "User.Read openid"),
    ],
    ids=["short", "with its resource", "any casing", "our host", "everything", "none asked for"],
)
async def test_a_token_for_graph_has_scopes_and_the_persons_roles(
    shared: Endpoint, scope: str, scp: str, told: str
) -> None:
    at = shared
    body = await tokens(at, scope)
    claims = unpacked(body["access_token"])[1]
    assert claims["aud"] == "https://graph.microsoft.com"
    assert claims["scp"] == scp
    assert claims["wids"] == [USER_FLOW_ADMINISTRATOR]
    assert (claims["idtyp"], claims["upn"]) == ("user", "bob@contoso.onmicrosoft.com")
    assert body["scope"] == told


async def test_roles_are_those_of_the_moment(tmp_path: Path) -> None:
    async with authority(tmp_path) as at:
        body = await tokens(at, f"offline_access {FLOWS}")
        at.people[BOB] = Person(roles=())
        again = await refreshed(at, body["refresh_token"])
    assert unpacked(again["access_token"])[1]["wids"] == []


async def test_a_refresh_token_is_for_every_resource_one_at_a_time(shared: Endpoint) -> None:
    at = shared
    body = await tokens(at, f"openid offline_access {FLOWS}")
    for scope, audience in (
        (API_READ, API),
        ("User.Read", "https://graph.microsoft.com"),
        (f"{WEB}/.default", WEB),
        ("", "https://graph.microsoft.com"),
    ):
        body = await refreshed(at, body["refresh_token"], scope=scope)
        assert unpacked(body["access_token"])[1]["aud"] == audience
    refresh_token = body["refresh_token"]
    both = refreshed(at, refresh_token, scope=f"{API_READ} {OTHER_READ}")
    assert await refused(both) == "AADSTS28000"
    missing = refreshed(at, refresh_token, scope=API_WRITE)
    assert await refused(missing) == "AADSTS65001"
    assert await refreshed(at, refresh_token)  # what was refused has not used it up


# --------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("scope", "number", "error"),
    [
        (f"{API_READ} {FLOWS}", "AADSTS28000", "invalid_request"),
        ("https://nobody.example/read", "AADSTS500011", "invalid_resource"),
        ("No.Such.Scope", "AADSTS650053", "invalid_scope"),
        (f"{API_READ.rpartition('/')[0]}/gone", "AADSTS650053", "invalid_scope"),
        (
            f"https://graph.microsoft.com/.default {FLOWS}",
            "AADSTS70011",
            "invalid_scope",
        ),
        ("", "AADSTS900144", "invalid_request"),
        ('"', "AADSTS9002313", "invalid_request"),
    ],
    ids=[
        "two resources", "unknown resource", "unknown scope", "disabled scope",
        "everything and more", "none", "illegal character",
    ],
)  # fmt: skip
async def test_what_cannot_be_asked_for_is_refused_in_entras_numbers(
    shared: Endpoint, scope: str, number: str, error: str
) -> None:
    at = shared
    with pytest.raises(Fault) as refusal:
        await at.code(scope, flow=SIGN_IN, state="s0")
    assert (refusal.value.number, refusal.value.error) == (number, error)
    answer = refusal.value.answer
    assert answer is not None
    assert answer.parameters["error"] == error
    assert answer.parameters["error_description"].startswith(f"{number}: ")
    assert answer.parameters["state"] == "s0"
    assert answer.parameters["iss"] == f"{BASE}/{TID}/v2.0"


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"client_id": "unknown"}, "AADSTS700016"),
        ({"redirect_uri": "https://mallory.example/"}, "AADSTS50011"),
        ({"response_mode": "pigeon"}, "AADSTS90023"),
        ({"response_type": "token"}, "AADSTS700051"),
        ({"response_type": "code id_token", "nonce": "n0"}, "AADSTS700051"),
        ({"prompt": "please"}, "AADSTS90023"),
        ({"code_challenge_method": "S1"}, "AADSTS90023"),
    ],
    ids=[
        "client",
        "redirect URI",
        "response mode",
        "response type",
        "hybrid",
        "prompt",
        "challenge method",
    ],
)
async def test_a_request_is_refused_in_entras_numbers(
    shared: Endpoint, changes: dict[str, Any], number: str
) -> None:
    at = shared
    assert await refused(at.code(flow=SIGN_IN, **changes)) == number


def test_scopes_without_consent_are_told_apart() -> None:
    asked = check(
        {
            "client_id": WEB,
            "redirect_uri": WEB_URI,
            "response_type": "code",
            "scope": f"openid {API_READ} {API_WRITE}",
        },
        tenant=contoso(),
        flow=SIGN_IN,
        base=BASE,
        settings=Endpoint.settings,
        signer=SIGNER,
        correlation="",
        now=NOW,
    )
    assert asked.missing == (API_WRITE,)
    assert asked.scopes.values == ("read",)


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"code": "nonsense"}, "AADSTS70000"),
        ({"redirect_uri": "https://app.example/q?x=1"}, "AADSTS50011"),
        ({"code_verifier": "w" * 43}, "AADSTS501481"),
        ({"code_verifier": None}, "AADSTS50148"),
        ({"client_secret": None}, "AADSTS7000218"),
        ({"client_id": SPA, "client_secret": None}, "AADSTS70000"),
    ],
    ids=["unknown", "redirect URI", "wrong verifier", "no verifier", "no secret", "other client"],
)
async def test_a_code_is_refused_and_stays_good(
    shared: Endpoint, changes: dict[str, str | None], number: str
) -> None:
    at = shared
    code = await at.code(flow=SIGN_IN)
    with pytest.raises(Fault) as refusal:
        await redeemed(at, **{"code": code, **changes})  # type: ignore[arg-type]
    assert refusal.value.number == number
    if number == "AADSTS50011":
        assert refusal.value.error == "invalid_grant"
    assert await redeemed(at, code)


async def test_a_replayed_code_kills_the_tokens_that_came_from_it(shared: Endpoint) -> None:
    at = shared
    code = await at.code(flow=SIGN_IN)
    body = await redeemed(at, code)
    assert await refused(redeemed(at, code)) == "AADSTS54005"
    assert await refused(refreshed(at, body["refresh_token"])) == "AADSTS70000"


async def test_grants_of_a_flow_and_of_the_tenant_do_not_mix(shared: Endpoint) -> None:
    at = shared
    of_flow = await at.redeem(await at.code(f"openid offline_access {API_READ}"))
    of_tenant = await tokens(at, f"openid offline_access {API_READ}")
    assert await refused(refreshed(at, of_flow["refresh_token"])) == "AADSTS70000"
    assert await refused(redeemed(at, await at.code())) == "AADSTS70000"
    with pytest.raises(Fault) as refusal:
        await at.refresh(of_tenant["refresh_token"])
    assert refusal.value.number == "90088"
    with pytest.raises(Fault) as refusal:
        await at.redeem(await at.code(flow=SIGN_IN))
    assert refusal.value.number == "90088"
    with pytest.raises(Fault) as refusal:
        await at.post({"grant_type": "authorization_code"}, flow=None, tenant=fabrikam())
    assert refusal.value.number == "AADSTS900144"


@pytest.mark.parametrize(
    ("state", "number"),
    [(None, "AADSTS500341"), (State(enabled=False), "AADSTS50173"), (State(True, NOW), "")],
    ids=["deleted", "disabled", "still there"],
)
async def test_a_grant_ends_with_its_user(tmp_path: Path, state: State | None, number: str) -> None:
    async with authority(tmp_path) as at:
        token = (await tokens(at, f"offline_access {FLOWS}"))["refresh_token"]
        at.users = {} if state is None else {BOB: state}
        if number:
            assert await refused(refreshed(at, token)) == number
        else:
            assert await refreshed(at, token)


# --------------------------------------------------------------------------- devices


def asking(at: Endpoint, **parameters: str) -> TokenRequest:
    place = Place("", at.tenant.domain, "", by_query=False)
    form = {"client_id": SPA, "scope": f"openid offline_access {FLOWS}", **parameters}
    return TokenRequest(
        parameters=form,
        authorization="",
        place=place,
        tenant=at.tenant,
        flow=None,
        base=BASE,
        now=at.world.now(),
    )


async def polled(at: Endpoint, code: str, client: str = SPA, **more: str) -> dict[str, Any]:
    form: dict[str, str | None] = {"grant_type": device.GRANT, "client_id": client, **more}
    return await at.post({**form, "device_code": code}, flow=None)


async def request_of(at: Endpoint, user_code: str) -> Asked | None:
    """What Bob's browser is asked about after he has typed the code; None: nothing waits."""
    found = await device.waiting(user_code, at.tickets, at.world.now())
    if found is None:
        return None
    return device.asked(
        found,
        at.tenant.applications[SPA],
        tenant=at.tenant,
        flow=SIGN_IN,
        base=BASE,
        settings=at.settings,
    )


async def say_yes(at: Endpoint, asked: Asked) -> bool:
    now = at.world.now()
    subject = Subject(BOB, {}, int(now.timestamp()))
    return await device.approve(
        asked, subject, flow=SIGN_IN, tickets=at.tickets, now=now, family=at.world.guid()
    )


async def decide(at: Endpoint, user_code: str, *, approve: bool = True) -> bool:
    """What Bob says in his browser, after he has signed in."""
    asked = await request_of(at, user_code)
    if asked is None:
        return False
    if approve:
        return await say_yes(at, asked)
    return await device.decline(asked, tickets=at.tickets, now=at.world.now())


async def test_a_device_gets_tokens_once_its_person_has_said_yes(tmp_path: Path) -> None:
    async with authority(tmp_path) as at:
        begun = await begin_device(asking(at), at.service)
        assert (begun["expires_in"], begun["interval"]) == (900, 5)
        assert begun["verification_uri"] == f"{BASE}/devicelogin"
        assert begun["user_code"] in begun["message"]
        code = begun["device_code"]
        assert await refused(polled(at, code)) == "AADSTS70016"  # authorization_pending
        assert await refused(polled(at, code)) == "AADSTS90055"  # slow_down
        at.world.later(seconds=5)
        assert await refused(polled(at, code)) == "AADSTS70016"
        typed = f" {begun['user_code'][:4].lower()}-{begun['user_code'][4:]} "
        assert await decide(at, typed.replace("0", "o").replace("1", "l"))
        assert not await decide(at, begun["user_code"])  # a code is for one decision
        body = await polled(at, code)
        claims = unpacked(body["access_token"])[1]
        assert (claims["oid"], claims["scp"]) == (BOB, f"{FLOWS} openid")
        assert unpacked(body["id_token"])[1]["aud"] == SPA
        form = {"client_id": SPA, "client_secret": None}
        again = await refreshed(at, body["refresh_token"], **form)
        assert await refused(polled(at, code)) == "AADSTS54005"  # and everything from it ends
        assert await refused(refreshed(at, again["refresh_token"], **form)) == "AADSTS70000"


async def test_of_sixteen_polls_one_gets_tokens(shared: Endpoint) -> None:
    at = shared
    begun = await begin_device(asking(at), at.service)
    asked = await request_of(at, begun["user_code"])
    assert asked is not None
    decisions = await asyncio.gather(*(say_yes(at, asked) for _ in range(16)))
    assert sum(decisions) == 1
    polls = (polled(at, begun["device_code"]) for _ in range(16))
    bodies = await asyncio.gather(*polls, return_exceptions=True)
    assert sum(isinstance(body, dict) for body in bodies) == 1


async def test_a_device_is_told_no(shared: Endpoint) -> None:
    at = shared
    begun = await begin_device(asking(at), at.service)
    assert await decide(at, begun["user_code"], approve=False)
    with pytest.raises(Fault) as refusal:
        await polled(at, begun["device_code"])
    assert (refusal.value.number, refusal.value.error) == ("AADSTS70020", "authorization_declined")


async def test_the_codes_of_a_device_end(tmp_path: Path) -> None:
    async with authority(tmp_path) as at:
        begun = await begin_device(asking(at), at.service)
        at.world.later(seconds=900)
        assert not await decide(at, begun["user_code"])
        assert await refused(polled(at, begun["device_code"])) == "AADSTS70019"


async def test_a_device_code_is_its_applications_alone(shared: Endpoint) -> None:
    at = shared
    begun = await begin_device(asking(at), at.service)
    assert await decide(at, begun["user_code"])
    assert await refused(polled(at, begun["device_code"], client=WEB)) == "AADSTS7000218"
    secret = {"client_secret": "correct horse battery staple"}
    assert await refused(polled(at, begun["device_code"], WEB, **secret)) == "AADSTS70018"
    assert await refused(polled(at, begun["user_code"])) == "AADSTS70018"
    grant = {"grant_type": device.GRANT, "client_id": SPA, "device_code": begun["device_code"]}
    elsewhere = at.post({**grant}, flow=None, tenant=consented(fabrikam()))
    assert await refused(elsewhere) == "AADSTS70018"
    with pytest.raises(Fault) as refusal:
        await at.post({**grant}, flow=SUSI)
    assert refusal.value.number == "90086"
    assert await polled(at, begun["device_code"])


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"client_id": WEB}, "AADSTS7000218"),
        ({"client_id": "unknown"}, "AADSTS700016"),
        ({"scope": ""}, "AADSTS900144"),
        ({"scope": API_WRITE}, "AADSTS65001"),
    ],
    ids=["no public client", "unknown client", "no scope", "no consent"],
)
async def test_a_device_may_ask_only_for_what_it_could_get(
    shared: Endpoint, changes: dict[str, str], number: str
) -> None:
    at = shared
    assert await refused(begin_device(asking(at, **changes), at.service)) == number


def test_a_challenge_is_needed_where_it_is_at_a_flow() -> None:
    """The checks are those of a flow: only numbers and scopes are the tenant's own."""
    with pytest.raises(Fault) as refusal:
        check(
            {
                "client_id": SPA,
                "redirect_uri": "https://spa.example/",
                "response_type": "code",
                "scope": "openid",
                "code_challenge": "",
                "code_challenge_method": s256(VERIFIER),
            },
            tenant=contoso(),
            flow=SIGN_IN,
            base=BASE,
            settings=Endpoint.settings,
            signer=SIGNER,
            correlation="",
            now=NOW,
        )
    assert refusal.value.number == "AADSTS9002325"

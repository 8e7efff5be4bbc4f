"""Implicit and hybrid answers: what comes, by which way, and what an application must ask."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from oidc.contoso import (
    API,
    API_READ,
    BASE,
    BOB,
    NO_CLAIMS,
    SUSI,
    TID,
    WEB,
    WEB_URI,
    contoso,
    unpacked,
    unpacked_info,
)
from oidc.endpoint import Endpoint, endpoint
from vestibule.oidc.claims import half_hash
from vestibule.oidc.faults import Fault
from vestibule.oidc.response_types import SUPPORTED, words_of

pytestmark = pytest.mark.anyio

WEB_APPLICATION = contoso().applications[WEB]
IMPLICIT = contoso(replace(WEB_APPLICATION, implicit_id_token=True, implicit_access_token=True))
SCOPE = f"openid {API_READ}"


async def answered(at: Endpoint, response_type: str, **more: str) -> dict[str, str]:
    """The members that the application finds in the fragment."""
    asked = {"scope": SCOPE, "nonce": "n0", "state": "s", "response_type": response_type, **more}
    answer = await at.answer(asked)
    assert answer.location().startswith(f"{WEB_URI}#")
    return dict(parse_qsl(urlsplit(answer.location()).fragment))


@pytest.mark.parametrize(
    ("response_type", "members"),
    [
        ("code id_token", ("code", "id_token")),
        ("code token", ("code", "access_token")),
        ("code id_token token", ("code", "id_token", "access_token")),
        ("id_token", ("id_token",)),
        ("id_token token", ("id_token", "access_token")),
        ("token id_token", ("id_token", "access_token")),
        ("token", ("access_token",)),
    ],
)
async def test_what_was_asked_for_comes_in_the_fragment(
    tmp_path: Path, response_type: str, members: tuple[str, ...]
) -> None:
    async with endpoint(tmp_path, tenant=IMPLICIT) as at:
        told = await answered(at, response_type, client_info="1")
    of_token = ("token_type", "expires_in", "scope") if "access_token" in members else ()
    assert tuple(told) == ("state", "client_info", *members, *of_token, "iss")
    assert unpacked_info(told["client_info"]) == {"uid": f"{BOB}-b2c_1_susi", "utid": TID}
    if "id_token" in told:
        _, claims = unpacked(told["id_token"])
        assert (claims["aud"], claims["nonce"], claims["iss"]) == (WEB, "n0", f"{BASE}/{TID}/v2.0/")
        assert claims["emails"] == ["bob@contoso.example"]
        bound = {"c_hash": "code", "at_hash": "access_token"}
        for claim, member in bound.items():
            assert claims.get(claim) == (half_hash(told[member]) if member in told else None)
    if of_token:
        _, claims = unpacked(told["access_token"])
        assert (claims["aud"], claims["azp"], claims["scp"]) == (API, WEB, "read")
        assert (told["token_type"], told["expires_in"]) == ("Bearer", "3600")
        assert told["scope"] == API_READ


def test_the_order_of_words_is_free() -> None:
    for words in permutations(("code", "id_token", "token")):
        assert words_of(" ".join(words)) == ("code", "id_token", "token")
    assert {words_of(one) for one in SUPPORTED} == {words_of(one) for one in reversed(SUPPORTED)}
    assert len(SUPPORTED) == 8


async def test_the_code_of_a_hybrid_answer_is_redeemed_as_any_other(tmp_path: Path) -> None:
    async with endpoint(tmp_path, tenant=IMPLICIT) as at:
        told = await answered(at, "id_token code")
        body = await at.redeem(told["code"])
    assert unpacked(body["access_token"])[1]["aud"] == API
    assert "c_hash" not in unpacked(body["id_token"])[1]


@pytest.mark.parametrize(
    ("flags", "response_type", "refused"),
    [
        ({}, "id_token", True),
        ({}, "token", True),
        ({"implicit_id_token": True}, "id_token", False),
        ({"implicit_id_token": True}, "code id_token", False),
        ({"implicit_id_token": True}, "id_token token", True),
        ({"implicit_access_token": True}, "token", False),
        ({"implicit_access_token": True}, "code token", False),
        ({"implicit_access_token": True}, "code id_token", True),
        ({}, "code", False),
    ],
)
async def test_each_token_has_its_switch_at_the_application(
    tmp_path: Path, flags: dict[str, bool], response_type: str, *, refused: bool
) -> None:
    tenant = contoso(replace(WEB_APPLICATION, **flags))  # type: ignore[arg-type]
    asked = {"scope": SCOPE, "nonce": "n", "response_type": response_type}
    async with endpoint(tmp_path, tenant=tenant) as at:
        if not refused:
            assert (await at.answer(asked)).parameters
            return
        with pytest.raises(Fault) as fault:
            await at.answer(asked)
    assert fault.value.number == "90057"
    assert fault.value.answer is not None
    assert fault.value.answer.mode == "fragment"


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"response_type": "id_token", "nonce": None}, "90083"),
        ({"response_type": "code id_token", "nonce": ""}, "90083"),
        ({"response_type": "id_token", "scope": API_READ}, "90110"),
        ({"response_type": "token", "scope": "openid profile"}, "90055"),
        ({"response_type": "id_token token", "scope": "openid"}, "90055"),
        ({"response_type": "token", "scope": "offline_access"}, "90055"),
        ({"response_type": "code", "scope": "offline_access"}, "90115"),
        ({"response_type": "token", "response_mode": "query"}, "90014"),
        ({"response_type": "id_token", "response_mode": "query"}, "90014"),
        ({"response_type": "code token", "response_mode": "query"}, "90014"),
        ({"response_type": "token", "scope": ""}, "90010"),
    ],
    ids=[
        "id token without nonce",
        "hybrid with empty nonce",
        "id token without openid",
        "token without resource",
        "both without resource",
        "token for nothing",
        "code for nothing",
        "token in a query",
        "id token in a query",
        "hybrid in a query",
        "no scope",
    ],
)
async def test_a_request_that_does_not_fit_is_refused(
    tmp_path: Path, changes: dict[str, str | None], number: str
) -> None:
    async with endpoint(tmp_path, tenant=IMPLICIT) as at:
        with pytest.raises(Fault) as fault:
            await at.answer({"scope": SCOPE, "nonce": "n", **changes})
    assert fault.value.number == number
    answer = fault.value.answer
    assert answer is not None
    assert answer.mode == ("query" if changes["response_type"] == "code" else "fragment")


@pytest.mark.parametrize(
    ("response_type", "mode", "way"),
    [
        ("nonsense", "form_post", "form_post"),
        ("token nonsense", "", "fragment"),
        ("nonsense", "nonsense", "query"),
        ("code", "nonsense", "query"),
    ],
)
async def test_a_fault_comes_the_way_that_was_asked_for(
    tmp_path: Path, response_type: str, mode: str, way: str
) -> None:
    async with endpoint(tmp_path, tenant=IMPLICIT) as at:
        with pytest.raises(Fault) as fault:
            await at.answer({"response_type": response_type, "response_mode": mode})
    assert fault.value.answer is not None
    assert fault.value.answer.mode == way


async def test_implicit_tokens_can_be_posted(tmp_path: Path) -> None:
    asked = {"response_type": "id_token", "nonce": "n", "response_mode": "form_post"}
    async with endpoint(tmp_path, tenant=IMPLICIT) as at:
        answer = await at.answer(asked)
    assert answer.location() == WEB_URI
    assert answer.parameters["id_token"]


async def test_the_default_scope_is_what_was_consented_to(tmp_path: Path) -> None:
    default = API_READ.replace("/read", "/.default")
    async with endpoint(tmp_path) as at:
        first = await at.redeem(await at.code(f"openid offline_access {default}"))
        again = await at.refresh(first["refresh_token"], scope=f"openid {default}")
    for body in (first, again):
        assert body["scope"] == API_READ
        assert unpacked(body["access_token"])[1]["scp"] == "read"


async def test_a_reset_password_is_told_whatever_the_flow_selects(tmp_path: Path) -> None:
    async with endpoint(tmp_path, tenant=IMPLICIT) as at:
        for flow in (SUSI, NO_CLAIMS):
            answer = await at.answer(
                {"response_type": "id_token", "nonce": "n"}, flow=flow, forgot_password=True
            )
            assert unpacked(answer.parameters["id_token"])[1]["isForgotPassword"] is True
        answer = await at.answer({"response_type": "id_token", "nonce": "n"})
    assert "isForgotPassword" not in unpacked(answer.parameters["id_token"])[1]

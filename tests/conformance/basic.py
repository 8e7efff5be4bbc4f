"""The 38 checks of the plan Basic OP, by the suite's names; Form Post runs the same ones.

Source: security.md 1.3, from the plan `oidcc-basic-certification-test-plan`.
"""

from __future__ import annotations

import base64
import json
import math
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from conformance.provider import BY_POST, CALLBACK, FIRST, SECOND
from conformance.relying_party import DESCRIPTION, Happy, How, RelyingParty, good_tokens, refused
from people import Page
from vestibule.oidc.pkce import s256
from vestibule.oidc.signing import peek

Check = Callable[[RelyingParty], Awaitable[object]]
CHECKS: dict[str, Check] = {}
STANDARD = {
    "profile": {"name", "given_name", "family_name"},
    "email": {"email", "email_verified"},
    "address": {"address"},
    "phone": {"phone_number", "phone_number_verified"},
}
_ENTROPY_BITS = 96


def check(*names: str) -> Callable[[Check], Check]:
    """Enter a check under the suite's names for it."""

    def enter(function: Check) -> Check:
        for name in names:
            CHECKS[f"oidcc-{name}"] = function
        return function

    return enter


def succeeds(name: str, **changes: str) -> None:
    """A check that a request with something more in it goes well."""

    @check(name)
    async def _(rp: RelyingParty) -> None:
        await rp.happy(**changes)


succeeds("display-page", display="page")
succeeds("display-popup", display="popup")
succeeds("ui-locales", ui_locales="se de")
succeeds("claims-locales", claims_locales="se de")
succeeds("login-hint", login_hint="buffy@contoso.example")
succeeds("ensure-request-with-unknown-parameter-succeeds", extra="foobar")
succeeds("ensure-request-with-acr-values-succeeds", acr_values="1 2")
succeeds("ensure-request-without-nonce-succeeds-for-code-flow", nonce="")


@check("server")
async def server(rp: RelyingParty) -> None:
    """The code cannot be guessed, and the id token tells nothing that was not asked for."""
    told, _ = await rp.ask()
    count = Counter(told["code"])
    length = len(told["code"])
    entropy = -sum(n * math.log2(n / length) for n in count.values())
    assert entropy >= _ENTROPY_BITS
    happy = await rp.happy()
    assert {*happy.claims} & set().union(*STANDARD.values()) == set()


@check("response-type-missing")
async def response_type_missing(rp: RelyingParty) -> None:
    told, _ = await rp.ask(response_type="")
    assert told["error"] in {"unsupported_response_type", "invalid_request"}


@check("idtoken-signature")
async def idtoken_signature(rp: RelyingParty) -> None:
    header, _ = peek((await rp.happy()).tokens["id_token"])
    assert header["alg"] == "RS256"
    assert header["kid"] in {key.kid for key in rp.keys.keys}


@check("idtoken-unsigned")
async def idtoken_unsigned(rp: RelyingParty) -> None:
    """We never say that we would, so nobody can ask for it."""
    assert "none" not in rp.document["id_token_signing_alg_values_supported"]


@check("userinfo-get")
async def userinfo_get(rp: RelyingParty) -> None:
    await rp.happy(How(way="get"))


@check("userinfo-post-header")
async def userinfo_post_header(rp: RelyingParty) -> None:
    await rp.happy(How(way="header"))


@check("userinfo-post-body")
async def userinfo_post_body(rp: RelyingParty) -> None:
    await rp.happy(How(way="body"))


def _told(happy: Happy, *scopes: str) -> None:
    """Userinfo tells what these scopes ask for and nothing else; the id token none of it."""
    every = set().union(*STANDARD.values())
    asked = set().union(*(STANDARD[scope] for scope in scopes))
    assert {*happy.person} & every == asked
    assert {*happy.claims} & every == set()


def _scope(*scopes: str, name: str) -> None:
    @check(f"scope-{name}")
    async def _(rp: RelyingParty) -> None:
        _told(await rp.happy(scope=" ".join(("openid", *scopes))), *scopes)


for _one in STANDARD:
    _scope(_one, name=_one)
_scope(*STANDARD, name="all")


@check("alternate-happy-flow")
async def alternate(rp: RelyingParty) -> None:
    """Neither the order of scopes nor that of parameters means anything."""
    request = dict(reversed(rp.request(scope="email openid").items()))
    told, _ = await rp.arrive(await rp.send(request))
    assert isinstance(told, dict)
    tokens = good_tokens(await rp.redeem(told["code"]))
    assert rp.id_token(tokens, FIRST, request["nonce"])


async def _later(rp: RelyingParty, **changes: str) -> Happy:
    rp.provider.later(seconds=2)
    return await rp.happy(**changes)


@check("prompt-login")
async def prompt_login(rp: RelyingParty) -> None:
    first = await rp.happy(max_age="15000")
    second = await _later(rp, prompt="login", max_age="15000")
    assert second.pages == 1
    assert second.claims["auth_time"] > first.claims["auth_time"]


@check("prompt-none-not-logged-in")
async def prompt_none_not_logged_in(rp: RelyingParty) -> None:
    stranger = rp.stranger()
    async with stranger.browser:
        told, pages = await stranger.ask(prompt="none")
    assert pages == 0
    assert told["error"] in {"login_required", "interaction_required"}


async def _silent(rp: RelyingParty, **changes: str) -> None:
    first = await rp.happy(max_age="15000")
    second = await _later(rp, **changes)
    assert second.pages == 0
    for name in ("sub", "auth_time"):
        assert second.claims[name] == first.claims[name]


@check("prompt-none-logged-in")
async def prompt_none_logged_in(rp: RelyingParty) -> None:
    await _silent(rp, prompt="none", max_age="15000")


@check("id-token-hint")
async def id_token_hint(rp: RelyingParty) -> None:
    first = await rp.happy()
    second = await _later(rp, prompt="none", id_token_hint=first.tokens["id_token"])
    assert (second.pages, second.claims["sub"]) == (0, first.claims["sub"])


@check("max-age-10000")
async def max_age_10000(rp: RelyingParty) -> None:
    await _silent(rp, max_age="10000")


@check("max-age-1")
async def max_age_1(rp: RelyingParty) -> None:
    first = await rp.happy()
    second = await _later(rp, max_age="1")
    assert second.pages == 1
    assert second.claims["auth_time"] > first.claims["auth_time"]
    assert abs(rp.provider.now.timestamp() - second.claims["auth_time"]) < 60


@check("codereuse")
async def codereuse(rp: RelyingParty) -> None:
    told, _ = await rp.ask()
    good_tokens(await rp.redeem(told["code"]))
    refused(await rp.redeem(told["code"]), "invalid_grant")


@check("codereuse-30seconds")
async def codereuse_30seconds(rp: RelyingParty) -> None:
    """What the code brought dies with its reuse."""
    told, _ = await rp.ask()
    tokens = good_tokens(await rp.redeem(told["code"]))
    assert (await rp.userinfo(tokens["access_token"])).status_code == 200
    rp.provider.later(seconds=30)
    refused(await rp.redeem(told["code"]), "invalid_grant")
    answer = await rp.userinfo(tokens["access_token"])
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@check("ensure-registered-redirect-uri")
async def registered_redirect_uri(rp: RelyingParty) -> None:
    await _shown(rp, redirect_uri=f"{CALLBACK}/foo")


async def _shown(rp: RelyingParty, **changes: str) -> None:
    """The person sees a page, and nobody is sent anywhere."""
    page, _ = await rp.arrive(await rp.send(rp.request(**changes)))
    assert isinstance(page, Page)
    assert page.status == 400


@check("ensure-post-request-succeeds")
async def post_request(rp: RelyingParty) -> None:
    await rp.happy(How(method="POST"))


@check("server-client-secret-post")
async def client_secret_post(rp: RelyingParty) -> None:
    await rp.happy(How(by_post=True), client_id=BY_POST)


def _unsigned(claims: dict[str, Any]) -> str:
    parts = ({"alg": "none"}, claims)
    encoded = (base64.urlsafe_b64encode(json.dumps(one).encode()).decode() for one in parts)
    return ".".join(one.rstrip("=") for one in encoded) + "."


@check("unsigned-request-object-supported-correctly-or-rejected-as-unsupported")
async def request_object(rp: RelyingParty) -> None:
    assert rp.document["request_parameter_supported"] is False
    told, _ = await rp.ask(request=_unsigned(rp.request()))
    assert told["error"] == "request_not_supported"


@check("request-uri-unsigned-supported-correctly-or-rejected-as-unsupported")
async def request_uri(rp: RelyingParty) -> None:
    assert rp.document["request_uri_parameter_supported"] is False
    told, _ = await rp.ask(request_uri="https://rp.example/request.jwt")
    assert told["error"] == "request_uri_not_supported"


@check("ensure-request-object-with-redirect-uri")
async def request_object_with_redirect_uri(rp: RelyingParty) -> None:
    """Nobody is sent to a default address when the only one stands in what we do not read."""
    await _shown(rp, redirect_uri="", request=_unsigned(rp.request()))


@check("claims-essential")
async def claims_essential(rp: RelyingParty) -> None:
    assert rp.document["claims_parameter_supported"] is False
    await rp.happy(claims='{"userinfo":{"name":{"essential":true}}}')


@check("refresh-token")
async def refresh_token(rp: RelyingParty) -> None:
    """Bound to its client, and made of what RFC 6749 allows."""
    first = await rp.happy(scope="openid offline_access")
    secret = first.tokens["refresh_token"]
    assert DESCRIPTION.fullmatch(secret)
    form = {"grant_type": "refresh_token", "refresh_token": secret}
    refused(await rp.redeem("", client=SECOND, **form), "invalid_grant", "invalid_request")
    tokens = good_tokens(await rp.redeem("", **form))
    again = rp.id_token(tokens, FIRST, first.claims["nonce"])
    for name in ("iss", "sub", "aud", "auth_time"):
        assert again[name] == first.claims[name]
    assert (await rp.userinfo(tokens["access_token"])).status_code == 200


@check("ensure-request-with-valid-pkce-succeeds")
async def valid_pkce(rp: RelyingParty) -> None:
    verifier = "az09AZ-._~" * 5
    await rp.happy(
        How(verifier=verifier), code_challenge=s256(verifier), code_challenge_method="S256"
    )

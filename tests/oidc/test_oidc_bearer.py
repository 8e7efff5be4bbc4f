"""Who may call Graph: what a token must be, and every forgery that Mallory can think of."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from oidc.contoso import (
    BASE,
    BOB,
    FABRIKAM_TID,
    NOW,
    SIGNER,
    TID,
    WEB,
    Directory,
    FrozenWorld,
    contoso,
    fabrikam,
    key,
    unpacked,
)
from oidc.endpoint import State
from vestibule.errors import Unauthenticated
from vestibule.oidc.bearer import GRAPH, PERSONAL_ACCOUNTS, application_token, delegated_token
from vestibule.oidc.bearer import principal as read
from vestibule.rules import Principal
from vestibule.tenancy import SigningKey

pytestmark = pytest.mark.anyio
APPLICATION = contoso().applications[WEB]
PARTS: dict[str, Any] = {
    "tenant": contoso(),
    "issuer": f"{BASE}/{TID}/v2.0",
    "signer": SIGNER,
    "world": FrozenWorld(),
    "now": NOW,
}
FOR_APPLICATION = application_token(APPLICATION, **PARTS)
FOR_USER = delegated_token(
    APPLICATION,
    user=BOB,
    upn="bob@contoso.onmicrosoft.com",
    scopes=["IdentityUserFlow.Read.All", "User.Read"],
    roles=["6e591065-9bad-43ed-90f3-e9424366d2f0"],
    **PARTS,
)
CLAIMS = unpacked(FOR_APPLICATION)[1]


async def who(token: str, *, scheme: str = "Bearer", **when: float) -> Principal:
    return await read(
        f"{scheme} {token}",
        find_tenant=Directory().find,
        signer=SIGNER,
        bases={BASE, "https://login.example"},
        now=NOW + timedelta(**when),
    )


@pytest.mark.parametrize(
    ("state", "welcome"),
    [
        (State(), True),
        (State(sessions_valid_from=NOW - timedelta(days=1)), True),
        (State(sessions_valid_from=NOW + timedelta(milliseconds=999)), True),  # in the same second
        (State(sessions_valid_from=NOW + timedelta(seconds=1)), False),
        (State(enabled=False), False),
        (None, False),
    ],
    ids=["signed in", "out before", "out in that second", "out since", "disabled", "gone"],
)
async def test_a_persons_token_ends_with_their_sessions(
    state: State | None, *, welcome: bool
) -> None:
    async def user_state(_tenant: str, _user: str) -> State | None:
        return state

    async def asked(token: str) -> Principal:
        return await read(
            f"Bearer {token}",
            find_tenant=Directory().find,
            signer=SIGNER,
            bases={BASE},
            now=NOW,
            user_state=user_state,
        )

    assert (await asked(FOR_APPLICATION)).kind == "application"
    if welcome:
        assert (await asked(FOR_USER)).id == BOB
    else:
        with pytest.raises(Unauthenticated):
            await asked(FOR_USER)


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(signing: SigningKey | None = None, **changes: Any) -> str:
    """Our own signature over changed claims; None takes a claim away."""
    claims = {**CLAIMS, **changes}
    kept = {name: value for name, value in claims.items() if value is not None}
    return SIGNER.sign(signing or key("contoso"), kept)


def forged(signature: Callable[[bytes], bytes], **header: Any) -> str:
    """A header of Mallory's making over good claims."""
    full = {"alg": "RS256", "kid": key("contoso").kid, "typ": "JWT", **header}
    kept = {name: value for name, value in full.items() if value is not None}
    text = f"{b64(msgspec.json.encode(kept))}.{FOR_APPLICATION.split('.')[1]}"
    return f"{text}.{b64(signature(text.encode()))}"


@cache
def contosos() -> rsa.RSAPrivateKey:
    private = load_pem_private_key(key("contoso").pem.encode(), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    return private


def mac_with_public_key(text: bytes) -> bytes:
    pem = contosos().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return hmac.new(pem, text, sha256).digest()


def honest(text: bytes) -> bytes:
    """Signed with the right key, so that only the header is at fault."""
    return contosos().sign(text, padding.PKCS1v15(), SHA256())


async def test_an_application_is_known_by_its_roles() -> None:
    assert await who(FOR_APPLICATION) == Principal(
        "application", APPLICATION.object_id, WEB, TID, APPLICATION.permissions
    )


async def test_a_user_is_known_by_scopes_and_directory_roles() -> None:
    assert await who(FOR_USER, scheme="bEARER") == Principal(
        "delegated",
        BOB,
        WEB,
        TID,
        frozenset({"IdentityUserFlow.Read.All", "User.Read"}),
        frozenset({"6e591065-9bad-43ed-90f3-e9424366d2f0"}),
    )


async def test_chosen_permissions_are_minted() -> None:
    token = application_token(APPLICATION, permissions=["A"], **PARTS)
    assert (await who(token)).permissions == {"A"}


@pytest.mark.parametrize(
    "token",
    [
        signed(aud="00000003-0000-0000-c000-000000000000"),
        signed(iss=f"https://login.example/{TID}/v2.0"),
        signed(key("older")),
        SIGNER.sign(
            key("fabrikam"), {**CLAIMS, "tid": FABRIKAM_TID, "iss": f"{BASE}/{FABRIKAM_TID}/v2.0"}
        ),
    ],
    ids=["Graph by id", "another host of ours", "a key that signs no more", "another tenant"],
)
async def test_a_token_of_ours_is_believed(token: str) -> None:
    assert await who(token)


@pytest.mark.parametrize("seconds", [-60, 3659])
async def test_clocks_may_differ_by_a_minute(seconds: int) -> None:
    assert await who(FOR_APPLICATION, seconds=seconds)


@pytest.mark.parametrize(
    ("token", "says"),
    [
        (forged(lambda _: b"", alg="none"), "compact form"),
        (forged(honest, alg="none"), "RS256"),
        (forged(honest, alg="None"), "RS256"),
        (forged(mac_with_public_key, alg="HS256"), "RS256"),
        (forged(honest, alg="RS512"), "RS256"),
        (forged(honest, alg=None), "RS256"),
        (forged(honest, kid="nobody"), "key"),
        (forged(honest, kid=None), "kid"),
        (forged(honest, kid=1), "kid"),
        (forged(honest, kid=key("fabrikam").kid), "key"),
        (forged(honest, kid=key("older").kid), "signature"),
        (forged(honest, jwk={"kty": "RSA"}), "jwk"),
        (forged(honest, jku="https://m.example"), "jku"),
        (forged(honest, x5u="https://m.example"), "x5u"),
        (forged(honest, x5c=["MII"]), "x5c"),
        (forged(honest, crit=["exp"]), "crit"),
        (forged(honest, b64=False), "b64"),
        (forged(honest, typ="at+jwt"), "type"),
        (forged(honest, typ=None), "type"),
        (forged(lambda _: b"\0" * 256), "signature"),
        (signed(replace(key("mallory"), kid=key("contoso").kid)), "signature"),
        (signed(key("fabrikam")), "key"),
        (signed(key("mallory")), "key"),
        (FOR_APPLICATION[:-4] + "AAAA", "signature"),
        (FOR_APPLICATION + "=", "compact form"),
        (FOR_APPLICATION.replace(".", ".."), "compact form"),
        (FOR_APPLICATION.rsplit(".", 1)[0], "compact form"),
        (f"{b64(b'[]')}.{b64(b'{}')}.AA", "compact form"),
        (f"{b64(b'{' * 9999)}.{b64(b'{}')}.AA", "compact form"),
        ("A" * 20_000, "compact form"),
        ("nonsense", "compact form"),
    ],
    ids=[
        "none, no signature", "none, signed", "None", "HS256 with the public key", "RS512",
        "no algorithm", "unknown key", "no key named", "key named by number", "other tenant's kid",
        "another kid of ours", "jwk", "jku", "x5u", "x5c", "crit", "b64", "another type", "no type",
        "zeros", "own key under our kid", "other tenant's key", "own key", "signature cut",
        "padding", "empty segment", "two segments", "header is a list", "header is deep",
        "very long", "nonsense",
    ],
)  # fmt: skip
async def test_a_forged_token_is_refused(token: str, says: str) -> None:
    with pytest.raises(Unauthenticated, match=says):
        await who(token)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"aud": WEB}, "audience"),
        ({"aud": [GRAPH]}, "audience"),
        ({"aud": GRAPH + "/"}, "audience"),
        ({"aud": None}, "audience"),
        ({"tfp": "B2C_1_susi"}, "audience"),
        ({"iss": f"{BASE}/{TID}/v2.0/"}, "issuer"),
        ({"iss": f"{BASE}/{FABRIKAM_TID}/v2.0"}, "issuer"),
        ({"iss": f"https://mallory.example/{TID}/v2.0"}, "issuer"),
        ({"iss": None}, "issuer"),
        ({"tid": None}, "tid"),
        ({"tid": 1}, "tid"),
        ({"tid": "contoso.onmicrosoft.com"}, "tid"),
        ({"tid": "00000000-0000-0000-0000-000000000000"}, "tid"),
        ({"tid": PERSONAL_ACCOUNTS}, "Personal"),
        ({"tid": FABRIKAM_TID}, "key"),
        ({"exp": None}, "exp"),
        ({"exp": "2099"}, "exp"),
        ({"exp": True}, "exp"),
        ({"nbf": None}, "nbf"),
        ({"oid": None}, "oid"),
        ({"appid": None}, "appid"),
        ({"roles": None}, "neither"),
        ({"scp": "User.Read"}, "neither"),
        ({"idtyp": None}, "neither"),
        ({"idtyp": "user"}, "neither"),
    ],
    ids=str,
)
async def test_a_token_with_other_claims_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(Unauthenticated, match=says):
        await who(signed(**changes))


@pytest.mark.parametrize(("seconds", "says"), [(3660, "expired"), (-61, "not valid yet")])
async def test_a_token_has_its_time(seconds: int, says: str) -> None:
    with pytest.raises(Unauthenticated, match=says):
        await who(FOR_APPLICATION, seconds=seconds)


@pytest.mark.parametrize(
    ("authorization", "says"),
    [("", "empty"), (" ", "empty"), ("Bearer", "Bearer"), ("Bearer  ", "Bearer"),
     ("Basic abc", "Bearer"), (FOR_APPLICATION, "Bearer")],
    ids=["nothing", "blank", "scheme alone", "scheme and blank", "Basic", "no scheme"],
)  # fmt: skip
async def test_a_header_must_carry_a_bearer_token(authorization: str, says: str) -> None:
    with pytest.raises(Unauthenticated, match=says):
        await read(
            authorization,
            find_tenant=Directory().find,
            signer=SIGNER,
            bases={BASE},
            now=NOW,
        )


async def test_a_key_that_is_new_elsewhere_is_asked_for_once() -> None:
    stale, asked = replace(contoso(), keys=(key("older"),)), []

    async def fresh(name: str) -> Any:
        asked.append(name)
        return await Directory().find(name)

    found = await read(
        f"Bearer {FOR_APPLICATION}",
        find_tenant=Directory(stale).find,
        fresh_tenant=fresh,
        signer=SIGNER,
        bases={BASE},
        now=NOW,
    )
    assert found.tenant == TID
    assert asked == [TID]


async def test_the_tokens_of_a_flow_are_not_for_graph() -> None:
    flow = {"iss": f"{BASE}/{TID}/v2.0/", "aud": WEB, "sub": BOB, "oid": BOB, "tfp": "B2C_1_susi"}
    token = SIGNER.sign(fabrikam().keys[0], flow)
    with pytest.raises(Unauthenticated, match="not an access token for Microsoft Graph"):
        await who(token)

"""private_key_jwt: a program proves itself with its certificate, once and in time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from oidc.contoso import BASE, NOW, PROGRAM, TID, WEB, contoso
from oidc.endpoint import Endpoint, endpoint
from vestibule.oidc.faults import Fault
from vestibule.tenancy import Credential, Tenant

pytestmark = pytest.mark.anyio
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TOKEN_ENDPOINT = f"{BASE}/contoso.onmicrosoft.com/oauth2/v2.0/token"
SOON = int(NOW.timestamp()) + 600
GOOD: dict[str, Any] = {"iss": WEB, "sub": WEB, "aud": TOKEN_ENDPOINT, "exp": SOON, "jti": "1"}


@cache
def key_of(name: str) -> RSAPrivateKey:
    assert name
    return generate_private_key(public_exponent=65537, key_size=2048)


@cache
def certificate(name: str, until: datetime = NOW + timedelta(days=1)) -> str:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    private = key_of(name)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=2))
        .not_valid_after(until)
        .sign(private, SHA256())
    )
    return built.public_bytes(Encoding.PEM).decode()


@cache
def imported(name: str) -> RSAKey:
    pem = key_of(name).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return RSAKey.import_key(pem)


def signed(claims: dict[str, Any], name: str = "web", algorithm: str = "RS256") -> str:
    header = {"alg": algorithm, "typ": "JWT"}
    return jwt.encode(header, claims, imported(name), algorithms=[algorithm])


def holding(*certificates: str) -> Tenant:
    registered = tuple(Credential(pem) for pem in certificates)
    return contoso(replace(contoso().applications[WEB], certificates=registered))


async def post(at: Endpoint, assertion: str, **more: str) -> dict[str, Any]:
    parameters: dict[str, str | None] = {
        "grant_type": "client_credentials",
        "scope": "https://graph.microsoft.com/.default",
        "client_assertion_type": TYPE,
        "client_assertion": assertion,
        **more,
    }
    return await at.post(parameters, flow=None)


@pytest.mark.parametrize(
    ("changes", "algorithm"),
    [
        ({}, "RS256"),
        ({}, "PS256"),
        ({"aud": [f"{BASE}/{TID}/v2.0"]}, "RS256"),
        ({"aud": TOKEN_ENDPOINT.upper()}, "RS256"),
        ({"nbf": int(NOW.timestamp()) + 8}, "RS256"),
        ({"nbf": int(NOW.timestamp()) + 60}, "RS256"),
        ({"exp": int(NOW.timestamp()) - 59}, "RS256"),
    ],
    ids=[
        "as MSAL signs",
        "PS256",
        "for the issuer",
        "any case",
        "eight seconds ahead",
        "a minute ahead",
        "a minute behind",
    ],
)
async def test_an_assertion_is_as_good_as_a_secret(
    tmp_path: Path, changes: dict[str, Any], algorithm: str
) -> None:
    async with endpoint(tmp_path, tenant=holding(certificate("old"), certificate("web"))) as at:
        body = await post(at, signed({**GOOD, **changes}, algorithm=algorithm))
        assert body["access_token"]


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://mallory.example/token"},
        {"aud": None},
        {"aud": [1]},
        {"iss": PROGRAM},
        {"sub": PROGRAM},
        {"sub": None},
        {"iss": None},
        {"aud": f"{BASE}/fabrikam.onmicrosoft.com/oauth2/v2.0/token"},
        {"exp": int(NOW.timestamp()) - 300},
        {"exp": int(NOW.timestamp()) - 61},
        {"exp": int(NOW.timestamp()) + 7200},
        {"exp": None},
        {"exp": "soon"},
        {"exp": 1e300},
        {"nbf": int(NOW.timestamp()) + 61},
        {"nbf": int(NOW.timestamp()) + 120},
        {"jti": None},
        {"jti": ""},
    ],
    ids=str,
)
async def test_an_assertion_with_wrong_claims_is_refused(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    async with endpoint(tmp_path, tenant=holding(certificate("web"))) as at:
        with pytest.raises(Fault, match="Invalid client credentials"):
            await post(at, signed({**GOOD, **changes}), client_id=WEB)


@pytest.mark.parametrize(
    ("assertion", "certificates"),
    [
        (signed(GOOD, "mallory"), (certificate("web"),)),
        (signed(GOOD), (certificate("web", NOW - timedelta(hours=1)),)),
        (
            jwt.encode({"alg": "HS256"}, GOOD, OctKey.import_key(b"a secret of Mallory's choice")),
            (certificate("web"),),
        ),
        ("e30.e30.e30", (certificate("web"),)),
        ("nonsense", (certificate("web"),)),
    ],
    ids=["another key", "certificate that has ended", "HS256", "unsigned", "nonsense"],
)
async def test_an_assertion_that_the_application_did_not_sign_is_refused(
    tmp_path: Path, assertion: str, certificates: tuple[str, ...]
) -> None:
    async with endpoint(tmp_path, tenant=holding(*certificates)) as at:
        with pytest.raises(Fault) as refusal:
            await post(at, assertion, client_id=WEB)
    assert refusal.value.code == "AADSTS7000215"


async def test_an_assertion_is_good_once_also_at_once(tmp_path: Path) -> None:
    async with endpoint(tmp_path, tenant=holding(certificate("web"))) as at:
        assertion = signed(GOOD)
        tries = [post(at, assertion) for _ in range(16)]
        results = await asyncio.gather(*tries, return_exceptions=True)
        assert len([one for one in results if isinstance(one, dict)]) == 1
        with pytest.raises(Fault):
            await post(at, assertion)
        assert await post(at, signed({**GOOD, "jti": "2"}))


async def test_another_type_of_assertion_is_refused(tmp_path: Path) -> None:
    async with endpoint(tmp_path, tenant=holding(certificate("web"))) as at:
        with pytest.raises(Fault, match="client_assertion_type"):
            await post(at, signed(GOOD), client_assertion_type="saml")


async def test_a_code_is_redeemed_with_an_assertion_for_the_flow(tmp_path: Path) -> None:
    flow_endpoint = f"{BASE}/contoso.onmicrosoft.com/b2c_1_susi/oauth2/v2.0/token"
    async with endpoint(tmp_path, tenant=holding(certificate("web"))) as at:
        code = await at.code()
        proof = {"client_secret": None, "client_assertion_type": TYPE}
        wrong = signed({**GOOD, "aud": TOKEN_ENDPOINT.replace("contoso", "fabrikam")})
        with pytest.raises(Fault) as refusal:
            await at.redeem(code, client_assertion=wrong, **proof)
        assert (refusal.value.number, refusal.value.error) == ("90081", "invalid_client")
        right = signed({**GOOD, "aud": flow_endpoint})
        assert await at.redeem(code, client_assertion=right, **proof)

"""Signing keys of both algorithms: what they sign, publish and believe, held against joserfc.

Source: RFC 7515, 7517, 7518, 7638, 8725; runtime.md 1.3; EP-14.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any, cast

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from joserfc import jwt
from joserfc.jwk import KeySet

from vestibule.errors import Misconfigured
from vestibule.oidc.signing import Algorithm, Rejected, Signer, decode, encode, make_key, peek
from vestibule.tenancy import SigningKey

ALGORITHMS: tuple[Algorithm, ...] = ("RS256", "ES256")
MEMBERS = {
    "RS256": {"kid", "nbf", "use", "kty", "e", "n"},
    "ES256": {"kid", "nbf", "use", "kty", "crv", "x", "y"},
}
CLAIMS = {"sub": "ada", "exp": 1}


def drawn(algorithm: Algorithm) -> SigningKey:
    kid, named, pem = make_key(algorithm)
    return SigningKey(kid, named, pem, 1_700_000_000)


@pytest.fixture(scope="module")
def keys() -> dict[str, SigningKey]:
    return {algorithm: drawn(algorithm) for algorithm in ALGORITHMS}


@pytest.fixture
def signer() -> Signer:
    return Signer()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_others_verify_with_what_is_published(
    signer: Signer, keys: dict[str, SigningKey], algorithm: str
) -> None:
    token = signer.sign(keys[algorithm], CLAIMS)
    header, _ = peek(token)
    assert header == {"alg": algorithm, "kid": keys[algorithm].kid, "typ": "JWT"}
    published = signer.jwks(keys.values())
    shown = next(one for one in published["keys"] if one["kid"] == header["kid"])
    assert shown.keys() == MEMBERS[algorithm]
    assert (shown["use"], shown["nbf"]) == ("sig", 1_700_000_000)
    judged = jwt.decode(
        token, KeySet.import_key_set(cast("Any", published)), algorithms=[algorithm]
    )
    assert judged.claims == CLAIMS
    assert signer.verify(token, keys.values()) == CLAIMS


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_kid_is_the_thumbprint(
    signer: Signer, keys: dict[str, SigningKey], algorithm: str
) -> None:
    [shown] = signer.jwks([keys[algorithm]])["keys"]
    counted = {name: shown[name] for name in shown.keys() - {"kid", "nbf", "use"}}
    digest = sha256(json.dumps(counted, sort_keys=True, separators=(",", ":")).encode()).digest()
    assert shown["kid"] == urlsafe_b64encode(digest).rstrip(b"=").decode()


def test_coordinates_keep_their_leading_zeros(signer: Signer) -> None:
    """RFC 7518, 6.2.1.2: 32 bytes each, also when the number is smaller (once in 128 keys)."""
    for _ in range(400):
        [shown] = signer.jwks([drawn("ES256")])["keys"]
        assert (len(decode(shown["x"])), len(decode(shown["y"]))) == (32, 32)


def forged(token: str, **header: Any) -> str:
    """The token with another header over the same signature."""
    old, claims, signature = token.split(".")
    changed = {**json.loads(decode(old)), **header}
    return f"{encode(json.dumps(changed).encode()).decode()}.{claims}.{signature}"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_believes_its_own_algorithm_alone(
    signer: Signer, keys: dict[str, SigningKey], algorithm: Algorithm
) -> None:
    other = next(one for one in ALGORITHMS if one != algorithm)
    honest = signer.sign(keys[algorithm], CLAIMS)
    for wrong, why in (
        (forged(honest, alg=other), "header"),
        (forged(honest, alg=other, kid=keys[other].kid), "signature"),
        (forged(honest, kid=drawn(algorithm).kid), "key"),
        (forged(honest, alg="ES384"), "header"),
        (forged(honest, alg="HS256"), "header"),
        (forged(honest, alg=["ES256"]), "header"),
    ):
        with pytest.raises(Rejected) as refused:
            signer.verify(wrong, keys.values())
        assert refused.value.why == why


def test_a_signature_on_a_curve_has_one_form(signer: Signer, keys: dict[str, SigningKey]) -> None:
    token = signer.sign(keys["ES256"], CLAIMS)
    text, _, signature = token.rpartition(".")
    raw = decode(signature)
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    nothing = bytes(64)
    padded = raw[:32] + b"\0" + raw[32:]  # the same numbers
    for wrong in (encode_dss_signature(r, s), padded, raw[:-1], raw[32:] + raw[:32], nothing):
        with pytest.raises(Rejected) as refused:
            signer.verify(f"{text}.{encode(wrong).decode()}", keys.values())
        assert refused.value.why == "signature"


def test_a_key_of_another_kind_than_stored_is_refused(
    signer: Signer, keys: dict[str, SigningKey]
) -> None:
    curve = keys["ES256"]
    for algorithm in ("RS256", "HS256", "none"):
        wrong = SigningKey(curve.kid, algorithm, curve.pem, curve.not_before)
        with pytest.raises(Misconfigured):
            signer.sign(wrong, CLAIMS)

"""Our signing keys and the tokens they sign: make, sign, publish, verify.

A token of ours has one form only, so a header with anything that we never write is refused:
no `none`, no HS*, no key carried along (`jwk`, `jku`, `x5u`), no `crit`.
Source: RFC 7515, 7517, 7518 (3.4, 6.2), 7638, 8725; runtime.md 1.3.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_on_curve
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from vestibule.errors import Misconfigured
from vestibule.tenancy import SigningKey

_KEPT_KEYS = 256  # parsed keys; one tenant has two or three
_LONGEST = 16 * 1024  # characters of a token that is looked at
_SEGMENT = re.compile(r"[A-Za-z0-9_-]+")
_HEADER = frozenset({"alg", "kid", "typ"})
_PADDING, _HASH, _ECDSA = PKCS1v15(), SHA256(), ECDSA(SHA256())
_COORDINATE = 32  # bytes of a number on P-256

Algorithm = Literal["RS256", "ES256"]


class Rejected(Exception):
    """A token that is not to be believed. `why`: malformed, header, key, signature."""

    def __init__(self, why: Literal["malformed", "header", "key", "signature"], text: str) -> None:
        super().__init__(text)
        self.why = why


@dataclass(frozen=True, slots=True)
class _Loaded:
    pem: str
    private: RSAPrivateKey | EllipticCurvePrivateKey
    public: RSAPublicKey | EllipticCurvePublicKey
    header: bytes  # encoded, with its dot


def make_key(algorithm: Algorithm = "RS256") -> tuple[str, str, str]:
    """A new key: (kid, algorithm, PKCS 8 PEM). The kid is its RFC 7638 thumbprint.

    An RSA key takes a tenth of a second and more.
    """
    private: RSAPrivateKey | EllipticCurvePrivateKey
    if algorithm == "RS256":
        private = generate_private_key(public_exponent=65537, key_size=2048)
    else:
        private = generate_on_curve(SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    members = _members(private.public_key())
    thumbprint = sha256(msgspec.json.encode(members, order="sorted")).digest()
    return encode(thumbprint).decode(), algorithm, pem.decode()


class Signer:
    """Signs and verifies; keeps parsed keys, because parsing one costs a hundred signatures."""

    __slots__ = ("_keys",)

    def __init__(self) -> None:
        self._keys: dict[str, _Loaded] = {}

    def sign(self, key: SigningKey, claims: Mapping[str, Any]) -> str:
        """The claims as a compact JWS with the header that B2C writes."""
        loaded = self._load(key)
        text = loaded.header + encode(msgspec.json.encode(claims))
        return (text + b"." + encode(_signature(loaded.private, text))).decode()

    def verify(self, token: str, keys: Iterable[SigningKey]) -> dict[str, Any]:
        """The claims of a token that one of `keys` signed; their meaning is for the caller.

        Raises Rejected.
        """
        header, claims = peek(token)
        _check_header(header)
        key = next((key for key in keys if key.kid == header["kid"]), None)
        if key is None:
            raise Rejected("key", "The token is signed with a key that this tenant does not have.")
        if header["alg"] != key.algorithm:
            raise Rejected("header", f"The token must be signed with {key.algorithm}.")
        text, _, signature = token.rpartition(".")
        try:
            _verify(self._load(key).public, decode(signature), text.encode())
        except InvalidSignature:
            raise Rejected("signature", "The signature of the token is not valid.") from None
        return claims

    def jwks(self, keys: Iterable[SigningKey]) -> dict[str, Any]:
        """The public halves, in the members that B2C publishes (no alg, no x5c)."""
        return {
            "keys": [
                {
                    "kid": key.kid,
                    "nbf": key.not_before,
                    "use": "sig",
                    **_members(self._load(key).public),
                }
                for key in keys
            ]
        }

    def _load(self, key: SigningKey) -> _Loaded:
        loaded = self._keys.get(key.kid)
        if loaded is not None and loaded.pem == key.pem:
            return loaded
        # What the store opened is what `make_key` made: to prove its primes again would hold up
        # every other request for as long as ten signatures.
        private = load_pem_private_key(
            key.pem.encode(), password=None, unsafe_skip_rsa_key_validation=True
        )
        if not isinstance(private, _KINDS.get(key.algorithm, ())):
            raise Misconfigured(f"Signing key {key.kid} is not one for {key.algorithm}.")
        assert isinstance(private, RSAPrivateKey | EllipticCurvePrivateKey)  # noqa: S101 - as above
        header = {"alg": key.algorithm, "kid": key.kid, "typ": "JWT"}
        loaded = _Loaded(
            key.pem, private, private.public_key(), encode(msgspec.json.encode(header)) + b"."
        )
        while len(self._keys) >= _KEPT_KEYS:
            del self._keys[next(iter(self._keys))]
        self._keys[key.kid] = loaded
        return loaded


def peek(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a compact JWS, not verified. Raises Rejected."""
    segments = token.split(".") if len(token) <= _LONGEST else []
    if len(segments) != 3 or not all(_SEGMENT.fullmatch(segment) for segment in segments):  # noqa: PLR2004 - header, claims, signature
        raise Rejected("malformed", "The token is not a signed JWT in compact form.")
    try:
        header = msgspec.json.decode(decode(segments[0]), type=dict[str, Any])
        claims = msgspec.json.decode(decode(segments[1]), type=dict[str, Any])
        decode(segments[2])
    except (ValueError, RecursionError):  # msgspec's DecodeError and binascii's are ValueErrors
        raise Rejected("malformed", "The token is not a signed JWT in compact form.") from None
    return header, claims


def encode(data: bytes) -> bytes:
    """Base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=")


def decode(text: str) -> bytes:
    """The bytes of base64url without padding. Raises ValueError."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _check_header(header: Mapping[str, Any]) -> None:
    if extra := sorted(header.keys() - _HEADER):
        raise Rejected("header", f"The token's header must not have '{extra[0][:40]}'.")
    if header.get("alg") not in tuple(_KINDS):  # it may be anything, also what has no hash
        raise Rejected("header", "The token must be signed with RS256 or ES256.")
    if header.get("typ") != "JWT":
        raise Rejected("header", "The token's type must be JWT.")
    if not isinstance(header.get("kid"), str):
        raise Rejected("header", "The token's header must name its key, in 'kid'.")


_KINDS: Mapping[str, type] = {"RS256": RSAPrivateKey, "ES256": EllipticCurvePrivateKey}


def _signature(private: RSAPrivateKey | EllipticCurvePrivateKey, text: bytes) -> bytes:
    if isinstance(private, RSAPrivateKey):
        return private.sign(text, _PADDING, _HASH)
    r, s = decode_dss_signature(private.sign(text, _ECDSA))
    return r.to_bytes(_COORDINATE) + s.to_bytes(_COORDINATE)


def _verify(public: RSAPublicKey | EllipticCurvePublicKey, signature: bytes, text: bytes) -> None:
    """Raises InvalidSignature."""
    if isinstance(public, RSAPublicKey):
        public.verify(signature, text, _PADDING, _HASH)
        return
    if len(signature) != 2 * _COORDINATE:
        raise InvalidSignature
    r, s = signature[:_COORDINATE], signature[_COORDINATE:]
    public.verify(encode_dss_signature(int.from_bytes(r), int.from_bytes(s)), text, _ECDSA)


def _members(public: RSAPublicKey | EllipticCurvePublicKey) -> dict[str, str]:
    """What a JWK needs to be one, and what its thumbprint is made of."""
    if isinstance(public, RSAPublicKey):
        of_rsa = public.public_numbers()
        return {"kty": "RSA", "e": _number(of_rsa.e), "n": _number(of_rsa.n)}
    point = public.public_numbers()
    x, y = (_number(number, _COORDINATE) for number in (point.x, point.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def _number(number: int, length: int = 0) -> str:
    """Base64urlUInt, or with `length` so many bytes (RFC 7518, 6.2.1.2)."""
    return encode(number.to_bytes(length or (number.bit_length() + 7) // 8)).decode()

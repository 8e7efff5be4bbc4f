"""Our signing keys and the tokens they sign: make, sign, publish, verify.

A token of ours has one form only, so a header with anything that we never write is refused:
no `none`, no HS*, no key carried along (`jwk`, `jku`, `x5u`), no `crit`.
Source: RFC 7515, 7517, 7638, 8725; runtime.md 1.3.
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
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
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
_PADDING, _HASH = PKCS1v15(), SHA256()


class Rejected(Exception):
    """A token that is not to be believed. `why`: malformed, header, key, signature."""

    def __init__(self, why: Literal["malformed", "header", "key", "signature"], text: str) -> None:
        super().__init__(text)
        self.why = why


@dataclass(frozen=True, slots=True)
class _Loaded:
    pem: str
    private: RSAPrivateKey
    public: RSAPublicKey
    header: bytes  # encoded, with its dot


def make_key(algorithm: Literal["RS256"] = "RS256") -> tuple[str, str, str]:
    """A new key: (kid, algorithm, PKCS 8 PEM). The kid is its RFC 7638 thumbprint."""
    private = generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    members = {"kty": "RSA", **_numbers(private.public_key())}
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
        return (text + b"." + encode(loaded.private.sign(text, _PADDING, _HASH))).decode()

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
            self._load(key).public.verify(decode(signature), text.encode(), _PADDING, _HASH)
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
                    "kty": "RSA",
                    **_numbers(self._load(key).public),
                }
                for key in keys
            ]
        }

    def _load(self, key: SigningKey) -> _Loaded:
        loaded = self._keys.get(key.kid)
        if loaded is not None and loaded.pem == key.pem:
            return loaded
        private = load_pem_private_key(key.pem.encode(), password=None)
        if key.algorithm != "RS256" or not isinstance(private, RSAPrivateKey):
            raise Misconfigured(f"Signing key {key.kid} must be an RSA key for RS256.")
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
    if header.get("alg") != "RS256":
        raise Rejected("header", "The token must be signed with RS256.")
    if header.get("typ") != "JWT":
        raise Rejected("header", "The token's type must be JWT.")
    if not isinstance(header.get("kid"), str):
        raise Rejected("header", "The token's header must name its key, in 'kid'.")


def _numbers(public: RSAPublicKey) -> dict[str, str]:
    numbers = public.public_numbers()
    return {
        "e": encode(numbers.e.to_bytes((numbers.e.bit_length() + 7) // 8)).decode(),
        "n": encode(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8)).decode(),
    }

"""Keys and tokens of others: read keys, verify what they signed; and sign what proves us to them.

The one module of `perform` that knows joserfc. The algorithm is the caller's choice, never the
token's alone; a key comes from the provider's own address, never out of a header.
Source: RFC 7515, 7517, 7518, 8725; OpenID Connect Core 10.1.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256, sha384, sha512
from typing import Any

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from vestibule.perform.providers.answers import shallow
from vestibule.perform.providers.faults import Failed

ALGORITHMS: Mapping[str, str] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), "RSA"),
    **dict.fromkeys(("ES256", "ES384", "ES512"), "EC"),
    "Ed25519": "OKP",
}
"""Algorithm → type of its key. Nothing symmetric: the provider's public key is no secret."""

_KINDS: Mapping[str, type[RSAKey | ECKey | OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
_MOST_KEYS = 100
_LONGEST = 64 * 1024  # characters of a token
_RSA_BITS = (2048, 8192)  # the least (RFC 7518 section 3.3), and what is still fast
_EXPONENT_BITS = 64
_SEGMENTS, _SEGMENTS_ENCRYPTED = 3, 5
_HASHES = {"256": sha256, "384": sha384, "512": sha512, "519": sha512}


class UnknownKey(Failed):
    """The token names a key that is not among those at hand; the provider may have a new one."""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A public key of a provider. `algorithm` is "" where it serves any of its type, `issuer`
    where it signs for every issuer of the set. Entra ID names one for each key."""

    id: str
    type: str
    algorithm: str
    key: RSAKey | ECKey | OKPKey
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """The claims of a token whose signature is right, by which algorithm it is, and for whom its
    key may sign, as in ForeignKey."""

    claims: Mapping[str, Any]
    algorithm: str
    issuer: str


class _Registry(JWSRegistry):
    """Names in a header that nobody knows are ignored (RFC 7515 section 4)."""

    max_header_length = 8192  # some carry a certificate along; it is not looked at

    def __init__(self, algorithms: Sequence[str]) -> None:
        super().__init__(algorithms=list(algorithms), strict_check_header=False)


def read_keys(document: Mapping[str, Any]) -> tuple[ForeignKey, ...]:
    """The keys of a JWK set that could have signed a token; those of no use to us are left out.

    Raises Failed for a document that is no JWK set.
    """
    listed = document.get("keys")
    if not isinstance(listed, list) or len(listed) > _MOST_KEYS:
        raise Failed("The keys of the identity provider are not a JWK set.")
    found = (_read_key(one) for one in listed if isinstance(one, dict))
    return tuple(key for key in found if key is not None)


def _read_key(members: Mapping[str, Any]) -> ForeignKey | None:
    kind = members.get("kty")
    if not isinstance(kind, str) or kind not in _KINDS or members.get("use", "sig") != "sig":
        return None
    needed = {name: members.get(name) for name in ("kty", "n", "e", "crv", "x", "y")}
    named = [members.get(name, "") for name in ("kid", "alg", "issuer")]
    if not all(isinstance(name, str) for name in named):
        return None
    try:
        if kind == "RSA" and not _RSA_BITS[0] <= _bits(needed["n"]) <= _RSA_BITS[1]:
            return None
        if kind == "RSA" and _bits(needed["e"]) > _EXPONENT_BITS:
            return None
        key = _KINDS[kind].import_key({name: part for name, part in needed.items() if part})
    except (JoseError, ValueError, TypeError, ArithmeticError):
        return None
    id, algorithm, issuer = named
    return ForeignKey(id, kind, algorithm, key, issuer)


def _bits(number: Any) -> int:
    """How long a Base64urlUInt is. Raises ValueError or TypeError for anything else."""
    return int.from_bytes(_decoded(number)).bit_length()


def verify(token: str, keys: Sequence[ForeignKey], algorithms: Sequence[str]) -> Verified:
    """The claims of a token that one of `keys` signed by one of `algorithms`.

    Raises Failed; UnknownKey where another look at the provider's keys may help.
    """
    header = _header(token)
    algorithm, id = header.get("alg"), header.get("kid", "")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise Failed("The id token is not signed by an algorithm that the provider announces.")
    if "crit" in header or "b64" in header or not isinstance(id, str):
        raise Failed("The header of the id token asks for what is not understood.")
    key = _fitting(keys, id, algorithm)
    try:
        signed = jws.deserialize_compact(token, key.key, registry=_Registry([algorithm]))
        claims = msgspec.json.decode(signed.payload, type=dict[str, Any])
    except (JoseError, ValueError, RecursionError):
        raise Failed("The signature of the id token is not valid.") from None
    if not shallow(claims):
        raise Failed("The claims of the id token are nested too deeply.")
    return Verified(claims, algorithm, key.issuer)


def _header(token: str) -> Mapping[str, Any]:
    segments = token.split(".") if len(token) <= _LONGEST and token.isascii() else []
    if len(segments) == _SEGMENTS_ENCRYPTED:
        raise Failed("The id token is encrypted, which is not supported.")
    try:
        if len(segments) == _SEGMENTS:
            return msgspec.json.decode(_decoded(segments[0]), type=dict[str, Any])
    except (ValueError, RecursionError):
        pass
    raise Failed("The id token is not a signed JWT in compact form.")


def _fitting(keys: Sequence[ForeignKey], id: str, algorithm: str) -> ForeignKey:
    """The key that the token names. Keys of one name must differ in their type (RFC 7517 section
    4.5); a token that names none must leave no choice (OpenID Connect Core 10.1)."""
    fitting = [
        key
        for key in keys
        if id in ("", key.id)
        and key.type == ALGORITHMS[algorithm]
        and key.algorithm in ("", algorithm)
    ]
    if not fitting:
        raise UnknownKey("The id token is signed with a key that the provider does not publish.")
    if len(fitting) > 1:
        raise Failed("The provider publishes several keys that could have signed the id token.")
    return fitting[0]


def half_hash(value: str, algorithm: str) -> str:
    """at_hash and c_hash: the left half of the hash of an access token or a code (OpenID Connect
    Core 3.1.3.6)."""
    hashed = _HASHES[algorithm[-3:]](value.encode()).digest()
    return urlsafe_b64encode(hashed[: len(hashed) // 2]).rstrip(b"=").decode()


def assertion(claims: Mapping[str, Any], *, pem: str, algorithm: str, kid: str) -> str:
    """What proves us to a provider: a JWT of ours. Raises Failed where the key is not for that."""
    header = {"alg": algorithm, "kid": kid, "typ": "JWT"}
    try:
        key = _KINDS[ALGORITHMS[algorithm]].import_key(pem)
        return jws.serialize_compact(
            header, msgspec.json.encode(claims), key, registry=_Registry([algorithm])
        )
    except (JoseError, ValueError, TypeError):
        raise Failed("The private key for the identity provider cannot be used.") from None


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))

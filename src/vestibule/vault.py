"""Secrets at rest and certificates: seal, open, digest, read PKCS#12, make the development CA.

The only user of cryptography beside `oidc.signing`. Knows no store and no resource: a place is
any tuple of texts. Source: NIST SP 800-38D (AES-GCM), RFC 5869 (HKDF), RFC 7292 (PKCS#12).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from vestibule.errors import Invalid, Misconfigured

_KEY_BYTES = 32
_NONCE_BYTES = 12  # SP 800-38D 8.2.2: 96 random bits serve 2^32 texts under one key
_CA_LIFETIME = timedelta(days=3650)
_SERVER_LIFETIME = timedelta(days=397)  # the most that Apple's and Chromium's stores accept
_CLOCK_SKEW = timedelta(hours=1)
_PEM = serialization.Encoding.PEM

# --------------------------------------------------------------------------- sealing


class Vault:
    """Seals with the first of `keys` (id → 32 bytes) and opens with any of them."""

    __slots__ = ("_ciphers", "_mac_key", "_sealing_id")

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys or any(len(key) != _KEY_BYTES for key in keys.values()):
            raise Misconfigured("VESTIBULE_SEALING_KEY needs at least one key of 32 bytes.")
        self._sealing_id = next(iter(keys))
        self._ciphers = {name: AESGCM(_derive(key, b"seal")) for name, key in keys.items()}
        self._mac_key = _derive(keys[self._sealing_id], b"keyed")

    @classmethod
    def from_base64(cls, text: str) -> Vault:
        """Keys in base64, separated by commas; the first seals, the others only open.

        A key's id is the beginning of its SHA-256, so nobody has to name keys.
        """
        try:
            keys = [base64.b64decode(part.strip(), validate=True) for part in text.split(",")]
        except binascii.Error:
            raise Misconfigured("VESTIBULE_SEALING_KEY is not base64.") from None
        return cls({hashlib.sha256(key).hexdigest()[:8]: key for key in keys})

    def seal(self, text: str, *place: str) -> str:
        """Encrypt `text` so that it opens only at the same place."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self._sealing_id].encrypt(nonce, text.encode(), _bound(place))
        return f"{self._sealing_id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, *place: str) -> str:
        """The text that was sealed at this place.

        Raises ValueError when it was altered or sealed at another place, and Misconfigured
        when its key is not among ours.
        """
        key_id, _, body = sealed.partition(".")
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise Misconfigured(
                f"VESTIBULE_SEALING_KEY lacks the key '{key_id}' that stored secrets need;"
                " add it after the present one, separated by a comma."
            )
        try:
            raw = base64.b64decode(body, altchars=b"-_", validate=True)
            return cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _bound(place)).decode()
        except (InvalidTag, ValueError):
            raise ValueError("The sealed text was altered or belongs to another place.") from None

    def keyed(self, *parts: str) -> str:
        """HMAC-SHA-256, hex: for short codes, which a plain digest would not hide.

        It follows the sealing key, so codes that are under way die when that key changes.
        """
        return hmac.new(self._mac_key, _bound(parts), hashlib.sha256).hexdigest()

    def digest(self, secret: str) -> str:
        """As the function: for those who hold a vault anyway."""
        return digest(secret)


def digest(secret: str) -> str:
    """SHA-256, hex: enough for a secret of 256 random bits, and free to check."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _derive(key: bytes, purpose: bytes) -> bytes:
    """A key for one purpose only."""
    return HKDF(hashes.SHA256(), _KEY_BYTES, salt=None, info=b"vestibule " + purpose).derive(key)


def _bound(parts: tuple[str, ...]) -> bytes:
    """One byte string for each list of texts: a JSON array cannot be read in two ways."""
    return msgspec.json.encode(parts)


# --------------------------------------------------------------------------- client certificates


_MOST_ROUNDS = 3_000_000  # in all, some 0.6 s; tools write 2,048 to 600,000 three times
_DEEPEST = 24  # levels of DER; PKCS#12 needs about 15
_INTEGER, _OCTETS, _CONSTRUCTED, _LONG_FORM, _SEQUENCE = 0x02, 0x04, 0x20, 0x80, b"\x30"


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What Graph tells about an uploaded certificate."""

    thumbprint: str  # SHA-1, 40 upper-case hexadecimal digits
    not_before: int  # epoch seconds
    not_after: int  # epoch seconds


def read_pkcs12(
    value_base64: str, password: str, *, target: str = "pkcs12Value"
) -> CertificateFacts:
    """Read a certificate with its private key. Raises Invalid naming `target`."""
    try:
        raw = base64.b64decode(value_base64, validate=True)
        if sum(_rounds(raw, _DEEPEST)) > _MOST_ROUNDS:
            raise Invalid(
                f"pkcs12Value asks for over {_MOST_ROUNDS} rounds of its key derivation; export "
                "it with fewer.",
                target=target,
            )
        store = pkcs12.load_pkcs12(raw, password.encode())
    except binascii.Error:
        raise Invalid("pkcs12Value is not base64; encode the .pfx file.", target=target) from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Invalid(
            "pkcs12Value cannot be opened; send a PKCS#12 file and its password.", target=target
        ) from None
    if store.cert is None or store.key is None:
        raise Invalid("pkcs12Value needs a certificate and its private key.", target=target)
    certificate = store.cert.certificate
    # SHA-1 is the name of a certificate here, as Graph prints it; nothing trusts it.
    return CertificateFacts(
        thumbprint=certificate.fingerprint(hashes.SHA1()).hex().upper(),  # noqa: S303
        not_before=int(certificate.not_valid_before_utc.timestamp()),
        not_after=int(certificate.not_valid_after_utc.timestamp()),
    )


def client_chain(value_base64: str, password: str) -> bytes:
    """The private key and its certificates as PEM, for memory alone. Raises ValueError."""
    store = pkcs12.load_pkcs12(base64.b64decode(value_base64), password.encode())
    if store.cert is None or store.key is None:
        raise ValueError("There is no certificate with a private key.")
    chain = (store.cert, *store.additional_certs)
    return _key_pem(store.key) + b"".join(one.certificate.public_bytes(_PEM) for one in chain)


def _rounds(der: bytes, depth: int) -> Iterator[int]:
    """Every integer that follows an octet string: salt and rounds, wherever PKCS#12 has them.

    That is in MacData and in the parameters of PBES1 and PBKDF2 (RFC 7292 section 4, appendix B;
    RFC 8018 appendix A), which may stand inside octet strings. A length that is not definite is
    told as too many rounds: PKCS#12 is DER.
    """
    before, place = 0, 0
    while depth and place + 2 <= len(der):
        tag = der[place]
        start, end = _content(der, place)
        content = der[start:end]
        if tag & _CONSTRUCTED and der[place + 1] == _LONG_FORM:
            yield _MOST_ROUNDS + 1
        elif tag == _INTEGER and before == _OCTETS:
            yield int.from_bytes(content)
        elif tag & _CONSTRUCTED or (tag == _OCTETS and _is_sequence(content)):
            yield from _rounds(content, depth - 1)
        before, place = tag, end


def _content(der: bytes, place: int) -> tuple[int, int]:
    """Where the content of the element at `place` begins and ends."""
    length, start = der[place + 1], place + 2
    if length > _LONG_FORM:
        size = length - _LONG_FORM
        length, start = int.from_bytes(der[start : start + size]), start + size
    return start, start + length


def _is_sequence(content: bytes) -> bool:
    """Whether an octet string holds DER, not a salt or something encrypted."""
    return content[:1] == _SEQUENCE and len(content) > 1 and _content(content, 0)[1] == len(content)


# --------------------------------------------------------------------------- development CA


def make_authority(now: datetime) -> tuple[bytes, bytes]:
    """A certificate authority for one data directory: (certificate PEM, key PEM)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Vestibule development CA")
    certificate = (
        _unsigned(name, name, key.public_key(), now, _CA_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(_PEM), _key_pem(key)


def issue(
    authority_cert: bytes, authority_key: bytes, hosts: Iterable[str], now: datetime
) -> tuple[bytes, bytes]:
    """A server certificate for names and addresses: (certificate PEM, key PEM)."""
    authority = x509.load_pem_x509_certificate(authority_cert)
    signer = serialization.load_pem_private_key(authority_key, password=None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise Misconfigured("The key of the development CA is not an EC key; use --reset.")
    names = [_general_name(host) for host in hosts]
    key = ec.generate_private_key(ec.SECP256R1())
    lifetime = min(_SERVER_LIFETIME, authority.not_valid_after_utc - now)
    certificate = (
        _unsigned(_name("Vestibule"), authority.subject, key.public_key(), now, lifetime)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .sign(signer, hashes.SHA256())
    )
    return certificate.public_bytes(_PEM), _key_pem(key)


def _unsigned(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: datetime,
    lifetime: timedelta,
) -> x509.CertificateBuilder:
    """Valid from a little before now (clocks differ), for `lifetime` in all."""
    start = now - _CLOCK_SKEW
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _key_pem(key: PrivateKeyTypes) -> bytes:
    return key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())

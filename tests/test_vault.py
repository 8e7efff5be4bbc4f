"""The vault: what is sealed opens only where it belongs; certificates are read and made."""

from __future__ import annotations

import base64
import ssl
import tempfile
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from vestibule.errors import Invalid, Misconfigured
from vestibule.vault import Vault, digest, issue, make_authority, read_pkcs12

NOW = datetime.now(UTC).replace(microsecond=0)
OLD, NEW = b"o" * 32, b"n" * 32


def test_what_is_sealed_opens_at_its_place_and_is_never_the_same_twice() -> None:
    vault = Vault({"new": NEW})
    first, second = (vault.seal("Geheimnis", "contoso", "user") for _ in range(2))
    assert vault.open(first, "contoso", "user") == "Geheimnis"
    assert first != second
    assert first.startswith("new.")
    assert "Geheimnis" not in first


@pytest.mark.parametrize(
    "place",
    [("contoso", "users"), ("contoso",), ("contosouser",), ("user", "contoso"), ()],
    ids=["another", "shorter", "joined", "swapped", "none"],
)
def test_what_is_sealed_does_not_open_elsewhere(place: tuple[str, ...]) -> None:
    vault = Vault({"new": NEW})
    with pytest.raises(ValueError, match="another place"):
        vault.open(vault.seal("x", "contoso", "user"), *place)


@pytest.mark.parametrize("altered", ["new.", "new.AAAA", "new.!", "flip"])
def test_what_was_altered_does_not_open(altered: str) -> None:
    vault = Vault({"new": NEW})
    sealed = vault.seal("x", "contoso")
    if altered == "flip":
        altered = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]
    with pytest.raises(ValueError, match="altered"):
        vault.open(altered, "contoso")


def test_an_old_key_opens_and_the_new_one_seals() -> None:
    sealed = Vault({"old": OLD}).seal("x", "contoso")
    both = Vault({"new": NEW, "old": OLD})
    assert both.open(sealed, "contoso") == "x"
    assert both.seal("x").startswith("new.")
    with pytest.raises(Misconfigured, match="lacks the key 'old'"):
        Vault({"new": NEW}).open(sealed, "contoso")


def test_keys_come_as_base64_separated_by_commas() -> None:
    new, old = (base64.b64encode(key).decode() for key in (NEW, OLD))
    sealed = Vault.from_base64(old).seal("x")
    assert Vault.from_base64(f"{new}, {old}").open(sealed) == "x"


@pytest.mark.parametrize("text", ["", "!", base64.b64encode(b"short").decode()])
def test_a_key_that_is_none_is_named(text: str) -> None:
    with pytest.raises(Misconfigured, match="VESTIBULE_SEALING_KEY"):
        Vault.from_base64(text)


def test_keyed_depends_on_the_key_and_on_every_part() -> None:
    vault = Vault({"new": NEW})
    assert vault.keyed("code", "123456") == Vault({"name": NEW}).keyed("code", "123456")
    others = {
        vault.keyed("code1", "23456"),
        vault.keyed("code123456"),
        Vault({"old": OLD}).keyed("code", "123456"),
    }
    assert len(others | {vault.keyed("code", "123456")}) == 4


def test_a_digest_is_sha256() -> None:
    assert digest("abc").startswith("ba7816bf8f01cfea")
    assert Vault({"new": NEW}).digest("abc") == digest("abc")


def packed(
    password: bytes, *, with_key: bool = True, rounds: int = 2048
) -> tuple[str, x509.Certificate]:
    certificate_pem, key_pem = make_authority(NOW)
    certificate = x509.load_pem_x509_certificate(certificate_pem)
    key = serialization.load_pem_private_key(key_pem, None)
    raw = pkcs12.serialize_key_and_certificates(
        b"connector",
        key if with_key else None,  # type: ignore[arg-type]  # one of the kinds it takes
        certificate,
        None,
        serialization.PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(rounds)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(hashes.SHA256())
        .build(password),
    )
    return base64.b64encode(raw).decode(), certificate


@pytest.mark.parametrize("patch", [b"\x02\x03\x20\x00\x00", b"\x02\x03\x7f\xff\xff"])
def test_a_pkcs12_file_that_would_keep_the_server_busy_is_refused_unopened(patch: bytes) -> None:
    """Deriving its keys once took 15 s of everybody's time."""
    value, _ = packed(b"pw", rounds=0x200000)
    raw = base64.b64decode(value).replace(b"\x02\x03\x20\x00\x00", patch)
    with pytest.raises(Invalid, match="rounds"):
        read_pkcs12(base64.b64encode(raw).decode(), "pw")


def test_a_pkcs12_file_with_the_rounds_of_today_is_read() -> None:
    value, certificate = packed(b"pw", rounds=600_000)
    fingerprint = certificate.fingerprint(hashes.SHA1())  # noqa: S303
    assert read_pkcs12(value, "pw").thumbprint == fingerprint.hex().upper()


def test_a_pkcs12_file_tells_its_thumbprint_and_dates() -> None:
    value, certificate = packed(b"pw")
    facts = read_pkcs12(value, "pw")
    assert facts.thumbprint == certificate.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303
    assert facts.not_before == certificate.not_valid_before_utc.timestamp()
    assert facts.not_after == certificate.not_valid_after_utc.timestamp()


@pytest.mark.parametrize("value", ["not base64", base64.b64encode(b"not a file").decode(), ""])
def test_what_is_not_pkcs12_is_invalid(value: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_pkcs12(value, "pw")
    assert caught.value.target == "pkcs12Value"


def test_a_wrong_password_and_a_missing_key_are_invalid() -> None:
    with pytest.raises(Invalid, match="password"):
        read_pkcs12(packed(b"pw")[0], "wrong")
    with pytest.raises(Invalid, match="private key"):
        read_pkcs12(packed(b"pw", with_key=False)[0], "pw")


def test_a_client_that_trusts_the_authority_accepts_its_servers() -> None:
    authority, authority_key = make_authority(NOW)
    chain, key = issue(authority, authority_key, ["localhost", "127.0.0.1", "::1"], NOW)
    for host in ("localhost", "127.0.0.1", "::1"):
        assert handshake(authority.decode(), chain + key, host)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(authority.decode(), chain + key, "mallory.example")
    certificate = x509.load_pem_x509_certificate(chain)
    lifetime = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert lifetime <= timedelta(days=397)


def test_the_authority_is_named_and_lives_ten_years() -> None:
    certificate = x509.load_pem_x509_certificate(make_authority(NOW)[0])
    assert certificate.subject.rfc4514_string() == "CN=Vestibule development CA"
    years = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert years == timedelta(days=3650)


def handshake(trusted: str, chain_and_key: bytes, host: str) -> bool:
    """A TLS handshake in memory; raises where the client refuses."""
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:
        file.write(chain_and_key)
        file.flush()
        server_context.load_cert_chain(file.name)
    client_context = ssl.create_default_context(cadata=trusted)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context.wrap_bio(to_client, to_server, server_hostname=host)
    server = server_context.wrap_bio(to_server, to_client, server_side=True)
    for side in (client, server, client, server):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return client.version() is not None

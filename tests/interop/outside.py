"""Suites in other languages: what they are told of the server, and how to start them.

They read one JSON file, named by the variable VESTIBULE_FACTS: dev.json, and a client certificate
for API connectors, which Python makes for all of them.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import subprocess
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID

from live import Live, environment

PASSWORD = "opens-the-certificate"


def certificate() -> dict[str, str]:
    """A PKCS #12 file in base64, its password, and the SHA-1 thumbprint Graph shows for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "connector.contoso.example")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    encryption = BestAvailableEncryption(PASSWORD.encode())
    pfx = pkcs12.serialize_key_and_certificates(b"connector", key, made, None, encryption)
    return {
        "pkcs12": base64.b64encode(pfx).decode(),
        "pkcs12_password": PASSWORD,
        "pkcs12_thumbprint": made.fingerprint(hashes.SHA1()).hex().upper(),  # noqa: S303
    }


def tell(live: Live, folder: Path, **trust: str) -> dict[str, str]:
    """The environment of a suite; `trust` says in its toolchain's way what authority to trust."""
    file = folder / "facts.json"
    told: dict[str, Any] = {**live.facts, **certificate()}
    file.write_text(json.dumps(told), "utf-8")
    file.chmod(0o600)
    return environment(VESTIBULE_FACTS=str(file), **trust)


def finish(command: list[str], folder: Path, env: dict[str, str], *, within_s: int) -> str:
    """Run a build or a suite to its end, politely; what it said on both channels, in order."""
    done = subprocess.run(
        ["nice", *command],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=within_s,
        check=False,
    )
    return done.stdout if not done.returncode else f"{done.stdout}\nExit code {done.returncode}"

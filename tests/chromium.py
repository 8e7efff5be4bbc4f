"""Headless Chromium: $CHROMIUM, else the system's, else the one that Playwright brings."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Browser, sync_playwright

SYSTEM = Path("/usr/bin/chromium")


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """A browser for the length of a `with` block."""
    program = os.environ.get("CHROMIUM") or (str(SYSTEM) if SYSTEM.exists() else None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", *arguments]
        )
        yield browser
        browser.close()


def trusting(certificate: Path) -> str:
    """The argument by which the browser accepts the key of one certificate, and no other.

    Chromium reads no CA file, and its own store of authorities belongs to the whole machine.
    """
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    digest = Hash(SHA256())
    digest.update(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    pin = base64.b64encode(digest.finalize()).decode()
    return f"--ignore-certificate-errors-spki-list={pin}"

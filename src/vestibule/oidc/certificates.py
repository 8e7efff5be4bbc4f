"""Certificates that applications sign with: read once, when they are registered.

Source: Microsoft Graph keyCredential resource; RFC 7523.
"""

from __future__ import annotations

import base64
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from vestibule.errors import Invalid

_PLACE = "keyCredentials/key"
_SHORTEST_KEY = 2048  # bits


def read(value_base64: str) -> tuple[str, datetime, datetime]:
    """A certificate, base64 of DER or of PEM, as (PEM, valid from, valid until). Raises Invalid."""
    raw = base64.b64decode(value_base64)
    try:
        if raw.lstrip().startswith(b"-----BEGIN"):
            certificate = x509.load_pem_x509_certificate(raw)
        else:
            certificate = x509.load_der_x509_certificate(raw)
        key = certificate.public_key()
    except ValueError:
        raise Invalid("key is no X.509 certificate; send base64 of DER.", target=_PLACE) from None
    if not isinstance(key, RSAPublicKey) or key.key_size < _SHORTEST_KEY:
        raise Invalid(
            f"The certificate needs an RSA key of at least {_SHORTEST_KEY} bits.", target=_PLACE
        )
    pem = certificate.public_bytes(Encoding.PEM).decode()
    return pem, certificate.not_valid_before_utc, certificate.not_valid_after_utc

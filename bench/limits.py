"""What this machine needs for the cryptography alone, in microseconds of CPU."""

from __future__ import annotations

import time

from argon2.low_level import Type, hash_secret
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def rsa_us(rounds: int = 600) -> float:
    """One RS256 signature with a 2048-bit key; the best of five runs."""
    key = rsa.generate_private_key(65537, 2048)
    scheme, digest, text = padding.PKCS1v15(), hashes.SHA256(), b"x" * 600

    def once() -> float:
        began = time.process_time()
        for _ in range(rounds):
            key.sign(text, scheme, digest)
        return (time.process_time() - began) / rounds * 1e6

    return min(once() for _ in range(5))


def argon2_us(rounds: int = 10) -> float:
    """One password hash with the product's parameters."""
    began = time.process_time()
    for _ in range(rounds):
        hash_secret(b"correct horse", b"0123456789abcdef", 2, 19456, 1, 32, Type.ID)
    return (time.process_time() - began) / rounds * 1e6

"""What has to be set before a server or a command can start, and what cannot be right."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from vestibule.errors import Misconfigured
from vestibule.settings import Settings
from vestibule.vault import Vault

REQUIRED = {
    "public_url": "the https address that people use, for example https://login.example.com",
    "database": "for example postgresql://vestibule@db.example.com/vestibule",
    "sealing_key": "base64 of 32 random bytes: openssl rand -base64 32",
    "smtp_host": "the mail server that sends codes",
    "mail_from": "the address that codes come from",
}


def demand(faults: list[str]) -> None:
    """Raise Misconfigured with everything that is to be set right, not only the first thing."""
    if faults:
        raise Misconfigured("\n".join(["These settings are needed:", *faults]))


def missing(settings: Settings, *names: str) -> Iterator[str]:
    """A line for each of these settings that is not there."""
    for name in names:
        if not _text(getattr(settings, name)):
            yield f"  VESTIBULE_{name.upper()}: {REQUIRED[name]}"


def wrong(settings: Settings) -> Iterator[str]:
    """A line for each setting that cannot be right."""
    url, database = settings.public_url, settings.database
    if url and (not url.startswith("https://") or url.endswith("/")):
        yield "  VESTIBULE_PUBLIC_URL: an https address without final slash"
    if database and not database.startswith(("postgresql://", "sqlite:///")):
        yield "  VESTIBULE_DATABASE: postgresql://… or sqlite:///…"
    if key := _text(settings.sealing_key):
        try:
            Vault.from_base64(key)
        except Misconfigured:
            yield f"  VESTIBULE_SEALING_KEY: {REQUIRED['sealing_key']}"
    for proxy in settings.trusted_proxies:
        try:
            ipaddress.ip_network(proxy)
        except ValueError:
            yield "  VESTIBULE_TRUSTED_PROXIES: addresses or networks, for example 10.0.0.0/8"


def tls(settings: Settings) -> Iterator[str]:
    files = {
        "VESTIBULE_TLS_CERTIFICATE": settings.tls_certificate,
        "VESTIBULE_TLS_KEY": settings.tls_key,
    }
    given = [path for path in files.values() if path]
    if len(given) == 1 or not (given or settings.trusted_proxies):
        yield (
            "  VESTIBULE_TLS_CERTIFICATE and VESTIBULE_TLS_KEY: PEM files, "
            "or VESTIBULE_TRUSTED_PROXIES when a proxy ends TLS"
        )
    for name, path in files.items():
        if path and not path.is_file():
            yield f"  {name}: there is no file {path}"


def _text(value: Any) -> str:
    return str(value.get_secret_value() if hasattr(value, "get_secret_value") else value)

"""Every setting, read once from the environment (VESTIBULE_…) and the command line, then frozen.

Nobody else reads the environment. `dev` and `serve` differ only in the values here; the
table of both is design's defaults, and docs/reference/settings.md explains each to operators.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Field names in upper case after VESTIBULE_ are the variables (VESTIBULE_PUBLIC_URL …)."""

    model_config = SettingsConfigDict(env_prefix="VESTIBULE_", frozen=True, extra="ignore")

    mode: Literal["dev", "serve"] = Field("serve", description="set by the command, not by hand")

    # Where we are
    public_url: str = Field("", description="https address that people use, without final slash")
    hosts: tuple[str, ...] = Field((), description="further host[:port] that may be asked for")
    issuer_host: str = Field("", description="pins the host of the issuer; default: as asked for")
    trusted_proxies: tuple[str, ...] = Field(
        (), description="addresses or networks whose X-Forwarded-For and -Proto count"
    )
    listen: str = Field("127.0.0.1", description="address to bind")
    port: int = Field(8443, ge=0, le=65535, description="port to bind; 0 picks a free one")
    tls_certificate: Path | None = Field(None, description="PEM chain; none: plain HTTP")
    tls_key: Path | None = Field(None, description="PEM key of that certificate")

    # What we keep
    database: str = Field("", description="postgresql://… or sqlite:///path")
    sealing_key: SecretStr = Field(
        SecretStr(""), description="base64 of 32 bytes; seals stored secrets"
    )
    data_dir: Path = Field(Path(".vestibule"), description="dev only: database, CA, dev.json")

    # How we reach people
    smtp_host: str = Field("", description="mail server")
    smtp_port: int = Field(587, ge=1, le=65535)
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"
    mail_from: str = Field("", description="address that codes come from")

    # Behaviour that differs between dev and serve (defaults.md)
    hide_account_existence: bool = Field(
        True, description="one text whether or not an account exists; off: B2C's texts"
    )
    pkce_confidential: Literal["optional", "required"] = "required"
    pkce_plain: bool = Field(False, description="accept the plain code challenge method")
    authorization_code_lifetime_s: int = Field(300, ge=10, le=600)
    refresh_reuse_grace_s: int = Field(10, ge=0, le=60)
    logout_anywhere: bool = Field(
        False, description="redirect after logout to addresses that are not registered, as B2C does"
    )
    publish_pkce_methods: bool = True
    cookie_same_site: Literal["none", "lax"] = "none"

    # Graph, where the sources contradict each other
    patch_references: bool = Field(
        False, description="accept PATCH on $ref, as older documentation has it"
    )
    strict_permissions: bool = Field(
        False,
        description="reading connector configuration or a flow's providers needs ReadWrite",
    )

    # Limits
    body_limit_graph: int = 1024 * 1024  # bytes
    body_limit_form: int = 64 * 1024  # bytes
    page_size: int = Field(100, ge=1, le=999)
    hash_threads: int = Field(2, ge=1, description="argon2 runs at once; 19 MiB each")
    metrics: bool = True
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    shutdown_grace_s: int = 20

    @property
    def development(self) -> bool:
        """Home page, inbox, token viewer and clock exist."""
        return self.mode == "dev"


DEVELOPMENT: dict[str, object] = {
    "mode": "dev",
    "hide_account_existence": False,
    "pkce_confidential": "optional",
    "pkce_plain": True,
    "authorization_code_lifetime_s": 600,
    "logout_anywhere": True,
}
"""What `vestibule dev` sets unless told otherwise: as the real service is."""

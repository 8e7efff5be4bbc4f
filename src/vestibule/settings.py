"""Every setting, read once from the environment (VESTIBULE_…) and the command line, then frozen.

Nobody else reads the environment. `dev` and `serve` differ only in the values here; the
table of both is design's defaults, and docs/reference/settings.md lists them for operators.
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
        (), description="addresses or networks whose X-Forwarded-For counts"
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

    signing_algorithm: Literal["RS256", "ES256"] = Field(
        "RS256", description="what new signing keys are for; a change brings on a new key"
    )
    key_rotation_days: int = Field(
        90, ge=2, le=3650, description="days that a signing key signs before the next one does"
    )

    # How we reach people
    smtp_host: str = Field("", description="mail server")
    smtp_port: int = Field(587, ge=1, le=65535, description="its port")
    smtp_user: str = Field("", description="user name there; none: no authentication")
    smtp_password: SecretStr = Field(SecretStr(""), description="password of that user")
    smtp_tls: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="how the connection to it is protected"
    )
    mail_from: str = Field("", description="address that codes come from")

    # Whom we call
    egress_allow: tuple[str, ...] = Field(
        (),
        description="hosts, addresses and networks (10.1.0.0/16) that may be called although they "
        "are not public, by API connectors and for identity providers",
    )
    egress_loopback: bool = Field(
        False, description="this machine itself may be called, also over plain HTTP"
    )
    egress_ca: Path | None = Field(
        None, description="PEM of certificate authorities that are trusted besides the system's"
    )

    # What is kept of calls to API connectors
    connector_calls_kept: int = Field(
        50,
        ge=0,
        le=1000,
        description="calls of each API connector that are kept for its workbench, sealed and "
        "without secrets; 0: none",
    )
    connector_calls_days: int = Field(
        7, ge=1, le=365, description="days after which a kept call goes in any case"
    )

    # Where people sign in who do not sign in here
    provider_endpoints: dict[str, dict[str, str]] = Field(
        {},
        description="JSON: built-in identity providers that are elsewhere, by "
        'identityProviderType, with what is there: {"Google": {"metadata": "https://…"}, '
        '"GitHub": {"authorization": "https://…", "token": "https://…", "userinfo": "https://…", '
        '"addresses": "https://…"}}',
    )
    entra_client_id: str = Field(
        "", description="client id at Entra ID, by which guests of AADSignup-OAUTH sign in"
    )
    entra_client_secret: SecretStr = Field(SecretStr(""), description="its secret")
    microsoft_client_id: str = Field(
        "", description="client id at Microsoft, by which guests of MSASignup-OAUTH sign in"
    )
    microsoft_client_secret: SecretStr = Field(SecretStr(""), description="its secret")
    connector_timeout_s: int = Field(
        10,
        ge=5,
        le=20,
        description="seconds that an API connector may take; one that did not answer is asked once "
        "more, and may take as long again",
    )

    entra_domains: tuple[str, ...] = Field(
        (),
        description="domains whose people prove at Entra ID who they are, as guests do elsewhere",
    )

    # Behaviour that differs between dev and serve (defaults.md)
    hide_account_existence: bool = Field(
        True, description="one text whether or not an account exists; off: B2C's texts"
    )
    pkce_confidential: Literal["optional", "required"] = Field(
        "required", description="PKCE of confidential clients; an application may opt out"
    )
    pkce_plain: bool = Field(False, description="accept the plain code challenge method")
    authorization_code_lifetime_s: int = Field(
        300, ge=10, le=600, description="seconds in which a code must be redeemed"
    )
    refresh_reuse_grace_s: int = Field(
        10, ge=0, le=60, description="a refresh token used again later than this ends its family"
    )
    logout_anywhere: bool = Field(
        False, description="redirect after logout to addresses that are not registered, as B2C does"
    )
    logout_confirmation: bool = Field(
        True,
        description="ask before signing out when the request carries no id token of that user: any "
        "site could have sent it",
    )
    publish_pkce_methods: bool = Field(
        True, description="name code_challenge_methods_supported in discovery, unlike B2C"
    )
    userinfo: bool = Field(
        False,
        description="serve userinfo for flows of protocol b2c too, as B2C does for custom policies",
    )
    cookie_same_site: Literal["none", "lax"] = Field(
        "none", description="lax when application and server share a site"
    )

    throttling: bool = Field(
        True,
        description="answer 429 to more than Graph or B2C allows a tenant, an application or an IP "
        "address (each replica counts for itself), and limit codes and passwords by IP address",
    )
    throttling_size: Literal["small", "medium", "large"] = Field(
        "large", description="how many users tenants have, which decides what Graph allows"
    )
    requests_in_a_second: int = Field(
        200,
        ge=10,
        description="requests that the flows of one tenant answer in a second, if `throttling`; a "
        "sign-up counts as 6, and as 4 a sign-in, password reset or change of a profile",
    )
    requests_from_an_ip_in_five_minutes: int = Field(
        6000,
        ge=10,
        description="requests that the flows of one tenant answer one IP address, or network of "
        "64 bits of IPv6, in five minutes, if `throttling`",
    )

    # How much a tenant may have
    most_user_flows: int = Field(200, ge=0, description="user flows of a tenant; 0: any number")
    most_api_connectors: int = Field(
        20, ge=0, description="API connectors of a tenant; 0: any number"
    )
    most_custom_attributes: int = Field(
        100, ge=0, description="custom attributes of a tenant; 0: any number"
    )
    most_redirect_uris: int = Field(
        100, ge=0, description="redirect URIs of an application; 0: any number"
    )

    # Passwords and codes
    lockout_threshold: int = Field(
        10, ge=1, le=50, description="wrong passwords after which an account is locked"
    )
    lockout_duration_s: int = Field(
        60,
        ge=5,
        le=18000,
        description="seconds of the first ten locks; the next ten last twice as long, and so on up "
        "to five hours",
    )
    refuse_common_passwords: bool = Field(
        True,
        description="refuse new passwords that are among the 100,000 commonest, at sign-up, reset "
        "and change",
    )
    codes_in_ten_minutes: int = Field(
        3, ge=1, description="codes that one address gets in ten minutes, if `throttling`"
    )
    codes_in_a_day: int = Field(
        20, ge=1, description="codes that one address gets in a day, if `throttling`"
    )
    codes_from_an_ip_in_an_hour: int = Field(
        30, ge=1, description="codes that one IP address may ask for in an hour, if `throttling`"
    )
    hash_share: float = Field(
        0.5,
        gt=0,
        le=1,
        description="part of the queue for argon2 that one IP address may take, if `throttling`",
    )

    # Graph, where the sources contradict each other
    patch_references: bool = Field(
        False, description="accept PATCH on $ref, as older documentation has it"
    )
    bare_references: bool = Field(
        False,
        description="answer GET of $ref with bare addresses instead of objects; the generated SDKs "
        "can read only these",
    )

    # Limits
    body_limit_graph: int = Field(1024 * 1024, ge=1024, description="bytes of a Graph body")
    body_limit_form: int = Field(64 * 1024, ge=1024, description="bytes of a form")
    page_size: int = Field(100, ge=1, le=999, description="entities on a page without $top")
    hash_threads: int = Field(2, ge=1, description="argon2 runs at once; 19 MiB each")
    trace: bool = Field(
        True,
        description="journeys remember their way, names of fields and facts only, for an hour",
    )
    metrics: bool = Field(True, description="serve /metrics for Prometheus")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="least severe log line that is written"
    )
    shutdown_grace_s: int = Field(
        20, ge=0, description="seconds that requests under way get when the server is stopped"
    )

    @property
    def development(self) -> bool:
        """Home page, inbox, token viewer and clock exist."""
        return self.mode == "dev"


class DevelopmentSettings(Settings):
    """As the real service is: what `vestibule dev` does unless the environment says otherwise."""

    mode: Literal["dev", "serve"] = "dev"
    hide_account_existence: bool = False
    pkce_confidential: Literal["optional", "required"] = "optional"
    pkce_plain: bool = True
    authorization_code_lifetime_s: int = Field(600, ge=10, le=600)
    logout_anywhere: bool = True
    logout_confirmation: bool = False
    egress_loopback: bool = True
    throttling: bool = False
    most_user_flows: int = Field(0, ge=0)
    most_api_connectors: int = Field(0, ge=0)
    most_custom_attributes: int = Field(0, ge=0)
    most_redirect_uris: int = Field(0, ge=0)
    log_level: Literal["debug", "info", "warning", "error"] = "warning"

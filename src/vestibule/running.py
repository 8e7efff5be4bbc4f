"""Processes: what each command does from its settings to the last request."""

from __future__ import annotations

import base64
import json
import os
import secrets
import signal
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from vestibule import app, development
from vestibule.errors import Invalid, Misconfigured
from vestibule.settings import DEVELOPMENT, Settings
from vestibule.system import System
from vestibule.vault import issue, make_authority
from vestibule.web.server import Server
from vestibule.world import SystemWorld

DATABASE = "vestibule.db"


@dataclass(frozen=True, slots=True)
class Development:
    """What `vestibule dev` was asked for."""

    data_dir: Path
    port: int
    redirect_uris: tuple[str, ...]
    document: Any
    document_name: str
    listen: str
    hosts: tuple[str, ...]

    @property
    def open(self) -> bool:
        """Whether others than this machine can reach the server."""
        return bool(self.hosts)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The token that `vestibule token` was asked for."""

    tenant: str
    permissions: tuple[str, ...]
    user: str
    roles: tuple[str, ...]


# --------------------------------------------------------------------------- dev


async def develop(asked: Development) -> None:
    """Run the development server until a signal comes."""
    asked.data_dir.mkdir(parents=True, exist_ok=True)
    listener = _listener(asked.listen, asked.port)
    port = listener.getsockname()[1]
    names = asked.hosts or ("localhost", "127.0.0.1", "[::1]")
    base = f"https://{names[0]}:{port}"
    world = SystemWorld()
    certificate = _certificate(asked.data_dir, names, world)
    settings = Settings(
        **{
            **DEVELOPMENT,
            "public_url": base,
            "hosts": tuple(f"{name}:{port}" for name in names),
            "port": port,
            "listen": asked.listen,
            "data_dir": asked.data_dir,
            "database": f"sqlite:///{(asked.data_dir / DATABASE).resolve()}",
            "sealing_key": _kept(asked.data_dir / "sealing.key"),
            "log_level": "warning",
        }
    )
    drawn = _secrets(asked)
    await app.migrate(settings)
    async with app.opened(settings, world) as system:
        await development.seed(system, base, asked.redirect_uris, drawn)
        await _apply(system, asked)
        facts = _facts(asked, base, drawn)

        async def ready() -> None:
            _write(asked.data_dir / "dev.json", json.dumps(facts, indent=2) + "\n")
            print(_welcome(facts), flush=True)  # noqa: T201 - the first screen

        clients = development.clients(drawn)
        site = app.server(system, ready=ready, clients=clients, ca_file=facts["ca_file"])
        await _serve(settings, site, listener, certificate)


async def _apply(system: System, asked: Development) -> None:
    if asked.document is None:
        return
    try:
        lines = await development.apply_document(system, asked.document)
    except ValueError as error:
        raise Invalid(f"{asked.document_name}: {error}") from error
    for line in lines:
        print(f"{asked.document_name}: {line}")  # noqa: T201 - progress for the person who asked


def _secrets(asked: Development) -> development.Secrets:
    """Fixed on loopback; otherwise drawn once for a data directory and kept in dev.json."""
    if not asked.open:
        return development.Secrets()
    path = asked.data_dir / "dev.json"
    before = json.loads(path.read_text("utf-8")) if path.exists() else {}
    fixed = asdict(development.Secrets())
    names = {"client_secret": "client_secret", "password": "password"}
    names["admin_password"] = "admin_password"
    drawn = {}
    for name in names:
        kept = before.get(name)
        drawn[name] = kept if kept and kept != fixed[name] else f"Aa1-{secrets.token_urlsafe(18)}"
    return development.Secrets(**drawn)


def _facts(asked: Development, base: str, drawn: development.Secrets) -> dict[str, Any]:
    return {
        "base_url": base,
        "tenant": development.DOMAINS[development.CONTOSO],
        "tenant_id": development.CONTOSO,
        "ca_file": str((asked.data_dir / "ca.pem").resolve()),
        "client_id": development.WEB,
        "client_secret": drawn.client_secret,
        "public_client_id": development.PUBLIC,
        "api_scope": development.api_scope(),
        "redirect_uris": [development.viewer(base), *asked.redirect_uris],
        "user": development.USER,
        "password": drawn.password,
        "admin_user": development.ADMINISTRATOR,
        "admin_password": drawn.admin_password,
        "flows": list(development.FLOWS),
        "inbox_url": f"{base}/vestibule/v1/messages",
    }


def _welcome(facts: dict[str, Any]) -> str:
    return f"""
Vestibule is ready: {facts["base_url"]}

  Home page      {facts["base_url"]}/
  Inbox          {facts["base_url"]}/inbox
  Tenant         {facts["tenant"]}  ({facts["tenant_id"]})
  Client id      {facts["client_id"]}
  Client secret  {facts["client_secret"]}
  Sign in as     {facts["user"]}  {facts["password"]}

Trust its certificate authority ({facts["ca_file"]}):
  Python    export SSL_CERT_FILE="$CA" REQUESTS_CA_BUNDLE="$CA"
  Node      export NODE_EXTRA_CA_CERTS="$CA"
  Browser   import it as an authority, or accept the warning
with CA set to that file. A program finds all of this in dev.json beside it.
Stop with Ctrl+C.
"""


def _listener(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
    except OSError as error:
        listener.close()
        raise Misconfigured(
            f"Cannot listen on {address} port {port}: {error.strerror}. "
            "Choose another with --port (0 picks a free one)."
        ) from error
    listener.listen(2048)
    listener.setblocking(False)
    return listener


def _kept(path: Path) -> str:
    """32 random bytes, base64, made once for a data directory and readable by its owner only."""
    if not path.exists():
        _write(path, base64.b64encode(secrets.token_bytes(32)).decode())
    return path.read_text("ascii")


def _certificate(data_dir: Path, names: tuple[str, ...], world: SystemWorld) -> tuple[Path, Path]:
    """The server's certificate and key, renewed when names or time ask for it."""
    authority, key = data_dir / "ca.pem", data_dir / "ca.key"
    chain, chain_key, facts = (data_dir / name for name in ("tls.pem", "tls.key", "tls.json"))
    now = world.now()
    if not (authority.exists() and key.exists()):
        pem, secret = make_authority(now)
        _write(key, secret.decode())
        _write(authority, pem.decode(), mode=0o644)
        facts.unlink(missing_ok=True)
    wanted = {"names": sorted(names)}
    known = json.loads(facts.read_text("utf-8")) if facts.exists() else {}
    if known.get("names") != wanted["names"] or known.get("until", 0) < now.timestamp():
        pem, secret = issue(authority.read_bytes(), key.read_bytes(), _plain(names), now)
        _write(chain_key, secret.decode())
        _write(chain, pem.decode(), mode=0o644)
        until = int(now.timestamp()) + 300 * 86400
        _write(facts, json.dumps({**wanted, "until": until}))
    return chain, chain_key


def _plain(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.strip("[]") for name in names)


def _write(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Replace the file in one step; nobody ever reads half of it."""
    draft = path.with_name(path.name + ".new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


# --------------------------------------------------------------------------- serve

REQUIRED = {
    "public_url": "the https address that people use, for example https://login.example.com",
    "database": "for example postgresql://vestibule@db.example.com/vestibule",
    "sealing_key": "base64 of 32 random bytes: openssl rand -base64 32",
    "smtp_host": "the mail server that sends codes",
    "mail_from": "the address that codes come from",
}


def demand(settings: Settings, *names: str) -> None:
    """Raise Misconfigured naming every setting of `names` that is missing."""
    missing = [name for name in names if not _text(getattr(settings, name))]
    if missing:
        lines = [f"  VESTIBULE_{name.upper()}: {REQUIRED[name]}" for name in missing]
        raise Misconfigured("\n".join(["These settings are missing:", *lines]))


def _text(value: Any) -> str:
    return str(value.get_secret_value() if hasattr(value, "get_secret_value") else value)


async def serve(settings: Settings) -> None:
    """Run the production server until a signal comes."""
    demand(settings, *REQUIRED)
    if not settings.public_url.startswith("https://") or settings.public_url.endswith("/"):
        raise Misconfigured("VESTIBULE_PUBLIC_URL must be an https address without final slash.")
    if not settings.database.startswith(("postgresql://", "sqlite:///")):
        raise Misconfigured("VESTIBULE_DATABASE must begin with postgresql:// or sqlite:///.")
    if bool(settings.tls_certificate) != bool(settings.tls_key):
        raise Misconfigured("VESTIBULE_TLS_CERTIFICATE and VESTIBULE_TLS_KEY belong together.")
    if not settings.tls_certificate and not settings.trusted_proxies:
        raise Misconfigured(
            "Set VESTIBULE_TLS_CERTIFICATE and VESTIBULE_TLS_KEY, or VESTIBULE_TRUSTED_PROXIES "
            "when a proxy ends TLS."
        )
    pair = None
    if settings.tls_certificate and settings.tls_key:
        pair = (settings.tls_certificate, settings.tls_key)
    listener = _listener(settings.listen, settings.port)
    async with app.opened(settings, SystemWorld()) as system:

        async def ready() -> None:
            system.log.info("ready", public_url=settings.public_url, port=settings.port)

        await _serve(settings, app.server(system, ready=ready), listener, pair)


class _Protocol(HttpToolsProtocol):
    """Hangs up on idle connections at once: a peer need not answer the goodbye of TLS."""

    def shutdown(self) -> None:
        idle = self.cycle is None or self.cycle.response_complete
        if idle and not self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            super().shutdown()


async def _serve(
    settings: Settings,
    site: Server,
    listener: socket.socket,
    certificate: tuple[Path, Path] | None,
) -> None:
    config = uvicorn.Config(
        site,
        loop="none",
        http=_Protocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=settings.shutdown_grace_s,
        ssl_certfile=str(certificate[0]) if certificate else None,
        ssl_keyfile=str(certificate[1]) if certificate else None,
    )
    # uvicorn raises the signal that stopped it again once it is done; a clean stop is exit 0.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    server = uvicorn.Server(config)
    await server.serve(sockets=[listener])


# --------------------------------------------------------------------------- the other commands


async def migrate(settings: Settings) -> None:
    """Bring the database up to date."""
    demand(settings, "database")
    await app.migrate(settings)
    print("The database has this version's schema.")  # noqa: T201 - the command's answer


async def create_tenant(settings: Settings, domain: str, name: str) -> None:
    """Make a tenant, its extensions application and one that may administer it."""
    demand(settings, "database", "sealing_key")
    world = SystemWorld()
    async with app.opened(settings, world) as system:
        tenant = await system.make_tenant(domain, name)
        secret = world.secret()
        client = await development.administrator(system, tenant.id, secret)
    print(  # noqa: T201 - the command's answer
        f"tenant         {domain}\ntenant id      {tenant.id}\n"
        f"client id      {client}\nclient secret  {secret}\n"
        "The secret is shown this once."
    )


async def token(data_dir: Path, wanted: Wanted) -> str:
    """A Graph access token signed with the tenant's own key, for the server of `data_dir`."""
    facts_file = data_dir / "dev.json"
    if not facts_file.exists():
        raise Misconfigured(
            f"{facts_file} does not exist: start `vestibule dev` first, or name its --data-dir."
        )
    facts = json.loads(facts_file.read_text("utf-8"))
    settings = Settings(
        **{
            **DEVELOPMENT,
            "public_url": facts["base_url"],
            "database": f"sqlite:///{(data_dir / DATABASE).resolve()}",
            "sealing_key": _kept(data_dir / "sealing.key"),
        }
    )
    async with app.opened(settings, SystemWorld()) as system:
        return await system.mint(wanted.tenant, wanted.permissions, wanted.user, wanted.roles)

"""Processes: what each command does from its settings to the last request."""

from __future__ import annotations

import re
import secrets
import shlex
import socket
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from vestibule import app, data_dir, development, documents, fabrikam, faces, network
from vestibule.addresses import fits
from vestibule.demands import REQUIRED, demand, missing, tls, wrong
from vestibule.errors import Invalid, Misconfigured
from vestibule.settings import DevelopmentSettings, Settings
from vestibule.system import System
from vestibule.tenancy import Kind
from vestibule.world import SystemWorld


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
    reset: bool = False

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
    for uri in asked.redirect_uris:
        if not fits(uri, "native"):
            raise Invalid(
                f"--redirect-uri {uri}: must be https, http on localhost, or an app's own scheme."
            )
    with data_dir.held(asked.data_dir):
        listening = _free(asked)  # before anything is erased
        if asked.reset:
            data_dir.reset(asked.data_dir)
        data_dir.drop_facts(asked.data_dir)
        await _develop(asked, listening)


async def _develop(asked: Development, listening: socket.socket) -> None:
    port = listening.getsockname()[1]
    names = asked.hosts or ("localhost", "127.0.0.1", "[::1]")
    base = f"https://{names[0]}:{port}"
    world = SystemWorld(moved=partial(data_dir.write_clock, asked.data_dir))
    world.move(timedelta())  # a start sets the virtual clock right
    certificate = data_dir.certificate(asked.data_dir, names, world.now())
    settings: Settings = DevelopmentSettings.model_validate(
        {
            "public_url": base,
            "hosts": tuple(f"{name}:{port}" for name in names),
            "port": port,
            "listen": asked.listen,
            "database": data_dir.database_url(asked.data_dir),
            "sealing_key": data_dir.sealing_key(asked.data_dir),
            "egress_ca": asked.data_dir / data_dir.AUTHORITY,
        }
    )
    before = data_dir.known_secrets(asked.data_dir)
    drawn = _secrets(before) if asked.open else development.Secrets()
    settings = development.federated(base, drawn).as_entra(settings)
    await app.migrate(settings)
    async with app.opened(settings, world) as system:
        await development.seed(system, base, asked.redirect_uris, drawn)
        if any(before.get(name) != value for name, value in asdict(drawn).items()):
            await development.set_passwords(system, drawn)
            data_dir.write_secrets(asked.data_dir, asdict(drawn))
        await _apply(system, asked)
        facts = _facts(asked, base, drawn)

        async def ready() -> None:
            data_dir.write_facts(asked.data_dir, facts)
            print(_welcome(facts), flush=True)  # noqa: T201 - the first screen

        clients = development.clients(drawn)
        site = faces.server(system, ready=ready, clients=clients, ca_file=facts["ca_file"])
        await network.answer(site, settings, listening=listening, certificate=certificate)


def _free(asked: Development) -> socket.socket:
    try:
        return network.listener(asked.listen, asked.port)
    except Misconfigured as taken:
        raise Misconfigured(
            f"{taken.message} Choose another with --port (0: a free one)."
        ) from None


async def _apply(system: System, asked: Development) -> None:
    if asked.document is None:
        return

    def say(line: str) -> None:
        print(f"{asked.document_name}: {line}", flush=True)  # noqa: T201 - progress for who asked

    try:
        await documents.apply(system, asked.document, default=development.CONTOSO, say=say)
    except ValueError as error:
        raise Invalid(f"{asked.document_name}: {error}") from error


def _secrets(before: dict[str, Any]) -> development.Secrets:
    """Drawn once for a data directory and kept there, never those that everybody knows."""
    drawn = {}
    for name, fixed in asdict(development.Secrets()).items():
        kept = before.get(name)
        drawn[name] = kept if kept and kept != fixed else f"Aa1-{secrets.token_urlsafe(18)}"
    return development.Secrets(**drawn)


def _facts(asked: Development, base: str, drawn: development.Secrets) -> dict[str, Any]:
    return {
        "base_url": base,
        "tenant": development.DOMAINS[development.CONTOSO],
        "tenant_id": development.CONTOSO,
        "ca_file": str((asked.data_dir / data_dir.AUTHORITY).resolve()),
        "client_id": development.WEB,
        "client_secret": drawn.client_secret,
        "public_client_id": development.PUBLIC,
        "api_scope": development.api_scope(),
        "redirect_uris": [development.viewer(base), *asked.redirect_uris],
        "user": development.USER,
        "password": drawn.password,
        "admin_user": development.ADMINISTRATOR,
        "admin_password": drawn.admin_password,
        "fabrikam_user": fabrikam.USER,
        "fabrikam_password": drawn.fabrikam_password,
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
  At Fabrikam    {facts["fabrikam_user"]}  {facts["fabrikam_password"]}

Trust its certificate authority:
  export CA={shlex.quote(facts["ca_file"])}
  Python    export SSL_CERT_FILE="$CA" REQUESTS_CA_BUNDLE="$CA"
  Node      export NODE_EXTRA_CA_CERTS="$CA"
  curl      --cacert "$CA"
  Browser   import it as an authority, or accept the warning
A program finds all of this in dev.json beside that file.
Stop with Ctrl+C.
"""


# --------------------------------------------------------------------------- serve


async def serve(settings: Settings) -> None:
    """Run the production server until a signal comes. Raises Misconfigured."""
    demand([*missing(settings, *REQUIRED), *wrong(settings), *tls(settings)])
    pair = None
    if settings.tls_certificate and settings.tls_key:
        pair = (settings.tls_certificate, settings.tls_key)
    async with app.opened(settings, SystemWorld()) as system:
        listening = network.listener(settings.listen, settings.port)

        async def ready() -> None:
            system.log.info("ready", public_url=settings.public_url, port=settings.port)

        site = faces.server(system, ready=ready)
        await network.answer(site, settings, listening=listening, certificate=pair)


# --------------------------------------------------------------------------- the other commands

_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)


async def migrate(settings: Settings) -> None:
    """Bring the database up to date."""
    demand([*missing(settings, "database")])
    await app.migrate(settings)
    print("The database has this version's schema.")  # noqa: T201 - the command's answer


async def create_tenant(
    settings: Settings,
    domain: str,
    name: str,
    redirect_uris: tuple[str, ...],
    *,
    kind: Kind = "mixed",
) -> None:
    """Make a tenant, its extensions application and one that may administer it.

    That application also signs people in, at `redirect_uris`.
    """
    demand([*missing(settings, "database", "sealing_key"), *wrong(settings)])
    if not _DOMAIN.fullmatch(domain):
        raise Invalid(f"{domain}: a domain has a dot in it, for example contoso.onmicrosoft.com.")
    for uri in redirect_uris:
        if not fits(uri, "web"):
            raise Invalid(f"--redirect-uri {uri}: must be https, or http on localhost.")
    world = SystemWorld()
    async with app.opened(settings, world) as system:
        tenant = await system.make_tenant(domain, name, kind=kind)
        secret = world.secret()
        client = await development.administrator(system, tenant.id, secret, redirect_uris)
    print(  # noqa: T201 - the command's answer
        f"tenant         {domain}\ntenant id      {tenant.id}\n"
        f"client id      {client}\nclient secret  {secret}\n"
        "The secret is shown this once."
    )


async def token(folder: Path, wanted: Wanted) -> str:
    """A Graph access token signed with the tenant's own key, for the server of a data directory."""
    facts = data_dir.facts(folder)
    if not facts:
        raise Misconfigured(
            f"{folder / data_dir.FACTS} does not exist: start `vestibule dev` first, "
            "or name its --data-dir."
        )
    settings = DevelopmentSettings.model_validate(
        {
            "public_url": facts["base_url"],
            "database": data_dir.database_url(folder),
            "sealing_key": data_dir.sealing_key(folder),
        }
    )
    world = SystemWorld()
    world.move(data_dir.clock(folder))
    async with app.opened(settings, world) as system:
        return await system.mint(wanted.tenant, wanted.permissions, wanted.user, wanted.roles)

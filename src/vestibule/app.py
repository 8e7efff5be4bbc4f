"""The composition root: settings become a system, and a system an ASGI application.

The only place where concrete parts meet, and the only one that knows the store's engines.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import msgspec
import structlog

from vestibule import resources
from vestibule.drive import Driver
from vestibule.errors import Unavailable
from vestibule.journey.plan import cannot_run
from vestibule.odata.execute import Service
from vestibule.odata.throttle import Throttle
from vestibule.oidc import certificates
from vestibule.oidc.service import Service as TokenService
from vestibule.oidc.signing import Signer
from vestibule.oidc.token import respond
from vestibule.perform.mail import InboxMailer, Mail, Mailer, MailNotSent, SmtpMailer
from vestibule.perform.passwords import Hasher
from vestibule.perform.performer import Performer
from vestibule.perform.standing import standings
from vestibule.perform.tenants import Tenants
from vestibule.perform.tools import Tools
from vestibule.ports import Entities
from vestibule.resources.directory.invitations import Letter
from vestibule.resources.limits import areas
from vestibule.resources.tenant_kinds import admission
from vestibule.settings import Settings
from vestibule.store import open_store
from vestibule.store.migrations import upgrade
from vestibule.system import APPLIED, System, audit_row
from vestibule.vault import Vault
from vestibule.web.clock import CLOCK
from vestibule.web.connect import Connect, subscriptions
from vestibule.web.graph import OWN, Graph
from vestibule.web.pages import Pages
from vestibule.web.portal import Client, Portal
from vestibule.web.probes import Probes
from vestibule.web.render import STATIC, Render
from vestibule.web.responses import Responses
from vestibule.web.routes import Operation, Routes, nowhere
from vestibule.web.server import Face, Server, Trust, plain_problem
from vestibule.web.viewer import Viewer
from vestibule.world import SystemWorld

Hook = Callable[[], Awaitable[None]]


async def migrate(settings: Settings) -> None:
    """Bring the database to this version's schema. Raises Misconfigured."""
    await asyncio.to_thread(upgrade, settings.database, resources.RECORDS)


@asynccontextmanager
async def opened(settings: Settings, world: SystemWorld) -> AsyncIterator[System]:
    """The system that the settings describe, for the length of an `async with`.

    Raises Misconfigured when the database is not at this version's schema.
    """
    vault = Vault.from_base64(settings.sealing_key.get_secret_value())
    store = await open_store(settings.database, resources.RECORDS, vault)
    try:
        await store.check(world.now())
        hasher = Hasher(threads=settings.hash_threads)
        tenants = Tenants(store.entities, world)
        tools = Tools(
            entities=store.entities,
            tickets=store.tickets,
            vault=vault,
            world=world,
            mailer=_mailer(settings, store.entities, world),
            hasher=hasher,
            hide_account_existence=settings.hide_account_existence,
        )
        yield System(
            settings=settings,
            world=world,
            entities=store.entities,
            tickets=store.tickets,
            check=store.check,
            tenants=tenants,
            services=_services(settings, tools, world, tenants),
            driver=Driver(store.tickets, Performer(tools), world),
            signer=Signer(),
            hash_password=hasher.hash,
            log=_log(settings),
        )
    finally:
        await store.close()


def _mailer(settings: Settings, entities: Entities, world: SystemWorld) -> Mailer:
    if settings.development:
        return InboxMailer(entities, world)
    return SmtpMailer(
        settings.smtp_host,
        settings.smtp_port,
        settings.mail_from,
        user=settings.smtp_user,
        password=settings.smtp_password.get_secret_value(),
        tls=settings.smtp_tls,
    )


async def _post(mailer: Mailer, letter: Letter) -> None:
    mail = Mail(
        letter.tenant, letter.to, letter.at, letter.subject, letter.body, links=(letter.link,)
    )
    try:
        await mailer.send(mail)
    except MailNotSent as problem:
        raise Unavailable("The message could not be sent; nothing was done.") from problem


def _services(
    settings: Settings, tools: Tools, world: SystemWorld, tenants: Tenants
) -> dict[str, Service]:
    entities, hasher, mailer = tools.entities, tools.hasher, tools.mailer
    rules = resources.rules(
        cannot_run=cannot_run,
        hash_password=hasher.hash,
        read_certificate=certificates.read,
        send=lambda letter: _post(mailer, letter),
    )
    catalogues = dict(resources.CATALOGUE)
    admit = admission(tenants.find)
    catalogues[APPLIED] = resources.applied(catalogues["beta"])
    if settings.development:
        catalogues[OWN] = resources.development(catalogues[OWN])
    return {
        root: Service(
            catalogue,
            rules,
            entities=entities,
            world=world,
            page_size=settings.page_size,
            patch_references=settings.patch_references,
            bare_references=settings.bare_references,
            audit=audit_row,
            changed=tenants.changed,
            admit=admit,
            beside=CLOCK if settings.development and root == OWN else None,
        )
        for root, catalogue in catalogues.items()
    }


def _log(settings: Settings) -> structlog.typing.FilteringBoundLogger:
    """JSON lines on standard error, with nothing in them that a request may choose freely.

    What libraries log goes the same way.
    """
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    common: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
    ]
    printed = structlog.processors.JSONRenderer(
        serializer=lambda event, **_: msgspec.json.encode(event, enc_hook=str).decode()
    )
    structlog.configure(
        processors=[*common, printed],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    libraries = logging.StreamHandler()
    libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=common,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, printed],
        )
    )
    logging.basicConfig(handlers=[libraries], level=max(level, logging.WARNING), force=True)
    log: structlog.typing.FilteringBoundLogger = structlog.get_logger("vestibule")
    return log


# --------------------------------------------------------------------------- the network's side


def server(
    system: System, *, ready: Hook, clients: Sequence[Client] = (), ca_file: str = ""
) -> Server:
    """The ASGI application; `ready` is called once it is about to answer.

    `clients` are the applications that development pages act as, and `ca_file` what they say
    is to be trusted; without development neither is used.
    """
    tasks: list[asyncio.Task[None]] = []

    async def start() -> None:
        tasks.append(asyncio.create_task(system.tenants.watch()))
        tasks.append(asyncio.create_task(system.tend()))
        await ready()

    async def stop() -> None:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    probes = Probes(system.check)
    router = routes(system, probes, clients, ca_file)
    return Server(system.settings, system.world, router, watch=probes, start=start, stop=stop)


def routes(system: System, probes: Probes, clients: Sequence[Client], ca_file: str) -> Routes:
    """Which face answers where."""
    settings, world = system.settings, system.world
    form, json = settings.body_limit_form, settings.body_limit_graph
    render = Render(settings)
    graph = Graph(
        {root: service for root, service in system.services.items() if root != APPLIED},
        tenants=system.tenants,
        signer=system.signer,
        bases=Trust.of(settings).bases,
        user_state=standings(system.entities),
        world=world,
        throttle=Throttle(areas(settings.throttling_size)) if settings.throttling else None,
        clock=world if settings.development else None,
    )
    connect = Connect(
        settings,
        world,
        system.tenants,
        tickets=system.tickets,
        signer=system.signer,
        user_state=standings(system.entities),
    )
    pages = Pages(
        settings,
        world,
        tenants=system.tenants,
        tickets=system.tickets,
        driver=system.driver,
        signer=system.signer,
        render=render,
    )
    plain = {
        "healthz": Face("probe", probes.alive, plain_problem, form),
        "readyz": Face("probe", probes.ready, plain_problem, form),
        "subscriptions": Face("subscriptions", subscriptions, connect.problem, form),
    }
    if settings.metrics:
        plain["metrics"] = Face("probe", probes.metrics, plain_problem, form)
    if settings.development:
        plain |= _development(system, Responses(settings, world, render), clients, ca_file)
    return Routes(
        graph=Face("graph", graph.handle, graph.problem, json),
        plain=plain,
        prefixes={STATIC: Face("static", render.static, pages.problem, form)},
        operations={
            "token": Operation(connect.token, connect.problem, form),
            "metadata": Operation(connect.metadata, connect.problem, form),
            "keys": Operation(connect.keys, connect.problem, form),
            "userrealm": Operation(connect.userrealm, connect.problem, form),
            "instance": Operation(connect.instance, connect.problem, form),
            "authorize": Operation(pages.authorize, pages.problem, form),
            "selfasserted": Operation(pages.selfasserted, pages.problem, form),
            "api": Operation(pages.api, pages.problem, form),
            "logout": Operation(pages.logout, pages.problem, form),
        },
        lost=Face("lost", nowhere, pages.problem, form),
    )


def _development(
    system: System, responses: Responses, clients: Sequence[Client], ca_file: str
) -> dict[str, Face]:
    settings, world, limit = system.settings, system.world, system.settings.body_limit_form
    portal = Portal(
        settings,
        world,
        tenants=system.tenants,
        clients=clients,
        ask=system.ask,
        ca_file=ca_file,
        responses=responses,
    )
    states = standings(system.entities)
    tokens = TokenService(settings, world, system.tickets, system.signer, states)
    viewer = Viewer(
        settings,
        world,
        tenants=system.tenants,
        clients=clients,
        redeem=lambda request: respond(request, tokens),
        ca_file=ca_file,
        signer=system.signer,
        responses=responses,
    )
    return {
        "": Face("portal", portal.home, portal.problem, limit),
        "inbox": Face("portal", portal.inbox, portal.problem, limit),
        "jwt": Face("portal", viewer.view, viewer.problem, limit),
        "run": Face("portal", viewer.run, viewer.problem, limit),
    }

"""The composition root: settings become a system, and a system an ASGI application.

The only place where concrete parts meet, and the only one that knows the store's engines.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import msgspec
import structlog

from vestibule import drive, outside, resources
from vestibule.drive import Driver
from vestibule.errors import Unavailable
from vestibule.journey.effects import CallConnector
from vestibule.journey.obstacles import advice
from vestibule.journey.plan import plan
from vestibule.journey.planned import once
from vestibule.odata.execute import Service
from vestibule.oidc import certificates
from vestibule.oidc.signing import Signer, make_key
from vestibule.perform import commonest
from vestibule.perform.connectors import TRIES
from vestibule.perform.lines import Lines
from vestibule.perform.mail import InboxMailer, Mail, Mailer, MailNotSent, SmtpMailer
from vestibule.perform.passwords import Hasher
from vestibule.perform.performer import Performer
from vestibule.perform.providers import departures
from vestibule.perform.providers.sign_out import end_session
from vestibule.perform.recorder import Recorder
from vestibule.perform.replays import Replays
from vestibule.perform.resolver import Resolve
from vestibule.perform.sms import InboxTexter
from vestibule.perform.tenants import Tenants
from vestibule.perform.tools import Limits, Tools
from vestibule.ports import Cap, Entities
from vestibule.resources.directory.invitations import Letter
from vestibule.resources.tenant_kinds import admission
from vestibule.settings import Settings
from vestibule.store import open_store
from vestibule.store.migrations import upgrade
from vestibule.system import APPLIED, System, audit_row
from vestibule.vault import Vault
from vestibule.web.clock import CLOCK
from vestibule.web.graph import OWN
from vestibule.world import SystemWorld

_SPARE_S = 10  # of a lease, beyond what its effect may take on the wire


async def migrate(settings: Settings) -> None:
    """Bring the database to this version's schema. Raises Misconfigured."""
    await asyncio.to_thread(upgrade, settings.database, resources.RECORDS)


@asynccontextmanager
async def opened(
    settings: Settings, world: SystemWorld, *, resolve: Resolve | None = None
) -> AsyncIterator[System]:
    """The system that the settings describe, for the length of an `async with`. `resolve` finds
    the addresses of the hosts that are called; the system's own way unless given.

    Raises Misconfigured when the database is not at this version's schema.
    """
    vault = Vault.from_base64(settings.sealing_key.get_secret_value())
    store = await open_store(settings.database, resources.RECORDS, vault, _caps(settings))
    async with AsyncExitStack() as closing:
        closing.push_async_callback(store.close)
        await store.check(world.now())
        share = settings.hash_share if settings.throttling else 1.0
        hasher = Hasher(threads=settings.hash_threads, share=share)
        outgoing = outside.outgoing(settings, resolve)
        closing.push_async_callback(outgoing.close)
        tenants = Tenants(store.entities, world)
        recorder = Recorder(
            store.entities,
            most=settings.connector_calls_kept,
            days=settings.connector_calls_days,
        )
        tools = Tools(
            entities=store.entities,
            tickets=store.tickets,
            vault=vault,
            world=world,
            mailer=_mailer(settings, store.entities, world),
            texter=InboxTexter(store.entities, world) if settings.development else None,
            hasher=hasher,
            outgoing=outgoing,
            hide_account_existence=settings.hide_account_existence,
            limits=_limits(settings),
            relying=outside.relying(settings),
            common=commonest.listed() if settings.refuse_common_passwords else _uncommon,
            lines=Lines(
                timeout_s=settings.connector_timeout_s, trust=partial(outside.trust, settings)
            ),
            calls=recorder,
        )
        replays = Replays(
            tools,
            recorder,
            lambda tools, occasion, effect: Performer(tools).perform(effect, occasion),
            tenants.fresh,
        )
        yield System(
            settings=settings,
            world=world,
            entities=store.entities,
            tickets=store.tickets,
            check=store.check,
            tenants=tenants,
            services=_services(settings, tools, world, tenants, replays),
            driver=Driver(
                store.tickets,
                Performer(tools),
                world,
                plans=once(
                    partial(plan, sms=tools.texter is not None, abroad=outside.abroad(settings))
                ),
                traced=settings.trace,
                leases={CallConnector: TRIES * settings.connector_timeout_s + _SPARE_S},
            ),
            signer=Signer(),
            hash_password=hasher.hash,
            reveal=partial(outside.revealed, vault),
            departed=partial(departures.departed, tools),
            end_session=partial(end_session, tools),
            log=_log(settings),
            calls=recorder,
        )


def _uncommon(_password: str) -> bool:
    return False


def _caps(settings: Settings) -> list[Cap]:
    caps = (
        Cap("user_flow", settings.most_user_flows),
        Cap("api_connector", settings.most_api_connectors),
        Cap("user_flow_attribute", settings.most_custom_attributes, {"attribute_type": "custom"}),
    )
    return [cap for cap in caps if cap.most]


def _limits(settings: Settings) -> Limits:
    throttled = settings.throttling
    return Limits(
        lockout_threshold=settings.lockout_threshold,
        lockout_duration_s=settings.lockout_duration_s,
        codes_in_ten_minutes=settings.codes_in_ten_minutes if throttled else None,
        codes_in_a_day=settings.codes_in_a_day if throttled else None,
        codes_from_an_ip_in_an_hour=settings.codes_from_an_ip_in_an_hour if throttled else None,
    )


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
    settings: Settings, tools: Tools, world: SystemWorld, tenants: Tenants, replays: Replays
) -> dict[str, Service]:
    entities, hasher, mailer = tools.entities, tools.hasher, tools.mailer
    rules = resources.rules(
        advice=partial(advice, sms=tools.texter is not None, abroad=outside.abroad(settings)),
        hash_password=hasher.hash,
        read_certificate=certificates.read,
        send=lambda letter: _post(mailer, letter),
        make_key=lambda: asyncio.to_thread(make_key, settings.signing_algorithm),
        objection=tools.outgoing.objection,
        replay=replays.replay,
        journeys=partial(tools.tickets.related, drive.KIND),
        most_redirect_uris=settings.most_redirect_uris,
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

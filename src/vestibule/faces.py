"""The network's side of a system: which face answers where, as one ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from vestibule.odata.throttle import Throttle
from vestibule.oidc.place import DEVICE_LOGIN
from vestibule.oidc.service import Service as TokenService
from vestibule.oidc.token import respond
from vestibule.perform.profiles import profiles
from vestibule.perform.standing import grants, standings
from vestibule.resources.limits import areas
from vestibule.system import APPLIED, System
from vestibule.web.authorize import Authorize
from vestibule.web.authresp import Returning
from vestibule.web.connect import Connect, subscriptions
from vestibule.web.device import DeviceLogin, DevicePages
from vestibule.web.graph import Graph
from vestibule.web.logout import Logout
from vestibule.web.outcomes import Outcomes
from vestibule.web.pace import Pace
from vestibule.web.pages import Pages
from vestibule.web.portal import Portal
from vestibule.web.probes import Probes
from vestibule.web.render import STATIC, Render
from vestibule.web.resource_owner import ResourceOwner
from vestibule.web.responses import Responses
from vestibule.web.routes import Operation, Routes, nowhere
from vestibule.web.server import Face, Handler, Server, Trust, plain_problem
from vestibule.web.shell import Client, Shell
from vestibule.web.sso import SingleSignOn
from vestibule.web.traces import Traces
from vestibule.web.userinfo import UserInfo
from vestibule.web.viewer import Viewer
from vestibule.web.workbench import Workbench

Hook = Callable[[], Awaitable[None]]


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
        grant=grants(system.tickets),
        sign_in=ResourceOwner(system.driver),
        profile=profiles(system.entities),
        reveal=system.reveal,
    )
    responses = Responses(settings, world, render)
    sso = SingleSignOn(settings, world, system.tickets)
    devices = DevicePages(world, system.tickets, responses)
    outcomes = Outcomes(
        settings,
        world,
        system.driver,
        responses,
        sso=sso,
        signer=system.signer,
        devices=devices,
        reveal=system.reveal,
    )
    device_login = DeviceLogin(
        settings,
        world,
        tenants=system.tenants,
        tickets=system.tickets,
        driver=system.driver,
        responses=responses,
        pages=devices,
    )
    authorize = Authorize(
        settings,
        world,
        tenants=system.tenants,
        driver=system.driver,
        signer=system.signer,
        responses=responses,
        outcomes=outcomes,
        sso=sso,
    )
    userinfo = UserInfo(
        settings,
        tenants=system.tenants,
        tickets=system.tickets,
        signer=system.signer,
        user_state=standings(system.entities),
    )
    logout = Logout(
        settings,
        world,
        tenants=system.tenants,
        signer=system.signer,
        responses=responses,
        sso=sso,
        end_session=system.end_session,
    )
    pages = Pages(
        settings,
        tenants=system.tenants,
        driver=system.driver,
        responses=responses,
        outcomes=outcomes,
    )
    returning = Returning(
        tenants=system.tenants,
        departed=system.departed,
        driver=system.driver,
        responses=responses,
        outcomes=outcomes,
    )
    plain = {
        "healthz": Face("probe", probes.alive, plain_problem, form),
        "readyz": Face("probe", probes.ready, plain_problem, form),
        DEVICE_LOGIN: Face("devicelogin", device_login.enter, device_login.problem, form),
        "subscriptions": Face("subscriptions", subscriptions, connect.problem, form),
    }
    if settings.metrics:
        plain["metrics"] = Face("probe", probes.metrics, plain_problem, form)
    prefixes = {STATIC: Face("static", render.static, pages.problem, form)}
    if settings.development:
        shell = Shell(
            settings,
            world,
            tenants=system.tenants,
            clients=clients,
            ask=system.ask,
            ca_file=ca_file,
            responses=responses,
        )
        own, below = _development(system, shell)
        plain |= own
        prefixes |= below
    operations = {
        "token": Operation(connect.token, connect.problem, form),
        "revoke": Operation(connect.revoke, connect.problem, form),
        "introspect": Operation(connect.introspect, connect.problem, form),
        "metadata": Operation(connect.metadata, connect.problem, form),
        "keys": Operation(connect.keys, connect.problem, form),
        "userinfo": Operation(userinfo.userinfo, connect.problem, form),
        "userrealm": Operation(connect.userrealm, connect.problem, form),
        "instance": Operation(connect.instance, connect.problem, form),
        "devicecode": Operation(connect.devicecode, connect.problem, form),
        "deviceauth": Operation(device_login.confirm, device_login.problem, form),
        "authresp": Operation(returning.authresp, pages.problem, form),
        "authorize": Operation(authorize.authorize, pages.problem, form),
        "selfasserted": Operation(pages.selfasserted, pages.problem, form),
        "api": Operation(pages.api, pages.problem, form),
        "logout": Operation(logout.logout, pages.problem, form),
    }
    if settings.throttling:
        pace = Pace(settings, system.tenants, responses)
        operations = {name: pace.kept(name, one) for name, one in operations.items()}
    return Routes(
        graph=Face("graph", graph.handle, graph.problem, json),
        plain=plain,
        prefixes=prefixes,
        operations=operations,
        lost=Face("lost", nowhere, pages.problem, form),
    )


def _development(system: System, shell: Shell) -> tuple[dict[str, Face], dict[str, Face]]:
    """Those at an address of their own, and those at all that begins with one."""

    def face(handle: Handler) -> Face:
        return Face("portal", handle, shell.problem, system.settings.body_limit_form)

    entities = system.entities
    tokens = TokenService(
        system.settings,
        system.world,
        system.tickets,
        system.signer,
        user_state=standings(entities),
        grant=grants(system.tickets),
        sign_in=ResourceOwner(system.driver),
        profile=profiles(entities),
        reveal=system.reveal,
    )
    portal = Portal(shell)
    viewer = Viewer(shell, redeem=lambda request: respond(request, tokens), signer=system.signer)
    plain = {
        "": face(portal.home),
        "inbox": face(portal.inbox),
        "jwt": face(viewer.view),
        "run": face(viewer.run),
    }
    return plain, {
        "connectors": face(Workbench(shell).view),
        "traces": face(Traces(shell).view),
    }

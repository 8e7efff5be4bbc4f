"""The command line: dev, serve, migrate, tenant create, token. Only what exists is in --help."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
import uvloop
from pydantic import ValidationError

from vestibule import running
from vestibule.errors import Problem
from vestibule.roles import NAMES
from vestibule.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="A customer-identity server that speaks Microsoft Graph's user-flow API and runs the "
    "flows it stores.",
)
tenants = typer.Typer(no_args_is_help=True, help="Make tenants.")
app.add_typer(tenants, name="tenant")

DataDir = Annotated[
    Path, typer.Option(help="Holds the database, the certificate authority and dev.json.")
]
_DATA_DIR = Path(".vestibule")


def _fail(sentence: str) -> NoReturn:
    print(f"vestibule: {sentence}", file=sys.stderr)
    raise typer.Exit(1)


def _run(work: Coroutine[Any, Any, None]) -> None:
    try:
        uvloop.run(work)
    except Problem as problem:
        _fail(problem.message)


@app.command()
def dev(
    port: Annotated[int, typer.Option(help="0 picks a free one.", min=0, max=65535)] = 8443,
    data_dir: DataDir = _DATA_DIR,
    redirect_uri: Annotated[
        list[str] | None,
        typer.Option(help="Register this redirect URI with both applications (repeatable)."),
    ] = None,
    apply: Annotated[
        Path | None, typer.Option(help="A JSON document of Graph bodies to create at the start.")
    ] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Start from an empty database.")] = False,
    listen: Annotated[
        str | None,
        typer.Option(help="Address to bind instead of loopback; draws random secrets."),
    ] = None,
    host: Annotated[
        list[str] | None,
        typer.Option(help="Name under which the server is reached, with --listen (repeatable)."),
    ] = None,
) -> None:
    """Start a ready server on this machine: own CA, two tenants, an inbox for every code.

    Prints what an application needs, and writes the same to DATA_DIR/dev.json once it answers.
    """
    if bool(listen) != bool(host):
        _fail("--listen and --host belong together: --listen 0.0.0.0 --host build-server.example")
    if reset and data_dir.exists():
        for name in ("vestibule.db", "vestibule.db-wal", "vestibule.db-shm", "dev.json"):
            (data_dir / name).unlink(missing_ok=True)
    document = _document(apply) if apply else None
    plan = running.Development(
        data_dir=data_dir,
        port=port,
        redirect_uris=tuple(redirect_uri or ()),
        document=document,
        document_name=apply.name if apply else "",
        listen=listen or "127.0.0.1",
        hosts=tuple(host or ()),
    )
    _run(running.develop(plan))


def _document(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except OSError as error:
        _fail(f"--apply {path}: {error.strerror}")
    except ValueError as error:
        _fail(f"--apply {path}: not JSON: {error}")


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "VESTIBULE_" + "_".join(str(part) for part in first["loc"]).upper()
        _fail(f"{name}: {first['msg']}")


@app.command()
def serve() -> None:
    """Start for production. Everything comes from VESTIBULE_… variables; what lacks is named."""
    _run(running.serve(_settings()))


@app.command()
def migrate() -> None:
    """Bring the database of VESTIBULE_DATABASE to this version's schema."""
    _run(running.migrate(_settings()))


@tenants.command()
def create(
    domain: Annotated[str, typer.Argument(help="For example contoso.onmicrosoft.com.")],
    name: Annotated[str, typer.Option(help="What people see in mails.")] = "",
) -> None:
    """Make a tenant with an administering application; its secret is shown this once."""
    _run(running.create_tenant(_settings(), domain, name or domain.split(".", maxsplit=1)[0]))


@app.command()
def token(
    permission: Annotated[
        list[str] | None,
        typer.Option(help="Permission to hold (repeatable); default: every one there is."),
    ] = None,
    user: Annotated[
        str | None, typer.Option(help="Act for this user: a delegated token (UPN or e-mail).")
    ] = None,
    role: Annotated[
        list[str] | None,
        typer.Option(help="Directory role of that user, name or template id (repeatable)."),
    ] = None,
    tenant: Annotated[str, typer.Option(help="Domain or id.")] = "contoso.onmicrosoft.com",
    data_dir: DataDir = _DATA_DIR,
) -> None:
    """Print a Graph access token of a running `vestibule dev`, and nothing else."""
    if role and not user:
        _fail("--role needs --user: an application has permissions, not roles.")
    roles = tuple(NAMES.get(name, name) for name in role or ())
    wanted = running.Wanted(
        tenant=tenant, permissions=tuple(permission or ()), user=user or "", roles=roles
    )
    print(asyncio.run(_minted(data_dir, wanted)))


async def _minted(data_dir: Path, wanted: running.Wanted) -> str:
    try:
        return await running.token(data_dir, wanted)
    except Problem as problem:
        _fail(problem.message)


def main() -> None:
    """The entry point of the package."""
    app(prog_name="vestibule")

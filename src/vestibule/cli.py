"""The command line: dev, serve, migrate, tenant, keys, token. Only what exists is in --help.

Commands import what they run when they run it. That takes a second, for which `--help`, `--version`
and whoever mistyped an option need not wait.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from vestibule.errors import Problem
from vestibule.roles import NAMES
from vestibule.tenancy import Kind

if TYPE_CHECKING:
    from vestibule.running import Wanted
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
keys = typer.Typer(
    no_args_is_help=True,
    help="Show, rotate and revoke the keys that a tenant signs tokens with.",
)
app.add_typer(keys, name="keys")

TenantName = Annotated[str, typer.Argument(metavar="TENANT", help="Domain or id.")]

DataDir = Annotated[
    Path,
    typer.Option(metavar="DIR", help="Holds the database, the certificate authority and dev.json."),
]
_DATA_DIR = Path(".vestibule")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def _version(asked: bool) -> None:
    if asked:
        from importlib import metadata

        print(metadata.version("vestibule"))
        raise typer.Exit


@app.callback()
def command(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None: ...


def _fail(sentence: str) -> NoReturn:
    print(f"vestibule: {sentence}", file=sys.stderr)
    raise typer.Exit(1)


def _run(work: Coroutine[Any, Any, None]) -> None:
    import uvloop

    try:
        uvloop.run(work)
    except Problem as problem:
        _fail(problem.message)


@app.command()
def dev(
    port: Annotated[
        int, typer.Option(metavar="N", help="0 picks a free one.", min=0, max=65535)
    ] = 8443,
    data_dir: DataDir = _DATA_DIR,
    redirect_uri: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URI", help="Register this redirect URI with both applications (repeatable)."
        ),
    ] = None,
    apply: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="A JSON document of Graph bodies to create at the start."
        ),
    ] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Start from an empty database.")] = False,
    listen: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Bind this instead of loopback; draws random secrets."
        ),
    ] = None,
    host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="How the server is reached, with --listen (repeatable)."),
    ] = None,
) -> None:
    """Start a ready server on this machine.

    It has its own certificate authority, two tenants, and an inbox for every code. Prints what
    an application needs, and writes the same to DATA_DIR/dev.json once it answers.
    """
    if bool(listen) != bool(host):
        _fail("--listen and --host belong together: --listen 0.0.0.0 --host build-server.example")
    document = _document(apply) if apply else None
    from vestibule import running

    plan = running.Development(
        data_dir=data_dir,
        port=port,
        redirect_uris=tuple(redirect_uri or ()),
        document=document,
        document_name=apply.name if apply else "",
        listen=listen or "127.0.0.1",
        hosts=tuple(host or ()),
        reset=reset,
    )
    _run(running.develop(plan))


def _document(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except OSError as error:
        _fail(f"--apply {path}: {error.strerror}")
    except ValueError as error:
        _fail(f"--apply {path}: not JSON: {error}")
    except RecursionError:
        _fail(f"--apply {path}: nested too deeply")


def _settings() -> Settings:
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from vestibule.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "VESTIBULE_" + "_".join(str(part) for part in first["loc"]).upper()
        _fail(f"{name}: {first['msg']}")
    except SettingsError as error:  # its sentence names the field
        _fail(f'{error}: a list is written as JSON, for example ["login.example.com"].')


@app.command()
def serve() -> None:
    """Start for production.

    Everything comes from environment variables. These are needed, and what lacks is named:
    VESTIBULE_PUBLIC_URL, VESTIBULE_DATABASE, VESTIBULE_SEALING_KEY, VESTIBULE_SMTP_HOST,
    VESTIBULE_MAIL_FROM, and VESTIBULE_TLS_CERTIFICATE with VESTIBULE_TLS_KEY, or
    VESTIBULE_TRUSTED_PROXIES.
    """
    from vestibule import running

    _run(running.serve(_settings()))


@app.command()
def migrate() -> None:
    """Bring the database up to date.

    That is the one of VESTIBULE_DATABASE; running it again does no harm.
    """
    from vestibule import running

    _run(running.migrate(_settings()))


@tenants.command()
def create(
    domain: Annotated[
        str, typer.Argument(metavar="DOMAIN", help="For example contoso.onmicrosoft.com.")
    ],
    name: Annotated[str, typer.Option(metavar="TEXT", help="What people see in mails.")] = "",
    redirect_uri: Annotated[
        list[str] | None,
        typer.Option(metavar="URI", help="Where the application signs people in (repeatable)."),
    ] = None,
    kind: Annotated[
        Kind,
        typer.Option(
            help="What kind of directory it is, which decides what Graph has in it; "
            "a mixed one has everything."
        ),
    ] = "mixed",
) -> None:
    """Make a tenant with an application that may do everything in it.

    Prints that application's id, and its secret, which is shown this once.
    """
    from vestibule import running

    name = name or domain.split(".", maxsplit=1)[0]
    uris = tuple(redirect_uri or ())
    _run(running.create_tenant(_settings(), domain, name, uris, kind=kind))


@keys.command("list")
def list_keys(tenant: TenantName) -> None:
    """Show a tenant's signing keys.

    One is active and signs. The next one is published, so that applications know it before it
    signs; retired ones still verify what they signed.
    """
    from vestibule import keyring

    _run(keyring.show(_settings(), tenant))


@keys.command()
def rotate(tenant: TenantName) -> None:
    """Publish a tenant's next signing key.

    It signs from 24 hours later on, when applications have read it; the old one verifies until its
    last token has expired. Servers do this by themselves every VESTIBULE_KEY_ROTATION_DAYS. Run
    again before the day is over, it shows the same key.
    """
    from vestibule import keyring

    _run(keyring.rotate(_settings(), tenant))


@keys.command()
def revoke(
    tenant: TenantName,
    kid: Annotated[str, typer.Argument(metavar="KID", help="As `vestibule keys list` shows it.")],
) -> None:
    """Remove a signing key at once, because it has been stolen.

    Every token that it signed is refused from then on, and people's applications have to get new
    ones. If it was the active key, the next one signs at once, or else a new one.
    """
    from vestibule import keyring

    _run(keyring.revoke(_settings(), tenant, kid))


@app.command()
def token(
    permission: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Permission to hold (repeatable); default: all."),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(metavar="USER", help="Act for this user: a delegated token (UPN or e-mail)."),
    ] = None,
    role: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ROLE", help="Directory role of that user, name or template id (repeatable)."
        ),
    ] = None,
    tenant: Annotated[
        str, typer.Option(metavar="TENANT", help="Domain or id.")
    ] = "contoso.onmicrosoft.com",
    data_dir: DataDir = _DATA_DIR,
) -> None:
    """Print a Graph access token for `vestibule dev`.

    It prints nothing else, so that a script can use what it prints.
    """
    if role and not user:
        _fail("--role needs --user: an application has permissions, not roles.")
    roles = tuple(NAMES.get(name, name) for name in role or ())
    for name in roles:
        if not _GUID.fullmatch(name):
            _fail(f"--role {name}: not a role; use a template id or one of: {', '.join(NAMES)}.")
    from vestibule.running import Wanted

    wanted = Wanted(
        tenant=tenant, permissions=tuple(permission or ()), user=user or "", roles=roles
    )
    _run(_print_token(data_dir, wanted))


async def _print_token(data_dir: Path, wanted: Wanted) -> None:
    from vestibule import running

    print(await running.token(data_dir, wanted))


def main() -> None:
    """The entry point of the package."""
    app(prog_name="vestibule")

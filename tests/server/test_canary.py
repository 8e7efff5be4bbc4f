"""Canaries: secrets that are easily recognised go through everything, and are found nowhere.

Not in the database, its log of writes, the server's log or any reply: neither plain nor in
base64, hex or percent-encoding. Journeys that are left in the middle count most: what has not
been finished has not been tidied up either.
"""

from __future__ import annotations

import base64
import json
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx2
import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID

from cluster import Cluster
from live import running
from people import look, press, transaction
from production import serving
from server.sites import (
    Site,
    begin_sign_up,
    code_of,
    journey_in,
    of_development,
    of_production,
    pressed,
    verify,
    with_flow,
)

DATABASE = "vestibule.db"
MARK = "canary"
NEW_PASSWORD = "New+Cänary/Pass word%1"
WRONG_PASSWORD = "Wrong+Cänary/Pass word%2"
MISTYPED = "Mistyped+Cänary/Pass%3"
GRAPH = {
    "apiConnectors": "/beta/identity/apiConnectors",
    "identityProviders": "/beta/identity/identityProviders",
    "b2cUserFlows": "/beta/identity/b2cUserFlows",
    "b2xUserFlows": "/v1.0/identity/b2xUserFlows",
    "userFlowAttributes": "/beta/identity/userFlowAttributes",
    "audit": "/vestibule/v1/audit",
    "connectorCalls": "/vestibule/v1/connectorCalls",
}


@dataclass(frozen=True, slots=True)
class Aviary:
    """`canaries` by what they are; `codes` are digits, searched for as whole words only."""

    canaries: Mapping[str, bytes]
    codes: tuple[str, ...]
    places: Mapping[str, bytes]

    def escaped(self) -> list[str]:
        """What was found, and where."""
        return [
            f"{name} ({encoding}) in {place}"
            for name, secret in self.canaries.items()
            for encoding, form in encodings(secret).items()
            for place, content in self.places.items()
            if form in content
        ] + [
            f"e-mail code in {place}"
            for code in self.codes
            for place, content in self.places.items()
            if whole(code).search(content)
        ]


def encodings(secret: bytes) -> dict[str, bytes]:
    """The secret as it could stand in a file. Base64 depends on where in its text it begins."""
    forms = {"plain": secret, "hex": secret.hex().encode(), "HEX": secret.hex().upper().encode()}
    text = secret.decode("utf-8", "surrogateescape")
    forms["percent"] = quote(text, safe="").encode()
    forms["JSON"] = json.dumps(text)[1:-1].encode()
    for offset in range(3):
        whole_text = base64.b64encode(b"\0" * offset + secret)
        inner = whole_text[(0, 2, 3)[offset] :].rstrip(b"=")[:-1]
        forms[f"base64 at {offset}"] = inner
        forms[f"base64url at {offset}"] = inner.replace(b"+", b"-").replace(b"/", b"_")
    return forms


def whole(code: str) -> re.Pattern[bytes]:
    """Six digits occur in times and hashes: only as a word, or its base64 or hex as a word."""
    forms = (code, base64.b64encode(code.encode()).decode(), code.encode().hex())
    return re.compile(
        b"|".join(
            rf"(?<![0-9A-Za-z+/=_-]){re.escape(form)}(?![0-9A-Za-z+/=_-])".encode()
            for form in forms
        )
    )


# --------------------------------------------------------------------------- what is planted


def certificate(password: str) -> str:
    """A PKCS#12 file in base64."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "canary")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    sealed = BestAvailableEncryption(password.encode())
    return base64.b64encode(
        pkcs12.serialize_key_and_certificates(b"c", key, made, None, sealed)
    ).decode()


def configure(graph: httpx2.Client) -> dict[str, bytes]:
    """Providers and connectors with secrets, created and changed."""
    secrets = {
        name: f"{MARK}+{name}/{uuid4()}"
        for name in ("provider", "changed provider", "basic", "changed basic", "pkcs12")
    }
    file = certificate(secrets["pkcs12"])
    basic = "#microsoft.graph.basicAuthentication"
    google = {
        "@odata.type": "#microsoft.graph.socialIdentityProvider",
        "displayName": "Google",
        "identityProviderType": "Google",
        "clientId": "stand-in",
        "clientSecret": secrets["provider"],
    }
    provider = made(graph.post(GRAPH["identityProviders"], json=google))
    changed = {"@odata.type": google["@odata.type"], "clientSecret": secrets["changed provider"]}
    made(graph.patch(f"{GRAPH['identityProviders']}/{provider['id']}", json=changed))
    for authentication in (
        {"@odata.type": basic, "username": "vestibule", "password": secrets["basic"]},
        {
            "@odata.type": "#microsoft.graph.pkcs12Certificate",
            "pkcs12Value": file,
            "password": secrets["pkcs12"],
        },
    ):
        connector = made(
            graph.post(
                GRAPH["apiConnectors"],
                json={
                    "displayName": "Canary",
                    "targetUrl": "https://approve.contoso.example/",
                    "authenticationConfiguration": authentication,
                },
            )
        )
    changed_basic = {
        "@odata.type": basic,
        "username": "vestibule",
        "password": secrets["changed basic"],
    }
    made(
        graph.patch(
            f"{GRAPH['apiConnectors']}/{connector['id']}",
            json={"authenticationConfiguration": changed_basic},
        )
    )
    planted = {f"secret of {name}": text.encode() for name, text in secrets.items()}
    return {**planted, "PKCS#12 file": file.encode()[200:280]}


def made(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.status_code in {200, 201, 204}, answer.text
    body: dict[str, Any] = answer.json() if answer.content else {}
    return body


def whole_journeys(site: Site) -> tuple[dict[str, bytes], list[str]]:
    """Ada signs up, signs in, redeems, refreshes; then leaves several journeys in the middle."""
    ada, bob, carol = (f"{name}-{uuid4().hex[:8]}@contoso.example" for name in ("a", "b", "c"))
    with site.http() as browser, site.http() as second, site.http() as third:
        page = begin_sign_up(site, browser, ada)
        codes = [site.code_for(ada)]
        page = verify(site, browser, page, ada)
        chosen = {"newPassword": NEW_PASSWORD, "reenterPassword": NEW_PASSWORD}
        landed = press(browser, page, "create", email=ada, **chosen)
        assert isinstance(landed, str), landed.text
        used = code_of(landed)
        tokens = site.redeem(used).json()
        refreshed = site.refresh(tokens["refresh_token"]).json()
        open_code = site.silent_code(browser)
        secrets = {
            "redeemed code": used,
            "open code": open_code,
            "used refresh token": tokens["refresh_token"],
            "refresh token": refreshed["refresh_token"],
            "session": browser.cookies[f"x-ms-cpim-sso:{site.tenant}_0"],
            "csrf token": browser.cookies["x-ms-cpim-csrf"],
            "id token": refreshed["id_token"].split(".")[2],
            "client secret": site.client_secret,
            "new password": NEW_PASSWORD,
            "wrong password": WRONG_PASSWORD,
            "mistyped password": MISTYPED,
        }

        page = begin_sign_up(site, second, bob)  # stops before the code is entered
        codes.append(site.code_for(bob))
        secrets["journey before the code"] = journey_in(transaction(page))

        page = verify(site, third, begin_sign_up(site, third, carol), carol)
        codes.append(site.code_for(carol))
        chosen = {"newPassword": NEW_PASSWORD, "reenterPassword": MISTYPED}
        page = pressed(third, page, "create", email=carol, **chosen)  # stops at the password
        secrets["journey at the password"] = journey_in(transaction(page))
        secrets["other csrf token"] = third.cookies["x-ms-cpim-csrf"]

    with site.http() as browser:
        page = look(browser, site.authorize())
        pressed(browser, page, "signin", email=ada, password=WRONG_PASSWORD)  # and gives up
    return {name: text.encode() for name, text in secrets.items()}, codes


def replies(graph: httpx2.Client) -> dict[str, bytes]:
    """Every list that Graph gives, and every member of it."""
    found = {}
    for name, path in GRAPH.items():
        listed = graph.get(path)
        if listed.status_code == 400:  # a set that this version does not have
            continue
        found[f"list of {name}"] = listed.content
        for row in listed.json()["value"]:
            found[f"{name} {row['id']}"] = graph.get(f"{path}/{row['id']}").content
    return found


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a data directory but the one that exists to tell what to sign in with."""
    return {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if path.is_file() and path.name != "dev.json"
    }


def cells(database: Path) -> dict[str, bytes]:
    """Every row of every table, a value a line: in the file itself nothing parts two values."""
    with closing(sqlite3.connect(database)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {f"table {name}": _lines(connection, name) for (name,) in names}


def _lines(connection: sqlite3.Connection, table: str) -> bytes:
    rows = connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - a name of the schema
    return "\n".join(str(value) for row in rows for value in row).encode()


def tables(database: str) -> dict[str, bytes]:
    """Every row of every table, as text."""
    with psycopg.connect(database) as connection:
        names = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        return {name: _copied(connection, name) for (name,) in names}


def _copied(connection: psycopg.Connection, table: str) -> bytes:
    with connection.cursor().copy(f"COPY {table} TO STDOUT".encode()) as rows:
        return b"".join(bytes(row) for row in rows)


def journal(log: bytes) -> bytes:
    """The log without the first screen, which is for whoever started the server."""
    return log.partition(b"Stop with Ctrl+C.")[2]


# --------------------------------------------------------------------------- the scan


@pytest.fixture(scope="module")
def development(tmp_path_factory: pytest.TempPathFactory) -> Aviary:
    folder = tmp_path_factory.mktemp("canary")
    with running(folder) as live:
        site = of_development(live)
        with site.graph() as graph:
            planted = configure(graph)
            secrets, codes = whole_journeys(site)
            places = {**files(folder), **cells(folder / DATABASE), **replies(graph)}
        planted["password"] = str(live.facts["password"]).encode()
        planted["admin password"] = str(live.facts["admin_password"]).encode()
    places["server.log"] = journal((folder / "server.log").read_bytes())
    return Aviary({**planted, **secrets}, tuple(codes), places)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, cluster: Cluster) -> Aviary:
    folder = tmp_path_factory.mktemp("canary-serve")
    database = cluster.database()
    with serving(folder, database) as production:
        site = with_flow(of_production(production))
        with site.graph() as graph:
            planted = configure(graph)
            secrets, codes = whole_journeys(site)
            places = {**tables(database), **replies(graph)}
        key = production.replicas[0].variables["VESTIBULE_SEALING_KEY"]
    places["log"] = production.replicas[0].log.read_bytes()
    return Aviary({**planted, **secrets, "sealing key": key.encode()}, tuple(codes), places)


@pytest.mark.parametrize("server", ["development", "served"])
def test_no_secret_is_found_anywhere(request: pytest.FixtureRequest, server: str) -> None:
    aviary: Aviary = request.getfixturevalue(server)
    assert len(aviary.canaries) >= 20
    assert all(aviary.canaries.values())
    assert aviary.escaped() == []


@pytest.mark.parametrize("server", ["development", "served"])
def test_the_scan_looks_where_things_are(request: pytest.FixtureRequest, server: str) -> None:
    """What is no secret is found by the same scan: in the database, and in replies."""
    aviary: Aviary = request.getfixturevalue(server)
    public = Aviary({"an address": b"approve.contoso.example"}, (), aviary.places)
    found = "".join(public.escaped())
    database = (
        (DATABASE, "table api_connector") if server == "development" else ("public.api_connector",)
    )
    assert all(place in found for place in (*database, "list of apiConnectors"))
    log = "server.log" if server == "development" else "log"
    assert log in aviary.places
    if server == "development":
        assert "vestibule.db-wal" in aviary.places
    else:
        assert b'"correlation"' in aviary.places["log"]


@pytest.mark.parametrize("before", [b"", b"x", b"xy", b"xyz"])
def test_a_canary_is_found_in_every_encoding(before: bytes) -> None:
    secret = "Pässword/+ 1".encode()
    text = before + secret + b"tail"
    forms = {
        "plain": text,
        "base64": base64.b64encode(text),
        "base64url": base64.urlsafe_b64encode(text),
        "hex": text.hex().encode(),
        "percent": quote(text.decode(), safe="").encode(),
        "JSON": json.dumps(text.decode()).encode(),
    }
    for name, content in forms.items():
        assert Aviary({"secret": secret}, (), {name: content}).escaped(), name
    assert Aviary({}, ("123456",), {"a word": b'{"code":"123456"}'}).escaped()
    assert not Aviary({}, ("123456",), {"a time": b"1795183123456000"}).escaped()

"""API connectors: where a flow calls out to.

Source: graph-surface 10.3, 11.9.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from vestibule.edm.declare import (
    Access,
    Column,
    Complex,
    Declaration,
    Entity,
    Navigation,
    Operation,
    Property,
    Record,
)
from vestibule.errors import Conflict, Invalid
from vestibule.ports import Row
from vestibule.resources.called import Objection, check
from vestibule.roles import GLOBAL_ADMINISTRATOR, USER_FLOW_ADMINISTRATOR
from vestibule.rules import Context, Decision, Rules
from vestibule.vault import CertificateFacts, read_pkcs12

RECORDS = (
    Record(
        "api_connector",
        (
            Column("display_name"),
            Column("target_url", nullable=False),
            Column("authentication", nullable=False),  # basic | certificate
            Column("username"),
            Column("password", sealed=True),
            Column("certificates", "json"),  # [{thumbprint, notBefore, notAfter}], newest last
            Column("pkcs12", sealed=True),  # JSON list of {pkcs12Value, password}, same order
        ),
        configuration=True,
    ),
)

_ROLES = (USER_FLOW_ADMINISTRATOR, GLOBAL_ADMINISTRATOR)
ACCESS = Access(
    read=("APIConnectors.Read.All", "APIConnectors.ReadWrite.All"),
    write=("APIConnectors.ReadWrite.All",),
    read_roles=_ROLES,
    write_roles=_ROLES,
)

_AUTHENTICATION = Complex("microsoft.graph.apiAuthenticationConfigurationBase", abstract=True)
_BASIC = Complex(
    "microsoft.graph.basicAuthentication",
    base=_AUTHENTICATION.name,
    properties=(
        Property("username", required=True, max_length=1024),
        Property("password", required=True, secret=True, max_length=4096),
    ),
)
_PKCS12 = Complex(
    "microsoft.graph.pkcs12Certificate",
    base=_AUTHENTICATION.name,
    properties=(
        Property("pkcs12Value", required=True, secret=True, max_length=200_000),
        Property("password", default="", secret=True, max_length=4096),
    ),
)
_CERTIFICATE_FACTS = Complex(
    "microsoft.graph.pkcs12CertificateInformation",
    properties=(
        Property("isActive", "Edm.Boolean", nullable=False),
        Property("notAfter", "Edm.Int64", nullable=False),
        Property("notBefore", "Edm.Int64", nullable=False),
        Property("thumbprint"),
    ),
)
_CERTIFICATES = Complex(
    "microsoft.graph.clientCertificateAuthentication",
    base=_AUTHENTICATION.name,
    properties=(
        Property(
            "certificateList",
            f"Collection({_CERTIFICATE_FACTS.name})",
            write="never",
            ignored=True,  # what was read may be sent back
        ),
    ),
)


def _authentication(row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    if row["authentication"] == "basic":
        return {
            "@odata.type": f"#{_BASIC.name}",
            "username": row["username"],
            "password": row["password"],
        }
    return {"@odata.type": f"#{_CERTIFICATES.name}", "certificateList": _list(row, now)}


def _list(row: Mapping[str, Any], now: datetime) -> list[dict[str, Any]]:
    """Of the certificates that are valid at `now` the one uploaded last is used (11.9)."""
    at = int(now.timestamp())
    facts = row["certificates"]
    valid = [n for n, one in enumerate(facts) if one["notBefore"] <= at < one["notAfter"]]
    return [{**one, "isActive": valid[-1:] == [n]} for n, one in enumerate(facts)]


_CONNECTOR = Entity(
    "microsoft.graph.identityApiConnector",
    record="api_connector",
    base="microsoft.graph.entity",
    properties=(
        Property("displayName", required=True, max_length=256),
        Property("targetUrl", required=True, max_length=2048),
        Property(
            "authenticationConfiguration",
            _AUTHENTICATION.name,
            required=True,
            filterable=False,
            value_at=_authentication,
        ),
    ),
)

_ALL: tuple[Declaration, ...] = (
    _AUTHENTICATION,
    _BASIC,
    _PKCS12,
    _CERTIFICATE_FACTS,
    _CERTIFICATES,
    _CONNECTOR,
    Operation(
        "uploadClientCertificate",
        "action",
        _CONNECTOR.name,
        (
            Property("pkcs12Value", required=True, max_length=200_000),
            Property("password", default="", max_length=4096),
        ),
        returns=_CONNECTOR.name,
    ),
)
TYPES: dict[str, tuple[Declaration, ...]] = {"v1.0": _ALL, "beta": _ALL}

_SET = Navigation("apiConnectors", _CONNECTOR.name, contained=True, access=ACCESS)
IDENTITY: dict[str, tuple[Navigation, ...]] = {"v1.0": (_SET,), "beta": (_SET,)}

# --------------------------------------------------------------------------- rules

_PKCS12_VALUE = "authenticationConfiguration/pkcs12Value"
_MOST_CERTIFICATES = 10


def _columns(values: dict[str, Any], row: Row | None) -> dict[str, Any]:
    chosen = values.get("authenticationConfiguration")
    if chosen is None:
        return {}
    kind = chosen.get("@odata.type", "").removeprefix("#")
    if kind == _BASIC.name:
        return {
            "authentication": "basic",
            "username": chosen["username"],
            "password": _password(chosen["password"], row),
            "certificates": None,
            "pkcs12": None,
        }
    if kind == _PKCS12.name:
        password = chosen["password"] or ""
        facts = read_pkcs12(chosen["pkcs12Value"], password, target=_PKCS12_VALUE)
        return {
            "authentication": "certificate",
            "username": None,
            "password": None,
            "certificates": [_printed(facts)],
            "pkcs12": msgspec.json.encode([{**chosen, "password": password}]).decode(),
        }
    if kind == _CERTIFICATES.name and row is not None and row["authentication"] == "certificate":
        return {}  # as it was read
    raise Invalid(
        "authenticationConfiguration must be a basicAuthentication or a pkcs12Certificate: name "
        "one in @odata.type.",
        target="authenticationConfiguration",
    )


def _password(given: str, row: Row | None) -> str:
    """What is to be stored: stars stand for the password that is there."""
    if given.strip("*"):
        return given
    if row is None or row["authentication"] != "basic":
        raise Invalid(
            "There is no password to keep; send it in the clear.",
            target="authenticationConfiguration/password",
        )
    return str(row["password"])


def _printed(facts: CertificateFacts) -> dict[str, Any]:
    return {
        "notAfter": facts.not_after,
        "notBefore": facts.not_before,
        "thumbprint": facts.thumbprint,
    }


async def _upload(_context: Context, row: Row | None, values: dict[str, Any]) -> Decision:
    """One certificate more; a connector with a password changes over to certificates."""
    assert row is not None  # noqa: S101  # bound to one connector
    password = values["password"] or ""
    facts = read_pkcs12(values["pkcs12Value"], password)
    kept = row["certificates"] or []
    if any(one["thumbprint"] == facts.thumbprint for one in kept):
        raise Conflict("That certificate is in the list already.", target="pkcs12Value")
    if len(kept) >= _MOST_CERTIFICATES:
        raise Invalid(
            f"A connector holds at most {_MOST_CERTIFICATES} certificates; replace them all by "
            "PATCH of authenticationConfiguration.",
            target="pkcs12Value",
        )
    sealed = msgspec.json.decode(row["pkcs12"]) if row["pkcs12"] else []
    sealed.append({"pkcs12Value": values["pkcs12Value"], "password": password})
    columns = {
        "authentication": "certificate",
        "username": None,
        "password": None,
        "certificates": [*kept, _printed(facts)],
        "pkcs12": msgspec.json.encode(sealed).decode(),
    }
    return Decision(columns=columns, exact=True)


@dataclass(frozen=True, slots=True)
class ConnectorRules:
    """The rules of connectors, given what may be called."""

    objection: Objection

    def table(self) -> dict[str, Rules]:
        rules = Rules(
            create=self._create,
            update=self._update,
            operations={"uploadClientCertificate": _upload},
        )
        return {_CONNECTOR.name: rules}

    async def _create(self, _context: Context, values: dict[str, Any]) -> Decision:
        await check(self.objection, values, "targetUrl")
        return Decision(columns=_columns(values, None))

    async def _update(self, _context: Context, row: Row, values: dict[str, Any]) -> Decision:
        await check(self.objection, values, "targetUrl")
        columns = _columns(values, row)
        return Decision(columns=columns, exact="authenticationConfiguration" in values)

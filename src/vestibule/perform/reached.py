"""Stored rows → the identity providers, API connectors and attributes of a tenant's snapshot."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from vestibule.ports import Row
from vestibule.tenancy import Attribute, ClientCertificate, Connector, Provider, short_name


def attributes_of(rows: Iterable[Row]) -> dict[str, Attribute]:
    """By id and by short name."""
    found = [Attribute(row["id"], row["data_type"]) for row in rows]
    return {short_name(one.id): one for one in found} | {one.id: one for one in found}


def provider(row: Row) -> Provider:
    return Provider(
        id=row["id"],
        kind=row["kind"],
        type=row["identity_provider_type"],
        display_name=row["display_name"] or row["id"],
        client_id=row["client_id"] or "",
        client_secret=row["client_secret"] or "",
        certificate=row["certificate_data"] or "",
        details=row["details"] or {},
    )


def connector(row: Row) -> Connector:
    sealed = msgspec.json.decode(row["pkcs12"]) if row["pkcs12"] else []
    return Connector(
        id=row["id"],
        display_name=row["display_name"] or row["id"],
        target_url=row["target_url"],
        username=row["username"] or "",
        password=row["password"] or "",
        certificates=tuple(
            ClientCertificate(
                pkcs12=one["pkcs12Value"],
                password=one["password"],
                thumbprint=facts["thumbprint"],
                not_before=facts["notBefore"],
                not_after=facts["notAfter"],
            )
            for facts, one in zip(row["certificates"] or (), sealed, strict=True)
        ),
    )

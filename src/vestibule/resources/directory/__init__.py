"""The directory subset: who signs in, with which applications, and who may administer them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from vestibule.edm.declare import Declaration, EntitySet, Record, Singleton
from vestibule.resources.directory import (
    applications,
    directory_roles,
    extensions,
    grants,
    invitations,
    organization,
    service_principal_rules,
    service_principals,
    users,
)
from vestibule.resources.directory.application_rules import ApplicationRules, ReadCertificate
from vestibule.resources.directory.extensions import ExtensionRules
from vestibule.resources.directory.invitations import InvitationRules, Letter
from vestibule.resources.directory.user_rules import UserRules
from vestibule.rules import Rules

_FAMILIES = (
    organization, users, applications, extensions, service_principals, grants, directory_roles,
    invitations,
)  # fmt: skip

RECORDS: tuple[Record, ...] = tuple(record for family in _FAMILIES for record in family.RECORDS)
TYPES: tuple[Declaration, ...] = tuple(kind for family in _FAMILIES for kind in family.TYPES)
SETS: tuple[EntitySet | Singleton, ...] = tuple(one for family in _FAMILIES for one in family.SETS)


@dataclass(frozen=True, slots=True)
class DirectoryRules:
    """`hash_password`: the text of a password → its argon2id hash. `read_certificate` and `send`
    as their rules say. `extensions_app`: the name of the application of custom attributes.
    `most_redirect_uris`: of an application; 0: any number."""

    hash_password: Callable[[str], Awaitable[str]]
    read_certificate: ReadCertificate
    send: Callable[[Letter], Awaitable[None]]
    extensions_app: str
    most_redirect_uris: int = 0

    def table(self) -> dict[str, Rules]:
        """The rules by entity type."""
        return {
            **organization.RULES,
            **UserRules(self.hash_password).table(),
            **ApplicationRules(self.read_certificate, self.most_redirect_uris).table(),
            **ExtensionRules(self.extensions_app).table(),
            **service_principal_rules.RULES,
            **grants.RULES,
            **directory_roles.RULES,
            **InvitationRules(self.send).table(),
        }

"""Identity providers of a tenant: social and built-in ones.

Source: graph-surface 10.4, 11.10.
"""

from __future__ import annotations

from typing import Any

from vestibule.edm.declare import (
    Access,
    Column,
    Declaration,
    Entity,
    Navigation,
    Property,
    Record,
)
from vestibule.errors import Invalid, NotAllowed
from vestibule.ports import Row
from vestibule.roles import (
    GLOBAL_ADMINISTRATOR,
    IDENTITY_PROVIDER_ADMINISTRATOR,
    USER_FLOW_ADMINISTRATOR,
)
from vestibule.rules import Context, Decision, Rules

RECORDS = (
    Record(
        "identity_provider",
        (
            Column("kind", nullable=False),  # social | builtIn | apple | openIdConnect | oidc
            Column("identity_provider_type", nullable=False),
            Column("display_name"),
            Column("client_id"),
            Column("client_secret", sealed=True),
            Column("certificate_data", sealed=True),  # Apple's private key
            Column("details", "json"),  # what only one kind has, by property name
        ),
        configuration=True,
    ),
)

ACCESS = Access(
    read=("IdentityProvider.Read.All", "IdentityProvider.ReadWrite.All"),
    write=("IdentityProvider.ReadWrite.All",),
    read_roles=(IDENTITY_PROVIDER_ADMINISTRATOR, USER_FLOW_ADMINISTRATOR, GLOBAL_ADMINISTRATOR),
    write_roles=(IDENTITY_PROVIDER_ADMINISTRATOR, GLOBAL_ADMINISTRATOR),
)

_BASE = Entity(
    "microsoft.graph.identityProviderBase",
    record="identity_provider",
    base="microsoft.graph.entity",
    abstract=True,
    properties=(Property("displayName", max_length=256),),
)

_TYPE = Property("identityProviderType", required=True, write="create")

_SOCIAL = Entity(
    "microsoft.graph.socialIdentityProvider",
    record="identity_provider",
    where={"kind": "social"},
    base=_BASE.name,
    properties=(
        Property("displayName", required=True, max_length=256),
        _TYPE,
        Property("clientId", required=True, max_length=1024),
        Property("clientSecret", required=True, secret=True, filterable=False, max_length=4096),
    ),
)

_BUILT_IN = Entity(
    "microsoft.graph.builtInIdentityProvider",
    record="identity_provider",
    where={"kind": "builtIn"},
    base=_BASE.name,
    properties=(Property("identityProviderType", write="never"),),
    aliases=("microsoft.graph.builtinIdentityProvider",),
)

_LEGACY = Entity(
    "microsoft.graph.identityProvider",
    record="identity_provider",
    base="microsoft.graph.entity",
    properties=(
        Property("type", column="identity_provider_type", write="create"),
        Property("name", column="display_name"),
        Property("clientId"),
        Property("clientSecret", secret=True, filterable=False),
    ),
)

_ALL: tuple[Declaration, ...] = (_BASE, _SOCIAL, _BUILT_IN, _LEGACY)
TYPES: dict[str, tuple[Declaration, ...]] = {"v1.0": _ALL, "beta": _ALL}

_SET = Navigation("identityProviders", _BASE.name, contained=True, access=ACCESS)
IDENTITY: dict[str, tuple[Navigation, ...]] = {"v1.0": (_SET,), "beta": (_SET,)}

# --------------------------------------------------------------------------- rules

_IDS = {
    name.casefold(): (name, key)
    for name, key in (
        ("Microsoft", "MSA-OIDC"),
        ("Google", "Google-OAUTH"),
        ("Amazon", "Amazon-OAUTH"),
        ("LinkedIn", "LinkedIn-OAUTH"),
        ("Facebook", "Facebook-OAUTH"),
        ("GitHub", "GitHub-OAUTH"),
        ("Twitter", "Twitter-OAUTH"),
        ("Weibo", "Weibo-OAUTH"),
        ("QQ", "QQ-OAUTH"),
        ("WeChat", "WeChat-OAUTH"),
    )
}
"""Social types → canonical name and the id, of which a tenant has one (graph-surface 11.10)."""


async def _create(_context: Context, values: dict[str, Any]) -> Decision:
    known = _IDS.get(values["identityProviderType"].casefold())
    if known is None:
        names = ", ".join(name for name, _ in _IDS.values())
        raise Invalid(
            f"identityProviderType must be one of {names}.", target="identityProviderType"
        )
    name, key = known
    return Decision(id=key, columns={"identity_provider_type": name})


async def _refuse_create(_context: Context, _values: dict[str, Any]) -> Decision:
    raise Invalid(
        "Built-in identity providers exist in every tenant; create a socialIdentityProvider.",
        target="@odata.type",
    )


async def _refuse_change(_context: Context, row: Row, _values: dict[str, Any]) -> Decision:
    raise NotAllowed(f"{row['id']} is built in; it cannot be changed or deleted.")


RULES: dict[str, Rules] = {
    _SOCIAL.name: Rules(create=_create),
    _BUILT_IN.name: Rules(create=_refuse_create, update=_refuse_change, delete=_refuse_change),
}

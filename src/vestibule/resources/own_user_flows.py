"""What a user flow has beside what Graph knows of it: settings, and the applications it serves.

Which settings there are, their ranges and defaults are declared in `flow_settings`.
Source: design own-api; runtime.md 3.4, 3.6, 4.2, 5.1, 5.8, 8.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vestibule.edm.declare import (
    Complex,
    Declaration,
    Entity,
    EntitySet,
    Enum,
    Link,
    Navigation,
    Property,
    Record,
)
from vestibule.errors import Invalid
from vestibule.flow_settings import (
    BY_NAME,
    MOST_CLASSES,
    PASSWORD_LENGTHS,
    PASSWORD_RULES,
    PHONE_SINCE,
    PHONE_TYPES,
    TABLE,
    Setting,
    settings_of,
)
from vestibule.ports import Binary, Change, Constant, Delete, Insert, Member, Query, Row, Update
from vestibule.resources.own_access import ACCESS, ENTITY
from vestibule.rules import Context, Decision, Rules
from vestibule.tenancy import short_name

RECORDS: tuple[Record, ...] = ()  # settings stand in the flow's own row
FLOW = "vestibule.userFlow"
APPLICATION = "vestibule.servedApplication"
CLAIMS = frozenset(
    {
        "city", "country", "name", "emails", "given_name", "family_name", "jobTitle", "postalCode",
        "state", "streetAddress", "legalAgeGroupClassification", "idp", "idp_access_token",
        "newUser", "oid",
    }
)  # fmt: skip
"""Application claims that are built in, by their names in tokens (runtime.md 4.2)."""
_LOCAL_PROVIDER = "EmailPassword-OAUTH"

# --------------------------------------------------------------------------- declared


def _enum(name: str, members: tuple[str, ...]) -> Enum:
    return Enum(f"vestibule.{name}", tuple((member, at) for at, member in enumerate(members)))


_ENUMS = tuple(_enum(one.name, one.choices) for one in TABLE if one.choices)
_KIND = _enum("passwordRulesKind", tuple(PASSWORD_RULES))
_LEAST, _MOST = PASSWORD_LENGTHS
_RULES = Complex(
    "vestibule.passwordRules",
    properties=(
        Property("kind", _KIND.name, required=True),
        Property("min", "Edm.Int32", minimum=_LEAST, maximum=_MOST),
        Property("max", "Edm.Int32", minimum=_LEAST, maximum=_MOST),
        Property("classes", "Edm.Int32", minimum=0, maximum=MOST_CLASSES),
    ),
)


def _property(setting: Setting) -> Property:
    types = {
        "number": "Edm.Int32",
        "flag": "Edm.Boolean",
        "choice": f"vestibule.{setting.name}",
        "claims": "Collection(Edm.String)",
        "password rules": _RULES.name,
    }
    return Property(
        setting.name,
        types[setting.kind],
        column=setting.name,
        minimum=setting.minimum,
        maximum=setting.maximum,
    )


_SETTINGS = Entity(
    "vestibule.userFlowSettings",
    given=True,
    base=ENTITY.name,
    properties=tuple(_property(one) for one in TABLE),
)
_FLOW = Entity(
    FLOW,
    record="user_flow",
    base=ENTITY.name,
    properties=(
        Property("kind", nullable=False, write="never"),
        Property("userFlowType", nullable=False, write="never"),
        Property("userFlowTypeVersion", "Edm.Single", nullable=False, write="never"),
    ),
    navigations=(
        Navigation(
            "settings",
            _SETTINGS.name,
            collection=False,
            contained=True,
            verbs=frozenset({"get", "update"}),
        ),
        Navigation(
            "applications",
            APPLICATION,
            link=Link(),
            names=("applications",),
            verbs=frozenset({"list", "get"}),
        ),
    ),
)
TYPES: tuple[Declaration, ...] = (*_ENUMS, _KIND, _RULES, _SETTINGS, _FLOW)
SETS = (EntitySet("userFlows", FLOW, ACCESS, verbs=frozenset({"list", "get"})),)

# --------------------------------------------------------------------------- rules


def _has(flow: Row, setting: Setting) -> bool:
    return setting.of(flow["kind"], flow["user_flow_type"], flow["user_flow_type_version"])


async def _given(context: Context) -> list[Row]:
    """The settings of the flow at hand; null where it does not have one."""
    flow = context.parents[0]
    values = settings_of(flow)
    shown = {one.name: values[one.name] if _has(flow, one) else None for one in TABLE}
    return [{"id": flow["id"], "parent": flow["id"], "version": flow["version"], **shown}]


async def _update(context: Context, _row: Row, values: dict[str, Any]) -> Decision:
    flow = context.parents[0]
    for name, value in values.items():
        if value is not None and not _has(flow, BY_NAME[name]):
            raise Invalid(_foreign(flow, name), target=name)
    if "applicationClaims" in values:
        values["applicationClaims"] = await _claims(context, values["applicationClaims"])
    if values.get("passwordRules") is not None:
        values["passwordRules"] = _password_rules(values["passwordRules"])
    stored: dict[str, Any] = {**(flow["settings"] or {})}
    for name, value in values.items():
        setting = BY_NAME[name]
        if value is None and (not setting.null or not _has(flow, setting)):
            stored.pop(name, None)
        else:
            stored[name] = value
    columns, also = await _told_elsewhere(context, flow, stored, values)
    _agree(settings_of({**flow, **columns, "settings": stored}))
    # Written back whole: what another has set meanwhile must not be lost.
    change = Update(
        "user_flow",
        context.tenant,
        flow["id"],
        {**columns, "settings": stored},
        expect=flow["version"],
    )
    return Decision(also=(change, *also))


def _foreign(flow: Row, name: str) -> str:
    kind, version = flow["user_flow_type"], flow["user_flow_type_version"]
    what = "for guests" if flow["kind"] == "b2x" else f"of type {kind} and version {version:g}"
    return f"A user flow {what} has no setting '{name}'; leave it out."


def _agree(settings: Mapping[str, Any]) -> None:
    """Raises Invalid where one setting forbids another."""
    window, lifetime = (
        settings[name] for name in ("refreshTokenSlidingWindowDays", "refreshTokenLifetimeDays")
    )
    if window is not None and window < lifetime:
        raise Invalid(
            f"refreshTokenSlidingWindowDays ({window}) must not be below "
            f"refreshTokenLifetimeDays ({lifetime}).",
            target="refreshTokenSlidingWindowDays",
        )


def _password_rules(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Complete rules. Raises Invalid where simple or strong ones are to be something else."""
    usual = PASSWORD_RULES[given["kind"]]
    rules = {**usual, **{name: value for name, value in given.items() if value is not None}}
    if given["kind"] != "custom":
        for name, value in rules.items():
            if value != usual[name]:
                raise Invalid(
                    f"'passwordRules/{name}' is {usual[name]} where the kind is "
                    f"{usual['kind']}; leave it out, or use the kind custom.",
                    target=f"passwordRules/{name}",
                )
    if rules["min"] > rules["max"]:
        raise Invalid("'passwordRules/min' must not be above max.", target="passwordRules/min")
    return rules


async def _claims(context: Context, given: list[str] | None) -> list[str] | None:
    """The claims by the names that tokens have. Raises Invalid for one that there is not."""
    if given is None:
        return None
    custom = Binary("eq", Member("attribute_type"), Constant("custom"))
    rows = await context.entities.find(Query("user_flow_attribute", context.tenant, where=custom))
    known = {name.casefold(): name for name in (*CLAIMS, *(short_name(row["id"]) for row in rows))}
    found: list[str] = []
    for at, name in enumerate(given):
        claim, target = known.get((name or "").casefold()), f"applicationClaims/{at}"
        if claim is None:
            raise Invalid(
                f"'{name}' is no claim. Use extension_ and the name of a custom attribute, or one "
                f"of {', '.join(sorted(CLAIMS))}.",
                target=target,
            )
        if claim in found:
            raise Invalid(f"'{claim}' is given twice.", target=target)
        found.append(claim)
    return found


async def _told_elsewhere(
    context: Context, flow: Row, stored: dict[str, Any], values: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Change]]:
    """Columns of the flow that two of the settings are, taken out of `stored`; and the provider
    that Graph shows where there are local accounts."""
    columns: dict[str, Any] = {}
    if "issuerForm" in values:
        columns["is_issuer_entity_user_flow"] = stored.pop("issuerForm", None) == "userFlow"
    if "localAccount" not in values:
        return columns, []
    chosen = values["localAccount"] or BY_NAME["localAccount"].default
    if chosen == "phone" and flow["user_flow_type_version"] < PHONE_SINCE:
        raise Invalid("localAccount phone needs a user flow of version 3.", target="localAccount")
    if chosen == "phone" and flow["user_flow_type"] not in PHONE_TYPES:
        raise Invalid(
            f"localAccount phone is not for the type {flow['user_flow_type']}: accounts with phone "
            "numbers have no password.",
            target="localAccount",
        )
    if flow["kind"] == "b2x" and chosen not in {"email", "none"}:
        raise Invalid("localAccount of a flow for guests is email or none.", target="localAccount")
    offered = chosen != "none"
    if not offered:
        stored.pop("localAccount", None)
    if offered == bool(flow["local_account"]):
        return columns, []
    record, tenant = "user_flow_provider", context.tenant
    link = await context.entities.get(record, tenant, _LOCAL_PROVIDER, parent=flow["id"])
    change: list[Change] = []
    if offered and link is None:
        of_link = {"provider": _LOCAL_PROVIDER}
        change = [Insert(record, tenant, _LOCAL_PROVIDER, of_link, flow["id"])]
    elif not offered and link is not None:
        change = [Delete(record, tenant, _LOCAL_PROVIDER, flow["id"])]
    return {**columns, "local_account": offered}, change


RULES: dict[str, Rules] = {_SETTINGS.name: Rules(given=_given, update=_update)}

"""Rules of user flows: prefixes, pairs of type and version, what cannot run yet.

Source: graph-surface 11.1, 11.2, 16 (C1, C9); runtime 5.1, 8.5.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from vestibule.errors import Invalid
from vestibule.ports import Change, Insert, Row, Update
from vestibule.rules import Context, Decision, Rules
from vestibule.tenancy import Flow

_ALL = ("signUp", "signIn", "signUpOrSignIn", "passwordReset", "profileUpdate")
CREATABLE = frozenset({(kind, 1.0) for kind in (*_ALL, "resourceOwner")}) | {
    (kind, 3.0) for kind in _ALL
}
"""Type and version pairs that the service still creates (runtime 5.1): 1.1 and 2 are legacy."""

LOCAL = "EmailPassword-OAUTH"
ENTRA = "AADSignup-OAUTH"


def prefixed(prefix: str, id: str) -> str:
    """The id with its prefix, once, in its canonical casing (graph-surface 16, C1).

    Raises Invalid when nothing is left but the prefix.
    """
    bare = id[len(prefix) :] if id.casefold().startswith(prefix.casefold()) else id
    if not bare:
        raise Invalid(f"Give the user flow a name after the prefix {prefix}.", target="id")
    return prefix + bare


@dataclass(frozen=True, slots=True)
class UserFlowRules:
    """`advice` says what this version cannot do with a flow, or None: the caller is warned."""

    advice: Callable[[Flow], str | None]

    def table(self) -> dict[str, Rules]:
        """The rules by entity type."""
        return {
            "microsoft.graph.identityUserFlow": Rules(create=self.create_legacy),
            "microsoft.graph.b2cIdentityUserFlow": Rules(
                create=self.create_b2c,
                update=self.update_b2c,
                relate=self.relate,
                unrelate=self.unrelate,
            ),
            "microsoft.graph.b2xIdentityUserFlow": Rules(
                create=self.create_b2x, relate=self.relate, unrelate=self.unrelate
            ),
        }

    async def create_b2c(self, context: Context, values: dict[str, Any]) -> Decision:
        kind, version = values["userFlowType"], float(values["userFlowTypeVersion"])
        if (kind, version) not in CREATABLE:
            versions = sorted(number for name, number in CREATABLE if name == kind)
            raise Invalid(
                f"There is a problem with the service. userFlowTypeVersion {version:g} does not "
                f"exist for userFlowType {kind}, or can no longer be created: use "
                f"{' or '.join(f'{number:g}' for number in versions)}.",
                code="AADB2C90063",
                target="userFlowTypeVersion",
            )
        providers = _inline(values)
        local = not providers or LOCAL in providers
        flow = _flow("b2c", prefixed("B2C_1_", values["id"]), values, local=local)
        self._advise(context, flow)
        columns = {"policy": flow.id, "local_account": local, **_issuer(values)}
        return Decision(id=flow.id, columns=columns)

    async def create_legacy(self, context: Context, values: dict[str, Any]) -> Decision:
        """What the base type does not mention is as a b2c flow has it by default."""
        decision = await self.create_b2c(context, values)
        defaults = {"is_language_customization_enabled": False, "default_language_tag": "en"}
        return replace(decision, columns={**defaults, **decision.columns})

    async def update_b2c(self, _context: Context, _row: Row, values: dict[str, Any]) -> Decision:
        return Decision(columns=_issuer(values) if "tokenClaimsConfiguration" in values else {})

    async def create_b2x(self, context: Context, values: dict[str, Any]) -> Decision:
        if values["userFlowType"] != "signUpOrSignIn":
            raise Invalid("userFlowType must be signUpOrSignIn.", target="userFlowType")
        if values["userFlowTypeVersion"] != 1:
            raise Invalid(
                "userFlowTypeVersion must be 1.",
                code="AADB2C90063",
                target="userFlowTypeVersion",
            )
        flow = _flow("b2x", prefixed("B2X_1_", values["id"]), values, local=False)
        self._advise(context, flow)
        # Microsoft Entra ID is always among the providers of a b2x flow (runtime 8.5).
        entra = Insert("user_flow_provider", context.tenant, ENTRA, {"provider": ENTRA}, flow.id)
        given = {provider.casefold() for provider in _inline(values)}
        return Decision(
            id=flow.id,
            columns={"local_account": False, **_issuer(values)},
            also=() if ENTRA.casefold() in given else (entra,),
        )

    async def relate(
        self, context: Context, row: Row, navigation: str, target: Row
    ) -> tuple[Change, ...]:
        if target["id"] == LOCAL:
            return _local(context, row, offered=True)
        connector = "target_url" in target
        flow = Flow(
            id=row["id"],
            kind=row["kind"],
            type=row["user_flow_type"],
            version=row["user_flow_type_version"],
            default_language=row.get("default_language_tag"),
            language_customization=bool(row.get("is_language_customization_enabled")),
            local_account=True,
            providers=() if connector else (target["id"],),
            connectors={navigation: target["id"]} if connector else {},
        )
        self._advise(context, flow)
        return ()

    async def unrelate(
        self, context: Context, row: Row, _navigation: str, target: Row
    ) -> tuple[Change, ...]:
        return _local(context, row, offered=False) if target["id"] == LOCAL else ()

    def _advise(self, context: Context, flow: Flow) -> None:
        """Warn once: the rule of a create knows all that the rules of its links know."""
        advice = self.advice(flow)
        if advice and not context.warnings:
            context.warnings.append(f"Stored, but {advice}.")


def _local(context: Context, row: Row, *, offered: bool) -> tuple[Change, ...]:
    """The provider EmailPassword-OAUTH is what `authenticationMethods` says in other words."""
    return (Update("user_flow", context.tenant, row["id"], {"local_account": offered}),)


def _issuer(values: Mapping[str, Any]) -> dict[str, bool]:
    configuration = values.get("tokenClaimsConfiguration") or {}
    chosen = bool(configuration.get("isIssuerEntityUserFlow"))
    return {"is_issuer_entity_user_flow": chosen}


def _inline(values: Mapping[str, Any]) -> tuple[str, ...]:
    old, new = values.get("identityProviders") or (), values.get("userFlowIdentityProviders") or ()
    if old and new:
        raise Invalid(
            "Give identityProviders or userFlowIdentityProviders, not both.",
            target="userFlowIdentityProviders",
        )
    return tuple(old or new)


def _foreign(providers: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(provider for provider in providers if provider.casefold() != LOCAL.casefold())


def _flow(kind: Literal["b2c", "b2x"], id: str, values: Mapping[str, Any], *, local: bool) -> Flow:
    return Flow(
        id=id,
        kind=kind,
        type=values["userFlowType"],
        version=float(values["userFlowTypeVersion"]),
        default_language=values.get("defaultLanguageTag"),
        language_customization=bool(values.get("isLanguageCustomizationEnabled")),
        local_account=local,
        providers=_foreign(_inline(values)),
        connectors=dict(values.get("apiConnectorConfiguration") or {}),
    )

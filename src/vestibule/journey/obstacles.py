"""What stands in the way of running a stored flow, and what else its administrator should know.

Source: runtime 5.1; decision 0002.
"""

from __future__ import annotations

from collections.abc import Mapping

from vestibule.journey import number_plan, providers
from vestibule.journey.connected_plan import never_asked, too_old
from vestibule.journey.federated_plan import only_unreached
from vestibule.journey.tenant_plan import GUEST_PROVIDERS, NOWHERE, Abroad, unreached
from vestibule.tenancy import Flow

_VERSIONS: Mapping[str, frozenset[float]] = {
    "signUpOrSignIn": frozenset({1.0, 2.0, 3.0}),
    "signUp": frozenset({1.0, 2.0, 3.0}),
    "signIn": frozenset({1.0, 2.0, 3.0}),
    "profileUpdate": frozenset({1.0, 2.0, 3.0}),
    "passwordReset": frozenset({1.0, 1.1, 2.0, 3.0}),
    "resourceOwner": frozenset({1.0}),
}
"""The versions that exist (runtime 5.1). What they differ in is which settings they have."""


def cannot_run(flow: Flow, *, sms: bool = True) -> str | None:
    """What stands in the way of running the flow, in plain English; None if nothing does."""
    things = [
        *_kind_and_type(flow),
        *(f"the identity provider {provider}" for provider in _unreached(flow)),
        *too_old(flow),
    ]
    if number_plan.by_number(flow):
        things += _without_numbers(flow, sms=sms)
    if flow.kind == "b2c" and not flow.local_account and not flow.providers:
        things.append("sign-in without any identity provider")
    return " and ".join(things) or None


def advice(flow: Flow, *, sms: bool = True, abroad: Abroad = NOWHERE) -> str | None:
    """What the administrator should know who stores the flow, in plain English; None if nothing."""
    missing = cannot_run(flow, sms=sms)
    if missing is not None:
        return f"this version cannot run {flow.id} yet: {missing}"
    told = never_asked(flow)
    beyond = unreached(flow, abroad) if flow.kind == "b2x" else _met_in_vain(flow)
    if beyond:
        named = " and ".join(beyond)
        told = [f"{flow.id} leads nobody yet whose account is with {named}: a page says so", *told]
    return "; ".join(told) or None


def _kind_and_type(flow: Flow) -> list[str]:
    if flow.kind == "b2x":
        return []
    if flow.version not in _VERSIONS.get(flow.type, ()):
        return [f"version {flow.version:g} of the type {flow.type}"]
    return []


def _unreached(flow: Flow) -> tuple[str, ...]:
    """Providers that stand in the way of everybody (decision 0002)."""
    if flow.kind == "b2c":
        return only_unreached(flow)
    return tuple(provider for provider in flow.providers if provider not in GUEST_PROVIDERS)


def _met_in_vain(flow: Flow) -> tuple[str, ...]:
    return tuple(provider for provider in flow.providers if provider in providers.UNREACHED)


def _without_numbers(flow: Flow, *, sms: bool) -> list[str]:
    if flow.kind != "b2c" or flow.type not in number_plan.PLANS:
        return ["a phone number where a password is needed"]
    return [] if sms else ["a gateway for text messages, and this server has none"]

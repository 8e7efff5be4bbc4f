"""The rows of people who come from identity providers, for whatever plan has them.

Source: runtime 5.2 (2c), 5.3, 5.4, 5.6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vestibule.journey.connected_plan import When, after_federation, before_creating
from vestibule.journey.engine import Facts, Plan, Row
from vestibule.journey.providers import FEDERATED, UNREACHED
from vestibule.tenancy import Assignment, Flow

Questions = Sequence[Mapping[str, Any]]

EMAIL = "email"
"""The attribute that is the address itself."""

_TYPES = frozenset({"signUpOrSignIn", "signUp", "signIn", "profileUpdate"})
"""Types in which people come from identity providers; the others are for local accounts."""


def only_unreached(flow: Flow) -> tuple[str, ...]:
    """A provider is met by those alone who choose it (decision 0002); by everybody where it is
    the only way. The providers that make a b2c flow inert."""
    if flow.local_account or (flow.type in _TYPES and set(flow.providers) - UNREACHED.keys()):
        return ()
    return flow.providers


def selection(flow: Flow, *, signing_up: bool = False) -> Row:
    """The page that asks with what to sign in, or up."""
    ways = {
        "by_name": flow.settings["localAccount"] == "userName",
        "providers": list(flow.providers),
        "show_local": signing_up and flow.local_account,
        "signing_up": signing_up,
    }
    return Row("choose_provider", "choice", nobody, ways)


def from_providers(flow: Flow, questions: Questions, *, signs_up: bool = False) -> Plan:
    """From the choice of a provider to a user; where nobody `signs_up`, the user has to be there.

    `questions` are the attributes that the flow asks for, the address apart.
    """
    gone = Row("provider_gone", "", _taken_away(flow), {"guests": False})
    if not flow.providers:
        return (gone,)
    away = Row("federate", "identity", federating, {"signs_up": signs_up})
    if not signs_up:
        return (gone, away)
    return (
        gone,
        away,
        *after_federation(flow, federating),
        Row("federated_details", "registration", federating, _details(flow, questions)),
        *before_creating(flow, federating),
        Row("create_federated", "user", federating),
    )


def address(flow: Flow) -> Facts:
    """Whether an address is verified, and what it is called."""
    email = _email(flow)
    verified = flow.settings["emailVerification"] and (email is None or email.verification)
    return {"verify_email": verified, "email_label": email.label if email else ""}


def nobody(facts: Facts) -> bool:
    return "user" not in facts


def federating(facts: Facts) -> bool:
    """Somebody goes on with a provider, or has come back and has no account yet."""
    return nobody(facts) and facts.get("choice") == FEDERATED


def _taken_away(flow: Flow) -> When:
    """Somebody went on in a way that the flow does not offer any more: with another provider, or
    with an account here."""

    def taken_away(facts: Facts) -> bool:
        if federating(facts):
            return facts.get("provider") not in flow.providers
        return nobody(facts) and "choice" in facts and not flow.local_account

    return taken_away


def _details(flow: Flow, questions: Questions) -> Facts:
    """An address is asked for where the flow has it among its attributes."""
    email = _email(flow)
    return {
        **address(flow),
        "email_asked": email is not None,
        "email_optional": email is not None and email.optional,
        "questions": list(questions),
    }


def _email(flow: Flow) -> Assignment | None:
    return next((one for one in flow.attributes if one.id == EMAIL), None)

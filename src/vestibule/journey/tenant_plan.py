"""The plan of a sign-in at the tenant's own authority: members by password, guests by passcode or
by an identity provider.

Source: runtime 8.4, 8.5.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vestibule.journey.connected_plan import after_federation, before_creating
from vestibule.journey.engine import Facts, Plan, Row
from vestibule.journey.realms import MAIL, PASSWORD
from vestibule.tenancy import Flow

ONE_TIME_PASSCODE = "EmailOtpSignup-OAUTH"
ENTRA, MICROSOFT = "AADSignup-OAUTH", "MSASignup-OAUTH"
_ISSUERS: Mapping[str, str] = {
    "Google-OAUTH": "google.com",
    "Facebook-OAUTH": "facebook.com",
    MICROSOFT: "MicrosoftAccount",
    ENTRA: "ExternalAzureAD",
}
"""Provider → the issuer of the identities of guests who prove themselves there (runtime 8.5)."""

GUEST_PROVIDERS = _ISSUERS.keys() | {ONE_TIME_PASSCODE}
_MAILBOXES: Mapping[str, str] = {  # domain → the provider to link for it
    **dict.fromkeys(("gmail.com", "googlemail.com"), "Google-OAUTH"),
    **dict.fromkeys(("outlook.com", "hotmail.com", "live.com", "msn.com"), MICROSOFT),
}
_CHOSEN = ("Google-OAUTH", "Facebook-OAUTH")
"""Providers with a button; to the others a name leads."""


@dataclass(frozen=True, slots=True)
class Abroad:
    """Where else the server can let people prove themselves: `clients` are ids of built-in
    providers at which it has a client of its own, `entra_domains` those whose people are Entra
    ID's."""

    clients: frozenset[str] = frozenset()
    entra_domains: frozenset[str] = frozenset()


NOWHERE = Abroad()


def unreached(flow: Flow, abroad: Abroad) -> tuple[str, ...]:
    """Linked providers that nobody can be led to. Entra ID is linked to every flow, so a server
    without a client there is nothing to warn of."""
    own = {MICROSOFT} - abroad.clients
    return tuple(provider for provider in flow.providers if provider in own)


def at_the_tenant(
    flow: Flow, questions: Sequence[Mapping[str, Any]], abroad: Abroad = NOWHERE
) -> Plan:
    """`questions` are what a new guest is asked. Whether a stranger may sign up, and which scopes
    nobody has consented to, are facts from the start."""
    realms = _realms(flow, abroad)
    gone = _taken_away(realms["reached"].values())
    return (
        Row("reuse_session", "user", _session_offered),
        Row("stay_silent", "", _nobody_and_silent),
        Row("account_name", "account", _nobody, realms),
        Row("provider_gone", "", gone, {"guests": True}),
        Row("account_password", "user", _proved_by(PASSWORD)),
        Row("email_passcode", "proven", _proved_by(MAIL)),
        Row("federate", "identity", _away, {"signs_up": True, "guests": True}),
        Row("admit_guest", "user", _known_guest),
        Row("not_from_here", "", _stays_outside),
        *after_federation(flow, _nobody),
        Row("guest_details", "registration", _nobody, {"questions": list(questions)}),
        *before_creating(flow, _nobody),
        Row("create_guest", "user", _nobody),
        Row("read_user", "claims"),
        Row("check_consent", "consented"),
        Row("finish", ""),
    )


def _session_offered(facts: Facts) -> bool:
    return "session" in facts


def _nobody(facts: Facts) -> bool:
    return "user" not in facts


def _nobody_and_silent(facts: Facts) -> bool:
    return _nobody(facts) and facts.get("prompt") == "none"


def _proved_by(realm: str) -> Callable[[Facts], bool]:
    return lambda facts: _nobody(facts) and facts["account"]["realm"] == realm


def _known_guest(facts: Facts) -> bool:
    return _nobody(facts) and "proven" in facts and facts["account"]["user"] != ""


def _away(facts: Facts) -> bool:
    return _nobody(facts) and "provider" in facts


def _taken_away(reached: Collection[str]) -> Callable[[Facts], bool]:
    """Somebody went on with a provider that was taken away from the flow meanwhile."""
    return lambda facts: _away(facts) and facts["provider"] not in reached


def _stays_outside(facts: Facts) -> bool:
    """An address must be known, or there is no name for the guest (runtime 8.5)."""
    identity = facts.get("identity")
    has_address = identity["email"] != "" if identity else "proven" in facts
    return _nobody(facts) and (not has_address or not facts.get("sign_up_offered"))


def _realms(flow: Flow, abroad: Abroad) -> Facts:
    """Where the address of a stranger is proved: by its domain, or else. `reached`: issuer → the
    provider to go to."""
    linked = {domain: who for domain, who in _MAILBOXES.items() if who in flow.providers}
    linked |= dict.fromkeys(abroad.entra_domains, ENTRA)
    own = {ENTRA, MICROSOFT} - abroad.clients
    reached = [
        one for one in dict.fromkeys((*flow.providers, ENTRA)) if one in _ISSUERS.keys() - own
    ]
    return {
        "realms": {domain: _ISSUERS[provider] for domain, provider in linked.items()},
        "other_realm": MAIL if ONE_TIME_PASSCODE in flow.providers else _ISSUERS[ENTRA],
        "reached": {_ISSUERS[provider]: provider for provider in reached},
        "providers": [provider for provider in _CHOSEN if provider in reached],
    }

"""The plan of a sign-in at the tenant's own authority: members by password, guests by passcode.

Source: runtime 8.4, 8.5.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vestibule.journey.connected_plan import after_federation, before_creating
from vestibule.journey.engine import Facts, Plan, Row
from vestibule.journey.realms import MAIL, PASSWORD
from vestibule.tenancy import Flow

ONE_TIME_PASSCODE = "EmailOtpSignup-OAUTH"
UNREACHED = frozenset({"MSASignup-OAUTH", "Google-OAUTH", "Facebook-OAUTH"})
GUEST_PROVIDERS = UNREACHED | {"AADSignup-OAUTH", ONE_TIME_PASSCODE}
_ENTRA = "ExternalAzureAD"
_MAILBOXES: Mapping[str, tuple[str, str]] = {  # domain → issuer, and the provider to link for it
    **dict.fromkeys(("gmail.com", "googlemail.com"), ("google.com", "Google-OAUTH")),
    **dict.fromkeys(
        ("outlook.com", "hotmail.com", "live.com", "msn.com"),
        ("MicrosoftAccount", "MSASignup-OAUTH"),
    ),
}


def at_the_tenant(flow: Flow, questions: Sequence[Mapping[str, Any]]) -> Plan:
    """`questions` are what a new guest is asked. Whether a stranger may sign up, and which scopes
    nobody has consented to, are facts from the start."""
    return (
        Row("reuse_session", "user", _session_offered),
        Row("stay_silent", "", _nobody_and_silent),
        Row("account_name", "account", _nobody, _realms(flow)),
        Row("account_password", "user", _proved_by(PASSWORD)),
        Row("email_passcode", "proven", _proved_by(MAIL)),
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


def _stays_outside(facts: Facts) -> bool:
    return _nobody(facts) and ("proven" not in facts or not facts.get("sign_up_offered"))


def _realms(flow: Flow) -> Facts:
    """Where the address of a stranger is proved: by its domain, or else."""
    linked = {
        domain: issuer
        for domain, (issuer, provider) in _MAILBOXES.items()
        if provider in flow.providers
    }
    return {
        "realms": linked,
        "other_realm": MAIL if ONE_TIME_PASSCODE in flow.providers else _ENTRA,
    }

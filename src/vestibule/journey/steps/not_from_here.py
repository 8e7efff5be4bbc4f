"""The account cannot go on here: it is no guest of the tenant, or proves itself by a provider
that this version does not reach. The page says so and leads back to naming another one.

Source: runtime 8.5, 12.3 (AADSTS50020, 500200).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vestibule.journey.realms import ANOTHER, MAIL, STRANGER
from vestibule.journey.state import Ask, Back, Form, Given, Journey, Outcome
from vestibule.world import World

NO_GUEST = "AADSTS50020"
PERSONAL = frozenset({"outlook.com", "hotmail.com", "live.com", "msn.com", "passport.com"})
"""Domains of personal Microsoft accounts, which have no tenant: only an invitation lets one in."""
PROVIDERS: Mapping[str, str] = {
    "google.com": "Google",
    "facebook.com": "Facebook",
    "ExternalAzureAD": "Microsoft Entra ID",
    "MicrosoftAccount": "Microsoft",
}
"""Issuer of a guest's identity → what the provider is called."""


def not_from_here(journey: Journey, given: Given, _world: World) -> Outcome:
    if isinstance(given, Form) and given.action == "back":
        return Back(ANOTHER)
    account, identity = journey.facts["account"], journey.facts.get("identity")
    if identity is not None:
        return _federated(identity, account["name"])
    stranger = account["realm"] in {STRANGER, MAIL}
    personal = account["name"].rpartition("@")[2].casefold() in PERSONAL
    text, code = ("guest.personal", "AADSTS500200") if personal else ("guest.unknown", NO_GUEST)
    return Ask(
        "notfromhere",
        {
            "text": text if stranger else "guest.provider",
            "code": code if stranger else "",
            "arguments": {
                "account": account["name"],
                "provider": PROVIDERS.get(account["realm"], account["realm"]),
            },
        },
    )


def _federated(identity: Mapping[str, Any], name: str) -> Ask:
    """Somebody has come back from a provider, and is no guest here."""
    who = identity["email"]
    return Ask(
        "notfromhere",
        {
            "text": "guest.unknown" if who else "guest.no_address",
            "code": NO_GUEST if who else "",
            "arguments": {
                "account": who or name,
                "provider": PROVIDERS.get(identity["issuer"], identity["issuer"]),
            },
        },
    )

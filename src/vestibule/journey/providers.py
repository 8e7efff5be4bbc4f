"""Which identity provider somebody goes on with: the chosen one, the hinted one, or the only one.

`providers`, told by the plan, are ids of identity providers in the order in which they are
offered. Source: runtime 2 (domain_hint), 5.2 to 5.6, 5.10.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vestibule.journey.state import Entered, Form, Given, Journey, Next

FEDERATED = "federated"
"""The choice of somebody who goes on with a provider."""

AWAY = ("choice", "provider", "account")
"""What is forgotten when somebody does not go there after all; the third at the tenant's own
authority, where a name leads to a provider."""

BACK = (*AWAY, "identity", "idp", "idp_access_token")
"""What is forgotten when somebody who has come back signs in anew."""

UNREACHED: Mapping[str, str] = {
    "Twitter-OAUTH": "X",
    "Weibo-OAUTH": "Weibo",
    "QQ-OAUTH": "QQ",
    "WeChat-OAUTH": "WeChat",
    "AADSignup-OAUTH": "Microsoft Entra ID",
    "MSASignup-OAUTH": "the Microsoft account of guests",
    "EmailOtpSignup-OAUTH": "the one-time passcode of guests",
}
"""Providers that can be stored and linked to a b2c flow, and that cannot be run there."""

_EXCHANGES: Mapping[str, str] = {
    "MSA-OIDC": "MicrosoftAccountExchange",
    "Apple-Managed-OIDC": "AppleManagedExchange",
}
_CONNECT, _OAUTH = "OIDC-V1-", "-OAUTH"
_GUID = 37  # characters, with the hyphen before it


def exchange_of(provider: str) -> str:
    """The id of the provider's button on B2C's pages: GoogleExchange, FabrikamExchange."""
    if provider in _EXCHANGES:
        return _EXCHANGES[provider]
    if provider.startswith(_CONNECT) and len(provider) > len(_CONNECT) + _GUID:
        return f"{provider[len(_CONNECT) : -_GUID]}Exchange"
    return f"{provider.removesuffix(_OAUTH)}Exchange"


def chosen(journey: Journey, given: Given) -> Next | None:
    """The way to a provider, where what is given leads there."""
    offered: Sequence[str] = journey.facts.get("providers", ())
    match given:
        case Form(action="provider", fields=fields):
            named = _named(fields.get("provider", ""), offered)
            return _with(named) if named else None
        case Entered() if journey.facts.get("domain_hint") in offered:
            return _with(journey.facts["domain_hint"])
        case Entered() if len(offered) == 1 and not journey.facts.get("show_local", True):
            return _with(offered[0])
    return None


def _with(provider: str) -> Next:
    """A hint is followed once: who comes back from there sees the page."""
    return Next({"choice": FEDERATED, "provider": provider}, drop=("domain_hint",))


def _named(name: str, offered: Sequence[str]) -> str:
    """The provider of this id, or of this button."""
    folded = name.casefold()
    found = (one for one in offered if folded in (one.casefold(), exchange_of(one).casefold()))
    return name if name in offered else next(found, "")

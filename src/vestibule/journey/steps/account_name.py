"""The first page at the tenant's own authority: who wants to sign in, and where that is proved.

Gives `account`: name as typed, realm, and user ("" for a stranger); and `provider`, where that is
proved at one.
Source: runtime 8.4, 8.5.
"""

from __future__ import annotations

from collections.abc import Mapping

from vestibule.addresses import ADDRESS_LIMIT, is_address
from vestibule.journey.effects import AccountFound, AccountUnknown, FindAccount
from vestibule.journey.realms import MAIL, PASSWORD, STRANGER
from vestibule.journey.state import Ask, Do, Form, Given, Journey, Next, Outcome
from vestibule.world import World


def account_name(journey: Journey, given: Given, _world: World) -> Outcome:
    facts = journey.facts
    match given:
        case Form(action="next", fields=fields):
            return _named(journey, fields)
        case Form(action="signup") if facts.get("sign_up_offered"):
            return _page(journey.know({"creating": True}))
        case Form(action="provider", fields=fields):
            return _chosen(journey, fields.get("provider", ""))
        case Form(action="back"):
            return _page(journey.know({"creating": False}))
        case AccountFound(realm=realm, user=user, masked=masked):
            return _known(journey, realm, user, masked=masked)
        case AccountUnknown() as unknown:
            return _unknown(journey, unknown)
    hint = str(facts.get("login_hint") or "").strip()
    if hint and "name" not in facts and len(hint) <= ADDRESS_LIMIT:
        return Do(FindAccount(hint), {"name": hint})
    return _page(journey)


def _named(journey: Journey, fields: Mapping[str, str]) -> Outcome:
    name = fields.get("loginfmt", "").strip()
    typed = journey.know({"name": name[:ADDRESS_LIMIT]})
    if not name:
        return _page(typed, "name.required")
    if len(name) > ADDRESS_LIMIT or not name.isprintable():
        return _page(typed, "name.invalid")
    return Do(FindAccount(name), {"name": name})


def _known(journey: Journey, realm: str, user: str = "", *, masked: bool = False) -> Outcome:
    """Masked, a password and a passcode are offered on one page, to whoever is named; who wants
    to create an account is asked for a passcode, to whatever that leads."""
    facts = journey.facts
    masked = masked and realm in {PASSWORD, MAIL}
    if masked:
        realm = MAIL if facts.get("creating") else PASSWORD
    account = {"name": facts["name"], "realm": realm, "user": user}
    if realm in facts["reached"]:
        return _away(journey, account)
    return Next({"account": {**account, "code_offered": True} if masked else account})


def _chosen(journey: Journey, provider: str) -> Outcome:
    facts = journey.facts
    if provider not in facts["providers"]:
        return _page(journey)
    realm = next(issuer for issuer, one in facts["reached"].items() if one == provider)
    return _away(journey, {"name": "", "realm": realm, "user": ""})


def _away(journey: Journey, account: Mapping[str, str]) -> Next:
    """The name that was typed is the hint there."""
    provider = journey.facts["reached"][account["realm"]]
    return Next({"account": dict(account), "provider": provider, "login_hint": account["name"]})


def _unknown(journey: Journey, unknown: AccountUnknown) -> Outcome:
    """A stranger signs up where the application's flow lets them, by what the flow offers.

    Where it is hidden whether an account exists, the next page is that of a known one.
    """
    facts = journey.facts
    name = facts["name"]
    domain = name.rpartition("@")[2].casefold()
    elsewhere = facts["realms"].get(domain, "") if not unknown.ours else ""
    if unknown.hidden and elsewhere not in facts["reached"]:
        return _known(journey, PASSWORD if unknown.ours else MAIL, masked=unknown.masked)
    if unknown.ours or not is_address(name):
        return _page(journey, "name.unknown")
    if not facts.get("sign_up_offered") and not unknown.hidden:
        return _known(journey, STRANGER)
    return _known(journey, elsewhere or facts["other_realm"])


def _page(journey: Journey, error: str = "") -> Ask:
    facts = journey.facts
    name = facts.get("name", "")
    offered, creating = bool(facts.get("sign_up_offered")), bool(facts.get("creating"))
    return Ask(
        "accountname",
        {
            "name": name,
            "show_sign_up": offered and not creating,
            "creating": creating,
            "providers": list(facts["providers"]),
        },
        {"loginfmt": error} if error else {},
        code="AADSTS50034" if error == "name.unknown" else "",
        facts={"name": name, "creating": creating},
    )

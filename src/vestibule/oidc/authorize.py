"""The authorization endpoint: a request is a list of checks, and an answer is a code.

`CHECKS` is read from top to bottom. Before the redirect URI is trusted a fault is shown to the
person; after it, the application is told. Source: runtime.md 2; security.md 2.1 O1 to O9.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from vestibule.addresses import well_formed
from vestibule.oidc.answer import Answer, Mode
from vestibule.oidc.asked import Asked
from vestibule.oidc.claims import Subject, client_info, selected
from vestibule.oidc.faults import Fault
from vestibule.oidc.granted import KEPT_AFTER_END, Granted
from vestibule.oidc.metadata import issuer
from vestibule.oidc.redirects import registered
from vestibule.oidc.scopes import grantable
from vestibule.ports import Ticket, Tickets
from vestibule.settings import Settings
from vestibule.tenancy import Application, Flow, RedirectUri, Tenant
from vestibule.vault import digest
from vestibule.world import World

_PROMPTS = frozenset({"none", "login", "consent", "select_account"})
_LONGEST_AGE_S = 2**31 - 1
_AGE = re.compile(r"[0-9]{1,10}")
# What is kept while the person is busy has a limit, in characters. Too long a hint is no hint.
_LONGEST = {"state": 4096, "nonce": 1024, "code_challenge": 128}  # RFC 7636 section 4.2
_LONGEST_HINT = {"login_hint": 254, "domain_hint": 256, "ui_locales": 256}  # RFC 5321: an address
_MODES: Mapping[str, Mode] = {
    "": "query",
    "query": "query",
    "fragment": "fragment",
    "form_post": "form_post",
}


@dataclass(frozen=True, slots=True)
class Inquiry:
    """The request, what it is held against, and what the checks have established so far."""

    parameters: Mapping[str, str]
    tenant: Tenant
    settings: Settings
    client: Application | None
    asked: Asked

    def get(self, name: str) -> str:
        """A parameter's value; one sent without a value counts as not sent (RFC 6749 3.1)."""
        return self.parameters.get(name, "")

    @property
    def application(self) -> Application:
        """The client, once `_client_is_registered` has passed."""
        if self.client is None:
            raise Fault("90008")
        return self.client


Check = Callable[[Inquiry], Inquiry]


def _client_is_named(inquiry: Inquiry) -> Inquiry:
    if not inquiry.get("client_id"):
        raise Fault("90008")
    return inquiry


def _client_is_registered(inquiry: Inquiry) -> Inquiry:
    client = inquiry.tenant.application(inquiry.get("client_id"))
    if client is None:
        raise Fault("90018", client=inquiry.get("client_id"), tenant=inquiry.tenant.domain)
    return replace(inquiry, client=client, asked=replace(inquiry.asked, client=client.app_id))


def _client_is_enabled(inquiry: Inquiry) -> Inquiry:
    client = inquiry.application
    if not client.enabled:
        raise Fault("90092", client=client.app_id, tenant=inquiry.tenant.domain)
    return inquiry


def _redirect_uri_is_registered(inquiry: Inquiry) -> Inquiry:
    uri, client = inquiry.get("redirect_uri"), inquiry.application
    if not client.redirect_uris:
        raise Fault("90007", client=client.app_id)
    if not uri:
        raise Fault("90083", parameter="redirect_uri")
    match = registered(uri, client)
    if match is None:
        raise Fault("90006" if well_formed(uri) else "90287", uri=uri, client=client.app_id)
    redirect = RedirectUri(uri, match.kind)
    return replace(inquiry, asked=replace(inquiry.asked, redirect=redirect))


def _response_mode_is_known(inquiry: Inquiry) -> Inquiry:
    mode = _MODES.get(inquiry.get("response_mode"))
    if mode is None:
        raise Fault("90014", value=inquiry.get("response_mode"))
    return replace(inquiry, asked=replace(inquiry.asked, mode=mode))


def _response_type_is_code(inquiry: Inquiry) -> Inquiry:
    if inquiry.get("response_type") != "code":
        raise Fault("90013", value=inquiry.get("response_type"))
    return inquiry


def _no_parameter_is_too_long(inquiry: Inquiry) -> Inquiry:
    for name, most in _LONGEST.items():
        if len(inquiry.get(name)) > most:
            raise Fault("90122", parameter=name, most=most)
    return inquiry


def _request_is_not_an_object(inquiry: Inquiry) -> Inquiry:
    """To ignore signed parameters would mean something else than was asked (OIDC Core 6.1)."""
    for name in ("request", "request_uri"):
        if inquiry.get(name):
            raise Fault(
                "90276",
                error=f"{name}_not_supported",
                reason=f"The parameter '{name}' is not supported. Send its contents one by one.",
            )
    return inquiry


def _scope_is_granted(inquiry: Inquiry) -> Inquiry:
    scopes = grantable(inquiry.get("scope"), inquiry.application, inquiry.tenant)
    return replace(inquiry, asked=replace(inquiry.asked, scopes=scopes))


def _prompt_is_known(inquiry: Inquiry) -> Inquiry:
    words = inquiry.get("prompt").split()
    if not _PROMPTS.issuperset(words) or ("none" in words and len(words) > 1):
        raise Fault("90043", value=inquiry.get("prompt"))
    prompt = "login" if "login" in words else " ".join(dict.fromkeys(words))
    return replace(inquiry, asked=replace(inquiry.asked, prompt=prompt))


def _max_age_is_a_number(inquiry: Inquiry) -> Inquiry:
    text = inquiry.get("max_age")
    if not text:
        return inquiry
    if not (_AGE.fullmatch(text) and int(text) <= _LONGEST_AGE_S):
        raise Fault("90120", value=text)
    return replace(inquiry, asked=replace(inquiry.asked, max_age_s=int(text)))


def _challenge_is_sent_where_needed(inquiry: Inquiry) -> Inquiry:
    if not inquiry.get("code_challenge") and _needs_challenge(inquiry):
        raise Fault("99059")
    return inquiry


def _challenge_method_is_supported(inquiry: Inquiry) -> Inquiry:
    challenge = inquiry.get("code_challenge")
    if not challenge:
        return inquiry  # a method alone is ignored, as B2C does
    method = inquiry.get("code_challenge_method") or "plain"
    supported = ("S256", "plain") if inquiry.settings.pkce_plain else ("S256",)
    if method not in supported:
        raise Fault("90184", value=method, supported=" and ".join(supported))
    if method == "plain":
        challenge = s256(challenge)
    return replace(inquiry, asked=replace(inquiry.asked, challenge=challenge))


def _the_rest_is_taken_along(inquiry: Inquiry) -> Inquiry:
    asked = replace(
        inquiry.asked,
        nonce=inquiry.get("nonce"),
        login_hint=_hint(inquiry, "login_hint"),
        domain_hint=_hint(inquiry, "domain_hint"),
        ui_locales=_hint(inquiry, "ui_locales"),
        client_info=inquiry.get("client_info") == "1",
    )
    return replace(inquiry, asked=asked)


def _hint(inquiry: Inquiry, name: str) -> str:
    text = inquiry.get(name)
    return text if len(text) <= _LONGEST_HINT[name] else ""


CHECKS: tuple[Check, ...] = (
    _client_is_named,
    _client_is_registered,
    _client_is_enabled,
    _redirect_uri_is_registered,  # from here on the application is told
    _response_mode_is_known,
    _no_parameter_is_too_long,
    _response_type_is_code,
    _request_is_not_an_object,
    _scope_is_granted,
    _prompt_is_known,
    _max_age_is_a_number,
    _challenge_is_sent_where_needed,
    _challenge_method_is_supported,
    _the_rest_is_taken_along,
)


def check(
    parameters: Mapping[str, str],
    *,
    tenant: Tenant,
    flow: Flow,
    base: str,
    settings: Settings,
    correlation: str,
    now: datetime,
) -> Asked:
    """The request, if nothing is wrong with it. Unknown parameters are ignored.

    Raises Fault, with an `answer` if the application may be told.
    """
    nowhere = RedirectUri("", "web")
    signed_by = issuer(tenant, flow, base=base, settings=settings)
    state = parameters.get("state", "")
    state = state if len(state) <= _LONGEST["state"] else ""  # a longer one is not sent back
    asked = Asked("", nowhere, "query", signed_by, state=state)
    inquiry = Inquiry(parameters, tenant, settings, None, asked)
    try:
        for one in CHECKS:
            inquiry = one(inquiry)
    except Fault as fault:
        if inquiry.asked.redirect != nowhere:
            fault.answer = refuse(inquiry.asked, fault, correlation=correlation, now=now)
        raise
    return inquiry.asked


def refuse(asked: Asked, fault: Fault, *, correlation: str, now: datetime) -> Answer:
    """What the application is told when there will be no code."""
    description = fault.description(correlation=correlation, now=now)
    return asked.answer({"error": fault.error, "error_description": description})


async def grant(
    asked: Asked,
    subject: Subject,
    *,
    tenant: Tenant,
    flow: Flow,
    tickets: Tickets,
    world: World,
    now: datetime,
    settings: Settings,
) -> Answer:
    """A code for the application: single use, bound to client, flow, redirect URI and PKCE."""
    granted = Granted.of(asked, subject, flow=flow, now=now, family=world.guid())
    code = world.secret()
    until = now + timedelta(seconds=settings.authorization_code_lifetime_s)
    body = {
        **granted.dump(),
        "until": until.timestamp(),
        "redirect_uri": asked.redirect.uri,
        "challenge": asked.challenge,
    }
    await tickets.put(
        Ticket(
            kind="code",
            tenant=tenant.id,
            key=digest(code),
            expires=until + KEPT_AFTER_END,
            body=body,
            subject=subject.user,
            client=asked.client,
            family=granted.family,
        )
    )
    info = client_info(selected(subject, flow), tenant=tenant, flow=flow)
    return asked.answer({"client_info": info if asked.client_info else "", "code": code})


def s256(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636 section 4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _needs_challenge(inquiry: Inquiry) -> bool:
    """A confidential client may opt out, a public one may not (design: defaults)."""
    client, kind = inquiry.application, inquiry.asked.redirect.kind
    if kind == "spa" or client.pkce == "required":
        return True
    strict = inquiry.settings.pkce_confidential == "required"
    public = kind == "native" or not client.confidential
    return strict and (public or client.pkce == "default")

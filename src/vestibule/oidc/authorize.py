"""The authorization endpoint: a request is a list of checks. `oidc.front_channel` answers it.

`CHECKS` is read from top to bottom. Before the redirect URI is trusted a fault is shown to the
person; after it, the application is told. Source: runtime.md 2; security.md 2.1 O1 to O9.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec
from msgspec.structs import replace

from vestibule.addresses import well_formed
from vestibule.oidc import hint, pkce, response_types
from vestibule.oidc.answer import Answer
from vestibule.oidc.asked import Asked
from vestibule.oidc.faults import Fault
from vestibule.oidc.metadata import issuer
from vestibule.oidc.redirects import registered
from vestibule.oidc.scopes import TOLERATED, grantable
from vestibule.oidc.signing import Signer
from vestibule.oidc.tenant_scopes import wanted
from vestibule.settings import Settings
from vestibule.tenancy import Application, Flow, RedirectUri, Tenant

_PROMPTS = frozenset({"none", "login", "consent", "select_account"})
_LONGEST_AGE_S = 2**31 - 1
_AGE = re.compile(r"[0-9]{1,10}")
# What is kept while the person is busy has a limit, in characters. Too long a hint is no hint.
_LONGEST = {"state": 4096, "nonce": 1024, "code_challenge": 128}  # RFC 7636 section 4.2
_LONGEST_HINT = {"login_hint": 254, "domain_hint": 256, "ui_locales": 256}  # RFC 5321: an address


class Inquiry(msgspec.Struct, frozen=True):
    """The request, what it is held against, and what the checks have established so far."""

    parameters: Mapping[str, str]
    tenant: Tenant
    settings: Settings
    signer: Signer
    client: Application | None
    asked: Asked
    flow: Flow
    base: str

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


def _response_type_is_supported(inquiry: Inquiry) -> Inquiry:
    words = response_types.words_of(inquiry.get("response_type"))
    if inquiry.flow.kind == "b2x" and words != ("code",):
        raise Fault("90013", value=inquiry.get("response_type"), supported="code")
    return replace(inquiry, asked=replace(inquiry.asked, words=words))


def _response_mode_fits(inquiry: Inquiry) -> Inquiry:
    mode = response_types.mode_of(inquiry.get("response_mode"), inquiry.asked.words)
    return replace(inquiry, asked=replace(inquiry.asked, mode=mode))


def _tokens_may_come_by_browser(inquiry: Inquiry) -> Inquiry:
    """Each of the two has its own switch at the application (runtime.md 2.2, 10)."""
    client, words = inquiry.application, inquiry.asked.words
    for word, allowed, switch in (
        ("id_token", client.implicit_id_token, "enableIdTokenIssuance"),
        ("token", client.implicit_access_token, "enableAccessTokenIssuance"),
    ):
        if word in words and not allowed:
            raise Fault("90057", client=client.app_id, value=word, switch=switch)
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


def _scope_fits_the_response(inquiry: Inquiry) -> Inquiry:
    asked, text = inquiry.asked, inquiry.get("scope")
    scopes = set(text.split())
    if scopes and "id_token" in asked.words and "openid" not in scopes:
        raise Fault("90110")
    resource = scopes - TOLERATED or (asked.openid and "openid" in scopes)
    if scopes and "token" in asked.words and not resource:
        raise Fault("90055", scope=text)
    return inquiry


def _scope_is_granted(inquiry: Inquiry) -> Inquiry:
    text, client, tenant = inquiry.get("scope"), inquiry.application, inquiry.tenant
    if inquiry.flow.kind == "b2x":  # the plan asks for consent, once it is known who asks
        found = wanted(text, client, tenant, base=inquiry.base)
        asked = replace(inquiry.asked, scopes=found.scopes, missing=found.missing)
    else:
        asked = replace(inquiry.asked, scopes=grantable(text, client, tenant))
    return replace(inquiry, asked=asked)


def _id_token_has_a_nonce(inquiry: Inquiry) -> Inquiry:
    """Without it nobody could tell an id token that was injected (OIDC Core 3.2.2.1)."""
    if "id_token" in inquiry.asked.words and not inquiry.get("nonce"):
        raise Fault("90083", parameter="nonce")
    return inquiry


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
    client, redirect = inquiry.application, inquiry.asked.redirect
    if (
        "code" in inquiry.asked.words
        and not inquiry.get("code_challenge")
        and pkce.needed(client, redirect, inquiry.settings)
    ):
        raise Fault("99059")
    return inquiry


def _challenge_method_is_supported(inquiry: Inquiry) -> Inquiry:
    sent, method = inquiry.get("code_challenge"), inquiry.get("code_challenge_method")
    challenge = pkce.kept(sent, method, inquiry.settings)
    return replace(inquiry, asked=replace(inquiry.asked, challenge=challenge))


def _hint_names_a_user(inquiry: Inquiry) -> Inquiry:
    token, asked = inquiry.get("id_token_hint"), inquiry.asked
    if not token or not asked.openid:
        return inquiry
    user = hint.user_of(
        token,
        client=inquiry.application,
        tenant=inquiry.tenant,
        issuer=asked.issuer,
        signer=inquiry.signer,
    )
    return replace(inquiry, asked=replace(asked, expected_user=user))


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
    _response_type_is_supported,
    _response_mode_fits,
    _no_parameter_is_too_long,
    _request_is_not_an_object,
    _tokens_may_come_by_browser,
    _scope_fits_the_response,
    _scope_is_granted,
    _id_token_has_a_nonce,
    _prompt_is_known,
    _max_age_is_a_number,
    _challenge_is_sent_where_needed,
    _challenge_method_is_supported,
    _hint_names_a_user,
    _the_rest_is_taken_along,
)


def check(
    parameters: Mapping[str, str],
    *,
    tenant: Tenant,
    flow: Flow,
    base: str,
    settings: Settings,
    signer: Signer,
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
    mode = response_types.way_back(
        parameters.get("response_type", ""), parameters.get("response_mode", "")
    )
    asked = Asked("", nowhere, mode, signed_by, state=state, openid=flow.openid)
    inquiry = Inquiry(parameters, tenant, settings, signer, None, asked, flow, base)
    try:
        for one in CHECKS:
            inquiry = one(inquiry)
    except Fault as raised:
        fault = raised.in_entra() if flow.kind == "b2x" else raised
        if inquiry.asked.redirect != nowhere:
            fault.answer = refuse(inquiry.asked, fault, correlation=correlation, now=now)
        raise fault from None
    return inquiry.asked


def refuse(asked: Asked, fault: Fault, *, correlation: str, now: datetime) -> Answer:
    """What the application is told when there will be no code."""
    return asked.answer(fault.told(correlation=correlation, now=now, openid=asked.openid))

"""The token endpoint and the user info of a provider.

Source: RFC 6749 sections 2.3, 4.1.3, 5; RFC 7523 section 2.2; OpenID Connect Core 5.3, 9.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlencode

import msgspec

from vestibule.perform.http import Answer, Unanswered
from vestibule.perform.providers import answers, apple, jose
from vestibule.perform.providers.faults import ANSWER, CLIENT, Failed, unreached
from vestibule.perform.providers.metadata import Metadata
from vestibule.perform.providers.party import Party
from vestibule.perform.tools import Occasion, Tools

_FORM = "application/x-www-form-urlencoded"
_BEARER_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_LIFETIME_S = 300
_LIMIT = 128 * 1024  # bytes
_LONGEST_TOKEN = 16 * 1024  # characters of an access token
_UNAUTHORIZED = 401
_BAD_CLIENT = frozenset({"invalid_client", "unauthorized_client", "incorrect_client_credentials"})
_ERROR = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the token endpoint gave; "" for what it did not."""

    access: str = field(default="", repr=False)
    identity: str = field(default="", repr=False)


def error_name(value: Any) -> str:
    """An error code that a provider sent, if it looks like one of the standards'."""
    return f" ({value})" if isinstance(value, str) and _ERROR.fullmatch(value) else ""


async def redeemed(
    tools: Tools,
    occasion: Occasion,
    party: Party,
    metadata: Metadata,
    *,
    code: str,
    verifier: str,
    return_to: str,
) -> Tokens:
    """The tokens for a code. Raises Failed."""
    headers, proof = _proof(tools, occasion, party, metadata)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": return_to, **proof}
    if party.row.pkce:
        form["code_verifier"] = verifier
    what = "The token endpoint"
    sent = {"Accept": "application/json", "Content-Type": _FORM, **headers}
    answer = await _sent(tools, "POST", metadata.token, what, sent, urlencode(form).encode())
    return _tokens(answer, what)


async def described(tools: Tools, url: str, access_token: str) -> dict[str, Any]:
    """What the user info says. Raises Failed."""
    what = "The user info"
    return answers.document(await _sent(tools, "GET", url, what, _bearer(access_token)), what)


async def address(tools: Tools, url: str, access_token: str) -> str:
    """The primary address that GitHub has verified; "" where there is none to be had: it would
    fill in a form at most."""
    what = "The list of addresses"
    try:
        answer = await _sent(tools, "GET", url, what, _bearer(access_token))
        listed = answers.read(b'{"addresses":' + answer.body + b"}", what)["addresses"]
    except Failed:
        return ""
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and one.get("primary") is True and one.get("verified") is True:
            return answers.text(one, "email")
    return ""


async def _sent(
    tools: Tools, method: str, url: str, what: str, headers: Mapping[str, str], body: bytes = b""
) -> Answer:
    try:
        return await tools.outgoing.send(
            method,
            url,
            headers=headers,
            body=body,
            timeout_s=tools.relying.timeout_s,
            limit=_LIMIT,
        )
    except Unanswered as problem:
        raise unreached(what, problem) from None


def _bearer(access_token: str) -> dict[str, str]:
    return {"Accept": "application/json", "Authorization": f"Bearer {access_token}"}


def _tokens(answer: Answer, what: str) -> Tokens:
    """GitHub answers 200 with an error in it, so the status alone does not tell."""
    try:
        said = msgspec.json.decode(answer.body)
    except (ValueError, RecursionError):
        said = None
    error = said.get("error") if isinstance(said, dict) else None
    bad_client = error in _BAD_CLIENT if isinstance(error, str) else False
    if bad_client or answer.status == _UNAUTHORIZED:
        raise Failed("The identity provider does not know our client by its secret.", code=CLIENT)
    if error is not None:
        raise Failed(
            f"The identity provider does not redeem the code{error_name(error)}.", code=ANSWER
        )
    found = answers.document(answer, what)
    access = answers.text(found, "access_token")
    usable = access.isascii() and access.isprintable() and len(access) <= _LONGEST_TOKEN
    if not usable or answers.text(found, "token_type").casefold() not in ("", "bearer"):
        raise Failed("The access token of the identity provider cannot be used.")
    return Tokens(access, answers.text(found, "id_token"))


def _proof(
    tools: Tools, occasion: Occasion, party: Party, metadata: Metadata
) -> tuple[dict[str, str], dict[str, str]]:
    """What proves us: headers, and fields of the form."""
    if party.proof == "key":
        signed = _assertion(tools, occasion, party, metadata)
        return {}, {"client_assertion_type": _BEARER_ASSERTION, "client_assertion": signed}
    secret = party.secret
    if party.proof == "apple":
        secret = apple.client_secret(party, metadata.issuer, occasion.now)
    posted = "client_secret_post" in metadata.authentication
    if party.metadata and not posted and party.proof != "apple":
        pair = f"{quote_plus(party.client_id)}:{quote_plus(secret)}"
        return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}, {}
    return {}, {"client_id": party.client_id, "client_secret": secret}


def _assertion(tools: Tools, occasion: Occasion, party: Party, metadata: Metadata) -> str:
    """private_key_jwt by the key that signs our tokens; the provider finds it in our key set. Its
    audience is the issuer, which was checked, so no other server can use it."""
    at, key = int(occasion.now.timestamp()), occasion.tenant.keys[0]
    claims = {
        "iss": party.client_id,
        "sub": party.client_id,
        "aud": metadata.issuer,
        "jti": tools.world.guid(),
        "iat": at,
        "exp": at + _ASSERTION_LIFETIME_S,
    }
    return jose.assertion(claims, pem=key.pem, algorithm=key.algorithm, kid=key.kid)

"""Client authentication: a secret in the body or by Basic, or a signed assertion; never two.

Source: RFC 6749 section 2.3, RFC 7523; security.md 2.1 O21, O31.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Literal
from urllib.parse import unquote_plus

from vestibule.oidc import assertion
from vestibule.oidc.faults import Fault
from vestibule.ports import Tickets
from vestibule.tenancy import Application, Tenant
from vestibule.vault import digest

Method = Literal["none", "secret", "assertion"]


@dataclass(frozen=True, slots=True)
class Client:
    """Who calls the token endpoint, and whether it proved so."""

    application: Application
    method: Method


@dataclass(frozen=True, slots=True)
class _Credentials:
    client_id: str
    secret: str = ""
    assertion: str = ""


async def authenticate(
    parameters: Mapping[str, str],
    authorization: str,
    *,
    tenant: Tenant,
    audiences: Callable[[], Collection[str]],
    tickets: Tickets,
    now: datetime,
) -> Client:
    """The client. Whether it had to authenticate depends on the grant, so `none` may be fine.

    Raises Fault 90008, 90018, 90081, 90084, 90092, 90276.
    """
    credentials = _read(parameters, authorization)
    application = tenant.application(credentials.client_id)
    if application is None:
        raise Fault("90018", client=credentials.client_id, tenant=tenant.domain)
    if not application.enabled:
        raise Fault("90092", client=application.app_id, tenant=tenant.domain)
    if not credentials.secret and not credentials.assertion:
        return Client(application, "none")
    if not application.confidential:
        raise Fault("90084")
    if credentials.assertion:
        await assertion.verify(
            credentials.assertion,
            application,
            tenant=tenant,
            audiences=audiences(),
            tickets=tickets,
            now=now,
        )
        return Client(application, "assertion")
    if not _knows(application, credentials.secret, now):
        raise Fault("90081")
    return Client(application, "secret")


def _read(parameters: Mapping[str, str], authorization: str) -> _Credentials:
    client_id = parameters.get("client_id", "")
    secret = parameters.get("client_secret", "")
    signed = parameters.get("client_assertion", "")
    basic = authorization[:6].lower() == "basic "
    if sum((basic, bool(secret), bool(signed))) > 1:
        raise Fault(
            "90276",
            reason="Send one kind of client credential: client_secret, client_assertion or Basic.",
        )
    if basic:
        named, secret = _basic(authorization)
        if client_id and client_id.casefold() != named.casefold():
            raise Fault(
                "90276", reason="The client_id of the body is not that of the Authorization header."
            )
        client_id = named
    if signed:
        client_id = client_id or assertion.issuer(signed)
        assertion.check_type(parameters.get("client_assertion_type", ""))
    if not client_id:
        raise Fault("90008")
    return _Credentials(client_id, secret, signed)


def _basic(authorization: str) -> tuple[str, str]:
    """Id and secret, each form-encoded before it was put together (RFC 6749 2.3.1)."""
    try:
        pair = b64decode(authorization[6:].strip(), validate=True).decode("utf-8")
    except ValueError:  # not ASCII, not base64, not UTF-8
        raise Fault("90081") from None
    client_id, colon, secret = pair.partition(":")
    if not colon or not secret:
        raise Fault("90081")
    return unquote_plus(client_id), unquote_plus(secret)


def _knows(application: Application, secret: str, now: datetime) -> bool:
    """Compare with every secret, in a time that tells nothing about any of them."""
    presented = digest(secret)
    right = False
    for stored in application.secrets:
        right |= compare_digest(stored.text, presented) and stored.valid(now)
    return right

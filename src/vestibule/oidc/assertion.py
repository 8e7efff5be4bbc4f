"""Client assertions (private_key_jwt): signed with the application's certificate, for us, once.

Source: RFC 7523 section 3; OpenID Connect Core section 9; MSAL signs RS256 or PS256.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from vestibule.oidc.faults import Fault
from vestibule.oidc.signing import Rejected, peek
from vestibule.ports import Tickets
from vestibule.tenancy import Application, Tenant
from vestibule.vault import digest

_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ALGORITHMS = ("RS256", "PS256")
_SKEW = timedelta(seconds=60)
_LONGEST = timedelta(hours=1)


def check_type(value: str) -> None:
    """Raises Fault 90276 for another kind of assertion."""
    if value != _TYPE:
        raise Fault("90276", reason=f"The client_assertion_type must be {_TYPE}.")


def issuer(token: str) -> str:
    """The client that the assertion claims to be from, not verified; "" if it cannot be read."""
    try:
        name = peek(token)[1].get("iss")
    except Rejected:
        return ""
    return name if isinstance(name, str) else ""


async def verify(
    token: str,
    application: Application,
    *,
    tenant: Tenant,
    audiences: Collection[str],
    tickets: Tickets,
    now: datetime,
) -> None:
    """Raises Fault 90081 unless the application signed this for us and it was not used before."""
    claims = _signed(token, application, now)
    expires = _time(claims, "exp")
    if expires is None or not now - _SKEW < expires <= now + _LONGEST + _SKEW:
        raise Fault("90081")
    starts = _time(claims, "nbf")
    if starts is not None and starts > now + _SKEW:
        raise Fault("90081")
    wanted = application.app_id.casefold()
    if any(str(claims.get(name, "")).casefold() != wanted for name in ("iss", "sub")):
        raise Fault("90081")
    if not _is_for_us(claims.get("aud"), audiences):
        raise Fault("90081")
    serial = claims.get("jti")
    if not isinstance(serial, str) or not serial:
        raise Fault("90081")
    key = digest(f"{application.app_id} {serial}")
    if await tickets.count("assertion", tenant.id, key, 1, now, expires + _SKEW) is None:
        raise Fault("90081")


def _signed(token: str, application: Application, now: datetime) -> dict[str, Any]:
    """The claims, if a certificate of the application that is valid now signed them."""
    try:
        peek(token)
    except Rejected:
        raise Fault("90081") from None
    for registered in application.certificates:
        certificate = x509.load_pem_x509_certificate(registered.text.encode())
        if (
            not registered.valid(now)
            or not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc
        ):
            continue
        public = certificate.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )
        try:
            decoded = jwt.decode(token, RSAKey.import_key(public), algorithms=_ALGORITHMS)
        except (JoseError, ValueError):
            continue
        return decoded.claims
    raise Fault("90081")


def _is_for_us(audience: object, audiences: Collection[str]) -> bool:
    named = audience if isinstance(audience, list) else [audience]
    ours = {one.casefold() for one in audiences}
    return any(isinstance(one, str) and one.casefold() in ours for one in named)


def _time(claims: dict[str, Any], name: str) -> datetime | None:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        return None

"""What an OpenID provider publishes about itself, and which issuer it may claim to be.

Its keys are believed for one issuer alone:
- of an `oidcIdentityProvider`, exactly the stored one (Discovery 1.0, 4.3);
- of an `openIdConnectIdentityProvider`, which stores no issuer, one of the same origin as its
  metadataUrl. Equality would be stricter and would refuse Azure AD B2C, whose issuer is
  https://host/{tenant id}/v2.0/ wherever its metadata stands, and Entra ID, whose shared metadata
  say https://host/{tenantid}/v2.0: there the id token's `tid` takes the place of "{tenantid}".
Whoever answers for an origin answers for every issuer on it; nobody else's is ever believed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from vestibule.perform.http import Outgoing
from vestibule.perform.providers import jose
from vestibule.perform.providers.answers import text
from vestibule.perform.providers.documents import Documents
from vestibule.perform.providers.faults import Failed
from vestibule.perform.providers.party import Party

_TEMPLATE = "{tenantid}"
_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ISSUER_LIMIT = 512  # characters, as of the issuer of an identity


@dataclass(frozen=True, slots=True)
class Metadata:
    """`promises_issuer`: every answer to the browser has `iss` (RFC 9207). `authentication`: how
    a client may prove itself at the token endpoint."""

    issuer: str
    authorization: str
    token: str
    userinfo: str
    keys: str = ""
    end_session: str = ""
    algorithms: tuple[str, ...] = ()
    authentication: tuple[str, ...] = ()
    promises_issuer: bool = False

    @property
    def shared(self) -> bool:
        """Whether it stands for the issuers of many tenants."""
        return _TEMPLATE in self.issuer

    def issued(self, claims: Mapping[str, Any]) -> bool:
        """Whether the issuer that a token names is this one."""
        return _fits(self.issuer, claims)

    def is_named(self, issuer: str) -> bool:
        """Whether an `iss` beside a code is this issuer."""
        before, template, after = self.issuer.partition(_TEMPLATE)
        if not template:
            return issuer == self.issuer
        inner = issuer.removeprefix(before).removesuffix(after)
        return issuer == before + inner + after and _GUID.fullmatch(inner) is not None


def may_sign(issuer: str, claims: Mapping[str, Any]) -> bool:
    """Whether a key for this issuer, "" for any, may sign these claims (Microsoft identity
    platform, "Validate the signing key issuer")."""
    return not issuer or _fits(issuer, claims)


def _fits(issuer: str, claims: Mapping[str, Any]) -> bool:
    tid = claims.get("tid")
    if _TEMPLATE in issuer:
        if not isinstance(tid, str) or not _GUID.fullmatch(tid):
            return False
        issuer = issuer.replace(_TEMPLATE, tid)
    return bool(claims.get("iss") == issuer)


async def of(party: Party, outgoing: Outgoing, documents: Documents, now: datetime) -> Metadata:
    """Raises Failed."""
    row = party.row
    if not party.metadata:
        return Metadata(party.idp, row.authorization, row.token, row.userinfo)
    metadata = await documents.get(outgoing, party.metadata, _read, now, what="The metadata")
    if not _may_be(metadata.issuer, party):
        raise Failed("The metadata of the identity provider name another issuer.")
    if not outgoing.egress.fits(metadata.authorization):
        raise Failed("The metadata of the identity provider have no fit authorization_endpoint.")
    if party.response_type == "code" and not metadata.token:
        raise Failed("The metadata of the identity provider have no token_endpoint.")
    return metadata


async def keys(
    metadata: Metadata,
    outgoing: Outgoing,
    documents: Documents,
    now: datetime,
    *,
    lacking: bool = False,
) -> tuple[jose.ForeignKey, ...]:
    """The provider's keys; `lacking`: the ones at hand do not do. Raises Failed."""
    return await documents.get(
        outgoing, metadata.keys, jose.read_keys, now, what="The key set", lacking=lacking
    )


def _read(document: dict[str, Any]) -> Metadata:
    """Raises Failed."""
    issuer, key_set = text(document, "issuer"), text(document, "jwks_uri")
    fit = issuer.isascii() and issuer.isprintable() and 0 < len(issuer) <= _ISSUER_LIMIT
    if not fit or not key_set:
        raise Failed("The metadata of the identity provider lack issuer or jwks_uri.")
    announced = document.get("id_token_signing_alg_values_supported", ["RS256"])
    return Metadata(
        issuer=issuer,
        authorization=text(document, "authorization_endpoint"),
        token=text(document, "token_endpoint"),
        userinfo=text(document, "userinfo_endpoint"),
        keys=key_set,
        end_session=text(document, "end_session_endpoint"),
        algorithms=tuple(name for name in jose.ALGORITHMS if name in _texts(announced)),
        authentication=_texts(document.get("token_endpoint_auth_methods_supported")),
        promises_issuer=document.get("authorization_response_iss_parameter_supported") is True,
    )


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def _may_be(issuer: str, party: Party) -> bool:
    if party.issuer:
        return issuer == party.issuer
    try:
        return _origin(issuer) == _origin(party.metadata)
    except ValueError:
        return False


def _origin(url: str) -> tuple[str, str | None, int]:
    """Raises ValueError for what is no URL."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or 443

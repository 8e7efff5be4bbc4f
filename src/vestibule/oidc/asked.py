"""A validated authorization request: what an application may be answered, and where.

Kept in the journey while the person is busy, so it is JSON and holds no secret: a challenge is
kept in its S256 form, also one that was sent plain.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from vestibule.oidc import response_types
from vestibule.oidc.answer import Answer, Mode
from vestibule.oidc.scopes import NOTHING, Scopes
from vestibule.tenancy import RedirectUri


class Asked(msgspec.Struct, frozen=True):
    """`issuer` goes into the answer (RFC 9207); `max_age_s` None: any session will do.

    `words` are those of the response_type; `expected_user` is the object id of an id_token_hint;
    `openid`: the flow speaks OpenID Connect's words, not B2C's.
    `missing` are scopes that nobody has consented to (at the tenant's own authority). `device`
    is the key of the ticket of a device that waits for the answer in the browser's place.
    """

    client: str
    redirect: RedirectUri
    mode: Mode
    issuer: str
    words: tuple[response_types.Word, ...] = ("code",)
    state: str = ""
    scopes: Scopes = NOTHING
    nonce: str = ""
    challenge: str = ""
    prompt: str = ""
    max_age_s: int | None = None
    login_hint: str = ""
    domain_hint: str = ""
    ui_locales: str = ""
    client_info: bool = False
    expected_user: str = ""
    openid: bool = False
    missing: tuple[str, ...] = ()
    device: str = ""

    def dump(self) -> dict[str, Any]:
        """JSON values that `load` reads."""
        dumped: dict[str, Any] = msgspec.to_builtins(self)
        return dumped

    @staticmethod
    def load(data: Mapping[str, Any]) -> Asked:
        """The request that `dump` wrote, also after a round trip through JSON."""
        values = dict(data)
        values["redirect"] = RedirectUri(**values["redirect"])
        values["words"] = response_types.load(values.get("words", ("code",)))
        values["scopes"] = Scopes.load(values["scopes"])
        values["missing"] = tuple(values.get("missing", ()))
        return Asked(**values)

    def answer(self, parameters: Mapping[str, str]) -> Answer:
        """To the application: state first, the issuer last, what is empty left out."""
        members = {"state": self.state, **parameters, "iss": self.issuer}
        return Answer(
            self.mode,
            self.redirect.uri,
            {name: value for name, value in members.items() if value},
        )

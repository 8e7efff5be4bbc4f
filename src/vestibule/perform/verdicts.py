"""What an API connector's answer comes to: go on, a block page, a correction, or a failure.

Pure. Only what is documented counts; anything else ends the journey, for a connector often
decides who may come in.
DIFFERS: the service passes over a block page before tokens, and lets the person in.
Source: runtime 6.3.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import msgspec

from vestibule.journey.collected import received
from vestibule.journey.effects import (
    Blocked,
    CallConnector,
    ConnectorFailed,
    Continued,
    Invalidated,
)
from vestibule.perform.connector_calls import Note, Result
from vestibule.perform.http import Answer
from vestibule.resources.connector_notes import Kind
from vestibule.tenancy import Connector, Tenant, short_name

RESERVED = frozenset(
    {"sub", "iss", "aud", "azp", "exp", "nbf", "iat", "jti", "nonce", "auth_time", "ver", "acr"}
    | {"tfp", "oid", "tid", "scp", "scope", "idp", "idp_access_token", "at_hash", "c_hash", "amr"}
    | {"email", "emails", "identities", "objectId", "newUser", "isForgotPassword", "roles"}
    | {"identityProvider", "identityProviderAccessToken", "client_id", "ui_locales", "step"}
    | {"preferred_username", "userPrincipalName", "accountEnabled", "password"}
)
"""Claims that nobody but the server sets, whatever is assigned to a flow."""

_ENVELOPE = frozenset({"version", "action", "status", "userMessage", "code", "requestId"})
_ALLOWED: Mapping[str, frozenset[str]] = {
    "postFederationSignup": frozenset({"Continue", "ShowBlockPage"}),
    "postAttributeCollection": frozenset({"Continue", "ShowBlockPage", "ValidationError"}),
    "preTokenIssuance": frozenset({"Continue"}),
}
_ACTIONS = frozenset({"Continue", "ShowBlockPage", "ValidationError"})
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e")
"""Marks that make a text read otherwise than it is written."""
_MOST_NOTES = 30
_NAME = 100  # characters of a claim's name in a note
_MESSAGE = 1000  # characters that a page shows
_BAD_REQUEST = 400


class _Unfit(Exception):
    """Ends in a result: the answer does not count."""

    def __init__(self, result: ConnectorFailed) -> None:
        super().__init__(result.reason)
        self.result = result


@dataclass(slots=True)
class Judgement:
    """How an answer is judged. `notes` tell what people would not guess."""

    tenant: Tenant
    connector: Connector
    effect: CallConnector
    notes: list[Note] = field(default_factory=list)

    def result(self, answer: Answer) -> Result:
        """What the answer comes to."""
        try:
            self._status(answer.status)
            return self._action(answer.status, self._read(answer))
        except _Unfit as unfit:
            return unfit.result

    def failed(self, code: str, text: str, **arguments: str) -> ConnectorFailed:
        """A failure in words that name the connector and the step."""
        point = self.effect.step
        named = {"name": self.connector.display_name, "step": point[0].upper() + point[1:]}
        return ConnectorFailed(code, text, {**named, **arguments})

    def note(self, kind: Kind, name: object = "") -> None:
        if len(self.notes) < _MOST_NOTES:
            self.notes.append(Note(kind, str(name)[:_NAME]))

    # ----------------------------------------------------------------- the answer

    def _status(self, status: int) -> None:
        """Only 200 and 400 have a meaning."""
        if status in (200, _BAD_REQUEST):
            return
        refused = status == HTTPStatus.UNAUTHORIZED
        if refused:
            self.note("credentials", status)
        else:
            self.note("redirect" if 300 <= status < _BAD_REQUEST else "status", status)  # noqa: PLR2004
        if refused and not self.connector.certificates:
            raise _Unfit(self.failed("90027", "connector.credentials"))
        if refused:
            raise _Unfit(self.failed("90028", "connector.certificate"))
        raise self._http(status)

    def _http(self, status: int) -> _Unfit:
        known = {one.value for one in HTTPStatus}
        reason = HTTPStatus(status).phrase if status in known else "-"
        return _Unfit(self.failed("90075", "connector.http", status=str(status), reason=reason))

    def _unread(self, kind: Kind, name: object = "") -> _Unfit:
        self.note(kind, name)
        return _Unfit(self.failed("90261", "connector.unreadable"))

    def _read(self, answer: Answer) -> dict[str, Any]:
        """The body. An error without one that can be read is told by its status."""
        erring = answer.status == _BAD_REQUEST
        if answer.media_type not in ("", "application/json"):
            self.note("media_type", answer.media_type)
        try:
            body = msgspec.json.decode(answer.body)
        except (ValueError, RecursionError):  # msgspec.DecodeError is a ValueError
            unread = self._unread("not_json")
            raise self._http(answer.status) if erring else unread from None
        if not isinstance(body, dict):
            unread = self._unread("not_an_object")
            raise self._http(answer.status) if erring else unread
        return body

    # ----------------------------------------------------------------- what it wants done

    def _action(self, status: int, body: Mapping[str, Any]) -> Result:
        action, step = body.get("action"), self.effect.step
        if status == _BAD_REQUEST and action != "ValidationError":
            self.note("status", status)
            raise self._http(status)
        if action is None:
            raise self._unread("action_missing")
        if not isinstance(action, str) or action not in _ACTIONS:
            raise self._unread("action_unknown", action)
        if action not in _ALLOWED[step]:
            raise self._unread("action_refused", action)
        if not isinstance(body.get("version"), str):
            raise self._unread("version_missing")
        if action == "Continue":
            return Continued(self._claims(body))
        if action == "ShowBlockPage":
            return Blocked(self._message(body))
        return self._validation(status, body)

    def _validation(self, status: int, body: Mapping[str, Any]) -> Result:
        """HTTP's status and the body's must both be 400."""
        if status != _BAD_REQUEST:
            raise self._unread("status_of_http", status)
        if body.get("status") not in (_BAD_REQUEST, str(_BAD_REQUEST)):
            self.note("status_in_body")
            raise self._http(status)
        return Invalidated(self._message(body))

    def _message(self, body: Mapping[str, Any]) -> str:
        """`userMessage` as a text that a page can show in one piece."""
        found = body.get("userMessage")
        if not isinstance(found, str) or not found.strip():
            self.note("message_missing")
            return ""
        spaced = "".join(" " if unicodedata.category(one) == "Cc" else one for one in found)
        plain = "".join(one for one in spaced if one not in _OVERRIDES).strip()
        if len(plain) > _MESSAGE:
            self.note("message_cut")
        return plain[:_MESSAGE].encode("utf-8", "replace").decode()

    # ----------------------------------------------------------------- its claims

    def _claims(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """What may be set, by its name here. Each claim that is left out has its note."""
        claims = {}
        for name, value in body.items():
            here = "" if name in _ENVELOPE else self._accepted(name)
            if not here:
                continue
            if value is None:
                self.note("null_claim", name)
                continue
            judged = self._value(name, value)
            if judged is not None:
                claims[here] = judged
        return claims

    def _accepted(self, name: str) -> str:
        """What the claim is called here; "" if it is not to be set."""
        if name in RESERVED:
            self.note("reserved", name)
            return ""
        if name not in self.tenant.attributes:
            self.note("unknown_claim", name)
            return ""
        here = self.effect.accepts.get(short_name(name), "")
        if not here:
            tokens = self.effect.step == "preTokenIssuance"
            self.note("unselected" if tokens else "unassigned", name)
        return here

    def _value(self, name: str, value: Any) -> Any:
        attribute = self.tenant.attributes[name]
        try:
            return received(attribute.id, attribute.data_type, value)
        except ValueError as wrong:
            long = str(wrong) == "attribute.long"
            raise self._unread("too_long" if long else "wrong_type", name) from None

"""The UserInfo endpoint over HTTP: where a token may stand, and how a refusal is told.

Source: OpenID Connect Core 5.3.1 to 5.3.3; RFC 6750 sections 2 and 3.
"""

from __future__ import annotations

from starlette.responses import Response

from vestibule.errors import Invalid, NotAllowed
from vestibule.oidc import userinfo
from vestibule.oidc.place import Place
from vestibule.oidc.service import UserStates
from vestibule.oidc.signing import Signer
from vestibule.oidc.tenants import Tenants
from vestibule.oidc.userinfo import Asking, NotAccepted
from vestibule.ports import Tickets
from vestibule.settings import Settings
from vestibule.web import entry
from vestibule.web.connect import PRIVATE, allowed, answer, preflight
from vestibule.web.exchange import Exchange

_SCHEME = "bearer "


class UserInfo:
    """The handler is `userinfo`: (exchange, place, rest)."""

    def __init__(
        self,
        settings: Settings,
        *,
        tenants: Tenants,
        tickets: Tickets,
        signer: Signer,
        user_state: UserStates,
    ) -> None:
        self._settings = settings
        self._tenants = tenants
        self._tickets = tickets
        self._signer = signer
        self._user_state = user_state

    async def userinfo(self, exchange: Exchange, place: Place, _rest: tuple[str, ...]) -> Response:
        """The person's claims by GET or POST; the token in the header, or in a form."""
        tenant, flow = await entry.located(place, self._tenants)
        cors = allowed(exchange, tenant)
        if exchange.method == "OPTIONS":
            return preflight(cors, "GET, POST")
        if exchange.method not in ("GET", "POST"):
            raise NotAllowed("Use GET or POST here.")
        headers = {**PRIVATE, **cors}
        try:
            token = _token(exchange)
            if userinfo.names_unknown_key(token, tenant):
                tenant = await self._tenants.fresh(tenant.id) or tenant
            asking = Asking(tenant, flow, exchange.base, token, exchange.now)
            told = await userinfo.claims(
                asking,
                tickets=self._tickets,
                signer=self._signer,
                settings=self._settings,
                user_state=self._user_state,
            )
        except NotAccepted as refusal:
            return _refused(refusal, headers)
        return answer(told, headers=headers)


def _token(exchange: Exchange) -> str:
    """The access token, sent in one place; never in the query, which stands in logs."""
    header = exchange.request.headers.get("authorization", "")
    form = exchange.form() if exchange.body else {}
    sent = form.get("access_token", "")
    if header and sent:
        raise Invalid("Send the access token in one place only.")
    if header:
        return header[len(_SCHEME) :].strip() if header[:7].lower() == _SCHEME else ""
    return sent


def _refused(refusal: NotAccepted, headers: dict[str, str]) -> Response:
    """RFC 6750: no error code for a caller who sent no token at all."""
    challenge = 'Bearer realm="userinfo"'
    if refusal.error:
        challenge += f', error="{refusal.error}", error_description="{refusal.text}"'
    body = {"error": refusal.error or "invalid_request", "error_description": refusal.text}
    more = headers | {"www-authenticate": challenge}
    return answer(body, headers=more, status=refusal.status)

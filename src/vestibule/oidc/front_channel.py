"""What an application gets through the browser when a journey ends well: a code, tokens, or both.

Source: runtime.md 2.1; OpenID Connect Core 3.2.2.5, 3.3.2.5; RFC 9700 section 2.1.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from vestibule.oidc.answer import Answer
from vestibule.oidc.asked import Asked
from vestibule.oidc.claims import Subject, client_info
from vestibule.oidc.faults import Fault
from vestibule.oidc.granted import KEPT_AFTER_END, Granted
from vestibule.oidc.issue import Mint
from vestibule.oidc.provider_token import Reveal
from vestibule.oidc.signing import Signer
from vestibule.ports import Ticket
from vestibule.settings import Settings
from vestibule.tenancy import Flow, Tenant
from vestibule.vault import digest
from vestibule.world import World


@dataclass(frozen=True, slots=True)
class Granting:
    """The answer to the application, and what must be stored before it is given: the code."""

    answer: Answer
    tickets: tuple[Ticket, ...] = ()


@dataclass(frozen=True, slots=True)
class FrontChannel:
    """The parts that live as long as the server."""

    settings: Settings
    world: World
    signer: Signer
    reveal: Reveal

    def grant(
        self, asked: Asked, subject: Subject, *, tenant: Tenant, flow: Flow, now: datetime
    ) -> Granting:
        """The answer to the application, its members in B2C's order.

        Raises Fault 90077 when another user signed in than the one that was asked for.
        """
        if asked.expected_user not in ("", subject.user):
            raise Fault("90077", prompt=asked.prompt)
        family = self.world.guid() if "code" in asked.words else ""
        mint = Mint(
            granted=Granted.of(asked, subject, flow=flow, now=now, family=family),
            scopes=asked.scopes,
            flow=flow,
            tenant=tenant,
            issuer=asked.issuer,
            now=now,
            signer=self.signer,
            world=self.world,
            reveal=self.reveal,
        )
        told: dict[str, str] = {}
        tickets: tuple[Ticket, ...] = ()
        if asked.client_info:
            told["client_info"] = client_info(mint.granted.claims, tenant=tenant, flow=flow)
        if "code" in asked.words:
            told["code"] = code = self.world.secret()
            tickets = (self._ticket(code, asked, mint),)
        answer = asked.answer({**told, **_tokens(asked, mint, told.get("code", ""))})
        return Granting(answer, tickets)

    def _ticket(self, code: str, asked: Asked, mint: Mint) -> Ticket:
        """The code's: single use, bound to client, flow, redirect URI and PKCE."""
        until = mint.now + timedelta(seconds=self.settings.authorization_code_lifetime_s)
        body = {
            **mint.granted.dump(),
            "until": until.timestamp(),
            "redirect_uri": asked.redirect.uri,
            "challenge": asked.challenge,
        }
        return Ticket(
            kind="code",
            tenant=mint.tenant.id,
            key=digest(code),
            expires=until + KEPT_AFTER_END,
            body=body,
            subject=mint.granted.user,
            client=asked.client,
            family=mint.granted.family,
        )


def _tokens(asked: Asked, mint: Mint, code: str) -> dict[str, str]:
    access_token = mint.access_token() if "token" in asked.words else ""
    told: dict[str, str] = {}
    if "id_token" in asked.words:
        alone = asked.words == ("id_token",)
        told["id_token"] = mint.id_token(access_token=access_token, code=code, alone=alone)
    if access_token:
        told |= {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": str(mint.access_lifetime_s),
            "scope": " ".join(asked.scopes.names or asked.scopes.protocol),
        }
    return told

"""Invitations: a guest account made in advance, and a message that says so.

Source: graph-surface 10.9, 11.17; runtime 8.5; Microsoft Graph invitation resource.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vestibule.addresses import EMAIL, https_or_loopback
from vestibule.edm.declare import (
    Access,
    Column,
    Complex,
    Declaration,
    Entity,
    EntitySet,
    Property,
    Record,
    Reference,
)
from vestibule.errors import Invalid
from vestibule.ports import Binary, Change, Constant, Insert, Member, Query, Row, Update
from vestibule.resources.directory import guests
from vestibule.resources.directory.guests import PENDING
from vestibule.resources.directory.identities import PRINCIPAL, identity
from vestibule.resources.directory.organization import domain_of
from vestibule.roles import GLOBAL_ADMINISTRATOR, GUEST_INVITER, USER_ADMINISTRATOR
from vestibule.rules import Context, Decision, Rules

RECORDS = (
    Record(
        "invitation",
        (
            Column("email", nullable=False),
            Column("display_name"),
            Column("redirect_url", nullable=False),
            Column("user", nullable=False),
            Column("user_type", nullable=False),
            Column("message", "json"),
            Column("sent", "boolean", nullable=False),
            Column("created", "datetime", nullable=False),
        ),
        references=(Reference("user", "user", on_delete="cascade"),),
    ),
)

_ACCESS = Access(
    write=("User.Invite.All", "User.ReadWrite.All", "Directory.ReadWrite.All"),
    write_roles=(GUEST_INVITER, USER_ADMINISTRATOR, GLOBAL_ADMINISTRATOR),
)
_ADDRESS = Complex(
    "microsoft.graph.emailAddress", properties=(Property("address"), Property("name"))
)
_RECIPIENT = Complex(
    "microsoft.graph.recipient", properties=(Property("emailAddress", _ADDRESS.name),)
)
_MESSAGE = Complex(
    "microsoft.graph.invitedUserMessageInfo",
    properties=(
        Property("ccRecipients", f"Collection({_RECIPIENT.name})"),
        Property("customizedMessageBody", max_length=2048),
        Property("messageLanguage", max_length=35),
    ),
)
_INVITATION = Entity(
    "microsoft.graph.invitation",
    record="invitation",
    base="microsoft.graph.entity",
    properties=(
        Property("invitedUserDisplayName", column="display_name", max_length=256),
        Property(
            "invitedUserEmailAddress",
            column="email",
            nullable=False,
            required=True,
            max_length=254,
            pattern=EMAIL.pattern,
        ),
        Property("invitedUserMessageInfo", _MESSAGE.name, column="message"),
        Property(
            "invitedUserType",
            column="user_type",
            default="Guest",
            pattern="Guest|Member",
            advice="Use Guest or Member.",
        ),
        Property("inviteRedeemUrl", column="redirect_url", write="never"),
        Property(
            "inviteRedirectUrl",
            column="redirect_url",
            nullable=False,
            required=True,
            max_length=2048,
        ),
        Property("resetRedemption", "Edm.Boolean", default=False, value=lambda _row: False),
        Property("sendInvitationMessage", "Edm.Boolean", column="sent", default=False),
        Property("status", write="never", value=lambda _row: PENDING),
        Property(
            "invitedUser",
            "Edm.Untyped",
            declared=False,
            write="never",
            value=lambda row: {"id": row["user"]},
        ),
    ),
)
TYPES: tuple[Declaration, ...] = (_ADDRESS, _RECIPIENT, _MESSAGE, _INVITATION)
SETS: tuple[EntitySet, ...] = (
    EntitySet("invitations", _INVITATION.name, _ACCESS, verbs=frozenset({"create"})),
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to one who is invited."""

    tenant: str
    to: str
    at: datetime
    subject: str
    body: str
    link: str


@dataclass(frozen=True, slots=True)
class InvitationRules:
    """`send` hands a message over. Raises Problem when nobody took it."""

    send: Callable[[Letter], Awaitable[None]]

    def table(self) -> dict[str, Rules]:
        """The rules by entity type."""
        return {_INVITATION.name: Rules(create=self.create)}

    async def create(self, context: Context, values: dict[str, Any]) -> Decision:
        if not https_or_loopback(values["inviteRedirectUrl"]):
            raise Invalid("inviteRedirectUrl must be an https address.", target="inviteRedirectUrl")
        address, domain = values["invitedUserEmailAddress"], await domain_of(context)
        kind = values["invitedUserType"] or "Guest"
        known = await guests.find(context.entities, context.tenant, address, domain=domain)
        guest = known.row if known else None
        principal = await _principal(context, address, domain)
        user = guest["id"] if guest else context.world.guid()
        changes = (
            _again(context, guest, values)
            if guest
            else _new(context, user, principal, {**values, "invitedUserType": kind})
        )
        if values["sendInvitationMessage"]:
            await self.send(await _letter(context, values))
        return Decision(
            columns={
                "user": user,
                "user_type": kind,
                "sent": bool(values["sendInvitationMessage"]),
                "created": context.now,
            },
            first=changes,
        )


def _new(context: Context, user: str, principal: str, values: dict[str, Any]) -> tuple[Change, ...]:
    """The account of one who was never invited before."""
    address = values["invitedUserEmailAddress"]
    domain = principal.rpartition("@")[2]
    columns = {
        "user_principal_name": principal,
        "display_name": values.get("invitedUserDisplayName") or address.partition("@")[0],
        "mail": address,
        "other_mails": [address],
        "business_phones": [],
        "account_enabled": True,
        "creation_type": "Invitation",
        "user_type": values["invitedUserType"],
        "external_user_state": PENDING,
        "external_user_state_changed": context.now,
        "attributes": {},
        "created": context.now,
    }
    return (
        Insert("user", context.tenant, user, columns),
        identity(context.tenant, user, PRINCIPAL, domain, principal),
    )


def _again(context: Context, guest: Row, values: dict[str, Any]) -> tuple[Change, ...]:
    """Nothing changes for a known guest, unless the redemption is to be repeated."""
    if not values.get("resetRedemption"):
        return ()
    pending = {"external_user_state": PENDING, "external_user_state_changed": context.now}
    return (Update("user", context.tenant, guest["id"], pending),)


async def _principal(context: Context, address: str, domain: str) -> str:
    """The first name that nobody has (`guests.principals`)."""
    first, second = guests.principals(address, domain)
    where = Binary("eq", Member("user_principal_name"), Constant(first))
    taken = await context.entities.find(Query("user", context.tenant, where=where, top=1))
    return second if taken else first


async def _letter(context: Context, values: dict[str, Any]) -> Letter:
    tenant = await context.entities.get("tenant", "", context.tenant)
    name = (tenant or {}).get("display_name") or await domain_of(context)
    own = (values.get("invitedUserMessageInfo") or {}).get("customizedMessageBody")
    link = values["inviteRedirectUrl"]
    paragraphs = [f"You have been invited to {name}.", own, f"Accept the invitation: {link}"]
    return Letter(
        tenant=context.tenant,
        to=values["invitedUserEmailAddress"],
        at=context.now,
        subject=f"You are invited to {name}",
        body="\n\n".join(one for one in paragraphs if one),
        link=link,
    )

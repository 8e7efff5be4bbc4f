"""Messages to people: the port, the development inbox, and SMTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Literal, Protocol

import aiosmtplib

from vestibule.errors import Problem
from vestibule.ports import Entities, Insert
from vestibule.texts import DEFAULT_LANGUAGE
from vestibule.world import World

_TIMEOUT_S = 10


@dataclass(frozen=True, slots=True)
class Mail:
    """`language` is that of the text; `journey` is the journey's correlation id; `code` and
    `links` are for the inbox."""

    tenant: str
    to: str
    at: datetime
    subject: str
    body: str = field(repr=False)
    code: str = field(default="", repr=False)
    links: tuple[str, ...] = ()
    journey: str = ""
    language: str = DEFAULT_LANGUAGE


class MailNotSent(Problem): ...


class Mailer(Protocol):
    async def send(self, mail: Mail) -> None:
        """Hand the message over. Raises MailNotSent when the other side did not take it."""


class InboxMailer:
    """Keeps every message as a `message` row; development only."""

    __slots__ = ("_entities", "_world")

    def __init__(self, entities: Entities, world: World) -> None:
        self._entities = entities
        self._world = world

    async def send(self, mail: Mail) -> None:
        values = {
            "channel": "email",
            "to": mail.to,
            "subject": mail.subject,
            "body": mail.body,
            "code": mail.code or None,
            "links": list(mail.links),
            "journey": mail.journey or None,
            "created": mail.at,
        }
        await self._entities.apply([Insert("message", mail.tenant, self._world.guid(), values)])


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """Gives every message to one mail server, which queues and retries."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    tls: Literal["starttls", "tls", "none"] = "starttls"

    async def send(self, mail: Mail) -> None:
        message = self._message(mail)
        try:
            await aiosmtplib.send(
                message,
                recipients=[mail.to],  # not what a header could be read as
                hostname=self.host,
                port=self.port,
                username=self.user or None,
                password=self.password or None,
                use_tls=self.tls == "tls",
                start_tls=self.tls == "starttls",
                timeout=_TIMEOUT_S,
            )
        except (aiosmtplib.SMTPException, OSError) as problem:
            raise MailNotSent(f"The mail server {self.host} took no message.") from problem

    def _message(self, mail: Mail) -> EmailMessage:
        message = EmailMessage()  # its policy refuses line ends in headers
        message["From"] = self.sender
        message["To"] = mail.to
        message["Subject"] = " ".join(mail.subject.split())
        message["Date"] = format_datetime(mail.at)
        message["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2].rstrip(">"))
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies
        message.set_content(mail.body)
        message["Content-Language"] = mail.language  # RFC 3282
        if mail.journey:
            message["X-Correlation-ID"] = mail.journey
        return message

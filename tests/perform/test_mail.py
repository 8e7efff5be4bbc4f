"""Mail through a real SMTP conversation."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from stage import ADA, NOON, contoso
from vestibule.journey.effects import CodeNotSent, CodeSent, SendCode
from vestibule.perform.mail import Mail, MailNotSent, SmtpMailer
from vestibule.texts import say

pytestmark = pytest.mark.anyio

MAIL = Mail("tenant", ADA, NOON, "Contoso: your code", "Your code: 123456\n")


class Sink:
    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.recipients: list[str] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.messages.append(message_from_bytes(envelope.content, policy=default))
        self.recipients += envelope.rcpt_tos
        return "250 OK"


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def sink(port: int) -> Iterator[Sink]:
    sink = Sink()
    server = Controller(sink, hostname="127.0.0.1", port=port)
    server.start()
    yield sink
    server.stop()


def mailer(port: int, **settings: Any) -> SmtpMailer:
    return SmtpMailer("127.0.0.1", port, "Contoso <codes@contoso.example>", tls="none", **settings)


async def test_mail_server_gets_the_message(sink: Sink, port: int) -> None:
    await mailer(port).send(MAIL)
    [message] = sink.messages
    assert sink.recipients == [ADA]
    assert message["Subject"] == "Contoso: your code"
    assert message["From"] == "Contoso <codes@contoso.example>"
    assert message["Date"].datetime == NOON
    assert "Your code: 123456" in message.get_content()


async def test_a_mail_arrives_in_its_language(sink: Sink, port: int) -> None:
    words = {"tenant": "Contoso", "code": "123456", "minutes": 10}
    subject, body = (say(f"mail.code.{part}", words, language="ar") for part in ("subject", "body"))
    await mailer(port).send(Mail("tenant", ADA, NOON, subject, body, language="ar"))
    [message] = sink.messages
    assert message["Subject"] == subject
    assert message["Content-Language"] == "ar"
    assert message.get_content() == body


async def test_name_of_a_tenant_cannot_add_a_header(sink: Sink, port: int) -> None:
    subject = "Contoso\r\nBcc: mallory@contoso.example"
    await mailer(port).send(Mail("tenant", ADA, NOON, subject, "text"))
    [message] = sink.messages
    assert message["Bcc"] is None
    assert sink.recipients == [ADA]
    assert message["Subject"] == "Contoso Bcc: mallory@contoso.example"


async def test_server_that_cannot_encrypt_gets_nothing(sink: Sink, port: int) -> None:
    careful = SmtpMailer("127.0.0.1", port, "codes@contoso.example")
    with pytest.raises(MailNotSent):
        await careful.send(MAIL)
    assert sink.messages == []


async def test_absent_server_is_a_problem_without_the_message(port: int) -> None:
    with pytest.raises(MailNotSent) as raised:
        await mailer(port).send(MAIL)
    assert "123456" not in str(raised.value)


async def test_code_goes_out_by_smtp(sink: Sink, port: int, tmp_path: Path) -> None:
    async with contoso(tmp_path, mailer=mailer(port)) as stage:
        assert await stage.perform(SendCode(ADA, "signUp")) == CodeSent()
    assert sink.messages[0]["To"] == ADA


async def test_code_that_no_server_takes_is_not_sent(port: int, tmp_path: Path) -> None:
    async with contoso(tmp_path, mailer=mailer(port)) as stage:
        assert await stage.perform(SendCode(ADA, "signUp")) == CodeNotSent("failed")

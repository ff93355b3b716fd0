"""A post office: a real mail server on a real port, that keeps what came and answers as it is told."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

TAKEN = "250 taken"
DROP = "drop"  # takes the message and cuts the line before it says so


@dataclass
class Came:
    """One message as it arrived: its envelope, and what is in it."""

    sender: str
    receivers: list[str]
    message: EmailMessage
    content: bytes = b""


@dataclass
class PostOffice:
    """`answers` are used up in order, the last one for ever; `refuses` are receivers it does not know, by reply."""

    url: str = ""
    came: list[Came] = field(default_factory=list)
    answers: list[str] = field(default_factory=lambda: [TAKEN])
    refuses: dict[str, str] = field(default_factory=dict)

    async def handle_RCPT(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        """Take a receiver, or not."""
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keep the message and answer."""
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        if answer == DROP or answer.startswith("250"):
            content = cast(bytes, envelope.content)
            read = cast(EmailMessage, message_from_bytes(content, policy=policy.SMTP))
            self.came.append(Came(envelope.mail_from or "", list(envelope.rcpt_tos), read, content))
        if answer == DROP:
            assert server.transport is not None
            server.transport.close()
        return answer


@contextmanager
def open_for_mail(*, smtputf8: bool = True, largest: int | None = None) -> Iterator[PostOffice]:
    """A mail server on a free port of this machine, that takes messages up to `largest` bytes."""
    office = PostOffice()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    limits = {"data_size_limit": largest} if largest else {}
    controller = Controller(office, hostname="127.0.0.1", port=port, enable_SMTPUTF8=smtputf8, **limits)
    controller.start()
    office.url = f"smtp://127.0.0.1:{port}"
    try:
        yield office
    finally:
        controller.stop()

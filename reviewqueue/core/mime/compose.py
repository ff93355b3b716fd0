"""Makes the bytes of one e-mail from an approved draft. The headers are written here, the text part by the standard
library. What a mail program shows of them is exactly `message.read` of the draft."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime
from hashlib import sha256
from typing import Any

from reviewqueue.core.mime import encoded_words
from reviewqueue.core.mime.addresses import Mailbox
from reviewqueue.core.mime.invitation import Invitation, Version, calendar_text
from reviewqueue.core.mime.markup import html_of
from reviewqueue.core.mime.message import Message, read
from reviewqueue.core.patterns import as_pattern

LINE = 76
# Printable ASCII with single blanks between words that fit a line.
_PLAIN = as_pattern(r"[!-~]{1,60}(?: [!-~]{1,60})*")


@dataclass(frozen=True)
class Letter:
    """What is to be sent: the release's key, the sender's address, the approved draft, and whether the mail server
    takes addresses beyond ASCII. `answers` are the Message-IDs of its thread, oldest first; it answers the last.
    `invites` says which version of which meeting its invitation is, where it has one; `html` that its text goes out as
    HTML beside the plain text."""

    key: str
    sender: str
    draft: dict[str, Any]
    smtputf8: bool = False
    answers: tuple[str, ...] = ()
    invites: Version | None = None
    html: bool = False


@dataclass(frozen=True)
class Composed:
    """An e-mail ready for SMTP: its envelope and its bytes. `international` is one that only a server that offers
    SMTPUTF8 takes."""

    sender: str
    receivers: list[str]
    content: bytes
    international: bool = False


class Unsendable(ValueError):
    """The draft cannot be sent as an e-mail; the text is for people."""


def compose(letter: Letter, now: datetime) -> Composed:
    """The e-mail of a letter. The same release gives the same Message-ID however often. Raises Unsendable."""
    found, flaws = read(letter.draft, smtputf8=letter.smtputf8)
    if flaws:
        says = " ".join(dict.fromkeys(one.says for one in flaws))
        raise Unsendable(f"It cannot go out as an e-mail. {says}"[:1000])
    text = EmailMessage(policy=WIRE)
    text.set_content(found.body, cte="quoted-printable")
    if letter.html:
        text.add_alternative(html_of(found.body), "html", cte="quoted-printable")
    if found.invitation:
        text.add_alternative(
            _calendar(letter, found, found.invitation, now), "calendar", cte="base64", params={"method": "REQUEST"}
        )
    if text.is_multipart():
        text.set_boundary(f"=_{sha256(letter.key.encode()).hexdigest()[:40]}")  # no part can hold it
    head = "".join(f"{one}\r\n" for one in _head(letter, found, now))
    return Composed(letter.sender, found.envelope, head.encode() + text.as_bytes(), found.international)


def _calendar(letter: Letter, found: Message, invitation: Invitation, now: datetime) -> str:
    """The invitation as calendar programs read it: whoever gets the e-mail is invited, and answers go where replies
    go."""
    organizer = found.reply_to[0] if found.reply_to else Mailbox("", *letter.sender.rsplit("@", 1))
    attendees = list({one.address: one for one in (*found.to, *found.cc)}.values())
    return calendar_text(invitation, letter.invites or Version(letter.key), organizer, attendees, now)


def message_id(key: str, sender: str) -> str:
    """The Message-ID: the same for the same release, so that a receiver can recognise a duplicate."""
    return f"<{sha256(key.encode()).hexdigest()[:40]}@{sender.rpartition('@')[2]}>"


def _head(letter: Letter, found: Message, now: datetime) -> Iterator[str]:
    """The header lines. What is beyond ASCII stands in encoded words, except for local parts."""
    yield f"From: {letter.sender}"
    for name, mailboxes in (("To", found.to), ("Cc", found.cc), ("Reply-To", found.reply_to)):
        if mailboxes:
            yield f"{name}: {_listed(mailboxes)}"
    yield f"Subject: {_unstructured(found.subject)}"
    yield f"Date: {format_datetime(now)}"
    yield f"Message-ID: {message_id(letter.key, letter.sender)}"
    if letter.answers:
        yield f"In-Reply-To: {letter.answers[-1]}"
        yield "References: " + "\r\n ".join(letter.answers)


def _listed(mailboxes: Iterable[Mailbox]) -> str:
    return ",\r\n ".join(one.header() for one in mailboxes)


def _unstructured(text: str) -> str:
    """A subject that a mail program shows as that text: encoded unless it is plain and nothing in it looks encoded."""
    if "=?" in text or not _PLAIN.fullmatch(text):
        return "\r\n ".join(encoded_words.encode(text))
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > LINE - len("Subject: "):
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\r\n ".join(lines)

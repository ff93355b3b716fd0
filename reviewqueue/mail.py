"""Mail: one approved message through a mail server, to exactly the receivers that were approved. Nothing here raises
for what the other side does: the outcome says it.

Between the last byte of the message and the server's answer nobody knows whether it went out; a connection that is lost
there is `unknown`, and is never tried again by itself.
"""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime
from hashlib import sha256
from time import monotonic
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from reviewqueue.checks import recipients
from reviewqueue.proofs import canonical

TIMEOUT = 20.0
CARRIED = ("to", "cc", "subject", "body")


@dataclass(frozen=True)
class Letter:
    """What is to go out: the release's key, the address it comes from, and the approved title and draft."""

    key: str
    sender: str
    title: str
    draft: dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What came of one attempt: it went out (`released`), try again (`later`), it will not (`failed`), or nobody can
    know (`unknown`); words for the person who looks, and the server's reply code where there was one."""

    outcome: Literal["released", "later", "failed", "unknown"]
    says: str
    code: int | None = None
    milliseconds: int = 0


class Unsendable(ValueError):
    """The draft cannot go out as an e-mail; the text is for people."""


def send(url: str, letter: Letter, now: datetime) -> Outcome:
    """Send it once, through the mail server at `url` (`smtp://user:password@host:port`, or `smtps://…`)."""
    started = monotonic()
    try:
        came = _through(url, *composed(letter, now))
    except Unsendable as error:
        came = Outcome("failed", str(error))
    except smtplib.SMTPResponseException as error:
        came = _answered(error.smtp_code, error.smtp_error)
    except (OSError, smtplib.SMTPException) as error:
        came = Outcome("later", f"The mail server cannot be used: {str(error) or type(error).__name__}"[:500])
    return Outcome(came.outcome, came.says, came.code, int((monotonic() - started) * 1000))


def composed(letter: Letter, now: datetime) -> tuple[str, list[str], bytes]:
    """(envelope sender, envelope receivers, the message as bytes). The same release gives the same Message-ID however
    often. Raises Unsendable."""
    draft = letter.draft
    if more := sorted(name for name, value in draft.items() if name not in CARRIED and value):
        raise Unsendable(f"An e-mail from here carries no {', '.join(more)}: send it by hand, or give it up")
    if not isinstance(draft.get("body"), str):
        raise Unsendable("It has no body, so there is nothing to send: give it up")
    message = EmailMessage(policy=WIRE)
    envelope = []
    try:
        for field in ("to", "cc"):
            lines = _receivers(draft, field)
            envelope += [one.addr_spec for one in lines]
            if lines:
                message[field.capitalize()] = lines
        message["From"] = letter.sender
        message["Subject"] = str(draft.get("subject") or letter.title)
        message["Date"] = format_datetime(now)
        message["Message-ID"] = message_id(letter)
        message.set_content(draft["body"], cte="quoted-printable")
        whole = message.as_bytes()
        "".join(envelope).encode("ascii")
    except (ValueError, UnicodeError) as error:
        says = f"Its receivers, its subject or its text fit no e-mail ({error})"
        raise Unsendable(f"{says}: send it by hand, or give it up") from None
    if not envelope:
        raise Unsendable("It names no receiver, so nobody would get it: send it by hand, or give it up")
    return letter.sender, list(dict.fromkeys(envelope)), whole


def message_id(letter: Letter) -> str:
    """Deterministic, so that whoever gets it twice can tell."""
    return f"<{sha256(letter.key.encode()).hexdigest()[:40]}@{letter.sender.rpartition('@')[2]}>"


def _receivers(draft: dict[str, Any], field: str) -> list[Address]:
    """The sound addresses of a field. Raises ValueError where something in it is none."""
    written = draft.get(field) or []
    given = written if isinstance(written, list) else [written]
    found = [one for one in recipients.addressed({field: draft.get(field)}) if one[0] == field] if given else []
    if len(found) != len(given):
        raise ValueError(f"{field} holds something that is no address")
    return [_address(str(canonical.look(draft, at)), read) for _, at, read in found]


def _address(written: str, read: str) -> Address:
    """As it was written, with its domain as it is looked up."""
    name, _, inner = written.strip().rpartition("<")
    local = inner.rstrip("> ").strip().rpartition("@")[0]
    return Address(name.strip().strip('"').strip(), local, read.rpartition("@")[2])


def _through(url: str, sender: str, receivers: list[str], message: bytes) -> Outcome:
    server = _connected(url)
    try:
        _accepted(server.mail(sender))
        for one in receivers:  # all of them or none: nobody gets a message that others were to get as well
            _accepted(server.rcpt(one))
        code, says = server.docmd("DATA")
        if code != 354:
            return _answered(code, says)
        return _handed_over(server, message)
    finally:
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
        server.close()


def _handed_over(server: smtplib.SMTP, message: bytes) -> Outcome:
    body = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in message.split(b"\r\n"))
    try:
        server.send(body + (b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n"))
        code, says = server.getreply()
    except (OSError, smtplib.SMTPException) as error:
        lost = f"The connection was lost after the message was handed over ({type(error).__name__}), so nobody knows"
        return Outcome("unknown", f"{lost} whether it went out. Ask whom it was for, then say which it is")
    return _answered(code, says)


def _connected(url: str) -> smtplib.SMTP:
    """A connection ready for a message. What goes wrong here is the server's or the settings' affair, not the
    message's: it is raised as OSError or SMTPException, and the password is in no word of it."""
    host, port, user, password, wrapped = _place(url)
    trusted = ssl.create_default_context()
    try:
        server = (
            smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT, context=trusted)
            if wrapped
            else smtplib.SMTP(host, port or 25, timeout=TIMEOUT)
        )
    except smtplib.SMTPResponseException as error:
        raise smtplib.SMTPException(f"it greeted with {error.smtp_code}") from None
    try:
        server.ehlo_or_helo_if_needed()
        if not wrapped and server.has_extn("starttls"):
            server.starttls(context=trusted)
            server.ehlo()
            wrapped = True
        if user and not wrapped:
            raise smtplib.SMTPException("it offers no encryption, so the password was not sent; use smtps://")
        if user:
            server.login(user, password)
    except smtplib.SMTPResponseException as error:
        server.close()
        raise smtplib.SMTPException(f"it answered {error.smtp_code} to our greeting or our password") from None
    except BaseException:
        server.close()
        raise
    return server


def _place(url: str) -> tuple[str, int | None, str, str, bool]:
    """(host, port, user, password, whether TLS comes first)."""
    with suppress(ValueError):
        parts = urlsplit(url)
        if parts.scheme in ("smtp", "smtps") and parts.hostname:
            user, password = unquote(parts.username or ""), unquote(parts.password or "")
            return parts.hostname, parts.port, user, password, parts.scheme == "smtps"
    raise smtplib.SMTPException("REVIEWQUEUE_SMTP_URL is no smtp://host:port and no smtps://host:port")


def _accepted(answer: tuple[int, bytes]) -> None:
    code, says = answer
    if not 200 <= code < 300:
        raise smtplib.SMTPResponseException(code, says)


def _answered(code: int, says: bytes | str) -> Outcome:
    words = says.decode("utf-8", "replace") if isinstance(says, bytes) else says
    words = "".join(sign if sign.isprintable() else " " for sign in words)
    text = f"The mail server answered {code} {words}".strip()[:500]
    if 200 <= code < 300:
        return Outcome("released", text, code)
    return Outcome("failed" if code >= 500 else "later", text, code)

"""Sending one approved message through a mail server, to exactly the receivers that were approved. Nothing here raises
for what the other side does: the outcome says it.

Between the last byte of the message and the server's answer nobody knows whether it went out; a connection that is lost
there is `unknown`, and is never tried again automatically.
"""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from time import monotonic
from typing import Literal
from urllib.parse import unquote, urlsplit

from reviewqueue.core.mime.compose import Composed, Letter, Unsendable, compose

TIMEOUT = 20.0
# What a server says of itself: that it takes addresses beyond ASCII (RFC 6531), and how large a message may be.
UTF8, SIZE = "smtputf8", "size"
NO_UTF8 = (
    "The mail server does not offer SMTPUTF8, so it takes no address with letters beyond ASCII before the @. Send it "
    "by hand, or give up and write the address in plain letters; and remove smtputf8 = true from destinations.toml"
)


@dataclass(frozen=True)
class SendOutcome:
    """What came of one attempt: it went out (`released`), try again (`later`), it will not (`failed`), or nobody can
    know (`unknown`); the reason in words for people, the server's reply code where there was one, and for how many
    seconds it asked to be left alone."""

    outcome: Literal["released", "later", "failed", "unknown"]
    says: str
    code: int | None = None
    milliseconds: int = 0
    retry_after: int = 0


def send(url: str, letter: Letter, now: datetime) -> SendOutcome:
    """Send it once, through the mail server at `url` (`smtp://user:password@host:port`, or `smtps://…`)."""
    started = monotonic()
    try:
        outcome = _send_through(url, compose(letter, now))
    except Unsendable as error:
        outcome = SendOutcome("failed", str(error))
    except smtplib.SMTPResponseException as error:
        outcome = _to_outcome(error.smtp_code, error.smtp_error)
    except (OSError, smtplib.SMTPException) as error:
        outcome = SendOutcome("later", f"The mail server cannot be used: {str(error) or type(error).__name__}"[:500])
    return SendOutcome(outcome.outcome, outcome.says, outcome.code, int((monotonic() - started) * 1000))


def _send_through(url: str, message: Composed) -> SendOutcome:
    server = _connect(url)
    try:
        if message.international and not server.has_extn(UTF8):
            return SendOutcome("failed", NO_UTF8)
        _require_accepted(server.mail(message.sender, _options(server, message)))
        for (
            recipient
        ) in message.receivers:  # all of them or none: nobody gets a message that others were to get as well
            _require_accepted(server.rcpt(recipient))
        code, says = server.docmd("DATA")
        if code != 354:
            return _to_outcome(code, says)
        return _send_content(server, message.content)
    finally:
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
        server.close()


def _options(server: smtplib.SMTP, message: Composed) -> list[str]:
    """The options of MAIL FROM; with SIZE, a message that is too large is refused before it is sent."""
    size = [f"SIZE={len(message.content)}"] if server.has_extn(SIZE) else []
    return [*size, "SMTPUTF8", "BODY=8BITMIME"] if message.international else size


def _send_content(server: smtplib.SMTP, message: bytes) -> SendOutcome:
    body = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in message.split(b"\r\n"))
    try:
        server.send(body + (b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n"))
        code, says = server.getreply()
    except (OSError, smtplib.SMTPException) as error:
        lost = f"The connection was lost after the message was handed over ({type(error).__name__}), so nobody knows"
        return SendOutcome("unknown", f"{lost} whether it went out. Ask whom it was for, then say which it is")
    return _to_outcome(code, says)


def _connect(url: str) -> smtplib.SMTP:
    """A connection ready for a message. What goes wrong here is about the server or the settings, not the message: it
    is raised as OSError or SMTPException, whose text never has the password."""
    host, port, user, password, wrapped = _parse_url(url)
    trusted = _authorities()
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


@cache
def _authorities() -> ssl.SSLContext:
    """Verifies certificates against the system's authorities, which takes far longer to read than a message to send."""
    return ssl.create_default_context()


def _parse_url(url: str) -> tuple[str, int | None, str, str, bool]:
    """(host, port, user, password, whether TLS comes first)."""
    with suppress(ValueError):
        parts = urlsplit(url)
        if parts.scheme in ("smtp", "smtps") and parts.hostname:
            user, password = unquote(parts.username or ""), unquote(parts.password or "")
            return parts.hostname, parts.port, user, password, parts.scheme == "smtps"
    raise smtplib.SMTPException("REVIEWQUEUE_SMTP_URL is neither smtp://host:port nor smtps://host:port")


def _require_accepted(answer: tuple[int, bytes]) -> None:
    code, says = answer
    if not 200 <= code < 300:
        raise smtplib.SMTPResponseException(code, says)


def _to_outcome(code: int, says: bytes | str) -> SendOutcome:
    words = says.decode("utf-8", "replace") if isinstance(says, bytes) else says
    words = "".join(sign if sign.isprintable() else " " for sign in words)
    text = f"The mail server answered {code} {words}".strip()[:500]
    if 200 <= code < 300:
        return SendOutcome("released", text, code)
    return SendOutcome("failed" if code >= 500 else "later", text, code)

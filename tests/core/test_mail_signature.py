"""The signature of a mail provider's posts: what the holder of the private key signed, and nothing else."""

from __future__ import annotations

import base64

import pytest
from pydantic import SecretStr

from reviewqueue.core import mail_signature
from reviewqueue.core.errors import DomainError
from reviewqueue.core.settings import Settings
from tests.support.mail_provider import MailProvider

BODY = b'[{"event": "bounce", "email": "rosa@marlowfreight.example"}]\r\n'


def test_only_what_was_signed_holds() -> None:
    """Each row is what is posted; the first is the post as it was signed."""
    provider, other = MailProvider(), MailProvider()
    signed = provider.sign(BODY, "1772463600")
    rows = [
        ("as it was signed", provider.public_key, signed, "1772463600", BODY, True),
        ("another moment", provider.public_key, signed, "1772463601", BODY, False),
        ("a line end less", provider.public_key, signed, "1772463600", BODY.rstrip(), False),
        ("another address", provider.public_key, signed, "1772463600", BODY.replace(b"rosa", b"piet"), False),
        ("signed by somebody else", provider.public_key, other.sign(BODY, "1772463600"), "1772463600", BODY, False),
        ("verified by another key", other.public_key, signed, "1772463600", BODY, False),
        ("no base64", provider.public_key, "not at all", "1772463600", BODY, False),
        ("no signature of that kind", provider.public_key, base64.b64encode(b"x" * 64).decode(), "1772463600", BODY, False),
        ("letters that no base64 has", provider.public_key, "ä" + signed, "1772463600", BODY, False),
    ]  # fmt: skip
    for says, key, signature, timestamp, body, holds in rows:
        assert mail_signature.holds(key, signature, timestamp, body) is holds, says


def test_a_setting_that_is_no_such_key_is_refused_at_the_start() -> None:
    ed25519 = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="
    secret = SecretStr("k" * 4 + "abcdefgh" * 4)
    for key in ("hello", base64.b64encode(b"hello").decode(), ed25519):
        with pytest.raises(DomainError, match="REVIEWQUEUE_MAIL_EVENTS_KEY is no ECDSA public key"):
            Settings(mail_events_key=key, secret_key=secret).check()
    Settings(mail_events_key=MailProvider().public_key, secret_key=secret).check()

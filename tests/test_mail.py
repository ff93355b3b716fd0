"""Mail: one approved message to a real mail server, to exactly the receivers that were approved (rows 18 and 24)."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from reviewqueue import mail
from reviewqueue.mail import Letter
from tests.post_office import DROP, PostOffice, open_for_mail

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
DRAFT = {
    "to": ["rosa@marlowfreight.example", "Piet de Vries <piet@marlowfreight.example>"],
    "cc": ["dana.whitfield@northbeam.example"],
    "subject": "Kickoff, ein Grüßchen",
    "body": "Hello Rosa,\n\n.a line that begins with a dot\nfür Dich: ✓ \n\nDana",
}
LETTER = Letter("release-7-abc", "onboarding@northbeam.example", "Kickoff invitation", DRAFT)


@pytest.fixture(scope="module")
def running() -> Iterator[PostOffice]:
    """One mail server for this file."""
    with open_for_mail() as office:
        yield office


@pytest.fixture
def office(running: PostOffice) -> PostOffice:
    """It, as new."""
    running.came.clear()
    running.answers, running.refuses = ["250 taken"], {}
    return running


def test_it_arrives_as_it_was_approved(office: PostOffice) -> None:
    """Envelope, headers and text are the draft's own; the same release has the same Message-ID."""
    assert mail.send(office.url, LETTER, NOW).outcome == "released"
    assert mail.send(office.url, LETTER, NOW).outcome == "released"
    first, second = office.came
    assert first.sender == "onboarding@northbeam.example"
    assert first.receivers == [
        "rosa@marlowfreight.example", "piet@marlowfreight.example", "dana.whitfield@northbeam.example",
    ]  # fmt: skip
    assert first.message["Subject"] == DRAFT["subject"]
    assert first.message["To"] == "rosa@marlowfreight.example, Piet de Vries <piet@marlowfreight.example>"
    assert first.message.get_content().replace("\r\n", "\n").rstrip("\n") == DRAFT["body"]
    assert first.message["Message-ID"] == second.message["Message-ID"] == mail.message_id(LETTER)
    assert mail.message_id(replace(LETTER, key="release-8-abc")) != first.message["Message-ID"]


# (what the server says, or refuses, what came of it, how many messages it kept)
ANSWERS = [
    ("a full mailbox is tried again", ["452 full"], {}, "later", 0),
    ("a message it will not have fails", ["554 no"], {}, "failed", 0),
    ("a lost line after the message is unknown", [DROP], {}, "unknown", 1),
    ("one receiver it never knew fails the whole", ["250 taken"], {"piet@marlowfreight.example": "550 who"}, "failed", 0),
    ("one receiver it may know later keeps the whole", ["250 taken"], {"piet@marlowfreight.example": "450 wait"}, "later", 0),
]  # fmt: skip


@pytest.mark.parametrize(("says", "answers", "refuses", "outcome", "kept"), ANSWERS, ids=[row[0] for row in ANSWERS])
def test_what_the_server_says_is_what_came_of_it(
    office: PostOffice, says: str, answers: list[str], refuses: dict[str, str], outcome: str, kept: int
) -> None:
    """4xx is later, 5xx is failed, silence after the last byte is unknown; nobody gets a message that is not for all."""
    office.answers, office.refuses = answers, refuses
    came = mail.send(office.url, LETTER, NOW)
    assert (came.outcome, len(office.came)) == (outcome, kept), came
    assert came.says


# (what is changed in the draft, what the words name)
UNSENDABLE: list[tuple[str, dict[str, Any], str]] = [
    ("nobody", {"to": [], "cc": []}, "no receiver"),
    ("no address", {"to": ["Rosa"]}, "no address"),
    ("a hidden receiver", {"bcc": ["eve@elsewhere.example"]}, "bcc"),
    ("headers", {"headers": {"Reply-To": "eve@elsewhere.example"}}, "headers"),
    ("a second header in the subject", {"subject": "Kickoff\r\nBcc: eve@elsewhere.example"}, "subject"),
    ("a second header in a receiver", {"to": ["rosa@marlowfreight.example\r\nBcc: eve@elsewhere.example"]}, "address"),
    ("a receiver that plain mail cannot name", {"to": ["rösa@marlowfreight.example"]}, "receivers"),
    ("a number for the receivers", {"cc": 7}, "cc holds something that is no address"),
    ("no text", {"body": None}, "no body"),
    ("an attachment", {"attachment": "plan.pdf"}, "attachment"),
]


@pytest.mark.parametrize(("says", "changes", "names"), UNSENDABLE, ids=[row[0] for row in UNSENDABLE])
def test_what_no_mail_can_carry_is_not_sent(office: PostOffice, says: str, changes: dict[str, Any], names: str) -> None:
    """It fails with words; nothing of it reaches a server."""
    came = mail.send(office.url, replace(LETTER, draft={**DRAFT, **changes}), NOW)
    assert came.outcome == "failed"
    assert names in came.says
    assert not office.came


def test_a_server_that_is_not_there_is_tried_again_and_no_password_is_told(office: PostOffice) -> None:
    """Nobody listens, the address is none, or there is no encryption for a password: later, and never its words."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"smtp://dana:hunter2-secret@127.0.0.1:{taken.getsockname()[1]}"
        bare = office.url.replace("//", "//dana:hunter2-secret@")
        for url in (nobody, bare, "smtp://dana:hunter2-secret@127.0.0.1:port", "http://dana:hunter2-secret@x"):
            came = mail.send(url, LETTER, NOW)
            assert came.outcome == "later", (url, came)
            assert "hunter2" not in came.says
    assert not office.came

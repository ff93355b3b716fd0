"""Mail: one approved message to a real mail server, to exactly the receivers that were approved (rows 18 and 24)."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from reviewqueue.core.mime.compose import Letter, message_id
from reviewqueue.delivery import smtp
from tests.support.mail_server import DROP, PostOffice, open_for_mail

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
DRAFT = {
    "to": ["rosa@marlowfreight.example", "Piet de Vries <piet@marlowfreight.example>"],
    "cc": ["dana.whitfield@northbeam.example"],
    "reply_to": ["Dana O'Hara <dana.o'hara+kickoff@northbeam.example>"],
    "subject": "Kickoff, ein Grüßchen",
    "body": "Hello Rosa,\n\n.a line that begins with a dot\nfür Dich: ✓ \n\nDana",
}
LETTER = Letter("release-7-abc", "onboarding@northbeam.example", DRAFT)


def test_it_arrives_as_it_was_approved(office: PostOffice) -> None:
    """Envelope, headers and text are the draft's own; the same release has the same Message-ID."""
    assert smtp.send(office.url, LETTER, NOW).outcome == "released"
    assert smtp.send(office.url, LETTER, NOW).outcome == "released"
    first, second = office.came
    assert first.sender == "onboarding@northbeam.example"
    assert first.receivers == [
        "rosa@marlowfreight.example", "piet@marlowfreight.example", "dana.whitfield@northbeam.example",
    ]  # fmt: skip
    assert first.message["Subject"] == DRAFT["subject"]
    assert first.message["To"] == "rosa@marlowfreight.example, Piet de Vries <piet@marlowfreight.example>"
    assert first.message["Cc"] == "dana.whitfield@northbeam.example"
    assert first.message["Reply-To"] == "Dana O'Hara <dana.o'hara+kickoff@northbeam.example>"
    assert first.message.get_content().replace("\r\n", "\n").rstrip("\n") == DRAFT["body"]
    assert first.message["Message-ID"] == second.message["Message-ID"] == message_id(LETTER.key, LETTER.sender)
    assert message_id("release-8-abc", LETTER.sender) != first.message["Message-ID"]


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
    came = smtp.send(office.url, LETTER, NOW)
    assert (came.outcome, len(office.came)) == (outcome, kept), came
    assert came.says


# (what is changed in the draft, what the words name)
UNSENDABLE: list[tuple[str, dict[str, Any], str]] = [
    ("nobody", {"to": [], "cc": []}, "no receiver"),
    ("only a place for replies", {"to": [], "cc": []}, "no receiver"),
    ("no address", {"to": ["Rosa"]}, "is not one address"),
    ("no place for replies", {"reply_to": ["Dana"]}, "is not one address"),
    ("another address in the name", {"to": ["eve@elsewhere.example <rosa@marlowfreight.example>"]}, "another address"),
    ("a group", {"to": ["Ops: rosa@marlowfreight.example;"]}, "is not one address"),
    ("a comment", {"to": ["rosa@marlowfreight.example (Rosa)"]}, "no domain"),
    ("a quoted local part", {"to": ['"rosa m"@marlowfreight.example']}, "is not one address"),
    ("a domain literal", {"to": ["rosa@[192.0.2.1]"]}, "no domain"),
    ("a dot at the end", {"to": ["rosa@marlowfreight.example."]}, "no domain"),
    ("a way round over another server", {"to": ["rosa%elsewhere.example@marlowfreight.example"]}, "a % or a !"),
    ("a local part of 65", {"to": [f"{'r' * 65}@marlowfreight.example"]}, "is not one address"),
    (
        "more than 254 in all",
        {"to": [f"{'r' * 60}@{'a' * 60}.{'b' * 60}.{'c' * 60}.{'d' * 20}.example"]},
        "longer than",
    ),
    ("too many", {"to": [f"rosa{number}@marlowfreight.example" for number in range(101)]}, "takes 100"),
    ("a name that is an encoded word", {"to": ["=?utf-8?q?Eve?= <rosa@marlowfreight.example>"]}, "as “Eve”"),
    ("a subject that is an encoded word", {"subject": "=?utf-8?B?TWF5?="}, "“May”"),
    ("no subject", {"subject": " "}, "no subject"),
    ("a subject of 256", {"subject": "a" * 256}, "at most 255"),
    ("a character that ends the line", {"subject": "Kickoff\x85May"}, "line break"),
    ("a control character in the text", {"body": "Hello\x07"}, "control character"),
    ("a text too large", {"body": "a" * 1_000_001}, "larger than"),
    ("a hidden receiver", {"bcc": ["eve@elsewhere.example"]}, "bcc"),
    ("headers", {"headers": {"Reply-To": "eve@elsewhere.example"}}, "headers"),
    ("a second header in the subject", {"subject": "Kickoff\r\nBcc: eve@elsewhere.example"}, "line break"),
    (
        "a second header in a receiver",
        {"to": ["rosa@marlowfreight.example\r\nBcc: eve@elsewhere.example"]},
        "line break",
    ),
    ("a receiver that plain mail cannot name", {"to": ["rösa@marlowfreight.example"]}, "smtputf8 = true"),
    ("a number for the receivers", {"cc": 7}, "“7” is not one address"),
    ("no text", {"body": None}, "no body"),
    ("an attachment", {"attachment": "plan.pdf"}, "attachment"),
]


@pytest.mark.parametrize(("says", "changes", "names"), UNSENDABLE, ids=[row[0] for row in UNSENDABLE])
def test_what_no_mail_can_carry_is_not_sent(office: PostOffice, says: str, changes: dict[str, Any], names: str) -> None:
    """It fails with words; nothing of it reaches a server."""
    came = smtp.send(office.url, replace(LETTER, draft={**DRAFT, **changes}), NOW)
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
            came = smtp.send(url, LETTER, NOW)
            assert came.outcome == "later", (url, came)
            assert "hunter2" not in came.says
    assert not office.came


def test_letters_beyond_ascii_before_the_at_are_sent_where_the_server_takes_them(office: PostOffice) -> None:
    """SMTPUTF8 in the envelope and the headers; a server that does not offer it fails it with what to do."""
    letter = replace(LETTER, draft={**DRAFT, "to": ["Rösa <rösa@marlöwfreight.example>"]}, smtputf8=True)
    assert smtp.send(office.url, letter, NOW).outcome == "released"
    (came,) = office.came
    assert came.receivers[0] == "rösa@xn--marlwfreight-7ib.example"
    assert "<rösa@xn--marlwfreight-7ib.example>" in came.content.decode()
    with open_for_mail(smtputf8=False) as plain:
        said = smtp.send(plain.url, letter, NOW)
        assert (said.outcome, plain.came) == ("failed", [])
        assert "does not offer SMTPUTF8" in said.says


def test_a_message_larger_than_the_server_takes_is_refused_before_it_is_sent(office: PostOffice) -> None:
    """Its size goes along with the sender, so nothing of it is handed over."""
    with open_for_mail(largest=2_000) as small:
        said = smtp.send(small.url, replace(LETTER, draft={**DRAFT, "body": "word " * 1_000}), NOW)
        assert (said.outcome, said.code, small.came) == ("failed", 552, [])


def test_one_address_written_twice_gets_one_message(office: PostOffice) -> None:
    """The header says what was approved; the server is told once."""
    both = ["rosa@marlowfreight.example", "Rosa <rosa@marlowfreight.example>"]
    assert (
        smtp.send(office.url, replace(LETTER, draft={**DRAFT, "to": both, "cc": both[:1]}), NOW).outcome == "released"
    )
    assert office.came[0].receivers == both[:1]
    assert len(office.came[0].message["To"].addresses) == 2

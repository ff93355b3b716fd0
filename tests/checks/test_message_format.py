"""Sending checks: what a mail program shows is what is checked and told; what cannot be sent does not pass."""

from __future__ import annotations

from typing import Any

import pytest

from reviewqueue import checks
from reviewqueue.checks import topics
from reviewqueue.core.domain_names import to_ascii
from reviewqueue.core.mime import addresses, encoded_words, message
from reviewqueue.policy import loading
from reviewqueue.policy.model.policy import Policy
from tests.checks.policies import MID, POLICY
from tests.support.proportion import in_proportion
from tests.support.releases import GATE

MAIL = {"to": ["rosa@marlowfreight.example"], "subject": "Kickoff", "body": "Hello Rosa,\n\nSee you on Friday.\n\nDana"}
MAY = "=?utf-8?B?WW91ciBnby1saXZlIG1vdmVzIHRvIE1heQ==?="

# (a sentence, what is written, what a mail program shows)
WORDS = [
    ("Base64", MAY, "Your go-live moves to May"),
    ("quoted", "=?utf-8?Q?Go-live_moves_to=20May?=", "Go-live moves to May"),
    ("in small letters, another charset and a language", "=?iso-8859-1*de?q?Gr=fc=dfe?=", "Grüße"),
    ("several, with nothing between them but blanks", "=?utf-8?q?Go-?=  =?utf-8?B?bGl2ZQ==?=", "Go-live"),
    ("a letter parted by two of them", "=?utf-8?q?Gr=C3?= =?utf-8?q?=BC=C3=9Fe?=", "Grüße"),
    ("words around them", "Re: =?utf-8?q?May?= it is", "Re: May it is"),
    ("in the middle of a word", "Go-live=?utf-8?q?_in_?=May", "Go-live in May"),
    ("without its padding", "=?utf-8?B?TWE?=", "Ma"),
    ("with its padding in the middle", "=?utf-8?B?TWE=eQ==?=", "May"),
    ("with blanks in it", "=?utf-8?Q?Go-live moves?=", "Go-live moves"),
    ("without its end", "=?utf-8?Q?Go-live", "Go-live"),
    ("a charset nobody knows", "=?x-none?q?May?=", "May"),
    ("a codec that is no charset", "=?punycode?q?May?=", "May"),
    ("one in another", "=?utf-8?q?=3D=3Futf-8=3Fq=3FMay=3F=3D?=", "May"),
    ("nothing of the kind", "2+2=? Yes, =?=", "2+2=? Yes, =?="),
]


@pytest.mark.parametrize(("says", "written", "shown"), WORDS, ids=[row[0] for row in WORDS])
def test_an_encoded_word_is_read_as_a_mail_program_reads_it(says: str, written: str, shown: str) -> None:
    """Also in the loose forms that it should not read; and nobody approves one."""
    assert encoded_words.decode(written) == shown
    found = [one for one in run({**MAIL, "subject": written}) if one.key == "text.encoded"]
    assert [(one.outcome, one.blocking, one.at) for one in found] == [("fail", True, "/subject")] * (written != shown)
    assert all(f"“{shown}”" in one.message for one in found)
    named = f"{written} <rosa@marlowfreight.example>"
    assert ("recipient.valid" in failed({**MAIL, "to": [named]})) == (written != shown)


def run(draft: dict[str, Any], policy: Policy = POLICY, kind: str = "customer_email") -> list[Any]:
    """What the checks say of a message."""
    lane = policy.lane(MID.key)
    assert lane is not None
    return checks.run(policy, lane, kind, draft, {}, ())


def failed(draft: dict[str, Any], policy: Policy = POLICY, kind: str = "customer_email") -> set[str]:
    """The checks about sending that fail."""
    return {one.key for one in run(draft, policy, kind) if one.outcome == "fail" and one.key in message.CHECKS}


def mailed(*, smtputf8: bool = False, override: str = "") -> Policy:
    """The shipped policy with customer messages by e-mail."""
    files = loading.files_in(loading.SHIPPED)
    files[GATE] = files[GATE].replace('release = "automation"', 'release = "outgoing-mail"')
    files[GATE] = files[GATE].replace('checks = ["evidence.*"', f'checks = [{override}"evidence.*"')
    name, was = "destinations.toml", 'sender = "onboarding@example.com"'
    files[name] = files[name].replace(was, f"{was}\nsmtputf8 = {str(smtputf8).lower()}")
    return loading.load(files)


def test_the_other_checks_read_what_a_mail_program_shows() -> None:
    """A topic in an encoded subject is told as one in plain words; places stay those of the draft."""
    topic = [one for one in run({**MAIL, "subject": MAY}) if one.key == "topic.go-live-date"]
    assert [(one.outcome, one.at) for one in topic] == [("warn", "/subject")]
    entities = [one.topic for one in topics.find_topics("The go-&#108;ive mo&#x76;es to May.")]
    assert entities == ["go-live-date"], "what a program takes for HTML is read as such"
    headers = {"headers": {"Content-Disposition": "attachment; filename*=utf-8''go-live%20moves.pdf"}}
    assert [(one.key, one.at) for one in run({**MAIL, **headers}) if one.key == "text.encoded"] == [
        ("text.encoded", "/headers/Content-Disposition")
    ]


# (a sentence, what is changed, the check that fails where e-mail goes out from here, and where an automation sends)
GATES: list[tuple[str, dict[str, Any], str, str]] = [
    ("an apostrophe", {"to": ["s.o'brien@h8.example"]}, "", ""),
    ("a plus sign", {"to": ["rosa+kickoff@h8.example"]}, "", ""),
    ("a reply address", {"reply_to": ["Dana <dana@northbeam.example>"]}, "", ""),
    ("one reply address that is no list", {"reply_to": "dana@northbeam.example"}, "", ""),
    ("an empty list", {"cc": [], "reply_to": []}, "", ""),
    ("a name beside the address", {"to": [{"name": "Rosa, COO", "email": "rosa@h8.example"}]}, "", ""),
    ("nobody", {"to": []}, "message.sendable", "message.sendable"),
    ("nobody but for replies", {"to": [], "reply_to": ["dana@northbeam.example"]}, "message.sendable", "message.sendable"),
    ("letters beyond ASCII before the @", {"to": ["rösa@h8.example"]}, "message.sendable", ""),
    ("further headers", {"headers": {"X-Mailer": "x"}}, "message.sendable", ""),
    ("further headers that were emptied", {"headers": {"X-Mailer": ""}, "bcc": [" "]}, "", ""),
    ("another spelling of a field", {"Reply-To": "dana@northbeam.example"}, "message.sendable", ""),
    ("no subject", {"subject": ""}, "message.sendable", ""),
    ("a number for an address", {"cc": 7}, "recipient.valid", "recipient.valid"),
    ("a group", {"to": ["Ops: rosa@h8.example;"]}, "recipient.valid", "recipient.valid"),
    ("a dot at the end", {"to": ["rosa@h8.example."]}, "recipient.valid", "recipient.valid"),
]  # fmt: skip


@pytest.mark.parametrize(("says", "changes", "ours", "theirs"), GATES, ids=[row[0] for row in GATES])
def test_what_the_gate_takes_depends_on_who_sends(says: str, changes: dict[str, Any], ours: str, theirs: str) -> None:
    draft = {**MAIL, **changes}
    assert failed(draft, mailed()) == {ours} - {""}
    assert failed(draft) == {theirs} - {""}


def test_letters_beyond_ascii_pass_where_the_mail_server_takes_them() -> None:
    """The destination says so; without it the gate says what to do."""
    draft = {**MAIL, "to": ["rösa@h8.example"]}
    assert failed(draft, mailed(smtputf8=True)) == set()
    (told,) = [one for one in run(draft, mailed()) if one.key == "message.sendable"]
    assert "smtputf8 = true" in told.message
    assert told.at == "/to/0"


def test_a_draft_that_is_no_message_does_not_pass_a_gate_that_sends_mail() -> None:
    """A packet at such a gate has nobody who would get it."""
    assert "message.sendable" in failed({"milestones": []}, mailed(), "internal_alert")


def test_nobody_passes_over_what_cannot_be_sent() -> None:
    """Whatever a gate's override names."""
    gate = mailed(override='"*", ').gate(MID.key, "customer-communication")
    assert gate is not None
    assert gate.override_for("text.hidden") is not None
    assert [gate.override_for(key) for key in message.CHECKS] == [None] * 4


# (written, as it is looked up)
DOMAINS = [
    ("straße.example", "xn--strae-oqa.example"),
    ("Straße.Example", "xn--strae-oqa.example"),
    ("βόλος.example", "xn--nxasmm1c.example"),
    ("MARLOW.example", "marlow.example"),
    ("xn--STRAE-oqa.example", "xn--strae-oqa.example"),
]


@pytest.mark.parametrize(("written", "looked_up"), DOMAINS)
def test_a_domain_keeps_its_letters(written: str, looked_up: str) -> None:
    """IDNA 2008 keeps "ß" and "ς": with "ss" the mail would go to somebody else's domain."""
    assert to_ascii(written) == looked_up
    mailbox, _ = addresses.read(f"rosa@{written}")
    assert mailbox is not None
    assert mailbox.address == f"rosa@{looked_up}"


@pytest.mark.parametrize(
    "piece", ["=?a?b?", "=?a?b", "=?", "=?utf-8?b?TWF5?=", "=?utf-8?q?=?=", "aa''%20", "a'%2", "? =?"]
)
def test_no_header_keeps_a_check_waiting(piece: str) -> None:
    """A header of any piece is read and written in proportion to its length."""

    def read_and_write(length: int) -> None:
        text = (piece * (length // len(piece) + 1))[:length]
        draft = {**MAIL, "subject": text, "to": [text, {"name": text, "email": text}], "headers": {"X": text}}
        message.read(draft)
        message.encoded(message.as_read(draft))

    assert in_proportion(read_and_write, 100_000)

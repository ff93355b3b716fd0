"""Seen = sent (trust.md rows 32 and 33): over 1,000 generated messages and a real mail server, what a mail program shows
is what the page and the checks showed, and what passes the gate is what the mailer sends.

Two parsers of the standard library that share no code read what arrived: the header registry of the default policy, and
the older `decode_header` with `getaddresses`.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message as OldMessage
from email.utils import getaddresses
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from reviewqueue import checks
from reviewqueue.core import canonical_json
from reviewqueue.core.domain_names import to_ascii, to_unicode
from reviewqueue.core.mime import compose, encoded_words, message
from reviewqueue.core.mime.compose import Letter
from reviewqueue.delivery import smtp
from reviewqueue.policy import loading
from reviewqueue.web import meeting_invitations as invitations
from reviewqueue.web.highlights import Marks
from tests import northbeam
from tests.delivery import generated_mail
from tests.support.mail_server import Came, PostOffice, open_for_mail
from tests.support.releases import GATE
from tests.support.sizes import size

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
SENDER = "onboarding@example.com"
MAILED = northbeam.files()
MAILED[GATE] = MAILED[GATE].replace('release = "automation"', 'release = "outgoing-mail"')
POLICIES = {}
for smtputf8 in (False, True):
    says = f'sender = "{SENDER}"\nsmtputf8 = {str(smtputf8).lower()}'
    told = MAILED["destinations.toml"].replace(f'sender = "{SENDER}"', says)
    POLICIES[smtputf8] = loading.load({**MAILED, "destinations.toml": told})
LANE = POLICIES[True].lane("mid-market-saas")
assert LANE is not None

Shown = dict[str, Any]


@pytest.fixture(scope="module")
def office() -> Iterator[PostOffice]:
    """One mail server for this file; it offers SMTPUTF8."""
    with open_for_mail() as found:
        yield found


def passes(draft: Any, *, smtputf8: bool) -> bool:
    """Whether the gate lets it be approved, as far as sending goes."""
    results = checks.run(POLICIES[smtputf8], LANE, "customer_email", draft, {}, ())
    return not any(one.outcome == "fail" and one.blocking and one.key in message.CHECKS for one in results)


def sent(office: PostOffice, draft: Any, *, smtputf8: bool) -> Came | None:
    """What arrived of it; None where the mailer refused."""
    office.came.clear()
    outcome = smtp.send(office.url, Letter("release-1", SENDER, draft, smtputf8, html=smtputf8), NOW)
    assert outcome.outcome in ("released", "failed"), outcome
    assert (outcome.outcome == "released") == bool(office.came), outcome
    return office.came[0] if office.came else None


def on_page(draft: Any) -> Shown:
    """What the page shows of it: each place as it is drawn there, without its markup."""
    marks = Marks(draft, ())

    def drawn(at: str, text: str) -> str:
        ours = r'<span class="chip-hidden is-word"[^<>]*>[^<>]*</span>'  # our word on the one before
        return html.unescape(re.sub(rf"{ours}|<[^<>]*>", "", str(marks.text(at, text))))

    read, _ = message.read(draft, smtputf8=True)
    people = {name: [] for name in message.RECEIVERS}
    for one in message.named_recipients(draft):
        text, name = drawn(one.at, one.written), one.name
        named = re.fullmatch(r'\s*"?(.*?)"?\s*<([^<>]+)>\s*', text, re.S)
        address = (named[2] if named else text).strip()
        people[one.at.split("/")[1]].append(_person(name or (named[1] if named else ""), address))
    assert [len(getattr(read, name)) for name in people] == [len(found) for found in people.values()]
    body = _lines(drawn("/body", draft["body"]))
    return {**people, "subject": drawn("/subject", draft["subject"]), "body": body, "invitation": _invitation(draft)}


def _invitation(draft: Any) -> Shown | None:
    """What the page shows of an invitation: when it begins and ends, what and where it is, who is asked and who asks."""
    found = invitations.shown(draft, "UTC")
    if found is None:
        return None
    assert found.read is not None
    days = re.fullmatch(r"\w+ (\d+ \w+ \d{4}), (\d\d:\d\d) to (\d\d:\d\d) .+", found.read.when)
    assert days is not None
    starts = datetime.strptime(f"{days[1]} {days[2]}", "%d %B %Y %H:%M").replace(tzinfo=ZoneInfo(found.read.zone))
    lasts = timedelta(minutes=int(str(draft["invitation"]["minutes"])))
    return {
        "starts": str(starts.astimezone(UTC)),
        "ends": str(starts.astimezone(UTC) + lasts),
        "title": found.read.title,
        "place": found.read.place,
        "invited": sorted(_person("", one)[1] for one in found.invited),
        "organizer": _person("", found.organizer or SENDER)[1],
    }


def in_calendar(came: Came) -> Shown | None:
    """What a calendar program reads of what arrived; None where there is nothing for one."""
    parts = [one for one in came.message.walk() if one.get_content_type() == "text/calendar"]
    if not parts:
        return None
    (part,) = parts
    whole = Calendar.from_ical(part.get_payload(decode=True))
    assert (whole["METHOD"], part["Content-Type"].params["method"]) == ("REQUEST", "REQUEST")
    (event,) = whole.walk("VEVENT")
    assert whole.errors == event.errors == []
    asked = event.get("ATTENDEE", [])
    return {
        "starts": str(event.decoded("DTSTART")),
        "ends": str(event.decoded("DTEND")),
        "title": str(event["SUMMARY"]),
        "place": str(event["LOCATION"]),
        "invited": sorted(_mailto(one) for one in (asked if isinstance(asked, list) else [asked])),
        "organizer": _mailto(event["ORGANIZER"]),
    }


def _mailto(address: Any) -> str:
    return _person("", unquote(str(address).removeprefix("mailto:")))[1]


def in_program(came: Came) -> Shown:
    """What a mail program shows of what arrived, by the header registry."""
    people = {
        name: [_person(one.display_name, one.addr_spec) for one in getattr(came.message[header], "addresses", ())]
        for name, header in (("to", "To"), ("cc", "Cc"), ("reply_to", "Reply-To"))
    }
    assert not came.message.defects
    text = came.message.get_body(("plain",))
    assert text is not None
    body = _lines(text.get_content())
    return {**people, "subject": str(came.message["Subject"]), "body": body, "invitation": in_calendar(came)}


def in_older_program(came: Came) -> Shown:
    """The same by the older parser, which sees the headers' bytes before anything is decoded."""
    old: OldMessage = message_from_bytes(came.content)
    raw = dict(old.raw_items())
    people = {
        name: [_person(_decoded(shown), address) for shown, address in getaddresses([raw.get(header, "")]) if address]
        for name, header in (("to", "To"), ("cc", "Cc"), ("reply_to", "Reply-To"))
    }
    plain = next(one for one in old.walk() if one.get_content_type() == "text/plain")
    text = plain.get_payload(decode=True)
    assert isinstance(text, bytes)
    subject, calendar = re.sub(r"\r?\n(?=[ \t])", "", str(old["Subject"])), in_calendar(came)
    return {**people, "subject": _decoded(subject), "body": _lines(text.decode()), "invitation": calendar}


def _decoded(header: str) -> str:
    return str(make_header(decode_header(header)))


def _person(name: str, address: str) -> list[str]:
    """A name and an address as a person reads them: blanks are one, a domain has no case and no punycode."""
    local, _, domain = address.rpartition("@")
    local = unicodedata.normalize("NFC", local.encode("utf-8", "surrogateescape").decode())
    return [" ".join(name.split()), f"{local}@{to_unicode(to_ascii(domain))}"]


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").rstrip("\n")


def differences(office: PostOffice, draft: Any, *, smtputf8: bool) -> list[str]:
    """What is not the same of one message: gate and mailer; page, checks, digest and what arrived."""
    came = sent(office, draft, smtputf8=smtputf8)
    if passes(draft, smtputf8=smtputf8) != (came is not None):
        return [
            "the gate passes it and the mailer does not" if came is None else "the mailer sends what the gate refuses"
        ]
    if came is None:
        return []
    page, shown = on_page(draft), in_program(came)
    found = [
        f"{name}: {page[name]!r} on the page, {shown[name]!r} arrived" for name in page if page[name] != shown[name]
    ]
    found += [] if in_older_program(came) == shown else [f"two programs: {shown!r}, {in_older_program(came)!r}"]
    found += [] if message.as_read(draft) is draft else ["the checks read what the page does not show"]
    found += [] if canonical_json.digest(page) == canonical_json.digest(shown) else ["another digest"]
    found += [] if came.sender == SENDER and came.message["From"] == SENDER else ["another sender"]
    named = dict.fromkeys(address for _, address in (*shown["to"], *shown["cc"]))
    found += (
        []
        if [_person("", one)[1] for one in came.receivers] == list(named)
        else ["the envelope is not what the headers say"]
    )
    known = {"from", "to", "cc", "reply-to", "subject", "date", "message-id", "mime-version", "content-type"}
    found += [f"a header {one}" for one in came.message if one.lower() not in known | {"content-transfer-encoding"}]
    kinds = [one.get_content_type() for one in came.message.walk()]
    more = [*(["text/html"] if smtputf8 else []), *(["text/calendar"] if page["invitation"] else [])]
    wanted = ["multipart/alternative", "text/plain", *more] if more else ["text/plain"]
    found += [] if not smtputf8 or in_markup(came) == _no_breaks(page["body"]) else ["the HTML says something else"]
    return found + ([] if kinds == wanted else [f"it is made of {kinds}"])


class _Shown(HTMLParser):
    """What a page shows, as far as the HTML of a mail goes."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self.elements = "", set[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.text += "\n" if tag == "br" else ""

    def handle_data(self, data: str) -> None:
        self.text += data.replace("\n", "")


def in_markup(came: Came) -> str:
    """What the HTML of a mail shows, read by another program than the one that wrote it."""
    part = came.message.get_body(("html",))
    assert part is not None
    shown = _Shown()
    shown.feed(part.get_content().replace("\r\n", "\n"))
    shown.close()
    assert shown.elements <= {"html", "head", "meta", "body", "div", "br"}
    return _no_breaks(_lines(shown.text))


def _no_breaks(text: str) -> str:
    return text.replace("\u00a0", " ")


MANY = size(250, 1000)
PROFILE = settings(
    max_examples=MANY, deadline=None, derandomize=True, database=None,
    phases=[Phase.explicit, Phase.generate],  # a message is told whole, and each costs a connection
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip


def test_what_arrives_is_what_was_on_the_page(office: PostOffice) -> None:
    """1,000 messages in full size, with and without a server known to take letters beyond ASCII before the @. The
    control: a generator of which nothing passes would prove nothing, and neither would one of which all does."""
    tally = {"sent": 0, "refused": 0}

    @PROFILE
    @example(
        draft={
            "to": ["jane@customer.example"],
            "subject": "=?utf-8?B?WW91ciBnby1saXZlIG1vdmVzIHRvIE1heQ==?=",
            "body": "Hello.",
        },
        smtputf8=False,
    )
    @given(draft=generated_mail.drafts(), smtputf8=st.booleans())
    def arrives(draft: Any, smtputf8: bool) -> None:
        assert differences(office, draft, smtputf8=smtputf8) == [], draft
        tally["sent" if office.came else "refused"] += 1

    arrives()
    assert sum(tally.values()) >= MANY, tally
    assert min(tally.values()) >= MANY / 4, tally


# (what is loosened, how, drafts that are then told apart)
ONE = {"to": ["jane@customer.example"], "subject": "Kickoff", "body": "Hello."}
REFUSED = [
    {**ONE, "subject": "=?utf-8?B?TWF5?="}, {**ONE, "to": []}, {**ONE, "to": ["a@b@c.example"]}, {**ONE, "to": ["rösa@x.example"]},
    {**ONE, "to": ["=?utf-8?q?Eve?= <jane@customer.example>"]}, {**ONE, "subject": ""}, {**ONE, "cc": 7}, {**ONE, "html": "<b>"},
]  # fmt: skip


def test_with_the_rule_of_the_gate_alone_loosened_they_differ(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of row 33, both ways round: one rule in two places would drift apart, and this would tell."""
    assert [differences(office, draft, smtputf8=False) for draft in (ONE, *REFUSED)] == [[]] * (1 + len(REFUSED))
    with monkeypatch.context() as loosened:
        loosened.setattr(checks.recipients, "check", lambda *_: [])
        loosened.setattr(checks.message_format, "check", lambda *_: [])
        for draft in REFUSED:
            assert differences(office, draft, smtputf8=False) == ["the gate passes it and the mailer does not"], draft
    with monkeypatch.context() as loosened:
        loosened.setattr(compose, "read", lambda draft, **known: (message.read(draft, **known)[0], []))
        found = [differences(office, draft, smtputf8=False) for draft in REFUSED[:1]]
    assert found == [["the mailer sends what the gate refuses"]]


def test_with_the_encoding_alone_loosened_they_differ(office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of row 32: a subject that stands in its header as it was written is read as something else."""
    monkeypatch.setattr(encoded_words, "may_be_encoded", lambda _: False)
    monkeypatch.setattr(message, "encoded", lambda _: [])
    assert differences(office, REFUSED[0], smtputf8=False) == ["the checks read what the page does not show"]
    monkeypatch.setattr(compose, "_unstructured", lambda text: text)
    assert "subject: '=?utf-8?B?TWF5?=' on the page, 'May' arrived" in differences(office, REFUSED[0], smtputf8=False)

"""The invitation of an e-mail as iCalendar text: what is written is what a calendar program reads, in lines that all take."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from icalendar import Calendar

from reviewqueue.core.mime import invitation
from reviewqueue.core.mime.addresses import Mailbox
from reviewqueue.core.mime.invitation import Version

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
SAID = {"starts": "2026-03-10 10:00", "timezone": "Europe/Berlin", "minutes": "90", "place": "By telephone"}
DANA = Mailbox("Dana", "dana", "northbeam.example")


def written(people: tuple[Mailbox, ...] = (DANA,), **said: Any) -> str:
    """The calendar text of an invitation."""
    found, flaws = invitation.read({"subject": "Kickoff", "invitation": {**SAID, **said}})
    assert found is not None, flaws
    return invitation.calendar_text(found, Version("a-uid", 3), DANA, list(people), NOW)


def test_every_sign_is_read_as_it_was_written() -> None:
    """In texts and in names; a title beside the subject, and the subject where there is none."""
    for text in (
        "a, b; c: d",
        "back\\slash, \\n and \\,",
        'a "quoted" one',
        "Grüße 🚚 שלום",
        "^' ^n ^^",
        "=?utf-8?q?May?=",
    ):
        (event,) = Calendar.from_ical(written(title=text, place=text)).walk("VEVENT")
        assert (str(event["SUMMARY"]), str(event["LOCATION"])) == (text, text)
    for name in ("O'Hara, Dana", 'Dana "Dee" Whitfield', "Dana: CSM; lead", "Dana ^n Whitfield", "Zoë"):
        (event,) = Calendar.from_ical(written((Mailbox(name, "o'hara+1", "n.example"),))).walk("VEVENT")
        one = event["ATTENDEE"]
        assert (one.params["CN"], str(one)) == (name, "mailto:o'hara+1@n.example")
    (event,) = Calendar.from_ical(written()).walk("VEVENT")
    assert (str(event["SUMMARY"]), str(event["UID"]), event["SEQUENCE"]) == ("Kickoff", "a-uid", 3)


def test_no_line_is_longer_than_calendars_take() -> None:
    """At most 75 bytes and CR LF, and no letter is parted."""
    text = written(title="Grüße 🚚 " * 20, place="x" * 255)
    lines = text.encode().split(b"\r\n")
    assert lines.pop() == b""
    assert max(map(len, lines)) <= 75
    assert all(line.decode() for line in lines)
    assert "\n" not in text.replace("\r\n", "")


def test_a_meeting_over_the_night_in_which_the_clocks_change_lasts_as_long_as_it_says() -> None:
    found, _ = invitation.read(
        {"subject": "Move", "invitation": {**SAID, "starts": "2026-03-28 23:00", "minutes": 300}}
    )
    assert found is not None
    assert found.when == "Sat 28 March 2026, 23:00 to 05:00 Berlin time"
    assert found.when_in("America/New_York") == "Sat 28 March 2026, 18:00 to 23:00 New York time"
    (event,) = Calendar.from_ical(written(starts="2026-03-28 23:00", minutes=300)).walk("VEVENT")
    assert (event.decoded("DTEND") - event.decoded("DTSTART")).total_seconds() == 300 * 60

"""Dates: each way of writing one, what may be the same day, and on which day a moment is. One row a case."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from reviewqueue.evidence.text.grounding import GroundedDraft
from reviewqueue.evidence.text.values import dates, moments
from reviewqueue.evidence.text.values.entities import find
from reviewqueue.evidence.types import Citation, Source

WRITTEN = [
    ("13.04.2026", "2026-04-13"), ("2026-04-13", "2026-04-13"), ("13 April 2026", "2026-04-13"), ("13 Apr 26", "2026-04-13"),
    ("13-Apr-26", "2026-04-13"), ("13 Apr '26", "2026-04-13"), ("April 13, 2026", "2026-04-13"), ("April 13th", "--04-13"),
    ("the 13th of April", "--04-13"), ("first of March", "--03-01"), ("eighth of January", "--01-08"), ("December twelfth", "--12-12"),
    ("13. April 2026", "2026-04-13"), ("1er mars 2026", "2026-03-01"), ("13 avril 2026", "2026-04-13"), ("premier mars", "--03-01"),
    ("13 de abril de 2026", "2026-04-13"), ("primero de marzo", "--03-01"), ("13 août 2026", "2026-08-13"), ("5 mai", "--05-05"),
    ("April 2026", "2026-04"), ("Q2 2026", "2026-Q2"), ("2026-W16", "2026-W16"), ("KW 16", "--W16"), ("KW 16/2026", "2026-W16"),
    ("CW 16", "--W16"), ("calendar week 16, 2026", "2026-W16"), ("Kalenderwoche 16", "--W16"), ("the end of June", "--06~end"),
    ("end of June 2026", "2026-06~end"), ("mid-April", "--04~mid"), ("early May", "--05~early"), ("late March 2026", "2026-03~end"),
    ("end of Q2", "--Q2~end"), ("end of Q2 2026", "2026-Q2~end"), ("Ende Juni 2026", "2026-06~end"), ("Mitte April", "--04~mid"),
    ("Anfang Mai", "--05~early"), ("fin juin", "--06~end"), ("début mai", "--05~early"), ("a mediados de abril", "--04~mid"),
    ("fin de marzo", "--03~end"), ("the end of 2026", "2026~end"),
]  # fmt: skip
NONE = [
    "We may early march on.", "5 May 12 seats", "the end of the month", "In August we rest.", "May 2 teams come?", "week 16 of the plan",
    "It ends in the middle of nowhere.", "Q2 is a good question.", "a first step",
]  # fmt: skip


@pytest.mark.parametrize(("written", "value"), WRITTEN)
def test_a_date_is_read(written: str, value: str) -> None:
    """Alone, and in a sentence."""
    for text in (written, f"It is done by {written}, we think."):
        (one,) = [one for one in find(text, people=False) if one.kind == "date"]
        assert one.values == (value,), text


@pytest.mark.parametrize("text", NONE)
def test_what_only_looks_like_a_date(text: str) -> None:
    found = [one for one in find(text, people=False) if one.kind == "date" and one.values != ("--05-05",)]
    assert not [one for one in found if one.values[0].partition("~")[0] != "--05-02"], text


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2026-04-13", "--04-13", True), ("2026-04-13", "2026-04", True), ("2026-04-13", "2026-Q2", True), ("2026-04-13", "2026-W16", True),
        ("2026-04-13", "--W16", True), ("2026-04-13", "2026-W17", False), ("2026-04-13", "2026-04~mid", True), ("2026-04-13", "--04~mid", True),
        ("2026-04-13", "2026-04~early", False), ("2026-04-13", "2026-04~end", False), ("2026-06-30", "2026-Q2~end", True),
        ("2026-06-30", "2026-06~end", True), ("2026-06-25", "--06~end", True), ("2026-06-05", "2026-06~end", False),
        ("2026-06~end", "2026-Q2~end", True), ("--06~end", "2026-Q2~end", True), ("2026-06~end", "2026-06", True), ("2026-05~end", "2026-Q2~end", False),
        ("2026-06~end", "2026-06~mid", False), ("2026-12-20", "2026~end", True), ("2026-03-20", "2026~end", False), ("2027-04-13", "2026-04", False),
        ("2026-04", "2026-Q2", True), ("2026-07", "2026-Q2", False), ("--02-28", "2026-02~end", True), ("2027-01-01", "2026-W53", True),
    ],
)  # fmt: skip
def test_two_dates_may_be_one(one: str, other: str, same: bool) -> None:
    """Both ways round: what bears out the other, or is borne out by it."""
    assert dates.agree(one, other) is dates.agree(other, one) is same


TODAY = date(2026, 3, 2)


def told(
    body: str, payload: dict[str, Any], zone: str = "UTC", today: date | None = TODAY, *cited: str
) -> GroundedDraft:
    source = Source("hubspot", "DEAL", "77", {"id": "77", "properties": payload})
    rests = [Citation("/body", quote, "deal", f"/properties/{next(iter(payload))}") for quote in cited]
    return GroundedDraft({"body": body}, {"deal": source}, rests, (), moments.Place(zone, today))


LATE = {"closedate": "2026-12-01T01:09:44Z"}
MILLISECONDS = {"closedate": "1796087384000"}


@pytest.mark.parametrize(
    ("sentence", "zone", "payload", "day", "status"),
    [
        ("late in the evening in New York", "America/New_York", LATE, "30 November 2026", "supported"),
        ("that is no longer the next day there", "America/New_York", LATE, "1 December 2026", "unsupported"),
        ("and the next day in Berlin", "Europe/Berlin", LATE, "1 December 2026", "supported"),
        ("in milliseconds, as HubSpot sends them", "America/New_York", MILLISECONDS, "30 November 2026", "supported"),
        ("with an offset of its own", "America/New_York", {"d": "2026-11-30T23:30:00-05:00"}, "30 November 2026", "supported"),
        ("the same moment in Berlin", "Europe/Berlin", {"d": "2026-11-30T23:30:00-05:00"}, "1 December 2026", "supported"),
        ("midnight in UTC is a day without a time", "America/New_York", {"d": "2026-12-01T00:00:00Z"}, "1 December 2026", "supported"),
        ("and so in milliseconds", "America/New_York", {"d": "1796083200000"}, "1 December 2026", "supported"),
        ("a time without an offset stays where it is", "America/New_York", {"d": "2026-12-01T01:09:44"}, "1 December 2026", "supported"),
        ("a day stays a day", "America/New_York", {"d": "2026-12-01"}, "1 December 2026", "supported"),
    ],
)  # fmt: skip
def test_the_day_of_a_moment_is_the_lanes(
    sentence: str, zone: str, payload: dict[str, Any], day: str, status: str
) -> None:
    """B10: found in the text without a citation."""
    (one,) = told(f"Your order was signed on {day}.", payload, zone).statements
    assert one.status == status, sentence


@pytest.mark.parametrize(
    ("zone", "day", "verdict"),
    [
        ("America/New_York", "30 November 2026", "same"),
        ("America/New_York", "1 December 2026", "unclear"),
        ("America/New_York", "5 December 2026", "otherwise"),
        ("Europe/Berlin", "1 December 2026", "same"),
        ("Asia/Tokyo", "1 December 2026", "same"),
    ],
)
def test_a_cited_moment_is_read_in_the_lanes_zone(zone: str, day: str, verdict: str) -> None:
    (one,) = told(f"It was signed on {day}.", LATE, zone, TODAY, f"signed on {day}").cited
    assert one is not None
    assert one.verdict == verdict


@pytest.mark.parametrize(
    ("sentence", "body", "payload", "expected"),
    [
        ("six weeks from the draft's day", "We go live in six weeks.", {"go_live": "2026-04-13"}, "supported"),
        ("some days beside", "We go live in six weeks.", {"go_live": "2026-04-15"}, "supported"),
        ("another week", "We go live in six weeks.", {"go_live": "2026-04-27"}, "unsupported"),
        ("days exactly", "We go live in ten days.", {"go_live": "2026-03-12"}, "supported"),
        ("not about ten days", "We go live in ten days.", {"go_live": "2026-03-14"}, "unsupported"),
        ("months", "We go live in three months.", {"go_live": "2026-06-02"}, "supported"),
        ("from now", "We go live six weeks from now.", {"go_live": "2026-04-13"}, "supported"),
        ("in German", "Wir gehen in sechs Wochen live.", {"go_live": "2026-04-13"}, "supported"),
        ("a length of time is no day", "It takes six weeks.", {"go_live": "2026-04-13"}, "unsupported"),
        ("its weekday", "We start on Monday, 13 April 2026.", {"start": "2026-04-13"}, "supported"),
        ("another weekday", "We start on Tuesday, 13 April 2026.", {"start": "2026-04-13"}, "wrong"),
        ("its weekday without a year", "We start on Monday, 13 April.", {"start": "2026-04-13"}, "supported"),
        ("another weekday without a year", "We start on Tuesday, 13 April.", {"start": "2026-04-13"}, "wrong"),
        ("its weekday in French", "Nous commençons lundi 13 avril 2026.", {"start": "2026-04-13"}, "supported"),
        ("another weekday in German", "Wir starten am Dienstag, 13. April 2026.", {"start": "2026-04-13"}, "wrong"),
        ("a week by its number", "We start in KW 16.", {"start": "2026-04-13"}, "supported"),
        ("another week by its number", "We start in KW 18.", {"start": "2026-04-13"}, "unsupported"),
        ("the middle of its month", "We start mid-April.", {"start": "2026-04-13"}, "supported"),
        ("another part of its month", "We start at the end of April.", {"start": "2026-04-13"}, "unsupported"),
        ("the end of its quarter", "It is reached by the end of Q2.", {"due": "2026-06-30"}, "supported"),
        ("the quarter's end as its month's", "It is reached by the end of June 2026.", {"due": "by end of Q2 2026"}, "supported"),
        ("a note's ordinal", "We start on the first of March.", {"start": "2026-03-01"}, "supported"),
    ],
)  # fmt: skip
def test_a_date_is_compared_by_its_meaning(sentence: str, body: str, payload: dict[str, Any], expected: str) -> None:
    (one,) = told(body, payload).statements
    assert ("wrong" if one.wrong else one.status) == expected, sentence


def test_without_a_day_nothing_lies_ahead() -> None:
    """Where nobody says when the draft was written, "in six weeks" is only a length of time."""
    (one,) = told("We go live in six weeks.", {"go_live": "2026-04-13"}, "UTC", None).statements
    assert one.status == "unsupported"


@pytest.mark.parametrize(
    ("words", "zone", "day"),
    [
        ("2026-12-01T01:09:44Z", "America/New_York", "2026-11-30"), ("2026-12-01T01:09:44.123Z", "America/New_York", "2026-11-30"),
        ("2026-12-01T01:09:44+0000", "America/New_York", "2026-11-30"), ("2026-12-01 01:09:44Z", "Europe/Berlin", "2026-12-01"),
        ("2026-12-01T00:00:00Z", "America/New_York", "2026-12-01"), ("2026-12-01T01:09:44", "America/New_York", ""),
        ("2026-13-01T01:09:44Z", "UTC", ""), ("2026-12-01", "UTC", ""), ("on 2026-12-01T01:09:44Z", "UTC", ""), ("0001-12-01T01:09:44Z", "UTC", ""),
    ],
)  # fmt: skip
def test_a_moment_is_read_whole(words: str, zone: str, day: str) -> None:
    assert moments.day_of(words, zone) == day


def test_a_unix_time_is_a_moment() -> None:
    """Seconds or milliseconds between 1990 and 2100; other numbers are none."""
    assert moments.from_timestamp(1796087384) == datetime(2026, 12, 1, 1, 9, 44, tzinfo=UTC)
    assert moments.from_timestamp(1796087384000) == datetime(2026, 12, 1, 1, 9, 44, tzinfo=UTC)
    assert moments.from_timestamp(48000) is None

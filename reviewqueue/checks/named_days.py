"""The day until which a text says that something is done, where it names one: “by 15 May”, “before the end of Q2”."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.values import dates
from reviewqueue.evidence.text.values.entities import find

_MOST_READ = 1_000
_BY = as_pattern(
    r"(?i)\b(?:by|until|till|(?:no|not) later than|bis|spätestens|avant|au plus tard|antes de|hasta|a más tardar)"
    r"(?: (?:on|the|zum|am|im|le|el|fin))*,? \Z"
)
_BEFORE = as_pattern(r"(?i)\b(?:before|ahead of|prior to|vor)(?: (?:the|dem))* \Z")
_LONG = timedelta(days=120)
_LATEST = as_pattern(r"(?i)\A,? (?:at the (?:very )?latest|latest|spätestens|au plus tard|a más tardar)\b")


def last_days(words: str, near: date) -> list[tuple[str, date]]:
    """(what is said, the last day it leaves) for each day or period until which `words` say that something is done. A
    day without a year is the one about `near`; of a day that may be read in two ways the later one counts."""
    text, found = words[:_MOST_READ], []
    for one in find(text, people=False):
        before = _BEFORE.search(text, 0, one.start) is not None
        by = _BY.search(text, 0, one.start) or _LATEST.match(text[one.end :])
        spans = [span for value in one.values for span in _spans(value, near)] if one.kind == "date" else []
        if spans and (by or before):
            ends = [first - timedelta(days=1) if before else last for first, last in spans]
            found.append((text[one.start : one.end], max(ends)))
    return found


def _spans(value: str, near: date) -> Iterator[tuple[date, date]]:
    """The first and last day of what a date's value is, where it is a day, a week, a month or a quarter, or a part of
    one. Without a year it is the first that is not long before `near`."""
    if not value.startswith("--"):
        years = [value]
    else:
        years = [f"{year}-{value[2:]}" for year in (near.year - 1, near.year, near.year + 1)]
    spans = [span for one in years if (span := _span(one))]
    yield from [span for span in spans if len(years) == 1 or span[1] >= near - _LONG][:1]


def _span(value: str) -> tuple[date, date] | None:
    whole, _, part = value.partition("~")
    try:
        if "W" in whole:
            monday = date.fromisocalendar(int(whole[:4]), int(whole[6:]), 1)
            return monday, monday + timedelta(days=6)
        if dates.ISO.fullmatch(whole):
            day = date.fromisoformat(whole)
            return day, day
        quarter, first = "Q" in whole, int(whole[6:]) * 3 - 2 if "Q" in whole else int(whole[5:])
        start = date(int(whole[:4]), first, 1)
    except ValueError:
        return None
    months = 3 if quarter else 1
    month = start.month - 1 + months
    end = date(start.year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    thirds = {"early": 10, "mid": 20}
    return start, start + timedelta(days=thirds[part] * months - 1) if part in thirds else end

"""Parses dates as people write them, English and German, into values that can be compared.

A value is `2026-03-23`, `--03-23` where no year is said, `2026-03` for a month, `2026-Q1` for a quarter. A date that
may be read in two ways (03/04/2026) has both values.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from reviewqueue.evidence.text.vocabulary import MONTH, MONTHS

Values = tuple[str, ...]

ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_PARTED = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})")
_SHORT = re.compile(r"(\d{1,2})\.(\d{1,2})")
# After a day's number: "rd of March 2026", "., März 2026", ". Dezember".
_MONTH_AFTER = re.compile(
    rf"(?:st|nd|rd|th|\.)?[ \u00a0-](?:of )?({MONTH})\b(?:\.(?= \d))?(?:(?:, ?|[ \u00a0-])(\d{{4}})\b)?"
)
# After the first of several days: " and 3 December", "–9 December 2026", " to the 12th of May".
_MORE_DAYS = re.compile(
    rf"(?:st|nd|rd|th|\.)?(?: ?(?:[-–,&/]|and|to|until|or|und|bis|oder) ?(?:the )?\d{{1,2}}(?:st|nd|rd|th|\.)?){{1,3}}"
    rf"[ \u00a0](?:of )?({MONTH})\b(?:\.(?= \d))?(?:,? (\d{{4}})\b)?"
)
_YEAR_AFTER = re.compile(r"(?:st|nd|rd|th)?(?:,? (\d{4})\b)?")
MONTH_BEFORE = re.compile(rf"(?<!\w)({MONTH})\.?,? (?:the )?\Z")


def iso_day(year: int, month: int, day: int) -> str:
    """A day as a value; "" when there is no such day."""
    try:
        return date(year, month, day).isoformat() if 1990 <= year <= 2100 else ""
    except ValueError:
        return ""


def from_digits(token: str) -> Values:
    """The values of a date in digits: `2026-03-23`, `23.3.2026`, `3/23/26`; both where the day could be the month."""
    if iso := ISO.fullmatch(token):
        found = iso_day(*map(int, iso.groups()))
        return (found,) if found else ()
    hit = _PARTED.fullmatch(token)
    if hit is None:
        return ()
    first, second, year = int(hit[1]), int(hit[3]), int(hit[4]) + (2000 if len(hit[4]) == 2 else 0)
    readings = [iso_day(year, second, first)]
    if hit[2] != ".":
        readings.insert(0, iso_day(year, first, second))
    return tuple(dict.fromkeys(filter(None, readings)))


def short(token: str) -> Values:
    """The value of a German date without its year, `23.3` (its last dot is no part of the token)."""
    hit = _SHORT.fullmatch(token)
    return yearless(int(hit[2]), int(hit[1])) if hit else ()


def yearless(month: int, day: int) -> Values:
    """The value of a day without a year."""
    return (f"--{month:02}-{day:02}",) if 1 <= month <= 12 and iso_day(2024, month, day) else ()


def from_words(text: str, start: int, end: int, before: str) -> tuple[int, int, Values] | None:
    """The date whose day is the number at start:end, with its month before or after: (start, end, values)."""
    digits = text[start:end]
    if not digits.isdigit() or len(digits) > 2:
        return _month_alone(digits, start, end, before)
    if after := _MONTH_AFTER.match(text, end):
        return _made(start, after.end(), int(digits), after[1], after[2])
    if after := _MORE_DAYS.match(text, end):
        return _made(start, end, int(digits), after[1], after[2])
    if earlier := _month_before(before):
        after = _YEAR_AFTER.match(text, end)
        last = after.end() if after else end
        return _made(start - len(before) + earlier.start(), last, int(digits), earlier[1], after[1] if after else None)
    return None


def _month_before(before: str) -> re.Match[str] | None:
    """The month right before a number. After another number there is none, and none is looked for."""
    return None if before[-2:-1].isdigit() else MONTH_BEFORE.search(before)


def _month_alone(digits: str, start: int, end: int, before: str) -> tuple[int, int, Values] | None:
    if len(digits) != 4 or not digits.isdecimal() or not 1990 <= int(digits) <= 2100:
        return None
    begins = start - len(before)
    if earlier := _month_before(before):
        return begins + earlier.start(), end, (f"{digits}-{MONTHS[earlier[1].casefold()]:02}",)
    if quarter := re.search(r"\bQ([1-4])[ /]\Z", before):
        return begins + quarter.start(), end, (f"{digits}-Q{quarter[1]}",)
    return None


def _made(start: int, end: int, day: int, month: str, year: str | None) -> tuple[int, int, Values] | None:
    number = MONTHS[month.casefold()]
    values = (iso_day(int(year), number, day),) if year else yearless(number, day)
    return (start, end, values) if values and values[0] else None


def from_timestamp(number: int) -> str:
    """The day of a Unix time in seconds or milliseconds (1990 to 2100, UTC), or ""."""
    seconds = number // 1000 if number >= 10**11 else number
    if not 631_152_000 <= seconds <= 4_133_980_800:
        return ""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).date().isoformat()


def index_keys(value: str) -> Values:
    """Every value under which a record's date is indexed: a day also as its month, quarter, and without its year."""
    if value.startswith("--"):
        return (value, f"?{value}")
    if len(value) == 10:
        return (value, f"--{value[5:]}", value[:7], quarter(value))
    return (value, quarter(value)) if "Q" not in value else (value,)


def lookup_keys(value: str) -> Values:
    """The values under which a draft's date is looked up: a day also as one without a year."""
    return (value, f"?--{value[5:]}") if len(value) == 10 else (value,)


def quarter(value: str) -> str:
    """The quarter that the value of a day or month is in; a quarter stays as it is."""
    if "Q" in value:
        return value
    return f"{value[:4]}-Q{(int(value[5:7]) + 2) // 3}"


def in_words(day: date) -> str:
    """`Friday, 6 March 2026`."""
    return f"{day:%A}, {day.day} {day:%B} {day.year}"


def read(words: str) -> date | None:
    """The day that a CRM's text holds, an ISO date or time, or milliseconds since 1970 as HubSpot sends them; None for
    any other."""
    try:
        if words.isascii() and words.isdigit() and len(words) in (12, 13):
            return datetime.fromtimestamp(int(words) / 1000, UTC).date()
        return date.fromisoformat(words[:10]) if words[10:11] in ("", "T", " ") else None
    except ValueError:
        return None

"""Days that are named by the calendar and not by a number: a feast, a season, a month, a quarter, an end of one.

A value is a day or the first and last day of a span, `2026-05-01/2026-05-31`, without a year `--05-01/--05-31`; a feast
that moves with Easter is `easter+39`, its days from Easter Sunday, until a year is known.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.values.entities import Entity
from reviewqueue.evidence.text.words.vocabulary import MONTH, MONTHS

_MOVABLE = {
    "shrove tuesday": -47, "ash wednesday": -46, "palm sunday": -7, "maundy thursday": -3, "good friday": -2,
    "karfreitag": -2, "easter monday": 1, "ostermontag": 1, "easter sunday": 0, "easter": 0, "ostern": 0, "pâques": 0,
    "pascua": 0, "ascension day": 39, "ascension": 39, "christi himmelfahrt": 39, "himmelfahrt": 39, "whit sunday": 49,
    "pentecost": 49, "pfingsten": 49, "whitsun": 49, "whit monday": 50, "pfingstmontag": 50, "corpus christi": 60,
    "fronleichnam": 60,
}  # fmt: skip
_FIXED = {
    "new year’s day": (1, 1), "new year's day": (1, 1), "new year": (1, 1), "neujahr": (1, 1), "epiphany": (1, 6),
    "valentine's day": (2, 14),
    "st patrick's day": (3, 17), "saint patrick's day": (3, 17), "may day": (5, 1), "labour day": (5, 1),
    "midsummer": (6, 24), "bastille day": (7, 14),
    "halloween": (10, 31), "all saints' day": (11, 1), "christmas eve": (12, 24), "heiligabend": (12, 24),
    "christmas day": (12, 25), "christmas": (12, 25), "xmas": (12, 25), "weihnachten": (12, 25), "noël": (12, 25),
    "navidad": (12, 25), "boxing day": (12, 26), "new year's eve": (12, 31), "new year’s eve": (12, 31),
    "silvester": (12, 31),
}  # fmt: skip
# First and last month and day; the one between what people call summer and what the calendar does is left to doubt.
_SEASONS = {
    "spring": ((3, 1), (6, 20)), "summer": ((6, 1), (9, 22)), "autumn": ((9, 1), (12, 20)),
    "summer holidays": ((6, 15), (9, 15)), "start of summer": ((6, 1), (6, 21)), "mid-year": ((6, 15), (7, 15)),
    "middle of the year": ((6, 15), (7, 15)), "turn of the year": ((12, 28), (12, 31)),
    "the leaves fall": ((9, 15), (11, 30)), "summer break": ((6, 15), (9, 15)), "year": ((1, 1), (12, 31)),
}  # fmt: skip
_NAMES = "|".join(sorted(map(re.escape, (*_MOVABLE, *_FIXED)), key=len, reverse=True))
_PART = (
    r"(?:(?:the\s)?(?P<part>(?:very\s)?(?:end|close|start|beginning|middle)|(?:first|second)\shalf"
    r"|(?:first|last)\sweek|half)\s(?:of\s)?(?:the\s)?|(?P<mid>mid|early|late)[- ])?"
)
_PERIOD = as_pattern(
    rf"(?<![\w-])(?:(?P<feast>{_NAMES})\b|{_PART}(?:(?P<season>summer\s(?:holidays|break)|start\sof\ssummer|mid-year|middle\sof\sthe\syear|turn\sof\sthe\syear|the\sleaves\sfall|spring|summer|autumn)\b|"
    rf"(?-i:(?P<month>{MONTH}))\b(?!\s\d{{1,2}}\b)|(?:Q|(?P<word>first|second|third|fourth)\s)(?P<quarter>(?<=Q)[1-4]|quarter)\b|"
    r"(?P<year>(?:this|next|the)?\s?year|(?:20[2-9]\d))(?=\W|$)))(?:,?\s(?:of\s)?(?P<in>20[2-9]\d)\b)?",
    re.IGNORECASE,
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NTH = as_pattern(
    rf"\b(?:the\s)?(?P<nth>first|second|third|fourth|last|[1-4](?:st|nd|rd|th)?)\s(?:{'|'.join(_WEEKDAYS)}|weekend)\s(?:in|of)\s(?P<month>{MONTH})\b",
    re.IGNORECASE,
)
_NEAR = as_pattern(
    rf"\b(?:the\s)?(?:week|{'|'.join(_WEEKDAYS)})\s(?P<side>after|before|following)\s(?P<feast>{_NAMES})\b",
    re.IGNORECASE,
)
_CUE = as_pattern(
    rf"(?:{_NAMES}|spring|summer|autumn|quarter|\bq[1-4]\b|year|half|end|mid|leaves|early|late|\bin\b|\bby\b|\bbefore\b|\bafter\b|{MONTH})",
    re.I,
)
_AT_WORDS = as_pattern(r"\b(?:in|by|before|after|q[1-4])\b", re.I)
_CUE_WORDS = {"spring", "summer", "autumn", "quarter", "year", "half", "end", "mid", "leaves", "early", "late"}
_CUE_WORDS |= {one for one in (*_MOVABLE, *_FIXED, *MONTHS) if one.isascii()}
_SHORTEST_CUES = tuple(one for one in _CUE_WORDS if not any(other in one for other in _CUE_WORDS - {one}))
_QUARTERS = ("first", "second", "third", "fourth")


def find(text: str) -> Iterator[Entity]:
    """Every such day or span in a text, in reading order."""
    if not _may_name_a_day(text):
        return
    taken = list(_around(text))
    yield from taken
    for found in _PERIOD.finditer(text):
        if any(one.start < found.end() and found.start() < one.end for one in taken):
            continue
        if value := _value(found):
            yield Entity(found.start(), found.end(), "date", (value,))


def _may_name_a_day(text: str) -> bool:
    """Whether `_CUE` is in a text. Most texts are answered by their letters alone, in a tenth of its time."""
    low = text.lower()
    if any(word in low for word in _SHORTEST_CUES):
        return True
    return (_AT_WORDS if text.isascii() else _CUE).search(text) is not None


def _around(text: str) -> Iterator[Entity]:
    """The days within a week that a weekday names: "the second Monday in May", "the Friday after Ash Wednesday"."""
    for found in _NTH.finditer(text):
        month, nth = MONTHS[found["month"].casefold()], found["nth"].casefold()
        last = monthrange(2023, month)[1]
        number = (*_QUARTERS, "last").index(nth) if nth.isalpha() else int(nth[0]) - 1
        first = last - 6 if number == 4 else number * 7 + 1
        yield Entity(found.start(), found.end(), "date", (f"--{month:02}-{first:02}/--{month:02}-{first + 6:02}",))
    for found in _NEAR.finditer(text):
        name, off = found["feast"].casefold(), (-7, -1) if found["side"].casefold() == "before" else (1, 8)
        if name in _MOVABLE:
            near = "/".join(f"easter{_MOVABLE[name] + one:+}" for one in off)
        else:
            day = date(2023, *_FIXED[name])
            near = "/".join(f"--{one:%m-%d}" for one in (day + timedelta(days=days) for days in off))
        yield Entity(found.start(), found.end(), "date", (near,))


def easter(year: int) -> date:
    """Easter Sunday of a year (the Gregorian computus of Meeus, Jones and Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    l = (32 + 2 * e + 2 * i - h - k) % 7  # noqa: E741  (the names of the published algorithm)
    m = (a + 11 * h + 22 * l) // 451
    month, day = divmod(h + l - 7 * m + 114, 31)
    return date(year, month, day + 1)


def span(value: str, year: int) -> tuple[date, date] | None:
    """The first and last day of a promise's date, whose year is `year` where it has none of its own; None for what is
    no date."""
    try:
        return _span(value, year)
    except ValueError:
        return None


def _span(value: str, year: int) -> tuple[date, date]:
    if value.startswith("easter"):
        offsets = [int(one.removeprefix("easter") or 0) for one in value.split("/")]
        return easter(year) + timedelta(days=offsets[0]), easter(year) + timedelta(days=offsets[-1])
    if month := re.fullmatch(r"(\d{4})-(\d\d)", value):
        value = f"{value}-01/{value}-{monthrange(int(month[1]), int(month[2]))[1]}"
    first, _, last = value.partition("/")
    return _day(first, year), _day(last or first, year)


def year_of(value: str) -> int:
    """The year that a promise's date says, 0 where it says none."""
    return int(value[:4]) if value[:4].isdigit() else 0


def in_words(value: str) -> str:
    """A value as people read it: `1 June 2026`, `1 to 31 May`, `Ascension Day`; what is no date as it is."""
    if span(value, 2000) is None:
        return value
    if "/" in value and value.startswith("easter"):
        return (
            " to ".join(f"{int(one.removeprefix('easter') or 0):+}" for one in value.split("/")) + " days from Easter"
        )
    if value.startswith("easter"):
        days = int(value.removeprefix("easter") or 0)
        return next(name.title() for name, offset in _MOVABLE.items() if offset == days)
    parts = sorted(set(span(value, 2000) or ()))
    year = f" {parts[-1].year}" * (not value.startswith("--"))
    if len(parts) == 2 and parts[0].month == parts[1].month:
        return f"{parts[0].day} to {parts[1].day} {parts[1]:%B}{year}"
    return " to ".join(f"{one.day} {one:%B}" for one in parts) + year


def _day(written: str, year: int) -> date:
    if not written.startswith("--"):
        return date.fromisoformat(written)
    month, day = int(written[2:4]), int(written[5:7])
    return date(year, month, min(day, monthrange(year, month)[1]))


def _value(found: re.Match[str]) -> str:
    year = found["in"] or ""
    if found["feast"]:
        name = found["feast"].casefold()
        if name in _MOVABLE:
            day = easter(int(year)) + timedelta(days=_MOVABLE[name]) if year else None
            return day.isoformat() if day else f"easter{_MOVABLE[name]:+}"
        return _written(*_FIXED[name], year)
    if found["month"]:
        month = MONTHS[found["month"].casefold()]
        first, last = (month, 1), (month, 31)
    elif found["quarter"]:
        number = _QUARTERS.index(found["word"].casefold()) + 1 if found["word"] else int(found["quarter"])
        first, last = (number * 3 - 2, 1), (number * 3, 31)
    elif found["season"]:
        first, last = _SEASONS[" ".join(found["season"].casefold().split())]
    else:
        said = found["year"].casefold().split()[-1]
        if not (found["part"] or found["mid"]) or "next" in found["year"].casefold():
            return ""
        first, last = _SEASONS["year"]
        year = said if said.isdigit() else year
    first, last = _part(first, last, (found["part"] or found["mid"] or "").casefold())
    return f"{_written(*first, year)}/{_written(*last, year)}"


def _part(first: tuple[int, int], last: tuple[int, int], part: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """The part of a span that its words name; of an end, the last tenth or so."""
    if not part:
        return first, last
    begins, ends = date(2024, *first), date(2024, last[0], min(last[1], monthrange(2024, last[0])[1]))
    days = (ends - begins).days + 1
    low, high = {
        "end": (0.75, 1.0), "close": (0.75, 1.0), "start": (0.0, 0.25), "beginning": (0.0, 0.25), "middle": (0.3, 0.7),
        "mid": (0.3, 0.7), "early": (0.0, 0.4), "late": (0.6, 1.0), "first half": (0.0, 0.52),
        "second half": (0.48, 1.0),
        "first week": (0.0, 0.25), "last week": (0.75, 1.0), "half": (0.0, 1.0),
    }.get(part.removeprefix("very "), (0.0, 1.0))  # fmt: skip
    left, right = begins + timedelta(days=int(days * low)), begins + timedelta(days=max(0, round(days * high) - 1))
    return (left.month, left.day), (right.month, right.day)


def _written(month: int, day: int, year: str) -> str:
    last = monthrange(int(year) if year else 2024, month)[1]
    return f"{year or '-'}-{month:02}-{min(day, last):02}"

"""Parses dates as people write them, in English, German, French and Spanish, into values that can be compared.

A value is `2026-03-23`, `2026-03` for a month, `2026-Q1` for a quarter, `2026-W13` for a week, `2026-03~mid` for a part
of one; `--03-23` and so on where no year is said. A date that may be read in two ways (03/04/2026) has both values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.values import moments
from reviewqueue.evidence.text.words.vocabulary import MONTH, MONTHS

Values = tuple[str, ...]

ISO = as_pattern(r"(\d{4})-(\d{2})-(\d{2})")
_PARTED = as_pattern(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})")
_SHORT = as_pattern(r"(\d{1,2})\.(\d{1,2})")
# After a day's number: "rd of March 2026", "., März 2026", ". Dezember".
_MONTH_AFTER = as_pattern(
    rf"(?:st|nd|rd|th|er|\.)?[ \u00a0/-](?:of |de )?({MONTH})\b(?:\.(?= \d))?"
    rf"(?:(?:, ?|[ \u00a0/-]|[ ]del?[ ])(\d{{4}}|(?:(?<=[ \u00a0/-])|['’])[2-4]\d(?![\d.:]|[ \u00a0]?[^\W\d_]"
    rf"|[ ]?%))\b)?"
)
# After the first of several days: " and 3 December", "–9 December 2026", " to the 12th of May".
_MORE_DAYS = as_pattern(
    rf"(?:st|nd|rd|th|\.)?(?: ?(?:[-–,&/]|and|to|until|or|und|bis|oder) ?(?:the )?\d{{1,2}}(?:st|nd|rd|th"
    rf"|\.)?){{1,3}}"
    rf"[ \u00a0](?:of )?({MONTH})\b(?:\.(?= \d))?(?:,? (\d{{4}})\b)?"
)
_YEAR_AFTER = as_pattern(r"(?:st|nd|rd|th)?(?:,? (\d{4})\b)?")
_PARTS = {
    word: part
    for part, words in {
        "early": "early|beginning of|start of|anfang|début|a principios de|principios de",
        "mid": "mid|middle of|mitte|mi|a mediados de|mediados de",
        "end": "late|end of|ende|fin|fin de|a finales de|finales de|fines de",
    }.items()
    for word in words.split("|")
}
_PART_WORDS = "|".join(sorted(_PARTS, key=len, reverse=True))
_PART = as_pattern(
    rf"(?<![\w-])(?:[Tt]he )?(?P<part>(?i:{_PART_WORDS}))(?:[ \u00a0]the)?[ \u00a0-]"
    rf"(?:(?P<month>{MONTH})|Q(?P<quarter>[1-4]))(?![\w-])(?:,?[ \u00a0](?:de )?(?P<year>(?:19|20)\d\d)(?!\d))?"
)
_PART_CUE = as_pattern(
    r"[Ee]arly|[Mm]id|[Ll]ate|inning|tart of|[Ee]nd|nfang|itte|ébut|[Mm]i[- ]|[Ff]in|cipios|ediados|[Ff]ines"
)
_MONTH_ALONE = as_pattern(
    rf"(?<![\w-])(?:in|im|until|by|since|during|en|au mois de|bis|ab|seit|depuis|desde"
    rf"|hasta)[ ](?P<month>{MONTH})(?![\w-])"
    r"(?!\.?,?[ ]?(?:\d|the \d))"
)
_YEARS_PART = as_pattern(rf"(?i)(?<![\w-])(?:the )?(?P<part>{_PART_WORDS})[ \u00a0-](?P<year>20\d\d)(?![\d.,]\d|\d)")
_QUARTER = as_pattern(r"(?i)(?<!\w)(?:in|by|until|for|im|bis|during|from|since) (Q([1-4]))(?![\w-]|[ /]\d)")
_QUARTERS = {
    word: number
    for number, words in enumerate(
        ("first|ersten|premier|primer", "second|zweiten|deuxième|second|segundo", "third|dritten|troisième|tercer",
         "fourth|vierten|quatrième|cuarto"), 1)
    for word in words.split("|")
}  # fmt: skip
_QUARTER_IN_WORDS = as_pattern(
    rf"(?i)(?<!\w)(?:(?P<part>{_PART_WORDS})[ ](?:the |des |du |del )?)?(?P<number>{'|'.join(_QUARTERS)})"
    r"[ ](?:quarter|quartals?|trimestre)(?:[ ](?:of |de )?(?P<year>20\d\d))?(?!\w)"
)
_QUARTER_WORD = as_pattern(r"(?i)quart[ae]|trimestre")
_WEEK = as_pattern(
    r"(?<!\w)(?:(\d{4})-?W(\d{2})|(?:KW|CW|[Cc]alendar week|Kalenderwoche|semaine)[ \u00a0]?(\d{1,2})"
    r"(?:(?:,?[ \u00a0]|/)(20\d\d))?)(?!\d)"
)
_SHORT_DAY = as_pattern(r"--\d\d-\d\d")
MONTH_BEFORE = as_pattern(rf"(?<!\w)(?<!\d[ \u00a0])(?<!\d\.[ \u00a0])({MONTH})\.?,? (?:the )?\Z")


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


def from_words(text: str, start: int, end: int, before: str, day: int = 0) -> tuple[int, int, Values] | None:
    """The date whose day is the number at start:end, with its month before or after: (start, end, values). Where the
    number is in words, it is `day`."""
    digits = str(day or text[start:end])
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
    full = int(year.strip("'’")) + (2000 if len(year.strip("'’")) == 2 else 0) if year else 0
    values = (iso_day(full, number, day),) if year else yearless(number, day)
    return (start, end, values) if values and values[0] else None


def from_timestamp(number: int, zone: str = "UTC") -> str:
    """The day of a Unix time in seconds or milliseconds (1990 to 2100), in a time zone; "" for any other number."""
    moment = moments.from_timestamp(number)
    return "" if moment is None else moments.day_in(moment, zone).isoformat()


def phrases(text: str) -> Iterator[tuple[int, int, Values]]:
    """(start, end, values) of each part of a month or a quarter (mid-April, by the end of Q2, Ende Juni) and of each
    week by its number (2026-W16, KW 16)."""
    parts = _PART_CUE.search(text) is not None
    for hit in _PART.finditer(text) if parts else ():
        part = _PARTS[hit["part"].casefold()]
        of = f"Q{hit['quarter']}" if hit["quarter"] else f"{MONTHS[hit['month'].casefold()]:02}"
        year = hit["year"]
        yield hit.start(), hit.end(), (f"{f'{year}-' if year else '--'}{of}~{part}",)
    for hit in _YEARS_PART.finditer(text) if parts else ():
        yield hit.start(), hit.end(), (f"{hit['year']}~{_PARTS[hit['part'].casefold()]}",)
    for hit in _quarters_in_words(text):
        part = f"~{_PARTS[hit['part'].casefold()]}" if hit["part"] else ""
        year = f"{hit['year']}-" if hit["year"] else "--"
        yield hit.start(), hit.end(), (f"{year}Q{_QUARTERS[hit['number'].casefold()]}{part}",)
    for hit in _QUARTER.finditer(text) if "Q" in text else ():
        yield hit.start(1), hit.end(), (f"--Q{hit[2]}",)
    for hit in _WEEK.finditer(text) if "W" in text or "eek" in text or "woche" in text or "emaine" in text else ():
        week, year = int(hit[2] or hit[3]), hit[1] or hit[4]
        if 1 <= week <= 53:
            yield hit.start(), hit.end(), (f"{f'{year}-' if year else '--'}W{week:02}",)


@lru_cache(maxsize=4096)
def index_keys(value: str) -> Values:
    """Every value that a date bears out, itself first: a day also its week, month and quarter, the part of them it is
    in, and each of those without its year, and with the weekday that it is (`2026-03-23@0`)."""
    whole = value.partition("~")[0]
    if value.startswith("--"):
        some_year = () if "W" in value else index_keys(f"2024-{value[2:]}")
        kept = [f"--{key[5:]}" for key in some_year if key.startswith("2024-") and "W" not in key and "@" not in key]
        return tuple(dict.fromkeys((value, f"?{value}", *kept)))
    found: list[str] = [value]
    if ISO.fullmatch(value):
        year, month, day = map(int, value.split("-"))
        found += _parts_of_day(year, month, day)
    elif re.fullmatch(r"\d{4}-\d\d(?:~\w+)?", value):
        found += [whole, quarter(whole)]
        if value.endswith("~end"):
            found.append(_last_day(whole))
            found += [f"{quarter(whole)}~end"] if int(whole[5:]) % 3 == 0 else []
    elif "Q" in value:
        found.append(whole)
        if value.endswith("~end"):
            last = f"{value[:4]}-{int(value[6]) * 3:02}"
            found += [f"{last}~end", _last_day(last)]
    yearless = [f"--{one[5:]}" for one in found if one[4:5] == "-"]
    if ISO.fullmatch(value):
        weekday = date.fromisoformat(value).weekday()
        yearless += [f"{value}@{weekday}", f"--{value[5:]}@{weekday}"]
    return tuple(dict.fromkeys((*found, *yearless)))


def _parts_of_day(year: int, month: int, day: int) -> Values:
    """The week, month and quarter a day is in, and the parts of them."""
    in_month = f"{year}-{month:02}"
    in_quarter = quarter(in_month)
    found = [in_month, in_quarter, f"{in_month}~{'early' if day <= 10 else 'mid' if day <= 20 else 'end'}"]
    place = (month - 1) % 3
    third = "mid" if place == 1 else "early" if place == 0 and day <= 15 else "end" if place == 2 and day > 15 else ""
    found += [f"{in_quarter}~{third}"] if third else []
    half = {1: "early", 2: "early", 6: "mid", 7: "mid", 11: "end", 12: "end"}.get(month)
    found += [f"{year}~{half}"] if half else []
    iso = date(year, month, day).isocalendar()
    return (*found, f"{iso.year}-W{iso.week:02}")


def _last_day(month: str) -> str:
    year, number = int(month[:4]), int(month[5:7])
    return (date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1)).isoformat()


def lookup_keys(value: str, weekday: str = "") -> Values:
    """The values under which a draft's date is looked up: a day also as one without a year. With its `weekday`, only
    the days that are one; none where the date is another."""
    if len(value) == 10 and value[0] != "-":
        if weekday and str(date.fromisoformat(value).weekday()) != weekday:
            return ()
        return (value, f"?--{value[5:]}")
    if weekday and _SHORT_DAY.fullmatch(value):
        return (f"{value}@{weekday}", f"?{value}")
    return (value,)


def _quarters_in_words(text: str) -> Iterator[re.Match[str]]:
    """The quarters whose number is a word, looked for only around that word: the end of the second quarter."""
    for word in _QUARTER_WORD.finditer(text):
        if hit := _QUARTER_IN_WORDS.search(text, max(0, word.start() - 40), min(len(text), word.end() + 12)):
            yield hit


def months_alone(text: str) -> Iterator[tuple[int, int, Values]]:
    """(start, end, values) of each month that is said without a day and a year: in April."""
    for hit in _MONTH_ALONE.finditer(text):
        yield hit.start("month"), hit.end("month"), (f"--{MONTHS[hit['month'].casefold()]:02}",)


def is_month_alone(value: str) -> bool:
    """Whether a value is a month of any year."""
    return len(value) == len("--03") and value.startswith("--")


def agree(left: str, right: str) -> bool:
    """Whether two dates may be one: a day is in its month, and in any year where none is said."""
    return left in index_keys(right) or right in index_keys(left)


def ahead(today: date, many: int, unit: str) -> Values:
    """The days that lie so many days or months ahead: exactly for days, the days around it for weeks and months."""
    if unit == "month":
        month = today.month - 1 + many
        year, month = today.year + month // 12, month % 12 + 1
        last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
        aim, slack = date(year, month, min(today.day, last)), 5
    elif unit == "day":
        aim, slack = today + timedelta(days=many), 3 if many % 7 == 0 else 0
    else:
        return ()
    return tuple((aim + timedelta(days=off)).isoformat() for off in range(-slack, slack + 1))


def term_ends(start: str, months: int) -> Values:
    """The last day of a term of so many months from an ISO day on, and the day after it: people say either."""
    year, month, day = map(int, start.split("-"))
    over = month - 1 + months
    year, month = year + over // 12, over % 12 + 1
    if year > 2199:
        return ()
    after = date(year, month, min(day, (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day))
    return (after - timedelta(days=1)).isoformat(), after.isoformat()


def quarter(value: str) -> str:
    """The quarter that the value of a day or month is in; a quarter stays as it is."""
    if "Q" in value:
        return value
    return f"{value[:4]}-Q{(int(value[5:7]) + 2) // 3}"


def in_words(day: date) -> str:
    """`Friday, 6 March 2026`."""
    return f"{day:%A}, {day.day} {day:%B} {day.year}"


def read(words: str, zone: str = "UTC") -> date | None:
    """The day that a CRM's text holds, an ISO date or time, or milliseconds since 1970 as HubSpot sends them, in a time
    zone; None for any other."""
    if words.isascii() and words.isdigit() and len(words) in (12, 13):
        moment = moments.from_timestamp(int(words))
        return None if moment is None else moments.day_in(moment, zone)
    if moment := moments.read(words):
        return moments.day_in(moment, zone)
    try:
        return date.fromisoformat(words[:10]) if words[10:11] in ("", "T", " ") else None
    except ValueError:
        return None

"""What a number measures: money, a percentage, a duration, a count of something, or nothing but itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.values import money, spans_said
from reviewqueue.evidence.text.values.entity import Entity
from reviewqueue.evidence.text.words import numbers, vocabulary
from reviewqueue.evidence.text.words.vocabulary import NUMBERS, SEATS, TIME, TIMES, WORKING

_PERCENT = as_pattern(r"[ \u00a0\u202f]?(?:%|٪|per ?cents?\b|Prozent\b|pour ?cent\b|por ciento\b|v\.[ \u00a0]?H\.)")
SPAN = as_pattern(rf"[ \u00a0-]?(?:({WORKING})[ -])?({TIME})(?![\w])")
_NOUN = as_pattern(r"[ \u00a0]([^\W\d_][\w'’-]*)(?:[ \u00a0]([^\W\d_][\w’'-]*))?")
# "Seats bought: 1,150"
_LABEL = as_pattern(r"(?i)(?:\A|[\n.•*] ?)([^\W\d_]{3,20})(?: [^\W\d_]{2,16})?: \Z")
_LAST_WORD = as_pattern(r"(?:(?<!\w)(\w+)|§)\.?[ \u00a0]?\Z")
_UPPER = as_pattern(r"[A-Z]{2,}[ \u00a0-]\Z")
_ABOUT_MEETING = as_pattern(rf"\b(?:{vocabulary.MEETING})\b", re.IGNORECASE)
_CERTAIN = as_pattern(r" (?:sure|certain|agree|fine|behind|clear)\b")
_SHARE = as_pattern(r"\d (?:of|out of|von) \Z")  # 3 of 4
# "Seven in a hundred", "one in ten": of so many there are more.
_IN_EACH = as_pattern(r"(?i)\b\w+ (?:in|out of|in every|von|sur|de cada) (?:a )?\Z")
_ROUND = (Decimal(10), Decimal(100), Decimal(1000))
_SMALL = Decimal(90)
_INDIAN = (10**5, 10**7)  # lakhs and crores are of Indian rupees
FEW = 10  # things counted in words
_TO = as_pattern(
    r"[ \u00a0]?(?:[–—-]|(?:to|bis|à|hasta)(?=[ \u00a0])|(?P<and>and|und|et|y)(?=[ \u00a0]))[ \u00a0]?"
    r"(?P<sign>[€$£¥][ \u00a0]?)?(?P<number>\d+(?:[.,'’]\d+)*)(?![\d:/.-]\d)"
)
_BETWEEN = as_pattern(r"(?i)\b(?:between|zwischen|entre)[ \u00a0](?:[A-Z]{3}[ \u00a0]|[€$£¥][ \u00a0]?)?\Z")
_PAST = as_pattern(r"(?i)\b(?:last|past|since|seit|depuis|desde hace) \Z")
_NET = as_pattern(r"(?i)\bnet(?:to)? ?\Z")  # "net 30": days to pay
_DAYS_TO_PAY = frozenset(map(Decimal, (7, 10, 14, 15, 20, 21, 28, 30, 45, 60, 75, 90, 120)))
_CHANGE = as_pattern(r"(?i)\b(?:from|von|de)[ \u00a0]\Z")  # "from 41 to 70 %" names two shares
_AHEAD = as_pattern(r"(?i)\b(?:in|dans|en)[ \u00a0](?:about |etwa |ca\. )?\Z")
_FROM_NOW = as_pattern(r"(?i)[ \u00a0](?:from (?:now|today)|away|out(?= (?:from|of))|to go|ab heute)\b")
_HOUR = as_pattern(r"[ \u00a0]?(?:[ap]\.?m\b|Uhr|o[’']clock|UTC|GMT|CET|[AP]M\b)")


def measure(text: str, start: int, end: int, token: str, value: Decimal, before: str) -> Entity | str:
    """The entity that the number at start:end is; "" when it says nothing, "label" when it names a thing. `before` is
    the text before it, `token` the number as written."""
    first = money.before(before, token)
    many = money.times(text, end)
    if many and not SPAN.match(text, end):
        # "1.284 million" has decimals, whatever a dot before three digits is elsewhere.
        value = money.before_large(value, token, many[0]) * many[0]
        end = many[1]
    if first:
        says = money.readings(value, "" if many else token, first.unit)
        return _sum(text, start - first.length, end, says, first.unit)
    if after := money.after(text, end, token):
        says = money.readings(value, "" if many else token, after.unit)
        indian = after.unit == "Rs" and many and many[0] in _INDIAN
        return _sum(text, start, end + after.length, says, "INR" if indian else after.unit)
    plain = (numbers.plain(value),)
    if after_percent := _PERCENT.match(text, end):
        certain = plain == ("100",) and _CERTAIN.match(text, after_percent.end()) is not None
        return Entity(start, after_percent.end(), "percent", plain, "%", not certain)
    if (span := SPAN.match(text, end)) and (made := duration(value, span[1], span[2])):
        return duration_entity(text, start, span.end(), made)
    if many:
        return _sum(text, start, end, plain, "")
    if _NET.search(before) and 0 < value <= _SMALL * 2 and (value in _DAYS_TO_PAY or not _NOUN.match(text, end)):
        return Entity(start, end, "duration", plain, "day")
    return count_entity(text, start, end, value, before)


def _sum(text: str, start: int, end: int, says: tuple[str, ...], unit: str) -> Entity:
    return Entity(start, end, "money", says, unit, True, money.period(text, start, end))


def with_small_units(text: str, one: Entity, value: Decimal, words: Mapping[int, tuple[int, Decimal]]) -> Entity:
    """A sum with the cents that follow its whole units: four dollars and fifty cents. `words` are the text's numbers in
    words, by where they start."""
    if one.kind != "money" or not one.unit or one.values != (numbers.plain(value),):
        return one
    small = money.small_units(text, one.end, words)
    if small is None:
        return one
    return one._replace(
        end=small[1], values=(numbers.plain(value + small[0]),), beside=money.period(text, one.start, small[1])
    )


def to_range(text: str, start: int, end: int, value: Decimal, before: str) -> Entity | None:
    """The range that begins with the number at start:end: 40–45 seats, between 40 and 45. It has the unit of its second
    number; None where none begins there."""
    many = money.times(text, end)
    hit = _TO.match(text, many[1] if many else end)
    if hit is None or (hit["and"] and not _BETWEEN.search(before)) or _HOUR.match(text, hit.end()):
        return None
    high, sign = numbers.read(hit["number"]), money.before(before, hit["number"])
    if high is None or (not sign and (labelled(before) or _UPPER.search(before))):
        return None
    told = f"{before[-8:]}" if sign and not hit["sign"] else text[max(0, hit.start("number") - 8) : hit.start("number")]
    last = measure(text, hit.start("number"), hit.end(), hit["number"], high, told)
    if not isinstance(last, Entity) or last.kind == "number":
        return None
    scale = Decimal(last.values[0]) / high if high else Decimal(1)
    low, high = value * (many[0] if many else scale), high * scale
    if low >= high:
        return None
    begins = start - (sign.length if sign else 0)
    if last.kind == "percent" and _CHANGE.search(before):
        return last._replace(start=begins, end=end, values=(numbers.plain(low),))
    firm = last.firm and last.kind in ("count", "money", "percent")
    return last._replace(start=begins, values=(numbers.between(low, high),), firm=firm)


def duration(value: Decimal, working: str | None, name: str) -> tuple[str, str] | None:
    """(how many, of what) a number of a unit of time is, in minutes, days, business days or months."""
    unit = TIMES.get(name) or TIMES.get(name.casefold()) or TIMES.get(name.capitalize())
    if unit is None or not value:
        return None
    many, of = unit
    if working and of == "day" and many == 1:
        of = "business day"
    return numbers.plain(value * many), of


def duration_entity(text: str, start: int, end: int, made: tuple[str, str]) -> Entity:
    """A duration; the length of a meeting is no claim."""
    around = text[max(0, start - 32) : end + 28]
    short = made[1] == "minute" and Decimal(made[0]) <= _SMALL * 2
    meeting = short and (text[end : end + 1] == ")" or _ABOUT_MEETING.search(around) is not None)
    aged = text[end : end + 4] in (" ago", " old") or _PAST.search(text, max(0, start - 12), start) is not None
    ahead = _AHEAD.search(text[max(0, start - 8) : start]) or _FROM_NOW.match(text, end)
    of_year = made == ("12", "month") and "onth" in text[start:end]
    beside = spans_said.is_period(text, start) or spans_said.only_relates(text, start, end, of_year)
    firm = not (meeting or aged or beside)
    return Entity(start, end, "duration", (made[0],), made[1], firm, "ahead" if ahead else "")


def count_entity(text: str, start: int, end: int, value: Decimal, before: str) -> Entity | str:
    """A count by the noun behind it, or a bare number."""
    noun = _NOUN.match(text, end)
    first, second = (noun[1], noun[2] or "") if noun else ("", "")
    says = (numbers.plain(value),)
    for word, last in ((first, 1), (second, 2)):
        if noun and word in SEATS and not (last == 2 and first.casefold() in vocabulary.NO_NOUNS):
            bought = second in vocabulary.BOUGHT or first in vocabulary.BOUGHT
            return Entity(start, noun.end(2 if bought and second in SEATS else last), "count", says, "seat")
    if before.endswith(": ") and (label := _LABEL.search(before)) and (label[1] in SEATS or label[1].lower() in SEATS):
        return Entity(start, end, "count", says, "seat")
    if labelled(before) or _UPPER.search(before):
        return "label"
    year = 1900 <= value <= 2100 and end - start == 4
    if year or _in_address(first, second):
        return ""
    if noun and len(first) > 2 and first.casefold() not in vocabulary.NO_NOUNS:
        share = _SHARE.search(before) is not None or (value in _ROUND and _IN_EACH.search(before) is not None)
        firm = not share and first[0].islower() and first.casefold() not in vocabulary.TRIVIAL and value > 1
        return Entity(start, noun.end(1), "count", says, _stem(first), firm)
    grouped = value >= 1000 and not text[start:end].isdigit()
    return Entity(start, end, "number", says, "", grouped)


def labelled(before: str) -> bool:
    """Whether a number is the name of a thing: Step 2, § 12, #7. Looks up the one word before it: a pattern of all the
    labels would be tried at each position before each number."""
    word = _LAST_WORD.search(before)
    return before.endswith("#") or (word is not None and (word[1] or "§").casefold() in vocabulary.LABELS)


def _in_address(first: str, second: str) -> bool:
    return any(
        word in ("Street", "St", "Road", "Rd", "Avenue", "Ave", "Lane", "Drive", "Square", "Boulevard")
        for word in (first, second)
    )


def _stem(noun: str) -> str:
    """A noun in the singular: store of stores, branch of branches."""
    return re.sub(r"(?<=\w\w)(?:(?<=ch|sh|ss)es|(?<=x)es|s)\Z", "", noun.casefold())


def spelled_value(word: str) -> Decimal:
    """The number that a word such as "six" or "half an" is."""
    return NUMBERS.get(word) or (Decimal("0.5") if word.startswith("half") else Decimal(1))

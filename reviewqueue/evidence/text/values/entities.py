"""Entity extraction: the numbers, dates, money, durations, addresses and names in a text, each with its value."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache

from reviewqueue.core import folding
from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.values import addresses, dates, firmness, measures, money
from reviewqueue.evidence.text.values.entity import Entity, Kind
from reviewqueue.evidence.text.words import names, number_words, numbers
from reviewqueue.evidence.text.words.vocabulary import NUMBERS, SEATS, TIME, WEEKDAY, WEEKDAYS, WORKING

__all__ = ["LONGEST", "SHORT", "Entity", "Kind", "find", "find_in_passage"]
LONGEST = 200_000

_TOKEN = as_pattern(
    rf"\d{{1,3}}(?:[{numbers.BLANKS}]\d{{3}})+(?![\d:])(?:[.,]\d{{1,2}}(?!\d))?"
    rf"|\d+(?:[.,/:'’ʼ-]\d+)*"
)
_RANGE = as_pattern(r"(\d+(?:[.,]\d+)?)-(\d+(?:[.,]\d+)?)")
_OF_DAY = as_pattern(r"[ \u00a0]?(?:[ap]\.?m\b|Uhr|o[’']clock|UTC|GMT|CET|[AP]M\b)")
# 14 h 30, and the 30 of it; at nine, where French and Spanish write it with an h.
_CLOCK = as_pattern(r"[ \u00a0]?h(?:[ \u00a0]?[0-5]\d)?(?!\w)")
_AT_CLOCK = as_pattern(r"(?i)(?:\bà|\bdès|\bvers|\bde|\bentre|\bet|jusqu['’]à|\ba las?|\bun?m|\d ?h) \Z")
_SLASHED = as_pattern(r"([0-3]?\d)/([0-3]?\d)")
_ON = as_pattern(rf"(?i)\b(?:on|by|due|until|le|el|am|bis|dated|{WEEKDAY},?) \Z")
_MINUTES_OF = as_pattern(r"\d[ \u00a0]?h[ \u00a0]?\Z")
_JOINED = as_pattern(r"(?:,| ?(?:-|–|to|and|bis|und|&|through|or))\s?\Z")
_BULLET = as_pattern(r"(?:^|\n)[ \t>*•-]*\Z")
_DAY_BEFORE = as_pattern(rf"\b({WEEKDAY})\.?,? (?:the |le |el |den |dem )?\Z")
_SPELLED = as_pattern(
    rf"(?<![\w-])(half an|half a|an|a|{'|'.join(sorted(NUMBERS, key=len, reverse=True))})[ \u00a0-](?:({WORKING})[ -])?"
    rf"({TIME}|{'|'.join(sorted(SEATS))})(?!\w)",
    re.IGNORECASE,
)
_HUNDREDS = as_pattern(r"(?:hundred|thousand|million)(?: and)?[ -]\Z", re.IGNORECASE)
SHORT = 4_000


def find(text: str, people: bool = True) -> tuple[Entity, ...]:
    """Every entity in a text, in reading order and without overlaps; names only where `people` are wanted. Of a text
    longer than 200,000 characters, only the beginning is read. Short texts are cached: several checks read one draft,
    and each page that shows it reads it again."""
    return _short(text, people) if len(text) <= SHORT else _long(text[:LONGEST], people)


def find_in_passage(text: str) -> list[Entity]:
    """Every entity of a passage of a draft's text, and the months that it names without a day and a year. All are firm:
    what softens them may stand in other passages (`firmness.soften`)."""
    found = _in_passage(text)
    months = [Entity(start, end, "date", values) for start, end, values in dates.months_alone(text)]
    starts = [one.start for one in found]
    free = [one for one in months if not (at := bisect_right(starts, one.start)) or found[at - 1].end <= one.start]
    return sorted([*found, *free], key=lambda one: one.start) if free else list(found)


def _find(text: str, people: bool) -> tuple[Entity, ...]:
    return tuple(firmness.soften(text, list(_of_text(text, people))))


@lru_cache(maxsize=256)
def _in_passage(text: str) -> tuple[Entity, ...]:
    return _of_text(text, True)


def _of_text(text: str, people: bool) -> tuple[Entity, ...]:
    found = [Entity(start, end, "email", (value,)) for start, end, value in addresses.emails(text)]
    found += [Entity(start, end, "phone", (value,)) for start, end, value in addresses.phones(text)]
    taken = sorted([(one.start, one.end) for one in found] + addresses.links(text))
    found += _outside_taken(_date_phrases(text), taken)
    taken = sorted([*taken, *((one.start, one.end) for one in found)])
    found += _outside_taken(_numbers(text), taken)
    found += _outside_taken(_spelled(text), taken)
    taken = sorted([*taken, *((one.start, one.end) for one in found)])
    found += _outside_taken(_in_words(text, {start for start, _ in taken}), taken)
    if people:
        spans = sorted((one.start, one.end) for one in found)
        named = (
            Entity(start, end, "name", _readings(text[start:end], value), "", firm)
            for start, end, value, firm in names.find(text)
        )
        found += _outside_taken(named, sorted(taken + spans))
    return tuple(_without_overlaps(found))


def _readings(written: str, value: str) -> tuple[str, ...]:
    """The folded name, and with its umlauts as others spell them: muller, mueller."""
    spelled = folding.readings(written)[1:]
    return (value, *spelled) if len(spelled) and len(spelled[0].split()) == len(value.split()) else (value,)


_short, _long = lru_cache(maxsize=256)(_find), lru_cache(maxsize=8)(_find)


def _without_overlaps(found: list[Entity]) -> Iterator[Entity]:
    """In reading order; of two that overlap the one that begins first, or else the longer."""
    last = 0
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if one.start >= last:
            yield one
            last = one.end


def _outside_taken(found: Iterator[Entity], taken: list[tuple[int, int]]) -> Iterator[Entity]:
    """Those that overlap nothing already taken."""
    for one in found:
        place = bisect_right(taken, (one.end, -1)) - 1
        if place < 0 or taken[place][1] <= one.start:
            yield one


def _numbers(text: str) -> Iterator[Entity]:
    last, label = 0, -10
    for hit in _TOKEN.finditer(text):
        start, end, token = hit.start(), hit.end(), hit[0]
        if start < last:
            continue
        before = text[max(0, start - 24) : start]
        priced = money.before(before, token) is not None
        if not priced and before and (before[-1].isalpha() or before[-1] in "_#/\\" or _in_code(before)):
            continue
        one = _number(text, start, end, token, before, priced)
        joined = 0 < start - label < 7 and _JOINED.search(before) is not None
        if one == "label" or (joined and not (isinstance(one, Entity) and one.kind in ("date", "money", "duration"))):
            label = end
        elif isinstance(one, Entity):
            yield one._replace(start=max(one.start, last))
            last = one.end


def _in_code(before: str) -> bool:
    """Whether a number follows a hyphen or a dot that ties it to a word: INV-2041, D-93047, v.2."""
    return before[-1] in "-." and len(before) > 1 and before[-2].isalnum()


def _number(text: str, start: int, end: int, token: str, before: str, priced: bool) -> Entity | str:
    """The entity a number is; "" when it says nothing, "label" when it names a thing."""
    if not priced:
        if made := dates.from_words(text, start, end, before) or _day(text, start, end, token, before):
            return _dated(made, before, start)
        if _BULLET.search(before) and text[end : end + 2] in (". ", ") ", ".\t", ")\t"):
            return ""
        if ":" in token or (_OF_DAY.match(text, end) and len(token) <= 5) or _is_clock(text, end, token, before):
            return ""
        if before.endswith("(") and text[end : end + 1] == ")":
            return _of_written_out(text, start, end, token)
        if "/" in token:
            return ""
    if hit := _RANGE.fullmatch(token):
        token, end = hit[1], start + len(hit[1])
    value = numbers.read(token)
    if value is None:
        return ""
    if made_range := measures.to_range(text, start, end, value, before):
        return made_range
    return "" if hit else measures.measure(text, start, end, token, value, before)


def _of_written_out(text: str, start: int, end: int, token: str) -> Entity | str:
    """The length of time whose number stands in brackets behind its word: sixty (60) days; "" for any other."""
    unit, value = measures.SPAN.match(text, end + 1), numbers.read(token)
    made = measures.duration(value, unit[1], unit[2]) if unit and value is not None else None
    return measures.duration_entity(text, start, unit.end(), made) if unit and made else ""


def _is_clock(text: str, end: int, token: str, before: str) -> bool:
    """Whether a number is a time of day with an h: à 14 h 30, entre 9 h et 11 h."""
    if len(token) > 2:
        return False
    if _MINUTES_OF.search(before):
        return True
    hit = _CLOCK.match(text, end)
    return hit is not None and (hit[0][-1].isdigit() or _AT_CLOCK.search(before) is not None)


def _day(text: str, start: int, end: int, token: str, before: str) -> tuple[int, int, dates.Values] | None:
    if values := dates.from_digits(token):
        if text[end : end + 1] in "T" and (clock := re.compile(r"T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?").match(text, end)):
            end = clock.end()
        return start, end, values
    if (hit := _SLASHED.fullmatch(token)) and _ON.search(before):
        first, second = int(hit[1]), int(hit[2])
        if values := (*dates.yearless(first, second), *dates.yearless(second, first)):
            return start, end, tuple(dict.fromkeys(values))
    if text[end : end + 1] == "." and (values := dates.short(token)) and not text[end + 1 : end + 2].isdigit():
        near = re.search(rf"(?:\b(?:am|bis|vom|zum|ab|der|den|dem|seit)|{WEEKDAY},?) \Z", before)
        return (start, end + 1, values) if near else None
    return None


def _dated(made: tuple[int, int, dates.Values], before: str, at: int) -> Entity:
    """The date, with the weekday before it: its number stands beside."""
    start, end, values = made
    lead = before[: len(before) - (at - start)] if start < at else before
    hit = _DAY_BEFORE.search(lead)
    if hit is None:
        return Entity(start, end, "date", values)
    return Entity(start - (len(lead) - hit.start()), end, "date", values, "", True, str(WEEKDAYS[hit[1].casefold()]))


def _date_phrases(text: str) -> Iterator[Entity]:
    """Dates without a figure for their day: mid-April, the end of Q2, KW 16, the first of March."""
    for start, end, values in dates.phrases(text):
        yield Entity(start, end, "date", values)
    for start, end, day in number_words.ordinals(text):
        before = text[max(0, start - 24) : start]
        if made := dates.from_words(text, start, end, before, int(day)):
            yield _dated(made, before, start)


def _spelled(text: str) -> Iterator[Entity]:
    """Durations and seats whose number is a word."""
    for hit in _SPELLED.finditer(text):
        word, name = hit[1].casefold(), hit[3]
        if _HUNDREDS.search(text, max(0, hit.start() - 16), hit.start()):
            continue  # the end of a longer number
        value = measures.spelled_value(word)
        if name in SEATS:
            if value > 1:
                yield Entity(hit.start(), hit.end(), "count", (numbers.plain(value),), "seat")
        elif made := measures.duration(value, hit[2], name):
            one = measures.duration_entity(text, hit.start(), hit.end(), made)
            # "a day", "one month" and "an hour each" are figures of speech more often than numbers.
            yield one._replace(firm=one.firm and value > 1)


def _in_words(text: str, taken: set[int]) -> Iterator[Entity]:
    """Money, percentages, durations and counts whose number is in words, but for those that begin where one is."""
    spans = number_words.spans(text)
    words, last = {start: (end, value) for start, end, value in spans}, 0
    for start, end, value in spans:
        if start in taken or start < last:
            continue
        before = text[max(0, start - 24) : start]
        one = measures.measure(text, start, end, f"{value:f}", value, before)
        if isinstance(one, Entity) and one.kind in ("money", "percent", "duration", "count"):
            # "The two teams" and "three times" are seldom a fact, twelve hospitals are.
            few = one.kind == "count" and one.unit != "seat" and value < measures.FEW
            one = measures.with_small_units(text, one, value, words)
            last = one.end
            yield one._replace(firm=one.firm and not few)

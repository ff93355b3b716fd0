"""Entity extraction: the numbers, dates, money, durations, addresses and names in a text, each with its value."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Literal, NamedTuple

from reviewqueue.evidence.text import addresses, dates, names, numbers, vocabulary
from reviewqueue.evidence.text.vocabulary import NUMBERS, SEATS, SIGNS, TIME, TIMES, WEEKDAY, WORKING

Kind = Literal["date", "money", "count", "percent", "number", "duration", "email", "phone", "name", "claim"]
LONGEST = 200_000


class Entity(NamedTuple):
    """An entity in a text. `values` are its possible readings: an ISO date (see `dates`), a plain number, an address, a
    folded name. `unit` is the currency of money ("" when none is said), what a count counts ("seat" for seats, licences
    and users), or the unit of a duration. `firm` is False for what makes no claim, such as the day a question proposes:
    it is worth showing where a record says it, and no finding where none does."""

    start: int
    end: int
    kind: Kind
    values: tuple[str, ...]
    unit: str = ""
    firm: bool = True


_TOKEN = re.compile(r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?![\d:])(?:[.,]\d{1,2}(?!\d))?|\d+(?:[.,/:'’-]\d+)*")
_CLOCK = re.compile(r"\d{1,2}[:.]\d{2}(?::\d{2}(?:[.,]\d+)?)?")
_RANGE = re.compile(r"(\d+(?:[.,]\d+)?)-(\d+(?:[.,]\d+)?)")
_OF_DAY = re.compile(r"[ \u00a0]?(?:[ap]\.?m\b|Uhr|o[’']clock|UTC|GMT|CET|[AP]M\b)")
_SIGN_BEFORE = re.compile(r"((?:US|NZ|HK|[ACRS])\$|[$€£¥])[ \u00a0]?\Z|\b([A-Z]{3})[ \u00a0]?\Z")
_SIGN_AFTER = re.compile(r"[ \u00a0\u202f]?(?:([$€£¥])|([A-Z]{3})\b|((?:[Ee]uros?|[Dd]ollars?|[Pp]ounds?|Franken))\b)")
_TIMES_OF = re.compile(
    r"(k|K|m|M|mn|bn|Tsd\.?)(?![\w'’])"
    r"|[ \u00a0](mn|bn|Mio\.?|Mrd\.?|Tsd\.?|[Mm]illion(?:en)?|[Bb]illion|[Tt]housand)(?!\w)"
)
_PERCENT = re.compile(r"[ \u00a0]?(?:%|per ?cent\b|Prozent\b)")
_SPAN = re.compile(rf"[ \u00a0-]?(?:({WORKING})[ -])?({TIME})(?![\w])")
_NOUN = re.compile(r"[ \u00a0]([^\W\d_][\w'’-]*)(?:[ \u00a0]([^\W\d_][\w’'-]*))?")
_LAST_WORD = re.compile(r"(?:(?<!\w)(\w+)|§)\.?[ \u00a0]?\Z")
_UPPER = re.compile(r"[A-Z]{2,}[ \u00a0-]\Z")
_JOINED = re.compile(r"(?:,| ?(?:-|–|to|and|bis|und|&|through|or))\s?\Z")
_BULLET = re.compile(r"(?:^|\n)[ \t>*•-]*\Z")
_DAY_BEFORE = re.compile(rf"\b{WEEKDAY}\.?,? (?:the )?\Z")
_ABOUT_MEETING = re.compile(rf"\b(?:{vocabulary.MEETING})\b", re.IGNORECASE)
_SPELLED = re.compile(
    rf"(?<![\w-])(half an|half a|an|a|{'|'.join(sorted(NUMBERS, key=len, reverse=True))})[ \u00a0-](?:({WORKING})[ -])?"
    rf"({TIME}|{'|'.join(sorted(SEATS))})(?!\w)",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:please|could|can|would you|shall we|let (?:me|us) know|tell (?:me|us)|suits?|bitte|könn\w+|würden)\b",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[!?\n]|\.(?=\s)")
_SETS = re.compile(r"\A ?Due:? (?:on |by )?\Z")
_OFFERS = re.compile(r"\?[ \t]*\n(?:[ \t]*[-*•][^\n]*\n){0,5}[ \t]*[-*•][^\n]*\Z")
_CERTAIN = re.compile(r" (?:sure|certain|agree|fine|behind|clear)\b")
_SHARE = re.compile(r"\d (?:of|out of|von) \Z")  # 3 of 4
_SMALL = Decimal(90)
SHORT = 4_000


def find(text: str, people: bool = True) -> tuple[Entity, ...]:
    """Every entity in a text, in reading order and without overlaps; names only where `people` are wanted. Of a text
    longer than 200,000 characters, only the beginning is read. Short texts are cached: several checks read one draft,
    and each page that shows it reads it again."""
    return _short(text, people) if len(text) <= SHORT else _long(text[:LONGEST], people)


def _find(text: str, people: bool) -> tuple[Entity, ...]:
    found = [Entity(start, end, "email", (value,)) for start, end, value in addresses.emails(text)]
    found += [Entity(start, end, "phone", (value,)) for start, end, value in addresses.phones(text)]
    taken = sorted([(one.start, one.end) for one in found] + addresses.links(text))
    found += _outside_taken(_numbers(text), taken)
    found += _outside_taken(_spelled(text), taken)
    if people:
        spans = sorted((one.start, one.end) for one in found)
        named = (Entity(start, end, "name", (value,), "", firm) for start, end, value, firm in names.find(text))
        found += _outside_taken(named, sorted(taken + spans))
    return tuple(_soften_claims(text, list(_without_overlaps(found))))


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
        money = _currency(before)
        if not money and before and (before[-1].isalpha() or before[-1] in "_#/\\" or _in_code(before)):
            continue
        one = _number(text, start, end, token, before, money)
        joined = 0 < start - label < 7 and _JOINED.search(before) is not None
        if one == "label" or (joined and not (isinstance(one, Entity) and one.kind in ("date", "money", "duration"))):
            label = end
        elif isinstance(one, Entity):
            yield one._replace(start=max(one.start, last))
            last = one.end


def _in_code(before: str) -> bool:
    """Whether a number follows a hyphen or a dot that ties it to a word: INV-2041, D-93047, v.2."""
    return before[-1] in "-." and len(before) > 1 and before[-2].isalnum()


def _number(text: str, start: int, end: int, token: str, before: str, money: str) -> Entity | str:
    """The entity a number is; "" when it says nothing, "label" when it names a thing."""
    if not money:
        if made := dates.from_words(text, start, end, before) or _day(text, start, end, token, before):
            return Entity(_with_weekday(made[0], before, start), made[1], "date", made[2])
        if _BULLET.search(before) and text[end : end + 2] in (". ", ") ", ".\t", ")\t"):
            return ""
        if ":" in token or (_OF_DAY.match(text, end) and len(token) <= 5):
            return ""
        if before.endswith("(") and text[end : end + 1] == ")":
            return ""
        if "/" in token:
            return ""
    if "-" in token:
        return _range(text, start, end, token, before, money)
    value = numbers.read(token)
    if value is None:
        return ""
    return _measure(text, start, end, value, before, money)


def _day(text: str, start: int, end: int, token: str, before: str) -> tuple[int, int, dates.Values] | None:
    if values := dates.from_digits(token):
        if text[end : end + 1] in "T" and (clock := re.compile(r"T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?").match(text, end)):
            end = clock.end()
        return start, end, values
    if text[end : end + 1] == "." and (values := dates.short(token)) and not text[end + 1 : end + 2].isdigit():
        near = re.search(rf"(?:\b(?:am|bis|vom|zum|ab|der|den|dem|seit)|{WEEKDAY},?) \Z", before)
        return (start, end + 1, values) if near else None
    return None


def _with_weekday(start: int, before: str, at: int) -> int:
    lead = before[: len(before) - (at - start)] if start < at else before
    hit = _DAY_BEFORE.search(lead)
    return start - (len(lead) - hit.start()) if hit else start


def _currency(before: str) -> str:
    hit = None if before[-2:-1].isdigit() and before[-1].isspace() else _SIGN_BEFORE.search(before)
    if hit is None:
        return ""
    return SIGNS[hit[1]] if hit[1] else hit[2] if hit[2] in vocabulary.CODES else ""


def _range(text: str, start: int, end: int, token: str, before: str, money: str) -> Entity | str:
    """Two numbers with a hyphen: the unit of the second holds for the range, which makes no exact claim."""
    hit = _RANGE.fullmatch(token)
    if hit is None:
        return ""
    pair = [numbers.read(hit[1]), numbers.read(hit[2])]
    if pair[0] is None or pair[1] is None:
        return ""
    one = _measure(text, start, end, pair[1], before, money)
    if not isinstance(one, Entity) or one.kind in ("number", "count"):
        return ""
    return one._replace(firm=False)


def _measure(text: str, start: int, end: int, value: Decimal, before: str, money: str) -> Entity | str:
    """Money, a percentage, a duration, a count, or a bare number."""
    times = _TIMES_OF.match(text, end)
    if times and not _SPAN.match(text, end):
        value, end = value * vocabulary.TIMES_OF[(times[1] or times[2]).casefold().rstrip(".")], times.end()
    says = (numbers.plain(value),)
    if money:
        return Entity(start - len(_SIGN_BEFORE.search(before)[0]), end, "money", says, money)  # type: ignore[index]
    if after := _SIGN_AFTER.match(text, end):
        code = SIGNS.get(after[1] or "") or (
            after[2] if after[2] in vocabulary.CODES else vocabulary.NAMED.get((after[3] or "").casefold(), "")
        )
        if code:
            return Entity(start, after.end(), "money", says, code)
    if after := _PERCENT.match(text, end):
        certain = says == ("100",) and _CERTAIN.match(text, after.end()) is not None
        return Entity(start, after.end(), "percent", says, "%", not certain)
    if (after := _SPAN.match(text, end)) and (made := _duration(value, after[1], after[2])):
        return _duration_entity(text, start, after.end(), made)
    if times:
        return Entity(start, end, "money", says)
    return _count_entity(text, start, end, value, before)


def _duration(value: Decimal, working: str | None, name: str) -> tuple[str, str] | None:
    unit = TIMES.get(name) or TIMES.get(name.casefold()) or TIMES.get(name.capitalize())
    if unit is None or not value:
        return None
    many, of = unit
    if working and of == "day" and many == 1:
        of = "business day"
    return numbers.plain(value * many), of


def _duration_entity(text: str, start: int, end: int, made: tuple[str, str]) -> Entity:
    """A duration; the length of a meeting is no claim."""
    around = text[max(0, start - 32) : end + 28]
    short = made[1] == "minute" and Decimal(made[0]) <= _SMALL * 2
    meeting = short and (text[end : end + 1] == ")" or _ABOUT_MEETING.search(around) is not None)
    aged = text[end : end + 4] in (" ago", " old") or text[max(0, start - 5) : start] in ("last ", "past ")
    return Entity(start, end, "duration", (made[0],), made[1], not (meeting or aged))


def _count_entity(text: str, start: int, end: int, value: Decimal, before: str) -> Entity | str:
    noun = _NOUN.match(text, end)
    first, second = (noun[1], noun[2] or "") if noun else ("", "")
    says = (numbers.plain(value),)
    for word, last in ((first, 1), (second, 2)):
        if noun and word in SEATS and not (last == 2 and first.casefold() in vocabulary.NO_NOUNS):
            bought = second in vocabulary.BOUGHT or first in vocabulary.BOUGHT
            return Entity(start, noun.end(2 if bought and second in SEATS else last), "count", says, "seat")
    if _labelled(before) or _UPPER.search(before):
        return "label"
    year = 1900 <= value <= 2100 and end - start == 4
    if year or _in_address(first, second):
        return ""
    if noun and len(first) > 2 and first.casefold() not in vocabulary.NO_NOUNS:
        share = _SHARE.search(before) is not None
        firm = not share and first[0].islower() and first.casefold() not in vocabulary.TRIVIAL and value > 1
        return Entity(start, noun.end(1), "count", says, _stem(first), firm)
    grouped = value >= 1000 and not text[start:end].isdigit()
    return Entity(start, end, "number", says, "", grouped)


def _labelled(before: str) -> bool:
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


def _spelled(text: str) -> Iterator[Entity]:
    """Durations and seats whose number is a word."""
    for hit in _SPELLED.finditer(text):
        word, name = hit[1].casefold(), hit[3]
        value = NUMBERS.get(word) or (Decimal("0.5") if word.startswith("half") else Decimal(1))
        if name in SEATS:
            if value > 1:
                yield Entity(hit.start(), hit.end(), "count", (numbers.plain(value),), "seat")
        elif made := _duration(value, hit[2], name):
            one = _duration_entity(text, hit.start(), hit.end(), made)
            # "a day", "one month" and "an hour each" are figures of speech more often than numbers.
            yield one._replace(firm=one.firm and value > 1)


def _soften_claims(text: str, found: list[Entity]) -> list[Entity]:
    """The entities with `firm` off for a day or duration in a question or request, and for who signs: they claim
    nothing."""
    signed = names.signature(text)
    signers = {value for one in found if one.start >= signed and one.kind in ("name", "email") for value in one.values}

    def soft(one: Entity) -> bool:
        if one.start >= signed or signers.intersection(one.values):
            return True
        return one.kind in ("date", "duration") and _is_asked(text, one)

    return [one._replace(firm=False) if one.firm and soft(one) else one for one in found]


def _is_asked(text: str, one: Entity) -> bool:
    """Whether the sentence around it asks for something or sets a day itself: a question, the list of what it offers, a
    request, "Due …"."""
    head = text[max(0, one.start - 300) : one.start]
    begins = max((hit.end() for hit in _ENDS.finditer(head)), default=0)
    ends = _ENDS.search(text, one.end, one.end + 300)
    if _SETS.search(head[begins:]) or _OFFERS.search(head):
        return True
    return (
        (ends is not None and ends[0] == "?")
        or _ASKS.search(head, begins) is not None
        or (ends is not None and _ASKS.search(text, one.end, ends.start()) is not None)
    )

"""Verifies citations: whether the words of a draft that cite a field say what the field says.

Three outcomes: "same", "otherwise", and "unclear" where the two cannot be compared, such as a paraphrase.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from reviewqueue.core.canonical_json import leaves, write
from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.records import text_fields
from reviewqueue.evidence.text.values import currencies, moments, money
from reviewqueue.evidence.text.values.agreement import agree, agree_in_all_readings, comparable
from reviewqueue.evidence.text.values.entities import Entity, find
from reviewqueue.evidence.text.words import numbers, qualifiers
from reviewqueue.evidence.text.words.number_words import with_figures
from reviewqueue.evidence.text.words.swapped_names import swapped
from reviewqueue.evidence.text.words.tokens import NEGATIONS, Token, WordSet, content, denies, folded, tokens, word_set
from reviewqueue.evidence.text.words.vocabulary import MONTHS, TIMES, WEEKDAYS

Verdict = Literal["same", "otherwise", "unclear"]
_MAX_LIST_VALUES = 200  # values of a list that are read
_TYPED = 80  # no date, amount or address is longer
CONTEXT_BEFORE = 60  # characters before a quote that may deny it
_YES = word_set("true yes y ja oui sí")
_NO = word_set("false no n nein non none n/a na nothing keine keiner nil - –")
_DENYING = word_set("nein excluded false opt outside")
_NUMBER = as_pattern(r"-?\d{1,20}(?:\.\d{1,10})?")
_PRICE_KEY = as_pattern(r"(?i)amount|price|arr|mrr|acv|tcv|value|total|fee|cost|preis|betrag")
_UNIT_KEY = as_pattern(r"(?i)unit|per_?|each|list_?price|rate")
_CURRENCY_KEY = as_pattern(r"(?:\A|_)(EUR|USD|GBP|CHF|BRL|SEK|NOK|DKK|PLN|CAD|AUD|JPY)(?:_|\Z)", re.I)
_TIME_KEY = as_pattern(r"(?i)(minute|hour|day|week|month|quarter|year)s?(?:__c)?\Z")
_SEATS_KEY = as_pattern(r"(?i)quantity|seat|licen|user|(?<!dis)(?<!ac)count")
_PEOPLE_KEY = as_pattern(r"(?i)seat|licen|user")
_WEEKDAYS = {folded(name): number for name, number in WEEKDAYS.items() if len(name) > 5}
_MONTHS = {folded(name): number for name, number in MONTHS.items()}


@dataclass(frozen=True)
class Quoted:
    """Words of a draft that cite a field: the quote, the text just before and after it, and the field's pointer and
    value. `says` answers whether the field, as `index` reads records, says an entity found in a text; `currency` is the
    one that the record names for its amounts, `zone` where a moment's day is read."""

    quote: str
    before: str
    after: str
    path: str
    value: Any
    says: Callable[[Entity], bool]
    currency: str = ""
    zone: str = "UTC"

    @property
    def key(self) -> str:
        """The name of the field, without list positions."""
        return next((name for name in reversed(self.path.split("/")) if name and not name.isdigit()), "")


def verdict(quoted: Quoted) -> Verdict:
    """The verdict on a quote: does it say what the field it cites says?"""
    value = quoted.value
    told = value.strip() if isinstance(value, str) else write(value, digits=True)
    found = _compare(quoted, value, told)
    if found != "same":
        return found
    if qualifiers.extends_address(quoted.quote, told):
        return "otherwise"
    return "unclear" if qualifiers.takes_back(quoted.quote, told) or _bounds_or_names_differ(quoted, value) else "same"


def _bounds_or_names_differ(quoted: Quoted, value: Any) -> bool:
    """Whether a text has the quote's words and figures, but a figure is a bound in only one of the two, or names have
    swapped places."""
    if (
        not isinstance(value, str)
        or len(quoted.quote) > text_fields.LONGEST_QUOTE
        or len(value) > text_fields.LONGEST_NOTE
    ):
        return False
    said, held = with_figures(quoted.quote.strip()), with_figures(value)
    return qualifiers.bounds_differ(said, quoted.before, held) or swapped(said, held)


def _compare(quoted: Quoted, value: Any, told: str) -> Verdict:
    if isinstance(value, bool):
        return _yes_no_verdict(quoted, value)
    if isinstance(value, dict | list):
        return _list_verdict(quoted, value)
    if len(told) < 10 and folded(told) in _YES | _NO:
        return "same" if _is_whole_quote(quoted.quote, told) else _yes_no_verdict(quoted, folded(told) in _YES)
    if _NUMBER.fullmatch(told):
        return _number(quoted, told)
    return _typed_verdict(quoted, told) or text_fields.compared(quoted.quote, quoted.before, told, quoted.key)


def _is_whole_quote(quote: str, told: str) -> bool:
    return folded(quote).strip(" .") == folded(told)


def _yes_no_verdict(quoted: Quoted, value: bool) -> Verdict:
    """The verdict for a yes or no: whether the sentence is about the same thing, and denies it or not."""
    found = tokens(with_figures(quoted.quote))
    words = {one.word for one in found}
    if not text_fields.covers(content(found), content(tokens(text_fields.spaced(quoted.key)))) and not words & (
        _YES | _NO
    ):
        return "unclear"
    no = denies(quoted.quote) or text_fields.denied_from(quoted.before) or bool(words & _DENYING)
    if no == value:
        return "otherwise"
    if value:
        costs = any(one.kind == "money" for one in find(with_figures(quoted.quote), people=False))
        return "unclear" if costs else "same"
    topic = WordSet(content(tokens(text_fields.spaced(quoted.key))))
    about = [one for one in found if topic.has(one)]
    at_it = any(qualifiers.denied_at(with_figures(quoted.quote), quoted.before, one.start, one.end) for one in about)
    return "same" if at_it or words & (_DENYING | _NO) - NEGATIONS or not about else "unclear"


def _list_verdict(quoted: Quoted, value: Any) -> Verdict:
    """The verdict for a list or an object: the quote says one of its values, or how many there are."""
    parts = [text for _, text in leaves(value) if text.strip()]
    found = find(with_figures(quoted.quote), people=False)
    counts = [one for one in found if one.kind in ("count", "number")]
    if isinstance(value, list) and any(one.values[0] == str(len(value)) for one in counts):
        words = content(tokens(with_figures(quoted.quote)))
        named = len(counts) > 1 or any(one.name for one in words) or denies(quoted.quote)
        if not named and text_fields.covers(words, content(tokens(text_fields.spaced(quoted.key)))):
            return "same"
    if denies(quoted.quote) and not any(map(denies, parts[:_MAX_LIST_VALUES])):
        return "unclear"
    told = {text_fields.compared(quoted.quote, quoted.before, part, quoted.key) for part in parts[:_MAX_LIST_VALUES]}
    return "same" if "same" in told else "unclear"


def _number(quoted: Quoted, told: str) -> Verdict:
    """The verdict for a plain number, however it is written; for money also its currency and period (month or year)."""
    text = with_figures(quoted.quote)
    found = [_with_period(one, text, quoted) for one in find(text, people=False) if not _is_negated(text, one.start)]
    if fits := [one for one in found if _fits(quoted, one, told)]:
        return "otherwise" if _other_currency(quoted, fits) else _figure_verdict(quoted, text, fits)
    if any(_may_fit(quoted, one, told) for one in found):
        return "unclear"
    spans = [(one.start, one.end) for one in found]
    loose = [one for one in tokens(text) if one.figure and not any(start <= one.start < end for start, end in spans)]
    words = {one.word for one in tokens(text)}
    plain = _plain(told)
    if alone := [one for one in loose if one.word == plain and not _is_negated(text, one.start)]:
        return _figure_verdict(quoted, text, alone)
    if not found and not loose and ((plain == "1" and "one" in words) or (plain == "0" and words & NEGATIONS)):
        return "same"
    return "otherwise" if found or loose or words & NEGATIONS else "unclear"


def _figure_verdict(quoted: Quoted, text: str, fits: Sequence[Entity | Token]) -> Verdict:
    """The verdict where the quote has the field's figure or day: "same", unless it is denied there or only a bound."""
    before = quoted.before
    if all(qualifiers.denied_at(text, before, one.start, one.end) for one in fits):
        return "otherwise"
    priced = any(isinstance(one, Entity) and one.kind == "money" for one in fits) or _PRICE_KEY.search(quoted.key)
    if priced and qualifiers.is_unit_price(f"{text}{quoted.after}") and not _UNIT_KEY.search(quoted.key):
        return "unclear"
    days = {one.start for one in fits if isinstance(one, Entity) and one.kind == "date"}
    bounds = (qualifiers.bounded(text, before, one.start, one.end, day=one.start in days) for one in fits)
    return "unclear" if all(bounds) else "same"


def _plain(told: str) -> str:
    value = numbers.read(told.lstrip("-"))
    return numbers.plain(value) if value is not None else told


def _with_period(one: Entity, text: str, quoted: Quoted) -> Entity:
    """The entity, with the month or year of a sum also where that stands just behind the quote."""
    if one.kind != "money" or one.beside:
        return one
    return one._replace(beside=money.period(f"{text}{quoted.after}", one.start, one.end))


def _may_fit(quoted: Quoted, one: Entity, told: str) -> bool:
    """Whether a quote's figure cannot be held against the field's: a range that has it in it, or a sum of another
    figure in another currency."""
    if ".." in one.values[0]:
        return numbers.within(_plain(told), one.values[0])
    unit = currencies.known(quoted.currency)
    return one.kind == "money" and not currencies.may_be_one(one.unit, unit) and _plain(told) not in one.values


def _fits(quoted: Quoted, one: Entity, told: str) -> bool:
    if ".." in one.values[0] or (one.kind == "percent" and _SEATS_KEY.search(quoted.key)):
        return False
    if _PEOPLE_KEY.search(quoted.key):
        if one.kind == "duration":
            return False
    elif one.unit == "seat" and _TIME_KEY.search(quoted.key):
        return False
    if quoted.says(one):
        return True
    if one.kind in ("count", "number", "percent"):
        return one.values[0] == _plain(told)
    if one.kind == "duration":
        unit = _TIME_KEY.search(quoted.key)
        return unit is None and any(
            one.values[0] == _plain(str(float(_plain(told)) * many)) for many in _times(one.unit)
        )
    return False


def _times(unit: str) -> Iterator[int]:
    """How many of a unit (day, month, minute) each time word that is counted in it stands for."""
    yield from sorted({many for many, of in TIMES.values() if of == unit})


def _is_negated(text: str, start: int) -> bool:
    """Whether a figure is negated: "not 40", "instead of 40"."""
    return (
        re.search(
            r"(?i)\b(?:not|instead of|rather than|nicht|statt|anstatt) (?:the |die |der |den |das )?\Z", text[:start]
        )
        is not None
    )


def _other_currency(quoted: Quoted, fits: Sequence[Entity]) -> bool:
    """Whether an amount has another currency than the one in the field's name."""
    named = _CURRENCY_KEY.search(quoted.key)
    said = {one.unit for one in fits if one.kind == "money" and one.unit}
    return named is not None and bool(said) and named[1].upper() not in said


def _typed_verdict(quoted: Quoted, told: str) -> Verdict | None:
    """The verdict for a field that holds only one date, amount, share, duration or address; None for any other text."""
    if len(told) > _TYPED:
        return None
    read = moments.day_of(told, quoted.zone) or told
    whole = next((one for one in find(read, people=False) if one.end - one.start >= len(read.rstrip("."))), None)
    if whole is None or whole.kind in ("count", "number", "name"):
        return None
    text = with_figures(quoted.quote)
    found = [
        _with_period(one, text, quoted)
        for one in find(text, people=False)
        if one.kind == whole.kind and not _is_negated(text, one.start)
    ]
    if ".." in whole.values[0] or any(".." in one.values[0] for one in found):
        inside = any(one.values == whole.values for one in found)
        return "same" if inside else "unclear" if any(_overlap(one, whole) for one in found) else "otherwise"
    if fits := [one for one in found if agree(one, whole) or quoted.says(one)]:
        if whole.kind == "date" and not any(agree_in_all_readings(one, whole) for one in fits):
            return "unclear"
        if whole.kind == "date" and _other_weekday(text, whole):
            return "otherwise"
        # Another day beside it needs support of its own (see `grounding`).
        other = whole.kind == "money" and _other_currency(quoted, fits)
        return "otherwise" if other else _figure_verdict(quoted, text, fits)
    if whole.kind == "date":
        return _partial_date_verdict(text, found, whole, told)
    if whole.kind in ("email", "phone") and not found:
        return text_fields.compared(quoted.quote, quoted.before, told, quoted.key)
    if whole.kind == "money" and found and not any(comparable(one, whole) for one in found):
        return "unclear"
    others = [one for one in find(text, people=False) if one.kind in (whole.kind, "count", "number")]
    return "otherwise" if found or others else "unclear"


def _overlap(one: Entity, other: Entity) -> bool:
    """Whether one of two figures, of which one is a range, lies in the other."""
    values = [(left, right) for left in one.values for right in other.values]
    return any(numbers.within(left, right) or numbers.within(right, left) for left, right in values)


def _day(whole: Entity) -> date | None:
    try:
        return date.fromisoformat(whole.values[0])
    except ValueError:
        return None


def _other_weekday(text: str, whole: Entity) -> bool:
    """Whether the text gives the day a wrong weekday."""
    day = _day(whole)
    called = {_WEEKDAYS[one.word] for one in tokens(text) if one.word in _WEEKDAYS}
    return day is not None and len(called) == 1 and day.weekday() not in called


def _partial_date_verdict(text: str, found: Sequence[Entity], whole: Entity, told: str) -> Verdict:
    """The verdict for a date that is written otherwise, or only in part: its weekday or its month."""
    day, words = _day(whole), {one.word for one in tokens(text)}
    if found:
        days = [one for item in found for value in item.values if (one := _iso(value))]
        close = day is not None and "T" in told and any(abs(one - day) <= timedelta(days=1) for one in days)
        return "unclear" if close else "otherwise"  # a timestamp may be another day in another time zone
    weekdays = {_WEEKDAYS[word] for word in words if word in _WEEKDAYS}
    # A month's short name is also another word, unless it has a capital.
    months = {_MONTHS[one.word] for one in tokens(text) if one.word in _MONTHS and (len(one.word) > 3 or one.name)}
    if day is None or not (weekdays or months):
        return "unclear"
    return "same" if weekdays <= {day.weekday()} and months <= {day.month} else "otherwise"


def _iso(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None

"""The dates, sums, shares and durations of a text as comparable values, and as marks that the patterns match."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.promises import periods
from reviewqueue.evidence.text.values.entities import Entity, find
from reviewqueue.evidence.text.words import numbers
from reviewqueue.evidence.text.words.vocabulary import NUMBERS

# A mark replaces a found amount while a sentence is read: its letter and number between two private-use characters.
OPEN, CLOSE = "\ue000", "\ue001"
_LETTERS = {"date": "d", "money": "m", "percent": "p", "duration": "t"}
_EVERY = as_pattern(r"(?<=[\d€$£kKR])\s(?:a|an|each|every)\s(?:year|month|quarter)\Z")  # "EUR 900 a month" is no time


def mark(letter: str, name: str) -> str:
    """The pattern of a mark, with its number in the group `name`: d a date, m money, p a share, t a duration."""
    return rf"{OPEN}{letter}(?P<{name}>\d+){CLOSE}"


@lru_cache(maxsize=2048)  # as many sentences as the longest message has
def marked(text: str) -> tuple[str, tuple[Entity, ...]]:
    """The text with each amount replaced by a mark, and the amounts by the number in the mark."""
    text = text.replace(OPEN, " ").replace(CLOSE, " ").replace("\u00a0", " ").replace("\u202f", " ")
    read = [one for one in find(text, people=False) if one.kind in _LETTERS]
    known = [one for one in read if one.kind != "date" or not _is_span(one.values[0])]
    spans = [one for one in periods.find(text) if all(one.end <= at.start or at.end <= one.start for at in known)]
    found = sorted(one for one in (*known, *spans) if len(one.values) == 1 and ".." not in one.values[0])
    found = [one for one in found if not (one.kind == "duration" and _EVERY.search(text, 0, one.end))]
    parts, last = [], 0
    for number, one in enumerate(found):
        parts += [text[last : one.start], OPEN, _LETTERS[one.kind], str(number), CLOSE]
        last = one.end
    return "".join((*parts, text[last:])), tuple(found)


def _is_span(day: str) -> bool:
    """Whether a date is a month or a part of one, which `periods` reads with its first and last day."""
    return day.count("-") == 1 or "~" in day


def value(one: Entity) -> str:
    """A found amount as a promise's value: "2026-06-01", "EUR 48000", "20 %", "12 months", "4 business hours"."""
    says = one.values[0]
    if one.kind == "money":
        return f"{one.unit} {says}".strip()
    if one.kind == "percent":
        return f"{says} %"
    if one.kind != "duration":
        return says
    hours = one.unit == "minute" and Decimal(says) % 60 == 0
    return f"{numbers.plain(Decimal(says) / 60)} hours" if hours else f"{says} {one.unit}s"


def first(text: str, kind: str) -> str:
    """The first amount of that kind in a text; "" where there is none, or it may be read in two ways."""
    found = next((one for one in find(text, people=False) if one.kind == kind), None)
    if found is None:
        return _bare(text) if kind == "money" else ""
    return value(found) if len(found.values) == 1 and ".." not in found.values[0] else ""


def _bare(text: str) -> str:
    """A sum that is nothing but its digits."""
    read = numbers.read(text.strip())
    return "" if read is None else numbers.plain(read)


def count(text: str) -> str:
    """A count in digits or as a word; "" when it is none."""
    read = NUMBERS.get(text.casefold()) or numbers.read(text)
    return "" if read is None else numbers.plain(read)

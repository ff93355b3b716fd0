"""Percentages that a record says without their figure: one in five, every third of them, a quarter of our orders."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.words.vocabulary import NUMBERS

_EACH = (
    ("half|hälfte|moitié|mitad", 50),
    ("third|drittel|dritte[rs]?|tiers|tercio|tercera parte", 33),
    ("quarter|fourth|viertel|vierte[rs]?|quart|cuarto|cuarta parte", 25),
    ("fifth|fünftel|fünfte[rs]?|cinquième|quinta parte", 20),
)
_OF = as_pattern(
    r"(?i)\b(?:a|one|every|each|ein|jede[rs]?|un|une|la|die|cada) (?:"
    + "|".join(f"(?P<p{share}>{words})" for words, share in _EACH)
    + r")\b(?! (?:month|year|week|day|time|of the year|ago))"
)
_HALF = as_pattern(r"(?i)\b(?:half|hälfte|moitié|mitad)(?= (?:of|der|des|de|our|the|we|at|when)\b)")
_NUMBERS = {word: number for word, number in NUMBERS.items() if word.isascii() and 1 <= number <= 10}
_IN = as_pattern(rf"(?i)\b({'|'.join(_NUMBERS)}) (?:in|out of) (?:every )?({'|'.join(_NUMBERS)}|a hundred|hundred)\b")


def find(text: str) -> Iterator[Decimal]:
    """The percentages that a text says in such words."""
    for hit in _OF.finditer(text):
        yield Decimal((hit.lastgroup or "p0")[1:])
    if _HALF.search(text):
        yield Decimal(50)
    for hit in _IN.finditer(text):
        some, of = _NUMBERS[hit[1].lower()], _NUMBERS.get(hit[2].lower(), Decimal(100))
        if some < of:
            yield some * 100 / of

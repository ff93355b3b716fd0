"""Amounts that a sentence works out from several values of the records: sums, a price for one, the price of a whole
term, and round figures."""

from __future__ import annotations

from decimal import Decimal

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.records.index import Index, Place
from reviewqueue.evidence.text.sentence.clauses import sentence_spans
from reviewqueue.evidence.text.values.entities import Entity
from reviewqueue.evidence.text.words import concepts

_TOGETHER = as_pattern(
    r"(?i)\b(?:together|altogether|in total|in all|total\w*|overall|combined|including|counting|plus|add\w*|sum"
    r"|first year"
    r"|zusammen|insgesamt|einschließlich|inklusive|gesamt\w*|summe|im ersten jahr|au total|en tout|y compris|ensemble"
    r"|première année|somme|en total|incluyendo|incluid\w+|suma|primer año)\b"
)
_OF_TERM = as_pattern(
    r"(?i)\b(?:(?:over|across|for|through) (?:the |all )?(?:whole |full |entire |initial )?(?:term|\w+ years|\d+ years"
    r"|contract)|in total|total\w*|(?:über|auf) (?:die |alle )?(?:gesamte |ganze )?(?:laufzeit|\w+ jahre)|insgesamt"
    r"|gesamt\w*|sur (?:la durée|\w+ ans)|au total|durante|en total)\b"
)
# Words before a round figure, and how far the exact one may lie below and above it.
_ROUND = (
    (as_pattern(r"(?i)\b(?:(?:a (?:little|bit|touch) |just |well |slightly )?(?:over|above)|more than|upwards of|gut"
                r"|mehr als|etwas über|plus de|un peu plus de|más de)[ \u00a0]\Z"), Decimal(1), Decimal("1.15")),
    (as_pattern(r"(?i)\b(?:(?:just |a little |slightly )?(?:under|below|short of)|almost|nearly|close to|fewer than"
                r"|less than|knapp|fast|beinahe|weniger als|près de|presque|moins de|casi|menos de)[ \u00a0]\Z"),
     Decimal("0.87"), Decimal(1)),
    (as_pattern(r"(?i)\b(?:about|around|roughly|some|approximately|approx\.?|circa|ca\.|etwa|ungefähr|rund|gegen|environ"
                r"|à peu près|unos|unas|alrededor de|aproximadamente)[ \u00a0]\Z"), Decimal("0.92"), Decimal("1.08")),
)  # fmt: skip
_ROUNDED = frozenset(("count", "money", "percent", "number"))


def worked_out(text: str, one: Entity, index: Index) -> list[Place]:
    """The fields from which a sentence works out a value that none of them has; none where it does not."""
    if one.kind == "money":
        sentence = _sentence(text, one)
        if _TOGETHER.search(sentence) and (found := index.adds_up(one)):
            return found
        if any(hit.key == "seat-price" for hit in concepts.spoken("money", sentence)) and (
            found := index.for_each(one)
        ):
            return found
        if _OF_TERM.search(sentence) and (found := index.for_term(one)):
            return found
    return _rounded(text, one, index)


def _sentence(text: str, one: Entity) -> str:
    first, last = next((span for span in sentence_spans(text) if span[0] <= one.start < span[1]), (0, 0))
    return text[first:last]


def _rounded(text: str, one: Entity, index: Index) -> list[Place]:
    """The fields whose figure a round one stands for: a little over 300 for 310."""
    if one.kind not in _ROUNDED or ".." in one.values[0]:
        return []
    before, said = text[max(0, one.start - 30) : one.start], Decimal(one.values[0])
    for words, low, high in _ROUND:
        if words.search(before):
            return index.between(one, said * low, said * high)
    return []

"""Amounts in a record's text that name no currency: "the board gave me a hundred and ten thousand for this"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.values import currencies, money
from reviewqueue.evidence.text.values.entity import Entity
from reviewqueue.evidence.text.words import number_words, numbers
from reviewqueue.evidence.text.words.vocabulary import NO_NOUNS

_LEAST = 20  # what is less counts things more often than money
_NEXT = as_pattern(r"[ \u00a0]([^\W\d_][\w'’]*)")
# Words behind an amount that count nothing, beside the prepositions and articles.
_GOES_ON = NO_NOUNS | frozenset(
    "a an last this next all once plus ring aside only annually yearly monthly set tops max maximum no total "  # noqa: SIM905
    "altogether one even net gross je pauschal einmalig höchstens netto brutto diesen dieses im hors mensuels "
    "sind ist war sont est son fue kann darf nicht mensuales anuales tout como máximo de côté".split()
)
_OR = as_pattern(r"(?:,| or| to| bis| oder| à| ou| a| o)? ?\Z")
_THOUSAND = 1000


class Bare(NamedTuple):
    """An amount without a currency: its value as in `Entity`, and the period that it is for."""

    value: str
    period: money.Period


def find(text: str, found: Sequence[Entity]) -> Iterator[Bare]:
    """The bare amounts in words of a text, but for what was `found` as a percentage, a time or money already."""
    taken = [(one.start, one.end) for one in found if one.kind not in ("count", "number")]
    spans = number_words.spans(text)
    for at, (start, end, value) in enumerate(spans):
        if value < _LEAST or any(first < end and start < last for first, last in taken):
            continue
        after = _NEXT.match(text, end)
        if after and after[1].casefold() not in _GOES_ON:
            continue
        period = money.period(text, start, end)
        yield Bare(numbers.plain(value), period)
        _, last, fewer = spans[at - 1] if at else (0, 0, value)
        if fewer * _THOUSAND < value < fewer * 10 * _THOUSAND and _OR.fullmatch(text[last:start]):
            yield Bare(numbers.between(fewer * _THOUSAND, value), period)


def only_currency(named: frozenset[str]) -> str:
    """The one currency that all records name; "" where they name none, or several."""
    if not all(currencies.may_be_one(one, other) for one in named for other in named):
        return ""
    return max(named, key=lambda one: (one in currencies.CODES, one), default="")

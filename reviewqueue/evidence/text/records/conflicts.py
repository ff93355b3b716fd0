"""Finds conflicts: two records of one customer that disagree on the same fact, by the table in `fact_paths`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations

from reviewqueue.evidence.text.records.fact_paths import Fact, Side
from reviewqueue.evidence.text.records.shared_facts import RENEWS, RecordFact, facts_in
from reviewqueue.evidence.text.values import currencies
from reviewqueue.evidence.types import Source

# Which sides of a customer's business should agree on a fact; two records of one system and side are never compared.
_COMPARED: dict[Fact, tuple[Side, ...]] = {
    "quantity": ("deal", "order", "billing"),
    "amount": ("deal", "order", "billing", "invoice"),
    "date": ("deal", "order", "billing"),
    "renewal": ("deal", "order", "billing"),
    "address": ("account", "payer", "invoice"),
    "domain": ("account", "payer"),
    "owner": ("deal",),
}
# An invoice may be for a part of the year.
_PARTS = (1, 2, 4, 12)
_A_MONTH = timedelta(days=31)


@dataclass(frozen=True)
class Conflict:
    """Two records that disagree on one fact. `confidence` is 1 where both fields mean the same, less where they may
    not, and least where they are in two currencies, which are not compared."""

    fact: Fact
    one: RecordFact
    other: RecordFact
    confidence: Decimal = Decimal(1)


def conflicts(facts: Sequence[RecordFact]) -> list[Conflict]:
    """Every conflict among these facts, one for each pair of sides."""
    found = []
    for fact, sides in _COMPARED.items():
        groups: dict[tuple[Side, str], list[RecordFact]] = defaultdict(list)
        for one in facts:
            if one.fact == fact and one.side in sides:
                groups[one.side, one.system].append(one)
        ordered = sorted(groups, key=lambda group: (sides.index(group[0]), group[1]))
        for left, right in combinations(ordered, 2):
            if _are_compared(fact, left[0], right[0]) and (
                made := _find_disagreement(fact, groups[left], groups[right])
            ):
                found.append(made)
    return [*found, *_people(facts)]


def conflicts_in(sources: Mapping[str, Source]) -> list[Conflict]:
    """Every conflict among these records, which are given by ref."""
    return conflicts(facts_in(sources))


def _find_disagreement(fact: Fact, left: list[RecordFact], right: list[RecordFact]) -> Conflict | None:
    """The conflict of two sides that share no value, not even as the sum of several records; None where they agree."""
    if fact == "address":
        right = [one for one in right if one.about == left[0].about]
    if not right or any(_same(fact, one, other) for one in left for other in right):
        return None
    if fact in ("quantity", "amount") and _summed(left, right):
        return None
    if fact == "amount" and not any(
        currencies.may_be_one(one.currency, other.currency) for one in left for other in right
    ):
        return Conflict(fact, left[0], right[0], Decimal("0.50"))
    less = fact == "domain" or (right[0].side == "invoice" and fact == "amount")
    sure = Decimal("0.60") if less else Decimal("0.80")
    return Conflict(
        fact, left[0], right[0], Decimal(1) if fact in ("quantity", "amount") and sure > Decimal("0.7") else sure
    )


def _are_compared(fact: Fact, left: Side, right: Side) -> bool:
    """Whether two sides should agree: an invoice is for a part of what billing bills, and of a term's end only billing
    is held against what was sold."""
    return right == "billing" != left if fact == "renewal" else {left, right} != {"billing", "invoice"}


def _same(fact: Fact, one: RecordFact, other: RecordFact) -> bool:
    if fact == "renewal":
        return _renews_alike(one.value, other.value)
    if fact != "amount":
        return one.value == other.value
    if not currencies.may_be_one(one.currency, other.currency):
        return False
    parts = _PARTS if other.side == "invoice" else (1,)
    return any(_close(Decimal(one.value) / part, Decimal(other.value)) for part in parts)


def _renews_alike(sold: str, billed: str) -> bool:
    """Whether billing goes on as long as was sold, give or take a month; one that ends on no known day ends sooner than
    what renews, and says nothing else."""
    if RENEWS in (billed, sold):
        return billed == RENEWS
    return not billed or date.fromisoformat(sold) - date.fromisoformat(billed) <= _A_MONTH


def _close(one: Decimal, other: Decimal) -> bool:
    """Whether two amounts are the same but for rounding: one unit, or a thousandth."""
    return abs(one - other) <= max(Decimal(1), one / 1000)


def _summed(left: list[RecordFact], right: list[RecordFact]) -> bool:
    """Whether several subscriptions or orders together come to what the other side says."""
    records = {one.place.ref: Decimal(one.value) for one in right}
    if len(records) < 2 or len({one.currency for one in right}) > 1:
        return False
    same = (one for one in left if currencies.may_be_one(one.currency, right[0].currency))
    return any(_close(Decimal(one.value), sum(records.values(), Decimal())) for one in same)


def _people(facts: Sequence[RecordFact]) -> list[Conflict]:
    """Conflicts where one person, by name, has two e-mail addresses or two telephone numbers."""
    found = []
    for fact in ("email", "phone"):
        by_name: dict[str, list[RecordFact]] = defaultdict(list)
        for one in facts:
            if one.fact == fact and one.side in ("person", "payer") and " " in one.about:
                by_name[one.about].append(one)
        for same in by_name.values():
            other = next((one for one in same if one.value != same[0].value), None)
            if other is not None:
                found.append(Conflict(same[0].fact, same[0], other, Decimal("0.80")))
    return found

"""Compares a draft's promises with those that hold: what it adds, changes and drops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from reviewqueue.evidence.promises import KeptPromise, Promise, periods
from reviewqueue.evidence.text.values import currencies
from reviewqueue.evidence.text.words import numbers

# These documents are complete, so a promise that a newer one leaves out is dropped; a message never drops one.
COMPLETE_KINDS = ("handoff_packet", "project_plan")
_MUCH_LATER = timedelta(days=31)  # a last day so much later promises something else
A_YEAR = {"year": 1, "quarter": 4, "month": 12}
_WITHIN = (
    {"EU", "Germany"},
    {"EU", "Europe"},
    {"Europe", "Germany"},
    {"Europe", "United Kingdom"},
    {"Europe", "Switzerland"},
    {"EU", "Ireland"},
    {"Europe", "Ireland"},
)


@dataclass(frozen=True)
class PromiseChange:
    """One difference: `now` is the draft's promise (None: dropped), `was` what holds (None: added).

    `contradicts` when both have values that differ; other words for the same subject are only a change.
    """

    what: Literal["added", "changed", "dropped"]
    now: Promise | None = None
    was: KeptPromise | None = None
    contradicts: bool = False


def same(kind: str, one: str, other: str) -> bool:
    """Whether two values say the same: a day without a year is that day of any year, a day in a span keeps to it, an
    earlier day keeps a "by" of the next month, a later one a "from", an amount without a currency is that amount in
    any, a first name is that person, a place is in its region."""
    if one == other:
        return True
    if kind == "date":
        return _same_day(one, other)
    if kind in ("price", "discount") and "%" not in one + other:
        return one.rpartition(" ")[2] == other.rpartition(" ")[2] and not _other_currency(one, other)
    if kind == "term":
        return _same_length(one, other)
    if kind == "owner":
        mine, theirs = set(one.casefold().split()), set(other.casefold().split())
        return bool(mine) and bool(theirs) and (mine <= theirs or theirs <= mine)
    return kind == "scope" and ({one, other} in _WITHIN or _languages(one) > _languages(other) > set())


_LANGUAGES = frozenset(
    ("English", "German", "French", "Spanish", "Italian", "Dutch", "Polish", "Portuguese", "Czech", "Turkish")
)


def _languages(value: str) -> set[str]:
    """The languages of a value that is a list of them; none for any other."""
    named = set(value.split(", "))
    return named if named <= _LANGUAGES else set()


_DAYS = {"day": 1.0, "week": 7.0, "month": 365 / 12}


def _same_length(one: str, other: str) -> bool:
    """Whether two lengths of time are the same, one in days or weeks, the other in months of 28 to 31."""
    (mine, unit), (theirs, another) = ((value.partition(" ")[0], value.partition(" ")[2]) for value in (one, other))
    days = [
        float(count) * _DAYS[name.removesuffix("s")]
        for count, name in ((mine, unit), (theirs, another))
        if count.replace(".", "", 1).isdigit() and name.removesuffix("s") in _DAYS
    ]
    return len(days) == 2 and abs(days[0] - days[1]) <= (0.1 * max(days) if unit != another else 0)


def _comparable(promise: Promise, held: Promise) -> bool:
    """Whether two promises of one kind can contradict each other: prices in two currencies only where the figure is the
    same, which is then promised in the wrong one."""
    one, other = promise.value, held.value
    if promise.kind != "price" or not _other_currency(one, other):
        return True
    return one.rpartition(" ")[2] == other.rpartition(" ")[2]


def _other_currency(one: str, other: str) -> bool:
    """Whether two amounts are in currencies that cannot be one."""
    return not currencies.may_be_one(one.rpartition(" ")[0], other.rpartition(" ")[0])


@lru_cache(maxsize=4096)
def _same_day(one: str, other: str) -> bool:
    (said, first), (kept, second) = ((value.rpartition(" ")[0], value.rpartition(" ")[2]) for value in (one, other))
    year = periods.year_of(first) or periods.year_of(second)
    moves = not year and "easter" in first + second  # then any year in which both hold will do
    both = ((periods.span(first, at), periods.span(second, at)) for at in _years(year, moves))
    return any(_holds(said, mine, kept, theirs) for mine, theirs in both if mine and theirs)


def _years(year: int, moves: bool) -> Sequence[int]:
    return range(2024, 2044) if moves else (year or 2024,)


def _holds(said: str, mine: tuple[date, date], kept: str, theirs: tuple[date, date]) -> bool:
    if said == kept == "by":
        return mine[1] == theirs[1]
    if said == kept == "from":
        return mine[0] == theirs[0]
    if "by" in (said, kept) and "from" in (said, kept):
        return (theirs if said == "by" else mine)[0] <= (mine if said == "by" else theirs)[1]
    if "by" in (said, kept):
        day, last = (theirs[0], mine[1]) if said == "by" else (mine[0], theirs[1])
        return day <= last <= day + _MUCH_LATER
    if "from" in (said, kept):
        return theirs[1] >= mine[0] if said == "from" else mine[1] >= theirs[0]
    return mine[0] <= theirs[1] and theirs[0] <= mine[1]


def in_reach(one: str, other: str) -> bool:
    """Whether two sums could be one price, in whatever periods: neither is thirty times the other, or more."""
    try:
        first, second = (Decimal(value.rpartition(" ")[2]) for value in (one, other))
    except ArithmeticError:
        return False
    return first < second * 30 and second < first * 30


def in_another_currency(change: PromiseChange) -> bool:
    """Whether a changed price is only not to be compared: it is another figure in another currency."""
    return change.now is not None and change.was is not None and not _comparable(change.now, change.was.promise)


def changes(made: Sequence[Promise], held: Sequence[KeptPromise], maker: tuple[str, str]) -> list[PromiseChange]:
    """What these promises of a draft by `maker` (kind and subject) change; repetitions are left out."""
    known: dict[tuple[str, str], list[KeptPromise]] = {}
    for one in held:
        known.setdefault((one.promise.kind, one.promise.key), []).append(one)
    found = [change for promise in made for change in _promise_changes(promise, _held(promise, known))]
    if maker[0] in COMPLETE_KINDS:
        said = {(one.kind, one.key) for one in made}
        found += [
            PromiseChange("dropped", was=one)
            for key, those in known.items()
            for one in those
            if key not in said and one.item_id and one.maker == maker
        ]
    return found


def _held(promise: Promise, known: dict[tuple[str, str], list[KeptPromise]]) -> list[KeptPromise]:
    """What holds for a promise. A price is also held to the one for another period, counted in its own; one without a
    period to any."""
    if promise.kind != "price" or (promise.kind, promise.key) in known:
        return known.get((promise.kind, promise.key), [])
    what, per, often = promise.key.rpartition(" per ")
    if not per:
        return next(
            (
                those
                for (kind, key), those in known.items()
                if kind == "price" and key.startswith(f"{promise.key} per ")
            ),
            [],
        )
    return [
        replace(one, promise=replace(one.promise, value=counted(one.promise.value, A_YEAR[other], A_YEAR[often])))
        for other in A_YEAR
        for one in known.get(("price", f"{what} per {other}"), [])
        if often in A_YEAR
    ]


def counted(value: str, many: int, often: int) -> str:
    """A sum that is due so many times a year as one that is due so often."""
    code, _, amount = value.rpartition(" ")
    try:
        return f"{code} {numbers.plain(Decimal(amount) * many / often)}".strip()
    except ArithmeticError:
        return value


def _promise_changes(promise: Promise, held: Sequence[KeptPromise]) -> list[PromiseChange]:
    """What one promise changes. A difference from the signed order that people approved already is no contradiction."""
    if not held:
        return [PromiseChange("added", promise)]
    if not promise.value:
        words = " ".join(promise.says.split())
        return [PromiseChange("changed", promise, one) for one in held if words != " ".join(one.promise.says.split())]
    kept = [one for one in held if one.item_id]
    approved = any(same(promise.kind, promise.value, one.promise.value) for one in kept)
    return [
        PromiseChange("changed", promise, one, contradicts=not approved and _comparable(promise, one.promise))
        for one in held
        if not (one.item_id and approved) and not same(promise.kind, promise.value, one.promise.value)
    ]


def standing(kept: Sequence[KeptPromise]) -> tuple[KeptPromise, ...]:
    """Those of the promises (oldest first) that hold: of each kind and key, what the newest item says and does not
    drop."""
    newest: dict[tuple[str, str], list[KeptPromise]] = {}
    for one in kept:
        last = newest.setdefault((one.promise.kind, one.promise.key), [])
        if last and last[0].item_id != one.item_id:
            last.clear()
        last.append(one)
    return tuple(one for those in newest.values() for one in those if not one.dropped)

"""Aligns two sequences: which entries are the same one, unchanged or nearly, and which of them moved."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Indel

# Bits of the table that matches sequences. Beyond this many, only equal entries at both ends are matched.
MAX_CELLS = 1_000_000_000
# Entries are compared while they are at most so many pairs, and so many pairs of characters; beyond that
# only equal ones are found.
MAX_PAIRS, MAX_CHARACTERS = 1_000_000, 10_000_000_000
# Similarity, out of 100, from which an entry is the same one: at its place, and elsewhere.
SAME_PLACE_SCORE, MOVED_SCORE = 50, 65


@dataclass(frozen=True)
class Pair:
    """An entry that is in both: its index before and after, and whether it moved past others."""

    was: int
    now: int
    moved: bool


def pairs(
    was: Sequence[str], now: Sequence[str], names: tuple[Sequence[str], Sequence[str]] | None = None, least: int = 0
) -> list[Pair]:
    """Entries that are the same one, in the order of `now`; each is in one pair at most.

    `names` are what the entries of each are called ("" for nothing): entries whose name is unique on both sides are the
    same one. Entries of fewer than `least` words do not move.
    """
    scores = {
        (one, other): 100.0 for at, to, size in common_runs(was, now) for one, other in _index_pairs(at, to, size)
    }
    old, new = _unmatched(len(was), len(now), scores)
    scores |= {
        (one, other): 100.0 for one, other in (_pairs_by_name(*names) if names else ()) if one in old and other in new
    }
    old, new = _unmatched(len(was), len(now), scores)
    for one, other, score in similar_texts([was[at] for at in old], [now[at] for at in new], SAME_PLACE_SCORE):
        scores[old[one], new[other]] = score
    in_order = _longest_in_order(sorted(scores))
    made = [
        Pair(*place, place not in in_order)
        for place, score in scores.items()
        if place in in_order or (score >= MOVED_SCORE and len(was[place[0]].split()) >= least)
    ]
    return sorted(made, key=lambda pair: pair.now)


def common_runs(was: Sequence[Hashable], now: Sequence[Hashable]) -> list[tuple[int, int, int]]:
    """The longest common subsequence: (index before, index after, length) of each run, in order."""
    start = _common_prefix(was, now)
    end = _common_prefix(was[start:][::-1], now[start:][::-1])
    if (len(was) - start - end) * (len(now) - start - end) > MAX_CELLS:
        return [(0, 0, start), (len(was) - end, len(now) - end, end)]
    return [
        (one.src_start, one.dest_start, one.src_end - one.src_start)
        for one in Indel.opcodes(was, now)
        if one.tag == "equal"
    ]


def similar_texts(was: Sequence[str], now: Sequence[str], least: float) -> list[tuple[int, int, float]]:
    """Texts that are similar, the closest first: (index before, index after, similarity out of 100). Each text is used
    once, and an empty one never."""
    if len(was) * len(now) > MAX_PAIRS or sum(map(len, was)) * sum(map(len, now)) > MAX_CHARACTERS:
        places = {text: at for at, text in enumerate(now) if text}
        found = [(-100.0, at, places[text]) for at, text in enumerate(was) if text in places]
    else:
        pool = {at: text for at, text in enumerate(now) if text}
        found = [
            (-score, at, other)
            for at, text in enumerate(was)
            if text
            for _, score, other in process.extract(text, pool, scorer=fuzz.ratio, score_cutoff=least, limit=5)
        ]
    ones: set[int] = set()
    others: set[int] = set()
    kept = []
    for score, one, other in sorted(found):
        if one not in ones and other not in others:
            ones.add(one)
            others.add(other)
            kept.append((one, other, -score))
    return kept


def _unmatched(was: int, now: int, found: Collection[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """The indexes that are in no pair yet."""
    ones, others = {one for one, _ in found}, {other for _, other in found}
    return [at for at in range(was) if at not in ones], [at for at in range(now) if at not in others]


def _index_pairs(at: int, to: int, size: int) -> Iterator[tuple[int, int]]:
    return ((at + step, to + step) for step in range(size))


def _common_prefix(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    both = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in both if a != b), min(len(one), len(other)))


def _pairs_by_name(was: Sequence[str], now: Sequence[str]) -> Iterator[tuple[int, int]]:
    once = [{name for name, times in Counter(names).items() if name and times == 1} for names in (was, now)]
    return ((was.index(name), now.index(name)) for name in once[0] & once[1])


def _longest_in_order(places: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """The longest subset that is in order on both sides; `places` are in the order of the first."""
    ends: list[int] = []
    tails: list[int] = []
    before: list[int] = []
    for number, (_, now) in enumerate(places):
        at = bisect_left(ends, now)
        before.append(tails[at - 1] if at else -1)
        ends[at : at + 1] = [now]
        tails[at : at + 1] = [number]
    kept, number = set(), tails[-1] if tails else -1
    while number >= 0:
        kept.add(places[number])
        number = before[number]
    return kept

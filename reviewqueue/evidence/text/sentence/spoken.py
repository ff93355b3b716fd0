"""What a sentence says around a value: the concepts it speaks of, and the words that carry a fact."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import NamedTuple

from reviewqueue.evidence.text.sentence.clauses import Clause, clauses, words_in
from reviewqueue.evidence.text.values.entities import Entity, find
from reviewqueue.evidence.text.words import concepts
from reviewqueue.evidence.text.words.concepts import NOTHING, Keys

MEANT = 2  # words that a clause about the same thing has in common with the sentence, at least


class Spoken(NamedTuple):
    """What a sentence says around a value: the concepts, and the words that carry a fact."""

    keys: Keys
    words: tuple[frozenset[str], ...]
    clause: Clause


@lru_cache(maxsize=64)
def _clauses_of(text: str) -> tuple[tuple[Clause, ...], list[int]]:
    made = clauses(text)
    return made, [one.start for one in made]


def spoken(text: str, one: Entity) -> Spoken | None:
    """What the sentence says around a value, in its own clause or, where that says nothing, in its sentence."""
    made, starts = _clauses_of(text)
    place = bisect_right(starts, max(one.start, one.end - 1)) - 1
    if place < 0:
        return None
    clause = made[place]
    before, after = text[clause.start : max(one.start, clause.start)], text[one.end : clause.end]
    words = words_in(f"{before} {after}")
    if one.kind == "count":
        key = concepts.counted(one.unit)
        return Spoken(frozenset((key,)) if key else NOTHING, words, clause)
    inside = one._replace(start=one.start - clause.start, end=one.end - clause.start)
    keys = keys_at(one.kind, clause, inside)
    if not keys and len(words) < MEANT and one.kind in ("date", "money"):
        of_kind = [other for other in find(text[clause.first : clause.last]) if other.kind == one.kind]
        hits = concepts.spoken(one.kind, text[clause.first : clause.last]) if len(of_kind) < 2 else ()
        start, end = one.start - clause.first, one.end - clause.first
        keys = frozenset(hit.key for hit in hits if hit.end <= start or hit.start >= end)
    return Spoken(keys, words, clause)


def keys_at(kind: str, clause: Clause, one: Entity) -> Keys:
    """The concepts that a clause speaks of at a value: each belongs to the nearest value of that kind."""
    hits = [hit for hit in concepts.spoken(kind, clause.text) if hit.end <= one.start or hit.start >= one.end]
    others = [other for other in find(clause.text) if other.kind == kind] if len(hits) > 0 else []
    if len(others) < 2 or kind == "name":
        return frozenset(hit.key for hit in hits)
    return frozenset(hit.key for hit in hits if _distance(hit, one) <= min(_distance(hit, other) for other in others))


def _distance(hit: concepts.Hit, one: Entity) -> int:
    return one.start - hit.end if hit.end <= one.start else hit.start - one.end

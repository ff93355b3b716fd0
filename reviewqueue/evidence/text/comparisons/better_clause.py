"""The clause of a record that speaks of the same thing as a sentence, and has another value of its kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.comparisons import said_of_records
from reviewqueue.evidence.text.comparisons.claims import denied_record
from reviewqueue.evidence.text.records.places import Place
from reviewqueue.evidence.text.records.record_clauses import RecordTexts
from reviewqueue.evidence.text.sentence.clauses import Clause, words_in
from reviewqueue.evidence.text.sentence.spoken import MEANT, Spoken
from reviewqueue.evidence.text.values.agreement import agree
from reviewqueue.evidence.text.values.entities import Entity
from reviewqueue.evidence.text.words import concepts

_ALTOGETHER = as_pattern(r"(?i)\b(?:all|altogether|in total|overall|insgesamt|alle|au total|en tout|en total|todos)\b")
_A_PART = as_pattern(
    r"(?i)\b(?:first|some|others?|half|rest|start\w*|begin\w*|pilot\w*|ersten?|übrigen|einige|zuerst|premi\w+|autres?"
    r"|commenc\w+|primer\w*|otros|empe\w+)\b"
)


def better(said: Spoken, one: Entity, places: Sequence[Place], texts: RecordTexts) -> Iterator[Place]:
    """The clause of a record that speaks of the same thing and has another value of that kind, where none with this
    value does."""
    words = said.words + (words_in(one.unit) if one.kind == "count" else ())
    if len(words) < MEANT and one.kind != "count":
        return
    own = any(" " not in place.value for place in places)  # a field that says nothing else
    if own and one.kind == "percent":
        return
    same, other, at = _field_words(words, places), 0, None
    for shared, found in texts.overlapping(words, 1):
        values = values_in(found.clause, one, texts)
        if not values:
            continue
        if says_figure(found.clause.text, one):
            same = max(same, shared)
            continue
        # What is counted tells as much as two words, of which the noun is one.
        counted = any(isinstance(value, Entity) and value.unit == one.unit for value in values)
        alone = one.kind == "count" and shared < MEANT and not _ALTOGETHER.search(said.clause.text)
        if own and one.kind == "count" and not counted and not _same_unit(one, values):
            continue
        if alone and _counts_a_part(texts.sentence_of(found), one, values):
            continue
        many = shared + (counted if one.kind == "count" and one.unit else 0)
        if any(_is_value(one, value) for value in values):
            same = max(same, many)
        elif many > other and not denied_record(found):
            other, at = many, found.place
    if at and other >= MEANT and (other >= same + 2 or (same == 0 and other == len(said.words))):
        yield at


def values_in(clause: Clause, one: Entity, texts: RecordTexts) -> Sequence[Entity | frozenset[str]]:
    """The values of a clause that are of the kind of this one; of names, the people it names."""
    if one.kind == "name":
        people = texts.people_in(clause.text)
        return [people] if people else []
    return [
        other for other in clause.entities if other.kind == one.kind or {other.kind, one.kind} == {"count", "number"}
    ]


def _field_words(words: tuple[frozenset[str], ...], places: Sequence[Place]) -> int:
    """How many words of the sentence the names of the fields have that say the value."""
    held = frozenset[str]().union(*(word for place in places for word in words_in(concepts.words_of(place.path))))
    return sum(not word.isdisjoint(held) for word in words)


def _is_value(one: Entity, value: Entity | frozenset[str]) -> bool:
    """Whether a value of a clause is this one; the same number of dock doors is that of doors."""
    if not isinstance(value, Entity):
        return one.values[0] in value
    return agree(one, value) or (one.kind == "count" and not set(one.values).isdisjoint(value.values))


def _same_unit(one: Entity, values: Sequence[Entity | frozenset[str]]) -> bool:
    """Whether a clause counts the same kind of thing, by any word for it."""
    key = concepts.counted(one.unit)
    units = [value.unit for value in values if isinstance(value, Entity)]
    return any(unit and (concepts.counted(unit) == key if key else unit[:4] == one.unit[:4]) for unit in units)


def _counts_a_part(text: str, one: Entity, values: Sequence[Entity | frozenset[str]]) -> bool:
    """Whether a clause may count only some of what the sentence counts, or the sentence some of those."""
    told = [value for value in values if isinstance(value, Entity) and value.unit == one.unit]
    if any(_is_value(one, value) for value in values):
        return False
    return _A_PART.search(text) is not None or any(
        said_of_records.is_less(said, value.values[0]) for said in one.values for value in told
    )


def says_figure(text: str, one: Entity) -> bool:
    """Whether a clause has the figure of a length of time or a share, its unit further on: from 55 to 30 minutes."""
    if one.kind not in ("duration", "percent"):
        return False
    return re.search(rf"(?<![\w.,]){re.escape(one.values[0])}(?![\w.,]\d)", text) is not None

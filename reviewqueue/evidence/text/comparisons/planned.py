"""Whether the work that a sentence speaks of is planned for somebody else or for another day than it says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from reviewqueue.evidence.text.comparisons.elsewhere import Elsewhere
from reviewqueue.evidence.text.records import tasks
from reviewqueue.evidence.text.records.places import Place
from reviewqueue.evidence.text.records.record_clauses import RecordTexts
from reviewqueue.evidence.text.records.scope import has_name
from reviewqueue.evidence.text.sentence.clauses import words_in
from reviewqueue.evidence.text.sentence.spoken import Spoken
from reviewqueue.evidence.text.values.agreement import agree
from reviewqueue.evidence.text.values.entities import Entity, find


def _by_its_sentence(sentence: str, texts: RecordTexts) -> list[tasks.Task]:
    """The one piece of work that a sentence with one day speaks of, by a name in its title or by its doer's name."""
    if sum(one.kind == "date" for one in find(sentence, people=False)) != 1:
        return []
    said = frozenset().union(*words_in(sentence))
    named = [
        task
        for task in texts.tasks
        if any(not word.isdisjoint(said) and has_name((word,), f"_ {sentence}") for word in task.words)
    ]
    doers = texts.people_in(sentence)
    theirs = [task for task in texts.tasks if task.doer and not doers.isdisjoint(texts.people_in(task.doer.value))]
    found = named if len(named) == 1 else theirs
    return found if len(found) == 1 else []


def planned(
    text: str, said: Spoken, one: Entity, places: Sequence[Place], texts: RecordTexts
) -> Elsewhere | Literal[False] | None:
    """Where the work that the sentence speaks of has another doer, or is due on another day; False where it has this
    one, None where the sentence speaks of no such work."""
    left = tasks.without_due(said.clause.text) if one.kind == "date" else tasks.without_doing(said.clause.text)
    if left is None or said.keys - {"our-lead"}:
        return None
    words = tuple(word for word in words_in(left) if one.kind != "name" or word.isdisjoint(one.values[0].split()))
    found = tasks.meant(words, texts.tasks)
    if not found and one.kind == "date" and not any(task.due in places for task in texts.tasks):
        found = _by_its_sentence(text[said.clause.first : said.clause.last], texts)
    held = [place for task in found if (place := _due(task) if one.kind == "date" else task.doer)]
    if not held:
        return None
    if any(_is_at(place, one, texts) for place in (*held, *(task.title for task in found))):
        return False
    # Who is the customer's does their own part of it.
    if one.kind == "name" and any(place.path.casefold().endswith("lastname") for place in places):
        return None
    return Elsewhere(tuple(places), tuple(held)[:2], True, True)


def _due(task: tasks.Task) -> Place | None:
    """Where a piece of work says when it is due, in a field or in its own words."""
    dated = task.due is None and any(one.kind == "date" for one in find(task.title.value, people=False))
    return task.title if dated else task.due


def _is_at(place: Place, one: Entity, texts: RecordTexts) -> bool:
    """Whether a place says this value."""
    if one.kind == "name":
        return one.values[0] in texts.people_in(place.value)
    return any(other.kind == one.kind and agree(one, other) for other in find(place.value, people=False))

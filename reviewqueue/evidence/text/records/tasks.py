"""Work that records plan: each piece with the words of its title, who does it and when it is due."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from reviewqueue.core.canonical_json import escape
from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.records.places import Place
from reviewqueue.evidence.text.sentence.clauses import words_in

Words = tuple[frozenset[str], ...]
_TITLE = as_pattern(r"(?i)(?:summary|subject|title|name|description|task|content)\Z")
_DOER = as_pattern(r"(?i)(?:assignee|owner|assigned_?to|responsible)\Z")
_DUE = as_pattern(r"(?i)due(?:_?(?:date|on|at))?\Z|deadline\Z")
_LONGEST = 200  # characters of a title
_NAME = ("displayName", "display_name", "name", "full_name")
_DOES = as_pattern(
    r"(?i)\b(?:done by|carr(?:y|ies|ied) out|handle[sd]?|takes? care of|responsible|in the hands of|looks? after"
    r"|works? on"
    r"|assigned|will do|does|do the|in charge|performs?|runs?|tak(?:es|ing|en) (?:on|over)|undertook"
    r"|supervise[sd]?|manage[sd]?"
    r"|übernimmt|führt|macht|kümmert|verantwort\w+|zuständig|erledigt|s'occupe|se charge|chargée? de|réalis\w+"
    r"|par|assure"
    r"|effectu\w+|confi\w+|se encarga|realiza|por)\b|:"
)
_IS_DUE = as_pattern(
    r"(?i)\b(?:due|by|until|deadline|ready|finish(?:ed)?|complete[ds]?|done|deliver(?:ed|y)?|target(?:ed)?|fällig"
    r"|bis|fertig"
    r"|abgeschlossen|avant|pour|jusqu'au|échéance|prévue?|terminée?|livrée?|antes|para|hasta|plazo)\b"
)
_EMPTY = words_in("due deadline ready finish complete deliver target project task issue work team customer please")


class Task(NamedTuple):
    """A piece of work: the words of its title, the place of it, and the places of who does it and when it is due."""

    title: Place
    words: Words
    doer: Place | None
    due: Place | None
    own: bool


def tasks_of(ref: str, payload: Any) -> Iterator[Task]:
    """The pieces of work that a record plans, each in an object of its own."""
    yield from _tasks(ref, payload, "", "")


def _tasks(ref: str, value: Any, path: str, key: str) -> Iterator[Task]:
    if isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _tasks(ref, inner, f"{path}/{number}", key)
    if not isinstance(value, dict):
        return
    places = {
        name: Place(ref, f"{path}/{escape(name)}", inner) for name, inner in value.items() if isinstance(inner, str)
    }
    title = next((place for name, place in places.items() if _TITLE.match(name) and " " in place.value), None)
    due = next((place for name, place in places.items() if _DUE.match(name)), None)
    doer = next(
        (
            found
            for name, inner in value.items()
            if _DOER.match(name) and (found := _named(ref, f"{path}/{escape(name)}", inner))
        ),
        None,
    )
    if title and len(title.value) < _LONGEST and (due or doer):
        yield Task(title, words_in(title.value), doer, due, key == "action_items")
    for name, inner in value.items():
        yield from _tasks(ref, inner, f"{path}/{escape(name)}", name)


def _named(ref: str, path: str, value: Any) -> Place | None:
    if isinstance(value, str):
        return Place(ref, path, value) if " " in value else None
    if isinstance(value, dict):
        return next((Place(ref, f"{path}/{key}", value[key]) for key in _NAME if isinstance(value.get(key), str)), None)
    return None


def meant(said: Words, tasks: list[Task]) -> list[Task]:
    """The pieces of work that a sentence speaks of: with two words of the title, or all its words in it; those with the
    most."""
    found: list[tuple[int, Task]] = []
    for task in tasks:
        shared = [word for word in said if any(not word.isdisjoint(other) for other in task.words)]
        telling = [word for word in said if not any(not word.isdisjoint(other) for other in _EMPTY)]
        whole = bool(shared) and all(word in shared for word in telling)
        if len(shared) >= 2 or whole:
            found.append((len(shared), task))
    most = max((many for many, _ in found), default=0)
    return [task for many, task in found if many == most]


@lru_cache(maxsize=4_096)
def without_doing(clause: str) -> str | None:
    """A clause that says who does something, without the words that say it; None where it does not."""
    return _DOES.sub(" ", clause) if _DOES.search(clause) else None


@lru_cache(maxsize=4_096)
def without_due(clause: str) -> str | None:
    """A clause that says by when something is to be done, without the words that say it; None where it does not."""
    return _IS_DUE.sub(" ", clause) if _IS_DUE.search(clause) else None

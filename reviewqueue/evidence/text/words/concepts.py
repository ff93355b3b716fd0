"""What a value stands for: how a concept is recognised in a field's name and in words, by the table of concepts, in
English and German, French and Spanish in their commonest words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.words.concept_table import COUNTED, TABLE

Keys = frozenset[str]
NOTHING: Keys = frozenset()

# Records of what was said or takes place at a time: their own dates are those of the conversation.
_TALKS = frozenset(("call", "meeting", "event", "conversation", "engagement", "recording", "transcript"))
# Records of work: whoever owns them is not who sold it.
_WORK = frozenset(("project", "issue", "task", "card", "item", "story"))
_PLANS = frozenset(("epic", "milestone", "row", "version", "subtask", "todo"))
_WORKS = as_pattern(r"/(?:owner|assignee|project_lead|lead)(?:/|\Z)", re.IGNORECASE)
_DUE = as_pattern(r"/(?:due|end|target)_?(?:on|date|at)?\Z", re.IGNORECASE)
_PERIODS = frozenset(("yearly", "monthly", "quarterly"))
_COUNTED_AS = {"user": ("seat",), "store": ("site",), "warehouse": ("site",)}
_WORD = as_pattern(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
_BY_KEY = {one.key: one for one in TABLE}


class Hit(NamedTuple):
    """Words at start:end of a text that speak of a concept."""

    start: int
    end: int
    key: str


@dataclass(frozen=True)
class _Patterns:
    """The words of every concept of one kind of value, as two patterns with a group for each concept."""

    said: re.Pattern[str]
    fields: re.Pattern[str]


def _patterns(kind: str) -> _Patterns:
    of_kind = [one for one in TABLE if kind in one.kinds]
    said = "|".join(f"(?P<{one.group}>{one.said})" for one in of_kind)
    fields = "|".join(f"(?P<{one.group}>{one.fields})" for one in of_kind if one.fields)
    return _Patterns(as_pattern(rf"(?<!\w)(?:{said})(?!\w)"), as_pattern(rf"(?<!\w)(?:{fields})(?!\w)"))


_OF_KIND = {kind: _patterns(kind) for kind in ("date", "money", "percent", "duration", "name")}
_KEY_OF = {one.group: one.key for one in TABLE}


@lru_cache(maxsize=8_192)
def spoken(kind: str, text: str) -> tuple[Hit, ...]:
    """The concepts of a kind of value that a text speaks of, in reading order."""
    patterns = _OF_KIND.get(kind)
    if patterns is None:
        return ()
    low = text.lower()  # keeps every offset
    return tuple(Hit(hit.start(), hit.end(), _KEY_OF[hit.lastgroup or ""]) for hit in patterns.said.finditer(low))


@lru_cache(maxsize=8_192)
def of_field(kind: str, record: str, path: str) -> Keys:
    """The concepts that a field of a kind of record holds, by the names on its pointer."""
    patterns = _OF_KIND.get(kind)
    if patterns is None:
        return NOTHING
    if kind == "date" and record.casefold().rpartition("_")[2] in _TALKS:
        return frozenset(("meeting",))
    if kind == "name" and record.casefold().rpartition("_")[2] in _WORK and _WORKS.search(path):
        return frozenset(("our-lead",))
    if kind == "date" and record.casefold().rpartition("_")[2] == "project" and _DUE.search(path):
        return frozenset(("due", "end"))  # a project ends on the day that it is due
    names = [name for name in path.split("/") if name and not name.isdigit()][-2:]
    for name in reversed(names):
        if found := frozenset(_KEY_OF[hit.lastgroup or ""] for hit in patterns.fields.finditer(words_of(name))):
            # Work that is due is no bill that is.
            return frozenset(("work",)) if found == {"due"} and _is_work(record) else found
    whole = patterns.fields.search(" ".join(map(words_of, names)))
    return frozenset((_KEY_OF[whole.lastgroup or ""],)) if whole else NOTHING


def _is_work(record: str) -> bool:
    """Whether records of this kind are work that somebody does."""
    return record.casefold().rpartition("_")[2].rpartition(" ")[2] in _WORK | _PLANS


@lru_cache(maxsize=4_096)
def words_of(name: str) -> str:
    """A field's name as words in lower case: "go live" of Go_Live__c."""
    return " ".join(_joined(name.removesuffix("__c")))


def _joined(name: str) -> Iterator[str]:
    yield from (word.casefold() for word in _WORD.findall(name))


@lru_cache(maxsize=4_096)
def counted(noun: str) -> str:
    """The concept that a counted noun names, in one form: "seat" of licences, "site" of warehouses and stores; "" for a
    noun that is not in the table."""
    hit = COUNTED.fullmatch(noun.lower())
    return hit.lastgroup or "" if hit else ""


@lru_cache(maxsize=4_096)
def counted_by(path: str) -> str:
    """The concept that a field counts, by its name; "" where it is not in the table."""
    names = [name for name in path.split("/") if name and not name.isdigit()][-1:]
    hits = [hit for name in names for word in words_of(name).split() if (hit := COUNTED.fullmatch(word))]
    return hits[-1].lastgroup or "" if hits else ""


def counted_as(key: str) -> Keys:
    """The concepts by which what a record counts may be said: users hold seats, stores are locations."""
    return frozenset((key, *_COUNTED_AS.get(key, ())))


def bears_out(said: Keys, held: Keys) -> bool:
    """Whether a value that stands for `held` says what a sentence speaks of: `start` may be the kickoff's day, a price
    for a month is none for a year."""
    wanted = said & _PERIODS or said - {"price"} or said
    return any(key in held or (key in _BY_KEY and not held.isdisjoint(_BY_KEY[key].also)) for key in wanted)

"""The records of an onboarding as they are read for comparing drafts with them, kept for the next time: a page that is
shown again, a draft that was edited in one place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, TypeVar, cast

from reviewqueue.evidence.text.comparisons.meaning import Meaning
from reviewqueue.evidence.text.records import conflicts, shared_facts
from reviewqueue.evidence.text.records.conflicts import Conflict
from reviewqueue.evidence.text.records.index import Index
from reviewqueue.evidence.text.records.shared_facts import RecordFact
from reviewqueue.evidence.types import Source

Found = TypeVar("Found")
MAX_KEPT = 8  # readings a process keeps; an onboarding's draft, edited again and again, needs one
_MAX_FOUND = 4_096  # results a reading keeps
_NOTHING = object()


@dataclass(frozen=True)
class _Records:
    """Records by what they say, so that the same are read once."""

    said: tuple[tuple[str, str], ...]
    doubtful: frozenset[str]
    zone: str
    newest: Mapping[str, Source] = field(compare=False, repr=False)


class ReadRecords:
    """What records say: their values, facts and texts. `doubtful` ones contradict nothing; a moment's day is that of
    `zone`."""

    def __init__(self, newest: Mapping[str, Source], doubtful: Collection[str], zone: str) -> None:
        self.index = Index(newest, zone)
        self.facts: list[RecordFact] = shared_facts.facts_in(newest, zone)
        self.disputes: list[Conflict] = conflicts.conflicts(self.facts)
        self._newest, self._doubtful = newest, doubtful
        self._found: dict[Any, Any] = {}

    @cached_property
    def meaning(self) -> Meaning:
        """What the values of the records stand for."""
        return Meaning(self._newest, self._doubtful, self.index.of_term)

    def once(self, what: tuple[Any, ...], find: Callable[[], Found]) -> Found:
        """What `find` finds, kept under `what`, which names all it depends on besides these records."""
        kept = self._found.get(what, _NOTHING)  # another thread may clear them at any time
        if kept is _NOTHING:
            if len(self._found) >= _MAX_FOUND:
                self._found.clear()
            kept = self._found[what] = find()
        return cast(Found, kept)


def read_records(newest: Mapping[str, Source], doubtful: Collection[str], zone: str) -> ReadRecords:
    """The records by ref, read; the same reading for records that say the same."""
    said = tuple((ref, one.digest) for ref, one in newest.items())
    return _read(_Records(said, frozenset(doubtful), zone, newest))


@lru_cache(maxsize=MAX_KEPT)
def _read(records: _Records) -> ReadRecords:
    return ReadRecords(records.newest, records.doubtful, records.zone)

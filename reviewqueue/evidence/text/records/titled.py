"""What the title of a record tells of its fields: the day on which the task "Kickoff with Marram" is due is that of the
kickoff."""

from __future__ import annotations

from reviewqueue.evidence.text.records.places import Place
from reviewqueue.evidence.text.records.record_clauses import RecordTexts
from reviewqueue.evidence.text.records.record_keys import key_words
from reviewqueue.evidence.text.words import concepts
from reviewqueue.evidence.text.words.concepts import Keys

# Words of a field's name that leave open what happens on its day.
_ANY_DAY = frozenset(
    ("due", "date", "start", "end", "on", "at", "time", "hs", "meeting", "day", "target", "finish", "begin", "fecha")
)


def is_any_day(path: str) -> bool:
    """Whether a field's name leaves open what its day is of: due_on, start_date."""
    words = key_words(path.rpartition("/")[2])
    return bool(words) and all(word in _ANY_DAY or word in ("duedate", "startdate", "enddate") for word in words)


def concepts_of(place: Place, texts: RecordTexts) -> Keys:
    """The concepts of days that the titles of a place's record speak of."""
    return frozenset(hit.key for title in texts.titles_of(place) for hit in concepts.spoken("date", title))

"""Reads one record once: its clauses, its fields and what each stands for, its people, its work and its states."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from reviewqueue.core.canonical_json import NotCanonical, escape, read
from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.records import speakers
from reviewqueue.evidence.text.records.index import Place
from reviewqueue.evidence.text.records.record_keys import STATE_OF_RECORD
from reviewqueue.evidence.text.records.scope import Thing, left_out, lists_what_is_out, things_of
from reviewqueue.evidence.text.records.states import State, states_of
from reviewqueue.evidence.text.records.tasks import Task, tasks_of
from reviewqueue.evidence.text.sentence.clauses import Clause, clauses, sentence_spans
from reviewqueue.evidence.text.values.entities import find
from reviewqueue.evidence.text.words import concepts, names
from reviewqueue.evidence.text.words.tokens import folded, tokens
from reviewqueue.evidence.types import Source

Words = tuple[frozenset[str], ...]
_NAMED_IN = (
    ("FirstName", "LastName"),
    ("firstname", "lastname"),
    ("first_name", "last_name"),
    ("firstName", "lastName"),
)
_WHOLE_NAME = ("Name", "name", "full_name", "fullName", "displayName", "display_name")
# What stands beside the name of a person, and of nothing else.
_BESIDE = as_pattern(r"(?i)(?:job_?)?title|(?:e_?mails?|email_?address)|mobile_?phone|salutation|\w*rol[el]e?__c")
ROLE_FIELD = as_pattern(r"(?i)(?:job_?)?title|position|(?:\w+_)?(?:role|rolle)(?:_\w+)?|label")
_SKIPPED = as_pattern(
    r"(?i)(?:.*_?ids?|.*url|attributes|object|type|currency\w*|createdat|updatedat|etag"
    r"|livemode)\Z"
)
_CALLED = as_pattern(r"(?i)(?:deal_?|account_?|company_?)?name|summary|subject|title|topic")  # lists nothing
_PERSON = as_pattern(r"[^\W\d_][\w.'’-]*(?: [^\W\d_][\w.'’-]*){1,4}")
_YES = frozenset(("true", "yes", "y", "ja", "on", "oui", "si"))
_NO = frozenset(("false", "no", "n", "nein", "off", "none", "non"))
_LONGEST = 400_000  # characters of a record that is read
_MIN_WORDS = 3  # a text of fewer words is a value


class Said(NamedTuple):
    """A clause of a record's text, and the field it stands in, with the clause as its value."""

    place: Place
    clause: Clause


class Field(NamedTuple):
    """A field that holds one value: the name of its record's kind, its value as it stands there."""

    place: Place
    record: str
    value: Any


class YesNo(NamedTuple):
    """A field that holds a yes or no, with the words of its name."""

    place: Place
    name: str
    value: bool


@dataclass(frozen=True)
class Record:
    """One record, read once: its clauses, its fields, and those by (kind of value, concept)."""

    said: tuple[Said, ...]
    fields: tuple[Field, ...]
    people: tuple[str, ...]
    persons: tuple[tuple[str, str, str], ...]
    rows: tuple[tuple[Place, str], ...]
    yes_no: tuple[YesNo, ...]
    by_concept: tuple[tuple[tuple[str, str], Field], ...]
    tasks: tuple[Task, ...]
    things: tuple[Thing, ...]
    states: tuple[State, ...]
    speakers: tuple[tuple[Place, str, str], ...]


def read_source(ref: str, source: Source) -> Record:
    try:
        return _read_text(ref, source.object, source.text)
    except NotCanonical:  # nothing that came in by a submission or an import
        return _read(ref, source.object, source.payload)


@lru_cache(maxsize=128)
def _read_text(ref: str, record: str, text: str) -> Record:
    """A record by its canonical text, so that a draft that is checked again reads none of them again."""
    return _read(ref, record, read(text) if len(text) <= _LONGEST else {})


def _read(ref: str, record: str, payload: Any) -> Record:
    said: list[Said] = []
    fields: list[Field] = []
    for path, value in _leaves(payload, ""):
        if isinstance(value, str) and len(value) > 12 and value.count(" ") >= _MIN_WORDS:
            said += [Said(Place(ref, path, one.text.strip(" ,;()")), one) for one in _clauses(path, value) if one.words]
        if not isinstance(value, str) or len(value) <= 80:
            fields.append(Field(Place(ref, path, str(value)), record, value))
    persons = [(ref, at, name) for at, name in _people(payload, "")]
    people = [*(name for _, _, name in persons), *(str(one.value) for one in fields if _is_person(one))]
    people += [
        name for path, value in _leaves(payload, "") if isinstance(value, str) for name in speakers.labels(value)
    ]
    by_concept = tuple((key, one) for one in fields for key in _concepts_of(one))
    rows = tuple(
        (Place(ref, path, sentence), f" {' '.join(one.word for one in tokens(sentence))} ")
        for path, value in _leaves(payload, "")
        if isinstance(value, str)
        for sentence in _sentences(value)
    )
    yes_no = tuple(
        YesNo(one.place, concepts.words_of(name), value)
        for one in fields
        if (value := _answer(one.value)) is not None
        and not STATE_OF_RECORD.fullmatch(name := one.place.path.rpartition("/")[2])
    )
    return Record(
        tuple(said),
        tuple(fields),
        tuple(people),
        tuple(persons),
        rows,
        yes_no,
        by_concept,
        tuple(tasks_of(ref, payload)),
        _things(said, fields),
        tuple(states_of(ref, record, payload)),
        tuple(
            (Place(ref, path, value), name, title)
            for path, value in _leaves(payload, "")
            if isinstance(value, str)
            for name, title in speakers.titles(value)
            if title
        ),
    )


def _clauses(path: str, text: str) -> Iterator[Clause]:
    """The clauses of a text; those of a field that lists what is left out deny it."""
    out = lists_what_is_out(path)
    yield from (one._replace(no=True) if out else one for one in clauses(text))


def _things(said: list[Said], fields: list[Field]) -> tuple[Thing, ...]:
    """What a record includes and leaves out, by its fields and by what its clauses deny."""
    lists = (
        one for one in fields if isinstance(one.value, str) and not _CALLED.fullmatch(one.place.path.rpartition("/")[2])
    )
    listed = [thing for one in lists for thing in things_of(one.place, str(one.value))]
    return (*listed, *(Thing(one.place, words, False, False) for one in said for words in left_out(one.clause)))


def _is_person(one: Field) -> bool:
    if not isinstance(one.value, str) or not _PERSON.fullmatch(one.value):
        return False
    if ROLE_FIELD.fullmatch(one.place.path.rpartition("/")[2]):
        return False
    if speakers.NAMES_SOMEBODY.search(one.place.path):
        return True
    role = concepts.of_field("name", one.record, one.place.path)
    return bool(role) or one.value.split()[0].casefold() in names.GIVEN


def is_number(value: Any) -> bool:
    """Whether a field holds a number, which some systems keep as text."""
    if isinstance(value, str):
        return len(value) < 12 and value.replace(".", "", 1).isdecimal()
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _concepts_of(one: Field) -> Iterator[tuple[str, str]]:
    for kind in _kinds(one):
        if kind != "count":
            yield from ((kind, key) for key in concepts.of_field(kind, one.record, one.place.path))
        elif key := concepts.counted_by(one.place.path):
            yield kind, key


def _leaves(value: Any, at: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, dict | list) or not _SKIPPED.match(name):
                yield from _leaves(inner, f"{at}/{escape(name)}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{at}/{number}")
    elif value is not None and value != "":
        yield at, value


def _answer(value: Any) -> bool | None:
    """The yes or no that a value is; None for any other."""
    if isinstance(value, bool):
        return value
    plain = folded(value).strip() if isinstance(value, str) and len(value) < 6 else ""
    return True if plain in _YES else False if plain in _NO else None


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


def _people(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """(pointer of the object, full name) of everybody whose name stands in two fields."""
    if isinstance(value, dict):
        for first, last in _NAMED_IN:
            if isinstance(value.get(first), str) and isinstance(value.get(last), str):
                yield path, f"{value[first]} {value[last]}".strip()
        name = next((value[key] for key in _WHOLE_NAME if isinstance(value.get(key), str)), "")
        if _PERSON.fullmatch(name) and any(_BESIDE.fullmatch(key) for key in value):
            yield path, name
        for key, inner in value.items():
            yield from _people(inner, f"{path}/{escape(key)}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _people(inner, f"{path}/{number}")


def _kinds(one: Field) -> tuple[str, ...]:
    """The kinds of value that a field can hold."""
    if isinstance(one.value, bool):
        return ()
    if not isinstance(one.value, str):
        return ("money", "percent", "count", "duration", "date")
    if one.value.replace(".", "", 1).isdigit():
        return ("money", "percent", "count", "duration")
    return _kinds_of_text(one.value)


@lru_cache(maxsize=4_096)
def _kinds_of_text(value: str) -> tuple[str, ...]:
    whole = next(
        (one.kind for one in find(value, people=False) if one.end - one.start >= len(value.rstrip(".")) - 2), ""
    )
    return (whole,) if whole else ("name",) if _PERSON.fullmatch(value) else ()

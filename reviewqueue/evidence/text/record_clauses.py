"""What records say in words, clause by clause, and what each of their fields stands for."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from reviewqueue.core.canonical_json import NotCanonical, escape, read
from reviewqueue.evidence.text import concepts, names, speakers
from reviewqueue.evidence.text.clauses import Clause, clauses, sentence_spans, words_in
from reviewqueue.evidence.text.entities import find
from reviewqueue.evidence.text.index import Place
from reviewqueue.evidence.text.record_keys import STATE_OF_RECORD
from reviewqueue.evidence.text.tasks import Task, tasks_of
from reviewqueue.evidence.text.tokens import folded, tokens
from reviewqueue.evidence.types import Source

Words = tuple[frozenset[str], ...]
_COMMON = 120  # a word in more clauses than that tells none of them
_NAMED_IN = (
    ("FirstName", "LastName"),
    ("firstname", "lastname"),
    ("first_name", "last_name"),
    ("firstName", "lastName"),
)
_SKIPPED = re.compile(r"(?i)(?:.*_?ids?|.*url|attributes|object|type|currency\w*|createdat|updatedat|etag|livemode)\Z")
_PERSON = re.compile(r"[^\W\d_][\w.'’-]*(?: [^\W\d_][\w.'’-]*){1,4}")
_NAME_WORD = re.compile(r"[^\W_]+(?:[-’'][^\W_]+)*")
_YES = frozenset(("true", "yes", "y", "ja", "on", "oui", "si"))
_NO = frozenset(("false", "no", "n", "nein", "off", "none", "non"))
_MAX_ROWS = 4
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
class _Record:
    """One record, read once: its clauses, its fields, and those by (kind of value, concept)."""

    said: tuple[Said, ...]
    fields: tuple[Field, ...]
    people: tuple[str, ...]
    persons: tuple[tuple[str, str, str], ...]
    rows: tuple[tuple[Place, str], ...]
    yes_no: tuple[YesNo, ...]
    by_concept: tuple[tuple[tuple[str, str], Field], ...]
    tasks: tuple[Task, ...]


class RecordTexts:
    """The clauses and fields of a draft's records."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._of_word: dict[frozenset[str], frozenset[int]] = {}
        self._sources = sources
        self._records = [_read_source(ref, one) for ref, one in sources.items()]

    @cached_property
    def said(self) -> list[Said]:
        """Every clause of every text."""
        return [said for one in self._records for said in one.said]

    @cached_property
    def _by_stem(self) -> dict[str, list[int]]:
        kept: dict[str, list[int]] = defaultdict(list)
        for number, one in enumerate(self.said):
            for stem in one.clause.stems:
                kept[stem].append(number)
        return kept

    def overlapping(self, words: Iterable[frozenset[str]], least: int = 2) -> list[tuple[int, Said]]:
        """(how many of the words it has, clause) of each clause that has at least so many, the most first."""
        counts: Counter[int] = Counter()
        for word in words:
            hits = self._of_word.get(word)
            if hits is None:
                hits = self._of_word[word] = frozenset(n for stem in word for n in self._by_stem.get(stem, ()))
            if hits and len(hits) <= _COMMON:
                counts.update(hits)
        found = [(many, self.said[number]) for number, many in counts.items() if many >= least]
        return sorted(found, key=lambda row: -row[0])

    @cached_property
    def people(self) -> dict[str, str]:
        """The folded full name of everybody the records name in a field of their own → as it is written."""
        return {names.folded(name): name for one in self._records for name in one.people}

    @cached_property
    def _short_names(self) -> dict[str, str]:
        """A first or last name that only one of them has → the folded full name."""
        parts = [(part, name) for name in self.people for part in {name.split()[0], name.split()[-1]} if len(part) > 2]
        many = Counter(part for part, _ in parts)
        return {part: name for part, name in parts if many[part] == 1}

    def people_in(self, text: str) -> frozenset[str]:
        """The folded full names of the records' people that a text names, also by a first or last name alone."""
        low = f" {' '.join(_NAME_WORD.findall(names.folded(text)))} "
        full = {name for name in self.people if f" {name} " in low}
        return frozenset(full | {name for part, name in self._short_names.items() if f" {part} " in low})

    @cached_property
    def yes_no(self) -> list[YesNo]:
        """Each field that holds a yes or no."""
        return [field for one in self._records for field in one.yes_no]

    @cached_property
    def tasks(self) -> list[Task]:
        """Every piece of work that the records plan."""
        return [task for one in self._records for task in one.tasks]

    @cached_property
    def fields(self) -> list[Field]:
        """Every field that holds one short value."""
        return [field for one in self._records for field in one.fields]

    @cached_property
    def numbers(self) -> list[tuple[Field, Words]]:
        """Every field that holds one number, with the words of its name."""
        held = (one for one in self.fields if _is_number(one.value))
        named = ((one, words_in(concepts.words_of(one.place.path.rpartition("/")[2]))) for one in held)
        return [(one, words) for one, words in named if words]

    @cached_property
    def given(self) -> frozenset[str]:
        """The first names of the records' people."""
        return frozenset(name.split()[0] for name in self.people)

    @cached_property
    def owners(self) -> dict[tuple[str, str], str]:
        """(ref, path) of each address beside somebody's name in one object → the folded full name."""
        named = {(ref, at): names.folded(name) for one in self._records for ref, at, name in one.persons}
        kept = ((one.place, named.get((one.place.ref, one.place.path.rpartition("/")[0]))) for one in self.fields)
        return {(place.ref, place.path): name for place, name in kept if name and "@" in place.value}

    def speaker(self, place: Place) -> str:
        """The name of who said what stands at a place; "" where nobody is named."""
        return speakers.speaker(self._sources[place.ref].payload, place)

    def word_rows(self, words: str) -> list[tuple[Place, str]]:
        """(place, the words before it in its text) of each text that has these folded words in a row; at most four."""
        found: list[tuple[Place, str]] = []
        for place, row in self._rows:
            at = row.find(f" {words} ")
            if at >= 0 and len(found) < _MAX_ROWS:
                found.append((place, row[:at]))
        return found

    @cached_property
    def _rows(self) -> list[tuple[Place, str]]:
        return [row for one in self._records for row in one.rows]

    def titles(self, person: str, named: re.Pattern[str]) -> list[Place]:
        """The fields for a person's title in the record of that person."""
        refs = {
            (ref, at) for record in self._records for ref, at, name in record.persons if names.folded(name) == person
        }
        return [
            one.place
            for one in self.fields
            if (one.place.ref, one.place.path.rpartition("/")[0]) in refs
            and named.fullmatch(one.place.path.rpartition("/")[2])
        ]

    def says_of(self, person: str, words: Words) -> bool:
        """Whether a clause of a record names a person and has all of these words."""
        found = (one for many, one in self.overlapping(words, len(words)) if many)
        return any(person in self.people_in(one.clause.text) for one in found)

    @cached_property
    def by_concept(self) -> dict[tuple[str, str], list[Field]]:
        """(kind of value, concept) → the fields that hold it."""
        found: dict[tuple[str, str], list[Field]] = defaultdict(list)
        for record in self._records:
            for key, field in record.by_concept:
                found[key].append(field)
        return found


def _read_source(ref: str, source: Source) -> _Record:
    try:
        return _read_text(ref, source.object, source.text)
    except NotCanonical:  # nothing that came in by a submission or an import
        return _read(ref, source.object, source.payload)


@lru_cache(maxsize=128)
def _read_text(ref: str, record: str, text: str) -> _Record:
    """A record by its canonical text, so that a draft that is checked again reads none of them again."""
    return _read(ref, record, read(text) if len(text) <= _LONGEST else {})


def _read(ref: str, record: str, payload: Any) -> _Record:
    said: list[Said] = []
    fields: list[Field] = []
    for path, value in _leaves(payload, ""):
        if isinstance(value, str) and len(value) > 12 and value.count(" ") >= _MIN_WORDS:
            said += [Said(Place(ref, path, one.text.strip(" ,;()")), one) for one in clauses(value) if one.words]
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
    return _Record(
        tuple(said),
        tuple(fields),
        tuple(people),
        tuple(persons),
        rows,
        yes_no,
        by_concept,
        tuple(tasks_of(ref, payload)),
    )


def _is_person(one: Field) -> bool:
    if not isinstance(one.value, str) or not _PERSON.fullmatch(one.value):
        return False
    if speakers.NAMES_SOMEBODY.search(one.place.path):
        return True
    role = concepts.of_field("name", one.record, one.place.path)
    return bool(role) or one.value.split()[0].casefold() in names.GIVEN


def _is_number(value: Any) -> bool:
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

"""What records say in words, clause by clause, and what each of their fields stands for."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.records import speakers
from reviewqueue.evidence.text.records.index import Place
from reviewqueue.evidence.text.records.record_reading import ROLE_FIELD, Field, Said, YesNo, is_number, read_source
from reviewqueue.evidence.text.records.scope import Thing
from reviewqueue.evidence.text.records.states import State
from reviewqueue.evidence.text.records.tasks import Task
from reviewqueue.evidence.text.sentence.clauses import words_in
from reviewqueue.evidence.text.words import concepts, names
from reviewqueue.evidence.types import Source

Words = tuple[frozenset[str], ...]
SUBJECT = as_pattern(r"(?i)(?:summary|subject|title|topic|dealname|name)")
CUSTOMER_ROLES = ("economic-buyer", "executive-sponsor", "champion", "customer-owner", "billing-contact", "signer")
OUR_ROLES = ("our-lead", "csm", "sales-owner")
# Objects of our own people inside a deal, a project or an issue.
_ON_OUR_SIDE = as_pattern(
    r"(?i)/(?:owner|csm|assignee|reporter|creator|created_?by|kundenbetreuer|user|sales|account_?manager)\w*\Z"
)
_COMMON = 120  # a word in more clauses than that tells none of them
_MAX_ROWS = 4
_ROLES = as_pattern(r"[;/|]")
_SHORT_ROLE = 7
_NAME_WORD = as_pattern(r"[^\W_]+(?:[-’'][^\W_]+)*")


class RecordTexts:
    """The clauses and fields of a draft's records."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._of_word: dict[frozenset[str], frozenset[int]] = {}
        self._people_in: dict[str, frozenset[str]] = {}
        self._sources = sources
        self._records = [read_source(ref, one) for ref, one in sources.items()]

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
        return {names.untitled(names.folded(name)): name for one in self._records for name in one.people}

    @cached_property
    def _short_names(self) -> dict[str, str]:
        """A first or last name that only one of them has → the folded full name."""
        parts = [(part, name) for name in self.people for part in {name.split()[0], name.split()[-1]} if len(part) > 2]
        many = Counter(part for part, _ in parts)
        return {part: name for part, name in parts if many[part] == 1}

    def people_in(self, text: str) -> frozenset[str]:
        """The folded full names of the records' people that a text names, also by a first or last name alone."""
        found = self._people_in.get(text)
        if found is None:
            low = f" {' '.join(_NAME_WORD.findall(names.folded(text)))} "
            full = {name for name in self.people if f" {name} " in low}
            short = {name for part, name in self._short_names.items() if f" {part} " in low}
            found = self._people_in[text] = frozenset(full | short)
        return found

    @cached_property
    def yes_no(self) -> list[YesNo]:
        """Each field that holds a yes or no."""
        return [field for one in self._records for field in one.yes_no]

    @cached_property
    def things(self) -> list[Thing]:
        """Every thing that the records include or leave out."""
        return [thing for one in self._records for thing in one.things]

    @cached_property
    def left_out(self) -> list[Thing]:
        """The things of more than one word that the records leave out."""
        return [one for one in self.things if not one.included and len(one.words) > 1]

    @cached_property
    def states(self) -> list[State]:
        """Every state that the records keep."""
        return [state for one in self._records for state in one.states]

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
        held = (one for one in self.fields if is_number(one.value))
        named = ((one, words_in(concepts.words_of(one.place.path.rpartition("/")[2]))) for one in held)
        return [(one, words) for one, words in named if words]

    @cached_property
    def counted(self) -> dict[str, list[tuple[str, Place]]]:
        """What the passages count, by its noun: (number, place) of each."""
        found: dict[str, list[tuple[str, Place]]] = defaultdict(list)
        for said in self.said:
            for one in said.clause.entities:
                if one.kind == "count" and one.unit:
                    found[one.unit].append((one.values[0], said.place))
        return found

    @cached_property
    def given(self) -> frozenset[str]:
        """The first names of the records' people."""
        return frozenset(name.split()[0] for name in self.people)

    @cached_property
    def owners(self) -> dict[tuple[str, str], str]:
        """(ref, path) of each address beside somebody's name in one object → the folded full name."""
        named = {(ref, at): names.folded(name) for one in self._records for ref, at, name in one.persons}
        kept = (
            (one.place, named.get((one.place.ref, at)))
            for one in self.fields
            if "@" in one.place.value
            for at in _above(one.place.path)
        )
        return {(place.ref, place.path): name for place, name in kept if name}

    @cached_property
    def roles(self) -> list[tuple[str, str, Place]]:
        """(role in small letters, folded full name, place) of each title and role beside somebody's name."""
        return [
            (role, name, place)
            for name in self.people
            for place in self.titles(name, ROLE_FIELD)
            for role in (part.strip().casefold() for part in _ROLES.split(place.value))
            if len(role) > _SHORT_ROLE
        ]

    def speaker(self, place: Place) -> str:
        """The name of who said what stands at a place; "" where nobody is named."""
        return speakers.speaker(self._sources[place.ref].payload, place)

    def payload(self, place: Place) -> Any:
        """The record of a place."""
        return self._sources[place.ref].payload if place.ref in self._sources else {}

    def sentence_of(self, found: Said) -> str:
        """The sentence of a record that a clause stands in."""
        text = resolve_pointer(self.payload(found.place), found.place.path)
        return text[found.clause.first : found.clause.last] if isinstance(text, str) else found.place.value

    def subject(self, place: Place) -> Words:
        """The words of the titles of a place's record."""
        return self._subjects.get(place.ref, ())

    def titles_of(self, place: Place) -> tuple[str, ...]:
        """The titles of a place's record."""
        return self._titles.get(place.ref, ())

    @cached_property
    def _titles(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = defaultdict(tuple)
        for one in self.fields:
            if SUBJECT.fullmatch(one.place.path.rpartition("/")[2]) and isinstance(one.value, str):
                found[one.place.ref] = (*found[one.place.ref], one.value)
        return found

    @cached_property
    def _subjects(self) -> dict[str, Words]:
        return {ref: words_in(" . ".join(titles)) for ref, titles in self._titles.items()}

    def system(self, place: Place) -> str:
        """The system that holds the record of a place."""
        return self._sources[place.ref].system.casefold() if place.ref in self._sources else ""

    def said_by(self, one: Said) -> str:
        """The folded full name of who says a clause; "" where nobody is known to."""
        who = speakers.speaker_at(self._sources[one.place.ref].payload, one.place, one.clause.start)
        return min(self.people_in(who), default=names.folded(who)) if who else ""

    @cached_property
    def theirs(self) -> frozenset[str]:
        """The people of the customer: whoever has a record of their own, or a role on the customer's side."""
        roles = {
            names.folded(str(one.value)) for key in CUSTOMER_ROLES for one in self.by_concept.get(("name", key), ())
        }
        persons = (one for record in self._records for one in record.persons)
        own = {names.folded(name) for _, at, name in persons if not _ON_OUR_SIDE.search(at)}
        return frozenset(name for said in own | roles for name in self.people_in(said))

    @cached_property
    def ours(self) -> frozenset[str]:
        """Our own people: who sold it, runs it or works on it, by fields of their own."""
        roles = (one for key in OUR_ROLES for one in self.by_concept.get(("name", key), ()))
        return frozenset(name for one in roles for name in self.people_in(str(one.value))) - self.theirs

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

    def named_by(self, words: str) -> list[Place]:
        """A field whose own name has these words: german_ui."""
        held = (one.place for one in self.fields)
        return [one for one in held if f" {words} " in f" {concepts.words_of(one.path.rpartition('/')[2])} "][:1]

    def titles(self, person: str, named: re.Pattern[str]) -> list[Place]:
        """The fields for a person's title in the record of that person."""
        held = self._beside_names.get(person, ())
        said = self._of_speakers.get(person, ()) if named.fullmatch("title") else ()
        return [*(place for place in held if named.fullmatch(place.path.rpartition("/")[2])), *said]

    @cached_property
    def _of_speakers(self) -> dict[str, list[Place]]:
        """Folded full name → the titles that the records' passages begin with."""
        found: dict[str, list[Place]] = defaultdict(list)
        for record in self._records:
            for place, name, title in record.speakers:
                found[names.untitled(names.folded(name))].append(Place(place.ref, place.path, title))
        return found

    @cached_property
    def _beside_names(self) -> dict[str, list[Place]]:
        """Folded full name → the fields of the objects that somebody's name stands in."""
        named: dict[tuple[str, str], set[str]] = defaultdict(set)
        for record in self._records:
            for ref, at, name in record.persons:
                named[ref, at].add(names.folded(name))
        found: dict[str, list[Place]] = defaultdict(list)
        for one in self.fields:
            for name in named.get((one.place.ref, one.place.path.rpartition("/")[0]), ()):
                found[name].append(one.place)
        return found

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


def _above(path: str) -> list[str]:
    """The pointers of the three objects around a field."""
    parts = path.split("/")
    return ["/".join(parts[:-many]) for many in range(1, min(4, len(parts)))]

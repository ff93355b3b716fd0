"""Compares the drafts of one onboarding with each other: dates, scope, terms, owners, and spellings of names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from reviewqueue.core.canonical_json import leaves, resolve_pointer
from reviewqueue.evidence.promises import compare, documents
from reviewqueue.evidence.text.values.addresses import emails
from reviewqueue.evidence.text.words import names

MOST_TEXT = 40_000  # so many characters of one draft are searched for names
ALIKE = 0.84
# Fields that hold nothing but a name.
_OWNERS = ("/name", "/owner", "/who")


@dataclass(frozen=True)
class PackageDraft:
    """One draft of the package: the newest of its kind and subject."""

    item_id: int
    kind: str
    title: str
    draft: Any


@dataclass(frozen=True)
class Place:
    """One place of a draft, and what it says there."""

    item_id: int
    kind: str
    at: str
    says: str


@dataclass(frozen=True)
class CrossCheck:
    """One cross-check: what is compared, whether the drafts agree, and every place that states it."""

    what: str
    agrees: bool
    places: tuple[Place, ...]

    @property
    def items(self) -> set[int]:
        """The items that state it."""
        return {place.item_id for place in self.places}


def compare_drafts(customer: str, parts: Sequence[PackageDraft]) -> list[CrossCheck]:
    """What at least two drafts state, and names spelled in two ways; contradictions first. Pure; never raises."""
    found = [*_promise_checks(parts), *_addresses(parts), *_spellings(customer, parts)]
    return sorted(found, key=lambda line: line.agrees)


def _promise_checks(parts: Sequence[PackageDraft]) -> Iterator[CrossCheck]:
    rows = [row for part in parts if part.kind == "project_plan" for row in _rows(part.draft, "milestones")]
    known = [name for row in rows if isinstance(name := row.get("name"), str)]
    said: dict[tuple[str, str], list[tuple[str, Place]]] = {}
    for part in parts:
        for one in documents.promises(part.kind, part.draft, known):
            if one.value:
                place = Place(part.item_id, part.kind, one.at, one.shown)
                said.setdefault((one.kind, one.key), []).append((one.value, place))
    for (kind, key), values in said.items():
        if len({place.item_id for _, place in values}) > 1:
            first = values[0][0]
            agrees = all(compare.same(kind, first, value) for value, _ in values)
            yield CrossCheck(_promise_name(kind, key), agrees, tuple(place for _, place in values))


def _promise_name(kind: str, key: str) -> str:
    """What a promise is called: "Go-live date", "Owner of Transport system connected", "Seats"."""
    if kind == "owner":
        of = key.removeprefix("milestone: ")
        return f"Owner on the {of}’s side" if key == "customer" else f"Owner: {of}"
    name = key.removeprefix("milestone: ")
    name = name[:1].upper() + name[1:]
    return f"{name}, date" if kind == "date" else name


def _addresses(parts: Sequence[PackageDraft]) -> Iterator[CrossCheck]:
    """People with more than one e-mail address, and addresses with more than one name, in what lists people."""
    by_name: dict[str, dict[str, Place]] = {}
    for part in parts:
        for at, name, address in _people(part):
            held = by_name.setdefault(names.folded(name), {})
            held.setdefault(f"{part.item_id} {address}", Place(part.item_id, part.kind, at, f"{name}, {address}"))
    for held in by_name.values():
        places = tuple(held.values())
        if len({place.item_id for place in places}) > 1:
            agrees = len({key.partition(" ")[2] for key in held}) == 1
            yield CrossCheck(f"E-mail of {places[0].says.partition(',')[0]}", agrees, places)


def _people(part: PackageDraft) -> Iterator[tuple[str, str, str]]:
    """(pointer, name, address) of the people that a packet or a brief lists."""
    for number, row in enumerate(_rows(part.draft, "stakeholders")):
        name, address = row.get("name"), row.get("email")
        if isinstance(name, str) and isinstance(address, str) and (read := list(emails(address[:320]))):
            yield f"/stakeholders/{number}/email", " ".join(name.split()), read[0][2]
    at = "/sections/stakeholders/key_stakeholders"
    listed = resolve_pointer(part.draft, at)
    for line in listed.split("\n")[:100] if isinstance(listed, str) else ():
        name = " ".join(line.partition(",")[0].split())
        if name and len(read := list(emails(line[:1000]))) == 1:
            yield at, name, read[0][2]


def _spellings(customer: str, parts: Sequence[PackageDraft]) -> Iterator[CrossCheck]:
    """Names that nearly match the name of the customer, or of somebody whom another draft names."""
    written = [(part, at, name) for part in parts for at, name in _names(part)]
    sure = {names.folded(name): name for part, at, name in written if at.endswith(_OWNERS)}
    sure[names.folded(customer)] = customer
    for folded, name in sure.items():
        wrong = [one for one in written if _misspelt(names.folded(one[2]), folded) and names.folded(one[2]) not in sure]
        if wrong:
            right = next((one for one in written if names.folded(one[2]) == folded), None)
            places = [one for one in (right, *wrong) if one]
            what = "Name of the customer" if name == customer else f"Name of {name}"
            yield CrossCheck(what, False, tuple(Place(part.item_id, part.kind, at, said) for part, at, said in places))


def _misspelt(one: str, other: str) -> bool:
    """Whether two names of as many words differ by a letter or two: neither another person nor a short form."""
    if one == other or len(one.split()) != len(other.split()) or len(other) < 6 or abs(len(one) - len(other)) > 2:
        return False
    pairs = [(mine, theirs) for mine, theirs in zip(one.split(), other.split(), strict=True) if mine != theirs]
    return len(pairs) == 1 and min(map(len, pairs[0])) > 3 and SequenceMatcher(None, *pairs[0]).ratio() >= ALIKE


def _names(part: PackageDraft) -> Iterator[tuple[str, str]]:
    """(pointer, name) of every name of two words or more in a draft, and of fields that hold nothing but a name."""
    left = MOST_TEXT
    for at, text in leaves(part.draft):
        if at.endswith(_OWNERS) and 3 < len(text) < 80:
            yield at, " ".join(text.split())
        elif left > 0:
            for start, end, _, _ in names.find(text[:left]):
                yield at, " ".join(text[start:end].split())
            left -= len(text)


def _rows(draft: Any, name: str) -> list[dict[str, Any]]:
    held = draft.get(name) if isinstance(draft, dict) else None
    return [row for row in held if isinstance(row, dict)] if isinstance(held, list) else []

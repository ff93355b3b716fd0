"""Contacts, the people on the customer's side: read from the packet's text and from their contact records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from reviewqueue.connectors.account_names import folded
from reviewqueue.connectors.citation_collector import Cited, Fact
from reviewqueue.connectors.schema import SHAPES, first
from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.values.not_agreed import is_not_agreed
from reviewqueue.evidence.types import Source

NOBODY = Fact("")
EMAIL = as_pattern(r"(?<![\w.+'-])[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
# A person's name: two to five words, lower-case ones only in between. Titles look the same, and are excluded.
_WORD = r"[^\W\d_a-z][^\W\d_]*(?:[.'’-][^\W\d_]*)*"
_SMALL = r"(?:de|da|di|do|du|del|della|den|der|dos|el|la|le|ten|ter|van|von|zu|zur|bin|ibn|y|e)"
_NAME = as_pattern(rf"{_WORD}(?: (?:{_WORD}|{_SMALL})){{0,3}} {_WORD}")
_TITLES = frozenset(
    ["account", "accounting", "accounts", "administrator", "analyst", "architect", "assistant", "board",
     "business", "ceo", "cfo", "chair", "chief", "cio", "coo", "coordinator", "cto", "customer", "data",
     "department", "desk", "director", "engineer", "engineering", "executive", "finance", "financial",
     "founder", "general", "global", "head", "human", "information", "it", "lead", "leader", "legal", "manager",
     "managing", "marketing", "officer", "operating", "operational", "operations", "owner", "partner",
     "president", "procurement", "product", "program", "programme", "project", "purchasing", "regional",
     "resources", "sales", "secretary", "security", "senior", "service", "services", "specialist", "sponsor",
     "success", "supervisor", "support", "svp", "team", "technical", "technology", "user", "vice", "vp",
     "abteilung", "chef", "direktor", "direktorin", "directeur", "directrice", "geschäftsführer", "geschäftsführerin",
     "gerente", "jefe", "leiter", "leiterin", "leitung", "responsable", "vorstand"]
)  # fmt: skip
_ROLE_IN = as_pattern(r"(?P<name>[^()]+)\((?P<role>[^()]+)\)")
# One person a sentence: their name, their role, and the rest of the sentence.
_SENTENCE = as_pattern(rf"(?P<name>{_NAME.pattern})(?: \((?P<role>[^()]+)\))? (?P<cares>[a-z][^\n]+?)\.?")
_LINES = as_pattern(r"[\n;]|(?<=[^\W\d_]{2})(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bSt)\. ")
# After “customer”: a department of ours, such as Customer Success, and nobody of the customer's.
OUR_DEPARTMENT = r"[ -](?:success|support|care|services?|experience|onboarding)\b"
_TOKEN = as_pattern(r"\w+(?:-\w+)*")
_UP_TO_BRACKET = as_pattern(r"[^()]+[()]?|[()]")
MAX_PEOPLE = 200  # so many are read from one text
MAX_ROLES = 20  # of one person


@dataclass(frozen=True)
class Contact:
    """A person on the customer's side, each fact in the sources' own words; an empty fact where they say nothing.
    `known_as` is the first name that a contact record has, `cares` what a sentence says of them, `parts` their parts in
    this onboarding."""

    name: Fact
    role: Fact = NOBODY
    email: Fact = NOBODY
    known_as: Fact = NOBODY
    cares: Fact = NOBODY
    parts: tuple[str, ...] = ()


def with_part(one: Contact, part: str) -> Contact:
    """The same person with a part they have in this onboarding, such as `economic buyer`."""
    return replace(one, parts=(*one.parts, part)) if part else one


def is_name(words: str) -> bool:
    """Whether words look like a person's name and not like a title."""
    return bool(_NAME.fullmatch(words)) and not _TITLES & set(re.findall(r"\w+", words.casefold()))


def names_any(words: str, names: Iterable[str]) -> bool:
    """Whether a text has one of these names, in whole words: “Joanna Kraus” has no “Ann”."""
    within = _tokens(words)
    return any(name in within for name in map(_tokens, names) if name.strip())


def _tokens(words: str) -> str:
    return f" {' '.join(_TOKEN.findall(words.casefold()))} "


def contacts_in_text(words: str, cite: tuple[tuple[str, str], ...]) -> list[Contact]:
    """The people that a text names, one a line or with commas in between; what follows a name is their role. `cite` are
    the (ref, path) of the fields that hold the text. Who said that nothing was agreed is none of them. In time linear
    in the text."""
    found: list[Contact] = []
    for row in _LINES.split("" if is_not_agreed(words) else words):
        if len(found) >= MAX_PEOPLE:
            break
        if (sentence := _SENTENCE.fullmatch(row.strip())) and is_name(sentence["name"]):
            name, role, cares = (quote_fact(sentence[part] or "", cite) for part in ("name", "role", "cares"))
            found.append(Contact(name, role, cares=cares))
            continue
        found += _people_in(row, cite)
    return found[:MAX_PEOPLE]


def _people_in(row: str, cite: tuple[tuple[str, str], ...]) -> Iterator[Contact]:
    """The people of one line, each with what follows their name."""
    who, email, roles = NOBODY, NOBODY, [NOBODY]
    for piece in filter(None, map(str.strip, _pieces(row))):
        inside = _ROLE_IN.fullmatch(piece)
        name, what = (inside["name"].rstrip(), inside["role"]) if inside else (piece, "")
        if is_name(name):
            if who.says:
                yield Contact(who, join_facts(*roles), email)
            who, email, roles = quote_fact(name, cite), NOBODY, [quote_fact(what, cite)]
        elif who.says and (address := EMAIL.search(piece)):
            email = email if email.says else quote_fact(address[0], cite)
        elif who.says and len(roles) < MAX_ROLES:
            roles.append(quote_fact(piece, cite))
    if who.says:
        yield Contact(who, join_facts(*roles), email)


def _pieces(row: str) -> list[str]:
    """What stands between the commas of a line; one in brackets parts nothing."""
    parts = _UP_TO_BRACKET.findall(row)
    return "".join(one if one.endswith(")") else one.replace(",", "\n") for one in parts).split("\n")


def on_record(sources: Mapping[str, Source]) -> Iterator[Contact]:
    """The people whose contact records are among these sources, which are given by ref."""
    for ref, source in sources.items():
        shape = SHAPES.get(source.system)
        if shape is None or source.object != shape.contact:
            continue
        names, title, email = shape.contact_facts
        parts = [_field(ref, source, path) for path in names]
        name = Fact(" ".join(filter(None, (part.says for part in parts))), tuple(c for p in parts for c in p.cited))
        if name.says:
            yield Contact(name, _field(ref, source, title[0]), _field(ref, source, email[0]), parts[0])


def merge(
    people: Iterable[Contact], records: Iterable[Contact], fill_only: Iterable[Contact] = ()
) -> tuple[Contact, ...]:
    """Everybody once, by name, in order: those a text names, then those of `records`. What a text leaves out is filled
    in from records of that name, also from those `fill_only`, which add nobody of their own. Where records of one name
    have different addresses, none is taken: it would be a guess."""
    found: dict[str, Contact] = {}
    for one in people:
        found[folded(one.name.says)] = _fill_in(found.get(folded(one.name.says), one), one)
    listed = [*records]
    by_name: dict[str, list[Contact]] = {}
    for record in (*listed, *fill_only):
        by_name.setdefault(folded(record.name.says), []).append(record)
    for key, same in by_name.items():
        if key in found or any(one in listed for one in same):
            merged = same[0]
            if len({record.email.says.casefold() for record in same}) > 1:
                merged = replace(merged, email=NOBODY, role=NOBODY)
            found[key] = _fill_in(found.get(key, merged), merged)
    return tuple(found.values())


def _fill_in(one: Contact, other: Contact) -> Contact:
    return Contact(
        _prefer_filled(one.name, other.name),
        _prefer_filled(one.role, other.role),
        _prefer_filled(one.email, other.email),
        _prefer_filled(one.known_as, other.known_as),
        _prefer_filled(one.cares, other.cares),
        tuple(dict.fromkeys((*one.parts, *other.parts))),
    )


def _prefer_filled(one: Fact, other: Fact) -> Fact:
    """The first that is not empty; where both say the same, it rests on both."""
    if one.says != other.says:
        return one if one.says else other
    return Fact(one.says, tuple(dict.fromkeys((*one.cited, *other.cited))))


def quote_fact(words: str, cite: tuple[tuple[str, str], ...]) -> Fact:
    """A fact that cites these words at each of the (ref, path)."""
    return Fact(words, tuple(Cited(words, ref, path) for ref, path in cite)) if words else NOBODY


def join_facts(*facts: Fact) -> Fact:
    """The facts as one, with commas."""
    said = [one for one in facts if one.says]
    return Fact(", ".join(one.says for one in said), tuple(cited for one in said for cited in one.cited))


def _field(ref: str, source: Source, path: str) -> Fact:
    says, found = first(source, (path,))
    return quote_fact(" ".join(says.split()), ((ref, found),))

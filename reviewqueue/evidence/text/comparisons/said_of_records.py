"""What a text says of things and people that the records name: another edition of the product, somebody who shares only
a first name with one of them, how many of what a field counts, and a person by a title alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.comparisons.claims import Claim
from reviewqueue.evidence.text.records.places import Place
from reviewqueue.evidence.text.records.record_clauses import RecordTexts
from reviewqueue.evidence.text.sentence.clauses import words_in
from reviewqueue.evidence.text.values.entities import Entity
from reviewqueue.evidence.text.words import concepts, names
from reviewqueue.evidence.text.words.number_words import with_figures

_PRODUCT_FIELD = as_pattern(r"(?i).*(?:product|plan|package|edition|tier|nickname|offering)\w*")
_PRODUCT = as_pattern(r"[A-ZÀ-ÖØ-Þ][\w.-]+(?: [A-ZÀ-ÖØ-Þ\d][\w.-]*){1,3}")
_EDITIONS = frozenset(
    "solo lite core essential essentials premium start starter basic standard pro professional profi plus team teams "  # noqa: SIM905
    "business enterprise free premier advanced growth scale ultimate max mini complete express light gold silver "
    "platinum bronze elite unlimited individual company corporate small medium large classic go one prime select "
    "basis komfort privat gewerbe base confort básico profesional avanzado".split()
)
_TITLE_FIELD = as_pattern(r"(?i)(?:job_?)?title|position")
_ROLE_BEFORE = as_pattern(
    r"(?i)(?:\b(?:is|was|ist|war|est|es|by|von|to|an|par|por)|:)\s\Z"
)  # fmt: skip
_GIVEN_TO = as_pattern(r"(?i)\b(?:assigned|handed over|reports?|goes|zugewiesen|übergeben|assigné|asignado)\b")
_PART = as_pattern(
    r"(?i)\b(?:first|pilot|additional|extra|more|training|batch|wave|phase|initial|remaining|another|up to|further"
    r"|of the|about|minimum|at least|per|each|every|other|the|these|those|some|roughly|only|next|open"
    r"|weitere\w*|ersten|bis zu"
    r"|die|den|nur|rund|pro|je|between|and|or)\b"
)
# A passage that counts a part, or the rest, of something.
_SOME = as_pattern(
    r"(?i)\b(?:first|pilot|more|remaining|another|further|of the|at least|up to|other|others|rest|some|only"
    r"|next|weitere\w*|ersten|übrigen|anderen|autres?|premiers?|otros|primeros)\b"
)
_WHOLE = as_pattern(r"(?i)\b(?:all|alle|tous|todos)(?: (?:the|of the|die))? \Z")


def editions(text: str, records: RecordTexts) -> Iterator[Claim]:
    """Where a text has another edition of a product than the records: "Dispatch Lite" for "Dispatch Business"."""
    for family, pattern, place in _products(records):
        for hit in pattern.finditer(text):
            other = names.folded(hit[1])
            if other in _EDITIONS and not records.word_rows(f"{names.folded(family)} {other}"):
                yield Claim(hit.start(), hit.end(), "otherwise", (), (place,))


@lru_cache(maxsize=8)
def _products(records: RecordTexts) -> list[tuple[str, re.Pattern[str], Place]]:
    """(product, its name with a word after it, field) of each field that holds an edition of a product."""
    found = []
    for field in records.fields:
        if not isinstance(field.value, str) or not _PRODUCT_FIELD.fullmatch(field.place.path.rpartition("/")[2]):
            continue
        *words, edition = field.value.split() or ("",)
        if _PRODUCT.fullmatch(field.value) and edition.casefold() in _EDITIONS:
            family = " ".join(words)
            pattern = re.compile(rf"(?<!\w){re.escape(family)} ([A-ZÀ-ÖØ-Þ][\w-]*)")
            found.append((family, pattern, field.place))
    return found


def names_somebody(text: str, one: Entity, records: RecordTexts) -> bool:
    """Whether capitalised words that no record has are a person: they have the first name of one of the records'
    people, or a sentence gives them a role."""
    words = one.values[0].split()
    if not 2 <= len(words) <= 4 or not all(word[0].isalpha() for word in words):
        return False
    if words[0] in records.given:
        return True
    first = text.rfind("\n", 0, one.start) + 1
    before = text[max(first, text.rfind(". ", 0, one.start) + 1, one.start - 100) : one.start]
    return _ROLE_BEFORE.search(before) is not None and (
        bool(concepts.spoken("name", before)) or _GIVEN_TO.search(before) is not None
    )


_REST = as_pattern(
    r"(?i)\b(?:other|remaining|rest of the|further|übrigen|restlichen|anderen|weiteren"
    r"|autres|restantes?|otros|otras)[ \u00a0]\Z"
)
_EACH_ONE = as_pattern(r"(?i)[ \u00a0](?:each|apiece|per \w|je\b|pro \w|chacun|par \w|cada)")


def counts_no_whole(text: str, one: Entity, records: RecordTexts) -> bool:
    """Whether a number of things that no field says is that of the rest of them or of a share for each, or a passage
    about them has the number apart from them: "the printers are Zebras, seventeen of them"."""
    if _REST.search(text[max(0, one.start - 16) : one.start]) or _EACH_ONE.match(text, one.end):
        return True
    figure = re.compile(rf"(?<![\w.,]){re.escape(one.values[0])}(?![\w%]|[.,]\d)")
    near = records.overlapping(words_in(one.unit), 1) if one.unit else ()
    return any(figure.search(with_figures(records.sentence_of(found))) for _, found in near)


def is_known(one: Entity, records: RecordTexts) -> bool:
    """Whether a name is that of one of the records' people with the short form of their first name, or with a title in
    capitals before it: Produktionsleiter Volker Steinseifer."""
    if any(f" {name}" in one.values[0] and one.values[0].endswith(name) for name in records.people if " " in name):
        return True
    first, _, rest = one.values[0].partition(" ")
    if any(_goes_on(one.values[0], name) for name in records.people):
        return True
    meant = names.SHORT_FORMS.get(first, frozenset())
    return any(
        name.split()[0] in meant and (not rest or name.split()[-1] == rest.split()[-1]) for name in records.people
    )


def _goes_on(said: str, name: str) -> bool:
    """Whether words go on behind a person's name, or initial and last name, that are no part of it: the next line."""
    first, *_, last = name.split() if " " in name else (name, name)
    known = said.startswith((f"{name} ", f"{first[0]}. {last} ")) and first != last
    return known and not names.generation(said)


def counted_otherwise(text: str, one: Entity, records: RecordTexts) -> tuple[Place, ...] | None:
    """The fields that count what this counts and say another number; () where one says the same, None where none does
    or the sentence counts only a part."""
    noun = re.match(r"[ \u00a0]?([^\W\d_]*)", text[one.end : one.end + 30])
    said = words_in(f"{text[one.start : one.end]} {noun[1] if noun else ''}")
    found = []
    for field, wanted in records.numbers if said else ():
        if all(any(not word.isdisjoint(mine) for mine in said) for word in wanted):
            found.append(field)
    if any(_number(field.value) in one.values for field in found):
        return ()
    before = re.split(r"[.;:!?\n]", text[max(0, one.start - 60) : one.start])[-1]
    part = _PART.search(" ".join(before.split()[-2:])) is not None and not _WHOLE.search(before)
    return tuple(field.place for field in found)[:2] if found and not part and ".." not in one.values[0] else None


def counted_in_words(text: str, one: Entity, records: RecordTexts) -> tuple[Place, ...]:
    """Where the passages of the records count the same thing by one other number only; none where the sentence counts
    a part."""
    held = records.counted.get(one.unit, ()) if one.unit and one.unit != "seat" and ".." not in one.values[0] else ()
    held = [(value, place) for value, place in held if not _SOME.search(place.value)]
    many = {value for value, _ in held}
    if len(many) != 1 or many & set(one.values):
        return ()
    before = re.split(r"[.;:!?\n]", text[max(0, one.start - 60) : one.start])[-1]
    part = _PART.search(" ".join(before.split()[-2:])) is not None and not _WHOLE.search(before)
    # Fewer of them may be those of which something else is true: "five branches have a complete month".
    fewer = all(is_less(said, value) for said in one.values for value in many)
    return () if part or fewer else tuple(place for _, place in held)[:2]


def is_less(one: str, other: str) -> bool:
    """Whether a number is less than another; False for ranges."""
    try:
        return Decimal(one) < Decimal(other)
    except InvalidOperation:
        return False


def _number(value: object) -> str:
    try:
        return format(Decimal(str(value)).normalize(), "f")
    except InvalidOperation:
        return ""


_SENDS = as_pattern(
    r"(?i)\b(?:cop(?:y|ies|ied)|cc(?:'?d|s)?|sends?|sent|writes?|wrote|forwards?(?:ed)?|invites?|e?mails?|informs?"
    r"|schick\w*|schreib\w*|sende\w*|écri\w+|envoi\w*|envía\w*|escrib\w+)\s(?:it |them |this |also |an |die |le "
    r"|to |an )*\Z"
)


def sends(before: str) -> bool:
    """Whether the words right before an address are what somebody does with it: "Nadia will copy siobhan@…"."""
    return _SENDS.search(before) is not None


def titled(text: str, records: RecordTexts) -> frozenset[str]:
    """The records' people whom a text names by a title that only one of them has."""
    low = names.folded(text)
    held = [
        (name, names.folded(place.value)) for name in records.people for place in records.titles(name, _TITLE_FIELD)
    ]
    said = [(name, title) for name, title in held if len(title) > 5 and title in low]
    return frozenset(name for name, title in said if sum(other == title for _, other in held) == 1)

"""Which part a company, a product or a system plays: what was bought from us, which system the customer has for what,
who the customer is and whom it looked at besides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.comparisons.claims import Claim
from reviewqueue.evidence.text.records.places import Place
from reviewqueue.evidence.text.records.record_clauses import RecordTexts
from reviewqueue.evidence.text.sentence.clauses import sentence_spans, words_in
from reviewqueue.evidence.text.words import names
from reviewqueue.evidence.text.words.tokens import LEGAL, tokens
from reviewqueue.evidence.text.words.vocabulary import MONTH, WEEKDAY

_NOT_A_NAME = (
    rf"(?:The|This|That|Our|Your|We|You|A|An|Each|All|No|It|Der|Die|Das|Ihre?|Unsere?|Eine?|In|For|With|Le|La"
    rf"|Les|Un|Une"
    rf"|Not|Yes|{MONTH}|{WEEKDAY})\b"
)
_CAP = rf"(?!{_NOT_A_NAME}){names.CAPITAL}[\w&+-]*"
_X = rf"(?P<name>{_CAP}(?: (?:of |de |& )?{_CAP}){{0,3}}(?: (?:S\.A\.|K\.K\.|B\.V\.|Inc\.|Ltd\.?|SAS|AG|AS|AB))?)"
_SYSTEM = (
    r"ERP|TMS|WMS|CRM|POS|HRIS|LIMS|PIM|DMS|[\w-]*[Ss]ystems?|[Ss]oftware|[Pp]latform\w*|[Mm]odules?"
    r"|[Rr]egisters?|[Rr]egistry"
    r"|[Dd]atabase|[Ee]ngine|[Bb]anking|[Aa]ccounting|[Pp]ayroll|[Ll]edger|[Ll]ists?|[Bb]uchhaltung"
    r"|[Ll]ogiciels?|[Ss]istema"
)
_BOUGHT = as_pattern(
    r"\b(?:bought|ordered|purchased|licensed|subscribed to|signed up for|opted for|chosen|chose|gekauft"
    r"|bestellt|lizenziert"
    rf"|achetée?|commandée?|souscrit(?: à)?|choisi|comprado|contratado) (?:the |our |a |an |den |die |das |le "
    rf"|la |l['’]|el )?{_X}"
)
_PRODUCT = as_pattern(
    r"(?i:\b(?:product|plan|edition|package|tier|produkt|paket|produit|offre|formule|producto))\b(?: [a-zà-ÿ]+){0,6}"
    rf"(?::| is| ist| est| es) (?:called )?(?P<name>{_CAP}(?: (?:of )?{_CAP}){{0,3}})(?=[.,;!]|\Z| (?:and|from"
    rf"|und|et|y|with)\b)"
)
_SYSTEM_IS = as_pattern(
    rf"(?P<of>(?:[\w-]+ ){{0,2}}(?:{_SYSTEM}))(?: in use| used| today| there)?"
    r"(?::| (?:is|are|was|will be|ist|est|es)(?: made| supplied| provided| delivered| run| powered)?(?: by"
    r"| from| with| on)?"
    r"| (?:runs?|works?) (?:on|with)| comes? (?:out of|from)| (?:kommt|kommen) (?:aus|von)| läuft (?:auf|mit)"
    r"| vient de| tourne sur"
    rf"| viene de) (?:the |called )?{_X}"
)
_CUSTOMER = as_pattern(
    r"(?i:\b(?:customer|client|account|kunde|contracting party|contract is with|cliente))\b(?:,| is|:| ist| est| es)?"
    rf" {_X}(?=[.,;!(]|\Z| (?:and|who|runs|has|is|in|from)\b)"
)
_BESIDES = as_pattern(
    r"\b(?:looked at|considered|compared (?:us )?(?:with|to)|evaluated|shortlisted|competed (?:with|against)"
    r"|won against|instead of"
    rf"|replaces?|replacing|switch\w* from|verglichen mit|ersetzt|remplace|comparé\w* (?:à|avec)"
    rf"|reemplaza) (?:also |only )?{_X}"
)
_AUTHORITY = as_pattern(
    rf"\b(?P<name>(?:Ministry|Department|Bank|University|Institute|Board|Agency|Chamber|Inspectorate"
    rf"|Registry) of (?:the )?{_CAP}"
    rf"(?: (?:and )?{_CAP})*)"
)
_ANY = as_pattern(
    r"(?i)bought|ordered|purchas|licensed|subscribed|signed up|opted|cho[so]|gekauft|bestellt|lizenz|achet"
    r"|command|souscri|compra"
    r"|contrat|produ|plan|edition|package|tier|paket|offre|formule"
    r"|" + _SYSTEM.lower() + r"|customer|client|account|kunde|party"
    r"|contract is|looked|consider|compar|evaluat|shortlist|compet|against|instead|replac|switch|verglich"
    r"|ersetz|ministry|department"
    r"|university|institute|board|agency|chamber|inspectorate"
)
_SHORT = 2  # letters of an abbreviation, at least one more
_PRODUCT_FIELD = as_pattern(r"(?i).*(?:product|plan|package|edition|tier|nickname|offering)\w*")
_CUSTOMER_FIELD = as_pattern(
    r"(?i)(?:deal|opportunity|account|company|customer)?_?(?:name|dealname)|company"
    r"|account|topic|subject|title|website|domain"
)


class _Part(NamedTuple):
    """A name at start:end of a sentence, the part it plays, and the words of what it is a system for."""

    start: int
    end: int
    part: str
    name: str
    of: str


@lru_cache(maxsize=4_096)
def _in_sentence(sentence: str) -> tuple[_Part, ...]:
    if sentence.rstrip().endswith("?") or not _ANY.search(sentence):
        return ()
    found = []
    for part, pattern in (("product", _BOUGHT), ("product", _PRODUCT), ("customer", _CUSTOMER), ("besides", _BESIDES),
                          ("authority", _AUTHORITY), ("system", _SYSTEM_IS)):  # fmt: skip
        for hit in pattern.finditer(sentence):
            labelled = part == "product" and pattern is _PRODUCT
            if labelled and " " not in hit["name"]:
                continue
            found.append(_Part(*hit.span("name"), part, hit["name"], hit["of"] if part == "system" else ""))
    return tuple(found)


def find(text: str, records: RecordTexts) -> Iterator[Claim]:
    """The names whose part the records give to another, or to none."""
    for first, last in sentence_spans(text):
        for one in _in_sentence(text[first:last]):
            if records.people_in(one.name):
                continue
            against = _otherwise(one, records)
            if against is not None:
                outcome = "otherwise" if against else "unsaid"
                yield Claim(first + one.start, first + one.end, outcome, (), against)  # type: ignore[arg-type]


def _otherwise(one: _Part, records: RecordTexts) -> tuple[Place, ...] | None:
    """What the records say instead; () where they do not know the name at all, None where they bear it out or say
    nothing of it."""
    row = " ".join(word.word for word in tokens(one.name) if word.word not in LEGAL)
    known = records.word_rows(row)
    if one.part in ("besides", "authority"):
        return None if known else ()
    if one.part == "system":
        return _other_system(one, row, records, bool(known))
    named = _PRODUCT_FIELD if one.part == "product" else _CUSTOMER_FIELD
    held = [
        field.place
        for field in records.fields
        if isinstance(field.value, str) and named.fullmatch(field.place.path.rpartition("/")[2])
    ]
    if not held or any(_overlap(row, place.value) for place in held):
        return None
    return tuple(held[:1])


def _overlap(row: str, value: str) -> bool:
    """Whether a field's value has all words of a name, or the name all of the value's."""
    mine = set(row.split())
    theirs = {word.word for word in tokens(value) if word.word not in LEGAL}
    return bool(mine) and bool(theirs) and (mine <= theirs or theirs <= mine)


def _other_system(one: _Part, row: str, records: RecordTexts, known: bool) -> tuple[Place, ...] | None:
    """The clause of a record about the same system that has another name than this."""
    wanted = words_in(one.of)
    found = [said for many, said in records.overlapping(wanted, len(wanted)) if many] if wanted else []
    if any(_has_row(said.place.value, row) for said in found):
        return None
    fields = (field.place for field in records.fields if isinstance(field.value, str))
    if any(_is_of(wanted, place) and _has_row(place.value, row) for place in fields):
        return None
    if not found and (short := "".join(word[0] for word in one.of.split()).casefold()) and len(short) > _SHORT:
        found = [said for said in records.said if short in said.clause.stems]
        if any(_has_row(said.place.value, row) for said in found):
            return None
    if found:
        return (found[0].place,)
    return None if known else ()


def _has_row(text: str, row: str) -> bool:
    """Whether a text has these words in a row."""
    return f" {row} " in f" {' '.join(word.word for word in tokens(text))} "


def _is_of(wanted: tuple[frozenset[str], ...], place: Place) -> bool:
    """Whether the name of a field has one of these words."""
    held = words_in(re.sub(r"[_/]", " ", place.path))
    return any(not word.isdisjoint(other) for word in wanted for other in held)

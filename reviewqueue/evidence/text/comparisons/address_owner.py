"""Whether an address or a telephone number belongs to somebody else than the sentence names with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.comparisons import said_of_records
from reviewqueue.evidence.text.comparisons.attributed import addressed
from reviewqueue.evidence.text.comparisons.elsewhere import Elsewhere
from reviewqueue.evidence.text.records.places import Place
from reviewqueue.evidence.text.records.record_clauses import RecordTexts
from reviewqueue.evidence.text.records.shared_facts import RecordFact
from reviewqueue.evidence.text.sentence.clauses import words_in
from reviewqueue.evidence.text.sentence.spoken import Spoken, spoken
from reviewqueue.evidence.text.values.entities import Entity
from reviewqueue.evidence.text.words import concepts, names

_BILLS = as_pattern(
    r"(?i)invoic|bill|\bpa(?:y|id)|money|account|financ|remit|receipt|statement|order|ledger"
    r"|rechnung|buchhalt|zahl|factur"
    r"|compta|\bcomptes?\b|paie|payer|pago|contab|kreditor"
)
_YOUR_OWN = as_pattern(
    r"(?i)\byour (?:own |personal |direct |business |work )?(?:e-?mail )?(?:address|e-?mail|mailbox|inbox)"
    r"|ihre\w* (?:eigene\w* )?(?:e-?mail-?)?adresse"
    r"|votre (?:propre )?adresse"
)
# "For you I have noted …" is whose address it is, where it is somebody's.
_FOR_YOU = as_pattern(r"(?i)\b(?:for you|für (?:sie|dich)|pour (?:toi|vous)|para (?:ti|usted))\b")
_NO_PURPOSE = frozenset().union(*words_in(
    "address mail email e-mail write wrote send sent reach contact record note list copy cc inbox mailbox hold use "
    "person adresse schreiben schicken erreichen écrire envoyer joindre correo escribir enviar"
))  # fmt: skip


def of_another(
    text: str, one: Entity, places: Sequence[Place], known: Sequence[RecordFact], texts: RecordTexts
) -> Elsewhere | None:
    """Where an address or a telephone number is on record for other people than the one the sentence names, or for
    bills where it speaks of something else."""
    made = spoken(text, one)
    if made is None or not places:
        return None
    about = {(fact.place.ref, fact.place.path): fact.about for fact in known if fact.fact in ("email", "phone")}
    about = texts.owners | about if one.kind == "email" else about
    owners = [about.get((place.ref, place.path), "") for place in places]
    clause = made.clause
    before = text[clause.start : one.start]
    if said_of_records.sends(before) and not said_of_records.titled(before, texts):
        named = frozenset[str]()
    else:
        named = _named(text, one, made, texts)
    own = tuple(fact.place for fact in known if fact.fact == one.kind and fact.about in named)[:2]
    if not named and all(owners) and _FOR_YOU.search(text[clause.first : one.start]):
        named = addressed(text, texts)
    if named and not named & set(owners) and (all(owners) or own):
        return Elsewhere(tuple(places), own, True)
    if one.kind != "email" or named or not _only_bills(places, texts):
        return None
    around = text[clause.first : clause.last]
    purpose = [
        word
        for word in words_in(f"{text[clause.first : one.start]} {text[one.end : clause.last]}")
        if word.isdisjoint(_NO_PURPOSE)
    ]
    if len(purpose) >= _TELLING and not _BILLS.search(around.replace(text[one.start : one.end], " ")):
        return Elsewhere(tuple(places), (), False)
    return None


_TELLING = 2


def _named(text: str, one: Entity, made: Spoken, texts: RecordTexts) -> frozenset[str]:
    """The people whose address the sentence says it is: by name, by title, by their role, or whom it greets."""
    clause = made.clause
    named = texts.people_in(text[clause.start : one.start]) or texts.people_in(text[clause.first : one.start])
    named = named or texts.people_in(text[one.end : clause.end])
    sentence = text[clause.first : clause.last]
    named = named or said_of_records.titled(sentence, texts)
    if not named and _YOUR_OWN.search(sentence):
        named = addressed(text, texts)
    roles = {hit.key for hit in concepts.spoken("name", text[clause.start : one.start])} - {"billing-contact"}
    held = [field for key in roles for field in texts.by_concept.get(("name", key), ())]
    return named or frozenset(name for field in held for name in texts.people_in(str(field.value)))


def _only_bills(places: Sequence[Place], texts: RecordTexts) -> bool:
    """Whether an address is on record only where bills are sent."""
    return all(texts.system(place) in ("stripe", "chargebee") for place in places)


def named_owner(draft: Any, at: str, text: str, one: Entity, known: Sequence[RecordFact]) -> str:
    """The folded name of the person an address belongs to: named just before it, or beside it in its object."""
    parent, _, key = at.rpartition("/")
    if key == "email":
        name = resolve_pointer(draft, f"{parent}/name")
        return names.folded(name) if isinstance(name, str) else ""
    before = re.search(
        r"([^\W\d_]+(?: [^\W\d_]+){1,3})(?:,| ?\(| ?<|:| at) ?\Z", text[max(0, one.start - 60) : one.start]
    )
    people = {fact.about for fact in known if fact.fact == "email"}
    words = names.folded(before[1]).split() if before else []
    return next((tail for cut in range(len(words)) if (tail := " ".join(words[cut:])) in people), "")

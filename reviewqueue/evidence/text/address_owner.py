"""Whether an address or a telephone number belongs to somebody else than the sentence names with it."""

from __future__ import annotations

from collections.abc import Sequence

from reviewqueue.evidence.text import said_of_records
from reviewqueue.evidence.text.elsewhere import Elsewhere
from reviewqueue.evidence.text.entities import Entity
from reviewqueue.evidence.text.places import Place
from reviewqueue.evidence.text.record_clauses import RecordTexts
from reviewqueue.evidence.text.shared_facts import RecordFact
from reviewqueue.evidence.text.spoken import spoken


def of_another(
    text: str, one: Entity, places: Sequence[Place], known: Sequence[RecordFact], texts: RecordTexts
) -> Elsewhere | None:
    """Where an address or a telephone number is on record for other people than the one the sentence names."""
    made = spoken(text, one)
    about = {(fact.place.ref, fact.place.path): fact.about for fact in known if fact.fact in ("email", "phone")}
    about = texts.owners | about if one.kind == "email" else about
    owners = [about.get((place.ref, place.path), "") for place in places]
    if made is None or not owners or not all(owners):
        return None
    clause = made.clause
    before = text[clause.start : one.start]
    if said_of_records.sends(before) and not said_of_records.titled(before, texts):
        return None
    named = texts.people_in(before) or texts.people_in(text[clause.first : one.start])
    named = named or texts.people_in(text[one.end : clause.end])
    named = named or said_of_records.titled(text[clause.first : clause.last], texts)
    if not named or named & set(owners):
        return None
    own = (fact.place for fact in known if fact.fact == one.kind and fact.about in named)
    return Elsewhere(tuple(places), tuple(own)[:2], True)

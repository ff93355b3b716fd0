"""Who is said to have promised, asked for or said something: held against who said it in the records, and against what
they only thought possible."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.records.places import Place
from reviewqueue.evidence.text.records.record_clauses import RecordTexts
from reviewqueue.evidence.text.records.record_reading import Said
from reviewqueue.evidence.text.sentence.clauses import Clause, clauses, words_in
from reviewqueue.evidence.text.values.agreement import agree
from reviewqueue.evidence.text.values.entities import Entity
from reviewqueue.evidence.text.words import names
from reviewqueue.evidence.text.words.passages import greeting

Act = Literal["promise", "offer", "agree", "ask", "say"]
Words = tuple[frozenset[str], ...]
_VERBS: dict[Act, str] = {
    "promise": r"promised|undertook|undertaken|committed(?: to)?|pledged|guaranteed|took on|taken on|volunteered"
               r"|zugesagt|versprochen|zugesichert|promis|engagée?s?|prometi\w*|comprometi\w*",
    "offer": r"offered|angeboten|proposée?|ofreci\w*",
    "agree": r"agreed(?: to)?|accepted|confirmed|approved|signed off|vereinbart|zugestimmt|bestätigt|akzeptiert"
             r"|acceptée?|confirmée?|convenue?|acordado|aceptado|confirmado",
    "ask": r"asked(?: us| me)?(?: for)?|requested|insisted(?: on)?|demanded|gebeten|verlangt|gewünscht"
           r"|demandée?|pedid\w*|pidi\w*",
    "say": r"said|told (?:us|me)|wrote|mentioned|pointed out|explained|gesagt|erwähnt|erklärt|dite?s?"
           r"|expliquée?|dij\w+",
}  # fmt: skip
_ANY_VERB = "|".join(f"(?P<{act}>{words})" for act, words in _VERBS.items())
_US, _YOU, _THEM = (
    r"we|i|wir|ich|nous|je|nosotros",
    r"you|sie|vous|tu|usted(?:es)?",
    r"they|the customer|the client|der kunde",
)
_CLAIM = as_pattern(
    rf"(?i)\b(?:(?P<us>{_US})|(?P<you>{_YOU})|(?P<them>{_THEM})|(?P<who>(?-i:{names.CAPITAL}[\w'’-]*\.?)))"
    rf"(?:['’](?:ve|s|d|ll))?(?: (?:s['’]est|vous êtes|nous sommes|se sont|have|has|had|haben|habe|hat|avez"
    rf"|avons|ont|a|han|ha|both|all|already|once"
    rf"|also|kindly"
    rf"|us|them|uns|ihnen|dem kunden|nous|vous)){{0,3}} (?:{_ANY_VERB})\b"
)
# A German clause ends with its verb: "Jana hat dem Kunden die Zeiterfassung zugesagt".
_GERMAN_END = as_pattern(
    rf"(?i)(?:(?P<us>wir|ich)|(?P<you>sie)|(?P<who>(?-i:{names.CAPITAL}[\w'’-]*)))\s(?:haben?"
    rf"|hat)\b.{{3,120}}?\b(?:{_ANY_VERB})\W*\Z"
)
_WILL = as_pattern(
    r"(?i)\b(?:will|shall|going to|promise\w*|send|deliver|name|provide|prepare|werde\w*|schick\w*|liefer\w*|va"
    r"|vais|allons"
    r"|enverr\w+|voy a|enviar\w*)\b|['’]ll\b"
)
_MENTIONS_PARTNER = frozenset().union(
    *words_in("call talk conversation meeting discussed gespräch appel réunion llamada")
)
_ENOUGH, _SHARE = 2, 0.5


class Attributed(NamedTuple):
    """What somebody is said to have done, at start:end of a text: `said` are the words of what, `clause` around it."""

    start: int
    end: int
    act: Act
    who: str
    said: Words
    clause: Clause


class Verdict(NamedTuple):
    """That somebody else said it ("elsewhere") or that it was only thought possible ("unsaid"), and where."""

    start: int
    end: int
    outcome: Literal["otherwise", "unsaid"]
    against: tuple[Place, ...]


def find(text: str, records: RecordTexts) -> Iterator[Verdict]:
    """What a text says of who promised, asked for or said something, where the records have it otherwise."""
    for clause in clauses(text):
        made = _claimed(clause)
        if made is None or text[clause.first : clause.last].rstrip().endswith("?"):
            continue
        around = _with_rest(text, made)
        if other := _by_another(text, around, records):
            yield Verdict(made.start, made.end, "otherwise", other)
        elif thought := _only_thought(around, records):
            yield Verdict(made.start, made.end, "unsaid", (thought,))


@lru_cache(maxsize=4_096)
def _in_clause(text: str) -> tuple[Act, str, int, int] | None:
    hit = _CLAIM.search(text) or _GERMAN_END.search(text)
    if hit is None:
        return None
    groups = hit.groupdict()
    act = next((act for act in _VERBS if groups.get(act)), None)
    who = next((side for side in ("us", "you", "them") if groups.get(side)), "") or hit["who"]
    return (act, who, *hit.span()) if act else None


def _claimed(clause: Clause) -> Attributed | None:
    found = _in_clause(clause.text) if not clause.hedged else None
    if found is None:
        return None
    act, who, start, end = found
    rest = clause.text[end:] if len(words_in(clause.text[end:])) > 1 else f"{clause.text[:start]} {clause.text[end:]}"
    if _GERMAN_END.search(clause.text):
        rest = re.sub(rf"(?i)\b(?:{_ANY_VERB})\W*\Z", "", clause.text[start:])
    words = tuple(word for word in words_in(rest) if word.isdisjoint(_MENTIONS_PARTNER))
    return Attributed(clause.start + start, clause.start + len(clause.text.rstrip(" ,.;!")), act, who, words, clause)


def _with_rest(text: str, made: Attributed) -> Attributed:
    """With the words of the rest of its sentence where its own clause has hardly any: "As you promised, we get …"."""
    if len(made.said) >= _ENOUGH:
        return made
    rest = words_in(f"{text[made.clause.first : made.clause.start]} {text[made.clause.end : made.clause.last]}")
    words = dict.fromkeys((*made.said, *(word for word in rest if word.isdisjoint(_MENTIONS_PARTNER))))
    return made._replace(said=tuple(words))


def _by_another(text: str, made: Attributed, records: RecordTexts) -> tuple[Place, ...]:
    """The places where others say what somebody is said to have said."""
    allowed = speakers_meant(text, made.who, records)
    if not allowed or (made.act == "agree" and made.who == "us"):
        return ()
    best = _best(text, made, records)
    spoke = [records.said_by(one) for one in best]
    # A name may be written first name first or last name first.
    meant = {frozenset(one.split()) for one in allowed}
    if not best or not all(spoke) or any(frozenset(one.split()) in meant for one in spoke):
        return ()
    return tuple(one.place for one in best)[:1]


def _best(text: str, made: Attributed, records: RecordTexts) -> list[Said]:
    """The clauses of what was said with most of the words; of a promise, among those that promise something."""
    found = [(many, one) for many, one in records.overlapping(made.said, 1) if records.said_by(one)]
    if made.act == "promise":
        found = [(many, one) for many, one in found if _WILL.search(one.clause.text)]
    days = _days(text[made.clause.first : made.clause.last])
    scored = [
        (many + any(agree(day, other) for day in days for other in one.clause.entities if other.kind == "date"), one)
        for many, one in found
    ]
    most = max((many for many, _ in scored), default=0)
    if most < _ENOUGH or most < _SHARE * min(len(made.said), 5):
        return []
    return [one for many, one in scored if many == most]


@lru_cache(maxsize=1_024)
def _days(sentence: str) -> tuple[Entity, ...]:
    """The days that a sentence names."""
    return tuple(one for clause in clauses(sentence) for one in clause.entities if one.kind == "date")


def _only_thought(made: Attributed, records: RecordTexts) -> Place | None:
    """The clause that only thinks possible, or denies, what somebody is said to have promised or agreed to."""
    if made.act not in ("promise", "agree") or made.clause.no or not made.said:
        return None
    found = records.overlapping(made.said, min(_ENOUGH, len(made.said)))
    most = found[0][0] if found else 0
    best = [one for many, one in found if many == most and many >= _SHARE * min(len(made.said), 4)]
    soft = all(one.clause.hedged or one.clause.denied or one.clause.no for one in best)
    return best[0].place if best and soft else None


def speakers_meant(text: str, who: str, records: RecordTexts) -> frozenset[str]:
    """The people who may be meant: whoever the message is addressed to by "you", ours by "we"; none where that is not
    known."""
    if who == "us":
        return records.ours
    if who == "you":
        return addressed(text, records) or records.theirs
    return records.theirs if who == "them" else records.people_in(who)


def addressed(text: str, records: RecordTexts) -> frozenset[str]:
    """Whom a message greets by name."""
    said = greeting(text)
    return records.people_in(said) if said else frozenset()

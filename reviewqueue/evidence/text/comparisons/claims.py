"""Sentences without a figure, compared with what the records say in words: a denial too many or too few, a yes or no,
what a record only thinks possible, and what the customer is said to have agreed to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.records import scope, states
from reviewqueue.evidence.text.records.index import Place
from reviewqueue.evidence.text.records.record_clauses import RecordTexts
from reviewqueue.evidence.text.records.record_reading import Said
from reviewqueue.evidence.text.sentence import answers, opposites
from reviewqueue.evidence.text.sentence.clauses import Clause, clauses, words_in
from reviewqueue.evidence.text.values.agreement import agree

Outcome = Literal["same", "otherwise", "unsaid"]
Words = tuple[frozenset[str], ...]


class Claim(NamedTuple):
    """What a text claims at start:end, and what the records say of it: the same, otherwise, or nothing that bears it
    out. `places` say the same, `against` says what they say instead."""

    start: int
    end: int
    outcome: Outcome
    places: tuple[Place, ...] = ()
    against: tuple[Place, ...] = ()
    quoted: bool = False


# Words that say only that something belongs to what was bought, or is there.
_INCLUDED = frozenset().union(*words_in(
    "include included includes including part order scope plan contract offer package available enabled required "
            "needed provided come comes "
    "enthalten inbegriffen dabei Teil Auftrag Umfang Vertrag Angebot verfügbar inclus compris incluido "
    "think guess promise sure confirm confirmed agree agreed maybe perhaps could would "
    "really simply course naturally therefore however "
    "day week month quarter year hour minute Tag Woche Monat Jahr jour semaine mois année día semana mes año"
))  # fmt: skip
_EXCLUDES = as_pattern(
    r"(?i)\b(?:out of scope|opt(?:ed|s|ing)? out"
    r"|excluded|excluding|left out|lack(?:s|ing|ed)?|missing|absent|outside|without|fehl(?:t|en|te|ten)|manqu\w+"
    r"|falta\w*|verzicht\w*|(?:do|does|doing|go|goes) without|forgo\w*|waive[sd]?|renon\w+|se pass\w+ de|renunci\w+"
    r"|prescind\w+"
    r"|for (?:a )?later|ausgeschlossen|ausgenommen|entfällt|exclu[es]?|excluido)\b"
)
_CERTAIN = as_pattern(
    r"(?i)\b(?:confirmed|promised|guarantee[sd]?|definitely|certainly|for sure|committed|zugesagt|bestätigt"
    r"|garantier\w+|sicher|confirmé|garanti"
    r"|confirmado|garantizado)\b"
)
_HEDGED = as_pattern(
    r"(?i)\b(?:could|might|(?-i:may)|perhaps|maybe|possibly|probably|likely|as far as|expect\w*|hope\w*|think"
    r"|plan to|if"
    r"|whether|unless|no (?:promise|commitment|decision|date)|undecided|wish\w*|should|would|try|intend"
    r"|offer\w*|opportunit\w+|option\w*|invited|angebot\w*|möglichkeit"
    r"|propos\w+|könnte\w*"
    r"|vielleicht|möglicherweise|eventuell|hoffentlich|voraussichtlich|falls|ob|wenn|sollte\w*|würde\w*"
    r"|peut-être|quizás?)\b|\?"
)
_AGREED = as_pattern(
    r"(?i)\b(?:you(?:'ve| have| had| both| all)? (?:already )?(?:agreed|confirmed|accepted|promised|committed"
    r"|decided|insisted|requested|asked"
    r"|approved|signed off|told us|chose|opted)"
    r"|as (?:you )?(?:agreed|requested|discussed|promised)|sie haben (?:uns )?(?:zugesagt|bestätigt|zugestimmt)"
    r"|wie (?:vereinbart|zugesagt|gewünscht)"
    r"|vous avez (?:accepté|confirmé|convenu)|(?:ha|han) (?:acordado|confirmado|aceptado))\b,?"
    r"(?: (?:to|that|on|for|with|in|dass|de|que))?"
)
# A condition claims nothing: "if a spreadsheet runs beside it".
_CONDITION = as_pattern(r"(?i)\W*(?:if|unless|in case|falls|wenn|sofern|si|s['’]il)\b")
_RENEWS = words_in("renew automatically")
_AUTOMATIC = words_in("automatically")
_BY_ITSELF = as_pattern(
    r"(?i)\b(?:on (?:its|their) own|by itself|itself|themselves|von selbst|sich|tacit|se reconduit|se renueva"
    r"|se renouvelle|von allein|stillschweigend|tacitly|tacite\w*)\b"
)
_LAPSES = as_pattern(
    r"(?i)\b(?:ends?|expires?|lapses?|endet|läuft aus|prend fin|se termine|termina|vence) (?:automati\w+"
    r"|by itself|on its own"
    r"|von selbst|automáticamente|sans reconduction|without renewal)\b"
)
_ENDS_FIELD = as_pattern(r"cancel at period end|non renewing|cancel at end of term")
_NEAR, _HALF, _SOME = 0.8, 0.6, 0.4  # shares of one side's words that the other has
_MIN_CLAUSE, _AGREED_SHARE, _MIN_FIRM = 2, 0.6, 3


def find(text: str, records: RecordTexts) -> Iterator[Claim]:
    """The claims of a text that the records contradict or do not bear out, and those they do; in reading order."""
    if not records.said and not records.yes_no:
        return
    for clause in clauses(text):
        if text[clause.first : clause.last].rstrip().endswith("?") or len(clause.words) < _MIN_CLAUSE:
            continue
        if _CONDITION.match(clause.text):
            continue
        if made := _of_clause(text, clause, records):
            yield made


def _of_clause(text: str, clause: Clause, records: RecordTexts) -> Claim | None:
    start, end = _trimmed(text, clause.start, clause.end)
    telling = _telling(clause.words)
    no = clause.no or _signs(clause.text).excluded
    if field := _yes_no(clause, telling, no, records):
        return Claim(start, end, *field)
    if state := states.other_state(clause, records.states):
        return Claim(start, end, "otherwise", (), (state.place,))
    found = records.overlapping(telling, _MIN_CLAUSE) if len(telling) >= _MIN_CLAUSE else []
    near = [(many, one) for many, one in found if _is_near(many, len(telling), one)]
    same = max((many for many, one in near if denied_record(one) == no), default=0)
    other = next(((many, one) for many, one in near if denied_record(one) != no), None)
    # Who is not sure of it denies no more than who says that nothing is decided.
    thought = other is not None and (
        (other[1].clause.denied and _signs(clause.text).hedged) or (no and other[1].clause.hedged)
    )
    told = other is not None and (other[0] > _MIN_CLAUSE or not _only_without(other[1]))
    if other and told and other[0] > same and not thought and (no or not scope.offers_apart(clause.text)):
        return Claim(start, end, "otherwise", (), (other[1].place,))
    if not same and (against := _other_scope(clause, found, no, records)):
        return Claim(start, end, "otherwise", (), (against,))
    if not same and (opposite := _opposite(clause, found, no)):
        return Claim(start, end, "otherwise", (), (opposite,))
    if hedged := _only_thought(clause, found, no):
        return Claim(start, end, "unsaid", (), (hedged.place,))
    if (agreed := _signs(clause.text).agreed) >= 0:
        return _agreement(text, clause, agreed, records)
    return Claim(start, end, "same", tuple(one.place for _, one in near)[:1]) if same else None


@lru_cache(maxsize=8_192)
def _telling(words: Words) -> Words:
    return tuple(dict.fromkeys(word for word in words if word.isdisjoint(_INCLUDED)))


class _Signs(NamedTuple):
    """What a clause's own words show: whether it leaves something out, is not sure, or is certain, and where what the
    customer agreed to begins (-1 where it says no such thing)."""

    excluded: bool
    hedged: bool
    certain: bool
    agreed: int


@lru_cache(maxsize=8_192)
def _signs(text: str) -> _Signs:
    agreed = _AGREED.search(text)
    excluded, hedged, certain = (pattern.search(text) is not None for pattern in (_EXCLUDES, _HEDGED, _CERTAIN))
    return _Signs(excluded, hedged, certain, agreed.end() if agreed else -1)


def denied_record(one: Said) -> bool:
    """Whether a record's clause does, or the sentence around it: "I can't promise that …"."""
    return one.clause.denied or one.clause.no or _signs(one.clause.text).excluded


def _only_without(one: Said) -> bool:
    """Whether a clause is denied only by what it goes without: "we can inspect without SAP"."""
    signs = _EXCLUDES.search(one.clause.text)
    return not (one.clause.no or one.clause.denied) and signs is not None and signs[0].casefold() == "without"


def _is_near(many: int, mine: int, one: Said) -> bool:
    """Whether two clauses say the same but for few words."""
    theirs = len(_telling(one.clause.words))
    if not theirs or not mine:
        return False
    whole, part = max(many / theirs, many / mine), min(many / theirs, many / mine)
    enough = many / theirs >= _NEAR and many / mine >= _SOME
    return many >= _MIN_CLAUSE and (enough or (whole >= _NEAR and part >= _HALF))


def _other_scope(clause: Clause, found: Sequence[tuple[int, Said]], no: bool, records: RecordTexts) -> Place | None:
    """The place where the records leave out what a clause says is there, or have what it denies."""
    if not no:
        out = [one for one in records.left_out if scope.has_all(one.words, clause.stems)]
        out = out if out and scope.affirms(clause) else []
        against = next((one for one in out if one.listed or not _affirmed(one.words, found)), None)
        return against.place if against else None
    if _signs(clause.text).hedged:
        return None
    for words in scope.denied(clause):
        if any(denied_record(one) and scope.has_all(words, one.clause.stems) for _, one in found):
            return None
        if any(denied_record(one) for _, one in records.overlapping(words, len(words))):
            return None
        if any(not one.included and scope.has_all(one.words, frozenset().union(*words)) for one in records.things):
            return None
        if len(words) > 1 and (place := _affirmed(words, found)):
            return place
        # One word alone is enough where it is a name, or all that the field has.
        least = 1 if len(words) > 1 or scope.has_name(words, clause.text) else 0
        listed = (
            one
            for one in records.things
            if one.included and scope.has_all(words, frozenset().union(*one.words)) and (least or len(one.words) == 1)
        )
        if against := next(listed, None):
            return against.place
    return None


def _opposite(clause: Clause, found: Sequence[tuple[int, Said]], no: bool) -> Place | None:
    """The clause of a record about the same thing that has the opposite of a word in this one."""
    for number, side in opposites.sides(clause.text):
        mine = opposites.rest(clause.text, number)
        for _, one in found:
            held = dict(opposites.sides(one.clause.text))
            if number not in held:
                continue
            theirs = opposites.rest(one.clause.text, number)
            shared = sum(not word.isdisjoint(frozenset().union(*theirs)) for word in mine) if theirs else 0
            denies = denied_record(one) and not _only_without(one)
            differs = (held[number] == side) == (denies != no)
            if shared >= _MIN_CLAUSE and shared >= _HALF * min(len(mine), len(theirs)) and differs:
                return one.place
    return None


def _affirmed(words: Words, found: Sequence[tuple[int, Said]]) -> Place | None:
    """The clause of a record that has all these words and affirms them."""
    clauses_with = (one for _, one in found if scope.has_all(words, one.clause.stems))
    return next((one.place for one in clauses_with if not denied_record(one) and not one.clause.hedged), None)


def _only_thought(clause: Clause, found: Sequence[tuple[int, Said]], no: bool) -> Said | None:
    """The clause of a record that only thinks possible what this one says for certain."""
    if no or _signs(clause.text).hedged:
        return None
    certain = _signs(clause.text).certain
    firm = max((many for many, one in found if not one.clause.hedged), default=0)
    for many, one in found:
        theirs = len(_telling(one.clause.words))
        enough = many >= 2 and many / theirs >= 0.5 if certain else many >= 3 and many / theirs >= _HALF
        # What another clause says for certain in nearly as many words is not only thought possible.
        if one.clause.hedged and enough and many > firm and not (firm >= _MIN_FIRM and firm + 1 >= many):
            return one
    return None


def _agreement(text: str, clause: Clause, at: int, records: RecordTexts) -> Claim | None:
    """What the customer is said to have agreed to, where no clause of a record has most of its words."""
    start, end = _trimmed(text, clause.start, clause.end)
    words = _telling(words_in(clause.text[at:]))
    if len(words) < _MIN_CLAUSE:
        return None
    found = records.overlapping(words, 1)
    values = clause.entities
    for many, one in found:
        same = any(
            value.kind == other.kind and agree(value, other) for value in values for other in one.clause.entities
        )
        half = 2 * many >= len(words)  # the rest may stand in another clause of its sentence
        around = frozenset().union(*words_in(records.sentence_of(one))) if half else frozenset[str]()
        most = max(many, sum(not word.isdisjoint(around) for word in words))
        if most / len(words) >= _AGREED_SHARE or (same and half):
            return Claim(start, end, "same", (one.place,))
    return Claim(start, end, "unsaid", (), (found[0][1].place,) if found and found[0][0] > 1 else ())


def _yes_no(
    clause: Clause, telling: Words, no: bool, records: RecordTexts
) -> tuple[Outcome, tuple[Place, ...], tuple[Place, ...]] | None:
    """What a field that holds a yes or no says of a clause that has the words of its name."""
    plain = telling
    if records.yes_no and _LAPSES.search(clause.text):
        # What ends by itself does not renew itself.
        telling, no = (*telling, *_RENEWS), not no
    elif records.yes_no and _BY_ITSELF.search(clause.text):
        telling = (*telling, *_AUTOMATIC)
    for field in records.yes_no:
        wanted, ends = _of_name(field.name)
        holds = field.value != ends
        if (
            not wanted
            or (telling is plain and wanted[0].isdisjoint(clause.stems))
            or not all(any(not word.isdisjoint(one) for one in telling) for word in wanted)
        ):
            continue
        if len(wanted) == 1 and len(telling) > 3:
            continue
        if no == holds and not _signs(clause.text).hedged:
            return "otherwise", (), (field.place,)
        return "same", (field.place,), ()
    for field in records.yes_no:
        about = answers.asked(field.name)
        said = answers.answer(clause, about) if about else None
        if said is not None:
            return ("same", (field.place,), ()) if said == field.value else ("otherwise", (), (field.place,))
    return None


@lru_cache(maxsize=1_024)
def _of_name(name: str) -> tuple[Words, bool]:
    """The words that speak of a field for a yes or no, and whether its yes is their no."""
    ends = _ENDS_FIELD.search(name) is not None
    return (_RENEWS if ends else _telling(words_in(name))), ends


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without blanks and the sign that ends it."""
    part = text[start:end]
    left = len(part) - len(part.lstrip(" \t\n,;:()-–—•*"))
    return start + left, start + len(part.rstrip(" \t\n,;:.!()-–—"))

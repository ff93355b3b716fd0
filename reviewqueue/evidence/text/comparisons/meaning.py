"""Whether a value that stands in the records stands there for what the sentence speaks of: the go-live date is not the
day the deal was closed, a yearly sum is none for a month, whoever approves the budget need not run the project."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.comparisons import role_holders, said_of_records, unrelated
from reviewqueue.evidence.text.comparisons.better_clause import better, says_figure, values_in
from reviewqueue.evidence.text.comparisons.elsewhere import Elsewhere
from reviewqueue.evidence.text.comparisons.planned import planned
from reviewqueue.evidence.text.comparisons.set_here import sets
from reviewqueue.evidence.text.records import titled
from reviewqueue.evidence.text.records.index import Place
from reviewqueue.evidence.text.records.record_clauses import RecordTexts
from reviewqueue.evidence.text.records.record_keys import is_price, period_in
from reviewqueue.evidence.text.records.record_reading import Field
from reviewqueue.evidence.text.records.record_values import DEAL_AMOUNT, interval_of
from reviewqueue.evidence.text.sentence.clauses import Clause, clauses, words_in
from reviewqueue.evidence.text.sentence.days_left import counts_from
from reviewqueue.evidence.text.sentence.spoken import MEANT, Spoken, keys_at, spoken
from reviewqueue.evidence.text.values import currencies, dates
from reviewqueue.evidence.text.values.agreement import agree, contradicts
from reviewqueue.evidence.text.values.entities import Entity, find
from reviewqueue.evidence.text.words import concepts, numbers
from reviewqueue.evidence.text.words.concepts import NOTHING, Keys
from reviewqueue.evidence.text.words.number_words import with_figures
from reviewqueue.evidence.text.words.vocabulary import TIME
from reviewqueue.evidence.types import Source

_NOTE = 14  # characters that a field's text is longer than its value when it is a note
_KINDS = frozenset(("date", "money", "percent", "duration", "count", "name"))
_MINOR = frozenset(("stripe", "chargebee"))  # their amounts are in cents
# What one record holds once for a customer: another value in its field contradicts the sentence.
_ONCE = frozenset(
    "go-live kickoff close renewal term discount-share yearly seat employee store warehouse vehicle economic-buyer "  # noqa: SIM905
    "executive-sponsor customer-owner csm sales-owner billing-contact champion".split()
)
# What a message may set, unless a record has it.
_OWN = frozenset(("meeting", "kickoff", "delivery", "training", "work"))
_OURS = as_pattern(r"(?i)\b(?:me|us|my|our|mich|uns|mein\w*|unser\w*|nous|moi|nos|nuestr\w+)\b")
# Words of a field's name that say nothing of what its value is for.
_VAGUE = frozenset().union(*words_in("date day start end due amount price value number count name total at on"))
_INTENDS = as_pattern(
    r"(?i)\b(?:suggest|propose|plan(?:ning)? to|agenda|session|(?:kept|left|set aside|reserved) (?:free )?for"
    r"|on site|schlage|vorschlag|eingeplant|reserviert|vor ort|proposons|sur place|proponemos)\b"
)
# What we do at a time of our own: "in two weeks we will look at it".
_OURS_TO_DO = as_pattern(
    r"(?i)\b(?:(?:we|i)(?:['’]ll| will| shall| are going to| plan to)|(?:wir|ich) \w+en?|nous \w+ons|je \w+rai"
    r"|vamos a|haremos)\b"
)
_SOME_OF_THEM = as_pattern(
    r"(?i)\b(?:first|some|others?|each|half|rest|ersten?|übrigen|einige|premi\w+|autres?"
    r"|primer\w*|otros)\b"
)
# "Two days' notice" before one comes, two days' work: no period of a contract.
_A_FEW_DAYS = as_pattern(r"(?i)['’] (?:notice|warning|work|effort|time)\b|-?long\b")
_FEW = 10
_SPAN = as_pattern(rf"(?<!\w){TIME}(?!\w)")
_DERIVED = as_pattern(r" a (?:month|year|quarter|week|day|hour)\Z")  # a sum of the records brought to another period
_ANY_PERIOD = frozenset(("monthly", "yearly", "quarterly", "seat-price"))
_INTERVALS = {"month": "monthly", "year": "yearly", "quarter": "quarterly"}


class Meaning:
    """Compares what the values of a draft stand for with the records; the `doubtful` ones contradict nothing."""

    def __init__(
        self,
        sources: Mapping[str, Source],
        doubtful: Collection[str] = (),
        of_term: Collection[tuple[str, str]] = (),
    ) -> None:
        """`of_term` are the (ref, path) of the sums that are of a whole term."""
        self.texts = RecordTexts({ref: one for ref, one in sources.items() if ref not in doubtful})
        self._sources, self._of_term = sources, of_term

    def elsewhere(self, text: str, one: Entity, places: Sequence[Place]) -> Elsewhere | None:
        """Where a value stands for something else; None where it stands for what is said, or nothing tells."""
        if one.kind not in _KINDS:
            return None
        if one.kind == "count":
            counts = said_of_records.counted_otherwise(text, one, self.texts)
            other_thing = counts and not any(unrelated.counts_it(place, one) for place in places)
            if counts is not None and (
                not counts or other_thing or not any(place.value.count(" ") for place in places)
            ):
                return Elsewhere(tuple(places), counts, True) if counts else None
        said = spoken(text, one)
        if one.kind == "name":
            people = self.texts.people_in(text[one.start : one.end])
            if len(people) != 1:
                return None
            if held := role_holders.others(text, one, next(iter(people)), self.texts):
                return Elsewhere(tuple(places), held, True)
            one = one._replace(values=tuple(people))
        if said is None:
            return None
        if one.kind in ("date", "name"):
            other = planned(text, said, one, places, self.texts)
            if other is not None:
                return other or None
        if one.kind == "money" and (of_one := unrelated.only_a_unit(said, places, self.texts)):
            return Elsewhere(tuple(places), of_one, True)
        if one.kind == "money" and one.beside and any(_DERIVED.search(place.value) for place in places):
            return None
        return self._by_concept(said, one, places)

    def _by_concept(self, said: Spoken, one: Entity, places: Sequence[Place]) -> Elsewhere | None:
        """Where a value stands for another concept than the sentence speaks of, or a clause speaks of it better."""
        held = [(place, self._stands_for(place, one)) for place in places]
        if said.keys:
            if any(concepts.bears_out(said.keys, keys) for _, keys in held) or self._is_named(said, places):
                return None
            if self._says_the_same(said, one, places):
                return None
            against = tuple(self._contradicting(said.keys, one))
            others = [place for place, keys in held if keys]
            if len(others) == len(held) or (against and one.kind != "name" and not said.keys.isdisjoint(_ONCE)):
                sure = bool(against) and not said.keys.isdisjoint(_ONCE)
                return Elsewhere(tuple(places), against or tuple(better(said, one, places, self.texts)), sure)
            if against and said.clause.hedged is False and one.kind == "name" and self._role_is_said(said, one):
                return Elsewhere(tuple(places), against, True)
        if clause := tuple(better(said, one, places, self.texts)):
            return Elsewhere(tuple(places), clause, False)
        return unrelated.elsewhere(said, one, places, self.texts)

    def denied_by(self, text: str, one: Entity) -> tuple[Place, ...]:
        """The fields that hold once what the sentence speaks of, and say otherwise."""
        said = spoken(text, one)
        if said is None or not said.keys & _ONCE or _SOME_OF_THEM.search(said.clause.text):
            return ()
        return tuple(self._contradicting(said.keys & _ONCE, one))

    def is_set_here(self, text: str, one: Entity) -> bool:
        """Whether the sentence itself sets a day or a length of time that no record has: it invites or asks, speaks of
        nothing that a record holds, and no record's clause speaks of the same. Nor does a record say where
        one reaches us ourselves."""
        if one.kind in ("phone", "email"):
            said = spoken(text, one)
            return said is not None and _OURS.search(text[said.clause.first : one.start]) is not None
        if one.kind not in ("date", "duration") or (one.kind == "duration" and one.unit != "minute"):
            return False
        said = spoken(text, one)
        if said is None or not sets(text[said.clause.first : said.clause.last]):
            return False
        if any(key not in _OWN or (one.kind, key) in self.texts.by_concept for key in said.keys - {"meeting"}):
            return False
        near = self.texts.overlapping(said.words, MEANT)
        return not any(values_in(found.clause, one, self.texts) for _, found in near)

    def is_term(self, text: str, one: Entity) -> bool:
        """Whether a length of time is said to be the contract's term, which a record holds."""
        said = spoken(text, one)
        return said is not None and "term" in said.keys and ("duration", "term") in self.texts.by_concept

    def says_no_fact(self, text: str, one: Entity) -> bool:
        """Whether a length of time is one that a plan sets: its sentence suggests or intends it, and speaks of nothing
        that a record holds."""
        said = spoken(text, one) if one.kind == "duration" else None
        if said is None or said.keys - {"notice-period"}:
            return False
        if one.beside == "ahead" and _OURS_TO_DO.search(text[said.clause.first : said.clause.last]):
            return True
        if one.unit == "day" and _A_FEW_DAYS.match(text, one.end) and Decimal(one.values[0].partition("..")[0]) <= _FEW:
            return True
        if said.keys:
            return False
        first = re.search(r"(?i)\b(?:first|ersten) \Z", text[max(0, one.start - 10) : one.start])
        if first or _INTENDS.search(text[said.clause.first : said.clause.last]):
            return True
        # Minutes of which no record speaks are those of an agenda.
        near = self.texts.overlapping(said.words, 1) if one.unit == "minute" else None
        if near and any(says_figure(with_figures(found.clause.text), one) for _, found in near):
            return True
        return near is not None and not any(values_in(found.clause, one, self.texts) for _, found in near)

    def counts_from_day(self, text: str, one: Entity, known: Callable[[Entity], bool], today: date | None) -> bool:
        """Whether a day follows from a length of time in its sentence and a day that is `known`, or that a field has
        for what the sentence speaks of."""
        said = spoken(text, one) if one.kind in ("date", "duration") else None
        if said is None or (one.kind == "date" and not _SPAN.search(text, said.clause.first, said.clause.last)):
            return False
        hits = concepts.spoken("date", text[said.clause.first : said.clause.last])
        fields = [field for hit in hits for field in self.texts.by_concept.get(("date", hit.key), ())]
        starts = [day for field in fields for day in _iso_days(field)]
        return counts_from(text, one, starts, known, today)

    def _role_is_said(self, said: Spoken, one: Entity) -> bool:
        """Whether the clause says the role of this one person, and names nobody else."""
        return len(self.texts.people_in(said.clause.text)) <= 1

    def _stands_for(self, place: Place, one: Entity) -> Keys:
        """The concepts that a value stands for at a place of a record."""
        if one.kind == "money" and (place.ref, place.path) in self._of_term:
            return frozenset(("total",))
        source = self._sources.get(place.ref)
        record = source.object if source else ""
        if one.kind == "count":
            return self._counted(place, one)
        whole = len(place.value) <= one.end - one.start + _NOTE or not place.value.count(" ")
        if whole or (place.value.endswith(")") and place.value[:4].isdigit()):  # a moment in seconds
            found = concepts.of_field(one.kind, record, place.path)
            if one.kind == "date":
                return found | titled.concepts_of(place, self.texts) if titled.is_any_day(place.path) else found
            return found | self._period(place) if one.kind == "money" else found
        if one.kind == "duration" and (found := concepts.of_field(one.kind, record, place.path)):
            return found
        keys = frozenset[str]()
        for clause, other in _values_in(place.value, one.kind):
            if one.kind == "name":
                has = one.values[0] in self.texts.people_in(clause.text)
            else:  # a sum may stand there without its currency
                has = agree(one, other if other.kind == one.kind else other._replace(unit="", beside=""))
            keys |= keys_at(one.kind, clause, other) if has else NOTHING
        return keys

    def _counted(self, place: Place, one: Entity) -> Keys:
        if not place.value.count(" "):
            key = concepts.counted_by(place.path)
            return concepts.counted_as(key) if key else NOTHING
        units = {other.unit for _, other in _values_in(place.value, "count") if other.values == one.values}
        return frozenset().union(*(concepts.counted_as(key) for unit in units if (key := concepts.counted(unit))))

    def _period(self, place: Place) -> Keys:
        """The period of a price that a subscription bills, and that an invoice's sums are an invoice's."""
        source, key = self._sources.get(place.ref), place.path.rpartition("/")[2].rpartition(".")[2]
        if source is None:
            return NOTHING
        if is_price(place.path.rpartition("/")[2]) and key not in DEAL_AMOUNT - {"amount"}:
            own = _INTERVALS.get(period_in(key), "")
            return frozenset((own, "seat-price")) if own else _ANY_PERIOD
        if source.system.casefold() not in _MINOR and not source.object.casefold().endswith("invoice"):
            return NOTHING
        if source.object.casefold().endswith("invoice"):
            return frozenset(("invoice",))
        found, held = "", source.payload
        for name in place.path.split("/")[1:]:
            if isinstance(held, dict):
                if held.get("item_type") == "charge":
                    return frozenset(("one-off",))
                found = interval_of(held) or found
            held = resolve_pointer(held, f"/{name}")
        return frozenset((_INTERVALS[found],)) if found in _INTERVALS else NOTHING

    def _contradicting(self, said: Keys, one: Entity) -> Iterator[Place]:
        """The fields that hold what the sentence speaks of and say otherwise; none where one of them agrees."""
        said = said & {"seat-price"} or said
        fields = {held.place: held for key in sorted(said) for held in self.texts.by_concept.get((one.kind, key), ())}
        if not any(self._same(field, one) for field in fields.values()):
            yield from [field.place for field in fields.values() if self._otherwise(field, one)][:2]

    def _same(self, field: Field, one: Entity) -> bool:
        if one.kind == "name":
            return one.values[0] in str(field.value).casefold() or str(field.value).casefold() in one.values[0]
        if isinstance(field.value, str):
            return any(other.kind == one.kind and agree(one, other) for other in find(field.value, people=False))
        if one.kind == "date":
            return _moment(field.value) in one.values
        if one.kind == "money":
            held = self._sum(field)
            return held is not None and numbers.plain(held[0]) in one.values
        try:
            return Decimal(str(field.value)) == Decimal(one.values[0])
        except InvalidOperation:
            return False

    def _otherwise(self, field: Field, one: Entity) -> bool:
        if one.kind == "money":
            return self._other_sum(field, one)
        if one.kind == "name":
            return isinstance(field.value, str) and not self._same(field, one)
        if one.kind == "date" and not isinstance(field.value, str):
            return bool(_moment(field.value))
        if one.kind == "duration":
            return isinstance(field.value, str)
        return contradicts(one._replace(firm=True), str(field.value))

    def _sum(self, field: Field) -> tuple[Decimal, str] | None:
        """The amount that a field holds, in whole units, and its currency; None where it is no number."""
        source = self._sources[field.place.ref]
        code = currencies.at(source.payload, field.place.path)
        try:
            return Decimal(str(field.value)) / currencies.minor_unit(source.system, code), code
        except InvalidOperation:
            return None

    def _other_sum(self, field: Field, one: Entity) -> bool:
        held = self._sum(field)
        if held is None:
            return contradicts(one._replace(firm=True), str(field.value))
        return currencies.may_be_one(one.unit, held[1]) and numbers.plain(held[0]) not in one.values

    def _says_the_same(self, said: Spoken, one: Entity, places: Sequence[Place]) -> bool:
        """Whether a clause that speaks of no concept itself has its words in a passage with this value: "(Easter is on
        5 April)" behind what goes live."""
        if not said.words or concepts.spoken(one.kind, said.clause.text):
            return False
        stems = (
            stems for place in places if place.value.count(" ") for stems in unrelated.sentences_with(place.value, one)
        )
        return any(all(not word.isdisjoint(held) for word in said.words) for held in stems)

    def _is_named(self, said: Spoken, places: Sequence[Place]) -> bool:
        """Whether the sentence has a telling word of the field's own name: the agenda is due, whatever it is for."""
        # The name of a field for notes says nothing of one of its values.
        paths = [place.path for place in places if len(place.value) <= 3 * _NOTE]
        names = [word for path in paths for word in words_in(concepts.words_of(path)) if word.isdisjoint(_VAGUE)]
        return any(not word.isdisjoint(held) for held in names for word in said.words)


def _iso_days(field: Field) -> list[date]:
    """The days that a field has."""
    said = field.value[:10] if isinstance(field.value, str) else _moment(field.value)
    try:
        return [date.fromisoformat(said)]
    except ValueError:
        return []


def _moment(value: Any) -> str:
    """The day of a moment in seconds; "" of any other number."""
    try:
        return dates.from_timestamp(int(value))
    except (ValueError, OverflowError):
        return ""


@lru_cache(maxsize=2_048)
def _values_in(text: str, kind: str) -> tuple[tuple[Clause, Entity], ...]:
    """(clause, value at its place in the clause) of each value of a kind in a record's text; of names, each clause."""
    if kind == "name":
        return tuple((clause, Entity(0, 0, "name", ("",))) for clause in clauses(text))
    kinds = ("money", "number", "count") if kind == "money" else (kind,)
    return tuple((clause, one) for clause in clauses(text) for one in clause.entities if one.kind in kinds)

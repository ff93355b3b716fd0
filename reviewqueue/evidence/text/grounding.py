"""Grounds a draft in its records: each statement found in its texts is supported, unsupported or conflicting, and each
citation says what its field says or not."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Any

from reviewqueue.core.canonical_json import MISSING, leaves, resolve_pointer, write
from reviewqueue.evidence.text import citations as text_citations
from reviewqueue.evidence.text import (
    conflicts,
    contacts,
    currencies,
    dates,
    moments,
    names,
    not_compared,
    said_in_words,
    said_of_records,
    shared_facts,
)
from reviewqueue.evidence.text.about_facts import about_fact
from reviewqueue.evidence.text.address_owner import named_owner, of_another
from reviewqueue.evidence.text.agreement import agree, contradicts
from reviewqueue.evidence.text.days_left import leads_to_its_day
from reviewqueue.evidence.text.entities import Entity, find, find_with_months
from reviewqueue.evidence.text.field_values import same_value
from reviewqueue.evidence.text.found import Cited, FoundStatement, RecordsInText, Status
from reviewqueue.evidence.text.index import MAX_PLACES, Index, Place
from reviewqueue.evidence.text.meaning import Meaning
from reviewqueue.evidence.text.shared_facts import RecordFact
from reviewqueue.evidence.text.sums import worked_out
from reviewqueue.evidence.text.weekdays import is_next, not_that_day
from reviewqueue.evidence.types import Citation, Source

__all__ = ["MAX_STATEMENTS", "RECIPIENTS", "Cited", "FoundStatement", "GroundedDraft", "RecordsInText", "Status"]
MAX_STATEMENTS = 400
RECIPIENTS = ("/to", "/cc", "/bcc", "/reply_to")
# Fields that a plan or an agenda sets itself: they claim nothing about a record.
_SETS = frozenset(("due", "owner", "who", "minutes", "layer", "depends"))
_TIMES = frozenset(("date", "duration"))
# Fields that propose: their days and lengths of time are their own.
_PROPOSES = frozenset(("exit", "recommended_action", "plan_for_the_meeting", "next_step", "next_steps", "proposal"))


class GroundedDraft:
    """A draft compared with records, by ref: each citation with the one of `sources` that it cites, everything else
    with all that are `known`, which are the sources where nothing else is. `draft` is any JSON value, `citations` may
    be broken; an address at one of our `own` domains claims nothing about a customer. `place` says where its days are
    read, and on which day."""

    def __init__(
        self,
        draft: Any,
        sources: Mapping[str, Source],
        citations: Sequence[Citation],
        own: Collection[str] = (),
        place: moments.Place = moments.ANYWHERE,
        known: RecordsInText | None = None,
    ) -> None:
        self.draft, self.sources, self.citations, self.own = draft, sources, citations, own
        self._compared: list[tuple[str, int, int]] = []
        self.place = place
        self.records = known or RecordsInText(sources, frozenset(sources))
        self.index = Index(self.records.newest, place.zone)
        self.known = shared_facts.facts_in(self.records.newest, place.zone)
        self.disputes = conflicts.conflicts(self.known)

    @cached_property
    def disputed(self) -> dict[tuple[str, str], Place]:
        """(ref, path) of each field that another record contradicts → the other field."""
        sides = [(one.one.place, one.other.place) for one in self.disputes]
        pairs = [pair for one, other in sides for pair in ((one, other), (other, one))]
        return {(one.ref, one.path): other for one, other in pairs}

    @property
    def _vouching(self) -> dict[str, Source]:
        return {ref: one for ref, one in self.records.newest.items() if ref in self.records.vouching}

    def record(self, ref: str) -> Source | None:
        """The record that a place is in."""
        return self.records.newest.get(ref) or self.sources.get(ref)

    def since(self, place: Place) -> datetime | None:
        """Since when a field has said what it says, by the versions that are known; None where nothing tells."""
        held = self.records.newest.get(place.ref)
        if held is None:
            return None
        value, since = resolve_pointer(held.payload, place.path), held.as_of
        for one in self.records.older.get(place.ref, ()):
            if not same_value(resolve_pointer(one.payload, place.path), value):
                break
            since = one.as_of or since
        return since

    @cached_property
    def _sure(self) -> list[RecordFact]:
        """The facts that something can contradict."""
        return [one for one in self.known if one.place.ref not in self.records.doubtful]

    @cached_property
    def _on_record(self) -> frozenset[tuple[str, str]]:
        """(ref, path) of the records' addresses in fields meant for one."""
        return frozenset((ref, path) for ref, path, _ in contacts.on_record(self._vouching))

    @cached_property
    def meaning(self) -> Meaning:
        """What the values of the records stand for."""
        return Meaning(self.records.newest, self.records.doubtful, self.index.of_term)

    @cached_property
    def cited(self) -> tuple[Cited | None, ...]:
        """Each citation, in its order, compared with its field; None for one that leads nowhere."""
        return tuple(map(self._compare_citation, self.citations))

    @cached_property
    def contradicted(self) -> list[Cited]:
        """The citations whose field says otherwise, without those in which a statement in `told` shows it already."""
        told = {(one.at, place.ref, place.path) for one in self.statements if one.wrong for place in one.against}
        wrong = (one for one in self.cited if one and one.verdict == "otherwise")
        return [one for one in wrong if (one.at, one.rests.ref, one.rests.path) not in told]

    @cached_property
    def statements(self) -> list[FoundStatement]:
        """Every statement found, in reading order; at most 400. Left out: what a citation covers already, and what
        makes no claim, unless a record says it."""
        cited: dict[str, list[Cited]] = {}
        for one in filter(None, self.cited):
            cited.setdefault(one.at, []).append(one)
        made: list[FoundStatement] = []
        for at, text in leaves(self.draft):
            made += self._in_text(at, text, cited.get(at, ()))
            if len(made) >= MAX_STATEMENTS:
                break
        return made[:MAX_STATEMENTS]

    @cached_property
    def _own_days(self) -> frozenset[str]:
        """The days that some text of the draft sets or proposes."""
        return frozenset(
            day
            for _, text in islice(leaves(self.draft), MAX_STATEMENTS)
            for one in find(text)
            if one.kind == "date" and (not one.firm or self.meaning.is_set_here(text, one))
            for day in one.values
        )

    @cached_property
    def not_compared(self) -> int:
        """How many sentences of the draft's texts say something in which nothing could be compared with a record."""
        spans = [*self._compared, *((one.at, one.entity.start, one.entity.end) for one in self.statements)]
        spans += [(one.at, one.start, one.end) for one in self.cited if one]
        texts = (one for one in leaves(self.draft) if one[0].rpartition("/")[2] not in _SETS)
        return not_compared.count((one for one in texts if not one[0].startswith(RECIPIENTS)), spans)

    def _in_text(self, at: str, text: str, spans: Sequence[Cited]) -> Iterator[FoundStatement]:
        name = at.rpartition("/")[2]
        sets = name in _SETS
        soft = _TIMES if name in _PROPOSES else frozenset[str]()
        found = [
            one._replace(firm=one.firm and not (sets or one.kind in soft or self._is_own_address(one)))
            for one in find_with_months(text)
        ]
        told = () if sets or at.startswith(RECIPIENTS) else self._claims(at, text, spans)
        yield from sorted(
            [*islice(self._values(at, text, found, spans), MAX_STATEMENTS), *islice(told, MAX_STATEMENTS)],
            key=lambda one: one.entity.start,
        )

    def _claims(self, at: str, text: str, spans: Sequence[Cited]) -> Iterator[FoundStatement]:
        """What is claimed without a figure, but for what a citation covers."""
        for one in said_in_words.find(text, self.meaning.texts):
            cited = any(span.start < one.end and one.start < span.end for span in spans)
            self._compared.append((at, one.start, one.end))
            if one.outcome != "same" and not cited:
                entity = Entity(one.start, one.end, "claim", (names.folded(text[one.start : one.end]),))
                wrong = one.outcome == "otherwise"
                status: Status = "conflicting" if wrong else "unsupported"
                yield FoundStatement(at, text[one.start : one.end], entity, status, (), one.against, wrong)

    def _values(self, at: str, text: str, found: Sequence[Entity], spans: Sequence[Cited]) -> Iterator[FoundStatement]:
        """The values of a text, each once where it is supported."""
        seen: set[tuple[str, tuple[str, ...]]] = set()
        for one in found:
            around = [span for span in spans if span.start <= one.start and one.end <= span.end]
            told = self._assess(at, text, one, around)
            if told is None or (told.status == "supported" and (one.kind, one.values) in seen):
                continue
            seen.add((one.kind, one.values))
            yield told

    def _is_own_address(self, one: Entity) -> bool:
        return one.kind == "email" and one.values[0].rpartition("@")[2] in self.own

    def _compare_citation(self, cited: Citation) -> Cited | None:
        text, source = resolve_pointer(self.draft, cited.at), self.sources.get(cited.ref)
        value = resolve_pointer(source.payload, cited.path) if source else MISSING
        start = text.find(cited.quote) if isinstance(text, str) and cited.quote else -1
        if start < 0 or value is MISSING or value is None or value == "":
            return None
        shown = value if isinstance(value, str) else write(value, digits=True)
        end, rests = start + len(cited.quote), Place(cited.ref, cited.path, shown)
        before, after = (
            text[max(0, start - text_citations.CONTEXT_BEFORE) : start],
            text[end : end + text_citations.CONTEXT_BEFORE],
        )
        quoted = text_citations.Quoted(
            cited.quote, before, after, cited.path, value, lambda one: self._says(rests, one),
            currencies.at(source.payload, cited.path) if source else "", self.place.zone,
        )  # fmt: skip
        return Cited(cited.at, cited.quote, start, end, rests, text_citations.verdict(quoted))

    def _says(self, rests: Place, one: Entity) -> bool:
        """Whether a field says the entity."""
        return self.index.says(rests.ref, rests.path, one) or any(
            other.kind == one.kind and agree(one, other) for other in find(rests.value, people=one.kind == "name")
        )

    def _assess(self, at: str, text: str, one: Entity, around: Sequence[Cited]) -> FoundStatement | None:
        quote = text[one.start : one.end]
        if any(
            span.verdict == "same" and (_has_whole_words(quote, span.rests.value) or self._says(span.rests, one))
            for span in around
        ):
            return None
        if wrong := next(
            (span.rests for span in around if span.verdict == "otherwise" and contradicts(one, span.rests.value)), None
        ):
            return FoundStatement(at, quote, one, "conflicting", (), (wrong,), True)
        places = tuple(self.index.places_of(one))
        if not places and one.kind == "duration" and self.place.today:
            places = tuple(self.index.ahead(one, self.place.today)[:MAX_PLACES])
        if not places and (sums := tuple(worked_out(text, one, self.index))):
            return FoundStatement(at, quote, one, "supported", sums)
        if one.kind == "email" and at.startswith(RECIPIENTS):
            # What somebody said or typed does not support a recipient.
            places = tuple(place for place in places if (place.ref, place.path) in self._on_record)
        argued = (self.disputed.get((place.ref, place.path)) for place in places)
        against = tuple(dict.fromkeys(filter(None, argued)))
        if against and not _settled(places, self.disputed):
            return FoundStatement(at, quote, one, "conflicting", places, against)
        if places:
            return self._assess_places(at, text, one, places)
        return self._assess_unsaid(at, text, one)

    def _assess_unsaid(self, at: str, text: str, one: Entity) -> FoundStatement | None:
        """An entity that no record says."""
        quote, records = text[one.start : one.end], self.meaning.texts
        if self.index.other_weekday(one):
            dated = one._replace(beside="")
            other_day = not_that_day(text, dated, self._not_doubtful(self.index.places_of(dated)))
            if other_day and not is_next(text, dated, self.place.today):
                return FoundStatement(at, quote, one, "conflicting", (), other_day, True)
        claimed = one.firm or self._is_claimed(text, one)
        if claimed and (other_period := self._not_doubtful(self.index.other_period(one))):
            return FoundStatement(at, quote, one, "elsewhere", other_period, (), True)
        if one.kind == "count" and said_of_records.counts_no_whole(text, one, records):
            return None
        otherwise = self._contradicting_fields(at, text, one) if claimed else ()
        if not otherwise and one.kind == "count":
            counts = said_of_records.counted_otherwise(text, one, records)
            if counts == ():
                return None  # a field counts as many
            otherwise = counts or said_of_records.counted_in_words(text, one, records)
        if otherwise:
            return FoundStatement(at, quote, one, "conflicting", (), otherwise, True)
        if not claimed or (one.kind == "name" and said_of_records.is_known(one, records)):
            return None
        if one.kind == "date" and dates.is_month_alone(one.values[0]):
            # A month without a year is said in passing, unless it is that of a day on record.
            other_month = self.meaning.denied_by(text, one)
            return FoundStatement(at, quote, one, "conflicting", (), other_month, True) if other_month else None
        if self.meaning.is_set_here(text, one) or self.meaning.says_no_fact(text, one):
            return None
        if one.kind == "date" and not self._own_days.isdisjoint(one.values) and not self.meaning.denied_by(text, one):
            return None
        today = self.place.today
        if leads_to_its_day(text, one, today) or self.meaning.counts_from_day(text, one, self._is_said, today):
            return None
        return FoundStatement(at, quote, one, "unsupported")

    def _is_said(self, one: Entity) -> bool:
        """Whether a record has the value."""
        return bool(self.index.places_of(one))

    def _not_doubtful(self, places: Sequence[Place]) -> tuple[Place, ...]:
        """Those that something can contradict, each once; at most two."""
        return tuple(place for place in dict.fromkeys(places) if place.ref not in self.records.doubtful)[:2]

    def _is_claimed(self, text: str, one: Entity) -> bool:
        """Whether what may be no claim is one here: a name in a role, one year as a contract's term."""
        if one.kind == "name":
            return said_of_records.names_somebody(text, one, self.meaning.texts)
        return one.kind == "duration" and one.unit == "month" and self.meaning.is_term(text, one)

    def _assess_places(self, at: str, text: str, one: Entity, places: tuple[Place, ...]) -> FoundStatement | None:
        """An entity that records say: supported, unless it stands there for something else, or is no such weekday."""
        quote = text[one.start : one.end]
        if other_day := not_that_day(text, one, places):
            return FoundStatement(at, quote, one, "conflicting", (), other_day, True)
        if of_its_period := self._not_doubtful(self.index.of_its_period(one)):
            return FoundStatement(at, quote, one, "elsewhere", places, of_its_period, True)
        if one.kind in ("email", "phone"):
            other = of_another(text, one, places, self._sure, self.meaning.texts)
        else:
            other = self.meaning.elsewhere(text, one, places)
        if other is None:
            return FoundStatement(at, quote, one, "supported", places)
        told = FoundStatement(at, quote, one, "elsewhere", other.places, other.against, other.sure)
        # A day that a question proposes claims nothing.
        return told if one.firm or other.planned or one.kind in ("name", "count") else None

    def _contradicting_fields(self, at: str, text: str, one: Entity) -> tuple[Place, ...]:
        """The fields that hold the fact this is about and say something else; none where that is not sure."""
        if one.kind == "email":
            about = named_owner(self.draft, at, text, one, self.known)
            return tuple(
                known.place for known in self._sure if known.fact == "email" and known.about == about and about
            )
        fact = about_fact(text, one)
        if not fact:
            return ()
        said = [known for known in self._sure if known.fact == fact and known.side != "invoice"]
        if fact == "amount" and not all(currencies.may_be_one(one.unit, known.currency) for known in said):
            return ()
        return tuple(dict.fromkeys(known.place for known in said))[:2]


def _settled(places: Sequence[Place], disputed: Mapping[tuple[str, str], Place]) -> bool:
    """Whether a record outside the conflict says it too, in a field that says little else."""
    argue = {place.ref for place in places if (place.ref, place.path) in disputed}
    argue |= {disputed[place.ref, place.path].ref for place in places if (place.ref, place.path) in disputed}
    return any(place.ref not in argue and len(place.value) < 24 for place in places)


def _has_whole_words(quote: str, value: str) -> bool:
    """Whether the words stand in a value as whole words."""
    at = value.find(quote)
    while at >= 0:
        if not (value[at - 1 : at].isalnum() or value[at + len(quote) : at + len(quote) + 1].isalnum()):
            return True
        at = value.find(quote, at + 1)
    return False

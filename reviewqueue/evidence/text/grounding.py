"""Grounds a draft in its records: each statement found in its texts is supported, unsupported or conflicting, and each
citation says what its field says or not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property, partial
from itertools import islice
from typing import Any

from reviewqueue.core.canonical_json import leaves, resolve_pointer
from reviewqueue.evidence.text import cited_fields
from reviewqueue.evidence.text.comparisons import said_in_words, said_of_records
from reviewqueue.evidence.text.comparisons.address_owner import named_owner, of_another
from reviewqueue.evidence.text.comparisons.claims import Claim
from reviewqueue.evidence.text.comparisons.sums import worked_out
from reviewqueue.evidence.text.comparisons.weekdays import is_next, not_that_day
from reviewqueue.evidence.text.found import Cited, FoundStatement, RecordsInText, Status
from reviewqueue.evidence.text.read_records import read_records
from reviewqueue.evidence.text.records import contacts
from reviewqueue.evidence.text.records.index import MAX_PLACES, Place
from reviewqueue.evidence.text.records.shared_facts import RecordFact
from reviewqueue.evidence.text.sentence import not_compared
from reviewqueue.evidence.text.sentence.days_left import leads_to_its_day
from reviewqueue.evidence.text.values import currencies, dates, firmness, moments
from reviewqueue.evidence.text.values.about_facts import about_fact
from reviewqueue.evidence.text.values.agreement import contradicts
from reviewqueue.evidence.text.values.entities import Entity, find_in_passage
from reviewqueue.evidence.text.values.field_values import same_value
from reviewqueue.evidence.text.words import names, passages
from reviewqueue.evidence.text.words.passages import Passage
from reviewqueue.evidence.types import Citation, Source

__all__ = ["MAX_STATEMENTS", "RECIPIENTS", "Cited", "FoundStatement", "GroundedDraft", "RecordsInText", "Status"]
MAX_STATEMENTS = 400
RECIPIENTS = ("/to", "/cc", "/bcc", "/reply_to")
# Fields that a plan or an agenda sets itself: they claim nothing about a record.
_SETS = frozenset(("due", "owner", "who", "minutes", "layer", "depends"))
_TIMES = frozenset(("date", "duration"))
_SETS_ITS_OWN = "/invitation/"  # what a message invites to, likewise
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
        self._read = read_records(self.records.newest, self.records.doubtful, place.zone)
        self.index, self.known, self.disputes = self._read.index, self._read.facts, self._read.disputes
        self.meaning = self._read.meaning

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
    def cited(self) -> tuple[Cited | None, ...]:
        """Each citation, in its order, compared with its field; None for one that leads nowhere."""
        return tuple(
            cited_fields.compare(self.draft, self.sources.get(one.ref), one, self.index) for one in self.citations
        )

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
            for passage, one in self._entities(text)
            if one.kind == "date" and (not one.firm or self._is_set_here(passage.text, one))
            for day in one.values
        )

    def _entities(self, text: str) -> Iterator[tuple[Passage, Entity]]:
        """Each entity of a text with the passage it stands in, at its place there."""
        found = [
            (passage, _moved(one, passage.offset + passage.begins))
            for passage in passages.passages(text)
            for one in self._read.once(("entities", passage.own), partial(find_in_passage, passage.own))
        ]
        whole = firmness.soften(text, [one for _, one in found])
        return ((passage, _moved(one, -passage.offset)) for (passage, _), one in zip(found, whole, strict=True))

    def _is_set_here(self, text: str, one: Entity) -> bool:
        return self._read.once(("set", text, one), lambda: self.meaning.is_set_here(text, one))

    @cached_property
    def not_compared(self) -> int:
        """How many sentences of the draft's texts say something in which nothing could be compared with a record."""
        spans = [*self._compared, *((one.at, one.entity.start, one.entity.end) for one in self.statements)]
        spans += [(one.at, one.start, one.end) for one in self.cited if one]
        texts = (one for one in leaves(self.draft) if not _sets(one[0]))
        return not_compared.count((one for one in texts if not one[0].startswith(RECIPIENTS)), spans)

    def _in_text(self, at: str, text: str, spans: Sequence[Cited]) -> Iterator[FoundStatement]:
        name = at.rpartition("/")[2]
        sets = _sets(at)
        soft = _TIMES if name in _PROPOSES else frozenset[str]()
        found = (
            (passage, one._replace(firm=one.firm and not (sets or one.kind in soft or self._is_own_address(one))))
            for passage, one in self._entities(text)
        )
        told = () if sets or at.startswith(RECIPIENTS) else self._claims(at, text, spans)
        yield from sorted(
            [*islice(self._values(at, found, spans), MAX_STATEMENTS), *islice(told, MAX_STATEMENTS)],
            key=lambda one: one.entity.start,
        )

    def _claims(self, at: str, text: str, spans: Sequence[Cited]) -> Iterator[FoundStatement]:
        """What is claimed without a figure, but for what a citation covers."""
        for start, end, one in self._said_in_words(text):
            cited = any(span.start < end and start < span.end for span in spans)
            self._compared.append((at, start, end))
            if one.outcome != "same" and not cited:
                entity = Entity(start, end, "claim", (names.folded(text[start:end]),))
                wrong = one.outcome == "otherwise"
                status: Status = "conflicting" if wrong else "unsupported"
                yield FoundStatement(at, text[start:end], entity, status, (), one.against, wrong)

    def _said_in_words(self, text: str) -> Iterator[tuple[int, int, Claim]]:
        for passage in passages.passages(text):
            said = self._read.once(
                ("words", passage.text), partial(said_in_words.find, passage.text, self.meaning.texts)
            )
            for one in said:
                if one.start >= passage.begins:
                    yield passage.offset + one.start, passage.offset + one.end, one

    def _values(
        self, at: str, found: Iterable[tuple[Passage, Entity]], spans: Sequence[Cited]
    ) -> Iterator[FoundStatement]:
        """The values of a text, each once where it is supported."""
        seen: set[tuple[str, tuple[str, ...]]] = set()
        for passage, one in found:
            whole = _moved(one, passage.offset)
            around = [span for span in spans if span.start <= whole.start and whole.end <= span.end]
            told = self._assess(at, passage.text, one, around)
            if told is None or (told.status == "supported" and (one.kind, one.values) in seen):
                continue
            seen.add((one.kind, one.values))
            yield replace(told, entity=whole)

    def _is_own_address(self, one: Entity) -> bool:
        return one.kind == "email" and one.values[0].rpartition("@")[2] in self.own

    def _assess(self, at: str, text: str, one: Entity, around: Sequence[Cited]) -> FoundStatement | None:
        quote = text[one.start : one.end]
        if any(
            span.verdict == "same" and cited_fields.bears_out(span.rests, quote, one, self.index) for span in around
        ):
            return None
        if wrong := next(
            (span.rests for span in around if span.verdict == "otherwise" and contradicts(one, span.rests.value)), None
        ):
            return FoundStatement(at, quote, one, "conflicting", (), (wrong,), True)
        compare = partial(self._compare, at, text, one)
        if one.kind == "email":
            return compare()  # whose it is depends on the whole draft
        days = self._own_days if one.kind == "date" else None
        return self._read.once(("value", at, text, one, self.place.today, days), compare)

    def _compare(self, at: str, text: str, one: Entity) -> FoundStatement | None:
        """An entity of a passage compared with the records."""
        quote = text[one.start : one.end]
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
        if self._is_set_here(text, one) or self.meaning.says_no_fact(text, one):
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


def _moved(one: Entity, by: int) -> Entity:
    return one._replace(start=one.start + by, end=one.end + by) if by else one


def _settled(places: Sequence[Place], disputed: Mapping[tuple[str, str], Place]) -> bool:
    """Whether a record outside the conflict says it too, in a field that says little else."""
    argue = {place.ref for place in places if (place.ref, place.path) in disputed}
    argue |= {disputed[place.ref, place.path].ref for place in places if (place.ref, place.path) in disputed}
    return any(place.ref not in argue and len(place.value) < 24 for place in places)


def _sets(at: str) -> bool:
    """Whether a field sets something itself: it claims nothing about a record."""
    return at.rpartition("/")[2] in _SETS or at.startswith(_SETS_ITS_OWN)

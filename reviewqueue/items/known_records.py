"""Gathers what is known of an onboarding's records when a draft is checked or shown: each record at its newest, whoever
brought it. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import BindParameter, Text, and_, bindparam, exists, or_, select, type_coerce
from sqlalchemy.orm import Session, aliased

from reviewqueue.checks.known_records import KnownRecords, account_name, account_of, known_as
from reviewqueue.connectors.schema import SHAPES
from reviewqueue.core.vocabulary import NOT_DRAFTS, OWN_SYSTEM
from reviewqueue.db.statements import Prepared, PreparedIn
from reviewqueue.db.tables.items import Item, Revision, RevisionSource
from reviewqueue.db.tables.onboardings import Onboarding, SourceArrival, SourceRecord
from reviewqueue.db.tables.people import Automation
from reviewqueue.evidence.source_records import claimed_or_own, newest_of
from reviewqueue.evidence.types import Arrival, Source
from reviewqueue.items.item_context import ItemContext
from reviewqueue.policy.model.policy import Lane, Policy

# At most so many records of an onboarding are compared with one draft, those that came last.
MAX_RECORDS = 200
Key = tuple[str, str, str]
_LIGHT = (
    SourceRecord.id, SourceRecord.system, SourceRecord.object, SourceRecord.external_id, SourceRecord.fetched_at,
    SourceRecord.label, SourceRecord.digest, SourceArrival.id.label("arrival_id"), SourceArrival.way,
    SourceArrival.at, SourceArrival.automation_id, Automation.name.label("automation"),
    type_coerce(SourceRecord.payload, Text).contains('"eventType":').label("event"),
)  # fmt: skip
_SNAPSHOTS = (
    select(*_LIGHT)
    .outerjoin(SourceArrival, SourceArrival.source_record_id == SourceRecord.id)
    .outerjoin(Automation, Automation.id == SourceArrival.automation_id)
)


def _of_keys(binds: list[BindParameter[Any]]) -> Any:
    """The snapshots of some records; the values are system, object and id of one after the other."""
    each = zip(binds[::3], binds[1::3], binds[2::3], strict=True)
    same = (
        and_(SourceRecord.system == system, SourceRecord.object == kind, SourceRecord.external_id == name)
        for system, kind, name in each
    )
    return _SNAPSHOTS.where(or_(*same))


_BY_KEY = PreparedIn(_of_keys, 12)
_PAYLOADS = PreparedIn(lambda ids: select(SourceRecord.id, SourceRecord.payload).where(SourceRecord.id.in_(ids)), 8)
_SENT_BEFORE = aliased(SourceRecord)
_OF_ONBOARDING = Prepared(
    _SNAPSHOTS.where(
        exists()
        .where(Item.onboarding_id == bindparam("onboarding"), Revision.item_id == Item.id)
        .where(RevisionSource.revision_id == Revision.id, RevisionSource.source_record_id == _SENT_BEFORE.id)
        .where(_SENT_BEFORE.system == SourceRecord.system, _SENT_BEFORE.object == SourceRecord.object)
        .where(_SENT_BEFORE.external_id == SourceRecord.external_id)
        .correlate(SourceRecord)
    )
)
_ONBOARDING = Prepared(
    select(Onboarding.system, Onboarding.external_id, Onboarding.account_id).where(
        Onboarding.id == bindparam("onboarding")
    )
)


@dataclass(frozen=True)
class About:
    """What is asked about: whose draft it is, and its onboarding's customer, deal and account ("" where they are not
    known)."""

    automation_id: int = 0
    automation: str = ""
    customer: str = ""
    system: str = ""
    deal: str = ""
    account: str = ""


def gather(
    session: Session,
    policy: Policy,
    lane: Lane,
    sent: Mapping[str, Source],
    about: About,
    onboarding_id: int | None,
    ahead: KnownRecords | None = None,
) -> KnownRecords:
    """What is known beside the records that a draft sends along. Two short statements, and one for the payloads that
    are needed; one where the onboarding has not started. What was gathered `ahead` is returned where it still holds."""
    if onboarding_id is None and ahead is not None:
        return ahead
    trusted = policy.organisation.trusted_automations
    if onboarding_id is not None and (row := _ONBOARDING.row(session, {"onboarding": onboarding_id})):
        about = replace(about, system=row.system, deal=row.external_id, account=row.account_id)
    keys = dict.fromkeys([*(one.key for one in sent.values()), *_own_keys(lane, about)])
    rows = {(row.id, row.arrival_id): row for row in _BY_KEY.rows(session, [part for key in keys for part in key])}
    if onboarding_id is not None:
        found = _OF_ONBOARDING.rows(session, {"onboarding": onboarding_id})
        rows |= {(row.id, row.arrival_id): row for row in found if row.system != OWN_SYSTEM}
    version = tuple(sorted((row.digest, row.way or "") for row in rows.values()))
    if ahead is not None and ahead.version == version:
        return ahead
    made = _Gathered(session, about, trusted, list(rows.values())).records(sent)
    return replace(made, version=version)


def of_item(session: Session, context: ItemContext, sent: Mapping[str, Source]) -> KnownRecords:
    """What is known now beside the records of an item's draft."""
    item, lane = context.item, context.policy.lane(context.item.lane)
    if lane is None or item.kind in NOT_DRAFTS:
        return known_as(sent)
    about = About(item.automation_id, context.automation, item.customer)
    return gather(session, context.policy, lane, sent, about, item.onboarding_id)


def _own_keys(lane: Lane, about: About) -> Iterable[Key]:
    """The onboarding's own deal and account, as its CRM knows them."""
    trigger, shape = lane.triggers.get(about.system), SHAPES.get(about.system)
    if trigger and about.deal:
        yield about.system, trigger.object, about.deal
    if shape and about.account:
        yield about.system, shape.account, about.account


class _Gathered:
    """Snapshots, by record, while they are made into what is known."""

    def __init__(self, session: Session, about: About, trusted: tuple[str, ...], rows: Sequence[Any]) -> None:
        self.session, self.about, self.trusted = session, about, trusted
        self.by_key: dict[Key, list[tuple[Source, Any]]] = defaultdict(list)
        self.best: dict[str, Arrival] = {}
        for row in sorted(rows, key=lambda row: row.arrival_id or 0):
            came = Arrival(row.way or "claimed", row.automation or "", row.at, row.automation_id)
            self.by_key[row.system, row.object, row.external_id].append((_light_source(row, came), row))
            if row.digest not in self.best or came.vouches():
                self.best[row.digest] = came

    def records(self, sent: Mapping[str, Source]) -> KnownRecords:
        """What is known, beside the records that a draft sends along."""
        given = {ref: self._arrived(one) for ref, one in sent.items()}
        chosen = {ref: self._newest(one) for ref, one in given.items()}
        keys = {one.key for one in given.values()}
        others = [key for key in self.by_key if key not in keys]
        others.sort(key=lambda key: -max(row.arrival_id or 0 for _, row in self.by_key[key]))
        for key in others[: max(0, MAX_RECORDS - len(given))]:
            if (found := self._newest_kept(key)) is not None:
                chosen[_name(key, chosen)] = found
        payloads = _PAYLOADS.rows(self.session, [row.id for _, row in chosen.values() if row is not None])
        by_id = {row.id: row.payload for row in payloads}
        newest = {
            ref: one if row is None else replace(one, payload=by_id[row.id]) for ref, (one, row) in chosen.items()
        }
        doubtful = {ref for ref, one in newest.items() if ref not in given and self._is_foreign(one)}
        return KnownRecords(
            given, newest, frozenset(doubtful), self.trusted, self.about.deal, self._account(newest.values())
        )

    def _arrived(self, source: Source) -> Source:
        """A source that was sent along, with how it came: as it is known, else claimed by who sends it now."""
        came = self.best.get(source.digest)
        if came is None:
            came = Arrival(claimed_or_own(source), self.about.automation, None, self.about.automation_id)
        made = replace(source, arrival=came)
        vars(made)["digest"] = source.digest  # taken once
        return made

    def _newest(self, source: Source) -> tuple[Source, Any]:
        """The newest known version of a source that was sent along; the source itself where that is none other. What
        another automation claims of it is none."""
        held = self.by_key.get(source.key, [])
        mine = [(one, row) for one, row in held if not self._is_foreign(one)]
        kept = [(one, row) for one, row in mine if row.digest != source.digest]
        sources = [one for one, row in mine if row.digest != source.digest or not row.event]
        known = any(row.digest == source.digest for _, row in held)
        last = newest_of(sources if known else [*sources, source], self.trusted)
        return next(((one, row) for one, row in kept if one is last), (source, None))

    def _newest_kept(self, key: Key) -> tuple[Source, Any] | None:
        held = [(one, row) for one, row in self.by_key[key] if not row.event]
        last = newest_of([one for one, _ in held], self.trusted)
        return next(((one, row) for one, row in held if one is last), None)

    def _is_foreign(self, source: Source) -> bool:
        """Whether another automation alone claims it."""
        came = source.arrival
        return came is not None and not came.vouches(self.trusted) and came.automation_id != self.about.automation_id

    def _account(self, records: Iterable[Source]) -> str:
        """The id of the onboarding's account: its own, else the one that its deal names, else the one of its customer's
        name. Only records count that are more than claimed."""
        system, deal = self.about.system, self.about.deal
        if self.about.account:
            return SHAPES[system].full_id(self.about.account) if system in SHAPES else self.about.account
        sure = [one for one in records if one.vouches(self.trusted)]
        named = next(filter(None, (account_of(one) for one in sure if one.external_id == deal)), "")
        called = {
            account_of(one) for one in sure if account_name(one) == " ".join(self.about.customer.casefold().split())
        }
        return named or (called.pop() if len(called) == 1 else "")


def _light_source(row: Any, came: Arrival) -> Source:
    """A row as a source whose payload is not read yet."""
    return Source(row.system, row.object, row.external_id, {}, row.fetched_at, row.label, came)


def _name(key: Key, taken: Mapping[str, Any]) -> str:
    """The ref of a record that a draft did not send: its system, object and id."""
    name = " ".join(key)
    while name in taken:
        name += " *"
    return name

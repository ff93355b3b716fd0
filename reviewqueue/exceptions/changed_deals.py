"""Compares the newest record of a deal with the onboarding that runs on it. What became another is written down, opens
an exception, and holds everything that would go out until a person says there what holds.

Everything here runs inside the caller's `writing()`; the caller appends the returned events to the log, last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.connectors import deal_events, deal_terms, record_state, stage_labels
from reviewqueue.connectors.deal_terms import DealTerms
from reviewqueue.connectors.deals import DealStage, account_ids, stage_meanings
from reviewqueue.connectors.schema import SHAPES
from reviewqueue.core.vocabulary import SYSTEM_NAMES
from reviewqueue.db.rows import insert_row
from reviewqueue.db.tables.items import Item, RevisionSource
from reviewqueue.db.tables.items import Revision as RevisionRow
from reviewqueue.db.tables.onboardings import DealChange, Onboarding, SourceRecord
from reviewqueue.evidence import source_records
from reviewqueue.evidence.flag_changes import WATCHED
from reviewqueue.evidence.record_versions import event_objects
from reviewqueue.evidence.types import Source
from reviewqueue.exceptions import exception_cases
from reviewqueue.policy.model.exceptions import Category, FirstResponse
from reviewqueue.policy.model.policy import Policy, Trigger

Key = tuple[str, str, str]
# How an onboarding is called whose automation did not name the system of its deal.
_UNNAMED = "automation-"
# For a policy that has no category for it: nothing goes out meanwhile, so somebody has to be asked.
BY_ITSELF = Category(
    key="deal-changed",
    label="The deal changed",
    goes_to=("revops",),
    goes_up_to=("cs_leader",),
    blocking=True,
    respond_hours=2,
    sla_hours=8,
    first_response=FirstResponse(kind="clarification", says="Ask sales what became of the deal."),
)


@dataclass(frozen=True)
class _Kept:
    """A snapshot with its id in the database."""

    id: int
    source: Source


@dataclass(frozen=True)
class _Running:
    """An onboarding with what is known of its deal: the snapshot it `started` with, its changes, oldest first, the
    newest `snapshot`, which is another deal's where it was merged into that, and the `newest` word on it: that snapshot
    with the change events since laid over it."""

    onboarding: Onboarding
    trigger: Trigger
    snapshot: Source
    newest: _Kept
    started: _Kept | None
    changes: Sequence[DealChange]

    @property
    def waiting(self) -> DealChange | None:
        """The last change that nobody has settled."""
        return next((one for one in reversed(self.changes) if one.settled_at is None), None)

    @property
    def accepted_id(self) -> int | None:
        """The snapshot that a person accepted last, else the first one."""
        settled = [one for one in self.changes if one.settled_at is not None]
        return settled[-1].now_record_id if settled else self.started.id if self.started else None

    @property
    def base_id(self) -> int | None:
        """The snapshot whose terms hold: of a deal that still holds, these are the earlier ones."""
        new = [one for one in self.changes if one.outcome in ("new_terms", "confirmed")]
        return new[-1].now_record_id if new else self.started.id if self.started else None

    @property
    def compared_ids(self) -> set[int]:
        """The snapshots that the newest one is compared with."""
        ids = {self.accepted_id, self.base_id, self.waiting.now_record_id if self.waiting else None}
        return {one for one in ids if one is not None}


def compare(session: Session, policy: Policy, sources: Iterable[Source], actor: Actor, now: datetime) -> list[Event]:
    """Compare the deals among these records, which were just read, with the onboardings that run on them, each at its
    newest; returns the events for the log. What an automation only claims changes nothing."""
    objects: dict[str, set[str]] = defaultdict(set)
    for lane in policy.lanes:
        for system, trigger in lane.triggers.items():
            objects[system].add(trigger.object)
    named: dict[str, set[Key]] = defaultdict(set)
    for source in sources:
        if told := deal_events.deal_object(source, objects.get(source.system, ())):
            named[source.external_id].add((source.system, told, source.external_id))
        elif source.object in objects.get(source.system, ()):
            for one in (source.external_id, *record_state.merged_ids(source)):
                named[one].add(source.key)
    runs = _running(session, policy, named) if named else []
    if not runs:
        return []
    records = _by_id(session, {one for run in runs for one in run.compared_ids})
    reading = _Reading(session, policy, runs, records)
    return [one for run in runs for one in _compare(session, policy, run, reading, actor, now)]


def _running(session: Session, policy: Policy, named: Mapping[str, Collection[Key]]) -> list[_Running]:
    """The onboardings of these deals, given with the records that speak of each by the deal's id."""
    query = select(Onboarding).where(Onboarding.external_id.in_(named)).order_by(Onboarding.id)
    found: list[tuple[Onboarding, Trigger, Key]] = []
    for onboarding in session.scalars(query):
        lane = policy.lane(onboarding.lane)
        for key in sorted(named[onboarding.external_id], key=lambda key: key[2] == onboarding.external_id):
            trigger = lane.triggers.get(key[0]) if lane else None
            same_system = onboarding.system == key[0] or onboarding.system.startswith(_UNNAMED)
            if trigger and trigger.object == key[1] and same_system:
                found.append((onboarding, trigger, key))
    trusted = policy.organisation.trusted_automations
    newest = source_records.newest_by_key(session, {key for _, _, key in found}, trusted)
    ids = _ids(session, [one.digest for one in newest.values()])
    events = _events(session, newest, trusted)
    started, changes = _started(session, [one.id for one, _, _ in found]), _changes(session, found)
    made: dict[int, _Running] = {}
    for onboarding, trigger, key in found:
        if (source := newest.get(key)) is not None and onboarding.id not in made:
            kept = _newest_word(_Kept(ids[source.digest], source), events.get(key, []))
            about = started.get(onboarding.id), changes.get(onboarding.id, [])
            made[onboarding.id] = _Running(onboarding, trigger, source, kept, *about)
    return list(made.values())


def _events(
    session: Session, newest: Mapping[Key, Source], trusted: Collection[str]
) -> dict[Key, list[tuple[datetime, _Kept]]]:
    """The change events about these deals, each with when it happened, oldest first; none that is only claimed."""
    found: dict[Key, list[tuple[datetime, _Kept]]] = defaultdict(list)
    objects = {(system, kind) for system, kind, _ in newest}
    for system, kind in sorted(objects):
        wanted = [key[2] for key in newest if key[:2] == (system, kind)]
        query = source_records.snapshots().where(SourceRecord.system == system, SourceRecord.external_id.in_(wanted))
        for row in session.execute(query.where(SourceRecord.object.in_((kind, *event_objects(kind))))):
            event = source_records.to_source(row)
            at = deal_events.happened_at(event)
            if at and event.vouches(trusted) and deal_events.deal_object(event, [kind]):
                found[system, kind, event.external_id].append((at, _Kept(row.id, event)))
    return {key: sorted(held, key=lambda one: (one[0], one[1].id)) for key, held in found.items()}


def _newest_word(snapshot: _Kept, events: Sequence[tuple[datetime, _Kept]]) -> _Kept:
    """A snapshot with the events that happened after it, under the id of the last of them."""
    source = snapshot.source
    since = source.modified_at or source.as_of
    later = [one for at, one in events if since is None or at > since]
    if not later:
        return snapshot
    return _Kept(later[-1].id, deal_events.applied(source, [one.source for one in later]))


def _ids(session: Session, digests: Sequence[str]) -> dict[str, int]:
    rows = session.execute(select(SourceRecord.digest, SourceRecord.id).where(SourceRecord.digest.in_(digests)))
    return {row.digest: row.id for row in rows}


def _by_id(session: Session, ids: Collection[int]) -> dict[int, Source]:
    found = session.scalars(select(SourceRecord).where(SourceRecord.id.in_(ids)))
    return {one.id: Source(one.system, one.object, one.external_id, one.payload, one.fetched_at) for one in found}


def _started(session: Session, onboarding_ids: Sequence[int]) -> dict[int, _Kept]:
    """The snapshot of its deal that each onboarding's first draft rests on."""
    first = (
        select(Item.onboarding_id, func.min(RevisionRow.id).label("revision_id"))
        .join(RevisionRow, RevisionRow.item_id == Item.id)
        .join(RevisionSource, RevisionSource.revision_id == RevisionRow.id)
        .join(SourceRecord, SourceRecord.id == RevisionSource.source_record_id)
        .join(Onboarding, Onboarding.id == Item.onboarding_id)
        .where(Item.onboarding_id.in_(onboarding_ids), SourceRecord.external_id == Onboarding.external_id)
        .group_by(Item.onboarding_id)
        .subquery()
    )
    query = (
        select(first.c.onboarding_id, SourceRecord)
        .join(RevisionSource, RevisionSource.revision_id == first.c.revision_id)
        .join(SourceRecord, SourceRecord.id == RevisionSource.source_record_id)
        .join(Onboarding, Onboarding.id == first.c.onboarding_id)
        .where(SourceRecord.external_id == Onboarding.external_id)
    )
    return {
        run: _Kept(one.id, Source(one.system, one.object, one.external_id, one.payload, one.fetched_at))
        for run, one in session.execute(query)
    }


def _changes(session: Session, found: Sequence[tuple[Onboarding, Trigger, Key]]) -> dict[int, list[DealChange]]:
    held: dict[int, list[DealChange]] = defaultdict(list)
    query = select(DealChange).where(DealChange.onboarding_id.in_({one.id for one, _, _ in found}))
    for change in session.scalars(query.order_by(DealChange.id)):
        held[change.onboarding_id].append(change)
    return held


class _Reading:
    """Reads the terms of snapshots, with what the pipelines and the merged accounts say."""

    def __init__(
        self, session: Session, policy: Policy, runs: Sequence[_Running], records: Mapping[int, Source]
    ) -> None:
        self.records = {**records, **{run.newest.id: run.newest.source for run in runs}}
        trusted = policy.organisation.trusted_automations
        systems = {run.newest.source.system for run in runs}
        pipelines = {
            one: list(source_records.iter_newest(session, one, "pipeline", trusted=trusted)) for one in systems
        }
        self.meanings: dict[str, dict[str, DealStage]] = {
            one: stage_meanings(found) for one, found in pipelines.items()
        }
        self.labels = {one: stage_labels.labels_of(found) for one, found in pipelines.items()}
        self.masters: dict[str, dict[str, str]] = {}
        for system in systems:
            mine = [(run, one) for run in runs for one in self.records.values() if one.system == system]
            named = {one for run, record in mine for one in account_ids(run.trigger, record)}
            self.masters[system] = account_masters(session, system, named, trusted)

    def terms(self, run: _Running, record_id: int | None) -> DealTerms | None:
        """The terms of an onboarding's deal in one snapshot; None for none."""
        source = self.records.get(record_id or 0)
        if source is None or source.system not in self.meanings:
            return None
        if record_id != run.newest.id and deal_events.deal_object(source, [run.trigger.object]):
            source = deal_events.applied(run.snapshot, [source])
        meanings, masters = self.meanings[source.system], self.masters[source.system]
        about = run.onboarding.external_id, self.labels[source.system]
        return deal_terms.read(run.trigger, source, meanings, masters, *about)


def account_masters(
    session: Session, system: str, named: Collection[str], trusted: Collection[str] = ()
) -> dict[str, str]:
    """Which account each of these was merged into, by the id of the one that is gone; chains are followed."""
    known: dict[str, Source] = {}
    asked = set(named)
    while wanted := asked - known.keys():
        found = source_records.newest(session, system, SHAPES[system].account, wanted, trusted)
        known |= found
        asked = {master for one in found.values() if (master := record_state.master_of(one))}
        asked -= wanted
    return record_state.masters(known.values())


def _compare(
    session: Session, policy: Policy, run: _Running, reading: _Reading, actor: Actor, now: datetime
) -> list[Event]:
    newest, waiting = reading.terms(run, run.newest.id), run.waiting
    base = reading.terms(run, run.base_id)
    if newest is None or (run.onboarding.ended_at and not deal_terms.holds_again(None, newest)):
        return []
    before_id = waiting.now_record_id if waiting else run.accepted_id
    differ = deal_terms.differences(reading.terms(run, before_id), newest)
    if not differ or before_id == run.newest.id:
        return []
    if waiting or run.onboarding.ended_at or not deal_terms.holds_again(base, newest):
        terms = replace(newest, stage_name="", gone=base.gone) if base else newest
        since_start = deal_terms.differences(base, terms) if base else []
        says = "; ".join(dict.fromkeys([*differ, *since_start]))
        return _write(session, policy, run, before_id, says, actor, now)
    says = "; ".join(differ)
    row = {"was_record_id": before_id, "now_record_id": run.newest.id, "says": says, "at": now}
    insert_row(session, DealChange, onboarding_id=run.onboarding.id, **row, settled_at=now, outcome="confirmed")
    facts = {"outcome": "confirmed", "record": run.newest.id}
    return [event(run.onboarding, actor, EventType.ONBOARDING_SETTLE, facts, {"says": says})]


def _write(
    session: Session, policy: Policy, run: _Running, was_id: int | None, says: str, actor: Actor, now: datetime
) -> list[Event]:
    """Write a change down and open its exception, or join the open one, about every draft that is not sent."""
    onboarding, deal = run.onboarding, run.newest.source
    ended = "the onboarding was ended, and " if onboarding.ended_at else ""
    told = f"{ended}{says} (deal {onboarding.external_id} in {SYSTEM_NAMES.get(deal.system, deal.system)})"
    summary = told[0].upper() + told[1:]
    category = policy.exceptions.called(policy.exceptions.deal_changed) or BY_ITSELF
    items = session.scalars(select(Item).where(Item.onboarding_id == onboarding.id, Item.state.in_(WATCHED)))
    case_id, events = exception_cases.open_for_onboarding(
        session, policy, category, onboarding, items.all(), summary, actor, now
    )
    row = {"was_record_id": was_id, "now_record_id": run.newest.id, "says": says, "at": now}
    change_id = insert_row(session, DealChange, onboarding_id=onboarding.id, **row, exception_id=case_id)
    facts = {"change": change_id, "exception": case_id, "was": was_id, "now": run.newest.id}
    return [event(onboarding, actor, EventType.ONBOARDING_DEAL, facts, {"says": says}), *events]


def remark(told: Event) -> str:
    """An entry about a changed deal, in words for whoever imported it; "" for another entry."""
    if told.act != EventType.ONBOARDING_DEAL:
        return ""
    facts = told.facts
    says = f"Deal {facts['deal']}: {told.texts['says']}. Nothing goes out for it until somebody says in exception"
    return f"{says} #{facts['exception']} what holds."


def event(
    onboarding: Onboarding, actor: Actor, act: EventType, facts: Mapping[str, object], words: dict[str, str]
) -> Event:
    """An entry for the log about what became of an onboarding's deal."""
    told = {"deal": onboarding.external_id, **facts}
    return Event(actor, act, onboarding_id=onboarding.id, lane=onboarding.lane, facts=told, texts=words)

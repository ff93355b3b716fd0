"""Standing: what has earned it goes by itself, on a decision that a person made before; and falls at once.

Nobody decides an item that goes by itself, and no row says so: it rests on the standing decision, the approval by which
a second person let messages like it go. Everything else waits at its gate. Why a standing falls while nobody acts (a
figure, the lane's stage) is in `watching`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue import (
    access,
    calendar,
    cases,
    commitments,
    desk,
    earning,
    override_log,
    policies,
    resting,
    surroundings,
    texts,
)
from reviewqueue.database import writing
from reviewqueue.events import EventType
from reviewqueue.figures import share
from reviewqueue.override_log import Event
from reviewqueue.policy import earned, judging
from reviewqueue.policy.shape import Lane, Policy
from reviewqueue.promises import comparing, documents
from reviewqueue.records.items import Decision, Item
from reviewqueue.records.onboardings import Onboarding
from reviewqueue.records.people import Person
from reviewqueue.records.planting import real
from reviewqueue.records.releases import Release
from reviewqueue.records.rows import change, put, put_all
from reviewqueue.records.standings import Standing, StandingItem
from reviewqueue.refusals import Invalid, Moved, NotAllowed, NotThere

ACTOR = "system:standing"
ABILITY = "stand a message down"
FEW, OF_FEW = 3, 5  # changed by people, of the last so many sampled: drift before there are drift_last


def earn(
    session: Session, found: desk.Desk, made: Decision, base: Policy, wanted: Policy, now: datetime
) -> list[Event]:
    """Let the messages that an approved proposal makes automatic stand, in the decision's own transaction; returns the
    events. That they have earned it was asked before (`earning.faults`)."""
    events = []
    for lane, about in earning.fresh(base, wanted):
        shown = earning.shown(session, wanted, lane, about, now)
        people, since = [found.revision.author_person_id, made.person_id], earned.since(lane.messages[about])
        row = {
            "since": since, "decision_id": made.id, "policy_digest": wanted.digest,
            "people": people, "earned": shown.plain(), "cites": earning.cites(session, shown.passed[: earning.CITED]),
        }  # fmt: skip
        standing_id = put(session, Standing, lane=lane.key, message=about, stood_at=now, **row)
        facts = {"standing": standing_id, "message": about, "since": since.isoformat(), "decision": made.id}
        facts |= {"proposed_by": f"person:{people[0]}", "unchanged": shown.unchanged.plain(), "policy": wanted.digest}
        events.append(Event(f"person:{made.person_id}", EventType.STANDING_EARN, lane=lane.key, facts=facts))
    return events


def goes(session: Session, policy: Policy, lane: Lane, template: str, item_id: int, now: datetime) -> list[Event]:
    """Let an item that was just opened go by itself, if it may, inside a transaction the caller holds; returns the
    events. Where it only waits for a person, its `why` says what for."""
    rule = earned.automatic(lane).get(template)
    row = resting.up(session, lane.key, template) if rule is not None and lane.stage == "live" else None
    if rule is None or row is None or now.date() < earned.since(rule):
        return []
    found = desk.open_desk(session, item_id, now)
    if found.item.state != "pending":
        return []
    if why := resting.ended(session, row, policy):
        return lose(session, row, *why, ACTOR, now)
    moved, never = earning.differs(row.cites, earning.cites(session, [item_id]))
    if moved:
        _waits(session, found.item, f"it rests on another record than it did: {moved[0]}")
        return lose(session, row, "schema", f"A cited field is not what it was: {'; '.join(moved)}", ACTOR, now)
    waits = [*_unfit(session, found, rule), *(f"it rests on {one}, which none did before" for one in never)]
    if waits:
        _waits(session, found.item, waits[0])
        return []
    sampled = drawn(row.id, found.revision.digest, lane.earned.sampled_percent)
    put_all(session, StandingItem, [{"item_id": item_id, "standing_id": row.id, "sampled": sampled, "at": now}])
    if sampled:
        _waits(session, found.item, "it was drawn for a person to look at")
        return [_event(found.item, EventType.STANDING_SAMPLE, row, {})]
    return _went(session, found, row, now)


def drawn(standing_id: int, digest: str, percent: int) -> bool:
    """Whether an item is one of the sampled: the same answer whoever asks, and whenever."""
    whole = hashlib.sha256(f"{standing_id}:{digest}".encode()).digest()
    return int.from_bytes(whole[:8]) % 100 < percent


def _unfit(session: Session, found: desk.Desk, rule: Any) -> Iterator[str]:
    """What makes one item wait for a person, in words."""
    item = found.item
    segment = session.scalar(select(Onboarding.segment).where(Onboarding.id == item.onboarding_id)) or ""
    if segment in rule.approve_segments:
        yield f"segment {segment} always does"
    for check in found.checks:
        if check.outcome != "pass":
            yield f"check {check.key} says: {check.message}"
    if found.situation.unsettled or found.situation.apart:
        yield found.situation.unsettled or found.situation.apart
    if found.revision.number != 1 or found.revision.author_person_id is not None or found.automation != access.OURS:
        yield "we did not draft it"
    known = commitments.held(session, item.onboarding_id) if item.onboarding_id else ()
    made = documents.promises(item.kind, found.revision.draft, commitments.milestones(known))
    if any(one.now for one in comparing.changes(made, known, (item.kind, item.subject))):
        yield "it promises what nobody has approved yet"
    if any(case.resolved_at is None for case, _ in cases.about(session, item)):
        yield "an exception is open"
    to = found.policy.destination(found.gate.release) if found.gate else None
    if to is None or to.kind != "email":
        yield "it does not go out from here"


def _waits(session: Session, item: Item, why: str) -> None:
    where = f"Messages like it go by themselves, and this one waits for a person: {why}"
    change(session, item, why=where)


def _went(session: Session, found: desk.Desk, row: Standing, now: datetime) -> list[Event]:
    item, revision = found.item, found.revision
    assert found.gate is not None  # noqa: S101  (a missing gate opens nothing)
    to = found.policy.destination(found.gate.release)
    assert to is not None  # noqa: S101  (asked in _unfit)
    rule = found.policy.place(f"lane:{row.lane}", "messages", row.message, "sending")
    people = session.execute(select(Person.id, Person.name).where(Person.id.in_(row.people)))
    who = {one.id: one.name for one in people}
    names = " and ".join(who.get(one, f"person {one}") for one in row.people)
    why = f"It went by itself ({rule}): {names} decided so, and it stands since {row.stood_at:%d %b %Y}"
    change(session, item, state="approved", why=why, settled_at=now)
    release = put(
        session, Release, item_id=item.id, revision_id=revision.id, decision_id=row.decision_id,
        digest=revision.digest, destination=to.key, kind=to.kind, next_at=now, opened_at=now,
    )  # fmt: skip
    facts = {
        "decision": row.decision_id, "people": [f"person:{one}" for one in row.people], "state": "approved",
        "revision_digest": revision.digest, "evidence_digest": revision.evidence_digest,
        "policy_digest": item.policy_digest, "release": {"id": release, "to": to.key, "kind": to.kind},
    }  # fmt: skip
    return [_event(item, EventType.ITEM_STAND, row, facts)]


def again(session: Session, found: desk.Desk, made: Decision) -> Release | None:
    """The release that was brought back to the gate, for the same content that a person approves now."""
    lane = found.policy.lane(found.item.lane)
    if lane is None or not earned.automatic(lane):
        return None
    same = Release.item_id == found.item.id, Release.digest == made.revision_digest
    return session.scalars(select(Release).where(*same)).first()


def taken_back(session: Session, found: desk.Desk, release: Release, why: str, now: datetime) -> list[Event]:
    """Bring what has not gone out yet back to its gate, inside a transaction the caller holds; returns the events. A
    newer draft of the same subject that is open takes its place."""
    item = found.item
    change(session, release, state="given_up", done_at=now, lease="", lease_until=None)
    newer = session.scalar(
        select(Item.id).where(
            Item.onboarding_id == item.onboarding_id,
            Item.kind == item.kind,
            Item.subject == item.subject,
            Item.id > item.id,
            Item.state.in_(judging.OPEN),
            real(),
        )
    )
    says = f"It was to go by itself and did not go out. {why}"
    facts = {"release": release.id, "to": release.destination, "digest": release.digest}
    if newer is not None:
        change(session, item, state="superseded", superseded_by_id=newer, why=says, settled_at=now)
        facts["by"] = newer
    else:
        hours = found.gate.sla_hours if found.gate else 8
        due_at = calendar.due(now, hours, found.policy.calendar(item.lane))
        change(session, item, state="pending", why=says, settled_at=None, due_at=due_at, overdue_at=None)
    row = resting.of_item(session, item.id)
    event = _event(item, EventType.ITEM_TAKE_BACK, row, {**facts, "state": item.state})
    return [Event(ACTOR, event.act, *_place(item), facts=event.facts, texts={"why": why})]


def lose(session: Session, row: Standing, cause: str, says: str, by: str, now: datetime) -> list[Event]:
    """Take a standing down, and what waits to go out by it back to its gate, inside a transaction the caller holds;
    returns the events."""
    change(session, row, down_at=now, down_cause=cause, down_says=says, down_by=by)
    facts = {"standing": row.id, "message": row.message, "since": row.since.isoformat(), "cause": cause}
    events = [Event(by, EventType.STANDING_LOSE, lane=row.lane, facts=facts, texts={"says": says})]
    mine = StandingItem.standing_id == row.id, StandingItem.sampled.is_(False), Release.state == "waiting"
    waiting = select(Release).join(StandingItem, StandingItem.item_id == Release.item_id)
    for release in session.scalars(waiting.where(*mine, Release.decision_id == row.decision_id)).all():
        events += taken_back(session, desk.open_desk(session, release.item_id, now), release, says, now)
    return events


def minded(session: Session, found: desk.Desk, made: Decision, now: datetime) -> list[Event]:
    """What a person's decision does to the standing of messages like it, in the decision's own transaction: a rejection
    takes it down, and so do too many changes in the sample. Returns the events."""
    lane = policies.version(session, found.in_force).lane(found.item.lane) if found.in_force else None
    if lane is None or found.item.onboarding_id is None or not earned.automatic(lane):
        return []
    row = resting.up(session, lane.key, surroundings.template_of(session, found.item))
    if row is None:
        return []
    item = f"item {found.item.id}"
    by = f"person:{made.person_id}"
    if made.action == "reject":
        return lose(session, row, "rejected", f"A person rejected one of them ({item})", by, now)
    drawn_too = session.get(StandingItem, found.item.id)
    if drawn_too is None or drawn_too.standing_id != row.id or not drawn_too.sampled:
        return []
    if says := _drifted(session, row, lane.earned):
        return lose(session, row, "drift", f"{says} ({item} was the last)", by, now)
    return []


def _drifted(session: Session, row: Standing, bars: earned.Earned) -> str:
    """How much people change in the sample, in words, where it is too much; else ""."""
    query = select(StandingItem.item_id).where(StandingItem.standing_id == row.id, StandingItem.sampled.is_(True))
    ids = session.scalars(query.order_by(StandingItem.item_id.desc()).limit(bars.drift_last * 2)).all()
    last = earning.outcomes(session, ids)[: bars.drift_last]
    few = last[:OF_FEW]
    if few.count(False) >= FEW:
        return f"People changed {few.count(False)} of the last {len(few)} in the sample"
    high = share(last.count(True), len(last)).high
    if len(last) >= bars.drift_last and high is not None and high < bars.unchanged:
        return f"Of the last {len(last)} in the sample {last.count(True)} passed unchanged: at most {high:.0%}"
    return ""


def stand_down(session: Session, person_id: int, lane_key: str, message: str, why: str, now: datetime) -> Standing:
    """A person stops a message from going by itself, at once and alone; with a reason of at least ten visible
    characters. Raises NotThere, NotAllowed, Moved (409: it does not stand) and Invalid (/why)."""
    if policies.current(session).lane(lane_key) is None:
        raise NotThere()
    if not access.able(desk.roles_of(desk.actor_of(session, person_id, now)), ABILITY):
        raise NotAllowed("Only RevOps or a CS leader stands a message down. Tell one of them; nothing was changed.")
    return stop(session, f"person:{person_id}", lane_key, message, why, now)


def stop(session: Session, actor: str, lane_key: str, message: str, why: str, now: datetime) -> Standing:
    """The same by whoever may, such as the command line's operator. Raises Moved and Invalid."""
    if faults := texts.reason_faults("/why", why):
        raise Invalid("Nothing was changed yet; what you typed is still here.", faults)
    with writing(session):
        row = resting.up(session, lane_key, message)
        if row is None:
            raise Moved("This message does not go by itself, so there was nothing to stand down. Reload the page.")
        override_log.append(session, now, *lose(session, row, "by_hand", why, actor, now))
    return row


def _place(item: Item) -> tuple[int, int | None, str, str]:
    return item.id, item.onboarding_id, item.lane, item.gate


def _event(item: Item, act: EventType, row: Standing | None, facts: dict[str, Any]) -> Event:
    whose = {"standing": row.id, "message": row.message} if row else {}
    return Event(ACTOR, act, *_place(item), facts={**whose, **facts})

"""Auto-send: granting a standing approval, sending items under it, and revoking it at once.

Nobody decides an item that is sent automatically, and it has no row in `decisions`: it rests on the standing approval,
by which a second person approved auto-send for messages like it. Every other item waits at its gate. Revocation while
nobody acts (by a figure, or by the lane's stage) is in `monitoring`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import text_limits, vocabulary
from reviewqueue.core.errors import Conflict, Forbidden, Invalid, NotFound
from reviewqueue.db import leased_jobs
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row, insert_rows, update_row
from reviewqueue.db.tables.autosend import StandingApproval, StandingItem
from reviewqueue.db.tables.items import Decision, Item, Revision
from reviewqueue.db.tables.people import Person
from reviewqueue.db.tables.releases import Release
from reviewqueue.db.tables.seeded_defects import not_seeded
from reviewqueue.evidence import commitments
from reviewqueue.evidence.promises import compare, documents
from reviewqueue.exceptions import case_queries
from reviewqueue.items import check_context, earlier_messages, item_context, send_time
from reviewqueue.lanes.autosend import eligibility, standing_approval
from reviewqueue.measurement.stats import share
from reviewqueue.people import access, actors
from reviewqueue.policy import autosend as policy_autosend
from reviewqueue.policy import business_hours, policy_versions
from reviewqueue.policy.model import autosend
from reviewqueue.policy.model.policy import Lane, Policy

ABILITY = "stop automatic sending"
_IN_REVISION: Any = bindparam("revision")
_ITEM = select(Item, Revision.number).join(Revision, Revision.item_id == Item.id).where(Revision.id == _IN_REVISION)
DRIFT_CHANGED, DRIFT_WINDOW = (
    3,
    5,
)  # drift: so many changed by people of the last so many sampled, before there are drift_last


def grant(
    session: Session, context: item_context.ItemContext, decision: Decision, base: Policy, wanted: Policy, now: datetime
) -> list[Event]:
    """Grant a standing approval for each message that an approved proposal newly makes automatic, in the decision's own
    transaction; returns the events for the log. The caller has checked eligibility (`eligibility.faults`)."""
    events = []
    for lane, message in eligibility.newly_automatic(base, wanted):
        record = eligibility.eligibility(session, wanted, lane, message, now)
        people, since = (
            [context.revision.author_person_id, decision.person_id],
            policy_autosend.automatic_since(lane.messages[message]),
        )
        row = {
            "since": since, "decision_id": decision.id, "policy_digest": wanted.digest,
            "people": people, "earned": record.plain(), "cites": eligibility.cited_fields(session,
            record.passed_ids[: eligibility.MAX_CITING]),
        }  # fmt: skip
        standing_id = insert_row(session, StandingApproval, lane=lane.key, message=message, stood_at=now, **row)
        facts = {"standing": standing_id, "message": message, "since": since.isoformat(), "decision": decision.id}
        proposer = Actor.person_or_none(people[0])
        facts |= {"proposed_by": proposer, "unchanged": record.unchanged.plain(), "policy": wanted.digest}
        events.append(Event(Actor.person(decision.person_id), EventType.STANDING_EARN, lane=lane.key, facts=facts))
    return events


def _today(policy: Policy, lane: Lane, now: datetime) -> date:
    return business_hours.local_day(now, policy.calendar(lane.key))


def try_autosend(
    session: Session, policy: Policy, lane: Lane, template: str, item_id: int, now: datetime
) -> list[Event]:
    """Send an item that was just opened automatically, if a standing approval of `template` covers it, inside a
    transaction the caller holds; returns the events for the log. An item that waits for a person all the same says why
    in its `why`; changed citations revoke the standing approval."""
    rule = policy_autosend.automatic_rules(lane).get(template)
    row = (
        standing_approval.active_approval(session, lane.key, template)
        if rule is not None and lane.stage == "live"
        else None
    )
    if rule is None or row is None or _today(policy, lane, now) < policy_autosend.automatic_since(rule):
        return []
    context = item_context.load(session, item_id, now)
    if context.item.state != "pending" or context.situation.running:  # once it is checked, `try_autosend_checked`
        return []
    if why := standing_approval.why_ended(session, row, policy):
        return revoke(session, row, *why, Actor.STANDING, now)
    changed_fields, new_fields = eligibility.citation_changes(row.cites, eligibility.cited_fields(session, [item_id]))
    if changed_fields:
        _record_why_waiting(session, context.item, f"it rests on another record than it did: {changed_fields[0]}")
        return revoke(
            session,
            row,
            "schema",
            f"A cited field is not what it was: {'; '.join(changed_fields)}",
            Actor.STANDING,
            now,
        )
    reasons = [
        *_why_not_sent(session, context, rule),
        *(f"it rests on {one}, which none did before" for one in new_fields),
    ]
    if reasons:
        _record_why_waiting(session, context.item, reasons[0])
        return []
    sampled = is_sampled(row.id, context.revision.digest, lane.earned.sampled_percent)
    insert_rows(session, StandingItem, [{"item_id": item_id, "standing_id": row.id, "sampled": sampled, "at": now}])
    if sampled:
        _record_why_waiting(session, context.item, "it was drawn for a person to review")
        return [_event(context.item, EventType.STANDING_SAMPLE, row, {})]
    return _release_automatically(session, context, row, now)


def try_autosend_checked(session: Session, revision_id: int, now: datetime) -> list[Event]:
    """The same for an item whose model's check just came to its result, where it waited for that since it was opened
    and nobody has had it in hand meanwhile."""
    item, number = session.execute(_ITEM, {"revision": revision_id}).one()
    policy = policy_versions.current(session)
    lane = policy.lane(item.lane)
    if lane is None or not policy_autosend.automatic_rules(lane):
        return []
    touched = item.lease_holder_id or item.paused_at or item.overdue_at or item.assignee_id
    if number != 1 or item.revision_number != 1 or touched or session.get(StandingItem, item.id) is not None:
        return []
    template = check_context.template_of(session, item)
    return try_autosend(session, policy, lane, template, item.id, now) if template else []


def is_sampled(standing_id: int, digest: str, percent: int) -> bool:
    """Whether an item is sampled for review. Deterministic: from SHA-256 of `standing_id:digest`."""
    whole = hashlib.sha256(f"{standing_id}:{digest}".encode()).digest()
    return int.from_bytes(whole[:8]) % 100 < percent


def _why_not_sent(session: Session, context: item_context.ItemContext, rule: Any) -> Iterator[str]:
    """Each reason why one item is not sent automatically, in words."""
    item = context.item
    if context.segment in rule.approve_segments:
        yield f"segment {context.segment} always does"
    for check in context.checks:
        if check.outcome != "pass":
            yield f"check {check.key} says: {check.message}"
    if context.situation.unsettled or context.situation.apart:
        yield context.situation.unsettled or context.situation.apart
    if (
        context.revision.number != 1
        or context.revision.author_person_id is not None
        or context.automation != access.OWN_AUTOMATION
    ):
        yield "we did not draft it"
    active_promises = commitments.active_promises(session, item.onboarding_id) if item.onboarding_id else ()
    promises = documents.promises(item.kind, context.revision.draft, commitments.milestones(active_promises))
    if any(one.now for one in compare.changes(promises, active_promises, (item.kind, item.subject))):
        yield "it promises what nobody has approved yet"
    if context.has_earlier and any(one.holds for one in earlier_messages.of_item(session, item, context.gate)):
        yield "an approved message of its subject is not out yet, and waits for what becomes of it"
    if context.deal.holds:
        yield "its deal changed, and nobody has said what holds"
    if context.origin.rejected_id:
        yield "a person rejected the one before it"
    if any(case.resolved_at is None for case, _ in case_queries.for_item(session, item)):
        yield "an exception is open"
    destination = context.policy.destination(context.gate.release) if context.gate else None
    if destination is None or not destination.can.addressed:
        yield "it does not go out by e-mail from here"


def _record_why_waiting(session: Session, item: Item, why: str) -> None:
    text = f"Messages like it are sent automatically, and this one waits for a person: {why}"
    update_row(session, item, why=text)


def _release_automatically(
    session: Session, context: item_context.ItemContext, row: StandingApproval, now: datetime
) -> list[Event]:
    item, revision = context.item, context.revision
    assert context.gate is not None  # noqa: S101  (a missing gate opens nothing)
    destination = context.policy.destination(context.gate.release)
    assert destination is not None  # noqa: S101  (`_why_not_sent` asked)
    rule = context.policy.place(f"lane:{row.lane}", "messages", row.message, "sending")
    people = session.execute(select(Person.id, Person.name).where(Person.id.in_(row.people)))
    name_by_id = {one.id: one.name for one in people}
    names = " and ".join(name_by_id.get(one, f"person {one}") for one in row.people)
    why = f"It was sent automatically ({rule}): {names} decided so, active since {row.stood_at:%d %b %Y}"
    update_row(session, item, state="approved", why=why, settled_at=now)
    waits = send_time.earliest(session, context, context.gate, now)
    release = insert_row(
        session, Release, item_id=item.id, revision_id=revision.id, decision_id=row.decision_id,
        digest=revision.digest, destination=destination.key, kind=destination.kind, opened_at=now,
        next_at=waits.at if waits else now, **(waits.columns() if waits else send_time.AT_ONCE),
    )  # fmt: skip
    facts = {
        "decision": row.decision_id,
        "people": [Actor.person(one) for one in row.people],
        "state": "approved",
        "revision_digest": revision.digest,
        "evidence_digest": revision.evidence_digest,
        **context.model_facts(),
        "policy_digest": item.policy_digest,
        "release": {"id": release, "to": destination.key, "kind": destination.kind},
    }
    return [_event(item, EventType.ITEM_STAND, row, facts)]


def reuse_release(session: Session, context: item_context.ItemContext, decision: Decision) -> Release | None:
    """The release of the same content that was recalled, or whose approval was undone, and that a person approves now,
    to be used again; None where there is none. Raises Conflict for any other release of that content, such as one that
    a person gave up."""
    same = Release.item_id == context.item.id, Release.digest == decision.revision_digest
    release = session.scalars(select(Release).where(*same)).first()
    taken_back = release is not None and (release.undone_at is not None or release.done_by_id is None)
    if release is not None and (release.state != "given_up" or not taken_back):
        state = release.state.replace("_", " ")
        raise Conflict(f"Its release is {state} already, so nothing was recorded. Hand in a new draft.")
    return release


def recall(
    session: Session, context: item_context.ItemContext, release: Release, why: str, now: datetime
) -> list[Event]:
    """Recall an automatic release that was not sent yet: its item waits at its gate again, or is superseded by a newer
    open draft of the same subject. Inside a transaction the caller holds; returns the events for the log."""
    item = context.item
    leased_jobs.give_up(session, release, now)
    newer = newer_open(session, item)
    says = f"It was to be sent automatically and was not sent. {why}"
    facts = {"release": release.id, "to": release.destination, "digest": release.digest}
    if newer is not None:
        update_row(session, item, state="superseded", superseded_by_id=newer, why=says, settled_at=now)
        facts["by"] = newer
    else:
        hours = context.gate.sla_hours if context.gate else 8
        due_at = business_hours.due(now, hours, context.policy.calendar(item.lane))
        update_row(session, item, state="pending", why=says, settled_at=None, due_at=due_at, overdue_at=None)
    row = standing_approval.of_item(session, item.id)
    event = _event(item, EventType.ITEM_TAKE_BACK, row, {**facts, "state": item.state})
    return [Event.about(item, Actor.STANDING, event.act, facts=event.facts, texts={"why": why})]


def newer_open(session: Session, item: Item) -> int | None:
    """The newer open draft of the same onboarding, kind and subject, which takes this item's place at the gate."""
    same = Item.onboarding_id == item.onboarding_id, Item.kind == item.kind, Item.subject == item.subject
    newer = Item.id > item.id, Item.state.in_(vocabulary.OPEN), not_seeded()
    return session.scalar(select(Item.id).where(*same, *newer).order_by(Item.id.desc()).limit(1))


def revoke(session: Session, row: StandingApproval, cause: str, says: str, by: Actor, now: datetime) -> list[Event]:
    """Revoke a standing approval and recall every release waiting under it, inside a transaction the caller holds;
    returns the events for the log. `cause` is the code stored in `down_cause`, `by` the log's actor."""
    update_row(session, row, down_at=now, down_cause=cause, down_says=says, down_by=by)
    facts = {"standing": row.id, "message": row.message, "since": row.since.isoformat(), "cause": cause}
    events = [Event(by, EventType.STANDING_LOSE, lane=row.lane, facts=facts, texts={"says": says})]
    mine = StandingItem.standing_id == row.id, StandingItem.sampled.is_(False), Release.state == "waiting"
    waiting = select(Release).join(StandingItem, StandingItem.item_id == Release.item_id)
    for release in session.scalars(waiting.where(*mine, Release.decision_id == row.decision_id)).all():
        events += recall(session, item_context.load(session, release.item_id, now), release, says, now)
    return events


def on_decision(session: Session, context: item_context.ItemContext, decision: Decision, now: datetime) -> list[Event]:
    """Revoke the standing approval of messages like the one decided, after a rejection or too many changes in the
    sample, in the decision's own transaction; returns the events for the log."""
    lane = policy_versions.version(session, context.in_force).lane(context.item.lane) if context.in_force else None
    if lane is None or context.item.onboarding_id is None or not policy_autosend.automatic_rules(lane):
        return []
    row = standing_approval.active_approval(session, lane.key, check_context.template_of(session, context.item))
    if row is None:
        return []
    item = f"item {context.item.id}"
    by = Actor.person(decision.person_id)
    if decision.action == "reject":
        return revoke(session, row, "rejected", f"A person rejected one of them ({item})", by, now)
    sampled_item = session.get(StandingItem, context.item.id)
    if sampled_item is None or sampled_item.standing_id != row.id or not sampled_item.sampled:
        return []
    if says := _drift_text(session, row, lane.earned):
        return revoke(session, row, "drift", f"{says} ({item} was the last)", by, now)
    return []


def _drift_text(session: Session, row: StandingApproval, criteria: autosend.AutosendCriteria) -> str:
    """Where people changed too many drafts of the sample: how many, in words; else ""."""
    query = select(StandingItem.item_id).where(StandingItem.standing_id == row.id, StandingItem.sampled.is_(True))
    ids = session.scalars(query.order_by(StandingItem.item_id.desc()).limit(criteria.drift_last * 2)).all()
    last = eligibility.outcomes(session, ids)[: criteria.drift_last]
    few = last[:DRIFT_WINDOW]
    if few.count(False) >= DRIFT_CHANGED:
        return f"People changed {few.count(False)} of the last {len(few)} in the sample"
    high = share(last.count(True), len(last)).high
    if len(last) >= criteria.drift_last and high is not None and high < criteria.unchanged:
        return f"Of the last {len(last)} in the sample {last.count(True)} passed unchanged: at most {high:.0%}"
    return ""


def revoke_by_person(
    session: Session, person_id: int, lane_key: str, message: str, why: str, now: datetime
) -> StandingApproval:
    """A person revokes the standing approval of a message, at once and alone, with a reason of at least ten visible
    characters; returns it. Raises NotFound, Forbidden, Conflict (409: there is none) and Invalid (/why)."""
    if policy_versions.current(session).lane(lane_key) is None:
        raise NotFound()
    if not access.has_ability(actors.effective_roles(actors.load_actor(session, person_id, now)), ABILITY):
        raise Forbidden("Only RevOps or a CS leader stops automatic sending. Tell one of them; nothing was changed.")
    return revoke_by_operator(session, Actor.person(person_id), lane_key, message, why, now)


def revoke_by_operator(
    session: Session, actor: Actor, lane_key: str, message: str, why: str, now: datetime
) -> StandingApproval:
    """The same without authorisation, for a caller that has authorised `actor` (such as the command line). Raises
    Conflict and Invalid (/why)."""
    if faults := text_limits.validate_reason("/why", why):
        raise Invalid("Nothing was changed yet; what you typed is still here.", faults)
    with writing(session):
        row = standing_approval.active_approval(session, lane_key, message)
        if row is None:
            raise Conflict("This message is not sent automatically, so there was nothing to stop. Reload the page.")
        override_log.append(session, now, *revoke(session, row, "by_hand", why, actor, now))
    return row


def _event(item: Item, act: EventType, row: StandingApproval | None, facts: dict[str, Any]) -> Event:
    whose = {"standing": row.id, "message": row.message} if row else {}
    return Event.about(item, Actor.STANDING, act, facts={**whose, **facts})

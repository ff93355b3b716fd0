"""Opening: how a draft becomes an item at its gate, in a transaction the caller holds. Used by intake and imports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue import (
    beginning,
    calendar,
    marking,
    messages,
    override_log,
    policies,
    revisions,
    routing,
    standing,
    submissions,
    surroundings,
)
from reviewqueue.access import Caller
from reviewqueue.checks import Around
from reviewqueue.events import EventType
from reviewqueue.evidence import CheckResult
from reviewqueue.override_log import Event
from reviewqueue.policy import judging, stages
from reviewqueue.policy.shape import Gate, Lane, Policy
from reviewqueue.policy.words import POLICY_CHANGE
from reviewqueue.records.items import Check, Item
from reviewqueue.records.rows import change, put
from reviewqueue.refusals import Fault, Invalid, NotAllowed, Refused
from reviewqueue.submissions import Submission, subject_of

# Kinds that belong to no onboarding.
ALONE = ("trigger_question", POLICY_CHANGE)


@dataclass(frozen=True)
class Ahead:
    """A draft weighed before the write transaction began, with what it was weighed under. It counts only where that is
    still so."""

    policy: str
    around: Around
    weighed: revisions.Weighed


@dataclass
class Opened:
    """What opening an item did: the item, the answer the automation gets, and the log events that follow."""

    item_id: int
    answer: dict[str, Any]
    events: list[Event] = field(default_factory=list)


def ahead(session: Session, caller: Caller, submission: Submission) -> Ahead:
    """Weigh a draft while others write: running the checks is the longest part of opening an item. Raises what
    `open_item` raises of a submission that does not fit."""
    policy = policies.current(session)
    lane, gate = _place(policy, caller, submission)
    submissions.fits(submission)
    known = beginning.known(session, submission) if submission.drafted.kind not in ALONE else None
    around = surroundings.around(session, lane, submission.drafted, known.id if known else None, submission.template)
    weighed = revisions.weigh(policy, lane, gate, submission.customer, submission.drafted, submission.checks, around)
    return Ahead(policy.digest, around, weighed)


def open_item(
    session: Session,
    policy: Policy,
    caller: Caller,
    submission: Submission,
    now: datetime,
    person_id: int | None = None,
    ahead: Ahead | None = None,
    shown_as: int = 0,
) -> Opened:
    """Open one item inside a transaction the caller holds; the caller appends `events` to the log, last.

    The automation wrote it, unless a person did (`person_id`), or another automation wrote what it is a copy of
    (`shown_as`). What was weighed `ahead` is weighed again only if the policy or the promises moved since."""
    lane, gate = _place(policy, caller, submission)
    if ahead is None:
        submissions.fits(submission)
    submission = replace(submission, segment=submission.segment or routing.segment_of(lane, submission.drafted))
    onboarding_id, segment, events, kind = None, submission.segment, list[Event](), submission.drafted.kind
    if kind not in ALONE:
        onboarding_id, segment, events = beginning.belongs(session, caller, submission, now)
    known = None if events else onboarding_id  # one that was started just now has nothing yet
    weighed = _weighed(session, policy, lane, gate, submission, known, ahead)
    older = _older(session, known, kind, subject_of(submission)) if known else ()
    overrides = routing.earlier_overrides(session, known)
    state, why = routing.route(policy, lane, gate, weighed, segment, submission.confidence, 1, overrides)
    if state == "pending":
        # What takes the place of something that went up is up too.
        state, why = next(((item.state, item.why) for item in older if item.state == "escalated"), (state, why))
    due_at = calendar.due(now, gate.sla_hours, policy.calendar(lane.key))
    place: dict[str, Any] = {"onboarding_id": onboarding_id, "lane": lane.key, "gate": gate.key}
    times = {"opened_at": now, "due_at": due_at, "expires_at": _expires_at(policy, lane, gate, now)}
    stands = {"automation_id": caller.automation_id, "state": state, "why": why, "policy_digest": policy.digest}
    item_id = put(session, Item, **_columns(submission, weighed), **place, **stands, **times)
    wrote = shown_as or caller.automation_id
    author: dict[str, Any] = {"person_id": person_id} if person_id else {"automation_id": wrote}
    actor = f"person:{person_id}" if person_id else f"automation:{wrote}"
    written = revisions.write(session, item_id, 1, weighed, now, **author, confidence=submission.confidence)
    facts = {**facts_of(weighed), "kind": kind, "revision": 1, "policy": policy.digest, "state": state}
    events.append(Event(actor, EventType.ITEM_SUBMIT, item_id, **place, facts={**facts, "key": caller.key_id}))
    if state == "escalated":
        events.append(Event("system:policy", EventType.ITEM_ESCALATE, item_id, **place, texts={"why": why}))
    events += supersede(session, older, item_id, actor, now)
    events += marking.written(session, item_id, written, submission.drafted.sources.values(), actor, now)
    if stood := standing.goes(session, policy, lane, submission.template, item_id, now):
        state, events = session.get_one(Item, item_id).state, [*events, *stood]
    return Opened(item_id, _answer(policy, gate, item_id, kind, state, weighed, due_at), events)


def _weighed(
    session: Session, policy: Policy, lane: Lane, gate: Gate, submission: Submission, known: int | None,
    ahead: Ahead | None,
) -> revisions.Weighed:  # fmt: skip
    """The draft's weighing: what was made ahead where it still counts."""
    drafted, others = submission.drafted, ahead.around.others if ahead else None
    around = surroundings.around(session, lane, drafted, known, submission.template, others)
    if ahead is not None and (ahead.policy, ahead.around) == (policy.digest, around):
        return ahead.weighed
    return revisions.weigh(policy, lane, gate, submission.customer, drafted, submission.checks, around)


def _answer(
    policy: Policy, gate: Gate, item_id: int, kind: str, state: str, weighed: revisions.Weighed, due_at: datetime
) -> dict[str, Any]:
    owed = judging.needs(policy, gate, judging.Situation(state, kind, seen_by_judging(weighed.checks)))
    return {
        "id": item_id,
        "url": f"/items/{item_id}",
        "state": state,
        "gate": gate.key,
        "revision": {"number": 1, "digest": weighed.digest},
        "checks": [check_answer(check) for check in weighed.checks],
        "needs": [vars(need) for need in owed],
        "due_at": override_log.moment(due_at),
    }


def _expires_at(policy: Policy, lane: Lane, gate: Gate, now: datetime) -> datetime | None:
    hours = gate.expires_after_hours
    return None if hours is None else calendar.due(now, hours, policy.calendar(lane.key))


def _columns(submission: Submission, weighed: revisions.Weighed) -> dict[str, Any]:
    return {
        "kind": submission.drafted.kind,
        "subject": subject_of(submission),
        "title": submission.drafted.title,
        "customer": submission.customer,
        "customer_key": submission.customer.casefold()[:255],
        "callback_url": submission.callback_url,
        "fails": sum(check.outcome == "fail" for check in weighed.checks),
        "warns": sum(check.outcome == "warn" for check in weighed.checks),
    }


def seen_by_judging(results: Sequence[CheckResult]) -> tuple[judging.CheckSeen, ...]:
    """Check results as judging takes them."""
    return tuple(judging.CheckSeen(check.key, check.outcome, check.blocking) for check in results)


def check_answer(check: CheckResult | Check) -> dict[str, Any]:
    """A check as the API shows it."""
    names = ("key", "outcome", "blocking", "confidence", "message", "at", "origin", "version")
    return {name: getattr(check, name) for name in names}


def facts_of(weighed: revisions.Weighed) -> dict[str, Any]:
    """What the log keeps of a revision: its digests and the checks that did not pass."""
    return {
        "revision_digest": weighed.digest,
        "evidence_digest": weighed.evidence_digest,
        "failed": weighed.keys("fail"),
        "warned": weighed.keys("warn"),
    }


def _place(policy: Policy, caller: Caller, submission: Submission) -> tuple[Lane, Gate]:
    lane = policy.lane(submission.lane)
    if lane is None:
        known = ", ".join(one.key for one in policy.lanes)
        raise Invalid("The lane is not known.", [Fault("/lane", f"no lane {submission.lane!r}; known lanes: {known}")])
    if submission.drafted.kind != POLICY_CHANGE and (why := stages.shut(policy, lane)):
        raise Invalid("The lane takes nothing in.", [Fault("/lane", why)])
    gate_key = lane.kinds.get(submission.drafted.kind)
    if gate_key is None:
        known = ", ".join(lane.kinds)
        says = f"lane {lane.key} has no gate for kind {submission.drafted.kind!r}; it knows {known}"
        raise Invalid("This lane does not take drafts of that kind.", [Fault("/kind", says)])
    gate = policy.gate(lane.key, gate_key)
    if gate is None:
        raise shut(gate_key)
    if not caller.reaches(lane.key, gate.key):
        raise NotAllowed(
            f"This key may not use lane {lane.key}, gate {gate.key}. Ask an admin for a key that reaches it.",
            [Fault("/lane", f"out of this key's reach: {lane.key} / {gate.key}")],
        )
    return lane, gate


def shut(gate: str) -> Refused:
    return Refused(f"Gate {gate} is missing from the policy, so it is shut. Tell RevOps.", status=503, code="gate-shut")


def _older(session: Session, onboarding_id: int, kind: str, subject: str) -> Sequence[Item]:
    """The open items that a new one of this kind and subject takes the place of."""
    query = select(Item).where(
        Item.onboarding_id == onboarding_id,
        Item.kind == kind,
        Item.subject == subject,
        Item.state.in_(judging.OPEN),
    )
    return session.scalars(query).all()


def supersede(session: Session, older: Sequence[Item], by: int, actor: str, now: datetime) -> list[Event]:
    """A newer item takes the place of these; returns the events, inside a transaction the caller holds."""
    events = []
    for item in older:
        item.state, item.superseded_by_id, item.settled_at = "superseded", by, now
        item.lease_holder_id = item.lease_until = None
        messages.tell(session, item, "item.superseded", now, {"superseded_by": by})
        events.append(Event(actor, EventType.ITEM_SUPERSEDE, **whereabouts(item), facts={"by": by}))
    session.flush()
    return events


def move(
    session: Session, item: Item, state: str, why: str, weighed: revisions.Weighed, number: int, due_at: datetime
) -> None:
    """Put an item where its newest revision belongs."""
    change(
        session,
        item,
        state=state,
        why=why,
        title=weighed.drafted.title,
        revision_number=number,
        due_at=due_at,
        fails=sum(check.outcome == "fail" for check in weighed.checks),
        warns=sum(check.outcome == "warn" for check in weighed.checks),
        lease_holder_id=None,
        lease_until=None,
    )


def whereabouts(item: Item) -> dict[str, Any]:
    """The item's place, as log events take it."""
    return {"item_id": item.id, "onboarding_id": item.onboarding_id, "lane": item.lane, "gate": item.gate}

"""Opening an item: a submitted draft is evaluated, routed to its gate and written, inside a transaction the caller
holds. Every item is opened here, whoever wrote its draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import folding, vocabulary
from reviewqueue.core.errors import DomainError, FieldError, Forbidden, Invalid
from reviewqueue.core.vocabulary import LEADER_SUMMARY, NOT_DRAFTS, POLICY_CHANGE, TO_CUSTOMERS
from reviewqueue.db.rows import insert_row, update_row
from reviewqueue.db.tables import base
from reviewqueue.db.tables.items import Check, Item, Revision
from reviewqueue.db.tables.people import Automation
from reviewqueue.evidence import corrected_fields, flag_changes
from reviewqueue.evidence.types import CheckResult
from reviewqueue.items import (
    callback_outbox,
    check_context,
    earlier_messages,
    escalated,
    item_context,
    open_onboarding,
    revisions,
    routing,
    submission_rules,
)
from reviewqueue.items.evaluate import Evaluation, evaluate
from reviewqueue.items.known_records import About
from reviewqueue.items.revisions import CheckedDraft
from reviewqueue.items.submission_rules import Submission, supersede_key
from reviewqueue.people.access import OWN_AUTOMATION, Caller
from reviewqueue.policy import business_hours, evaluation, lane_stages, policy_versions
from reviewqueue.policy.model.policy import Gate, Lane, Policy
from reviewqueue.policy.released_to import released_to


@dataclass
class Opened:
    """What opening an item did: the item's id, the API's answer, and the log events for the caller to append."""

    item_id: int
    answer: dict[str, Any]
    events: list[Event] = field(default_factory=list)


def precheck(session: Session, caller: Caller, submission: Submission, now: datetime) -> CheckedDraft:
    """Check a draft before the write lock: running the checks is the longest part of opening an item. Raises as
    `open_item` for an invalid submission."""
    policy = policy_versions.current(session)
    lane, gate = _lane_and_gate(policy, caller, submission)
    submission_rules.validate(submission)
    onboarding = open_onboarding.find(session, submission) if submission.drafted.kind not in NOT_DRAFTS else None
    context = check_context.build_context(
        session,
        policy,
        lane,
        submission.drafted,
        submission.customer,
        onboarding.id if onboarding else None,
        _about(caller, submission),
        submission.template,
        today=business_hours.local_day(now, policy.calendar(lane.key)),
    )
    return revisions.check_draft(policy, lane, gate, submission.drafted, submission.checks, context)


def open_item(
    session: Session,
    policy: Policy,
    caller: Caller,
    submission: Submission,
    now: datetime,
    person_id: int | None = None,
    ahead: CheckedDraft | None = None,
    shown_as: int = 0,
) -> Opened:
    """Open one item inside a transaction the caller holds; the caller appends `events` to the log, last.

    Its author is the automation, or the person `person_id`, or for a copy the automation `shown_as`. What was checked
    `ahead` is checked again only if the policy or the context changed since. Raises Invalid (422) naming the place,
    Forbidden (403) where the API key's scope ends, and DomainError (503) for a missing gate."""
    lane, gate = _lane_and_gate(policy, caller, submission)
    if ahead is None:
        submission_rules.validate(submission)
    submission = replace(submission, segment=submission.segment or routing.segment_of(lane, submission.drafted))
    onboarding_id, segment, events, kind = None, submission.segment, list[Event](), submission.drafted.kind
    if kind not in NOT_DRAFTS:
        onboarding_id, segment, events = open_onboarding.find_or_start(session, caller, submission, now)
    known_onboarding_id = None if events else onboarding_id  # one started just now has no items yet
    evaluated = evaluate(
        session,
        policy,
        lane,
        gate,
        submission.drafted,
        customer=submission.customer,
        onboarding_id=known_onboarding_id,
        segment=segment,
        sent=submission.checks,
        confidence=submission.confidence,
        about=_about(caller, submission, shown_as),
        template=submission.template,
        ahead=ahead,
        now=now,
    )
    older = (
        _superseded_items(session, caller, known_onboarding_id, kind, supersede_key(submission))
        if known_onboarding_id
        else ()
    )
    for item in older:
        evaluated = evaluated.keep_escalation(item)
    hours, calendar = gate.expires_after_hours, policy.calendar(lane.key)
    due_at = business_hours.due(now, gate.sla_hours, calendar)
    expires_at = None if hours is None else business_hours.due(now, hours, calendar)
    place: dict[str, Any] = {"onboarding_id": onboarding_id, "lane": lane.key, "gate": gate.key}
    opened = {"automation_id": caller.automation_id, "policy_digest": policy.digest, "opened_at": now}
    columns = {**_columns(submission), **evaluated.columns(), **place, **opened}
    item_id = insert_row(session, Item, **columns, due_at=due_at, expires_at=expires_at)
    author_id = shown_as or caller.automation_id
    author: dict[str, Any] = {"person_id": person_id} if person_id else {"automation_id": author_id}
    actor = Actor.person(person_id) if person_id else Actor.automation(author_id)
    written = revisions.write_revision(session, item_id, 1, evaluated, now, **author, confidence=submission.confidence)
    facts = {"kind": kind, "revision": 1, "policy": policy.digest, "key": caller.key_id, **log_facts(evaluated)}
    events.append(Event(actor, EventType.ITEM_SUBMIT, item_id, **place, facts=facts))
    if evaluated.state == "escalated":
        escalated.tell_deciders(session, item_id, Actor.POLICY, now)
        events.append(Event(Actor.POLICY, EventType.ITEM_ESCALATE, item_id, **place, texts={"why": evaluated.why}))
    events += supersede(session, older, item_id, actor, now)
    notice = None
    if known_onboarding_id and not shown_as and (released_to(policy, gate, kind) or kind in TO_CUSTOMERS):
        known_ids = [item.id for item in older]
        notice, held = earlier_messages.hold(session, item_id, submission.drafted.draft, known_ids, actor)
        events += held
    sources, trusted = submission.drafted.sources.values(), policy.organisation.trusted_automations
    events += flag_changes.flag_for_revision(session, item_id, written, sources, actor, now, trusted)
    if known := evaluated.context.corrections:
        said = corrected_fields.still_said(session, onboarding_id, written.revision_id, submission.drafted.draft, known)
        evaluated = replace(evaluated, checks=[*(one.check for one in said), *evaluated.checks])
    answer = _api_answer(policy, gate, item_id, evaluated, due_at)
    return Opened(item_id, {**answer, "notice": notice} if notice else answer, events)


def _api_answer(policy: Policy, gate: Gate, item_id: int, evaluated: Evaluation, due_at: datetime) -> dict[str, Any]:
    seen = tuple(evaluation.CheckOutcome(check.key, check.outcome, check.blocking) for check in evaluated.checks)
    kind = evaluated.drafted.kind
    situation = evaluation.Situation(evaluated.state, kind, seen, running=item_context.running(kind, checked=False))
    return {
        "id": item_id,
        "url": f"/items/{item_id}",
        "state": evaluated.state,
        "gate": gate.key,
        "revision": {"number": 1, "digest": evaluated.digest},
        "checks": [check_answer(check) for check in evaluated.checks],
        "needs": [vars(need) for need in evaluation.missing_for_approval(policy, gate, situation)],
        "due_at": base.moment(due_at),
    }


def _about(caller: Caller, submission: Submission, shown_as: int = 0) -> About:
    known = (submission.system, submission.external_id, submission.account_id)
    return About(shown_as or caller.automation_id, caller.automation, submission.customer, *known)


def _columns(submission: Submission) -> dict[str, Any]:
    return {
        "kind": submission.drafted.kind,
        "subject": supersede_key(submission),
        "customer": submission.customer,
        "customer_key": folding.customer_key(submission.customer),
        "callback_url": submission.callback_url,
        "purpose": submission.purpose,
    }


def check_answer(check: CheckResult | Check) -> dict[str, Any]:
    """A check as the API shows it."""
    names = ("key", "outcome", "blocking", "confidence", "message", "at", "origin", "version", "model")
    return {name: getattr(check, name) for name in names}


def log_facts(evaluated: Evaluation) -> dict[str, Any]:
    """A revision as facts of a log entry: its digests, the keys of the checks that did not pass, and its state."""
    return {
        "revision_digest": evaluated.digest,
        "evidence_digest": evaluated.evidence_digest,
        "failed": evaluated.keys("fail"),
        "warned": evaluated.keys("warn"),
        "state": evaluated.state,
    }


def _lane_and_gate(policy: Policy, caller: Caller, submission: Submission) -> tuple[Lane, Gate]:
    lane = policy.lane(submission.lane)
    if lane is None:
        known = ", ".join(one.key for one in policy.lanes)
        raise Invalid(
            "The lane is not known.", [FieldError("/lane", f"no lane {submission.lane!r}; known lanes: {known}")]
        )
    if submission.drafted.kind not in (POLICY_CHANGE, LEADER_SUMMARY) and (
        why := lane_stages.why_no_intake(policy, lane)
    ):
        raise Invalid("The lane takes nothing in.", [FieldError("/lane", why)])
    gate_key = lane.kinds.get(submission.drafted.kind)
    if gate_key is None:
        known = ", ".join(lane.kinds)
        says = f"lane {lane.key} has no gate for kind {submission.drafted.kind!r}; it knows {known}"
        raise Invalid("This lane does not take drafts of that kind.", [FieldError("/kind", says)])
    gate = policy.gate(lane.key, gate_key)
    if gate is None:
        raise gate_missing(gate_key)
    if not caller.reaches(lane.key, gate.key):
        raise Forbidden(
            f"This key may not use lane {lane.key}, gate {gate.key}. Ask an admin for a key that reaches it.",
            [FieldError("/lane", f"out of this key's reach: {lane.key} / {gate.key}")],
        )
    return lane, gate


def gate_missing(gate: str) -> DomainError:
    return DomainError(
        f"Gate {gate} is missing from the policy, so it is closed. Tell RevOps.", status=503, code="gate-shut"
    )


def _superseded_items(session: Session, caller: Caller, onboarding_id: int, kind: str, subject: str) -> Sequence[Item]:
    """The open items that a new one of this kind and subject supersedes. A message supersedes those of its own
    automation, and ours; another automation's stays beside it."""
    query = select(Item).where(
        Item.onboarding_id == onboarding_id,
        Item.kind == kind,
        Item.subject == subject,
        Item.state.in_(vocabulary.OPEN),
    )
    if kind in TO_CUSTOMERS:
        ours = select(Automation.id).where(Automation.name == OWN_AUTOMATION).scalar_subquery()
        first = (Revision.item_id == Item.id) & (Revision.number == 1)  # a copy is shown as another's than its own
        author = select(Revision.author_automation_id).where(first).scalar_subquery()
        query = query.where((author == caller.automation_id) | (author == ours))
    return session.scalars(query).all()


def supersede(session: Session, older: Sequence[Item], newer_item_id: int, actor: Actor, now: datetime) -> list[Event]:
    """Let the item `newer_item_id` supersede these, inside a transaction the caller holds; returns the log events."""
    events = []
    for item in older:
        item.state, item.superseded_by_id, item.settled_at = "superseded", newer_item_id, now
        item.lease_holder_id = item.lease_until = None
        callback_outbox.enqueue_superseded(session, item, newer_item_id, now)
        events.append(Event.about(item, actor, EventType.ITEM_SUPERSEDE, facts={"by": newer_item_id}))
    session.flush()
    return events


def apply_revision(session: Session, item: Item, evaluated: Evaluation, number: int, due_at: datetime) -> None:
    """Set an item to its newest revision: state, why, title, due time and check counts; its lease ends."""
    free = {"lease_holder_id": None, "lease_until": None}
    update_row(session, item, **evaluated.columns(), **free, revision_number=number, due_at=due_at)

"""A named person decides one item: the decision and the item's transition, in one transaction with the log entry. What
may be requested is in `review/decision_requests.py`, which acts are open in `policy/legal_acts.py`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import vocabulary
from reviewqueue.core.vocabulary import ACTS, POLICY_CHANGE, QUESTION, ActKey
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row, update_row
from reviewqueue.db.tables import base
from reviewqueue.db.tables.items import Decision
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.people import Person
from reviewqueue.delivery import releases, replaced_releases
from reviewqueue.evidence import commitments, flag_changes, source_records
from reviewqueue.evidence.row_moves import move_checks, move_citations
from reviewqueue.evidence.types import DraftWithEvidence
from reviewqueue.exceptions import exception_cases
from reviewqueue.items import (
    callback_outbox,
    corrections,
    escalated,
    item_context,
    known_records,
    revise,
    revisions,
    sales_questions,
    seen_version,
)
from reviewqueue.lanes import proposals
from reviewqueue.lanes.autosend import sending
from reviewqueue.measurement.sampling import attention
from reviewqueue.measurement.seeded import seeded_drafts
from reviewqueue.onboarding import answer_question, next_drafts, sales_answers, ways_on
from reviewqueue.people import actors, notifications
from reviewqueue.people.notifications import About
from reviewqueue.policy import business_hours, evaluation
from reviewqueue.policy.model.policy import Gate
from reviewqueue.review import decision_requests
from reviewqueue.review.decision_requests import DecisionRequest, ValidRequest


@dataclass(frozen=True)
class DecisionResult:
    """The result of a decision: the item's state now, what is still missing if it is not settled, and the person as
    they were at that moment."""

    state: str
    needs: tuple[evaluation.Need, ...]
    revision_number: int
    title: str
    customer: str
    kind: str
    actor: evaluation.Actor


def decide(
    session: Session,
    person_id: int,
    item_id: int,
    request: DecisionRequest,
    seen: seen_version.SeenVersion,
    now: datetime,
) -> DecisionResult:
    """Record a person's act on what they saw, and move the item as the policy says.

    Raises NotFound (404), Conflict (409: settled, or anything on the screen changed), Forbidden (403, with the rule)
    and Invalid (422, naming the field). Whatever is raised, nothing was written.
    """
    with writing(session):
        actor = actors.load_actor(session, person_id, now)
        context = item_context.load_visible(session, item_id, actor, now)
        override_log.append(session, now, *record(session, context, actor, request, seen, now))
        still_needed = (
            () if context.item.state in vocabulary.SETTLED else tuple(item_context.load(session, item_id, now).needs())
        )
    item = context.item
    return DecisionResult(
        item.state, still_needed, item.revision_number, context.revision.title, item.customer, item.kind, actor
    )


def record(
    session: Session,
    context: item_context.ItemContext,
    actor: evaluation.Actor,
    request: DecisionRequest,
    seen: seen_version.SeenVersion,
    now: datetime,
) -> list[Event]:
    """The same inside a transaction the caller holds; returns the events for the caller to append, last. Raises as
    `decide`, but for NotFound."""
    return write(
        session, context, actor, request, decision_requests.validate(session, context, actor, request, seen, now), now
    )


def write(
    session: Session,
    context: item_context.ItemContext,
    actor: evaluation.Actor,
    request: DecisionRequest,
    valid: ValidRequest,
    now: datetime,
) -> list[Event]:
    """Record a validated request, and what follows from it; returns the events to append, last. What follows (the
    activation of a policy, a release) may raise a Conflict: the caller's transaction must then roll back."""
    act, gate, correction = valid.act, valid.gate, valid.correction
    decision = _record(session, context, gate, actor, act, request, now)
    if reveal_events := seeded_drafts.reveal_if_seeded(session, context, decision, request.draft, now, request.rows):
        return [_event(context, decision, {}), *reveal_events]
    if act == "edit":
        events = _add_edited_revision(session, context, decision, request, now)
    else:
        _move(session, context, gate, decision, now)
        _tell(session, context, decision, now)
        events = _follow_up(session, context, decision, now)
    events += corrections.open_correction(session, context, decision, correction, now) if correction else []
    events += sending.on_decision(session, context, decision, now)
    release_facts: dict[str, Any] = {}
    if context.item.state == "approved":
        release_facts = releases.enqueue(session, context, gate, decision, now)
        events += replaced_releases.cancel(session, context, decision, now)
    return [_event(context, decision, release_facts), *events]


def _record(
    session: Session,
    context: item_context.ItemContext,
    gate: Gate,
    actor: evaluation.Actor,
    act: ActKey,
    request: DecisionRequest,
    now: datetime,
) -> Decision:
    role = evaluation.acting_role(gate, context.situation, actor, act)
    behalf = evaluation.on_behalf_of(context.situation, actor, role)
    involved = evaluation.exemption(gate, context.situation, actor, role) if ACTS[act].lets_through else ""
    override = act == "override"
    row: dict[str, Any] = {
        "item_id": context.item.id,
        "revision_id": context.revision.id,
        "action": act,
        "reason_code": request.reason_code,
        "text": request.text,
        "person_id": actor.person_id,
        "role": role,
        "on_behalf_of_id": behalf,
        "at": now,
        "revision_digest": context.revision.digest,
        "evidence_digest": context.revision.evidence_digest,
        "policy_digest": context.item.policy_digest,
        "passes": sorted(set(request.passes)) if override else [],
        "expires_at": business_hours.midnight(request.expires_on, context.policy.calendar(context.item.lane))
        if override and request.expires_on
        else None,
        "choice": request.choice if act in ("approve", "reject") else "",
        "exempt": involved,
        "changes_seen": context.changes_seen,
        "topics_denied": sorted(set(request.topics_denied)) if act == "approve" else [],
    }
    decision_id = insert_row(session, Decision, **row)
    if request.glance is not None:
        attention.record_attention(session, decision_id, *request.glance, now)
    return cast("Decision", SimpleNamespace(id=decision_id, **row))  # as a plain row: it is never changed


def _move(session: Session, context: item_context.ItemContext, gate: Gate, decision: Decision, now: datetime) -> None:
    """Move the item to the act's own state, or to `approved` with the last vote it needs; its lease ends."""
    becomes: dict[str, Any] = {"lease_holder_id": None, "lease_until": None}
    if after := ACTS[decision.action].state_after:
        becomes["state"] = after
    elif evaluation.satisfied(context.policy, gate, _with_vote(context.situation, decision)):
        becomes["state"] = "approved"
    if decision.action == "escalate":
        known = evaluation.reasons(context.policy, gate, "escalate", context.situation)
        label = next((one.label for one in known if one.code == decision.reason_code), decision.reason_code)
        rule = context.policy.place(f"gate:{gate.key}", "goes_up_to")
        becomes["why"] = f"Escalated at {gate.name}: {label} ({rule})"
    if becomes.get("state") in vocabulary.SETTLED:
        becomes |= {"settled_at": now, "settled_by_id": decision.person_id}
    update_row(session, context.item, **becomes)


def _with_vote(situation: evaluation.Situation, decision: Decision) -> evaluation.Situation:
    vote = evaluation.Vote(decision.person_id, decision.role, decision.action, tuple(decision.passes))
    return replace(situation, votes=(*situation.votes, vote))


def _follow_up(session: Session, context: item_context.ItemContext, decision: Decision, now: datetime) -> list[Event]:
    """What follows from the state the item is in now, in the same transaction; returns its events."""
    events: list[Event] = []
    if context.item.state == "approved":
        events = _take_effect(session, context, decision, now)
    elif decision.action == "escalate":
        events = _open_exception(session, context, decision, now)
    elif decision.action == "reject":
        events = ways_on.go_on(session, context, decision, now)
    if context.item.state in ("approved", "rejected", "sent_back") and context.item.callback_url:
        _enqueue_callback(session, context, decision, now)
    return events


def _tell(session: Session, context: item_context.ItemContext, decision: Decision, now: datetime) -> None:
    """Tell whom an act concerns: the deciders of what was escalated, the makers of what was sent back, and whoever
    escalated what is decided now."""
    actor = Actor.person(decision.person_id)
    if decision.action == "escalate":
        escalated.tell_deciders(session, context.item.id, actor, now)
    if context.item.state == "sent_back":
        makers = {*context.situation.editors, context.situation.automation_owner}
        notifications.tell(session, "sent_back", makers, About(context.item.id), actor, now)
    escalated.tell_escalators(session, context, actor, now)


def _take_effect(session: Session, context: item_context.ItemContext, decision: Decision, now: datetime) -> list[Event]:
    """What was approved holds: its promises are kept, its question is answered, its policy comes into force, and the
    drafts that come next are due."""
    events: list[Event] = []
    commitments.keep(session, context.item, context.revision, decision, now)
    if context.item.kind == QUESTION:
        events = answer_question.answer(session, context, decision, now)
    if context.item.kind == sales_questions.KIND:
        to = sales_questions.receivers(context.revision.draft)
        sales_answers.tell_asked(session, context.item, to, Actor.person(decision.person_id), now)
    if context.item.kind == POLICY_CHANGE:
        events = proposals.activate(session, context, decision, now)
    return events + next_drafts.schedule_after_approval(session, context, now)


def _open_exception(
    session: Session, context: item_context.ItemContext, decision: Decision, now: datetime
) -> list[Event]:
    """An escalation opens an exception, or joins the one that is open; none of a policy proposal, and none under a
    policy without exceptions."""
    category, because = exception_cases.category_for(context, decision.reason_code)
    if category is None:
        return []
    about, actor = (context.policy, context.item), Actor.person(decision.person_id)
    return exception_cases.open_for_item(session, *about, category.key, decision.text, actor, now, because)


def _enqueue_callback(session: Session, context: item_context.ItemContext, decision: Decision, now: datetime) -> None:
    person = session.get(Person, decision.person_id)
    edited = context.revision.author_person_id is not None
    kind = "item.sent_back" if context.item.state == "sent_back" else "item.decided"
    data = {
        "revision": {"number": context.revision.number, "digest": context.revision.digest},
        "decision": callback_outbox.decision_payload(
            decision, person.name if person else "", context.revision.draft if edited else None
        ),
    }
    if context.item.onboarding_id is not None:
        external = select(Onboarding.external_id).where(Onboarding.id == context.item.onboarding_id)
        data["onboarding"] = {"external_id": session.scalar(external), "customer": context.item.customer}
    callback_outbox.enqueue(session, context.item, kind, now, data)


def _add_edited_revision(
    session: Session,
    context: item_context.ItemContext,
    decision: Decision,
    request: DecisionRequest,
    now: datetime,
) -> list[Event]:
    before, draft = revise.load_draft(session, context.revision, context.item.kind), request.draft or {}
    before = replace(before, citations=move_citations(before.citations, request.rows))
    known = known_records.of_item(session, context)
    before = flag_changes.rebase_sources(known.newest, replace(before, sources=dict(known.sent)), draft)
    kept = source_records.kept_citations(before, draft)
    after = DraftWithEvidence(before.kind, request.title or before.title, draft, before.sources, kept)
    author = revise.Author(person_id=decision.person_id, confidence=context.revision.confidence)
    sent = move_checks(revisions.automation_checks(context.checks), request.rows)
    return revise.add_revision(session, context, after, author, now, sent)


def _event(context: item_context.ItemContext, decision: Decision, release_facts: dict[str, Any]) -> Event:
    facts: dict[str, Any] = {
        "decision": decision.id,
        "reason": decision.reason_code,
        "role": decision.role,
        "on_behalf_of": Actor.person_or_none(decision.on_behalf_of_id),
        "revision": context.revision.number,
        "revision_digest": decision.revision_digest,
        "evidence_digest": decision.evidence_digest,
        "policy_digest": decision.policy_digest,
        **context.model_facts(),
        "state": context.item.state,
        "override": {"passes": decision.passes, "until": base.moment(decision.expires_at)}
        if decision.expires_at
        else None,
        **release_facts,
    }
    if decision.exempt:
        facts["separation"] = {"exempted": decision.exempt, "rule": context.policy.place("organisation")}
    if decision.changes_seen:
        facts["changes_seen"] = decision.changes_seen
    if decision.topics_denied:
        facts["topics_denied"] = decision.topics_denied
    if decision.choice:
        facts["choice"] = decision.choice
    words = {"text": decision.text} if decision.text else {}
    act = EventType(f"item.{decision.action}")
    return Event.about(context.item, Actor.person(decision.person_id), act, facts=facts, texts=words)

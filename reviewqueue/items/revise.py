"""Adding a revision to an open item, by its automation or by a person. Checks and routing run again, earlier approvals
are void, and an escalation stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core.errors import FieldError, Invalid
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables import base
from reviewqueue.db.tables.items import Claim, Revision
from reviewqueue.evidence import flag_changes, source_records
from reviewqueue.evidence.types import CheckResult, Citation, DraftWithEvidence
from reviewqueue.items import escalated, item_context, opening, pauses, revisions, submission_rules
from reviewqueue.items.evaluate import Evaluation, evaluate_revision
from reviewqueue.policy import business_hours
from reviewqueue.policy.model.policy import Gate, Lane, Policy


@dataclass(frozen=True)
class Author:
    """Who wrote a revision: a person or an automation, and the automation's confidence (0 to 1 as text, or "")."""

    person_id: int | None = None
    automation_id: int | None = None
    confidence: str = ""

    @property
    def actor(self) -> Actor:
        """The author as the override log names it."""
        return Actor.person_or_none(self.person_id) or Actor.automation(self.automation_id or 0)


def load_draft(session: Session, revision: Revision, kind: str) -> DraftWithEvidence:
    """A stored revision as a draft with its sources and citations, as checks and edits take it."""
    sources = source_records.of_revision(session, revision.id)
    claims = session.scalars(select(Claim).where(Claim.revision_id == revision.id).order_by(Claim.id))
    citations = tuple(Citation(claim.at, claim.quote, claim.ref, claim.path) for claim in claims)
    return DraftWithEvidence(kind, revision.title, revision.draft, sources, citations)


def add_revision(
    session: Session,
    context: item_context.ItemContext,
    draft: DraftWithEvidence,
    author: Author,
    now: datetime,
    sent: Sequence[CheckResult] = (),
) -> list[Event]:
    """Write a new revision inside a transaction the caller holds; the caller appends the returned events to the log. A
    pause ends. `sent` are the automation's own check results.

    Raises Invalid when the draft is not valid or changes nothing, and DomainError (503) when the gate is missing.
    """
    item, policy, gate = context.item, context.policy, context.gate
    lane = policy.lane(item.lane)
    if gate is None or lane is None:
        raise opening.gate_missing(item.gate)
    if faults := submission_rules.draft_faults(draft):
        raise Invalid("The new draft was not accepted and nothing was changed.", faults)
    number = item.revision_number + 1
    evaluated = evaluate_revision(
        session, context, policy, lane, gate, draft, sent=sent, confidence=author.confidence, number=number, now=now
    ).keep_escalation(item)
    if evaluated.digest == context.revision.digest and evaluated.evidence_digest == context.revision.evidence_digest:
        raise Invalid(
            "The new draft changes nothing.", [FieldError("/draft", "change the text, or choose another act")]
        )
    written = revisions.write_revision(
        session,
        item.id,
        number,
        evaluated,
        now,
        person_id=author.person_id,
        automation_id=author.automation_id,
        based_on=context.revision.digest,
        confidence=author.confidence,
    )
    resumed = pauses.end_pause(session, item, policy, author.actor, now)
    was_sent_back = item.state == "sent_back"  # it waited for its author, so the reviewers' clock starts now
    due_at = business_hours.due(now, gate.sla_hours, policy.calendar(lane.key)) if was_sent_back else item.due_at
    if was_sent_back and item.overdue_at is not None:  # the new draft is not assigned to whom the SLA clock had named
        update_row(session, item, overdue_at=None, assignee_id=None)
    newly_escalated = evaluated.state == "escalated" != item.state
    opening.apply_revision(session, item, evaluated, number, due_at)
    if newly_escalated:
        escalated.tell_deciders(session, item.id, Actor.POLICY, now)
    facts = {
        **opening.log_facts(evaluated),
        "revision": number,
        "based_on": context.revision.digest,
        "voided": sorted({vote.person_id for vote in context.situation.votes}),
        "due": base.moment(due_at),
    }
    flag_changes.settle(session, item, context.revision.id, written.revision_id, author.person_id is not None, now)
    sources, trusted = draft.sources.values(), policy.organisation.trusted_automations
    change_events = flag_changes.flag_for_revision(session, item.id, written, sources, author.actor, now, trusted)
    return [Event.about(item, author.actor, EventType.ITEM_REVISE, facts=facts), *resumed, *change_events]


def repeat_revision(
    session: Session, context: item_context.ItemContext, policy: Policy, lane: Lane, gate: Gate, now: datetime
) -> tuple[int, Evaluation]:
    """Write the current draft as a new revision by the same author, under that policy and checked again, inside a
    transaction the caller holds; returns its number and what came of it, for `opening.apply_revision`. Earlier
    approvals are void with it."""
    item, revision = context.item, context.revision
    drafted, number = load_draft(session, revision, item.kind), item.revision_number + 1
    evaluated = evaluate_revision(
        session, context, policy, lane, gate, drafted, sent=revisions.automation_checks(context.checks),
        confidence=revision.confidence, number=number, now=now,
    ).keep_escalation(item)  # fmt: skip
    revisions.write_revision(
        *(session, item.id, number, evaluated, now),
        person_id=revision.author_person_id,
        automation_id=revision.author_automation_id,
        based_on=revision.digest,
        confidence=revision.confidence,
    )
    return number, evaluated

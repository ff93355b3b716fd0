"""Renewal: a new revision of an open item, by its automation or by a person. Checks and routing run again, earlier
approvals are void, and nobody's escalation is undone by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue import (
    calendar,
    desk,
    marking,
    opening,
    override_log,
    pauses,
    revisions,
    routing,
    submissions,
    surroundings,
)
from reviewqueue.events import EventType
from reviewqueue.evidence import CheckResult, Citation, Drafted, Source
from reviewqueue.override_log import Event
from reviewqueue.records.items import Claim, Revision, RevisionSource
from reviewqueue.records.onboardings import Onboarding, SourceRecord
from reviewqueue.records.rows import change
from reviewqueue.refusals import Fault, Invalid


@dataclass(frozen=True)
class Author:
    """Who made a revision: a person or an automation, and how sure the automation was (0 to 1 as text, or "")."""

    person_id: int | None = None
    automation_id: int | None = None
    confidence: str = ""

    @property
    def actor(self) -> str:
        """The author as the log names it."""
        return f"person:{self.person_id}" if self.person_id else f"automation:{self.automation_id}"


def drafted(session: Session, revision: Revision, kind: str) -> Drafted:
    """A revision as a draft with its sources and citations, as checks and edits take it."""
    joined = select(RevisionSource.ref, SourceRecord).join(
        SourceRecord, SourceRecord.id == RevisionSource.source_record_id
    )
    sources = {
        ref: Source(kept.system, kept.object, kept.external_id, kept.payload, kept.fetched_at, kept.label)
        for ref, kept in session.execute(joined.where(RevisionSource.revision_id == revision.id))
    }
    claims = session.scalars(select(Claim).where(Claim.revision_id == revision.id).order_by(Claim.id))
    citations = tuple(Citation(claim.at, claim.quote, claim.ref, claim.path) for claim in claims)
    return Drafted(kind, revision.title, revision.draft, sources, citations)


def renew(
    session: Session, found: desk.Desk, draft: Drafted, author: Author, now: datetime, sent: Sequence[CheckResult] = ()
) -> list[Event]:
    """Write the new revision inside a transaction the caller holds; the caller appends the events to the log. What was
    paused goes on.

    `sent` are the automation's own check results. Raises Invalid when nothing changed.
    """
    item, policy, gate = found.item, found.policy, found.gate
    lane = policy.lane(item.lane)
    if gate is None or lane is None:
        raise opening.shut(item.gate)
    if faults := submissions.draft_faults(draft):
        raise Invalid("The new draft was not accepted and nothing was changed.", faults)
    around = surroundings.of_item(session, lane, item, draft)
    weighed = revisions.weigh(policy, lane, gate, item.customer, draft, sent, around)
    if weighed.digest == found.revision.digest and weighed.evidence_digest == found.revision.evidence_digest:
        raise Invalid("The new draft changes nothing.", [Fault("/draft", "change the text, or choose another act")])
    number = item.revision_number + 1
    segment = session.scalar(select(Onboarding.segment).where(Onboarding.id == item.onboarding_id)) or ""
    overrides = routing.earlier_overrides(session, item.onboarding_id)
    age = calendar.business_hours(item.opened_at, now, policy.calendar(lane.key))
    state, why = routing.route(policy, lane, gate, weighed, segment, author.confidence, number, overrides, age)
    if item.state == "escalated" and state == "pending":
        state, why = "escalated", item.why
    written = revisions.write(
        session,
        item.id,
        number,
        weighed,
        now,
        person_id=author.person_id,
        automation_id=author.automation_id,
        based_on=found.revision.digest,
        confidence=author.confidence,
    )
    resumed = pauses.end(session, item, policy, author.actor, now)
    again = item.state == "sent_back"  # it waited for its author, not for a reviewer: their clock starts now
    due_at = calendar.due(now, gate.sla_hours, policy.calendar(lane.key)) if again else item.due_at
    if again and item.overdue_at is not None:  # whom the clock had named is not asked for the new draft first
        change(session, item, overdue_at=None, assignee_id=None)
    opening.move(session, item, state, why, weighed, number, due_at)
    facts = {
        **opening.facts_of(weighed),
        "revision": number,
        "based_on": found.revision.digest,
        "voided": sorted({vote.person_id for vote in found.situation.votes}),
        "state": state,
        "due": override_log.moment(due_at),
    }
    marking.renewed(session, item, found.revision.id, written.revision_id, author.person_id is not None, now)
    moved = marking.written(session, item.id, written, draft.sources.values(), author.actor, now)
    return [Event(author.actor, EventType.ITEM_REVISE, **opening.whereabouts(item), facts=facts), *resumed, *moved]

"""Reaching a milestone: a person records the evidence for it, or takes that back. No signal ever moves one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import text_limits
from reviewqueue.core.errors import Conflict, Forbidden, Invalid, NotFound
from reviewqueue.db.database import writing
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables.milestones import DraftJob, Milestone
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.people import Person
from reviewqueue.items import approved_plan, rejections
from reviewqueue.onboarding import next_drafts
from reviewqueue.people import actors
from reviewqueue.people.visibility import load_onboarding, may_record_milestones
from reviewqueue.policy import policy_versions


def reach(session: Session, person_id: int, milestone_id: int, proof: str, now: datetime, reason: str = "") -> int:
    """Record the evidence that a milestone is reached, and schedule the drafts that follow; returns its onboarding's
    id. A customer-value milestone that depends on others which are not reached takes a `reason` too; otherwise it is
    not kept.

    Raises NotFound, Forbidden, Conflict (409: reached already, or the plan was replaced) and Invalid naming the field.
    """
    if faults := text_limits.validate_reason("/proof", proof, ask="say what shows that it is reached"):
        raise Invalid("The evidence was not recorded; what you typed is still here.", faults)
    with writing(session):
        milestone, run = _load_for_person(session, person_id, milestone_id, now)
        if milestone.reached_at is not None:
            who = session.get(Person, milestone.reached_by_id) if milestone.reached_by_id else None
            by = f" by {who.name}" if who else ""
            raise Conflict(
                f"Evidence was recorded{by} on {milestone.reached_at:%d %b %H:%M} UTC, so yours was not added. Reopen "
                "the milestone first if what is recorded is wrong."
            )
        ahead_of = _reached_ahead_of(session, run, milestone, reason)
        update_row(session, milestone, reached_at=now, reached_by_id=person_id, proof=proof)
        policy = policy_versions.current(session)
        lane = policy.lane(run.lane)
        scheduled = next_drafts.schedule_after_milestone(session, policy, lane, milestone, now) if lane else []
        withdrawn = next_drafts.withdraw_outdated(session, run.id, now)
        words = {"proof": proof, "reason": reason} if ahead_of else {"proof": proof}
        event = _event(person_id, EventType.MILESTONE_REACH, run, milestone, words)
        if ahead_of:
            event.facts["ahead_of"] = [one.id for one in ahead_of]
        override_log.append(session, now, event, *scheduled, *withdrawn)
    return run.id


def _reached_ahead_of(session: Session, run: Onboarding, milestone: Milestone, reason: str) -> list[Milestone]:
    """The milestones that this one of customer value depends on and that are not reached. Raises Invalid where there
    are any and the reason does not say why it counts all the same."""
    plan = approved_plan.current(session, run.id)
    before = approved_plan.unreached_before(session, plan).get(milestone.id, [])
    if before and (faults := text_limits.validate_reason("/reason", reason, ask="say why it counts all the same")):
        names = " and ".join(f"“{one.name[:80]}”" for one in before)
        raise Invalid(
            f"It depends on {names}, not reached yet, so the evidence was not recorded. Record theirs first, or say "
            "why this one counts all the same; what you typed is still here.",
            faults,
        )
    return before


def reopen(session: Session, person_id: int, milestone_id: int, reason: str, now: datetime) -> int:
    """Take back that a milestone is reached, with a reason; returns its onboarding's id. The log keeps the evidence as
    it was. Open items drafted because of it are withdrawn, and its draft jobs are skipped.

    Raises NotFound, Forbidden, Conflict (409: it is open) and Invalid naming the field.
    """
    if faults := text_limits.validate_reason("/reason", reason):
        raise Invalid("The milestone was not reopened; what you typed is still here.", faults)
    with writing(session):
        milestone, run = _load_for_person(session, person_id, milestone_id, now)
        if milestone.reached_at is None:
            raise Conflict("This milestone is open, so there was nothing to take back. Reload the page.")
        withdrawals = next_drafts.withdraw(session, _caused(session, milestone), "Its milestone was reopened.", now)
        update_row(session, milestone, reached_at=None, reached_by_id=None, proof="")
        event = _event(person_id, EventType.MILESTONE_REOPEN, run, milestone, {"reason": reason})
        override_log.append(session, now, event, *withdrawals)
    return run.id


def _load_for_person(
    session: Session, person_id: int, milestone_id: int, now: datetime
) -> tuple[Milestone, Onboarding]:
    actor = actors.load_actor(session, person_id, now)
    milestone = session.get(Milestone, milestone_id)
    if milestone is None:
        raise NotFound()
    onboarding = load_onboarding(session, milestone.onboarding_id, actor)
    if not may_record_milestones(onboarding, actor):
        raise Forbidden(
            "Only an implementation lead, a CSM, RevOps or the account's owner says that a milestone is reached. "
            "Ask one of them. Nothing was recorded."
        )
    if milestone.replaced_at is not None:
        raise Conflict(
            "A newer plan was approved and replaced this milestone, so nothing was recorded. Reload the page."
        )
    return milestone, onboarding


def _caused(session: Session, milestone: Milestone) -> Sequence[DraftJob]:
    """The draft jobs that reaching this milestone caused, also after a rejection."""
    caused = select(DraftJob).where(
        DraftJob.onboarding_id == milestone.onboarding_id, DraftJob.cause == next_drafts.cause_of(milestone)
    )
    jobs = list(session.scalars(caused.order_by(DraftJob.id)))
    for job in jobs:
        if job.item_id:  # and what was drafted because that one was rejected
            after = DraftJob.cause.startswith(f"{rejections.CAUSE}{job.item_id}@")
            jobs += session.scalars(select(DraftJob).where(DraftJob.onboarding_id == milestone.onboarding_id, after))
    return jobs


def _event(
    person_id: int, act: EventType, onboarding: Onboarding, milestone: Milestone, words: dict[str, str]
) -> Event:
    facts = {"milestone": milestone.id, "plan": milestone.item_id, "layer": milestone.layer}
    texts = {"milestone": milestone.name, **words}
    return Event(Actor.person(person_id), act, None, onboarding.id, onboarding.lane, facts=facts, texts=texts)

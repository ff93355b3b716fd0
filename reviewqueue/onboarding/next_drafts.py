"""Which drafts come next, from the approved packet to first value. An approval and a recorded milestone schedule draft
jobs in their own transaction; the worker drafts them, and each draft waits at its own gate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import vocabulary
from reviewqueue.db import leased_jobs
from reviewqueue.db.rows import insert_rows, update_row
from reviewqueue.db.tables.base import moment
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.milestones import DraftJob, Milestone
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.items import approved_plan, item_context
from reviewqueue.onboarding import customer_tasks
from reviewqueue.onboarding.customer_tasks import ReminderJob
from reviewqueue.policy import policy_versions
from reviewqueue.policy.model.policy import Lane, Policy
from reviewqueue.policy.model.templates import Template

# The events that the approval of each kind triggers; templates name them in `after`.
EVENTS_AFTER = {
    "handoff_packet": ("packet", "missing-fields"),
    "kickoff_brief": ("brief",),
    "project_plan": ("plan",),
}


def schedule_after_approval(session: Session, context: item_context.ItemContext, now: datetime) -> list[Event]:
    """What follows the approval of this item, inside a transaction the caller holds: an approved plan's milestones
    become active, and the next draft jobs are scheduled. Returns the events for the caller to append."""
    item, policy = context.item, context.policy
    lane = policy.lane(item.lane)
    if item.onboarding_id is None or lane is None:
        return []
    if item.kind == "project_plan":
        approved_plan.activate(session, item, context.revision.draft, now)
    templates = [template for event in EVENTS_AFTER.get(item.kind, ()) for template in policy.after(event, lane)]
    events = enqueue(session, lane, item.onboarding_id, templates, f"item:{item.id}", now)
    return events + (withdraw_outdated(session, item.onboarding_id, now) if item.kind == "project_plan" else [])


def schedule_after_milestone(
    session: Session, policy: Policy, lane: Lane, milestone: Milestone, now: datetime
) -> list[Event]:
    """The same for a milestone whose evidence was just recorded. First value is every customer-value milestone of the
    plan; with it the onboarding is done, and nothing follows what is reached after it."""
    value = milestone.layer == approved_plan.CUSTOMER_VALUE
    if approved_plan.first_value_reached(approved_plan.current(session, milestone.onboarding_id)):
        events = ["first-value"] if value else []
    else:
        events = ["milestone", "customer-milestone"] if value else ["milestone"]
    templates = [template for event in events for template in policy.after(event, lane)]
    return enqueue(session, lane, milestone.onboarding_id, templates, cause_of(milestone), now)


def cause_of(milestone: Milestone) -> str:
    """The cause of a milestone's draft jobs: the milestone, and the moment at which it was reached."""
    return f"milestone:{milestone.id}@{moment(milestone.reached_at) if milestone.reached_at else ''}"


def enqueue(
    session: Session, lane: Lane, onboarding_id: int, templates: Sequence[Template], cause: str, now: datetime
) -> list[Event]:
    """Schedule a draft job for each template, in one insert, inside a transaction the caller holds; returns the
    events."""
    if not templates:
        return []
    keys = [template.key for template in templates]
    row = {"onboarding_id": onboarding_id, "cause": cause, "next_at": now, "created_at": now}
    insert_rows(session, DraftJob, [{**row, "template": key} for key in keys])
    facts = {"cause": cause, "templates": keys}
    return [Event(Actor.CHAIN, EventType.DRAFTING_DUE, onboarding_id=onboarding_id, lane=lane.key, facts=facts)]


def outdated(session: Session, onboarding_id: int) -> list[DraftJob]:
    """The jobs of the open reminders and questions of which a task is done, gone or due on another day."""
    jobs = [one for one in customer_tasks.reminders_of(session, onboarding_id) if _waits(one)]
    if not jobs:
        return []
    policy, onboarding = policy_versions.current(session), session.get_one(Onboarding, onboarding_id)
    tasks = customer_tasks.all_open(session, policy, onboarding)
    return [one.job for one in jobs if len(one.about.still_open(tasks)) < len(one.about.tasks)]


def _waits(one: ReminderJob) -> bool:
    settled = one.item is not None and one.item.state not in vocabulary.OPEN
    return not settled and (one.item is not None or one.job.state in ("waiting", "drafting", "failed"))


def withdraw_outdated(session: Session, onboarding_id: int, now: datetime) -> list[Event]:
    """Withdraw the open reminders and questions of which a task is done, gone or due on another day, inside a
    transaction the caller holds; returns the events. The clock reminds of the other tasks anew."""
    says = "One of its tasks is done, or due on another day."
    return withdraw(session, outdated(session, onboarding_id), says, now)


def withdraw(session: Session, jobs: Iterable[DraftJob], says: str, now: datetime) -> list[Event]:
    """Withdraw the open items that these jobs drafted, and skip what is still to be drafted, inside a transaction the
    caller holds; `says` is why, for the job. Returns the events."""
    events = []
    for job in jobs:
        if job.state in ("waiting", "drafting", "failed"):
            leased_jobs.end_lease(session, job, "skipped", says=says, done_at=now)
        item = session.get(Item, job.item_id) if job.item_id else None
        if item is not None and item.state in vocabulary.OPEN:
            changes = {"state": "withdrawn", "settled_at": now, "lease_holder_id": None, "lease_until": None}
            update_row(session, item, **changes)
            facts = {"because": job.cause}
            events.append(Event.about(item, Actor.CHAIN, EventType.ITEM_WITHDRAW, facts=facts))
    return events

"""The chain: what is drafted after what, from the approved packet to first value. An approval and a recorded milestone
write down what is due, in their own transaction; the worker drafts it, and each draft waits at its own gate."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from reviewqueue import desk, plans
from reviewqueue.events import EventType
from reviewqueue.override_log import Event, moment
from reviewqueue.policy.shape import Lane, Policy
from reviewqueue.policy.templates import Template
from reviewqueue.records.plans import Drafting, Milestone
from reviewqueue.records.rows import put_all

ACTOR = "system:chain"
# What an approved draft of each kind sets going: the events that templates name in `after`.
EVENTS = {
    "handoff_packet": ("packet", "missing-fields"),
    "kickoff_brief": ("brief",),
    "project_plan": ("plan",),
}


def follows(session: Session, found: desk.Desk, now: datetime) -> list[Event]:
    """What follows the approval of this item, inside a transaction the caller holds: an approved plan's milestones come
    into force, and what is to be drafted next is written down. Returns the events for the caller to append."""
    item, policy = found.item, found.policy
    lane = policy.lane(item.lane)
    if item.onboarding_id is None or lane is None:
        return []
    if item.kind == "project_plan":
        plans.put_in_place(session, item, found.revision.draft, now)
    templates = [template for event in EVENTS.get(item.kind, ()) for template in policy.after(event, lane)]
    return due(session, lane, item.onboarding_id, templates, f"item:{item.id}", now)


def reached(session: Session, policy: Policy, lane: Lane, milestone: Milestone, now: datetime) -> list[Event]:
    """The same for a milestone whose evidence was just recorded. First value is every customer-value milestone of the
    plan; with it the onboarding is done, and nothing follows what is reached after it."""
    value = milestone.layer == plans.CUSTOMER_VALUE
    if plans.done(plans.current(session, milestone.onboarding_id)):
        events = ["first-value"] if value else []
    else:
        events = ["milestone", "customer-milestone"] if value else ["milestone"]
    templates = [template for event in events for template in policy.after(event, lane)]
    return due(session, lane, milestone.onboarding_id, templates, cause_of(milestone), now)


def cause_of(milestone: Milestone) -> str:
    """What a milestone's drafts are caused by: the milestone, and the moment at which it was reached."""
    return f"milestone:{milestone.id}@{moment(milestone.reached_at) if milestone.reached_at else ''}"


def due(
    session: Session, lane: Lane, onboarding_id: int, templates: Sequence[Template], cause: str, now: datetime
) -> list[Event]:
    """Write down what is to be drafted, in one insert, inside a transaction the caller holds; returns the events."""
    if not templates:
        return []
    keys = [template.key for template in templates]
    row = {"onboarding_id": onboarding_id, "cause": cause, "next_at": now, "created_at": now}
    put_all(session, Drafting, [{**row, "template": key} for key in keys])
    facts = {"cause": cause, "templates": keys}
    return [Event(ACTOR, EventType.DRAFTING_DUE, onboarding_id=onboarding_id, lane=lane.key, facts=facts)]

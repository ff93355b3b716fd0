"""The inactivity clock: it notices an onboarding in which nothing happened for too long, each silence once. What
follows is an alert to our own people, drafted and reviewed like any other draft. It moves no milestone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.db.clock_batch import act_on_each
from reviewqueue.db.database import writing
from reviewqueue.db.tables.items import Decision, Item, Revision
from reviewqueue.db.tables.milestones import DraftJob, Milestone
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.seeded_defects import tellable
from reviewqueue.items import approved_plan
from reviewqueue.onboarding import customer_tasks, next_drafts
from reviewqueue.policy import business_hours, policy_versions
from reviewqueue.policy.model.policy import Lane
from reviewqueue.policy.model.templates import Template

ALERT_KIND = "internal_alert"  # what we write to ourselves is no activity
_BATCH_SIZE = 500
_OPEN_MILESTONE = Milestone.replaced_at.is_(None) & Milestone.reached_at.is_(None)


def check_inactivity(session: Session, now: datetime) -> int:
    """Schedule the alerts that are due, one for each silence; returns how many. Several workers at once are safe."""
    if session.scalar(select(Milestone.id).where(_OPEN_MILESTONE).limit(1)) is None:
        return 0
    policy, noticed = policy_versions.current(session), 0
    for lane in policy.lanes:
        hours = policy.calendar(lane.key)
        zone = ZoneInfo(hours.timezone)
        today = now.astimezone(zone).date()
        for template in policy.after("silence", lane):
            due: dict[int, date] = {}
            for onboarding_id, last_active_at in _inactive(session, lane, now - timedelta(days=template.silent_days)):
                day = last_active_at.astimezone(zone).date()
                if business_hours.business_day(day + timedelta(days=1), template.silent_days - 1, hours) <= today:
                    due[onboarding_id] = day
            noticed += act_on_each(due, partial(_schedule_alert, session, lane, template, due, now), "onboarding")
    if session.in_transaction():
        session.commit()
    return noticed


def _schedule_alert(
    session: Session, lane: Lane, template: Template, last_days: Mapping[int, date], now: datetime, onboarding_id: int
) -> int:
    cause = f"silence:{last_days[onboarding_id].isoformat()}"
    known = select(DraftJob.id).where(
        DraftJob.onboarding_id == onboarding_id, DraftJob.template == template.key, DraftJob.cause == cause
    )
    if session.scalar(known) is not None:
        return 0
    with writing(session):
        if session.scalar(known) is not None or approved_plan.first_value_reached(
            approved_plan.current(session, onboarding_id)
        ):
            return 0
        override_log.append(session, now, *next_drafts.enqueue(session, lane, onboarding_id, [template], cause, now))
    return 1


def _inactive(session: Session, lane: Lane, since: datetime) -> Iterator[tuple[int, datetime]]:
    """The lane's onboardings with open milestones and no activity after `since`, each with its last activity."""
    open_ones = select(Milestone.onboarding_id).join(Onboarding, Onboarding.id == Milestone.onboarding_id)
    running = Onboarding.lane == lane.key, Onboarding.ended_at.is_(None)
    ids = session.scalars(open_ones.where(*running, _OPEN_MILESTONE).distinct()).all()
    for start in range(0, len(ids), _BATCH_SIZE):
        activity = last_activity(session, ids[start : start + _BATCH_SIZE])
        yield from sorted((onboarding_id, at) for onboarding_id, at in activity.items() if at <= since)


def last_activity(session: Session, ids: Sequence[int]) -> dict[int, datetime]:
    """The last activity in each of these onboardings. That the clock drafts a reminder is none, that a person decides
    on it is."""
    milestone = Milestone.onboarding_id
    of_items = select(Item.onboarding_id).where(Item.onboarding_id.in_(ids), Item.kind != ALERT_KIND, tellable())
    clocks = select(DraftJob.item_id).where(DraftJob.cause.startswith(customer_tasks.CAUSE))
    written = of_items.where(Item.id.not_in(clocks.where(DraftJob.item_id.is_not(None))))
    queries = [
        select(milestone, func.max(Milestone.planned_at), func.max(Milestone.reached_at)).where(milestone.in_(ids)),
        written.add_columns(func.max(Item.opened_at), func.max(Item.settled_at)),
        written.add_columns(func.max(Revision.made_at)).join(Revision, Revision.item_id == Item.id),
        of_items.add_columns(func.max(Decision.at)).join(Decision, Decision.item_id == Item.id),
    ]
    latest: dict[int, datetime] = {}
    for query in queries:
        for onboarding_id, *moments in session.execute(query.group_by(query.selected_columns[0])):
            latest[onboarding_id] = max([*filter(None, (*moments, latest.get(onboarding_id)))])
    return latest

"""The clock's questions about open points, and its reminders of the customer's tasks: some working days before a task
is due, on the day, and when it is overdue, as the templates' `remind_days` say. Each is a draft at its own gate, once
for each cause; tasks of one day come in one message. A reminder whose task is done, moved or reminded of anew is
withdrawn, and so is a question that is answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, partial
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.checks.message_rules import suppressed
from reviewqueue.core import vocabulary
from reviewqueue.db.clock_batch import act_on_each
from reviewqueue.db.database import writing
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.milestones import DraftJob, Milestone
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.items import check_context, deal_changes, revise
from reviewqueue.onboarding import approved_drafts, customer_points, customer_tasks, next_drafts
from reviewqueue.onboarding.customer_points import OpenPoint
from reviewqueue.onboarding.customer_tasks import Reminder, ReminderJob, Task
from reviewqueue.policy import business_hours, lane_stages, policy_versions
from reviewqueue.policy.model.policy import Lane, Policy
from reviewqueue.policy.model.templates import Template


@dataclass(frozen=True)
class DueReminder:
    """A reminder to be drafted now, and the jobs of the older ones whose place it takes."""

    template: Template
    reminder: Reminder
    older: tuple[DraftJob, ...]


_REACH = timedelta(days=70)  # further from today no template reminds: `remind_days` are 30 working days at most


def check_tasks(session: Session, now: datetime) -> int:
    """Schedule the reminders that are due; returns how many. Several workers at once are safe."""
    policy, scheduled = policy_versions.current(session), 0
    for lane in policy.lanes:
        templates = reminding(policy, lane)
        calendar = policy.calendar(lane.key)
        today = business_hours.local_day(now, calendar)
        if not (templates or customer_points.asking(policy, lane)) or lane_stages.why_no_intake(policy, lane):
            continue
        if business_hours.is_working_day(today, calendar):
            found, do = _with_tasks_near(session, lane, today), partial(_schedule, session, policy, lane, now=now)
            scheduled += act_on_each(found, do, "onboarding")
    if session.in_transaction():
        session.commit()
    return scheduled


def reminding(policy: Policy, lane: Lane) -> list[Template]:
    """The lane's templates that the clock drafts for tasks."""
    return [one for one in (*policy.after("", lane), *policy.after("task", lane)) if one.remind_days]


def _with_tasks_near(session: Session, lane: Lane, today: date) -> Sequence[int]:
    """The lane's running onboardings that have an open milestone due about now, or ever had an open point."""
    planned = (
        select(Milestone.onboarding_id)
        .where(Milestone.replaced_at.is_(None), Milestone.reached_at.is_(None))
        .where(Milestone.due_on >= today - _REACH, Milestone.due_on <= today + _REACH)
    )
    near = Onboarding.id.in_(planned) | Onboarding.id.in_(customer_points.ever_asked(session))
    query = select(Onboarding.id).where(Onboarding.lane == lane.key, Onboarding.ended_at.is_(None), near)
    return session.scalars(query.order_by(Onboarding.id)).all()


def _schedule(session: Session, policy: Policy, lane: Lane, onboarding_id: int, now: datetime) -> int:
    """Schedule what is due in one onboarding; looked at before the lock, and again under it; the
    packet is read once, before."""
    names = cache(lambda: names_of(session, policy, session.get_one(Onboarding, onboarding_id)))
    if not _due(session, policy, lane, onboarding_id, names, now) and not next_drafts.outdated(session, onboarding_id):
        return 0
    with writing(session):
        events = next_drafts.withdraw_outdated(session, onboarding_id, now)
        due = _due(session, policy, lane, onboarding_id, names, now)
        for one in due:
            says = "A newer reminder of its task takes its place."
            events += next_drafts.withdraw(session, one.older, says, now)
            events += next_drafts.enqueue(session, lane, onboarding_id, [one.template], one.reminder.cause, now)
        if events:
            override_log.append(session, now, *events)
    return len(due)


def _due(
    session: Session,
    policy: Policy,
    lane: Lane,
    onboarding_id: int,
    names: Callable[[], tuple[frozenset[str], frozenset[str]]],
    now: datetime,
) -> list[DueReminder]:
    """The reminders to be drafted now in one onboarding; `names` has those of the customer's people, and of ours."""
    jobs = customer_tasks.reminders_of(session, onboarding_id)
    fresh = _fresh(session, policy, lane, onboarding_id, jobs, now)
    onboarding = session.get_one(Onboarding, onboarding_id) if fresh else None
    if onboarding is None or _is_held(session, onboarding):
        return []
    found = []
    for (template, due_on, days), group in groupby(fresh, key=lambda one: (one[0], one[2].due_on, one[1])):
        tasks = dict.fromkeys(
            customer_tasks.fingerprint(task) for _, _, task in group if customer_tasks.is_theirs(task, *names())
        )
        if not tasks or due_on is None:
            continue
        reminder = Reminder(due_on, days, tuple(tasks)[: customer_tasks.MAX_TASKS])
        older = [one for one in jobs if set(one.about.tasks) & set(reminder.tasks)]
        known = any((one.job.template, one.job.cause) == (template.key, reminder.cause) for one in jobs)
        in_hand = any(_in_hand(one.item, now) for one in older)
        if not known and not in_hand and not _is_suppressed(session, policy, lane, template, onboarding):
            found.append(DueReminder(template, reminder, tuple(one.job for one in older)))
    return found


def _fresh(
    session: Session, policy: Policy, lane: Lane, onboarding_id: int, jobs: Sequence[ReminderJob], now: datetime
) -> list[tuple[Template, int, Task]]:
    """(template, its day, task) for each open point that the customer was not asked yet, and each task of which today
    is one of a template's days, and which it has not reminded of yet; those of one template, date and day together. An
    open point is reminded of once the question was approved."""
    calendar, templates = policy.calendar(lane.key), reminding(policy, lane)
    today, asking = business_hours.local_day(now, calendar), customer_points.asking(policy, lane)
    tasks = customer_tasks.all_open(session, policy, session.get_one(Onboarding, onboarding_id))
    points = [one for one in tasks if isinstance(one, OpenPoint)]
    asked = [one for one in points if asking and any(job.asked(one, asking) for job in jobs)]
    fresh: list[tuple[Template, int, Task]] = [(asking, 0, one) for one in points] if asking else []
    fresh += [
        (template, days, task)
        for template in templates
        for task in tasks
        if customer_tasks.is_for(template, templates, task)
        and (days := customer_tasks.day_of(template, task, today, calendar)) is not None
        and (task in asked or not isinstance(task, OpenPoint))
    ]
    return [one for one in fresh if not any(job.reminds(*one) for job in jobs)]


def _is_held(session: Session, onboarding: Onboarding) -> bool:
    """Whether nobody is reminded of anything now: the onboarding ended, its deal changed, an exception blocks it, or
    one of its items or exceptions is paused."""
    mine = ExceptionCase.onboarding_id == onboarding.id, ExceptionCase.resolved_at.is_(None)
    stands = select(ExceptionCase.id).where(*mine, ExceptionCase.blocking | ExceptionCase.paused_at.is_not(None))
    paused = select(Item.id).where(Item.onboarding_id == onboarding.id, Item.state.in_(vocabulary.OPEN))
    return (
        onboarding.ended_at is not None
        or bool(deal_changes.changed(session, [onboarding.id]))
        or session.scalar(stands.limit(1)) is not None
        or session.scalar(paused.where(Item.paused_at.is_not(None)).limit(1)) is not None
    )


def _is_suppressed(session: Session, policy: Policy, lane: Lane, template: Template, onboarding: Onboarding) -> bool:
    state = check_context.onboarding_state(session, lane, template.kind, onboarding.id, template.key)
    return bool(suppressed(policy, lane, template.kind, state))


def _in_hand(item: Item | None, now: datetime) -> bool:
    """Whether somebody has an open reminder in hand, or has worked on it: it is not taken from them."""
    if item is None or item.state not in vocabulary.OPEN:
        return False
    leased = item.lease_until is not None and item.lease_until > now
    return leased or item.state != "pending" or item.revision_number > 1


def names_of(session: Session, policy: Policy, onboarding: Onboarding) -> tuple[frozenset[str], frozenset[str]]:
    """The names of the customer's people, and of ours."""
    return _customers_names(session, policy, onboarding), customer_tasks.our_names(session)


def _customers_names(session: Session, policy: Policy, onboarding: Onboarding) -> frozenset[str]:
    found = approved_drafts.newest(session, onboarding.id, vocabulary.PACKET)
    if found is None:
        return frozenset()
    return customer_tasks.customers_names(
        policy, revise.load_draft(session, found[1], found[0].kind), onboarding.customer
    )

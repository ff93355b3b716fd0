"""The customer's tasks: the open milestones of a plan in which people of the customer have a part, the open points that
only they can answer, and the days on which a template reminds of them. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.connectors.citation_collector import Fact
from reviewqueue.connectors.contacts import OUR_DEPARTMENT, names_any
from reviewqueue.connectors.schema import text
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.core.patterns import as_pattern
from reviewqueue.core.vocabulary import APPROVED
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.milestones import DraftJob, Milestone
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.people import Person
from reviewqueue.evidence.types import DraftWithEvidence
from reviewqueue.items import approved_plan
from reviewqueue.onboarding import customer_points
from reviewqueue.onboarding.customer_points import OpenPoint
from reviewqueue.onboarding.drafting import recipients
from reviewqueue.policy import business_hours
from reviewqueue.policy.model.calendar import Calendar
from reviewqueue.policy.model.policy import Policy
from reviewqueue.policy.model.templates import Template

CAUSE = "task:"
MAX_TASKS = 20  # in one message
CATCH_UP = 2  # working days after which a reminder that was held back, or missed, comes no more
_PEOPLE_FIELDS = ("economic_buyer", "customer_owner", "key_stakeholders")
_CUSTOMER = as_pattern(rf"\bcustomers?\b(?!{OUR_DEPARTMENT})")
_WORD = as_pattern(r"\w+")
_ONE_DAY = timedelta(days=1)
Task = Milestone | OpenPoint


@dataclass(frozen=True)
class Reminder:
    """What a reminder is about: tasks that are due on one day, by their fingerprints, and for which of the template's
    days it is."""

    due_on: date
    days: int
    tasks: tuple[str, ...]

    @property
    def cause(self) -> str:
        """Its draft job's cause. A task that is called otherwise, or due on another day, is another cause."""
        return f"{CAUSE}{self.due_on.isoformat()}:{self.days}:{','.join(self.tasks)}"

    def still_open(self, tasks: Iterable[Task]) -> list[Task]:
        """Those of its tasks that the plan still has, open and due on that day."""
        return [
            one
            for one in tasks
            if one.reached_at is None and one.due_on == self.due_on and fingerprint(one) in self.tasks
        ]


@dataclass(frozen=True)
class ReminderJob:
    """A draft job of a reminder, its item where it has one, and what it is about."""

    job: DraftJob
    item: Item | None
    about: Reminder

    def reminds(self, template: Template, days: int, task: Task) -> bool:
        """Whether it is this template's reminder of that task, for its date and that day. One that was skipped or
        withdrawn is none."""
        ended = self.job.state == "skipped" or (self.item is not None and self.item.state == "withdrawn")
        same = (self.job.template, self.about.due_on, self.about.days) == (template.key, task.due_on, days)
        return same and not ended and fingerprint(task) in self.about.tasks

    def asked(self, point: OpenPoint, template: Template) -> bool:
        """Whether it is the question to the customer about an open point, from that template, and was approved."""
        mine = self.job.template == template.key and fingerprint(point) in self.about.tasks
        return mine and self.item is not None and self.item.state in APPROVED


def reminders_of(session: Session, onboarding_id: int) -> list[ReminderJob]:
    """Every reminder of an onboarding so far, oldest first."""
    query = select(DraftJob, Item).outerjoin(Item, Item.id == DraftJob.item_id)
    mine = DraftJob.onboarding_id == onboarding_id, DraftJob.cause.startswith(CAUSE)
    rows = session.execute(query.where(*mine).order_by(DraftJob.id)).all()
    return [ReminderJob(job, item, about) for job, item in rows if (about := read_cause(job.cause))]


def read_cause(cause: str) -> Reminder | None:
    """The reminder that a draft job's cause names; None for another cause."""
    if not cause.startswith(CAUSE):
        return None
    day, days, tasks = cause.removeprefix(CAUSE).split(":")
    return Reminder(date.fromisoformat(day), int(days), tuple(tasks.split(",")))


def fingerprint(task: Task) -> str:
    """What a task is told apart by, in a plan approved later too: its name."""
    return sha256(" ".join(task.name.casefold().split()).encode()).hexdigest()[:8]


def customers_names(policy: Policy, packet: DraftWithEvidence, customer: str) -> frozenset[str]:
    """The names by which a plan calls somebody on the customer's side, in small letters: the people that the packet
    names, and the customer's own name."""
    names = {customer.casefold()}
    for field in policy.packet.fields:
        if field.key in _PEOPLE_FIELDS:
            says = text(resolve_pointer(packet.draft, field.at))
            names |= {one.name.says.casefold() for one in recipients.people_named(Fact(says))}
            names |= {says.partition(",")[0].strip().casefold()} if field.key == "customer_owner" else set()
    return frozenset(names - {""})


def our_names(session: Session) -> frozenset[str]:
    """The names of everybody who works here, also of those who did."""
    return frozenset(session.scalars(select(Person.name)).all())


def is_theirs(task: Task, names: Iterable[str], ours: Iterable[str] = ()) -> bool:
    """Whether somebody of the customer has a part in a task: an open point is theirs, and a milestone whose owner has
    one of these `names`, or is the customer and nobody of ours."""
    if isinstance(task, OpenPoint):
        return True
    owner = " ".join(task.owner.casefold().split())
    return names_any(owner, names) or (bool(_CUSTOMER.search(owner)) and not names_any(owner, ours))


def is_for(template: Template, others: Sequence[Template], task: Task) -> bool:
    """Whether a template reminds of this task: by its name's words, or where no other template's words are in it. The
    words of a question say nothing of documents."""
    if isinstance(task, OpenPoint):
        return not template.task_words
    if template.task_words:
        return _has_word(template, task)
    return not any(other.task_words and _has_word(other, task) for other in others)


def day_of(template: Template, task: Task, today: date, calendar: Calendar) -> int | None:
    """Which of the template's days it is today for a task; None for none. A day counts until the next one, at most
    CATCH_UP working days long, and never one on which the plan was not approved yet."""
    if task.due_on is None:
        return None
    planned_on = business_hours.local_day(task.planned_at, calendar)
    found = None
    for days in sorted(template.remind_days):
        day = _remind_on(task.due_on, days, calendar)
        last = _last_day(task.due_on, days, day, calendar) if day else None
        if day and last and planned_on < day <= today <= last:
            found = days
    return found


def all_open(session: Session, policy: Policy, onboarding: Onboarding) -> list[Task]:
    """Everything of an onboarding that can be asked for or reminded of: its plan's open milestones with a date, and the
    open points that we ask the customer about; none once first value is reached."""
    milestones = approved_plan.current(session, onboarding.id)
    if approved_plan.first_value_reached(milestones):
        return []
    points = customer_points.open_points(session, policy, onboarding)
    return [*open_tasks(milestones), *(one for one in points if one.due_on is not None and not one.undrafted)]


def open_tasks(milestones: Sequence[Milestone]) -> list[Milestone]:
    """The milestones that can be reminded of: open, with a date; none once first value is reached."""
    if approved_plan.first_value_reached(milestones):
        return []
    return [one for one in milestones if one.reached_at is None and one.due_on is not None]


def _has_word(template: Template, task: Milestone) -> bool:
    said = set(_WORD.findall(task.name.casefold()))
    return any({word.casefold(), f"{word.casefold()}s"} & said for word in template.task_words)


def _remind_on(due_on: date, days: int, calendar: Calendar) -> date | None:
    """The working day that is so many before or after a date. On the date itself only where that is a working day."""
    if days == 0:
        return due_on if business_hours.is_working_day(due_on, calendar) else None
    if days > 0:
        return business_hours.business_day(due_on + _ONE_DAY, days - 1, calendar)
    day, left = due_on, -days
    while left:
        day -= _ONE_DAY
        left -= business_hours.is_working_day(day, calendar)
    return day


def _last_day(due_on: date, days: int, day: date, calendar: Calendar) -> date:
    """The last day on which it still makes sense: before the date for one that comes before, on it for one that is
    for the day itself."""
    late = business_hours.business_day(day, CATCH_UP, calendar)
    if days > 0:
        return late
    return min(late, due_on - _ONE_DAY if days < 0 else due_on)

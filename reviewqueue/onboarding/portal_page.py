"""What a customer reads at their portal: the approved plan, their own tasks in it with what they said, and what was
sent to them. Reads only. Nothing stands here that no person approved, and nothing that was written for us."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from reviewqueue.core.vocabulary import TO_CUSTOMERS
from reviewqueue.db.tables.items import Item, Revision
from reviewqueue.db.tables.milestones import LAYERS, Milestone
from reviewqueue.db.tables.onboardings import Onboarding, SourceRecord
from reviewqueue.db.tables.people import Person
from reviewqueue.db.tables.releases import Release
from reviewqueue.items import approved_plan
from reviewqueue.onboarding import customer_tasks, reminders
from reviewqueue.policy import business_hours, policy_versions

SYSTEM, OBJECT = "customer", "portal_reply"
MOST_SENT = 50  # the last ones


@dataclass(frozen=True)
class Said:
    """What somebody at the portal said last to a task."""

    done: bool
    words: str
    said_by: str
    at: datetime


@dataclass(frozen=True)
class Sent:
    """One message that went out to the customer."""

    subject: str
    at: datetime


@dataclass(frozen=True)
class PortalPage:
    """One customer's page: whose it is and who made it, the plan's milestones soonest first, which of them are the
    customer's own open tasks, what was said to them (by `customer_tasks.fingerprint`), what was sent, newest first, and
    whom to ask (None where the account has no owner)."""

    customer: str
    organisation: str
    milestones: Sequence[Milestone]
    tasks: Sequence[Milestone]
    said: dict[str, Said]
    sent: Sequence[Sent]
    contact: Person | None
    today: date

    def said_to(self, milestone: Milestone) -> Said | None:
        """What was said last to a milestone."""
        return self.said.get(customer_tasks.fingerprint(milestone))


def load(session: Session, onboarding: Onboarding, now: datetime) -> PortalPage:
    """The page of an onboarding, for whoever may read it."""
    policy = policy_versions.current(session)
    owner = session.get(Person, onboarding.owner_id) if onboarding.owner_id else None
    return PortalPage(
        onboarding.customer,
        policy.organisation.name,
        _shown(session, onboarding),
        tasks(session, onboarding),
        replies(session, onboarding.id),
        _sent(session, onboarding.id),
        owner if owner is not None and owner.disabled_at is None else None,
        business_hours.local_day(now, policy.calendar(onboarding.lane)),
    )


def shows_anything(session: Session, onboarding: Onboarding) -> bool:
    """Whether there is a milestone or a message to show."""
    return bool(_shown(session, onboarding) or _sent(session, onboarding.id))


def tasks(session: Session, onboarding: Onboarding) -> list[Milestone]:
    """The open milestones on the page in which somebody of the customer has a part."""
    names, ours = reminders.names_of(session, policy_versions.current(session), onboarding)
    listed = _shown(session, onboarding)
    return [one for one in listed if one.reached_at is None and customer_tasks.is_theirs(one, names, ours)]


def replies(session: Session, onboarding_id: int) -> dict[str, Said]:
    """What was said last to each task, by its fingerprint."""
    query = select(SourceRecord.external_id, SourceRecord.payload, SourceRecord.received_at)
    rows = session.execute(query.where(*records_of(onboarding_id)).order_by(SourceRecord.id))
    return {
        row.external_id.partition("/")[2]: Said(
            row.payload["done"], row.payload["words"], row.payload["said_by"], row.received_at
        )
        for row in rows
    }


def record_id(onboarding: Onboarding, task: Milestone) -> str:
    """The id of the record of what is said to a task. A task that is called otherwise is another one."""
    return f"{onboarding.id}/{customer_tasks.fingerprint(task)}"


def records_of(onboarding_id: int) -> tuple[ColumnElement[bool], ...]:
    """What selects the records of what was said at an onboarding's portal."""
    mine = SourceRecord.external_id.startswith(f"{onboarding_id}/")
    return SourceRecord.system == SYSTEM, SourceRecord.object == OBJECT, mine


def _shown(session: Session, onboarding: Onboarding) -> list[Milestone]:
    """The milestones of the plan that holds, without those of our own set-up."""
    return [one for one in approved_plan.current(session, onboarding.id) if one.layer != LAYERS[0]]


def _sent(session: Session, onboarding_id: int) -> list[Sent]:
    query = (
        select(Release.sent_at, Release.done_at, Revision.draft)
        .join(Item, Item.id == Release.item_id)
        .join(Revision, Revision.id == Release.revision_id)
        .where(Item.onboarding_id == onboarding_id, Item.kind.in_(TO_CUSTOMERS), Release.state == "released")
        .order_by(Release.id.desc())
    )
    rows = session.execute(query.limit(MOST_SENT))
    return [Sent(subject, row.sent_at or row.done_at) for row in rows if (subject := _subject(row.draft))]


def _subject(draft: Any) -> str:
    subject = draft.get("subject") if isinstance(draft, dict) else None
    return subject if isinstance(subject, str) else ""

"""A person's notifications as their page shows them, without words of what they may not see any more. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.core.notification_kinds import KINDS
from reviewqueue.core.vocabulary import SETTLED
from reviewqueue.db import paging
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.notifications import Notification
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.exceptions import case_queries
from reviewqueue.items import sales_questions
from reviewqueue.people import notification_queries, visibility
from reviewqueue.policy import evaluation, policy_versions

OF_DECISIONS = ("decided", "answered", "sent_back")  # they say themselves what came of it


@dataclass(frozen=True)
class Line:
    """One notification as its page shows it: what it says, the name of what it is about, its customer and title ("" for
    what the person may not see any more), the `state` in which it ended since ("" while it is open), and the path it
    leads to."""

    id: int
    says: str
    name: str
    customer: str
    title: str
    state: str
    path: str
    at: datetime
    due_at: datetime | None
    read: bool


def listed(
    session: Session, actor: evaluation.Actor, place: paging.PagePosition, *, new: bool
) -> tuple[paging.Page[Any], list[Line]]:
    """(a page of a person's notifications, newest first; its lines). `new`: only what is not read."""
    query = (
        select(Notification, Item, ExceptionCase, Onboarding)
        .outerjoin(Item, Item.id == Notification.item_id)
        .outerjoin(ExceptionCase, ExceptionCase.id == Notification.exception_id)
        .outerjoin(Onboarding, Onboarding.id == Notification.onboarding_id)
        .where(Notification.person_id == actor.person_id)
    )
    found = paging.newest_first(
        session, query.where(Notification.read_at.is_(None)) if new else query, Notification.id, place
    )
    known = sales_questions.may_read(session, [one for one, *_ in found.rows], actor)
    policy = policy_versions.current(session)
    lines = []
    for one, item, case, run in found.rows:
        customer = title = state = ""
        if item is not None and item.id in known:
            customer, title = item.customer, item.title
            state = item.state if item.state in SETTLED and one.kind not in OF_DECISIONS else ""
        elif case is not None and case_queries.sees(policy, case, actor):
            customer, title = case.customer, case.summary
            state = "resolved" if case.resolved_at else ""
        elif run is not None and visibility.sees_onboarding(policy, run, actor):
            customer = run.customer
        told = (
            one.id,
            KINDS[one.kind].says,
            notification_queries.name(one),
            customer,
            title,
            state,
            notification_queries.path(one),
        )
        lines.append(Line(*told, one.at, one.due_at, one.read_at is not None))
    return found, lines

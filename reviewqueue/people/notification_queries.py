"""Notifications as their page, the e-mails and the admins read them. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reviewqueue.core.notification_kinds import KINDS
from reviewqueue.db import paging
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.notifications import Notification, NotificationMail
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.people import visibility
from reviewqueue.policy import evaluation, policy_versions

NOT_DELIVERED = ("failed", "unknown")


@dataclass(frozen=True)
class Line:
    """One notification as its page shows it: what it says, the name of what it is about, its customer and title ("" for
    what the person may not see any more), and the path it leads to."""

    id: int
    says: str
    name: str
    customer: str
    title: str
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
    seen = visibility.visible_items(session, [one.item_id for one, *_ in found.rows], actor)
    policy = policy_versions.current(session)
    lines = []
    for one, item, case, run in found.rows:
        customer = title = ""
        if item is not None and (item.id in seen or one.kind == "asked"):
            customer, title = item.customer, item.title
        elif case is not None and case.owner_id == actor.person_id:
            customer, title = case.customer, case.summary
        elif run is not None and visibility.sees_onboarding(policy, run, actor):
            customer = run.customer
        told = one.id, KINDS[one.kind].says, name(one), customer, title, path(one)
        lines.append(Line(*told, one.at, one.due_at, one.read_at is not None))
    return found, lines


def name(one: Notification) -> str:
    """What a notification is about, without any customer's words: "item 17"."""
    if one.item_id is not None:
        return f"item {one.item_id}"
    if one.exception_id is not None:
        return f"exception {one.exception_id}"
    return f"onboarding {one.onboarding_id}" if one.onboarding_id is not None else f"sample {one.sample_id}"


def path(one: Notification) -> str:
    """The path of the page that a notification leads to."""
    if one.item_id is not None:
        return f"/questions/{one.item_id}" if one.kind == "asked" else f"/items/{one.item_id}"
    if one.exception_id is not None:
        return f"/exceptions/{one.exception_id}"
    return f"/onboardings/{one.onboarding_id}" if one.onboarding_id is not None else "/qa"


def of_person(session: Session, person_id: int, notification_id: int) -> Notification | None:
    """One notification of a person's own."""
    one = session.get(Notification, notification_id)
    return one if one is not None and one.person_id == person_id else None


def unread(session: Session, person_id: int) -> int:
    """How many notifications a person has not read."""
    mine = Notification.person_id == person_id, Notification.read_at.is_(None)
    return session.scalar(select(func.count()).select_from(Notification).where(*mine)) or 0


def undelivered(session: Session) -> Sequence[NotificationMail]:
    """The last e-mail to each person, where it did not arrive, or nobody knows whether it did; newest first."""
    last = (
        select(func.max(NotificationMail.id))
        .where(NotificationMail.state.in_(("sent", *NOT_DELIVERED)))
        .group_by(NotificationMail.person_id)
    )
    mails = select(NotificationMail).where(NotificationMail.id.in_(last), NotificationMail.state.in_(NOT_DELIVERED))
    return session.scalars(mails.order_by(NotificationMail.id.desc())).all()

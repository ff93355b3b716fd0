"""Telling people that what waits for them is due soon, once for each due time: an item, whoever it is assigned to or
taken by, else the owner of its account where its gate is theirs; an exception, its owner."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor
from reviewqueue.core.vocabulary import UNDECIDED
from reviewqueue.db.database import writing
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.people import notifications
from reviewqueue.people.notifications import About
from reviewqueue.policy import policy_versions

SOON = timedelta(hours=2)
BATCH_SIZE = 50


def tell(session: Session, now: datetime) -> None:
    """Tell of what is due within SOON and was not told of yet."""
    items = (
        select(Item)
        .where(Item.settled_at.is_(None), Item.paused_at.is_(None), Item.state.in_(UNDECIDED))
        .where(Item.due_at > now, Item.due_at <= now + SOON)
        .where(or_(Item.told_due_at.is_(None), Item.told_due_at < Item.due_at))
        .order_by(Item.due_at, Item.id)
        .limit(BATCH_SIZE)
    )
    cases = (
        select(ExceptionCase)
        .where(ExceptionCase.resolved_at.is_(None), ExceptionCase.pause == "", ExceptionCase.owner_id.is_not(None))
        .where(and_(ExceptionCase.due_at > now, ExceptionCase.due_at <= now + SOON))
        .where(or_(ExceptionCase.told_due_at.is_(None), ExceptionCase.told_due_at < ExceptionCase.due_at))
        .order_by(ExceptionCase.due_at, ExceptionCase.id)
        .limit(BATCH_SIZE)
    )
    if not session.scalars(items).first() and not session.scalars(cases).first():
        return
    with writing(session):
        for item in session.scalars(items).all():
            update_row(session, item, told_due_at=item.due_at)
            about = About(item.id, due_at=item.due_at)
            notifications.tell(session, "due_soon", [_waits_for(session, item, now)], about, Actor.SLA, now)
        for case in session.scalars(cases).all():
            update_row(session, case, told_due_at=case.due_at)
            about = About(exception_id=case.id, due_at=case.due_at)
            notifications.tell(session, "due_soon", [case.owner_id], about, Actor.SLA, now)


def _waits_for(session: Session, item: Item, now: datetime) -> int | None:
    if item.lease_holder_id is not None and item.lease_until is not None and item.lease_until > now:
        return item.lease_holder_id
    if item.assignee_id is not None:
        return item.assignee_id
    gate = policy_versions.version(session, item.policy_digest).gate(item.lane, item.gate)
    if gate is None or not gate.account_owner or item.state != "pending":
        return None
    return session.scalar(select(Onboarding.owner_id).where(Onboarding.id == item.onboarding_id))

"""Telling people that what waits for them is due soon, once for each due time: an item, whoever it is assigned to or
taken by, else the owner of its account where its gate is theirs; an exception, its owner."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor
from reviewqueue.core.vocabulary import UNDECIDED
from reviewqueue.db.clock_batch import act_on_each
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
    """Tell of what is due within SOON and was not told of yet, each in a transaction of its own. What fails is logged
    to standard error and does not hold up the others."""
    items = (
        select(Item.id)
        .where(Item.settled_at.is_(None), Item.paused_at.is_(None), Item.state.in_(UNDECIDED), _untold(Item, now))
        .order_by(Item.due_at, Item.id)
        .limit(BATCH_SIZE)
    )
    cases = (
        select(ExceptionCase.id)
        .where(ExceptionCase.resolved_at.is_(None), ExceptionCase.pause == "", ExceptionCase.owner_id.is_not(None))
        .where(_untold(ExceptionCase, now))
        .order_by(ExceptionCase.due_at, ExceptionCase.id)
        .limit(BATCH_SIZE)
    )
    act_on_each(session.scalars(items).all(), lambda one: _tell_of_item(session, one, now), "item")
    act_on_each(session.scalars(cases).all(), lambda one: _tell_of_case(session, one, now), "exception")
    if session.in_transaction():
        session.commit()


def _untold(table: type[Item | ExceptionCase], now: datetime) -> ColumnElement[bool]:
    soon = and_(table.due_at > now, table.due_at <= now + SOON)
    return and_(soon, or_(table.told_due_at.is_(None), table.told_due_at < table.due_at))


def _is_untold(found: Item | ExceptionCase, now: datetime) -> bool:
    """Whether it still is to be told of, read again under the lock."""
    return now < found.due_at <= now + SOON and (found.told_due_at is None or found.told_due_at < found.due_at)


def _tell_of_item(session: Session, item_id: int, now: datetime) -> bool:
    with writing(session):
        item = session.get_one(Item, item_id)
        if item.state not in UNDECIDED or item.paused_at is not None or not _is_untold(item, now):
            return False
        to = _waits_for(session, item, now)
        update_row(session, item, told_due_at=item.due_at)
        notifications.tell(session, "due_soon", [to], About(item.id, due_at=item.due_at), Actor.SLA, now)
        return True


def _tell_of_case(session: Session, case_id: int, now: datetime) -> bool:
    with writing(session):
        case = session.get_one(ExceptionCase, case_id)
        if case.resolved_at is not None or case.pause or not _is_untold(case, now):
            return False
        update_row(session, case, told_due_at=case.due_at)
        about = About(exception_id=case.id, due_at=case.due_at)
        notifications.tell(session, "due_soon", [case.owner_id], about, Actor.SLA, now)
        return True


def _waits_for(session: Session, item: Item, now: datetime) -> int | None:
    if item.lease_holder_id is not None and item.lease_until is not None and item.lease_until > now:
        return item.lease_holder_id
    if item.assignee_id is not None:
        return item.assignee_id
    gate = policy_versions.version(session, item.policy_digest).gate(item.lane, item.gate)
    if gate is None or not gate.account_owner or item.state != "pending":
        return None
    return session.scalar(select(Onboarding.owner_id).where(Onboarding.id == item.onboarding_id))

"""The SLA clock: an overdue item is escalated to the next named person, and an item past its gate's expiry expires.

It never approves. Each act is one transaction that reads again under the lock, so any number of workers may run the
clock at once, and one that dies leaves all of an act or nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, literal, select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import canonical_json, vocabulary
from reviewqueue.db.clock_batch import act_on_each
from reviewqueue.db.database import writing
from reviewqueue.db.rows import update_row
from reviewqueue.db.statements import Prepared
from reviewqueue.db.tables import base
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.log import LogEntry
from reviewqueue.items import callback_outbox, item_context
from reviewqueue.people import next_in_line, notifications
from reviewqueue.people.notifications import About
from reviewqueue.policy import business_hours

_RUNNING = select(Item.id).where(Item.settled_at.is_(None), Item.paused_at.is_(None))
_OVERDUE = _RUNNING.where(Item.due_at <= bindparam("now")).order_by(Item.due_at, Item.id).limit(bindparam("at_most"))
# Overdue for the first time, or again with the person it went to: a due time on which the clock has not acted.
_FIRST_OVERDUE = _OVERDUE.where(Item.overdue_at.is_(None), Item.state.in_(vocabulary.UNDECIDED))
_OVERDUE_AGAIN = _OVERDUE.where(Item.overdue_at < Item.due_at, Item.state == "escalated")
_EXPIRED = (
    _RUNNING.where(Item.expires_at <= bindparam("now"), Item.state.in_(vocabulary.OPEN))
    .order_by(Item.expires_at, Item.id)
    .limit(bindparam("at_most"))
)
_UNMARKED = Item.overdue_at.is_(None) | (Item.overdue_at < Item.due_at)
_SOONEST = Prepared(
    select(func.min(Item.due_at)).where(
        Item.settled_at.is_(None),
        Item.paused_at.is_(None),
        Item.state.in_([literal(state) for state in vocabulary.UNDECIDED]),
        _UNMARKED,
    )
)
_HISTORY = select(LogEntry.body).where(
    LogEntry.item_id == bindparam("item"),
    LogEntry.act == EventType.ITEM_OVERDUE.value,
    LogEntry.actor == Actor.SLA,
)


def tick(session: Session, now: datetime, at_most: int = 50) -> int:
    """Expire or escalate each item that is due by `now`, oldest first, at most `at_most` of each kind; returns on how
    many it acted. An item that fails is logged to standard error and does not hold up the others."""
    acted, limits = 0, {"now": now, "at_most": at_most}
    acted += act_on_each(session.scalars(_EXPIRED, limits).all(), lambda one: expire(session, one, now), "item")
    for query in (_FIRST_OVERDUE, _OVERDUE_AGAIN):
        found = session.scalars(query, limits).all()
        acted += act_on_each(found, lambda one: escalate_overdue(session, one, now), "item")
    if session.in_transaction():
        session.commit()
    return acted


def soonest(session: Session) -> datetime | None:
    """The earliest due time on which the clock has not acted yet; None when no item waits."""
    soonest: datetime | None = _SOONEST.scalar(session, {})
    return soonest


def escalate_overdue(session: Session, item_id: int, now: datetime) -> bool:
    """Escalate one overdue item to the next named person, with a new due time; False when another worker was first, or
    it is not overdue any more. With nobody left it stays where it is, marked and logged once."""
    with writing(session):
        item = session.get_one(Item, item_id)
        if not is_late(item, now):
            return False
        update_row(session, item, overdue_at=now)
        context = item_context.load(session, item_id, now)
        _escalate_and_log(session, context, _next_person(session, context, now), now)
        return True


def escalate_further(session: Session, item_id: int, now: datetime) -> bool:
    """Escalate an item for which nobody was left (`stuck`), once there is somebody again; False while there is not."""
    context = item_context.load(session, item_id, now)
    if not stuck(context.item) or _next_person(session, context, now) is None:
        return False
    with writing(session):
        context = item_context.load(session, item_id, now)
        to = _next_person(session, context, now)
        if not stuck(context.item) or to is None:
            return False
        update_row(session, context.item, overdue_at=now)
        _escalate_and_log(session, context, to, now)
        return True


def _escalate_and_log(
    session: Session, context: item_context.ItemContext, person_id: int | None, now: datetime
) -> None:
    """Escalate an item that is marked overdue to the next person, if there is one, and log it either way."""
    item = context.item
    before, state, waited_for = item.due_at, item.state, item.assignee_id or context.situation.account_owner
    if person_id is not None:
        _escalate_to(session, context, person_id, now)
    facts = {
        "due": base.moment(before),
        "was": state,
        "state": item.state,
        "to": None if person_id is None else Actor.person(person_id),
        "next_due": None if person_id is None else base.moment(item.due_at),
        "rule": context.policy.rule(context.gate, "sla_hours") if context.gate else "",
    }
    notifications.tell(session, "escalated", [person_id], About(item.id), Actor.SLA, now)
    if waited_for != person_id:
        notifications.tell(session, "overdue", [waited_for], About(item.id, due_at=before), Actor.SLA, now)
    override_log.append(session, now, Event.about(item, Actor.SLA, EventType.ITEM_OVERDUE, facts=facts))


def is_late(item: Item, now: datetime) -> bool:
    """Whether the clock has to act on this item: overdue, not paused, and not acted on for this due time."""
    unmarked = item.overdue_at is None or item.overdue_at < item.due_at
    return item.state in vocabulary.UNDECIDED and item.paused_at is None and item.due_at <= now and unmarked


def stuck(item: Any) -> bool:
    """Whether the clock found nobody left to escalate this item to: it is marked for the due time that it still has.
    Takes an Item, or a row with its state, due_at, overdue_at and paused_at."""
    marked = item.overdue_at is not None and item.overdue_at >= item.due_at
    return item.state in vocabulary.UNDECIDED and item.paused_at is None and marked


def _next_person(session: Session, context: item_context.ItemContext, now: datetime) -> int | None:
    """The next person in the gate's escalation roles who did not make the item and has not had it before; or None."""
    if context.gate is None:
        return None
    item, situation = context.item, context.situation
    excluded = {
        *situation.authors,
        *situation.editors,
        *situation.key_makers,
        *situation.answerers,
        *filter(None, [situation.automation_owner, item.assignee_id]),
    }
    for body in session.scalars(_HISTORY, {"item": item.id}):
        excluded.add(Actor.person_id(canonical_json.read(body)["facts"]["to"] or "") or 0)
    return next_in_line.next_person(session, context.gate.goes_up_to, item.lane, now, excluded=frozenset(excluded))


def _escalate_to(session: Session, context: item_context.ItemContext, person_id: int, now: datetime) -> None:
    item, gate, policy = context.item, context.gate, context.policy
    assert gate is not None  # noqa: S101  (nobody is next at a missing gate)
    why = item.why
    if item.state == "pending":
        rule = policy.rule(gate, "sla_hours")
        why = f"It was escalated: nobody at {gate.name} decided by {item.due_at:%a %d %b %H:%M} UTC ({rule})"
    update_row(
        session,
        item,
        state="escalated",
        why=why,
        assignee_id=person_id,
        due_at=business_hours.due(now, gate.sla_hours, policy.calendar(item.lane)),
        lease_holder_id=None,
        lease_until=None,
    )


def expire(session: Session, item_id: int, now: datetime) -> bool:
    """Settle an open item past its expiry as `expired`, without a decision, and enqueue the callback. False when it is
    settled, paused or no longer past its expiry."""
    with writing(session):
        item = session.get_one(Item, item_id)
        is_expired = item.expires_at is not None and item.expires_at <= now
        if item.state not in vocabulary.OPEN or item.paused_at is not None or not is_expired:
            return False
        context = item_context.load(session, item_id, now)
        facts = {
            "expires": base.moment(item.expires_at or now),
            "was": item.state,
            "rule": context.policy.rule(context.gate, "expires_after_hours") if context.gate else "",
        }
        update_row(session, item, state="expired", settled_at=now, lease_holder_id=None, lease_until=None)
        revision = {"number": context.revision.number, "digest": context.revision.digest}
        callback_outbox.enqueue(session, item, "item.decided", now, {"revision": revision, "decision": None})
        override_log.append(session, now, Event.about(item, Actor.SLA, EventType.ITEM_EXPIRE, facts=facts))
        return True

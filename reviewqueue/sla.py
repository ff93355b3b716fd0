"""The clock: an item nobody decided in time goes to the next named person, and what a gate lets expire expires.

It never approves. Each act is one transaction that reads again under the lock, so any number of clocks may run at
once, and a clock that dies leaves all of an act or nothing of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import bindparam, func, literal, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from reviewqueue import assignments, calendar, desk, messages, opening, override_log
from reviewqueue.database import writing
from reviewqueue.events import EventType
from reviewqueue.lines import failure
from reviewqueue.override_log import Event
from reviewqueue.policy import judging
from reviewqueue.proofs import canonical
from reviewqueue.records.items import Item
from reviewqueue.records.log import LogEntry
from reviewqueue.records.prepared import Prepared
from reviewqueue.records.rows import change

ACTOR = "system:sla"
RUNS = ("pending", "escalated")  # what was sent back waits for its author; this clock is the reviewers'
_TICKING = select(Item.id).where(Item.settled_at.is_(None), Item.paused_at.is_(None))
_OVERDUE = _TICKING.where(Item.due_at <= bindparam("now")).order_by(Item.due_at, Item.id).limit(bindparam("at_most"))
# Late for the first time, then late again with the person it went to: a due time on which the clock has not acted.
_LATE = _OVERDUE.where(Item.overdue_at.is_(None), Item.state.in_(RUNS))
_AGAIN = _OVERDUE.where(Item.overdue_at < Item.due_at, Item.state == "escalated")
_EXPIRED = (
    _TICKING.where(Item.expires_at <= bindparam("now"), Item.state.in_(judging.OPEN))
    .order_by(Item.expires_at, Item.id)
    .limit(bindparam("at_most"))
)
_UNMARKED = Item.overdue_at.is_(None) | (Item.overdue_at < Item.due_at)
_SOONEST = Prepared(
    select(func.min(Item.due_at)).where(
        Item.settled_at.is_(None),
        Item.paused_at.is_(None),
        Item.state.in_([literal(state) for state in RUNS]),
        _UNMARKED,
    )
)
_HISTORY = select(LogEntry.body).where(
    LogEntry.item_id == bindparam("item"), LogEntry.act == EventType.ITEM_OVERDUE.value, LogEntry.actor == ACTOR
)


def tick(session: Session, now: datetime, at_most: int = 50) -> int:
    """Act once on each item that has expired or is overdue by `now`, oldest first, at most so many of each kind;
    returns on how many. An item that cannot be acted on is written to standard error and holds no other up."""
    acted = 0
    for query, act in ((_EXPIRED, expire), (_LATE, go_up), (_AGAIN, go_up)):
        for item_id in session.scalars(query, {"now": now, "at_most": at_most}).all():
            try:
                acted += act(session, item_id, now)
            except SQLAlchemyError:
                raise
            except Exception as error:
                failure("clock.trouble", error, item=item_id)
    if session.in_transaction():
        session.commit()
    return acted


def soonest(session: Session) -> datetime | None:
    """When the first of the items is overdue on which the clock has not acted; None when none is waiting."""
    return cast("datetime | None", _SOONEST.scalar(session, {}))


def go_up(session: Session, item_id: int, now: datetime) -> bool:
    """Take one overdue item to the next named person further up, with a due time of its own; False when another clock
    was first, or it is not overdue any more. Nobody left: it stays, marked and logged once."""
    with writing(session):
        item = session.get_one(Item, item_id)
        if not late(item, now):
            return False
        change(session, item, overdue_at=now)
        found = desk.open_desk(session, item_id, now)
        _taken(session, found, _next(session, found, now), now)
        return True


def go_further(session: Session, item_id: int, now: datetime) -> bool:
    """Take an item for which nobody was left to somebody who is above it by now; False while there is nobody."""
    found = desk.open_desk(session, item_id, now)
    if not stuck(found.item) or _next(session, found, now) is None:
        return False
    with writing(session):
        found = desk.open_desk(session, item_id, now)
        to = _next(session, found, now)
        if not stuck(found.item) or to is None:
            return False
        change(session, found.item, overdue_at=now)
        _taken(session, found, to, now)
        return True


def _taken(session: Session, found: desk.Desk, to: int | None, now: datetime) -> None:
    """Hand an item that is marked to the next person, if there is one, and write it down either way."""
    item = found.item
    before, state = item.due_at, item.state
    if to is not None:
        _hand_on(session, found, to, now)
    facts = {
        "due": override_log.moment(before),
        "was": state,
        "state": item.state,
        "to": None if to is None else f"person:{to}",
        "next_due": None if to is None else override_log.moment(item.due_at),
        "rule": found.policy.rule(found.gate, "sla_hours") if found.gate else "",
    }
    override_log.append(session, now, Event(ACTOR, EventType.ITEM_OVERDUE, **opening.whereabouts(item), facts=facts))


def late(item: Item, now: datetime) -> bool:
    """Whether the clock has to act on this item: its time is up, it runs, and nobody has acted on this due time."""
    unmarked = item.overdue_at is None or item.overdue_at < item.due_at
    return item.state in RUNS and item.paused_at is None and item.due_at <= now and unmarked


def stuck(item: Any) -> bool:
    """Whether the clock found nobody left to take this item to: it is marked for the due time that it still has. Asks
    an item, or a row with its state, due_at, overdue_at and paused_at."""
    marked = item.overdue_at is not None and item.overdue_at >= item.due_at
    return item.state in RUNS and item.paused_at is None and marked


def _next(session: Session, found: desk.Desk, now: datetime) -> int | None:
    """Somebody among those the gate goes up to who did not make the item and whom it has not waited for before."""
    if found.gate is None:
        return None
    item, made = found.item, found.situation
    besides = {*made.authors, *made.editors, *made.key_makers, *filter(None, [made.automation_owner, item.assignee_id])}
    for body in session.scalars(_HISTORY, {"item": item.id}):
        if to := canonical.read(body)["facts"]["to"]:
            besides.add(int(to.partition(":")[2]))
    return assignments.next_named(session, found.gate.goes_up_to, item.lane, now, besides=frozenset(besides))


def _hand_on(session: Session, found: desk.Desk, to: int, now: datetime) -> None:
    item, gate, policy = found.item, found.gate, found.policy
    assert gate is not None  # noqa: S101  (nobody is next at a missing gate)
    why = item.why
    if item.state == "pending":
        rule = policy.rule(gate, "sla_hours")
        why = f"It went up: nobody at {gate.name} decided by {item.due_at:%a %d %b %H:%M} UTC ({rule})"
    change(
        session,
        item,
        state="escalated",
        why=why,
        assignee_id=to,
        due_at=calendar.due(now, gate.sla_hours, policy.calendar(item.lane)),
        lease_holder_id=None,
        lease_until=None,
    )


def expire(session: Session, item_id: int, now: datetime) -> bool:
    """Settle an open item whose gate says that it ends by itself: expired, without a decision; tell its automation.
    False when it is settled, paused or not at its end any more."""
    with writing(session):
        item = session.get_one(Item, item_id)
        over = item.expires_at is not None and item.expires_at <= now
        if item.state not in judging.OPEN or item.paused_at is not None or not over:
            return False
        found = desk.open_desk(session, item_id, now)
        facts = {
            "expires": override_log.moment(item.expires_at or now),
            "was": item.state,
            "rule": found.policy.rule(found.gate, "expires_after_hours") if found.gate else "",
        }
        change(session, item, state="expired", settled_at=now, lease_holder_id=None, lease_until=None)
        revision = {"number": found.revision.number, "digest": found.revision.digest}
        messages.tell(session, item, "item.decided", now, {"revision": revision, "decision": None})
        override_log.append(session, now, Event(ACTOR, EventType.ITEM_EXPIRE, **opening.whereabouts(item), facts=facts))
        return True

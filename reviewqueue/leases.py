"""Leases: "I am on it". A lease expires by itself, is checked on every act, and a takeover is logged with a reason."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from reviewqueue import access, desk, override_log, texts
from reviewqueue.database import writing
from reviewqueue.events import EventType
from reviewqueue.opening import whereabouts
from reviewqueue.override_log import Event
from reviewqueue.policy import judging
from reviewqueue.records.people import Person
from reviewqueue.records.rows import change
from reviewqueue.refusals import Invalid, Moved, NotAllowed


def holder_says(session: Session, found: desk.Desk) -> str:
    """Who holds the lease and until when, in words."""
    holder = session.get(Person, found.item.lease_holder_id) if found.item.lease_holder_id else None
    until = found.item.lease_until
    return f"{holder.name if holder else 'Somebody'} has this item until {until:%H:%M} UTC" if until else ""


def take(session: Session, person_id: int, item_id: int, now: datetime) -> datetime:
    """Take an item, or extend one's own lease; returns until when. Raises Moved (409) when another has it."""
    with writing(session):
        found, actor = _open(session, person_id, item_id, now)
        gate, item = found.gate, found.item
        if gate is None or not judging.acting_role(gate, found.situation, actor):
            raise NotAllowed("You do not decide this item, so you cannot take it. The page says who does.")
        if found.situation.lease_holder not in (None, person_id):
            raise Moved(f"{holder_says(session, found)}, so it was not given to you. Pick another, or ask for it.")
        fresh = found.situation.lease_holder is None
        until = now + timedelta(minutes=gate.lease_minutes)
        item.lease_holder_id, item.lease_until = person_id, until
        session.flush()
        if fresh:
            facts = {"until": override_log.moment(until)}
            event = Event(f"person:{person_id}", EventType.LEASE_TAKE, **whereabouts(item), facts=facts)
            override_log.append(session, now, event)
    return until


def keep(session: Session, person_id: int, item_id: int, now: datetime) -> datetime:
    """Extend one's own lease while one works, never taking it anew; returns until when. Raises Moved when it is over,
    so that a tab in which somebody still types takes nothing back that they gave back in another."""
    with writing(session):
        found, _ = _open(session, person_id, item_id, now)
        if found.gate is None or found.situation.lease_holder != person_id:
            raise Moved("You do not have this item any more, so it was not kept for you. Reload the page.")
        held, fresh = found.item.lease_until, now + timedelta(minutes=found.gate.lease_minutes)
        until = max(held, fresh) if held else fresh
        change(session, found.item, lease_until=until)
    return until


def give_back(session: Session, person_id: int, item_id: int, now: datetime) -> None:
    """End one's own lease before its time."""
    with writing(session):
        found, _ = _open(session, person_id, item_id, now)
        if found.situation.lease_holder != person_id:
            raise Moved("You do not have this item any more, so there was nothing to give back. Reload the page.")
        found.item.lease_holder_id = found.item.lease_until = None
        session.flush()
        override_log.append(
            session, now, Event(f"person:{person_id}", EventType.LEASE_GIVE_BACK, **whereabouts(found.item))
        )


def take_over(session: Session, person_id: int, item_id: int, reason: str, now: datetime) -> datetime:
    """Take an item from whoever has it, with a reason of at least ten visible characters."""
    if faults := texts.reason_faults("/reason", reason):
        raise Invalid("Taking over needs a reason.", faults)
    with writing(session):
        found, actor = _open(session, person_id, item_id, now)
        gate, item = found.gate, found.item
        if gate is None or not judging.acting_role(gate, found.situation, actor):
            raise NotAllowed("You do not decide this item, so you cannot take it over.")
        if not access.able(actor.roles, "take over a lease"):
            raise NotAllowed(
                "Only a CS leader, a manager or RevOps takes an item over. Ask its holder to give it back."
            )
        if found.situation.lease_holder in (None, person_id):
            raise Moved("Nobody else has this item now, so there is nothing to take over. Reload the page.")
        facts = {"from": f"person:{found.situation.lease_holder}"}
        until = now + timedelta(minutes=gate.lease_minutes)
        item.lease_holder_id, item.lease_until = person_id, until
        session.flush()
        event = Event(
            f"person:{person_id}", EventType.LEASE_TAKE_OVER, **whereabouts(item), facts=facts, texts={"reason": reason}
        )
        override_log.append(session, now, event)
    return until


def _open(session: Session, person_id: int, item_id: int, now: datetime) -> tuple[desk.Desk, judging.Actor]:
    actor = desk.actor_of(session, person_id, now)
    found = desk.for_person(session, item_id, actor, now)
    if found.item.state not in judging.OPEN:
        raise Moved(
            f"The item is {found.item.state}, so nobody takes it any more. Go back to the queue.", code="settled"
        )
    return found, actor

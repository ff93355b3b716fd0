"""Leases: one person has an item in hand for some minutes. A lease expires by itself, every act checks it, and a
takeover is logged with its reason."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import text_limits, vocabulary
from reviewqueue.core.errors import Conflict, Forbidden, Invalid
from reviewqueue.db.database import writing
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables import base
from reviewqueue.db.tables.people import Person
from reviewqueue.items import item_context
from reviewqueue.people import access, actors
from reviewqueue.policy import evaluation


def holder_text(session: Session, context: item_context.ItemContext) -> str:
    """Who holds the lease and until when (UTC), in words; "" where there is none."""
    holder = session.get(Person, context.item.lease_holder_id) if context.item.lease_holder_id else None
    until = context.item.lease_until
    return f"{holder.name if holder else 'Somebody'} has this item until {until:%H:%M} UTC" if until else ""


def take(session: Session, person_id: int, item_id: int, now: datetime) -> datetime:
    """Take a lease, or extend one's own; returns its end. Raises NotFound, Forbidden and Conflict (409: settled, or
    another's lease)."""
    with writing(session):
        found, actor = _load_open(session, person_id, item_id, now)
        gate, item = found.gate, found.item
        if gate is None or not evaluation.acting_role(gate, found.situation, actor):
            raise Forbidden("You do not decide this item, so you cannot take it. The page says who does.")
        if found.situation.lease_holder not in (None, person_id):
            raise Conflict(f"{holder_text(session, found)}, so it was not given to you. Pick another, or ask for it.")
        fresh = found.situation.lease_holder is None
        until = now + timedelta(minutes=gate.lease_minutes)
        item.lease_holder_id, item.lease_until = person_id, until
        session.flush()
        if fresh:
            facts = {"until": base.moment(until)}
            event = Event.about(item, Actor.person(person_id), EventType.LEASE_TAKE, facts=facts)
            override_log.append(session, now, event)
    return until


def extend(session: Session, person_id: int, item_id: int, now: datetime) -> datetime:
    """Extend one's own lease, never taking a new one; returns its end. Raises NotFound, and Conflict (409) when it is
    over, so that a forgotten tab does not take back what was given back in another."""
    with writing(session):
        found, _ = _load_open(session, person_id, item_id, now)
        if found.gate is None or found.situation.lease_holder != person_id:
            raise Conflict("You do not have this item any more, so it was not kept for you. Reload the page.")
        held, fresh = found.item.lease_until, now + timedelta(minutes=found.gate.lease_minutes)
        until = max(held, fresh) if held else fresh
        update_row(session, found.item, lease_until=until)
    return until


def give_back(session: Session, person_id: int, item_id: int, now: datetime) -> None:
    """End one's own lease before its time. Raises NotFound, and Conflict (409) when it is over."""
    with writing(session):
        found, _ = _load_open(session, person_id, item_id, now)
        if found.situation.lease_holder != person_id:
            raise Conflict("You do not have this item any more, so there was nothing to give back. Reload the page.")
        found.item.lease_holder_id = found.item.lease_until = None
        session.flush()
        override_log.append(session, now, Event.about(found.item, Actor.person(person_id), EventType.LEASE_GIVE_BACK))


def take_over(session: Session, person_id: int, item_id: int, reason: str, now: datetime) -> datetime:
    """Take over another's lease, with a reason of at least ten visible characters; returns its end. Raises NotFound,
    Forbidden, Conflict (409: settled, or nobody else has it) and Invalid (/reason)."""
    if faults := text_limits.validate_reason("/reason", reason):
        raise Invalid("Taking over needs a reason.", faults)
    with writing(session):
        found, actor = _load_open(session, person_id, item_id, now)
        gate, item = found.gate, found.item
        if gate is None or not evaluation.acting_role(gate, found.situation, actor):
            raise Forbidden("You do not decide this item, so you cannot take it over.")
        if not access.has_ability(actor.roles, "take over a lease"):
            raise Forbidden("Only a CS leader, a manager or RevOps takes an item over. Ask its holder to give it back.")
        if found.situation.lease_holder in (None, person_id):
            raise Conflict("Nobody else has this item now, so there is nothing to take over. Reload the page.")
        facts = {"from": Actor.person(found.situation.lease_holder)}
        until = now + timedelta(minutes=gate.lease_minutes)
        item.lease_holder_id, item.lease_until = person_id, until
        session.flush()
        event = Event.about(
            item, Actor.person(person_id), EventType.LEASE_TAKE_OVER, facts=facts, texts={"reason": reason}
        )
        override_log.append(session, now, event)
    return until


def _load_open(
    session: Session, person_id: int, item_id: int, now: datetime
) -> tuple[item_context.ItemContext, evaluation.Actor]:
    actor = actors.load_actor(session, person_id, now)
    context = item_context.load_visible(session, item_id, actor, now)
    if context.item.state not in vocabulary.OPEN:
        raise Conflict(
            f"The item is {context.item.state}, so nobody takes it any more. Go back to the queue.", code="settled"
        )
    return context, actor

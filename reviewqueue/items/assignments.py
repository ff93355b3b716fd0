"""Assignments: giving an open item to a named person, and who may be named."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import text_limits, vocabulary
from reviewqueue.core.errors import Conflict, FieldError, Forbidden, Invalid
from reviewqueue.db.database import writing
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables.people import Person
from reviewqueue.items import item_context
from reviewqueue.people import access, actors, notifications
from reviewqueue.people.notifications import About
from reviewqueue.policy import evaluation


def may_decide(context: item_context.ItemContext, actor: evaluation.Actor) -> bool:
    """Whether role and separation of duties let this person decide the item; lease, pause and checks are not asked."""
    gate = context.gate
    if gate is None or not evaluation.acting_role(gate, context.situation, actor):
        return False
    return context.policy.organisation.small_team or not evaluation.involvement(context.situation, gate, actor)


def candidates(session: Session, context: item_context.ItemContext, now: datetime) -> list[Person]:
    """Everybody the item could be assigned to, by name."""
    everybody = session.scalars(select(Person).where(Person.disabled_at.is_(None)).order_by(Person.name, Person.id))
    return [one for one in everybody.all() if may_decide(context, actors.load_actor(session, one.id, now))]


def reassign(session: Session, person_id: int, item_id: int, to: int, reason: str, now: datetime) -> None:
    """Assign an open item to a named person (id `to`) who may decide it. Everybody whom the gate allows may still
    decide.

    Raises NotFound, Forbidden, Conflict (409: it is settled) and Invalid (/reason, /to).
    """
    faults = text_limits.validate_reason("/reason", reason)
    with writing(session):
        actor = actors.load_actor(session, person_id, now)
        context = item_context.load_visible(session, item_id, actor, now)
        item = context.item
        if not access.has_ability(actor.roles, "reassign"):
            raise Forbidden("Only a CS leader, a manager or RevOps assigns an item. Ask one of them.")
        if item.state not in vocabulary.OPEN:
            raise Conflict(f"The item is {item.state}, so it waits for nobody. Go back to the queue.", code="settled")
        faults += _assignee_faults(session, context, to, now)
        if faults:
            raise Invalid("The item was not assigned to anybody else.", faults)
        facts = {"from": Actor.person_or_none(item.assignee_id), "to": Actor.person_or_none(to)}
        update_row(session, item, assignee_id=to)
        by, texts = Actor.person(person_id), {"reason": reason}
        event = Event.about(item, by, EventType.ITEM_REASSIGN, facts=facts, texts=texts)
        notifications.tell(session, "given", [to], About(item_id=item_id), by, now)
        override_log.append(session, now, event)


def _assignee_faults(session: Session, context: item_context.ItemContext, to: int, now: datetime) -> list[FieldError]:
    person = session.get(Person, to)
    if person is None or person.disabled_at is not None:
        return [FieldError("/to", "choose somebody with an open account")]
    if context.item.assignee_id == to:
        return [FieldError("/to", f"it waits for {person.name} already")]
    if not may_decide(context, actors.load_actor(session, to, now)):
        return [FieldError("/to", f"{person.name} may not decide it: choose somebody who may")]
    return []

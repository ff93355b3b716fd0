"""Telling whoever may decide an item that it was escalated to them, and telling who escalated it what became of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor
from reviewqueue.items import assignments, item_context, undecidable
from reviewqueue.people import notifications
from reviewqueue.people.notifications import About


def tell_deciders(session: Session, item_id: int, actor: Actor, now: datetime) -> None:
    """Tell everybody who may decide an item that was just escalated by `actor`. Inside `writing()`."""
    context = item_context.load(session, item_id, now)
    able = [one.person_id for one in undecidable.load_actors(session, now) if assignments.may_decide(context, one)]
    notifications.tell(session, "escalated", able, About(item_id), actor, now)


def tell_escalators(session: Session, context: item_context.ItemContext, actor: Actor, now: datetime) -> None:
    """Tell whoever escalated an item, `context` being from before, that it is decided or back at its gate. Inside
    `writing()`."""
    if context.situation.state == "escalated" != context.item.state:
        who = [made.person_id for made in context.decisions if made.action == "escalate"]
        notifications.tell(session, "decided", who, About(context.item.id), actor, now)

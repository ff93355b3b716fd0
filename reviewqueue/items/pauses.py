"""Pauses: an item waits for the customer or for sales, and its SLA clock is stopped until it is resumed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import text_limits, vocabulary
from reviewqueue.core.errors import Conflict, FieldError, Forbidden, Invalid
from reviewqueue.db.database import writing
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables import base
from reviewqueue.db.tables.items import Item
from reviewqueue.items import item_context, leases
from reviewqueue.people import actors
from reviewqueue.policy import business_hours, evaluation
from reviewqueue.policy.model.policy import Policy

PAUSES = ("waiting_for_customer", "waiting_for_sales")


def pause(session: Session, person_id: int, item_id: int, waits: str, reason: str, now: datetime) -> None:
    """Pause an item, by somebody who may decide it, with a reason of at least ten visible characters. `waits` is one of
    PAUSES.

    Raises NotFound, Forbidden, Conflict (409: not open, another's lease, sent back, paused already) and Invalid.
    """
    faults = [] if waits in PAUSES else [FieldError("/waits", f"say whom it waits for: {' or '.join(PAUSES)}")]
    if faults := faults + text_limits.validate_reason("/reason", reason):
        raise Invalid("The clock was not stopped yet; what you typed is still here.", faults)
    with writing(session):
        found = _load_pausable(session, person_id, item_id, now)
        item = found.item
        if item.paused_at is not None:
            since = f"{item.paused_at:%d %b %H:%M} UTC"
            raise Conflict(
                f"It is paused already, {pause_text(item.pause)} since {since}. Reload the page.", code="paused"
            )
        if item.state == "sent_back":
            raise Conflict("It was sent back, so it waits for its author and no clock runs. There is nothing to pause.")
        update_row(session, item, pause=waits, paused_at=now)
        facts = {"waits": waits, "due": base.moment(item.due_at), "state": item.state}
        event = Event.about(item, Actor.person(person_id), EventType.ITEM_PAUSE, facts=facts,
                      texts={"reason": reason})  # fmt: skip
        override_log.append(session, now, event)


def resume(session: Session, person_id: int, item_id: int, reason: str, now: datetime) -> datetime:
    """Resume a paused item, by somebody who may decide it; returns its new due time. Raises as `pause`."""
    if faults := text_limits.validate_reason("/reason", reason):
        raise Invalid("The clock does not run yet; what you typed is still here.", faults)
    with writing(session):
        found = _load_pausable(session, person_id, item_id, now)
        if found.item.paused_at is None:
            raise Conflict(
                "It is not paused any more, so there was nothing to resume. Reload the page.", code="resumed"
            )
        override_log.append(
            session,
            now,
            *end_pause(session, found.item, found.policy, Actor.person(person_id), now, {"reason": reason}),
        )
        return found.item.due_at


def end_pause(
    session: Session, item: Item, policy: Policy, actor: Actor, now: datetime, words: dict[str, str] | None = None
) -> list[Event]:
    """End a pause, if there is one, inside a transaction the caller holds, and move due time and expiry by the business
    time it took; returns the events for the log."""
    if item.paused_at is None:
        return []
    hours, since = policy.calendar(item.lane), item.paused_at
    facts: dict[str, Any] = {"waited": item.pause, "since": base.moment(since)}
    due_at = business_hours.resume(item.due_at, since, now, hours)
    becomes: dict[str, Any] = {"pause": "", "paused_at": None, "due_at": due_at}
    if item.expires_at is not None:
        becomes["expires_at"] = business_hours.resume(item.expires_at, since, now, hours)
    if due_at != item.due_at:
        becomes["overdue_at"] = None  # a new due time, on which the SLA clock has not acted
    update_row(session, item, **becomes)
    facts["due"] = base.moment(due_at)
    return [Event.about(item, actor, EventType.ITEM_RESUME, facts=facts, texts=words or {})]


def pause_text(waits: str) -> str:
    """A pause in words: "waiting for the customer"."""
    return {"waiting_for_customer": "waiting for the customer", "waiting_for_sales": "waiting for sales"}[waits]


def _load_pausable(session: Session, person_id: int, item_id: int, now: datetime) -> item_context.ItemContext:
    """The open item, for somebody who may decide it while nobody else holds its lease."""
    actor = actors.load_actor(session, person_id, now)
    context = item_context.load_visible(session, item_id, actor, now)
    if context.item.state not in vocabulary.OPEN:
        raise Conflict(
            f"The item is {context.item.state}, so no clock runs on it. Go back to the queue.", code="settled"
        )
    if context.gate is None or not evaluation.acting_role(context.gate, context.situation, actor):
        raise Forbidden("You do not decide this item, so its clock is not yours to stop. The page says who decides.")
    if context.situation.lease_holder not in (None, person_id):
        raise Conflict(
            f"{leases.holder_text(session, context)}, so the clock was left alone. Ask them, or wait for it."
        )
    return context

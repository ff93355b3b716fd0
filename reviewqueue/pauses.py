"""Pauses: an item waits for the customer or for sales, and its clock stands still until it goes on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from reviewqueue import calendar, desk, leases, opening, override_log, texts
from reviewqueue.database import writing
from reviewqueue.events import EventType
from reviewqueue.override_log import Event
from reviewqueue.policy import judging
from reviewqueue.policy.shape import Policy
from reviewqueue.records.items import Item
from reviewqueue.records.rows import change
from reviewqueue.refusals import Fault, Invalid, Moved, NotAllowed

PAUSES = ("waiting_for_customer", "waiting_for_sales")


def pause(session: Session, person_id: int, item_id: int, waits: str, reason: str, now: datetime) -> None:
    """Stop an item's clock, by somebody who may decide it, with a reason of at least ten visible characters.

    Raises NotThere, NotAllowed, Moved (409: not open, another's lease, sent back, paused already) and Invalid.
    """
    faults = [] if waits in PAUSES else [Fault("/waits", f"say whom it waits for: {' or '.join(PAUSES)}")]
    if faults := faults + texts.reason_faults("/reason", reason):
        raise Invalid("The clock was not stopped yet; what you typed is still here.", faults)
    with writing(session):
        found = _found(session, person_id, item_id, now)
        item = found.item
        if item.paused_at is not None:
            since = f"{item.paused_at:%d %b %H:%M} UTC"
            raise Moved(f"It is paused already, {spoken(item.pause)} since {since}. Reload the page.", code="paused")
        if item.state == "sent_back":
            raise Moved("It was sent back, so it waits for its author and no clock runs. There is nothing to pause.")
        change(session, item, pause=waits, paused_at=now)
        facts = {"waits": waits, "due": override_log.moment(item.due_at), "state": item.state}
        event = Event(f"person:{person_id}", EventType.ITEM_PAUSE, **opening.whereabouts(item), facts=facts,
                      texts={"reason": reason})  # fmt: skip
        override_log.append(session, now, event)


def resume(session: Session, person_id: int, item_id: int, reason: str, now: datetime) -> datetime:
    """Let a paused item's clock run again, by somebody who may decide it; returns when it is due now."""
    if faults := texts.reason_faults("/reason", reason):
        raise Invalid("The clock does not run yet; what you typed is still here.", faults)
    with writing(session):
        found = _found(session, person_id, item_id, now)
        if found.item.paused_at is None:
            raise Moved("It is not paused any more, so there was nothing to resume. Reload the page.", code="resumed")
        override_log.append(
            session, now, *end(session, found.item, found.policy, f"person:{person_id}", now, {"reason": reason})
        )
        return found.item.due_at


def end(
    session: Session, item: Item, policy: Policy, actor: str, now: datetime, words: dict[str, str] | None = None
) -> list[Event]:
    """End a pause, if there is one, inside a transaction the caller holds, and move what is due by the business time
    it took; returns the event for the log."""
    if item.paused_at is None:
        return []
    hours, since = policy.calendar(item.lane), item.paused_at
    facts: dict[str, Any] = {"waited": item.pause, "since": override_log.moment(since)}
    due_at = calendar.resume(item.due_at, since, now, hours)
    becomes: dict[str, Any] = {"pause": "", "paused_at": None, "due_at": due_at}
    if item.expires_at is not None:
        becomes["expires_at"] = calendar.resume(item.expires_at, since, now, hours)
    if due_at != item.due_at:
        becomes["overdue_at"] = None  # another due time, on which the clock has not acted
    change(session, item, **becomes)
    facts["due"] = override_log.moment(due_at)
    return [Event(actor, EventType.ITEM_RESUME, **opening.whereabouts(item), facts=facts, texts=words or {})]


def spoken(waits: str) -> str:
    """A pause in words: "waiting for the customer"."""
    return {"waiting_for_customer": "waiting for the customer", "waiting_for_sales": "waiting for sales"}[waits]


def _found(session: Session, person_id: int, item_id: int, now: datetime) -> desk.Desk:
    """The open item for somebody who may decide it and whom no other's lease keeps out."""
    actor = desk.actor_of(session, person_id, now)
    found = desk.for_person(session, item_id, actor, now)
    if found.item.state not in judging.OPEN:
        raise Moved(f"The item is {found.item.state}, so no clock runs on it. Go back to the queue.", code="settled")
    if found.gate is None or not judging.acting_role(found.gate, found.situation, actor):
        raise NotAllowed("You do not decide this item, so its clock is not yours to stop. The page says who decides.")
    if found.situation.lease_holder not in (None, person_id):
        raise Moved(f"{leases.holder_says(session, found)}, so the clock was left alone. Ask them, or wait for it.")
    return found

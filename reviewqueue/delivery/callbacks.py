"""The callback outbox: a callback is written in the transaction of the act it reports, sent by the worker, and kept
until delivered.

What the receiver gets: the same id, body and key however often it is sent. Nothing here talks to the network: that is
`webhooks`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import canonical_json, text_limits
from reviewqueue.core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from reviewqueue.db import leased_jobs
from reviewqueue.db.database import writing
from reviewqueue.db.leased_jobs import Leased
from reviewqueue.db.rows import insert_row, update_row
from reviewqueue.db.tables.callbacks import Attempt, Callback
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.people import Automation
from reviewqueue.db.tables.releases import Release
from reviewqueue.delivery import replaced_releases, send_stops
from reviewqueue.items import approvals, deal_changes, item_context
from reviewqueue.people import access, actors

# Seconds before the next attempt: ten attempts over about 75 hours.
RETRY_DELAYS = (5, 30, 120, 600, 1_800, 7_200, 28_800, 86_400, 144_000)
JITTER = 0.2
LEASE = timedelta(seconds=60)
RECHECK_AFTER = timedelta(seconds=30)


@dataclass(frozen=True)
class DueCallback(Leased):
    """A leased message: everything the sender needs."""

    webhook_id: str
    type: str
    url: str
    body: str
    automation_id: int
    secret_number: int


def take_due(session: Session, now: datetime, at_most: int = 20) -> list[DueCallback]:
    """Lease messages that are due, oldest first; a lease that ran out (a worker died) is due again. One that reports an
    approval which the stored rows do not bear out fails instead, and is not sent; one whose deal changed waits until a
    person says what holds."""
    due = leased_jobs.due(Callback, now) | leased_jobs.lost(Callback, now)
    if session.scalar(select(Callback.id).where(due).limit(1)) is None:
        return []
    query = select(Callback, Automation.secret_number).join(Automation, Automation.id == Callback.automation_id)
    taken, refused = [], []
    with writing(session):
        for message, secret_number in session.execute(query.where(due).order_by(Callback.id).limit(at_most)).all():
            if _waits(session, message, now):
                update_row(session, message, next_at=now + RECHECK_AFTER)
                continue
            if why := _why_not_approved(session, message, now):
                refused.append(_fail_unapproved(session, message, why, now))
                continue
            leased_jobs.take(session, message, now, LEASE)
            told = message.webhook_id, message.type, message.url, message.body, message.automation_id, secret_number
            taken.append(DueCallback(message.id, message.lease, message.attempts, *told))
        if refused:
            override_log.append(session, now, *refused)
    return taken


def _says_approved(message: Callback) -> bool:
    return message.type == "item.decided" and canonical_json.read(message.body)["data"].get("state") == "approved"


def _waits(session: Session, message: Callback, now: datetime) -> bool:
    """Whether a message would let an automation act on an approval whose deal is in question, of whose text there is a
    newer draft, or whose release is stopped or has not come to its time."""
    if not _says_approved(message):
        return False
    item = session.get_one(Item, message.item_id)
    newer = replaced_releases.newer_draft(session, item)
    if newer is not None or deal_changes.changed(session, [item.onboarding_id]):
        return True
    release = session.scalars(select(Release).where(Release.item_id == item.id, Release.state == "waiting")).first()
    if release is None:
        return False
    early = release.send_at is not None and now < release.send_at
    return early or send_stops.covering(send_stops.in_force(session), release.destination) is not None


def _why_not_approved(session: Session, message: Callback, now: datetime) -> str:
    """Why a message that says an item is approved is not true by the stored rows, in words; "" for every other
    message."""
    if not _says_approved(message):
        return ""
    data = canonical_json.read(message.body)["data"]
    try:
        context = item_context.load(session, message.item_id, now)
    except DomainError as refused:
        return refused.says
    if context.deal.ended:
        return "its onboarding ended"
    last = context.decisions[-1] if context.decisions else None
    if last is None or last.revision_digest != data["decision"]["revision_digest"]:
        return "no decision on this item approved what it reports"
    return approvals.why_not_approved(session, context, last.id)


def _fail_unapproved(session: Session, message: Callback, why: str, now: datetime) -> Event:
    says = f"It was not sent, because it says approved: {why}"
    leased_jobs.end_lease(session, message, "failed")
    insert_row(session, Attempt, message_id=message.id, at=now, status=None, says=says[:255], milliseconds=0)
    facts = {"message": message.webhook_id, "status": None, "attempts": message.attempts}
    return Event(Actor.WORKER, EventType.MESSAGE_FAIL, item_id=message.item_id, facts=facts, texts={"says": says})


def report(
    session: Session,
    due: DueCallback,
    now: datetime,
    *,
    status: int | None,
    says: str,
    milliseconds: int,
    retry_after: int = 0,
) -> str:
    """Record the result of sending and return the message's new state. Raises NotFound.

    2xx is delivered; 410 and the tenth failure end it as `failed`, which stays visible until a person retries it or
    gives it up; anything else waits for its next attempt. A report whose lease was lost only adds its attempt, unless
    it was delivered.
    """
    with writing(session):
        message = session.get(Callback, due.id)
        if message is None:
            raise NotFound()
        attempt = {"status": status, "says": says[:255], "milliseconds": milliseconds}
        insert_row(session, Attempt, message_id=due.id, at=now, **attempt)
        delivered = status is not None and 200 <= status < 300
        if message.state in ("delivered", "given_up") or not (delivered or leased_jobs.is_held(message, due)):
            return message.state
        if delivered:
            leased_jobs.end_lease(session, message, "delivered", done_at=now)
        elif status == 410 or not leased_jobs.retry_later(
            session, message, now, RETRY_DELAYS, jitter=JITTER, at_least=retry_after
        ):
            leased_jobs.end_lease(session, message, "failed")
            facts = {"message": message.webhook_id, "status": status, "attempts": message.attempts}
            event = Event(Actor.WORKER, EventType.MESSAGE_FAIL, item_id=message.item_id, facts=facts)
            override_log.append(session, now, event)
        return message.state


def retry(session: Session, person_id: int, message_id: int, now: datetime) -> None:
    """Send a message again now, by hand: same id, same body. Raises NotFound, Forbidden and Conflict."""
    with writing(session):
        message = _load_for_person(session, person_id, message_id, now)
        leased_jobs.retry_now(session, message, now)
        facts = {"message": message.webhook_id}
        override_log.append(
            session,
            now,
            Event(Actor.person(person_id), EventType.MESSAGE_RETRY, item_id=message.item_id, facts=facts),
        )


def give_up(session: Session, person_id: int, message_id: int, reason: str, now: datetime) -> None:
    """Give a message up, with a reason of at least ten visible characters. Raises as `retry`, and Invalid."""
    if faults := text_limits.validate_reason("/reason", reason):
        raise Invalid("Giving up needs a reason.", faults)
    with writing(session):
        message = _load_for_person(session, person_id, message_id, now)
        leased_jobs.give_up(session, message, now)
        facts, words = {"message": message.webhook_id}, {"reason": reason}
        event = Event(
            Actor.person(person_id), EventType.MESSAGE_GIVE_UP, item_id=message.item_id, facts=facts, texts=words
        )
        override_log.append(session, now, event)


def _load_for_person(session: Session, person_id: int, message_id: int, now: datetime) -> Callback:
    actor = actors.load_actor(session, person_id, now)
    message = session.get(Callback, message_id)
    if message is None or not access.has_ability(actors.effective_roles(actor), "read deliveries"):
        raise NotFound()
    if not access.has_ability(actor.roles, "retry or give up a delivery"):
        raise Forbidden("Only RevOps or an admin retries a delivery or gives it up.")
    if message.state in ("delivered", "given_up", "sending"):
        raise Conflict(
            f"This message is {message.state.replace('_', ' ')} by now, so nothing was changed. Reload the page."
        )
    return message

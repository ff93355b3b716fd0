"""Messages: the outbox. A callback is written with the act it tells of, sent by the worker, and kept until told.

What the receiver gets: the same id, body and key however often it is sent. Nothing here talks to the network.
"""

from __future__ import annotations

import random
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from reviewqueue import access, approvals, desk, override_log, texts
from reviewqueue.database import writing
from reviewqueue.events import EventType
from reviewqueue.override_log import Event
from reviewqueue.proofs import canonical
from reviewqueue.records.items import Decision, Item
from reviewqueue.records.messages import Attempt, Message
from reviewqueue.records.people import Automation
from reviewqueue.records.rows import put
from reviewqueue.refusals import Invalid, Moved, NotAllowed, NotThere, Refused

# Seconds before the next attempt; ten attempts over about 75 hours, each with up to a fifth of jitter.
PAUSES = (5, 30, 120, 600, 1_800, 7_200, 28_800, 86_400, 144_000)
LEASE = timedelta(seconds=60)


@dataclass(frozen=True)
class Due:
    """A message taken for sending: everything the sender needs, and the lease it must show when it reports back."""

    id: int
    lease: str
    webhook_id: str
    type: str
    url: str
    body: str
    automation_id: int
    secret_number: int
    attempts: int


def tell(session: Session, item: Item, kind: str, now: datetime, data: dict[str, Any]) -> None:
    """Put a message for the item's automation into the outbox, if it asked to be told. Inside `writing()`."""
    if not item.callback_url:
        return
    whole = {
        "type": kind,
        "timestamp": override_log.moment(now),
        "data": {
            **{name: getattr(item, name) for name in ("id", "kind", "lane", "gate", "state")},
            "url": f"/items/{item.id}",
            **data,
        },
    }
    put(
        session,
        Message,
        webhook_id=f"msg_{secrets.token_urlsafe(18)}",
        type=kind,
        automation_id=item.automation_id,
        item_id=item.id,
        url=item.callback_url,
        body=canonical.write(whole, digits=True),
        next_at=now,
        created_at=now,
    )


def outcome(made: Decision | Any, person: str, draft: Any = None) -> dict[str, Any]:
    """A decision as an automation reads it; `draft` only where a person edited it."""
    told: dict[str, Any] = {
        "action": made.action,
        "reason": {"code": made.reason_code, "text": made.text},
        "by": person,
        "at": override_log.moment(made.at),
        "revision_digest": made.revision_digest,
        "evidence_digest": made.evidence_digest,
        "policy_digest": made.policy_digest,
        "checks_passed_over": list(made.passes),
        "expires_at": override_log.moment(made.expires_at) if made.expires_at else None,
    }
    if made.choice:
        told["choice"] = made.choice
    return told if draft is None else {**told, "draft": draft}


def take_due(session: Session, now: datetime, at_most: int = 20) -> list[Due]:
    """Lease messages that are due, oldest first; a lease that ran out (a worker died) is due again. One that tells of
    an approval which the stored rows do not bear out fails instead, and is not sent."""
    due = (Message.state == "waiting") & (Message.next_at <= now)
    lost = (Message.state == "sending") & (Message.lease_until <= now)
    query = select(Message, Automation.secret_number).join(Automation, Automation.id == Message.automation_id)
    if session.scalar(select(Message.id).where(due | lost).limit(1)) is None:
        return []
    taken, refused = [], []
    with writing(session):
        for message, secret_number in session.execute(query.where(due | lost).order_by(Message.id).limit(at_most)):
            if why := _untrue(session, message, now):
                refused.append(_refused(session, message, why, now))
                continue
            message.state, message.lease, message.lease_until = "sending", secrets.token_hex(16), now + LEASE
            message.attempts += 1
            taken.append(
                Due(
                    message.id,
                    message.lease,
                    message.webhook_id,
                    message.type,
                    message.url,
                    message.body,
                    message.automation_id,
                    secret_number,
                    message.attempts,
                )
            )
        if refused:
            session.flush()
            override_log.append(session, now, *refused)
    return taken


def _untrue(session: Session, message: Message, now: datetime) -> str:
    """Why a message that says an item is approved does not say what is so, in words; "" for every other message."""
    said = canonical.read(message.body)["data"] if message.type == "item.decided" else {}
    if said.get("state") != "approved":
        return ""
    try:
        found = desk.open_desk(session, message.item_id, now)
    except Refused as refused:
        return refused.says
    last = found.decisions[-1] if found.decisions else None
    if last is None or last.revision_digest != said["decision"]["revision_digest"]:
        return "no decision on this item approved what it tells of"
    return approvals.why_not(session, found, last.id)


def _refused(session: Session, message: Message, why: str, now: datetime) -> Event:
    says = f"It was not sent, because it says approved: {why}"
    message.state, message.lease, message.lease_until = "failed", "", None
    put(session, Attempt, message_id=message.id, at=now, status=None, says=says[:255], milliseconds=0)
    facts = {"message": message.webhook_id, "status": None, "attempts": message.attempts}
    return Event("system:worker", EventType.MESSAGE_FAIL, item_id=message.item_id, facts=facts, texts={"says": says})


def report(
    session: Session, due: Due, now: datetime, *, status: int | None, says: str, milliseconds: int, retry_after: int = 0
) -> str:
    """Write down what came back and return the message's new state.

    2xx is delivered; 410 and the tenth failure end it as `failed`, which stays visible until a person retries it or
    gives it up; anything else waits for its next attempt. A report whose lease was lost only adds its attempt.
    """
    with writing(session):
        message = session.get(Message, due.id)
        if message is None:
            raise NotThere()
        what = {"status": status, "says": says[:255], "milliseconds": milliseconds}
        put(session, Attempt, message_id=due.id, at=now, **what)
        delivered = status is not None and 200 <= status < 300
        if message.state in ("delivered", "given_up") or (message.lease != due.lease and not delivered):
            return message.state
        message.lease, message.lease_until = "", None
        if delivered:
            message.state, message.done_at = "delivered", now
        elif status == 410 or message.attempts > len(PAUSES):
            message.state = "failed"
            facts = {"message": message.webhook_id, "status": status, "attempts": message.attempts}
            session.flush()
            override_log.append(
                session, now, Event("system:worker", EventType.MESSAGE_FAIL, item_id=message.item_id, facts=facts)
            )
        else:
            pause = PAUSES[message.attempts - 1]
            wait = max(pause + random.uniform(0, pause / 5), retry_after)  # noqa: S311  (jitter, not a secret)
            message.state, message.next_at = "waiting", now + timedelta(seconds=wait)
        return message.state


def retry(session: Session, person_id: int, message_id: int, now: datetime) -> None:
    """Send a message again now, by hand: same id, same body. Raises NotThere, NotAllowed, Moved."""
    with writing(session):
        message = _for_hand(session, person_id, message_id, now)
        message.state, message.next_at, message.attempts = "waiting", now, 0
        session.flush()
        facts = {"message": message.webhook_id}
        override_log.append(
            session, now, Event(f"person:{person_id}", EventType.MESSAGE_RETRY, item_id=message.item_id, facts=facts)
        )


def give_up(session: Session, person_id: int, message_id: int, reason: str, now: datetime) -> None:
    """Give a message up, with a reason of at least ten visible characters."""
    if faults := texts.reason_faults("/reason", reason):
        raise Invalid("Giving up needs a reason.", faults)
    with writing(session):
        message = _for_hand(session, person_id, message_id, now)
        message.state, message.done_at = "given_up", now
        session.flush()
        facts, words = {"message": message.webhook_id}, {"reason": reason}
        event = Event(
            f"person:{person_id}", EventType.MESSAGE_GIVE_UP, item_id=message.item_id, facts=facts, texts=words
        )
        override_log.append(session, now, event)


def _for_hand(session: Session, person_id: int, message_id: int, now: datetime) -> Message:
    actor = desk.actor_of(session, person_id, now)
    message = session.get(Message, message_id)
    if message is None or not access.able(desk.roles_of(actor), "read deliveries"):
        raise NotThere()
    if not access.able(actor.roles, "retry or give up a delivery"):
        raise NotAllowed("Only RevOps or an admin retries a delivery or gives it up.")
    if message.state in ("delivered", "given_up", "sending"):
        raise Moved(
            f"This message is {message.state.replace('_', ' ')} by now, so nothing was changed. Reload the page."
        )
    return message


def forget_leases(session: Session, lease: str, now: datetime) -> None:
    """Give a leased message back unsent, as a worker does when it is told to stop."""
    with writing(session):
        session.execute(
            update(Message)
            .where(Message.lease == lease, Message.state == "sending")
            .values(state="waiting", lease="", lease_until=None, next_at=now, attempts=Message.attempts - 1)
        )

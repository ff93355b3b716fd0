"""The messages that tell people in their chat what happened: the kinds, numbers and links of an e-mail, posted once to
a person's own webhook. What cannot be posted there comes by e-mail."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from reviewqueue.core.logging import log_event
from reviewqueue.core.sealed import CannotUnseal
from reviewqueue.core.settings import Settings
from reviewqueue.db import leased_jobs
from reviewqueue.db.database import writing
from reviewqueue.db.leased_jobs import Leased
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables.notifications import NotificationMail
from reviewqueue.delivery import chat, notification_mails
from reviewqueue.delivery.notification_mails import BATCH_SIZE, LEASE, LOST, OLD, READ, RETRY_DELAYS, STALE
from reviewqueue.delivery.smtp import SendOutcome
from reviewqueue.people import chat_webhooks, notifications

GONE = "They have no webhook any more; what it would have told comes by e-mail"


@dataclass(frozen=True)
class DueMessage(Leased):
    """A leased message, ready to be posted."""

    url: SecretStr
    text: str


def send_one(
    sessions: sessionmaker[Session], settings: Settings, stop: threading.Event, now: Callable[[], datetime],
    allowed: Collection[str] = (),
) -> bool:  # fmt: skip
    """Take one message that is due, post it and report; False when none was. Given back unsent once `stop` is set.
    `allowed` are the forbidden networks that a webhook may be in all the same."""
    with sessions() as session:
        due = take_due(session, settings, now())
    if due is None:
        return False
    if stop.is_set():
        with sessions() as session:
            leased_jobs.give_back(session, NotificationMail, due, now())
        return False
    came = chat.post(due.url, due.text, now(), allowed)
    with sessions() as session:
        state = report(session, due, came, now())
    log_event("notification", mail=due.id, attempt=due.attempts, code=came.code, state=state)
    return True


def take_due(session: Session, settings: Settings, now: datetime) -> DueMessage | None:
    """Lease the message that is due first; None when there is none. What there is nothing to say of any more is
    skipped; what cannot be posted comes by e-mail; one whose lease ran out (a worker died) becomes `unknown`, and is
    never posted again."""
    chats = NotificationMail.way == "chat"
    due, lost = leased_jobs.due(NotificationMail, now) & chats, leased_jobs.lost(NotificationMail, now) & chats
    if session.scalar(select(NotificationMail.id).where(due | lost).limit(1)) is None:
        return None
    with writing(session):
        for one in session.scalars(select(NotificationMail).where(lost).limit(BATCH_SIZE)).all():
            leased_jobs.end_lease(session, one, "unknown", done_at=now, says=LOST)
        query = select(NotificationMail).where(due).order_by(NotificationMail.next_at, NotificationMail.id)
        for one in session.scalars(query.limit(BATCH_SIZE)).all():
            if url := _address(session, settings, one, now):
                leased_jobs.take(session, one, now, LEASE)
                return DueMessage(one.id, one.lease, one.attempts, url, one.body)
    return None


def _address(session: Session, settings: Settings, mail: NotificationMail, now: datetime) -> SecretStr | None:
    """Where a message is posted, its text written down; None for one that came to its end."""
    told = notification_mails.left_to_tell(session, mail, now)
    if now - mail.next_at > STALE or not told:
        leased_jobs.end_lease(session, mail, "skipped", done_at=now, says=READ if not told else OLD)
        return None
    row = chat_webhooks.of_person(session, mail.person_id)
    if row is None:
        leased_jobs.end_lease(session, mail, "skipped", done_at=now, says=GONE)
        notifications.mail_instead(session, mail, now)
        return None
    try:
        url = chat_webhooks.opened(settings, row)
    except CannotUnseal as cannot:
        _fail(session, mail, f"Their webhook cannot be used: {cannot}", now, row.host)
        return None
    subject, body = notification_mails.text_of(told, settings.linked_address())
    update_row(session, mail, address=f"their chat at {row.host}", subject=subject, body=body)
    return url


def report(session: Session, due: DueMessage, came: SendOutcome, now: datetime) -> str:
    """Write down what came of an attempt and return the message's new state. A report whose lease was lost changes
    nothing."""
    with writing(session):
        mail = session.get_one(NotificationMail, due.id)
        if not leased_jobs.is_held(mail, due):
            return mail.state
        if came.outcome == "later" and leased_jobs.retry_later(
            session, mail, now, RETRY_DELAYS, at_least=came.retry_after, says=came.says
        ):
            return mail.state
        if came.outcome in ("later", "failed"):
            _fail(session, mail, came.says, now)
        else:
            state = "sent" if came.outcome == "released" else "unknown"
            leased_jobs.end_lease(session, mail, state, done_at=now, says=came.says)
        return mail.state


def _fail(session: Session, mail: NotificationMail, says: str, now: datetime, host: str = "") -> None:
    """It will not arrive: what it would have told comes by e-mail, and the people page says so."""
    address = {"address": f"their chat at {host}"} if host else {}
    leased_jobs.end_lease(session, mail, "failed", done_at=now, says=says, **address)
    notifications.mail_instead(session, mail, now)

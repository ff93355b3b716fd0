"""The e-mails that tell people what happened: what each says, and sending it under a lease. A subject and links, and no
words of a customer, a draft or a colleague."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from reviewqueue.core.errors import Forbidden
from reviewqueue.core.logging import log_event
from reviewqueue.core.mime.compose import Letter
from reviewqueue.core.notification_kinds import KINDS
from reviewqueue.db import leased_jobs
from reviewqueue.db.database import writing
from reviewqueue.db.leased_jobs import Leased
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables.notifications import Notification, NotificationMail
from reviewqueue.db.tables.people import Person
from reviewqueue.delivery.smtp import SendOutcome
from reviewqueue.items import sales_questions
from reviewqueue.people import actors, notification_queries
from reviewqueue.policy import policy_versions
from reviewqueue.policy.model.policy import Policy

# Seconds before the next attempt: six attempts over about three hours. What is older tells nothing new.
RETRY_DELAYS = (30, 120, 600, 1_800, 7_200)
LEASE = timedelta(seconds=180)
STALE = timedelta(days=1)
BATCH_SIZE = 20
MOST_LINES = 20
NO_SERVER = "No mail server is set up (REVIEWQUEUE_SMTP_URL), so it was not sent"
NO_SENDER = "No destination of the policy sends e-mail, so there is no address that it could come from"
READ = "Everything in it was read on the page, or is no longer theirs to see"
OLD = "No worker sent it within a day of its time; the page has what it would have told"
MOVED = "Their address changed after an attempt to the old one; the page has what it would have told"
LOST = "The worker that had it in hand ended before it wrote down what came of it"


@dataclass(frozen=True)
class DueMail(Leased):
    """A leased e-mail, ready to be sent."""

    letter: Letter


def send_one(
    sessions: sessionmaker[Session], send: Callable[[Letter, datetime], SendOutcome] | None, address: str,
    stop: threading.Event, now: Callable[[], datetime],
) -> bool:  # fmt: skip
    """Take one e-mail that is due, send it and report; False when none was. Without `send` there is no mail server, and
    what is due is skipped; `address` as for `take_due`. Given back unsent once `stop` is set."""
    with sessions() as session:
        due = take_due(session, address, now(), mail=send is not None)
    if due is None or send is None:
        return False
    if stop.is_set():
        with sessions() as session:
            leased_jobs.give_back(session, NotificationMail, due, now())
        return False
    came = send(due.letter, now())
    with sessions() as session:
        state = report(session, due, came, now())
    log_event("notification", mail=due.id, attempt=due.attempts, code=came.code, state=state)
    return True


def take_due(session: Session, address: str, now: datetime, *, mail: bool) -> DueMail | None:
    """Lease the e-mail that is due first; None when there is none. What there is nothing to say of any more is skipped,
    and so is everything where there is no mail server (`mail`). One whose lease ran out (a worker died) becomes
    `unknown` and is never sent again. `address` is the URL of this installation, "" where none can be linked to."""
    mails = NotificationMail.way != "chat"
    due, lost = leased_jobs.due(NotificationMail, now) & mails, leased_jobs.lost(NotificationMail, now) & mails
    if session.scalar(select(NotificationMail.id).where(due | lost).limit(1)) is None:
        return None
    with writing(session):
        for one in session.scalars(select(NotificationMail).where(lost).limit(BATCH_SIZE)).all():
            leased_jobs.end_lease(session, one, "unknown", done_at=now, says=LOST)
        policy = policy_versions.current(session)
        query = select(NotificationMail).where(due).order_by(NotificationMail.next_at, NotificationMail.id)
        for one in session.scalars(query.limit(BATCH_SIZE)).all():
            if why := _why_skipped(session, policy, one, address, now, mail_server=mail):
                leased_jobs.end_lease(session, one, "skipped", done_at=now, says=why)
                continue
            leased_jobs.take(session, one, now, LEASE)
            return DueMail(one.id, one.lease, one.attempts, _letter(policy, one))
    return None


def _why_skipped(
    session: Session, policy: Policy, mail: NotificationMail, address: str, now: datetime, *, mail_server: bool
) -> str:
    """Why an e-mail is not sent, in words; "" for one that is, which has its text then. Asked at every attempt:
    much can happen before the next."""
    if not mail_server:
        return NO_SERVER
    if not sender_of(policy)[0]:
        return NO_SENDER
    if now - mail.next_at > STALE:
        return OLD
    told = left_to_tell(session, mail, now)
    if not told:
        return READ
    subject, body = text_of(told, address)
    to = session.scalar(select(Person.email).where(Person.id == mail.person_id)) or ""
    if mail.attempts and to != mail.address:
        return MOVED
    update_row(session, mail, address=to, subject=subject, body=body)
    return ""


def left_to_tell(session: Session, mail: NotificationMail, now: datetime) -> Sequence[Notification]:
    """What an e-mail still has to tell: what its reader has not read on the page, and may see now."""
    mine = Notification.mail_id == mail.id, Notification.read_at.is_(None)
    found = session.scalars(select(Notification).where(*mine).order_by(Notification.id)).all()
    try:
        actor = actors.load_actor(session, mail.person_id, now)
    except Forbidden:  # the account was closed
        return []
    known = sales_questions.may_read(session, found, actor)
    return [one for one in found if one.item_id is None or one.item_id in known]


def text_of(told: Sequence[Notification], address: str) -> tuple[str, str]:
    """(subject, body): kinds, numbers and links, and nothing else."""
    lines = [f"{KINDS[one.kind].says}: {notification_queries.name(one)}" for one in told]
    subject = lines[0] if len(lines) == 1 else f"{len(lines)} things for you in Review Queue"
    if not address:
        where = "Sign in to Review Queue to see them."
        return subject, "\n".join([*lines[:MOST_LINES], "", where, ""])
    linked = [f"{line}\n{address}{notification_queries.path(one)}" for line, one in zip(lines, told, strict=True)]
    more = len(told) - MOST_LINES
    rest = [f"{more} more, on the page:\n{address}/notifications"] if more > 0 else []
    ends = f"What you are told, and how: {address}/notifications/settings"
    return subject, "\n\n".join([*linked[:MOST_LINES], *rest, ends]) + "\n"


def sender_of(policy: Policy) -> tuple[str, bool]:
    """(the address that it comes from, whether the mail server takes addresses beyond ASCII): those of the first
    destination that sends e-mail."""
    return next(((one.sender, one.smtputf8) for one in policy.destinations if one.sender), ("", False))


def _letter(policy: Policy, mail: NotificationMail) -> Letter:
    sender, smtputf8 = sender_of(policy)
    draft = {"to": [mail.address], "subject": mail.subject, "body": mail.body}
    return Letter(f"notification:{mail.key}", sender, draft, smtputf8)


def report(session: Session, due: DueMail, came: SendOutcome, now: datetime) -> str:
    """Write down what came of an attempt and return the e-mail's new state. A report whose lease was lost changes
    nothing."""
    with writing(session):
        mail = session.get_one(NotificationMail, due.id)
        if not leased_jobs.is_held(mail, due):
            return mail.state
        if came.outcome == "later" and leased_jobs.retry_later(session, mail, now, RETRY_DELAYS, says=came.says):
            return mail.state
        state = {"released": "sent", "later": "failed"}.get(came.outcome, came.outcome)
        leased_jobs.end_lease(session, mail, state, done_at=now, says=came.says)
        return state

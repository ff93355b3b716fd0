"""The e-mails about accounts: what each says, and sending it under a lease. The token of a link is made when its e-mail
is taken to be sent, anew at each attempt: it stands in that e-mail alone, and only its hash is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from reviewqueue.core.logging import log_event
from reviewqueue.core.mime.compose import Letter
from reviewqueue.db import leased_jobs
from reviewqueue.db.database import writing
from reviewqueue.db.leased_jobs import Leased
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables.password_links import AccountMail, PasswordLink
from reviewqueue.delivery import notification_mails
from reviewqueue.delivery.notification_mails import BATCH_SIZE, LEASE, LOST, NO_SENDER, NO_SERVER, OLD, RETRY_DELAYS
from reviewqueue.delivery.smtp import SendOutcome
from reviewqueue.people import password_links
from reviewqueue.policy import policy_versions

LINK_PATH = "/password/link"
NO_ADDRESS = "REVIEWQUEUE_PUBLIC_URL is not set, so there is no address that a link could lead to"
ENDED = "Its link was used, revoked or had expired before it was sent"
SUBJECTS = {
    "invitation": "Your account in Review Queue",
    "reset": "A new password for Review Queue",
    "password_changed": "Your password for Review Queue was changed",
    "email_changed": "Your e-mail address in Review Queue was changed",
}
_LINKED = """{why}

Choose your password here:
{link}

The link is good once, until {until} UTC. {otherwise}
"""
_WHY = {
    "invitation": "An account was made for you in Review Queue at {organisation}.",
    "reset": "Somebody asked for a link to a new password for your account in Review Queue at {organisation}.",
}
_OTHERWISE = {
    "invitation": "If it has expired, ask whoever told you of it for another. If you know nothing of it, do nothing.",
    "reset": "If it was not you, do nothing: your password is as it was, and nobody was let in.",
}
_TOLD = {
    "password_changed": "The password of your account in Review Queue at {organisation} was changed on {at} UTC. Every "
    "sign-in of yours has ended.",
    "email_changed": "The e-mail address of your account in Review Queue at {organisation} was changed on {at} UTC. "
    "E-mails about it no longer come here.",
}
_NOT_YOU = "If neither you nor an admin whom you asked did this, tell an admin at once."


@dataclass(frozen=True)
class DueAccountMail(Leased):
    """A leased e-mail, ready to be sent."""

    letter: Letter


def send_one(
    sessions: sessionmaker[Session], send: Callable[[Letter, datetime], SendOutcome] | None, address: str,
    stop: threading.Event, now: Callable[[], datetime],
) -> bool:  # fmt: skip
    """As `notification_mails.send_one`, for one e-mail about an account."""
    with sessions() as session:
        due = take_due(session, address, now(), mail=send is not None)
    if due is None or send is None:
        return False
    if stop.is_set():
        with sessions() as session:
            leased_jobs.give_back(session, AccountMail, due, now())
        return False
    came = send(due.letter, now())
    with sessions() as session:
        state = report(session, due, came, now())
    log_event("account_mail", mail=due.id, attempt=due.attempts, code=came.code, state=state)
    return True


def take_due(session: Session, address: str, now: datetime, *, mail: bool) -> DueAccountMail | None:
    """Lease the e-mail that is due first; None when there is none. One that cannot be sent any more is skipped, one
    that a dead worker held becomes `unknown`, and what was asked for with nobody's address is deleted. `mail` and
    `address` as for `notification_mails.take_due`."""
    due, lost = leased_jobs.due(AccountMail, now), leased_jobs.lost(AccountMail, now)
    if session.scalar(select(AccountMail.id).where(due | lost).limit(1)) is None:
        return None
    with writing(session):
        for one in session.scalars(select(AccountMail).where(lost).limit(BATCH_SIZE)).all():
            leased_jobs.end_lease(session, one, "unknown", done_at=now, says=LOST)
        query = select(AccountMail).where(due).order_by(AccountMail.next_at, AccountMail.id).limit(BATCH_SIZE)
        for one in session.scalars(query).all():
            if why := _why_unsendable(session, one, address, now, mail_server=mail):
                leased_jobs.end_lease(session, one, "skipped", done_at=now, says=why)
            elif not _knows_whose(session, one, now):
                session.delete(one)
                session.flush()
            elif not _is_link_open(session, one, now):
                leased_jobs.end_lease(session, one, "skipped", done_at=now, says=ENDED)
            else:
                leased_jobs.take(session, one, now, LEASE)
                return DueAccountMail(one.id, one.lease, one.attempts, _letter(session, one, address))
    return None


def _why_unsendable(session: Session, mail: AccountMail, address: str, now: datetime, *, mail_server: bool) -> str:
    """Why no e-mail of this kind is sent now, in words; "" where it is. Asked at every attempt."""
    if not mail_server:
        return NO_SERVER
    if not notification_mails.sender_of(policy_versions.current(session))[0]:
        return NO_SENDER
    if now - mail.next_at > notification_mails.STALE:
        return OLD
    return NO_ADDRESS if mail.kind in _WHY and not address else ""


def _knows_whose(session: Session, mail: AccountMail, now: datetime) -> bool:
    """Whether somebody has the address of what was asked for within the hour; they have a link then."""
    if mail.person_id is not None:
        return True
    if now - mail.created_at > password_links.LASTS["reset"]:
        return False
    link = password_links.asked_for(session, mail.address, now)
    if link is not None:
        update_row(session, mail, person_id=link.person_id, link_id=link.id)
    return link is not None


def _is_link_open(session: Session, mail: AccountMail, now: datetime) -> bool:
    link = session.get(PasswordLink, mail.link_id) if mail.link_id else None
    return link is None or (link.used_at is None and link.ended_at is None and link.expires_at > now)


def _letter(session: Session, mail: AccountMail, address: str) -> Letter:
    policy = policy_versions.current(session)
    organisation = policy.organisation.name
    if mail.link_id is None:
        told = _TOLD[mail.kind].format(organisation=organisation, at=f"{mail.created_at:%d %b %Y %H:%M}")
        body = f"{told}\n\n{_NOT_YOU}\n"
    else:
        link = session.get_one(PasswordLink, mail.link_id)
        body = _LINKED.format(
            why=_WHY[mail.kind].format(organisation=organisation),
            link=f"{address}{LINK_PATH}?token={password_links.fresh_token(session, link)}",
            until=f"{link.expires_at:%d %b %Y %H:%M}", otherwise=_OTHERWISE[mail.kind],
        )  # fmt: skip
    sender, smtputf8 = notification_mails.sender_of(policy)
    draft = {"to": [mail.address], "subject": SUBJECTS[mail.kind], "body": body}
    return Letter(f"account:{mail.key}:{mail.attempts}", sender, draft, smtputf8)


def report(session: Session, due: DueAccountMail, came: SendOutcome, now: datetime) -> str:
    """Write down what came of an attempt and return the e-mail's new state. A report whose lease was lost changes
    nothing."""
    with writing(session):
        mail = session.get_one(AccountMail, due.id)
        if not leased_jobs.is_held(mail, due):
            return mail.state
        if came.outcome == "later" and leased_jobs.retry_later(session, mail, now, RETRY_DELAYS, says=came.says):
            return mail.state
        state = {"released": "sent", "later": "failed"}.get(came.outcome, came.outcome)
        leased_jobs.end_lease(session, mail, state, done_at=now, says=came.says)
        return state

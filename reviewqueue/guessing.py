"""Guessing: sign-ins that failed, by e-mail and by address. They are kept in the database, so that every process slows
the next try down alike and a restart forgets nothing; what is older than a quarter of an hour is cleared away."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from reviewqueue.database import writing
from reviewqueue.people import hash_of
from reviewqueue.records.people import FailedSignIn
from reviewqueue.records.rows import put

WINDOW = timedelta(minutes=15)
OF_ONE_EMAIL = 8
OF_ONE_ADDRESS = 40


def wait(session: Session, email: str, address: str, now: datetime) -> timedelta:
    """How long this e-mail and address must wait before the next try; zero when they need not."""
    mine, theirs = FailedSignIn.email_digest == hash_of(email), FailedSignIn.address == address
    return max(_wait(session, mine, OF_ONE_EMAIL, now), _wait(session, theirs, OF_ONE_ADDRESS, now))


def refusal(session: Session, email: str, address: str, now: datetime) -> str:
    """Why the next try is not made yet, in words; "" when it is."""
    left = wait(session, email, address, now)
    if left <= timedelta(0):
        return ""
    minutes = int(left.total_seconds() // 60) + 1
    return (
        f"Too many sign-ins failed, so no more are tried for {minutes} min. "
        "Wait that long, or ask an admin to set a new password."
    )


def _wait(session: Session, whose: ColumnElement[bool], most: int, now: datetime) -> timedelta:
    """Until the oldest of the last `most` failures is old enough."""
    recent = select(FailedSignIn.at).where(whose, FailedSignIn.at > now - WINDOW)
    oldest = session.scalar(recent.order_by(FailedSignIn.at.desc()).offset(most - 1).limit(1))
    return oldest + WINDOW - now if oldest else timedelta(0)


def note(session: Session, email: str, address: str, now: datetime) -> None:
    """A sign-in failed. No entry of the log: it is nobody's act, and guessers would fill the log."""
    with writing(session):
        session.execute(delete(FailedSignIn).where(FailedSignIn.at <= now - WINDOW))
        put(session, FailedSignIn, email_digest=hash_of(email), address=address, at=now)


def forget(session: Session, email: str) -> None:
    """A sign-in went well: what failed for this e-mail before counts no more."""
    mine = FailedSignIn.email_digest == hash_of(email)
    if session.scalar(select(FailedSignIn.id).where(mine).limit(1)):
        with writing(session):
            session.execute(delete(FailedSignIn).where(mine))

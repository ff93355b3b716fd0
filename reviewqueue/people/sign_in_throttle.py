"""Throttling of sign-ins after failed ones. These are kept in the database, so that every process delays the next
attempt alike and a restart forgets nothing; what is older than a quarter of an hour is deleted.

Three counts, so that a guesser is slowed and nobody else is: failures of an address on one account, of an address on
all accounts, and of an account from anywhere. A browser that has signed in to the account before (a known device) is
counted apart: failures of strangers do not keep it out.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row
from reviewqueue.db.tables.people import FailedSignIn
from reviewqueue.people.users import hash_of

WINDOW = timedelta(minutes=15)
MAX_PER_SOURCE = 8  # from one address, or one known device
MAX_PER_ADDRESS = 40  # on all accounts together
MAX_PER_ACCOUNT = 100  # on one account, known devices apart
DEVICE = "device:"
ASKING = "asking:"


def counting_key(address: str, device: str = "") -> str:
    """What an attempt is counted for: the known device (its id), or the address. Whoever has one IPv6 address has its
    whole /64, so that is counted as one."""
    if device:
        return f"{DEVICE}{device}"[:64]
    try:
        found = ip_address(address)
    except ValueError:
        return address[:64]
    return str(ip_network(f"{found}/64", strict=False)) if isinstance(found, IPv6Address) else str(found)


def wait(session: Session, email: str, source: str, now: datetime) -> timedelta:
    """How long this source must wait before its next attempt on the account; zero when it need not."""
    account, mine = FailedSignIn.email_digest == hash_of(email), FailedSignIn.address == source
    found = [_remaining_wait(session, account & mine, MAX_PER_SOURCE, now)]
    if not source.startswith(DEVICE):
        strangers = account & FailedSignIn.address.not_like(f"{DEVICE}%")
        found += [
            _remaining_wait(session, mine, MAX_PER_ADDRESS, now),
            _remaining_wait(session, strangers, MAX_PER_ACCOUNT, now),
        ]
    return max(found)


def refusal(session: Session, email: str, source: str, now: datetime) -> str:
    """Why the next attempt is refused for now, in words; "" when it is not."""
    left = wait(session, email, source, now)
    if left <= timedelta(0):
        return ""
    minutes = int(left.total_seconds() // 60) + 1
    return (
        f"Too many sign-ins failed, so no more are tried for {minutes} min. "
        "Wait that long, sign in with a browser you have used here before, or ask an admin to set a new password."
    )


def asking_refusal(session: Session, source: str, now: datetime) -> str:
    """Why nobody at this address is sent a link to a new password for now, in words; "" when they are."""
    left = _remaining_wait(session, FailedSignIn.address == _asking(source), MAX_PER_SOURCE, now)
    if left <= timedelta(0):
        return ""
    minutes = int(left.total_seconds() // 60) + 1
    return f"Too many links were asked for from here, so none is sent for {minutes} min. Wait, or ask an admin for one."


def record_asking(session: Session, source: str, now: datetime) -> None:
    """Record that somebody asked, in the caller's transaction, for whatever account: no sign-in is slowed by it."""
    session.execute(delete(FailedSignIn).where(FailedSignIn.at <= now - WINDOW))
    insert_row(session, FailedSignIn, email_digest=hash_of(ASKING), address=_asking(source), at=now)


def _asking(source: str) -> str:
    return f"{ASKING}{source}"[:64]


def _remaining_wait(session: Session, failures: ColumnElement[bool], most: int, now: datetime) -> timedelta:
    """How long until the oldest of the last `most` failures no longer counts."""
    recent = select(FailedSignIn.at).where(failures, FailedSignIn.at > now - WINDOW)
    oldest = session.scalar(recent.order_by(FailedSignIn.at.desc()).offset(most - 1).limit(1))
    return oldest + WINDOW - now if oldest else timedelta(0)


def record_failure(session: Session, email: str, source: str, now: datetime) -> None:
    """Record a failed sign-in. It is not in the override log: nobody acted, and guessers would fill the log."""
    with writing(session):
        session.execute(delete(FailedSignIn).where(FailedSignIn.at <= now - WINDOW))
        insert_row(session, FailedSignIn, email_digest=hash_of(email), address=source, at=now)


def clear_failures(session: Session, email: str, source: str) -> None:
    """Clear this source's failures on the account, after a sign-in. Those of other sources still count."""
    mine = (FailedSignIn.email_digest == hash_of(email)) & (FailedSignIn.address == source)
    if session.scalar(select(FailedSignIn.id).where(mine).limit(1)):
        with writing(session):
            session.execute(delete(FailedSignIn).where(mine))

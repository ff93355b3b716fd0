"""The e-mails about an account, written down in the transaction of what they tell; `delivery/account_mails.py` sends
them. They have no token, no word of a customer and no name in them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reviewqueue.db.rows import insert_row
from reviewqueue.db.tables.password_links import AccountMail

NOT_DELIVERED = ("failed", "unknown")


def enqueue(
    session: Session, kind: str, address: str, now: datetime, *, person_id: int | None, link_id: int | None = None
) -> int:
    """Have the worker send one, in the caller's transaction; returns its id."""
    row = {"person_id": person_id, "link_id": link_id, "kind": kind, "address": address}
    return insert_row(session, AccountMail, **row, key=secrets.token_hex(16), says="", created_at=now, next_at=now)


def undelivered(session: Session) -> Sequence[AccountMail]:
    """The last e-mail about each account, where it did not arrive, or nobody knows whether it did; newest first."""
    last = (
        select(func.max(AccountMail.id))
        .where(AccountMail.state.in_(("sent", *NOT_DELIVERED)), AccountMail.person_id.is_not(None))
        .group_by(AccountMail.person_id)
    )
    mails = select(AccountMail).where(AccountMail.id.in_(last), AccountMail.state.in_(NOT_DELIVERED))
    return session.scalars(mails.order_by(AccountMail.id.desc())).all()

"""The suppression list: which addresses get no mail, and why. Reads only; `delivery/suppressions.py` writes it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.core.characters import single_line
from reviewqueue.core.mime import message
from reviewqueue.db.statements import PreparedIn
from reviewqueue.db.tables.mail_returns import Suppression

PAGE = "/releases/suppressed"
_LISTED = PreparedIn(
    lambda them: select(Suppression.address, Suppression.why, Suppression.at)
    .where(Suppression.address.in_(them), Suppression.ended_at.is_(None)),
    4,
)  # fmt: skip


def among(session: Session, addresses: Collection[str]) -> Mapping[str, str]:
    """Those of these addresses, in lower case, that get no mail: address → why, in words."""
    rows = _LISTED.rows(session, sorted(addresses))
    return {row.address: f"on {row.at:%d %b %Y}, {single_line(row.why, 200).rstrip('.')}" for row in rows}


def of_message(session: Session, draft: Any) -> Mapping[str, str]:
    """Those of a message's receivers that get no mail."""
    return among(session, receivers(draft))


def receivers(draft: Any) -> set[str]:
    """The receivers of a message, in lower case."""
    found = message.read(draft, smtputf8=True)[0]
    return {one.folded for one in (*found.to, *found.cc)}

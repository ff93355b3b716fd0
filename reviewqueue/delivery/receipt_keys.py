"""The keys that sign receipts: made at the first start, published by the override log, changed by a command.

The private key is in the settings, or in a file of the data folder; the database never holds it. Its public key is an
entry of the log, which is exported with it; the newest one signs, and earlier ones stay published.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import receipts
from reviewqueue.core.errors import Conflict
from reviewqueue.core.settings import Settings
from reviewqueue.db.database import writing
from reviewqueue.db.tables.log import LogEntry

VARIABLE = "REVIEWQUEUE_RECEIPT_KEY"
ROTATE = "`reviewqueue receipts rotate`"


@dataclass(frozen=True)
class PublicKey:
    """A published key: its hexadecimal digits, since when it signs, and where the log says so."""

    key: str
    since: datetime
    position: int


def published(session: Session) -> Sequence[PublicKey]:
    """Every key that ever signed, the newest first."""
    made = select(LogEntry).where(LogEntry.act == EventType.RELEASE_KEY.value).order_by(LogEntry.position.desc())
    rows = session.scalars(made).all()
    return [PublicKey(json.loads(one.body)["facts"]["key"], one.at, one.position) for one in rows]


def why_unusable(session: Session, seed: str) -> str:
    """Why no receipt can be signed here now with this private key, in words; "" where one can."""
    known = published(session)
    if not known:
        return "No key that signs receipts was made yet: `reviewqueue serve` makes one when it starts"
    if not seed:
        return (
            f"The key that signs receipts is gone. Put receipt.key back into the data folder, or make another: {ROTATE}"
        )
    try:
        public = receipts.public_of(seed)
    except ValueError:
        return f"The key that signs receipts is not 64 hexadecimal digits. Correct receipt.key or {VARIABLE}"
    if public != known[0].key:
        older = "an earlier one" if any(one.key == public for one in known) else "not the one that the log names"
        return f"The key that signs receipts is {older}. Put the newest one back, or make another: {ROTATE}"
    return ""


def ensure(session: Session, settings: Settings, now: datetime) -> None:
    """Make the first key, or publish the one that the settings name, where the log has none yet. A key that is gone, or
    another one than the log names, is left for a person (`why_unusable`); so is a folder that cannot be written."""
    if published(session):
        return
    with suppress(OSError, ValueError):
        if not settings.receipt_seed():
            settings.keep_first_receipt_seed(secrets.token_hex(32))
        public = receipts.public_of(settings.receipt_seed())
        with writing(session):
            if not published(session):  # nor has another process meanwhile
                _append(session, public, now)


def rotate(session: Session, settings: Settings, now: datetime) -> str:
    """Make another key and publish it; returns it. Where the settings name the key, it is the one that they name now:
    raises Conflict where that signs already, or is no key. The one before stays in its file until the log has this
    one."""
    named = settings.receipt_key is not None
    seed = settings.receipt_seed() if named else secrets.token_hex(32)
    try:
        public = receipts.public_of(seed)
    except ValueError:
        raise Conflict(f"{VARIABLE} is not 64 hexadecimal digits, so nothing was changed.") from None
    if any(one.key == public for one in published(session)):
        raise Conflict(f"{VARIABLE} was published already, so nothing was changed. Set it to other 64 digits first.")
    with nullcontext() if named else settings.replacing_receipt_seed(seed), writing(session):
        _append(session, public, now)
    return public


def _append(session: Session, public: str, now: datetime) -> None:
    override_log.append(session, now, Event(Actor.CLI, EventType.RELEASE_KEY, facts={"key": public}))

"""What followed within thirty days after a person overrode a check as wrong: trouble, or nothing. Reads only.

Trouble is, about the same item, an exception, a correction of a source it rests on, or a report that something else was
sent; or a support ticket recorded on the same onboarding. Tickets are not tied to a check: this is a sign, not a proof.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.db.tables.evidence import Correction
from reviewqueue.db.tables.exceptions import ExceptionCase, ExceptionItem
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.metrics import RecordedEvent
from reviewqueue.db.tables.releases import Release, ReleaseAttempt

FOLLOW_UP = timedelta(days=30)
_BATCH_SIZE = 500
Outcome = Literal["trouble", "nothing", "not yet"]


def outcomes(session: Session, overrides: Sequence[tuple[int, datetime]], now: datetime) -> list[Outcome]:
    """What followed each (item id, time of the override), in their order; "not yet" while nothing did and the thirty
    days are not over."""
    trouble_times: dict[int, list[datetime]] = defaultdict(list)
    ids = sorted({item_id for item_id, _ in overrides})
    for start in range(0, len(ids), _BATCH_SIZE):
        for item_id, at in _troubles(session, ids[start : start + _BATCH_SIZE]):
            trouble_times[item_id].append(at)
    found: list[Outcome] = []
    for item_id, at in overrides:
        if any(at < one <= min(now, at + FOLLOW_UP) for one in trouble_times[item_id]):
            found.append("trouble")
        else:
            found.append("nothing" if at + FOLLOW_UP <= now else "not yet")
    return found


def _troubles(session: Session, ids: Sequence[int]) -> Iterator[tuple[int, datetime]]:
    """(item id, when) of everything that counts as trouble, at whatever time."""
    taken_back = select(RecordedEvent.takes_back_id).where(RecordedEvent.takes_back_id.is_not(None))
    statements: tuple[Any, ...] = (
        select(ExceptionItem.item_id, ExceptionCase.opened_at)
        .join(ExceptionCase, ExceptionCase.id == ExceptionItem.exception_id)
        .where(ExceptionItem.item_id.in_(ids)),
        select(Correction.item_id, Correction.opened_at).where(Correction.item_id.in_(ids)),
        select(Release.item_id, ReleaseAttempt.at)
        .join(Release, Release.id == ReleaseAttempt.release_id)
        .where(Release.item_id.in_(ids), ReleaseAttempt.outcome == "differs"),
        select(Item.id, RecordedEvent.happened_at)
        .join(RecordedEvent, RecordedEvent.onboarding_id == Item.onboarding_id)
        .where(Item.id.in_(ids), RecordedEvent.kind == "support_ticket", RecordedEvent.id.not_in(taken_back))
        .where((RecordedEvent.amount.is_(None)) | (RecordedEvent.amount > 0)),
    )
    for statement in statements:
        yield from ((row[0], row[1]) for row in session.execute(statement))

"""Glances: in coarse bands, how long a page was open before a decision and whether evidence was opened on it.

It weighs the draw of a sample and nothing else. No row of it is ever shown: only shares of a lane, and only where
enough people and decisions stand behind them. It is forgotten after the policy's `keep_days`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from reviewqueue.database import writing
from reviewqueue.drawing import PASSED, Unit
from reviewqueue.records.items import Decision, Item
from reviewqueue.records.quality import Glance
from reviewqueue.records.rows import put_all

BRIEF, SHORT, LONG, UNKNOWN = "under 10 s", "under a minute", "longer", "unknown"
FEWEST_PEOPLE, FEWEST = 5, 20
_AT_ONCE = 500


def band(seconds: float | None) -> str:
    """The band of so many seconds; nothing finer is ever kept. None, and times before it was opened, are unknown."""
    if seconds is None or seconds < 0:
        return UNKNOWN
    return BRIEF if seconds < 10 else SHORT if seconds < 60 else LONG


def keep(session: Session, decision_id: int, seconds: float | None, opened: str, now: datetime) -> None:
    """Keep a decision's glance, inside `writing()`. What the page told is not trusted for anything but weighing."""
    told = opened if opened in ("yes", "no") else "unknown"
    row = {"decision_id": decision_id, "band": band(seconds), "opened": told, "day": now.astimezone(UTC).date()}
    put_all(session, Glance, [row])


def weights(session: Session, frame: Sequence[Unit]) -> dict[int, int]:
    """By decision: 1, and one more each for a page open less than ten seconds, and for a draft let go with no evidence
    opened."""
    units = {one.decision: one for one in frame}
    ids, found = list(units), {}
    for start in range(0, len(ids), _AT_ONCE):
        some = select(Glance).where(Glance.decision_id.in_(ids[start : start + _AT_ONCE]))
        for one in session.scalars(some):
            blind = one.opened == "no" and units[one.decision_id].outcome in PASSED
            found[one.decision_id] = 1 + (one.band == BRIEF) + blind
    return found


def forget(session: Session, keep_days: int, now: datetime) -> int:
    """Delete what is older than so many days; returns how many rows went. No transaction where there is none."""
    oldest = now.astimezone(UTC).date() - timedelta(days=keep_days)
    old = select(Glance.decision_id).where(Glance.day < oldest).limit(1)
    if session.scalar(old) is None:
        return 0
    with writing(session):
        gone = session.connection().execute(delete(Glance).where(Glance.day < oldest))
    return gone.rowcount


def of_lane(session: Session, lane: str) -> tuple[int, dict[str, int]] | None:
    """(decisions, how many of each band) of a lane, as far as remembered; None where fewer than FEWEST_PEOPLE people or
    FEWEST decisions stand behind them."""
    mine = (
        select(Glance.band, Decision.person_id)
        .join(Decision, Decision.id == Glance.decision_id)
        .join(Item, Item.id == Decision.item_id)
        .where(Item.lane == lane)
    ).subquery()
    people = session.scalar(select(func.count(mine.c.person_id.distinct()))) or 0
    rows = session.execute(select(mine.c.band, func.count()).group_by(mine.c.band))
    bands = {row[0]: row[1] for row in rows}
    count = sum(bands.values())
    return (count, bands) if people >= FEWEST_PEOPLE and count >= FEWEST else None

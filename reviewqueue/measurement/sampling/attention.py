"""Attention signals: in coarse bands, how long a page was open before a decision, and whether evidence was opened on
it.

They weight the draw of a sample and nothing else. No row is ever shown: only shares of a lane, and only where enough
people and decisions stand behind them. Rows are deleted after the policy's `keep_days`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_rows
from reviewqueue.db.tables.items import Decision, Item
from reviewqueue.db.tables.sampling import AttentionSignal
from reviewqueue.measurement.sampling.stratified_draw import PASSED, Unit

BRIEF, SHORT, LONG, UNKNOWN = "under 10 s", "under a minute", "longer", "unknown"
MIN_PEOPLE, MIN_DECISIONS = 5, 20
_BATCH_SIZE = 500


def band(seconds: float | None) -> str:
    """The band of so many seconds; nothing finer is ever kept. None and negative numbers are unknown."""
    if seconds is None or seconds < 0:
        return UNKNOWN
    return BRIEF if seconds < 10 else SHORT if seconds < 60 else LONG


def record_attention(session: Session, decision_id: int, seconds: float | None, opened: str, now: datetime) -> None:
    """Keep a decision's attention signal, inside `writing()`. It comes from the browser, so it is trusted for weighting
    alone."""
    evidence_opened = opened if opened in ("yes", "no") else "unknown"
    row = {
        "decision_id": decision_id,
        "band": band(seconds),
        "opened": evidence_opened,
        "day": now.astimezone(UTC).date(),
    }
    insert_rows(session, AttentionSignal, [row])


def sample_weights(session: Session, frame: Sequence[Unit]) -> dict[int, int]:
    """Sampling weight by decision: 1, and one more each for a page open less than ten seconds, and for a draft that
    passed with no evidence opened. Decisions without a signal are left out."""
    units = {one.decision: one for one in frame}
    ids, found = list(units), {}
    for start in range(0, len(ids), _BATCH_SIZE):
        some = select(AttentionSignal).where(AttentionSignal.decision_id.in_(ids[start : start + _BATCH_SIZE]))
        for one in session.scalars(some):
            unread = one.opened == "no" and units[one.decision_id].outcome in PASSED
            found[one.decision_id] = 1 + (one.band == BRIEF) + unread
    return found


def purge(session: Session, keep_days: int, now: datetime) -> int:
    """Delete signals older than so many days; returns how many rows went. No transaction where there is none."""
    oldest = now.astimezone(UTC).date() - timedelta(days=keep_days)
    old = select(AttentionSignal.decision_id).where(AttentionSignal.day < oldest).limit(1)
    if session.scalar(old) is None:
        return 0
    with writing(session):
        deleted = session.connection().execute(delete(AttentionSignal).where(AttentionSignal.day < oldest))
    return deleted.rowcount


def lane_shares(session: Session, lane: str) -> tuple[int, dict[str, int]] | None:
    """(decisions, decisions by band) of a lane, over the signals still kept; None where fewer than MIN_PEOPLE people
    or MIN_DECISIONS decisions stand behind them."""
    signals = (
        select(AttentionSignal.band, Decision.person_id)
        .join(Decision, Decision.id == AttentionSignal.decision_id)
        .join(Item, Item.id == Decision.item_id)
        .where(Item.lane == lane)
    ).subquery()
    people = session.scalar(select(func.count(signals.c.person_id.distinct()))) or 0
    rows = session.execute(select(signals.c.band, func.count()).group_by(signals.c.band))
    bands = {row[0]: row[1] for row in rows}
    count = sum(bands.values())
    return (count, bands) if people >= MIN_PEOPLE and count >= MIN_DECISIONS else None

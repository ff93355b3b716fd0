"""The rollup: what every onboarding adds to every metric, kept as rows that follow the override log, and each lane's
figures as last computed from them. So the measurement page takes as long with a million items as with ten.

Whatever changes an onboarding appends a log entry in the same transaction; the rollup reads on from the last entry it
processed and rebuilds the rows of each onboarding named since. Rows and mark change in one transaction, so a step that
is killed is done again, and several workers at once do it once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from reviewqueue.core.metric_definitions import VERSION
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row, insert_rows, update_row
from reviewqueue.db.tables.log import LogEntry, LogHead
from reviewqueue.db.tables.metrics import FigureSheet, Measure, MeasureMark
from reviewqueue.db.tables.milestones import Milestone
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.measurement.metrics import collection, comparison, gate_metrics, time_to_value
from reviewqueue.measurement.sampling import agreement
from reviewqueue.measurement.seeded import catch_rate
from reviewqueue.policy import policy_versions

BATCH_SIZE = 200  # onboardings rebuilt at a time
MAX_ENTRIES = 1000  # log entries read in one step
MAX_AGE = timedelta(hours=1)  # after which figures are computed again though nothing happened: time has passed


def refresh(session: Session, now: datetime) -> int:
    """Bring rollup and figures up to the end of the log; returns how many lanes' figures were computed again."""
    while follow(session, now):
        pass
    return compute(session, now)


def follow(session: Session, now: datetime) -> bool:
    """Take one step: rebuild some onboardings' rows. False when there was nothing left to do."""
    if _up_to_date(session, now):
        return False
    with writing(session):
        mark = _load_mark(session, now)
        ids = _next_unbuilt(session, mark)
        if ids:
            update_row(session, mark, built_to=ids[-1])
        else:
            entries = _entries_after(session, mark.position)
            today = now.astimezone(UTC).date()
            ids = sorted({*(run for _, run in entries if run), *_newly_overdue(session, mark.day, today)})
            if not entries and not ids and mark.day >= today:
                return False
            update_row(session, mark, position=entries[-1][0] if entries else mark.position, day=max(mark.day, today))
        for start in range(0, len(ids), BATCH_SIZE):
            _rebuild_rows(session, ids[start : start + BATCH_SIZE], now)
    return True


def compute(session: Session, now: datetime) -> int:
    """Compute the figures of each lane whose sheet is behind the rollup, or an hour old. Returns the number of
    lanes."""
    position = session.scalar(select(MeasureMark.position)) or 0
    policy = policy_versions.current(session)
    sheets = {one.lane: one for one in session.scalars(select(FigureSheet))}
    computed = 0
    for lane in sorted({one.key for one in policy.lanes} | sheets.keys()):
        sheet = sheets.get(lane)
        if sheet and sheet.position == position and now - sheet.at < MAX_AGE:
            continue
        metrics = comparison.metrics(session, policy, lane, now)
        figures = {"metrics": metrics, **gate_metrics.gate_figures(session, policy, lane, now)}
        figures["time_to_value"] = time_to_value.of_lane(session, policy, lane, now)
        figures["planted"] = catch_rate.by_gate(session, policy, lane)
        figures["second_look"] = agreement.agreement_figures(session, policy, lane, now)
        _store_figures(session, lane, position, json.dumps(figures), now)
        computed += 1
    return computed


def _up_to_date(session: Session, now: datetime) -> bool:
    """Whether there is nothing to follow, asked without the write lock."""
    mark = session.scalars(select(MeasureMark)).first()
    if mark is None or mark.version != VERSION or mark.day < now.astimezone(UTC).date():
        return False
    return mark.position == (session.scalar(select(LogHead.size)) or 0) and not _next_unbuilt(session, mark)


def _store_figures(session: Session, lane: str, position: int, figures: str, now: datetime) -> None:
    with writing(session):
        sheet = session.scalar(select(FigureSheet).where(FigureSheet.lane == lane))
        row: dict[str, Any] = {"position": position, "at": now, "figures": figures}
        if sheet is None:
            insert_row(session, FigureSheet, lane=lane, **row)
        elif sheet.position <= position:
            update_row(session, sheet, **row)


def _load_mark(session: Session, now: datetime) -> MeasureMark:
    """The mark, reset where the metrics' definitions have another version, so that every row is rebuilt."""
    mark = session.scalars(select(MeasureMark)).first()
    today, head = now.astimezone(UTC).date(), session.scalar(select(LogHead.size)) or 0
    if mark is None:
        made = insert_row(session, MeasureMark, version=VERSION, built_to=0, position=head, day=today)
        return session.get_one(MeasureMark, made)
    if mark.version != VERSION:
        update_row(session, mark, version=VERSION, built_to=0, position=head, day=today)
    return mark


def _next_unbuilt(session: Session, mark: MeasureMark) -> Sequence[int]:
    """The next onboardings that the first build has not reached."""
    query = select(Onboarding.id).where(Onboarding.id > mark.built_to).order_by(Onboarding.id)
    return session.scalars(query.limit(BATCH_SIZE)).all()


def _entries_after(session: Session, position: int) -> list[tuple[int, int]]:
    """The entries after that one: (position, the onboarding it names or 0)."""
    query = select(LogEntry.position, LogEntry.body).where(LogEntry.position > position).order_by(LogEntry.position)
    return [(at, json.loads(body).get("onboarding") or 0) for at, body in session.execute(query.limit(MAX_ENTRIES))]


def _newly_overdue(session: Session, last: date, today: date) -> Sequence[int]:
    """The onboardings with a milestone that became overdue since the last day processed: no log entry says so."""
    if today <= last:
        return []
    query = select(Milestone.onboarding_id).where(
        Milestone.due_on >= last, Milestone.due_on < today,
        Milestone.replaced_at.is_(None), Milestone.reached_at.is_(None),
    )  # fmt: skip
    return session.scalars(query.distinct()).all()


def _rebuild_rows(session: Session, ids: Sequence[int], now: datetime) -> None:
    session.connection().execute(delete(Measure).where(Measure.onboarding_id.in_(ids)))
    insert_rows(session, Measure, collection.rows(session, ids, now, policy_versions.current(session)))

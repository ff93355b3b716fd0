"""Rollup: what every onboarding adds to every metric, kept as rows that follow the override log, and each lane's
figures as last computed from them. So the measurement page takes as long with a million items as with ten.

Whatever changes an onboarding has its entry in the log, in its own transaction; the rollup reads on from the entry it
came to last and makes the rows of each onboarding named anew. Rows and mark change in one transaction, so a look that
is killed is done again, and several at once do it once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from reviewqueue import agreement, catching, comparing, gatework, measuring, policies
from reviewqueue.database import writing
from reviewqueue.figures.definitions import VERSION
from reviewqueue.records.log import LogEntry, LogHead
from reviewqueue.records.measurement import FigureSheet, Measure, MeasureMark
from reviewqueue.records.onboardings import Onboarding
from reviewqueue.records.plans import Milestone
from reviewqueue.records.rows import change, put, put_all

AT_ONCE = 200  # onboardings made anew in one transaction
READ = 1000  # entries of the log read in one look
FRESH = timedelta(hours=1)  # after which figures are computed again though nothing happened: days pass by themselves


def refresh(session: Session, now: datetime) -> int:
    """Bring rollup and figures up to the end of the log; returns how many lanes' figures were computed anew."""
    while follow(session, now):
        pass
    return compute(session, now)


def follow(session: Session, now: datetime) -> bool:
    """Go one step on: make some onboardings' rows anew. False when there was nothing left to do."""
    if _up_to_date(session, now):
        return False
    with writing(session):
        mark = _mark(session, now)
        ids = _unbuilt(session, mark)
        if ids:
            change(session, mark, built_to=ids[-1])
        else:
            entries = _entries(session, mark.position)
            today = now.astimezone(UTC).date()
            ids = sorted({*(run for _, run in entries if run), *_due(session, mark.day, today)})
            if not entries and not ids and mark.day >= today:
                return False
            change(session, mark, position=entries[-1][0] if entries else mark.position, day=max(mark.day, today))
        for start in range(0, len(ids), AT_ONCE):
            _renew(session, ids[start : start + AT_ONCE], now)
    return True


def compute(session: Session, now: datetime) -> int:
    """Compute the figures of each lane whose sheet is behind the rollup, or an hour old. Returns of how many."""
    position = session.scalar(select(MeasureMark.position)) or 0
    policy = policies.current(session)
    sheets = {one.lane: one for one in session.scalars(select(FigureSheet))}
    done = 0
    for lane in sorted({one.key for one in policy.lanes} | sheets.keys()):
        sheet = sheets.get(lane)
        if sheet and sheet.position == position and now - sheet.at < FRESH:
            continue
        metrics = comparing.metrics(session, policy, lane, now)
        figures = {"metrics": metrics, **gatework.whole(session, policy, lane, now)}
        figures["planted"] = catching.by_gate(session, policy, lane)
        figures["second_look"] = agreement.whole(session, policy, lane, now)
        _keep(session, lane, position, json.dumps(figures), now)
        done += 1
    return done


def _up_to_date(session: Session, now: datetime) -> bool:
    """Whether there is nothing to follow, asked without the write lock."""
    mark = session.scalars(select(MeasureMark)).first()
    if mark is None or mark.version != VERSION or mark.day < now.astimezone(UTC).date():
        return False
    return mark.position == (session.scalar(select(LogHead.size)) or 0) and not _unbuilt(session, mark)


def _keep(session: Session, lane: str, position: int, figures: str, now: datetime) -> None:
    with writing(session):
        sheet = session.scalar(select(FigureSheet).where(FigureSheet.lane == lane))
        row: dict[str, Any] = {"position": position, "at": now, "figures": figures}
        if sheet is None:
            put(session, FigureSheet, lane=lane, **row)
        elif sheet.position <= position:
            change(session, sheet, **row)


def _mark(session: Session, now: datetime) -> MeasureMark:
    """The mark, begun again where the definitions are of another version: rows are made anew, none stays behind."""
    mark = session.scalars(select(MeasureMark)).first()
    today, head = now.astimezone(UTC).date(), session.scalar(select(LogHead.size)) or 0
    if mark is None:
        made = put(session, MeasureMark, version=VERSION, built_to=0, position=head, day=today)
        return session.get_one(MeasureMark, made)
    if mark.version != VERSION:
        change(session, mark, version=VERSION, built_to=0, position=head, day=today)
    return mark


def _unbuilt(session: Session, mark: MeasureMark) -> Sequence[int]:
    """The next onboardings that the first making has not come to."""
    query = select(Onboarding.id).where(Onboarding.id > mark.built_to).order_by(Onboarding.id)
    return session.scalars(query.limit(AT_ONCE)).all()


def _entries(session: Session, position: int) -> list[tuple[int, int]]:
    """The entries after that one: (position, the onboarding it names or 0)."""
    query = select(LogEntry.position, LogEntry.body).where(LogEntry.position > position).order_by(LogEntry.position)
    return [(at, json.loads(body).get("onboarding") or 0) for at, body in session.execute(query.limit(READ))]


def _due(session: Session, last: date, today: date) -> Sequence[int]:
    """The onboardings of which a milestone came to be overdue since the last day looked at: no entry says so."""
    if today <= last:
        return []
    query = select(Milestone.onboarding_id).where(
        Milestone.due_on >= last, Milestone.due_on < today,
        Milestone.replaced_at.is_(None), Milestone.reached_at.is_(None),
    )  # fmt: skip
    return session.scalars(query.distinct()).all()


def _renew(session: Session, ids: Sequence[int], now: datetime) -> None:
    session.connection().execute(delete(Measure).where(Measure.onboarding_id.in_(ids)))
    put_all(session, Measure, measuring.rows(session, ids, now))

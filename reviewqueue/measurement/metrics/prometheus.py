"""The gauges that a monitoring system reads (Prometheus): how much waits, how late, what was decided, what was not
sent. Counted along indexes; nothing about a person. Reads only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reviewqueue.audit.events import DECISIONS
from reviewqueue.core import vocabulary
from reviewqueue.db import heartbeat
from reviewqueue.db.tables.callbacks import Callback
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.log import LogEntry, LogHead
from reviewqueue.db.tables.metrics import MeasureMark
from reviewqueue.db.tables.sampling import QaPlace, QaReview, QaSample, QaSettlement
from reviewqueue.db.tables.seeded_defects import SeededDefect
from reviewqueue.measurement.seeded import catch_rate
from reviewqueue.policy import policy_versions

DAY = timedelta(days=1)
UNDELIVERED_STATES = ("waiting", "sending", "failed")


@dataclass(frozen=True)
class Gauge:
    """One metric family: its name, its help text, the names of its labels, and (label values, value) of each member."""

    name: str
    says: str
    labels: tuple[str, ...]
    values: tuple[tuple[tuple[str, ...], float], ...]


def gauges(session: Session, now: datetime) -> list[Gauge]:
    """Every metric family, as of `now`."""
    head = session.scalar(select(LogHead.size)) or 0
    mark = session.scalar(select(MeasureMark.position))
    workers = heartbeat.read(session, now)
    stuck = 1 if workers.alive and workers.wrong else 0
    silent = () if workers.seen_at is None else (((), (now - workers.seen_at).total_seconds()),)
    return [
        Gauge("items_open", "Open items, paused ones included.", ("lane", "gate", "state"), _open_items(session)),
        Gauge(
            "items_overdue",
            "Open items past their due time, not paused.",
            ("lane", "gate"),
            _overdue_items(session, now),
        ),
        Gauge("exceptions_open", "Exceptions that are not resolved.", ("lane", "category"), _open_exceptions(session)),
        Gauge("decisions_last_day", "Decisions in the last 24 hours.", ("lane", "act"), _decisions(session, now)),
        Gauge(
            "second_looks_waiting",
            "Sampled drafts nobody has reviewed again yet.",
            ("lane",),
            _waiting_reviews(session),
        ),
        Gauge("disputes_open", "Second reviews that differ, not settled.", ("lane",), _open_disputes(session)),
        Gauge("planted_caught_share", "Of the seeded defects, those caught.", ("lane", "gate"), _catch_shares(session)),
        Gauge("outbox_messages", "Callbacks that were not delivered.", ("state",), _undelivered(session)),
        Gauge("workers_alive", "Workers that reported in the last minute.", (), (((), workers.alive),)),
        Gauge("worker_stuck", "1 when a worker thread is stuck.", (), (((), stuck),)),
        Gauge("worker_silent_seconds", "Time since a worker last reported.", (), silent),
        Gauge("log_entries", "Entries of the override log.", (), (((), head),)),
        Gauge("figures_behind_entries", "Entries the figures have not followed yet.", (), (((), head - (mark or 0)),)),
    ]


Values = tuple[tuple[tuple[str, ...], float], ...]


def _open_items(session: Session) -> Values:
    query = select(Item.lane, Item.gate, Item.state, func.count()).where(Item.state.in_(vocabulary.OPEN))
    rows = session.execute(query.group_by(Item.state, Item.lane, Item.gate))
    return tuple(sorted(((lane, gate, state), count) for lane, gate, state, count in rows))


def _overdue_items(session: Session, now: datetime) -> Values:
    query = select(Item.lane, Item.gate, func.count()).where(
        Item.state.in_(vocabulary.OPEN), Item.settled_at.is_(None), Item.due_at < now, Item.paused_at.is_(None)
    )
    return tuple(
        sorted(((lane, gate), count) for lane, gate, count in session.execute(query.group_by(Item.lane, Item.gate)))
    )


def _open_exceptions(session: Session) -> Values:
    query = select(ExceptionCase.lane, ExceptionCase.category, func.count()).where(ExceptionCase.resolved_at.is_(None))
    rows = session.execute(query.group_by(ExceptionCase.lane, ExceptionCase.category))
    return tuple(sorted(((lane, category), count) for lane, category, count in rows))


def _decisions(session: Session, now: datetime) -> Values:
    planted = select(SeededDefect.item_id).where(SeededDefect.item_id.is_not(None))
    query = select(LogEntry.lane, LogEntry.act, func.count()).where(
        LogEntry.at >= now - DAY, LogEntry.act.in_([kind.value for kind in DECISIONS]), LogEntry.item_id.not_in(planted)
    )
    rows = session.execute(query.group_by(LogEntry.lane, LogEntry.act))
    return tuple(sorted(((lane, act.removeprefix("item.")), count) for lane, act, count in rows))


def _waiting_reviews(session: Session) -> Values:
    query = select(QaSample.lane, func.count()).join(QaPlace, QaPlace.sample_id == QaSample.id)
    unseen = query.where(~select(QaReview.id).where(QaReview.place_id == QaPlace.id).exists())
    return tuple(sorted(((lane,), count) for lane, count in session.execute(unseen.group_by(QaSample.lane))))


def _open_disputes(session: Session) -> Values:
    query = select(QaSample.lane, func.count()).join(QaPlace, QaPlace.sample_id == QaSample.id)
    query = query.join(QaReview, QaReview.place_id == QaPlace.id).where(QaReview.differs.is_(True))
    unsettled = query.where(~select(QaSettlement.id).where(QaSettlement.review_id == QaReview.id).exists())
    return tuple(sorted(((lane,), count) for lane, count in session.execute(unsettled.group_by(QaSample.lane))))


def _catch_shares(session: Session) -> Values:
    if session.scalar(select(SeededDefect.id).limit(1)) is None:
        return ()
    policy = policy_versions.current(session)
    lane_gates = ((lane.key, gate) for lane in policy.lanes for gate in catch_rate.by_gate(session, policy, lane.key))
    return tuple(
        ((lane, gate["gate"]), gate["planted"]["value"])
        for lane, gate in lane_gates
        if gate["planted"]["value"] is not None
    )


def _undelivered(session: Session) -> Values:
    query = select(Callback.state, func.count()).where(Callback.state.in_(UNDELIVERED_STATES)).group_by(Callback.state)
    found = Counter({row[0]: row[1] for row in session.execute(query)})
    return tuple(((state,), found[state]) for state in UNDELIVERED_STATES)

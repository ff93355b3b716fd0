"""Monitoring of auto-send by the worker's clock: it revokes standing approvals that are no longer valid, and opens an
exception for each revoked one, so that nobody overlooks it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.core.metric_definitions import METRIC_BY_KEY
from reviewqueue.db.clock_batch import act_on_each
from reviewqueue.db.database import writing
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables.autosend import StandingApproval
from reviewqueue.db.tables.metrics import FigureSheet
from reviewqueue.exceptions import exception_cases
from reviewqueue.lanes.autosend import sending, standing_approval
from reviewqueue.measurement.stats.formatting import amount
from reviewqueue.policy import policy_versions
from reviewqueue.policy.model.policy import Lane, Policy


def tick(session: Session, now: datetime) -> int:
    """Evaluate every active standing approval once; returns on how many it acted. Any number of workers may run it:
    each change happens once."""
    active, unreported = (
        StandingApproval.down_at.is_(None),
        StandingApproval.down_at.is_not(None) & StandingApproval.exception_id.is_(None),
    )
    found = session.scalars(
        select(StandingApproval.id).where(active | (unreported & (StandingApproval.down_cause != "by_hand")))
    ).all()
    acted = act_on_each(found, lambda one: _check_approval(session, one, now), "standing_approval")
    if session.in_transaction():
        session.commit()
    return acted


def _check_approval(session: Session, row_id: int, now: datetime) -> bool:
    policy = policy_versions.current(session)
    row = session.get_one(StandingApproval, row_id)
    if row.down_at is None and _why_invalid(session, policy, row) is None:
        return False
    with writing(session):
        row, policy = session.get_one(StandingApproval, row_id), policy_versions.current(session)
        if row.down_at is None:
            why = _why_invalid(session, policy, row)
            if why is not None:
                override_log.append(session, now, *sending.revoke(session, row, *why, Actor.STANDING, now))
            return why is not None
        return row.exception_id is None and _open_exception(session, policy, row, now)


def _why_invalid(session: Session, policy: Policy, row: StandingApproval) -> tuple[str, str] | None:
    """(cause, why in words) where it is no longer valid: by the active policy, the lane's stage, or its figures."""
    if ended := standing_approval.why_ended(session, row, policy):
        return ended
    lane = policy.lane(row.lane)
    return met_stop_criterion(session, policy, lane) if lane and lane.stop else None


def met_stop_criterion(session: Session, policy: Policy, lane: Lane) -> tuple[str, str] | None:
    """(cause, why in words) of the lane's first stop criterion that its figures, as last computed, meet."""
    stored = session.scalar(select(FigureSheet.figures).where(FigureSheet.lane == lane.key))
    figures: dict[str, Any] = json.loads(stored).get("metrics", {}) if stored else {}
    for number, stop in enumerate(lane.stop):
        figure = figures.get(stop.metric, {}).get("all") or {}
        value, many = figure.get("value"), figure.get("n")
        if value is not None and stop.met(float(value)) and (many is None or many >= stop.least):
            metric, where = METRIC_BY_KEY[stop.metric], policy.place(f"lane:{lane.key}", f"stop/{number}")
            value_text = amount(float(value), metric.unit)
            return "stop", f"{stop.says}: {metric.name} is {value_text}, {stop.limit} stops it ({where})"
    return None


def _open_exception(session: Session, policy: Policy, row: StandingApproval, now: datetime) -> bool:
    """Open the exception for a revocation; False under a policy that names no category for it (`stood_down`)."""
    category = policy.exceptions.called(policy.exceptions.stood_down)
    lane = policy.lane(row.lane)
    if category is None or lane is None:
        return False
    place = exception_cases.CaseSubject(row.lane, policy.organisation.name, None, None)
    summary = exception_cases.shorten(f"{row.message} is no longer sent automatically in {lane.name}")
    case = exception_cases.insert_case(session, policy, category, place, summary, Actor.STANDING, now)
    exception_cases.add_note(session, case, Actor.STANDING, "opened", f"{row.down_says}.", now)
    exception_cases.enqueue_callback(session, case, category.label, (), "exception.opened", now, {})
    facts = {
        "category": case.category,
        "blocking": case.blocking,
        "standing": row.id,
        **exception_cases.opening_facts(case),
    }
    texts = {"summary": case.summary, "text": row.down_says}
    update_row(session, row, exception_id=case.id)
    override_log.append(
        session, now, exception_cases.log_event(case, Actor.STANDING, EventType.EXCEPTION_OPEN, facts, texts)
    )
    return True

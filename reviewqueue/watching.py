"""Watching: the clock looks whether what goes by itself still may, takes down what may not, and opens an exception for
each standing that fell, so that nobody overlooks it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue import exceptions, override_log, policies, resting, standing
from reviewqueue.database import writing
from reviewqueue.events import EventType
from reviewqueue.figures.definitions import KNOWN
from reviewqueue.figures.words import amount
from reviewqueue.policy.shape import Lane, Policy
from reviewqueue.records.measurement import FigureSheet
from reviewqueue.records.rows import change
from reviewqueue.records.standings import Standing


def tick(session: Session, now: datetime) -> int:
    """Look at every standing once; returns on how many it acted. Any number of clocks may look: each acts once."""
    up, untold = Standing.down_at.is_(None), Standing.down_at.is_not(None) & Standing.exception_id.is_(None)
    found = session.scalars(select(Standing).where(up | (untold & (Standing.down_cause != "by_hand")))).all()
    acted = sum(_looked(session, row.id, now) for row in found)
    if session.in_transaction():
        session.commit()
    return acted


def _looked(session: Session, row_id: int, now: datetime) -> bool:
    policy = policies.current(session)
    row = session.get_one(Standing, row_id)
    if row.down_at is None and _why(session, policy, row) is None:
        return False
    with writing(session):
        row, policy = session.get_one(Standing, row_id), policies.current(session)
        if row.down_at is None:
            why = _why(session, policy, row)
            if why is not None:
                override_log.append(session, now, *standing.lose(session, row, *why, standing.ACTOR, now))
            return why is not None
        return row.exception_id is None and _told(session, policy, row, now)


def _why(session: Session, policy: Policy, row: Standing) -> tuple[str, str] | None:
    """(cause, why in words) where it may not stand any more: the policy in force, the lane's stage, or its figures."""
    if ended := resting.ended(session, row, policy):
        return ended
    lane = policy.lane(row.lane)
    return _stopped(session, policy, lane) if lane and lane.stop else None


def _stopped(session: Session, policy: Policy, lane: Lane) -> tuple[str, str] | None:
    """The lane's first criterion that is met by its figures as last computed."""
    held = session.scalar(select(FigureSheet.figures).where(FigureSheet.lane == lane.key))
    figures: dict[str, Any] = json.loads(held).get("metrics", {}) if held else {}
    for number, stop in enumerate(lane.stop):
        value = (figures.get(stop.metric, {}).get("all") or {}).get("value")
        if value is not None and stop.met(float(value)):
            metric, where = KNOWN[stop.metric], policy.place(f"lane:{lane.key}", f"stop/{number}")
            shown = amount(float(value), metric.unit)
            return "stop", f"{stop.says}: {metric.name} is {shown}, {stop.limit} stops it ({where})"
    return None


def _told(session: Session, policy: Policy, row: Standing, now: datetime) -> bool:
    """Open the exception that says so; under a policy that names no category for it, only the page does."""
    category = policy.exceptions.called(policy.exceptions.stood_down)
    lane = policy.lane(row.lane)
    if category is None or lane is None:
        return False
    place = exceptions.Place(row.lane, policy.organisation.name, None, None)
    summary = exceptions.in_short(f"{row.message} no longer goes by itself in {lane.name}")
    case = exceptions.new(session, policy, category, place, summary, standing.ACTOR, now)
    exceptions.say(session, case, standing.ACTOR, "opened", f"{row.down_says}.", now)
    exceptions.tell(session, case, category.label, (), "exception.opened", now, {})
    facts = {"category": case.category, "blocking": case.blocking, "standing": row.id, **exceptions.beginning(case)}
    texts = {"summary": case.summary, "text": row.down_says}
    change(session, row, exception_id=case.id)
    override_log.append(session, now, exceptions.event(case, standing.ACTOR, EventType.EXCEPTION_OPEN, facts, texts))
    return True

"""A lane's launch: which steps of training and checklist are done, as the responsible people record. Stored beside the
worksheet's answers, append-only; the newest row counts."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import text_limits
from reviewqueue.core.errors import Conflict, FieldError, Forbidden, Invalid
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row
from reviewqueue.db.tables.readiness import WorksheetAnswer
from reviewqueue.lanes import readiness_queries
from reviewqueue.lanes.readiness import REFUSAL
from reviewqueue.lanes.scorecard import launch, owners
from reviewqueue.people import actors
from reviewqueue.policy import policy_versions


def record_step(
    session: Session, actor: Actor, lane_key: str, step: str, on: date | None, note: str, now: datetime
) -> int:
    """Record that a step was done on a day, or take that back (`on` is None) with a reason; returns the row's id.
    `actor` is `person:ID` or one of the system's own.

    Raises NotFound (no such lane), Forbidden (neither keeps the lane's readiness nor owns the step's part), Conflict
    (409: nothing to take back) and Invalid (/step, /on, /note).
    """
    policy = policy_versions.current(session)
    lane = readiness_queries.lane_of(policy, lane_key)
    launch_step = launch.BY_KEY.get(step)
    faults = text_limits.validate_reason("/note", note, required=on is None, ask="say why it is not done")
    if on is not None and on > now.date():
        faults.append(FieldError("/on", "a day that is still to come; say on which day it was done"))
    if launch_step is None:
        faults.append(FieldError("/step", f"{step!r} is not a step of a launch; they are {', '.join(launch.BY_KEY)}"))
    if faults or launch_step is None:
        raise Invalid(REFUSAL, faults)
    with writing(session):
        sheet = readiness_queries.load(session, policy, lane_key)
        _require_allowed(session, sheet, actor, launch_step, now)
        before = sheet.answers.get(launch.stored_line(step))
        if on is None and before is None:
            raise Conflict("Nobody has said that this was done, so there was nothing to take back. Reload the page.")
        answer = on.isoformat() if on else ""
        row = {"line": launch.stored_line(step), "answer": answer, "reason": note, "actor": actor, "at": now}
        row_id = insert_row(session, WorksheetAnswer, lane=lane_key, **row)
        facts = {"step": step, "on": answer or None, "before": before.answer if before else None}
        words = {"note": note} if note else {}
        override_log.append(
            session, now, Event(actor, EventType.READINESS_STEP, lane=lane.key, facts=facts, texts=words)
        )
    return row_id


def may_record_step(sheet: readiness_queries.LaneSheet, person: int, step: launch.Step, *, keeps: bool) -> bool:
    """Whether a person may record that a step is done: it `keeps` the lane's readiness, or owns its part."""
    held = sheet.owners.get(step.part)
    return keeps or (held is not None and held.row.person_id == person)


def _require_allowed(
    session: Session, sheet: readiness_queries.LaneSheet, actor: Actor, step: launch.Step, now: datetime
) -> None:
    person_actor = actors.load_if_person(session, actor, now)
    if person_actor and not may_record_step(
        sheet, person_actor.person_id, step, keeps=readiness_queries.may_record(sheet.lane, person_actor)
    ):
        whose = owners.BY_KEY[step.part].label
        raise Forbidden(f"Only RevOps and the launch owner for {whose} say that this is done. Nothing was recorded.")

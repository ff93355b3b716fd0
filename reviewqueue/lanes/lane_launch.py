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
from reviewqueue.lanes.readiness import REFUSED
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
    known = launch.BY_KEY.get(step)
    faults = text_limits.validate_reason("/note", note, due=on is None, ask="say why it is not done")
    if on is not None and on > now.date():
        faults.append(FieldError("/on", "a day that is still to come; say on which day it was done"))
    if known is None:
        faults.append(FieldError("/step", f"{step!r} is not a step of a launch; they are {', '.join(launch.BY_KEY)}"))
    if faults or known is None:
        raise Invalid(REFUSED, faults)
    with writing(session):
        sheet = readiness_queries.load(session, policy, lane_key)
        _allowed(session, sheet, actor, known, now)
        before = sheet.answers.get(launch.line(step))
        if on is None and before is None:
            raise Conflict("Nobody has said that this was done, so there was nothing to take back. Reload the page.")
        said = on.isoformat() if on else ""
        row = {"line": launch.line(step), "answer": said, "reason": note, "actor": actor, "at": now}
        made = insert_row(session, WorksheetAnswer, lane=lane_key, **row)
        facts = {"step": step, "on": said or None, "before": before.answer if before else None}
        words = {"note": note} if note else {}
        override_log.append(
            session, now, Event(actor, EventType.READINESS_STEP, lane=lane.key, facts=facts, texts=words)
        )
    return made


def may(sheet: readiness_queries.Sheet, person: int, step: launch.Step, *, keeps: bool) -> bool:
    """Whether a person may record that a step is done: it `keeps` the lane's readiness, or owns its part."""
    held = sheet.owners.get(step.part)
    return keeps or (held is not None and held.row.person_id == person)


def _allowed(session: Session, sheet: readiness_queries.Sheet, actor: Actor, step: launch.Step, now: datetime) -> None:
    found = actors.load_if_person(session, actor, now)
    if found and not may(sheet, found.person_id, step, keeps=readiness_queries.may_record(sheet.lane, found)):
        whose = owners.BY_KEY[step.part].label
        raise Forbidden(f"Only RevOps and the launch owner for {whose} say that this is done. Nothing was recorded.")

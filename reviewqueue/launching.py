"""Launching: what is done of a lane's training and launch checklist, as the people who answer for it say. Kept beside
the worksheet's answers: whatever is said stays, the newest holds."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from reviewqueue import desk, override_log, policies, sheets, texts
from reviewqueue.database import writing
from reviewqueue.events import EventType
from reviewqueue.override_log import Event
from reviewqueue.readiness import REFUSED
from reviewqueue.records.readiness import WorksheetAnswer
from reviewqueue.records.rows import put
from reviewqueue.refusals import Fault, Invalid, Moved, NotAllowed
from reviewqueue.scorecard import launch, owners


def tick(session: Session, actor: str, lane_key: str, step: str, on: date | None, note: str, now: datetime) -> int:
    """Say that a step was done on a day, or (None) that it was not after all, with a reason; returns the row's id.

    Raises NotThere (no such lane), NotAllowed (neither keeps the lane's readiness nor owns the step's part), Moved
    (409: nothing to take back) and Invalid (/step, /on, /note).
    """
    policy = policies.current(session)
    lane = sheets.lane_of(policy, lane_key)
    known = launch.BY_KEY.get(step)
    faults = texts.reason_faults("/note", note, due=on is None, ask="say why it is not done")
    if on is not None and on > now.date():
        faults.append(Fault("/on", "a day that is still to come; say on which day it was done"))
    if known is None:
        faults.append(Fault("/step", f"{step!r} is no step of a launch; they are {', '.join(launch.BY_KEY)}"))
    if faults or known is None:
        raise Invalid(REFUSED, faults)
    with writing(session):
        sheet = sheets.of(session, policy, lane_key)
        _allowed(session, sheet, actor, known, now)
        before = sheet.answers.get(launch.line(step))
        if on is None and before is None:
            raise Moved("Nobody has said that this was done, so there was nothing to take back. Reload the page.")
        said = on.isoformat() if on else ""
        row = {"line": launch.line(step), "answer": said, "reason": note, "actor": actor, "at": now}
        made = put(session, WorksheetAnswer, lane=lane_key, **row)
        facts = {"step": step, "on": said or None, "before": before.answer if before else None}
        words = {"note": note} if note else {}
        override_log.append(
            session, now, Event(actor, EventType.READINESS_STEP, lane=lane.key, facts=facts, texts=words)
        )
    return made


def may(sheet: sheets.Sheet, person: int, step: launch.Step, *, keeps: bool) -> bool:
    """Whether somebody says of a step that it is done: who keeps the lane's readiness, or owns the step's part."""
    held = sheet.owners.get(step.part)
    return keeps or (held is not None and held.row.person_id == person)


def _allowed(session: Session, sheet: sheets.Sheet, actor: str, step: launch.Step, now: datetime) -> None:
    if not actor.startswith("person:"):
        return
    found = desk.actor_of(session, int(actor.removeprefix("person:")), now)
    if not may(sheet, found.person_id, step, keeps=sheets.keeps(sheet.lane, found)):
        whose = owners.BY_KEY[step.part].label
        raise NotAllowed(f"Only RevOps and the launch owner for {whose} say that this is done. Nothing was recorded.")

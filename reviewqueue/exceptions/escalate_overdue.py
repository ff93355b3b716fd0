"""Escalating overdue exceptions: one late for its first response or its resolution goes to the next named person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.db.clock_batch import act_on_each
from reviewqueue.db.database import writing
from reviewqueue.db.rows import update_row
from reviewqueue.db.statements import Prepared
from reviewqueue.db.tables import base
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.people import Person
from reviewqueue.exceptions import case_queries
from reviewqueue.exceptions.exception_cases import LAST_RESORT, add_note, log_event, role_of
from reviewqueue.people import next_in_line, notifications
from reviewqueue.people.notifications import About


def _unmarked(now: Any) -> Any:
    """The SQL condition for not acted on yet since the last due time that passed, of first response or resolution."""
    acted, answer = ExceptionCase.overdue_at, ExceptionCase.respond_by
    unanswered = (ExceptionCase.state == "open") & (answer <= now) & (acted < answer)
    return acted.is_(None) | unanswered | ((ExceptionCase.due_at <= now) & (acted < ExceptionCase.due_at))


_LATE = case_queries.overdue_condition(bindparam("now")) & _unmarked(bindparam("now"))
_OVERDUE_CASES = Prepared(
    select(ExceptionCase.id).where(_LATE).order_by(ExceptionCase.due_at, ExceptionCase.id).limit(bindparam("at_most"))
)
_STILL_OVERDUE = select(ExceptionCase).where(ExceptionCase.id == bindparam("case"), _LATE)


def escalate(session: Session, now: datetime, at_most: int = 50) -> int:
    """Escalate overdue exceptions, each once per due time that passed; returns on how many it acted. It never resolves
    one. Mark, new owner and log entries of each are one transaction; one that fails does not hold up the others."""
    found = [row.id for row in _OVERDUE_CASES.rows(session, {"now": now, "at_most": at_most})]
    return act_on_each(found, lambda one: _escalate_one(session, one, now), "exception")


def _escalate_one(session: Session, case_id: int, now: datetime) -> bool:
    with writing(session):
        case = session.scalars(_STILL_OVERDUE, {"case": case_id, "now": now}).first()
        if case is not None:
            override_log.append(session, now, _escalate(session, case, now))
        return case is not None


def _escalate(session: Session, case: ExceptionCase, now: datetime) -> Event:
    category = case_queries.category_of(session, case)
    escalation_roles = category.goes_up_to if category else LAST_RESORT
    roles, before = escalation_roles[case.step :] or escalation_roles[-1:], case.owner_id
    next_id = next_in_line.next_person(session, roles, case.lane, now, excluded=frozenset({before or 0}))
    owner_id = next_id or before
    late_for = "resolution" if case.due_at <= now else "first response"
    was_due = case.due_at if case.due_at <= now else case.respond_by
    role = role_of(session, next_id, roles) if next_id else case.owner_role
    update_row(session, case, overdue_at=now, step=case.step + 1, owner_id=owner_id, owner_role=role)
    name = session.get_one(Person, owner_id).name if owner_id else "nobody"
    goes = f"it is escalated to {name}" if next_id else f"nobody is there to escalate it to; it stays with {name}"
    says = f"The {late_for} was due on {was_due:%d %b %H:%M} UTC: {goes}."
    add_note(session, case, Actor.SLA, "moved", says, now)
    if next_id:
        notifications.tell(session, "exception", [next_id], About(exception_id=case.id), Actor.SLA, now)
    about = About(exception_id=case.id, due_at=was_due)
    notifications.tell(session, "overdue", [before], about, Actor.SLA, now)
    facts = {"late_for": late_for.replace(" ", "_"), "due": base.moment(was_due), "step": case.step}
    people = {"from": Actor.person_or_none(before), "to": Actor.person_or_none(owner_id)}
    return log_event(case, Actor.SLA, EventType.EXCEPTION_OVERDUE, {**facts, **people}, {})

"""Overdue: an exception late for its first response or its resolution goes up to the next named person, by itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from reviewqueue import assignments, cases, override_log
from reviewqueue.database import writing
from reviewqueue.events import EventType
from reviewqueue.exceptions import LAST_RESORT, event, role_of, say
from reviewqueue.override_log import Event
from reviewqueue.records.exceptions import ExceptionCase
from reviewqueue.records.people import Person
from reviewqueue.records.prepared import Prepared
from reviewqueue.records.rows import change


def _unmarked(now: Any) -> Any:
    """Not acted on yet for the time that ran out last: of the first response, or of the resolution."""
    acted, answer = ExceptionCase.overdue_at, ExceptionCase.respond_by
    unanswered = (ExceptionCase.state == "open") & (answer <= now) & (acted < answer)
    return acted.is_(None) | unanswered | ((ExceptionCase.due_at <= now) & (acted < ExceptionCase.due_at))


_LATE = cases.late(bindparam("now")) & _unmarked(bindparam("now"))
_ANY = Prepared(select(ExceptionCase.id).where(_LATE).limit(1))
_DUE = select(ExceptionCase).where(_LATE).order_by(ExceptionCase.due_at, ExceptionCase.id)


def tick(session: Session, now: datetime, at_most: int = 50) -> int:
    """Let what is overdue go up to the next named person, once for each time that is due; returns how many went.

    Nothing is ever resolved by it. Mark, new owner and log entry are one transaction: a crash leaves all or none.
    """
    if _ANY.scalar(session, {"now": now}) is None:
        return 0
    with writing(session):
        gone = [_up(session, case, now) for case in session.scalars(_DUE.limit(at_most), {"now": now}).all()]
        if gone:
            override_log.append(session, now, *gone)
    return len(gone)


def _up(session: Session, case: ExceptionCase, now: datetime) -> Event:
    category = cases.category_of(session, case)
    above = category.goes_up_to if category else LAST_RESORT
    roles, before = above[case.step :] or above[-1:], case.owner_id
    found = assignments.next_named(session, roles, case.lane, now, besides=frozenset({before or 0}))
    owner_id = found or before
    late_for = "resolution" if case.due_at <= now else "first response"
    was_due = case.due_at if case.due_at <= now else case.respond_by
    role = role_of(session, found, roles) if found else case.owner_role
    change(session, case, overdue_at=now, step=case.step + 1, owner_id=owner_id, owner_role=role)
    name = session.get_one(Person, owner_id).name if owner_id else "nobody"
    goes = f"it goes up to {name}" if found else f"nobody is above who is there; it stays with {name}"
    says = f"The {late_for} was due on {was_due:%d %b %H:%M} UTC: {goes}."
    say(session, case, "system:sla", "moved", says, now)
    facts = {"late_for": late_for.replace(" ", "_"), "due": override_log.moment(was_due), "step": case.step}
    people = {"from": f"person:{before}" if before else None, "to": f"person:{owner_id}" if owner_id else None}
    return event(case, "system:sla", EventType.EXCEPTION_OVERDUE, {**facts, **people}, {})

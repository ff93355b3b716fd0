"""What a person does with an exception: respond, add a note, reassign, pause, resume. Each is one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.core import text_limits
from reviewqueue.core.errors import Conflict, FieldError, Forbidden, Invalid
from reviewqueue.db.database import writing
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables import base
from reviewqueue.db.tables.exceptions import ExceptionCase, ExceptionNote
from reviewqueue.db.tables.people import ROLES, Person
from reviewqueue.exceptions import case_queries, exception_cases, first_response
from reviewqueue.people import actors, next_in_line, notifications
from reviewqueue.people.notifications import About
from reviewqueue.policy import business_hours, policy_versions

Pause = Literal["waiting_for_customer", "waiting_for_sales"]
PAUSES: tuple[Pause, ...] = ("waiting_for_customer", "waiting_for_sales")


def authorise(
    session: Session, person_id: int, case_id: int, act: str, text: str, now: datetime, last_note_id: int | None = None
) -> ExceptionCase:
    """Authorise `act` (one of `case_queries.ACTS`) and return the exception, inside `writing()`. `last_note_id` is the
    id of the last note on the person's page; None skips that comparison.

    Raises NotFound, Conflict (409: resolved, or a newer note), Forbidden, and Invalid (/text) for a text too short.
    """
    actor = actors.load_actor(session, person_id, now)
    case = case_queries.load_visible(session, case_id, actor)
    if case.resolved_at is not None:
        who = session.get(Person, case.resolved_by_id) if case.resolved_by_id else None
        when, name = f"{case.resolved_at:%d %b %H:%M} UTC", who.name if who else "Somebody"
        raise Conflict(
            f"{name} resolved this exception on {when}, before your words came in. Nothing of yours was recorded; "
            "they are kept here. Open a new exception if something is still in the way.",
            code="settled", who=name, when=when, what=["state"],
        )  # fmt: skip
    allowed = case_queries.allowed_acts(policy_versions.current(session), case, actor)
    if act not in allowed:
        raise _refusal(case, act, allowed)
    if last_note_id is not None:
        _require_newest(session, case, last_note_id)
    if faults := text_limits.validate_reason("/text", text):
        raise Invalid("Nothing is recorded yet; what you typed is still here.", faults)
    return case


def _refusal(case: ExceptionCase, act: str, allowed: tuple[str, ...]) -> Forbidden | Conflict:
    not_now = {
        "respond": "The first response was given already, so yours was not recorded. Add a note instead.",
        "pause": "It is paused already, so nothing was changed. Reload the page.",
        "resume": "It is not paused, so nothing was changed. Reload the page.",
    }
    if "resolve" in allowed and act in not_now:
        return Conflict(not_now[act])
    roles = case.owner_role.replace("_", " ")
    return Forbidden(
        f"This exception is its owner's, {roles}'s, RevOps' and the CS leaders' to work on. Nothing was recorded."
    )


def _require_newest(session: Session, case: ExceptionCase, last_note_id: int) -> None:
    newest = select(ExceptionNote).where(ExceptionNote.exception_id == case.id).order_by(ExceptionNote.id.desc())
    last = session.scalars(newest.limit(1)).one()
    if last.id == last_note_id:
        return
    person = session.get(Person, Actor.person_id(last.actor) or 0)
    who = person.name if person else "The clock" if last.actor == Actor.SLA else "The system"
    raise Conflict(
        f"{who} wrote here at {last.at:%H:%M} UTC, while you were reading. Nothing was recorded; your words are kept. "
        "Read what is new, then send them again.",
        who=who, when=f"{last.at:%d %b %H:%M} UTC", what=["conversation"],
    )  # fmt: skip


def respond(
    session: Session,
    person_id: int,
    case_id: int,
    text: str,
    now: datetime,
    seen: int | None = None,
    *,
    starts: bool = False,
) -> int | None:
    """Record the first response. With `starts` it also opens the draft that the category's first response starts;
    returns that item's id, or None where none was started. Raises as `authorise`, and Invalid for an invalid draft."""
    with writing(session):
        case, actor = authorise(session, person_id, case_id, "respond", text, now, seen), Actor.person(person_id)
        update_row(session, case, state="responded", responded_at=now)
        exception_cases.add_note(session, case, actor, "first_response", text, now)
        opened = first_response.start(session, case, person_id, text, now) if starts else None
        facts = {"in_time": now <= case.respond_by, **({"started": opened.item_id} if opened else {})}
        made = exception_cases.log_event(case, actor, EventType.EXCEPTION_RESPOND, facts, {"text": text})
        override_log.append(session, now, made, *(opened.events if opened else ()))
    return opened.item_id if opened else None


def note(session: Session, person_id: int, case_id: int, text: str, now: datetime) -> None:
    """Add a note to the conversation. Raises as `authorise`."""
    with writing(session):
        case, actor = authorise(session, person_id, case_id, "note", text, now), Actor.person(person_id)
        exception_cases.add_note(session, case, actor, "note", text, now)
        override_log.append(
            session, now, exception_cases.log_event(case, actor, EventType.EXCEPTION_NOTE, {}, {"text": text})
        )


def reassign(
    session: Session, person_id: int, case_id: int, to: str, text: str, now: datetime, seen: int | None = None
) -> None:
    """Reassign it: `to` is `person:ID` or `role:NAME` (the next available person of that role). Raises as
    `authorise`, and Invalid (/to)."""
    with writing(session):
        case = authorise(session, person_id, case_id, "move", text, now, seen)
        owner, role = _new_owner(session, case, to, now)
        if owner.id == case.owner_id:
            raise Invalid(
                "Nothing was changed.", [FieldError("/to", f"{owner.name} has it already; choose somebody else")]
            )
        facts = {"from": Actor.person_or_none(case.owner_id), "to": Actor.person(owner.id), "role": role}
        update_row(session, case, owner_id=owner.id, owner_role=role)
        exception_cases.add_note(session, case, Actor.person(person_id), "moved", f"To {owner.name}. {text}", now)
        made = exception_cases.log_event(case, Actor.person(person_id), EventType.EXCEPTION_MOVE, facts, {"text": text})
        notifications.tell(session, "exception", [owner.id], About(exception_id=case.id), Actor.person(person_id), now)
        override_log.append(session, now, made)


def _new_owner(session: Session, case: ExceptionCase, to: str, now: datetime) -> tuple[Person, str]:
    kind, _, name = to.partition(":")
    if kind == "role" and name in ROLES:
        found = next_in_line.next_person(session, [name], case.lane, now, excluded=frozenset({case.owner_id or 0}))
        if found is None:
            fault = FieldError("/to", f"nobody else is {name.replace('_', ' ')} and there; choose a person")
            raise Invalid("Nothing was changed.", [fault])
        return session.get_one(Person, found), name
    number = int(name) if kind == "person" and name.isascii() and name.isdigit() and len(name) < 19 else 0
    person = session.get(Person, number)
    if person is None or person.disabled_at is not None:
        raise Invalid("Nothing was changed.", [FieldError("/to", "choose a person with an open account, or a role")])
    if set(person.roles) <= {"auditor"}:
        raise Invalid(
            "Nothing was changed.", [FieldError("/to", f"{person.name} reads everything and changes nothing")]
        )
    return person, exception_cases.role_of(session, person.id, sorted(person.roles))


def pause(
    session: Session, person_id: int, case_id: int, waits: str, text: str, now: datetime, seen: int | None = None
) -> None:
    """Pause its clock while it waits; `waits` is one of PAUSES. Raises as `authorise`, and Invalid (/waits)."""
    with writing(session):
        case, actor = authorise(session, person_id, case_id, "pause", text, now, seen), Actor.person(person_id)
        if waits not in PAUSES:
            raise Invalid("Nothing was changed.", [FieldError("/waits", "for the customer, or for sales")])
        update_row(session, case, pause=waits, paused_at=now)
        words = {"waiting_for_customer": "Waiting for the customer", "waiting_for_sales": "Waiting for sales"}[waits]
        exception_cases.add_note(session, case, actor, "paused", f"{words}. {text}", now)
        override_log.append(
            session,
            now,
            exception_cases.log_event(case, actor, EventType.EXCEPTION_PAUSE, {"pause": waits}, {"text": text}),
        )


def resume(session: Session, person_id: int, case_id: int, text: str, now: datetime, seen: int | None = None) -> None:
    """Resume its clock: what was not due yet is due later by the business time the pause took. Raises as
    `authorise`."""
    with writing(session):
        case, actor = authorise(session, person_id, case_id, "resume", text, now, seen), Actor.person(person_id)
        due_times = due_after_pause(session, case, now)
        facts = {"pause": case.pause, "due": base.moment(due_times.get("due_at", case.due_at))}
        update_row(session, case, **due_times, pause="", paused_at=None)
        exception_cases.add_note(session, case, actor, "resumed", text, now)
        override_log.append(
            session, now, exception_cases.log_event(case, actor, EventType.EXCEPTION_RESUME, facts, {"text": text})
        )


def due_after_pause(session: Session, case: ExceptionCase, now: datetime) -> dict[str, datetime]:
    """The due times that move when a paused exception is resumed, by column; empty where it is not paused."""
    since, hours = case.paused_at, policy_versions.version(session, case.policy_digest).calendar(case.lane)
    if since is None:
        return {}
    clocks = {"due_at": case.due_at, "respond_by": case.respond_by}
    return {name: business_hours.resume(at, since, now, hours) for name, at in clocks.items() if at > since}

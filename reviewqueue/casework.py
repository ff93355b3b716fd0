"""Casework: what a person does about an exception: answer, note, move, pause, resume. Each is one log entry."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue import assignments, calendar, cases, desk, exceptions, override_log, policies, responses, texts
from reviewqueue.database import writing
from reviewqueue.events import EventType
from reviewqueue.records.exceptions import ExceptionCase, ExceptionNote
from reviewqueue.records.people import ROLES, Person
from reviewqueue.records.rows import change
from reviewqueue.refusals import Fault, Invalid, Moved, NotAllowed

Pause = Literal["waiting_for_customer", "waiting_for_sales"]
PAUSES: tuple[Pause, ...] = ("waiting_for_customer", "waiting_for_sales")


def acting(
    session: Session, person_id: int, case_id: int, act: str, text: str, now: datetime, seen: int | None = None
) -> ExceptionCase:
    """The exception for somebody who does `act` with it, inside `writing()`; `seen` is the last note on their page.

    Raises NotThere, Moved (resolved, or somebody wrote meanwhile), NotAllowed, and Invalid for words too short.
    """
    actor = desk.actor_of(session, person_id, now)
    case = cases.for_person(session, case_id, actor)
    if case.resolved_at is not None:
        who = session.get(Person, case.resolved_by_id) if case.resolved_by_id else None
        when, name = f"{case.resolved_at:%d %b %H:%M} UTC", who.name if who else "Somebody"
        raise Moved(
            f"{name} resolved this exception on {when}, before your words came in. Nothing of yours was recorded; "
            "they are kept here. Open a new exception if something is still in the way.",
            code="settled", who=name, when=when, what=["state"],
        )  # fmt: skip
    allowed = cases.acts(policies.current(session), case, actor)
    if act not in allowed:
        raise _refusal(case, act, allowed)
    if seen is not None:
        _unmoved(session, case, seen)
    if faults := texts.reason_faults("/text", text):
        raise Invalid("Nothing is recorded yet; what you typed is still here.", faults)
    return case


def _refusal(case: ExceptionCase, act: str, allowed: tuple[str, ...]) -> NotAllowed | Moved:
    not_now = {
        "respond": "The first response was given already, so yours was not recorded. Add a note instead.",
        "pause": "It is paused already, so nothing was changed. Reload the page.",
        "resume": "It is not paused, so nothing was changed. Reload the page.",
    }
    if "resolve" in allowed and act in not_now:
        return Moved(not_now[act])
    roles = case.owner_role.replace("_", " ")
    return NotAllowed(
        f"This exception is its owner's, {roles}'s, RevOps' and the CS leaders' to work on. Nothing was recorded."
    )


def _unmoved(session: Session, case: ExceptionCase, seen: int) -> None:
    newest = select(ExceptionNote).where(ExceptionNote.exception_id == case.id).order_by(ExceptionNote.id.desc())
    last = session.scalars(newest.limit(1)).one()
    if last.id == seen:
        return
    kind, _, number = last.actor.partition(":")
    person = session.get(Person, int(number)) if kind == "person" else None
    who = person.name if person else "The clock" if last.actor == "system:sla" else "The system"
    raise Moved(
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
    """Give the first response: what is done about it first, in words. With `starts` it also opens the draft that the
    category's first response starts; returns that item's id, None where nothing was started. Raises as `acting`."""
    with writing(session):
        case, actor = acting(session, person_id, case_id, "respond", text, now, seen), f"person:{person_id}"
        change(session, case, state="responded", responded_at=now)
        exceptions.say(session, case, actor, "first_response", text, now)
        opened = responses.start(session, case, person_id, text, now) if starts else None
        facts = {"in_time": now <= case.respond_by, **({"started": opened.item_id} if opened else {})}
        made = exceptions.event(case, actor, EventType.EXCEPTION_RESPOND, facts, {"text": text})
        override_log.append(session, now, made, *(opened.events if opened else ()))
    return opened.item_id if opened else None


def note(session: Session, person_id: int, case_id: int, text: str, now: datetime) -> None:
    """Add to the conversation. Raises as `acting`."""
    with writing(session):
        case, actor = acting(session, person_id, case_id, "note", text, now), f"person:{person_id}"
        exceptions.say(session, case, actor, "note", text, now)
        override_log.append(session, now, exceptions.event(case, actor, EventType.EXCEPTION_NOTE, {}, {"text": text}))


def move(
    session: Session, person_id: int, case_id: int, to: str, text: str, now: datetime, seen: int | None = None
) -> None:
    """Give it to another: `to` is `person:ID` or `role:NAME` (then the next named person of that role gets it)."""
    with writing(session):
        case = acting(session, person_id, case_id, "move", text, now, seen)
        owner, role = _target(session, case, to, now)
        if owner.id == case.owner_id:
            raise Invalid("Nothing was changed.", [Fault("/to", f"{owner.name} has it already; choose somebody else")])
        facts = {"from": f"person:{case.owner_id}" if case.owner_id else None, "to": f"person:{owner.id}", "role": role}
        change(session, case, owner_id=owner.id, owner_role=role)
        exceptions.say(session, case, f"person:{person_id}", "moved", f"To {owner.name}. {text}", now)
        made = exceptions.event(case, f"person:{person_id}", EventType.EXCEPTION_MOVE, facts, {"text": text})
        override_log.append(session, now, made)


def _target(session: Session, case: ExceptionCase, to: str, now: datetime) -> tuple[Person, str]:
    kind, _, name = to.partition(":")
    if kind == "role" and name in ROLES:
        found = assignments.next_named(session, [name], case.lane, now, besides=frozenset({case.owner_id or 0}))
        if found is None:
            fault = Fault("/to", f"nobody else is {name.replace('_', ' ')} and there; choose a person")
            raise Invalid("Nothing was changed.", [fault])
        return session.get_one(Person, found), name
    number = int(name) if kind == "person" and name.isascii() and name.isdigit() and len(name) < 19 else 0
    person = session.get(Person, number)
    if person is None or person.disabled_at is not None:
        raise Invalid("Nothing was changed.", [Fault("/to", "choose a person with an open account, or a role")])
    if set(person.roles) <= {"auditor"}:
        raise Invalid("Nothing was changed.", [Fault("/to", f"{person.name} reads everything and changes nothing")])
    return person, exceptions.role_of(session, person.id, sorted(person.roles))


def pause(
    session: Session, person_id: int, case_id: int, waits: str, text: str, now: datetime, seen: int | None = None
) -> None:
    """Stop the clock: it waits for the customer, or for sales. Raises as `acting`, and Invalid."""
    with writing(session):
        case, actor = acting(session, person_id, case_id, "pause", text, now, seen), f"person:{person_id}"
        if waits not in PAUSES:
            raise Invalid("Nothing was changed.", [Fault("/waits", "for the customer, or for sales")])
        change(session, case, pause=waits, paused_at=now)
        words = {"waiting_for_customer": "Waiting for the customer", "waiting_for_sales": "Waiting for sales"}[waits]
        exceptions.say(session, case, actor, "paused", f"{words}. {text}", now)
        override_log.append(
            session, now, exceptions.event(case, actor, EventType.EXCEPTION_PAUSE, {"pause": waits}, {"text": text})
        )


def resume(session: Session, person_id: int, case_id: int, text: str, now: datetime, seen: int | None = None) -> None:
    """Let the clock run again: what was not due yet is due later by the business time the pause took."""
    with writing(session):
        case, actor = acting(session, person_id, case_id, "resume", text, now, seen), f"person:{person_id}"
        moved = unpaused(session, case, now)
        facts = {"pause": case.pause, "due": override_log.moment(moved.get("due_at", case.due_at))}
        change(session, case, **moved, pause="", paused_at=None)
        exceptions.say(session, case, actor, "resumed", text, now)
        override_log.append(
            session, now, exceptions.event(case, actor, EventType.EXCEPTION_RESUME, facts, {"text": text})
        )


def unpaused(session: Session, case: ExceptionCase, now: datetime) -> dict[str, datetime]:
    """The moments of a paused exception that move when its clock runs again."""
    since, hours = case.paused_at, policies.version(session, case.policy_digest).calendar(case.lane)
    if since is None:
        return {}
    clocks = {"due_at": case.due_at, "respond_by": case.respond_by}
    return {name: calendar.resume(at, since, now, hours) for name, at in clocks.items() if at > since}

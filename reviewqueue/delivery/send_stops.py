"""Stopping all that goes out, to one destination or to every one: one person does it at once, with a reason; another
one ends it. While a stop is in force nothing leaves: what was approved waits, and says why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import text_limits
from reviewqueue.core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row, update_row
from reviewqueue.db.tables.releases import SendStop
from reviewqueue.items import told_of_stops
from reviewqueue.people import access, actors
from reviewqueue.policy import evaluation, policy_versions

ABILITY = "stop what goes out"
# The destination of a stop that holds for every one.
EVERYWHERE = ""
PAGE = "/releases/stops"


def in_force(session: Session) -> Sequence[SendStop]:
    """The stops that are in force, oldest first."""
    return session.scalars(select(SendStop).where(SendStop.ended_at.is_(None)).order_by(SendStop.id)).all()


def covering(stops: Sequence[SendStop], destination: str) -> SendStop | None:
    """The first of these stops that holds what goes to that destination."""
    return next((one for one in stops if one.destination in (EVERYWHERE, destination)), None)


def says(stop: SendStop) -> str:
    """What a stop means for a release, in words."""
    what = f"All that goes to {stop.destination}" if stop.destination else "All that goes out"
    return f"{what} was stopped on {stop.at:%d %b %H:%M} UTC: {stop.why.rstrip('.')}"


def stop(session: Session, actor: Actor, destination: str, why: str, now: datetime) -> int:
    """Stop what goes to that destination, or (EVERYWHERE) all, at once and alone; returns the stop's id. `actor` is
    `person:ID` or one of the system's own. Raises Forbidden, Conflict (it is stopped) and Invalid (/why, /to)."""
    person = actors.load_if_person(session, actor, now)
    if person is not None and not access.has_ability(actors.effective_roles(person), ABILITY):
        raise Forbidden("Only a CS leader or RevOps stops what goes out. Tell one of them; nothing was changed.")
    faults = text_limits.validate_reason("/why", why)
    known = [one.key for one in policy_versions.current(session).destinations]
    if destination != EVERYWHERE and destination not in known:
        says = f"no destination {destination!r}; known: {', '.join(known) or 'none'}"
        faults.append(FieldError("/to", says))
    if faults:
        raise Invalid("Nothing was stopped yet; what you typed is still here.", faults)
    with writing(session):
        if any(one.destination == destination for one in in_force(session)):
            raise Conflict("That is stopped already, so there was nothing to stop. Reload the page.")
        stop_id = insert_row(session, SendStop, destination=destination, at=now, by=actor, why=why)
        told_of_stops.tell(session, f"to:{destination}", actor, now)
        facts = {"stop": stop_id, "to": destination}
        override_log.append(session, now, Event(actor, EventType.RELEASE_STOP, facts=facts, texts={"why": why}))
    return stop_id


def why_not_end(session: Session, found: SendStop, person: evaluation.Actor) -> str:
    """Why this person may not end that stop, in words; "" when they may. Whoever stopped it does not end it, except
    in a small team."""
    if not access.has_ability(actors.effective_roles(person), ABILITY):
        return "Only a CS leader or RevOps lets go out again what was stopped"
    small = policy_versions.current(session).organisation.small_team
    if found.by == Actor.person(person.person_id) and not small:
        return "You stopped it, so somebody else, a CS leader or RevOps, lets it go out again"
    return ""


def end(session: Session, person_id: int, stop_id: int, why: str, now: datetime) -> None:
    """End a stop, with a reason: what waits goes out again, each after its holds are looked up anew. Raises NotFound,
    Forbidden, Conflict (it ended already) and Invalid (/why)."""
    person = actors.load_actor(session, person_id, now)
    if faults := text_limits.validate_reason("/why", why):
        raise Invalid("Nothing was changed yet; what you typed is still here.", faults)
    with writing(session):
        found = session.get(SendStop, stop_id)
        if found is None:
            raise NotFound()
        if refusal := why_not_end(session, found, person):
            raise Forbidden(f"{refusal}. Nothing was changed.")
        if found.ended_at is not None:
            raise Conflict("This stop ended already, so nothing was changed. Reload the page.")
        actor = Actor.person(person_id)
        update_row(session, found, ended_at=now, ended_by=actor)
        told_of_stops.tell(session, f"to:{found.destination}", actor, now, ended=True)
        facts = {"stop": found.id, "to": found.destination, "stopped_by": found.by}
        override_log.append(session, now, Event(actor, EventType.RELEASE_GO_ON, facts=facts, texts={"why": why}))

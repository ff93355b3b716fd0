"""Groups: which people are in a group that the policy names. Each change is an admin's, and on the log."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue import assignments, grants, override_log, people, policies
from reviewqueue.database import writing
from reviewqueue.events import EventType
from reviewqueue.override_log import Event
from reviewqueue.records.people import Membership, Person
from reviewqueue.records.rows import change, put
from reviewqueue.refusals import Fault, Invalid, NotThere

REFUSED = "The group was not changed."


def add(session: Session, person_id: int, key: str, actor: str, now: datetime) -> None:
    """Put a person into a group. `actor` is `person:ID`, an admin, or one of the system's own. Raises Invalid naming
    the place, NotAllowed, NotThere."""
    with writing(session):
        people.changed_by(session, actor, now)
        person = _person(session, person_id)
        known = [group.key for group in policies.current(session).organisation.groups]
        if key not in known:
            there = f"the groups are {', '.join(known)}" if known else "organisation.toml names no group"
            raise Invalid(REFUSED, [Fault("/group", f"{key!r} is no group of the policy: {there}")])
        if person.disabled_at is not None:
            raise Invalid(REFUSED, [Fault("/person", f"{person.name} has no open account")])
        if _membership(session, person_id, key, now):
            raise Invalid(REFUSED, [Fault("/group", f"{person.name} is in {key} already")])
        put(session, Membership, group_key=key, person_id=person_id, since=now, until=None)
        grants.record(session, person_id, [f"group:{key}"], actor, now, to_admin="admin" in person.roles)
        override_log.append(session, now, Event(actor, EventType.GROUP_ADD, facts={"person": person_id, "group": key}))


def remove(session: Session, person_id: int, key: str, actor: str, now: datetime) -> None:
    """Take a person out of a group, also one the policy does not name any more. What they could decide only through
    it waits for them no longer."""
    with writing(session):
        people.changed_by(session, actor, now)
        person = _person(session, person_id)
        held = _membership(session, person_id, key, now)
        if held is None:
            raise Invalid(REFUSED, [Fault("/group", f"{person.name} is not in {key}")])
        change(session, held, until=now)
        event = Event(actor, EventType.GROUP_REMOVE, facts={"person": person_id, "group": key})
        override_log.append(session, now, event, *assignments.let_go(session, person_id, actor, "left a group", now))


def members(session: Session, now: datetime) -> dict[int, list[str]]:
    """The groups each person is in now, by key: person id → keys."""
    query = select(Membership).where(Membership.since <= now, Membership.until.is_(None) | (Membership.until > now))
    found: dict[int, list[str]] = {}
    for one in session.scalars(query.order_by(Membership.group_key)):
        found.setdefault(one.person_id, []).append(one.group_key)
    return found


def _membership(session: Session, person_id: int, key: str, now: datetime) -> Membership | None:
    return session.scalar(
        select(Membership).where(
            Membership.person_id == person_id,
            Membership.group_key == key,
            Membership.since <= now,
            Membership.until.is_(None) | (Membership.until > now),
        )
    )


def _person(session: Session, person_id: int) -> Person:
    person = session.get(Person, person_id)
    if person is None:
        raise NotThere("There is no such person.")
    return person

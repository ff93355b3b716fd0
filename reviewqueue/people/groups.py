"""Group membership: which people are in a group that the policy names. Only an admin changes it, and the log records
each change."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core.errors import FieldError, Invalid, NotFound
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row, update_row
from reviewqueue.db.tables.people import Membership, Person
from reviewqueue.people import account_changes, grants, next_in_line
from reviewqueue.policy import policy_versions

REFUSED = "The group was not changed."


def add(session: Session, person_id: int, key: str, actor: Actor, now: datetime) -> None:
    """Put a person into a group. `actor` is `person:ID`, an admin, or an actor of the system. Raises Invalid naming the
    field, Forbidden, NotFound."""
    with writing(session):
        account_changes.require_admin(session, actor, now)
        person = _person(session, person_id)
        known = [group.key for group in policy_versions.current(session).organisation.groups]
        if key not in known:
            there = f"the groups are {', '.join(known)}" if known else "organisation.toml names no group"
            raise Invalid(REFUSED, [FieldError("/group", f"{key!r} is not a group of the policy: {there}")])
        if person.disabled_at is not None:
            raise Invalid(REFUSED, [FieldError("/person", f"{person.name} has no open account")])
        if _membership(session, person_id, key, now):
            raise Invalid(REFUSED, [FieldError("/group", f"{person.name} is in {key} already")])
        insert_row(session, Membership, group_key=key, person_id=person_id, since=now, until=None)
        grants.record(session, person_id, [f"group:{key}"], actor, now, to_admin="admin" in person.roles)
        override_log.append(session, now, Event(actor, EventType.GROUP_ADD, facts={"person": person_id, "group": key}))


def remove(session: Session, person_id: int, key: str, actor: Actor, now: datetime) -> None:
    """Take a person out of a group, also one the policy does not name any more. What they could decide only through it
    is assigned to them no longer. Raises as `add` does."""
    with writing(session):
        account_changes.require_admin(session, actor, now)
        person = _person(session, person_id)
        held = _membership(session, person_id, key, now)
        if held is None:
            raise Invalid(REFUSED, [FieldError("/group", f"{person.name} is not in {key}")])
        update_row(session, held, until=now)
        event = Event(actor, EventType.GROUP_REMOVE, facts={"person": person_id, "group": key})
        override_log.append(
            session, now, event, *next_in_line.unassign_items(session, person_id, actor, "left a group", now)
        )


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
        raise NotFound("There is no such person.")
    return person

"""What an admin changes of an account, inside a transaction the caller holds: roles, closing, opening again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core.errors import FieldError, Forbidden, Invalid, NotFound
from reviewqueue.db.tables.people import ROLES, Person
from reviewqueue.people import access, actors, grants, next_in_line


def role_faults(roles: Sequence[str]) -> list[FieldError]:
    """Errors of a list of roles, at `/roles`."""
    unknown = [role for role in roles if role not in ROLES]
    if unknown or not roles:
        return [FieldError("/roles", f"{', '.join(unknown) or 'none given'}; the roles are {', '.join(ROLES)}")]
    return []


def validate_roles(roles: list[str] | None) -> None:
    """Raises Invalid (/roles) for roles that there are not, and for none; None is no change of roles."""
    if roles is not None and (faults := role_faults(roles)):
        raise Invalid("The roles were not changed.", faults)


def change_roles(
    session: Session, person_id: int, roles: list[str], actor_id: int | None, now: datetime,
    also: Mapping[str, Any] | None = None,
) -> list[Event]:  # fmt: skip
    """As `users.set_roles`, in the caller's transaction; returns the events to append, with the facts of `also`."""
    actor = acting_admin(session, actor_id, now)
    person = load_person(session, person_id)
    if actor_id == person_id and "admin" not in roles:
        fault = FieldError("/roles", "admin is your own role")
        raise Invalid("You cannot take your own admin role away; another admin does that.", [fault])
    before = sorted(person.roles)
    fresh = [role for role in roles if role not in before]
    grants.record(session, person_id, fresh, actor, now, to_admin="admin" in {*before, *roles})
    person.held = " ".join(roles)
    session.flush()
    facts = {"person": person_id, "before": before, "roles": roles, **(also or {})}
    let_go = next_in_line.unassign_items(session, person_id, actor, "lost the role for it", now)
    return [Event(actor, EventType.PERSON_ROLES, facts=facts), *let_go]


def close_account(
    session: Session, person_id: int, actor_id: int | None, now: datetime, also: Mapping[str, Any] | None = None
) -> list[Event]:
    """As `users.disable`, in the caller's transaction; returns the events to append, with the facts of `also`."""
    actor = _set_disabled_at(session, person_id, actor_id, now, disabled_at=now)
    event = Event(actor, EventType.PERSON_DISABLE, facts={"person": person_id, **(also or {})})
    return [event, *next_in_line.unassign_items(session, person_id, actor, "account closed", now)]


def open_account(session: Session, person_id: int, actor_id: int | None, now: datetime) -> list[Event]:
    """As `users.enable`; returns the events to append."""
    actor = _set_disabled_at(session, person_id, actor_id, now, disabled_at=None)
    return [Event(actor, EventType.PERSON_ENABLE, facts={"person": person_id})]


def _set_disabled_at(
    session: Session, person_id: int, actor_id: int | None, now: datetime, *, disabled_at: datetime | None
) -> Actor:
    actor = acting_admin(session, actor_id, now)
    person = load_person(session, person_id)
    if person_id == actor_id:
        says = "You cannot close your own account; another admin does that."
        raise Invalid(says, [FieldError("/person", "this is your own account")])
    person.disabled_at = disabled_at
    session.flush()
    return actor


def acting_admin(session: Session, actor_id: int | None, now: datetime) -> Actor:
    """Who acts: an admin, or the command line for None. Raises Forbidden."""
    if actor_id is None:
        return Actor.CLI
    _admin(session, actor_id, now)
    return Actor.person(actor_id)


def require_admin(session: Session, actor: Actor, now: datetime) -> None:
    """Raises Forbidden unless `actor` is an admin (`person:ID`) or an actor of the system."""
    if (person_id := Actor.person_id(actor)) is not None:
        _admin(session, person_id, now)


def _admin(session: Session, actor_id: int, now: datetime) -> None:
    if not access.has_ability(actors.load_actor(session, actor_id, now).roles, "change people and keys"):
        raise Forbidden("Only an admin changes people and keys. Ask one to do it.")


def load_person(session: Session, person_id: int) -> Person:
    """A person by id. Raises NotFound."""
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound("There is no such person.")
    return person

"""Naming or changing the account owner of an onboarding."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import text_limits
from reviewqueue.core.errors import FieldError, Forbidden, Invalid
from reviewqueue.db.database import writing
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables.people import Person
from reviewqueue.people import access, actors, grants, notifications, visibility
from reviewqueue.people.next_in_line import unassign_items
from reviewqueue.people.notifications import About


def set_owner(session: Session, person_id: int, onboarding_id: int, owner_id: int, reason: str, now: datetime) -> None:
    """Say whose account an onboarding is, with a reason. Raises NotFound, Forbidden and Invalid naming the field."""
    faults = text_limits.validate_reason("/reason", reason)
    with writing(session):
        actor = actors.load_actor(session, person_id, now)
        onboarding = visibility.load_onboarding(session, onboarding_id, actor)
        if not access.has_ability(actor.roles, "set the account's owner"):
            raise Forbidden("Only a CS leader, a manager or RevOps says whose account it is. Ask one of them.")
        owner = session.get(Person, owner_id)
        if owner is None or owner.disabled_at is not None:
            faults.append(FieldError("/owner", "choose somebody with an open account"))
        elif onboarding.owner_id == owner_id:
            faults.append(FieldError("/owner", f"it is {owner.name}'s already"))
        elif not access.has_ability(owner.roles, "own an account"):
            says = f"{owner.name} has no role that acts for a customer; choose somebody who has one"
            faults.append(FieldError("/owner", says))
        if faults:
            raise Invalid("The account's owner was not changed.", faults)
        previous_id = onboarding.owner_id
        facts = {"from": Actor.person_or_none(previous_id), "to": Actor.person_or_none(owner_id)}
        update_row(session, onboarding, owner_id=owner_id)
        account = f"account_owner:{onboarding_id}"
        by, to_admin = Actor.person(person_id), owner is not None and "admin" in owner.roles
        grants.record(session, owner_id, [account], by, now, to_admin=to_admin)
        release_events = (
            unassign_items(session, previous_id, Actor.person(person_id), "owns the account no more", now)
            if previous_id
            else []
        )
        event = Event(
            Actor.person(person_id),
            EventType.ONBOARDING_OWNER,
            onboarding_id=onboarding_id,
            lane=onboarding.lane,
            facts=facts,
            texts={"reason": reason},
        )
        about = About(onboarding_id=onboarding_id)
        notifications.tell(session, "given", [owner_id], about, Actor.person(person_id), now)
        override_log.append(session, now, event, *release_events)

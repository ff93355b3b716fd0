"""Another e-mail address for an account: an admin changes it, and the old address is told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core.errors import FieldError, Invalid
from reviewqueue.db.database import writing
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables.people import Person
from reviewqueue.people import account_changes, account_mails, password_links, users

UNCHANGED = "The address was not changed."


def change_email(session: Session, person_id: int, email: str, actor: Actor, now: datetime) -> str:
    """Give an account another address, by an admin or the command line; returns the old one, which is told of it. Links
    that went to the old one open nothing any more. What is addressed to a person by their address, as questions to
    sales are, stays addressed to the old one. Raises Forbidden, NotFound, Invalid (/email)."""
    email = email.strip().lower()
    if faults := users.email_faults(email):
        raise Invalid(UNCHANGED, faults)
    with writing(session):
        account_changes.require_admin(session, actor, now)
        person = account_changes.load_person(session, person_id)
        before = person.email
        if session.scalar(select(Person.id).where(Person.email == email)) is not None:
            says = "that is the address now" if email == before else f"{email} has an account already"
            raise Invalid(UNCHANGED, [FieldError("/email", says)])
        update_row(session, person, email=email)
        password_links.end_links(session, person.id, now)
        account_mails.enqueue(session, "email_changed", before, now, person_id=person.id)
        texts = {"before": before, "after": email}
        override_log.append(
            session, now, Event(actor, EventType.PERSON_EMAIL, facts={"person": person.id}, texts=texts)
        )
        return before

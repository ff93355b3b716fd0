"""The links at which people choose their password: an admin's invitation, or what somebody asks for who forgot theirs.
Each is good once, for one person and for some time. The page behind it sets a password and does nothing else."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core.errors import Conflict, Invalid, NotFound
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row, update_row
from reviewqueue.db.tables import base
from reviewqueue.db.tables.password_links import AccountMail, PasswordLink
from reviewqueue.db.tables.people import Person
from reviewqueue.people import account_changes, account_mails, sign_in_throttle, users

LASTS = {"invitation": timedelta(days=7), "reset": timedelta(hours=1)}
MAX_ASKED = 3  # links that one account is mailed within an hour because somebody asks for them
NOT_OPEN = (
    "This link does not open anything any more: it was used, it has expired, or another one took its place. "
    "Ask for a new one at “Forgot your password?”, or ask an admin."
)


def make(session: Session, person_id: int, actor: Actor, now: datetime, *, mailed: bool) -> str:
    """Make a link for a person, by an admin or the command line; an earlier one of theirs opens nothing any more. With
    `mailed` it goes to their address, and this returns ""; otherwise it returns the token, this once. Raises Forbidden,
    NotFound, and Conflict for a closed account."""
    with writing(session):
        account_changes.require_admin(session, actor, now)
        person = account_changes.load_person(session, person_id)
        if person.disabled_at is not None:
            raise Conflict("This account is closed, so no link was made. Open it again first.")
        end_links(session, person.id, now)
        purpose = "invitation" if has_no_password(person) else "reset"
        link_id = insert_link(session, person, purpose, actor, now)
        if mailed:
            account_mails.enqueue(session, purpose, person.email, now, person_id=person.id, link_id=link_id)
            return ""
        return fresh_token(session, session.get_one(PasswordLink, link_id))


def insert_link(session: Session, person: Person, purpose: str, actor: Actor, now: datetime) -> int:
    """The same with everything known, in the caller's transaction, and still without a token; returns the link's id."""
    expires = now + LASTS[purpose]
    row = {"purpose": purpose, "made_by": actor, "created_at": now, "expires_at": expires}
    link_id = insert_row(session, PasswordLink, person_id=person.id, **row)
    facts = {"person": person.id, "purpose": purpose, "expires": base.moment(expires)}
    override_log.append(session, now, Event(actor, EventType.PERSON_LINK, facts=facts))
    return link_id


def fresh_token(session: Session, link: PasswordLink) -> str:
    """A new token of a link, in the caller's transaction. The one before opens nothing any more."""
    token = secrets.token_urlsafe(32)
    update_row(session, link, token_hash=users.hash_of(token))
    return token


def end_links(session: Session, person_id: int, now: datetime) -> int:
    """End the links of a person that are still open, in the caller's transaction; returns how many there were."""
    mine = PasswordLink.person_id == person_id, PasswordLink.used_at.is_(None), PasswordLink.ended_at.is_(None)
    found = session.scalars(select(PasswordLink).where(*mine)).all()
    for link in found:
        update_row(session, link, ended_at=now)
    return len(found)


def revoke(session: Session, person_id: int, actor: Actor, now: datetime) -> None:
    """End a person's link, by an admin or the command line. Raises Forbidden, NotFound (there is none)."""
    with writing(session):
        account_changes.require_admin(session, actor, now)
        account_changes.load_person(session, person_id)
        if not end_links(session, person_id, now):
            raise NotFound("There is no link that could be revoked: it was used or revoked before.")
        event = Event(actor, EventType.PERSON_END_LINK, facts={"person": person_id})
        override_log.append(session, now, event)


def ask(session: Session, email: str, source: str, now: datetime) -> str:
    """Somebody asks for a link to a new password; returns why they are refused for now, "" when they are not. What this
    does is the same whether there is such an account or not: the worker looks. Raises Invalid (/email)."""
    email = email.strip().lower()
    if faults := users.email_faults(email):
        raise Invalid("No link was asked for yet.", faults)
    if says := sign_in_throttle.asking_refusal(session, source, now):
        return says
    with writing(session):
        sign_in_throttle.record_asking(session, source, now)
        account_mails.enqueue(session, "reset", email, now, person_id=None)
    return ""


def asked_for(session: Session, email: str, now: datetime) -> PasswordLink | None:
    """The link that somebody asked for with this address, in the caller's transaction; None where nobody with an open
    account has it, or where it was asked for too often within an hour. Earlier
    links stay open."""
    wanted = select(Person).where(Person.email == email, Person.disabled_at.is_(None))
    person = session.scalar(wanted)
    if person is None:
        return None
    asked = PasswordLink.person_id == person.id, PasswordLink.made_by == Actor.WORKER
    recent = select(func.count()).where(*asked, PasswordLink.created_at > now - LASTS["reset"])
    if (session.scalar(recent) or 0) >= MAX_ASKED:
        return None
    return session.get_one(PasswordLink, insert_link(session, person, "reset", Actor.WORKER, now))


def reader(session: Session, token: str, now: datetime) -> Person:
    """Whose link it is, as long as it is open. Raises NotFound."""
    return _open(session, token, now)[1]


def choose(session: Session, token: str, password: str, now: datetime) -> None:
    """Set the password of whose link this is. Their sign-ins end, the link is used up, and every other one of theirs
    opens nothing any more. Raises NotFound, Invalid (/password)."""
    if faults := users.password_faults(password):
        raise Invalid("The password was not set.", faults)
    hashed = users.hash_password(password)
    with writing(session):
        link, person = _open(session, token, now)
        update_row(session, link, used_at=now)
        end_links(session, person.id, now)
        actor = Actor.person(person.id)
        users.replace_password(session, person, hashed, actor, now, also={"link": link.id})


def _open(session: Session, token: str, now: datetime) -> tuple[PasswordLink, Person]:
    query = select(PasswordLink, Person).join(Person, Person.id == PasswordLink.person_id)
    is_open = PasswordLink.used_at.is_(None) & PasswordLink.ended_at.is_(None) & (PasswordLink.expires_at > now)
    query = query.where(PasswordLink.token_hash == users.hash_of(token), is_open, Person.disabled_at.is_(None))
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound(NOT_OPEN)
    return found[0], found[1]


def has_no_password(person: Person) -> bool:
    """Whether a person was invited and has not chosen a password yet."""
    return person.password_hash == users.NO_PASSWORD.value


def latest(session: Session) -> dict[int, tuple[PasswordLink, AccountMail | None]]:
    """The newest link of each person whom an admin sent one, with the e-mail that brings it, if one does."""
    newest = select(func.max(PasswordLink.id)).where(PasswordLink.made_by != Actor.WORKER)
    newest = newest.group_by(PasswordLink.person_id)
    query = select(PasswordLink, AccountMail).outerjoin(AccountMail, AccountMail.link_id == PasswordLink.id)
    rows: Sequence[tuple[PasswordLink, AccountMail | None]] = [
        (link, mail) for link, mail in session.execute(query.where(PasswordLink.id.in_(newest)))
    ]
    return {link.person_id: (link, mail) for link, mail in rows}

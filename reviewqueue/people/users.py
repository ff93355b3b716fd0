"""Accounts of people: roles, passwords, absences and sign-ins. The log records each change."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import bindparam, delete, func, literal_column, select
from sqlalchemy.orm import Session, aliased

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import text_limits
from reviewqueue.core.errors import FieldError, Forbidden, Invalid
from reviewqueue.core.patterns import as_pattern
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row, update_row
from reviewqueue.db.statements import Prepared
from reviewqueue.db.tables import base
from reviewqueue.db.tables.notifications import Notification
from reviewqueue.db.tables.people import Absence, FailedSignIn, Person, SignIn
from reviewqueue.people import absences, account_changes, account_mails, actors, grants, next_in_line
from reviewqueue.policy import policy_versions

SHORTEST_PASSWORD = 12
SESSION_LENGTH = timedelta(hours=12)
_EMAIL = as_pattern(r"^[^@\s]{1,64}@[^@\s]{1,180}\.[^@\s.]{2,}$")
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # OWASP's minimum for Argon2id
# The hash that the password for an unknown account is checked against: none matches it, and checking takes as long.
_COST = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
ONE_TIME_USED = (
    "This password was good for one sign-in, and it was used. Ask an admin for a new one; if it was not you who signed "
    "in with it, tell them at once."
)
BAD_CREDENTIALS = "That e-mail and password do not go together. Try again, or ask an admin to set a new password."
_DUMMY_HASH = f"$argon2id$v=19${_COST}${'A' * 22}${'A' * 43}"
_LENDER = aliased(Person)
# The addresses of the sales owners for whom somebody stands in now, separated by spaces.
_ANSWERS_FOR = (
    select(func.aggregate_strings(_LENDER.email, literal_column("' '")))  # type: ignore[arg-type]  # a bound one is late
    .join(Absence, Absence.person_id == _LENDER.id)
    .where(Absence.delegate_id == Person.id, Absence.cancelled_at.is_(None))
    .where(Absence.starts_at <= bindparam("now"), Absence.ends_at > bindparam("now"))
    .where(_LENDER.disabled_at.is_(None), _LENDER.held.like(literal_column("'%sales_owner%'")))
    .correlate(Person)
    .scalar_subquery()
)
_UNREAD = (
    select(func.count())
    .where(Notification.person_id == Person.id, Notification.read_at.is_(None))
    .correlate(Person)
    .scalar_subquery()
)
_SIGNED_IN = Prepared(
    select(Person.id, Person.name, Person.email, Person.held, Person.one_time, func.coalesce(_ANSWERS_FOR, ""))
    .add_columns(_UNREAD)
    .join(SignIn, SignIn.person_id == Person.id)
    .where(
        SignIn.token_hash == bindparam("token"),
        SignIn.ended_at.is_(None),
        SignIn.expires_at > bindparam("now"),
        Person.disabled_at.is_(None),
    )
)


@dataclass(frozen=True)
class HashedPassword:
    """A password hashed beforehand (see `hash_password`), for several people who share one, as in the demo."""

    value: str


# Of whoever was invited: nobody can sign in with it, and checking one takes as long as for everybody else.
NO_PASSWORD = HashedPassword(_DUMMY_HASH)


def password_faults(password: str) -> list[FieldError]:
    """Errors of a text as a password, at `/password`."""
    short = len(password) < SHORTEST_PASSWORD
    return [FieldError("/password", f"at least {SHORTEST_PASSWORD} characters")] if short else []


def hash_password(password: str) -> HashedPassword:
    """A password's hash. Raises Invalid when it is too short."""
    if faults := password_faults(password):
        raise Invalid("The password was not taken.", faults)
    return HashedPassword(_hasher.hash(password))


def email_faults(email: str) -> list[FieldError]:
    """Errors of a text as the e-mail of an account, at `/email`; whether somebody has it already is not checked."""
    email = email.strip().lower()
    taken = _EMAIL.match(email) and not text_limits.invalid_characters("/email", email)
    says = f"{email!r} is not an e-mail address" if email else "write an e-mail address, such as ana@company.com"
    return [] if taken else [FieldError("/email", says)]


def add(
    session: Session,
    email: str,
    name: str,
    roles: Iterable[str],
    password: str | HashedPassword,
    actor: Actor,
    now: datetime,
) -> int:
    """Add a person; returns the id. `actor` is `person:ID`, an admin, or an actor of the system. The password is good
    for one sign-in, unless it comes hashed. Raises Invalid naming the field, Forbidden."""
    email, roles = email.strip().lower(), sorted(set(roles))
    faults = [*_name_faults(name), *account_changes.role_faults(roles), *email_faults(email)]
    if isinstance(password, str):
        faults += password_faults(password)
    if faults:
        raise Invalid("The person was not added.", faults)
    password_hash = password.value if isinstance(password, HashedPassword) else _hasher.hash(password)
    with writing(session):
        account_changes.require_admin(session, actor, now)
        if session.scalar(select(Person.id).where(Person.email == email)) is not None:
            raise Invalid("The person was not added.", [FieldError("/email", f"{email} has an account already")])
        row = {"email": email, "name": name.strip(), "password_hash": password_hash, "held": " ".join(roles)}
        one_time = "" if isinstance(password, HashedPassword) else "unused"
        person_id = insert_row(session, Person, **row, one_time=one_time, created_at=now)
        grants.record(session, person_id, roles, actor, now, to_admin="admin" in roles)
        facts = {"person": person_id, "roles": roles}
        override_log.append(session, now, Event(actor, EventType.PERSON_ADD, facts=facts))
    return person_id


def _name_faults(name: str) -> list[FieldError]:
    return [
        FieldError("/name", f"a name of 1 to 255 characters: {fault.message}")
        for fault in text_limits.validate_line("/name", name)
    ]


def set_roles(session: Session, person_id: int, roles: Iterable[str], actor_id: int | None, now: datetime) -> None:
    """Give a person exactly these roles. `actor_id` is an admin, or None for the command line (Forbidden); nobody takes
    their own admin role away (Invalid). What they own stays theirs: `review.handover` hands it on."""
    roles = sorted(set(roles))
    account_changes.validate_roles(roles)
    with writing(session):
        override_log.append(session, now, *account_changes.change_roles(session, person_id, roles, actor_id, now))


def disable(session: Session, person_id: int, actor_id: int | None, now: datetime) -> None:
    """Disable an account at once: its next request is refused everywhere. What they own stays in their name and is
    nobody's from then on: `review.handover` hands it on.

    `actor_id` is an admin, or None for the command line, which whoever runs the installation may use. Raises Invalid
    for one's own account, Forbidden.
    """
    with writing(session):
        override_log.append(session, now, *account_changes.close_account(session, person_id, actor_id, now))


def enable(session: Session, person_id: int, actor_id: int | None, now: datetime) -> None:
    """Open a disabled account again. `actor_id` and what it raises as for `disable`."""
    with writing(session):
        override_log.append(session, now, *account_changes.open_account(session, person_id, actor_id, now))


def set_password(session: Session, person_id: int, password: str, actor: Actor, now: datetime) -> None:
    """Set a person's password and end their sign-ins. `actor` is themselves, an admin, or an actor of the system.

    What somebody else sets is good for one sign-in, and at that one the person chooses their own: nobody goes on
    knowing another's password. Raises Invalid (/password: too short, or the one they were given) and Forbidden.
    """
    if faults := password_faults(password):
        raise Invalid("The password was not changed.", faults)
    hashed = hash_password(password)
    with writing(session):
        person, own = account_changes.load_person(session, person_id), actor == Actor.person(person_id)
        if not own:
            account_changes.require_admin(session, actor, now)
        elif person.one_time and _matches(person.password_hash, password):
            fault = FieldError("/password", "this is the one you were given; choose another one that only you know")
            raise Invalid("The password was not changed.", [fault])
        replace_password(session, person, hashed, actor, now)


def replace_password(
    session: Session, person: Person, hashed: HashedPassword, actor: Actor, now: datetime,
    also: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """The same with everything known, in the caller's transaction; `also` goes into the log with it. The account's
    e-mail address is told, but of the first one."""
    own, first = actor == Actor.person(person.id), person.password_hash == NO_PASSWORD.value
    update_row(session, person, password_hash=hashed.value, one_time="" if own else "unused")
    for sign_in in session.scalars(select(SignIn).where(SignIn.person_id == person.id, SignIn.ended_at.is_(None))):
        sign_in.ended_at = now
    session.execute(delete(FailedSignIn).where(FailedSignIn.email_digest == hash_of(person.email)))
    session.flush()
    if not first:
        account_mails.enqueue(session, "password_changed", person.email, now, person_id=person.id)
    facts = {"person": person.id, **(also or {})}
    override_log.append(session, now, Event(actor, EventType.PERSON_PASSWORD, facts=facts))


def _matches(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def set_absence(
    session: Session, person_id: int, delegate_id: int, starts_at: datetime, ends_at: datetime, now: datetime
) -> None:
    """Record an absence: the delegate stands in meanwhile, also for those whom the person stands in for. It is never a
    way around separation of duties. Raises Invalid, also when it would close a loop in which everybody is away."""
    faults = []
    if ends_at <= starts_at or ends_at <= now:
        faults.append(FieldError("/ends_at", "the end comes after the start, and lies ahead"))
    if delegate_id == person_id:
        faults.append(FieldError("/delegate", "somebody else than yourself"))
    if faults:
        raise Invalid("Your absence was not recorded.", faults)
    with writing(session):
        away = actors.load_actor(session, person_id, now)
        delegate = session.get(Person, delegate_id)
        if delegate is None or delegate.disabled_at is not None:
            raise Invalid(
                "Your absence was not recorded.", [FieldError("/delegate", "choose somebody with an open account")]
            )
        held = actors.load_actor(session, delegate_id, now)
        policy, mine = policy_versions.current(session), (away.roles, away.groups)
        if why := absences.why_cannot_stand_in(policy, mine, held.roles, held.groups):
            fault = FieldError("/delegate", f"{delegate.name} cannot stand in for you: {why}; choose somebody else")
            raise Invalid("Your absence was not recorded.", [fault])
        if names := absences.absence_loop(session, person_id, delegate_id, starts_at, ends_at):
            loop = f"{' → '.join(names)}: all of them would be away at once, and nobody would decide"
            raise Invalid("Your absence was not recorded.", [FieldError("/delegate", loop)])
        insert_row(session, Absence, person_id=person_id, delegate_id=delegate_id, starts_at=starts_at, ends_at=ends_at)
        facts = {
            "delegate": delegate_id,
            "starts": base.moment(starts_at),
            "ends": base.moment(ends_at),
        }
        override_log.append(session, now, Event(Actor.person(person_id), EventType.ABSENCE_START, facts=facts))


def end_absence(session: Session, person_id: int, now: datetime) -> None:
    """End one's own absences now. What a delegate held only through them is unassigned. Raises Invalid for somebody who
    is not away."""
    with writing(session):
        delegates = actors.load_actor(session, person_id, now).delegates
        query = select(Absence).where(
            Absence.person_id == person_id, Absence.cancelled_at.is_(None), Absence.ends_at > now
        )
        ended = session.scalars(query).all()
        if not ended:
            raise Invalid("You are not away, so nothing was changed.")
        for absence in ended:
            absence.cancelled_at = now
        session.flush()
        event = Event(Actor.person(person_id), EventType.ABSENCE_END)
        let_go = [
            gone
            for one in sorted(delegates)
            for gone in next_in_line.unassign_items(session, one, event.actor, "stands in no more", now)
        ]
        override_log.append(session, now, event, *let_go)


def sign_in(session: Session, email: str, password: str, now: datetime) -> str:
    """A new sign-in token for the right e-mail and password. Raises Forbidden, also for a one-time password that was
    used; an unknown e-mail takes as long as a wrong password."""
    wanted = select(Person).where(Person.email == email.strip().lower())
    person = None if text_limits.invalid_characters("/email", email) else session.scalar(wanted)
    checked_hash = person.password_hash if person else _DUMMY_HASH
    if not _matches(checked_hash, password) or person is None or person.disabled_at is not None:
        raise Forbidden(BAD_CREDENTIALS)
    token = secrets.token_urlsafe(32)
    with writing(session):
        # Verifying takes long: the password may have changed by now, or the account been closed.
        session.refresh(person)
        if person.password_hash != checked_hash or person.disabled_at is not None:
            raise Forbidden(BAD_CREDENTIALS)
        if person.one_time == "used":
            raise Forbidden(ONE_TIME_USED)
        if person.one_time:
            update_row(session, person, one_time="used")
        row = {"token_hash": hash_of(token), "created_at": now, "expires_at": now + SESSION_LENGTH}
        insert_row(session, SignIn, person_id=person.id, **row)
        override_log.append(session, now, Event(Actor.person(person.id), EventType.PERSON_SIGN_IN))
    return token


@dataclass(frozen=True)
class SignedIn:
    """A signed-in person, as they are at this moment; `lent` are the addresses of the sales owners for whom they stand
    in, separated by spaces, and `unread` is how many notifications they have not read."""

    id: int
    name: str
    email: str
    held: str
    one_time: str = ""
    lent: str = ""
    unread: int = 0

    @property
    def answers_for(self) -> tuple[str, ...]:
        """To whose addresses questions go that they may answer as a sales owner: their own, and those lent to them."""
        return (self.email, *self.lent.split()) if absences.ANSWERS_FOR_SALES in self.roles else ()

    @property
    def roles(self) -> frozenset[str]:
        """Their own roles."""
        return frozenset(self.held.split())


def signed_in(session: Session, token: str, now: datetime) -> SignedIn | None:
    """The person behind a sign-in token, read afresh on every request; None when ended, expired or disabled."""
    found = _SIGNED_IN.row(session, {"token": hash_of(token), "now": now})
    return SignedIn(*found) if found else None


def sign_out(session: Session, token: str, now: datetime) -> None:
    """End one sign-in."""
    with writing(session):
        found = session.scalar(select(SignIn).where(SignIn.token_hash == hash_of(token), SignIn.ended_at.is_(None)))
        if found is None:
            return
        found.ended_at = now
        session.flush()
        override_log.append(session, now, Event(Actor.person(found.person_id), EventType.PERSON_SIGN_OUT))


def hash_of(token: str) -> str:
    """What is kept of a token: its SHA-256. Tokens are random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()

"""Automations and their API keys. Only a key's hash is kept, and no key can decide."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import text_limits
from reviewqueue.core.errors import FieldError, Forbidden, Invalid, NotFound
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row
from reviewqueue.db.statements import Prepared
from reviewqueue.db.tables.people import ApiKey, Automation, Person
from reviewqueue.people import access, actors
from reviewqueue.people.access import SCOPES, Caller
from reviewqueue.people.users import hash_of
from reviewqueue.policy import policy_versions

KEY_PREFIX = "rq"
_KEY = Prepared(
    select(
        *(ApiKey.id, ApiKey.automation_id, ApiKey.token_hash, ApiKey.revoked_at),
        *(ApiKey.scopes, ApiKey.lanes, ApiKey.gates, Automation.name),
    )
    .join(Automation, Automation.id == ApiKey.automation_id)
    .where(ApiKey.prefix == bindparam("prefix"))
)


def add(
    session: Session,
    name: str,
    scopes: Iterable[str],
    actor: Actor,
    now: datetime,
    *,
    lanes: Iterable[str] = (),
    gates: Iterable[str] = (),
    owner_email: str = "",
) -> str:
    """Make a key for the automation of that name, and the automation if need be; returns the key, shown only this once.

    `actor` is `person:ID` (checked to be an admin) or `system:cli`. Raises Invalid naming the field, Forbidden.
    """
    scopes, lanes, gates = sorted(set(scopes)), sorted(set(lanes)), sorted(set(gates))
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    token = f"{KEY_PREFIX}_{prefix}_{secret}"
    with writing(session):
        _may_change(session, actor, now)
        if faults := _faults(session, name, scopes, lanes, gates):
            raise Invalid("The key was not made.", faults)
        automation_id = ensure_automation(session, name, owner_email, now)
        key_id = insert_row(
            session,
            ApiKey,
            automation_id=automation_id,
            prefix=prefix,
            token_hash=hash_of(token),
            scopes=" ".join(scopes),
            lanes=" ".join(lanes),
            gates=" ".join(gates),
            created_at=now,
            created_by_id=Actor.person_id(actor),
        )
        facts = {"key": key_id, "automation": automation_id, "scopes": scopes, "lanes": lanes, "gates": gates}
        override_log.append(session, now, Event(actor, EventType.KEY_ADD, facts=facts))
    return token


def _faults(session: Session, name: str, scopes: list[str], lanes: list[str], gates: list[str]) -> list[FieldError]:
    policy = policy_versions.current(session)
    known_lanes, known_gates = {lane.key for lane in policy.lanes}, {gate.key for gate in policy.gates}
    faults = []
    for fault in text_limits.validate_line("/name", name):
        faults.append(FieldError("/name", f"name the automation in 1 to 255 characters: {fault.message}"))
    if name.strip() in access.WITHOUT_KEY:
        faults.append(FieldError("/name", f"{name.strip()} never has a key; give your automation another name"))
    for at, given, known in (
        ("/scopes", scopes, set(SCOPES)),
        ("/lanes", lanes, known_lanes),
        ("/gates", gates, known_gates),
    ):
        if unknown := sorted(set(given) - known):
            faults.append(FieldError(at, f"{', '.join(unknown)} is not known; known: {', '.join(sorted(known))}"))
    if not scopes:
        faults.append(FieldError("/scopes", f"at least one of {', '.join(SCOPES)}"))
    return faults


def ensure_automation(session: Session, name: str, owner_email: str, now: datetime) -> int:
    """The id of the automation of that name, made with its owner if need be. Inside `writing()`. Raises Invalid."""
    owner_id = None
    if owner_email:
        wanted = select(Person.id).where(Person.email == owner_email.strip().lower())
        owner_id = None if text_limits.invalid_characters("/owner", owner_email) else session.scalar(wanted)
        if owner_id is None:
            raise Invalid("The key was not made.", [FieldError("/owner", f"nobody here has the e-mail {owner_email}")])
    known = session.scalar(select(Automation).where(Automation.name == name.strip()))
    if known is not None:
        if owner_id not in (None, known.owner_id):
            says = f"automation {known.name} has another owner; leave the owner out, or name a new automation"
            raise Invalid("The key was not made.", [FieldError("/owner", says)])
        return known.id
    return insert_row(session, Automation, name=name.strip(), owner_id=owner_id, created_at=now)


def own_caller(session: Session, name: str, now: datetime, *, key_id: int = 0) -> Caller:
    """One of our own automations, by name, as the caller of what it opens; made if need be. Inside `writing()`."""
    return Caller(key_id, ensure_automation(session, name, "", now), name)


def revoke(session: Session, key_id: int, actor: Actor, now: datetime) -> None:
    """Revoke a key: its next request is refused. Raises NotFound, Forbidden."""
    with writing(session):
        _may_change(session, actor, now)
        key = session.get(ApiKey, key_id)
        if key is None or key.revoked_at is not None:
            raise NotFound("There is no such key, or it was revoked before.")
        key.revoked_at = now
        session.flush()
        override_log.append(session, now, Event(actor, EventType.KEY_REVOKE, facts={"key": key_id}))


def caller(session: Session, token: str) -> Caller | None:
    """Whose key this is and what it may do, read afresh on every request; None when unknown or revoked."""
    parts = token.split("_", 2)
    if len(parts) != 3 or parts[0] != KEY_PREFIX or not parts[1].isalnum():
        return None
    key = _KEY.row(session, {"prefix": parts[1]})
    if key is None or key.revoked_at is not None or not hmac.compare_digest(key.token_hash, hash_of(token)):
        return None
    return Caller(
        key.id,
        key.automation_id,
        key.name,
        frozenset(key.scopes.split()),
        frozenset(key.lanes.split()),
        frozenset(key.gates.split()),
    )


def callback_secret(secret_key: str, automation_id: int, number: int) -> str:
    """The Standard Webhooks secret of an automation (`whsec_…`), derived from the application's secret, not stored."""
    made = hmac.new(secret_key.encode(), f"callback:{automation_id}:{number}".encode(), hashlib.sha256).digest()
    return "whsec_" + base64.b64encode(made).decode()


def _may_change(session: Session, actor: Actor, now: datetime) -> None:
    person = actors.load_if_person(session, actor, now)
    if person and not access.has_ability(person.roles, "change people and keys"):
        raise Forbidden("Only an admin makes and revokes keys. Ask one to do it.")

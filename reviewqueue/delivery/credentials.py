"""The credentials of destinations: entered, replaced, removed and sealed anew; never shown again.

The key is in the environment, the sealed secret in the database, so neither a backup nor the environment alone is
enough. The log has who entered or removed one and when, and nothing of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretStr
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import sealed
from reviewqueue.core.errors import Conflict, DomainError, FieldError, Forbidden, Invalid, NotFound
from reviewqueue.core.sealed import CannotUnseal
from reviewqueue.core.settings import Settings
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row, update_row
from reviewqueue.db.tables.credentials import Credential
from reviewqueue.people import access, actors, chat_webhooks
from reviewqueue.policy import policy_versions
from reviewqueue.policy.model.destinations import Destination

PAGE = "/releases/credentials"
ABILITY = "change credentials"
MAX_LENGTH = 4096


@dataclass(frozen=True)
class CredentialState:
    """What is known of a destination's credential without opening it: since when and by whom it is there (None and ""
    where none is), and why it cannot be used."""

    key: str
    name: str
    at: datetime | None = None
    by: str = ""
    why_not: str = ""


def enter(session: Session, settings: Settings, actor: Actor, to: str, secret: SecretStr, now: datetime) -> None:
    """Keep the credential of a destination, in place of the one before. Raises Forbidden, NotFound (no such destination
    takes one), Invalid (/secret), and DomainError where the installation has no key to seal it with."""
    if fault := _fault(secret):
        raise Invalid("Nothing was kept. For your safety the field is empty again.", [FieldError("/secret", fault)])
    try:
        whole = sealed.seal(keys(settings), secret, _about(to))
    except CannotUnseal as no_key:
        raise DomainError(f"Nothing was kept: {no_key}.", code="no-key") from None
    with writing(session):
        _require_allowed(session, actor, now)
        if to not in {one.key for one in _taking(session)}:
            raise NotFound(f"The active policy has no destination {to!r} that takes a credential. Nothing was kept.")
        replaces = _row(session, to) is not None
        session.execute(delete(Credential).where(Credential.destination == to))
        insert_row(session, Credential, destination=to, sealed=whole, at=now, by=actor)
        facts = {"to": to, "key": sealed.sealed_with(whole), "replaces": replaces}
        override_log.append(session, now, Event(actor, EventType.CREDENTIAL_ENTER, facts=facts))


def remove(session: Session, actor: Actor, to: str, now: datetime) -> None:
    """Forget a credential: what goes to its destination is held. Raises Forbidden and NotFound."""
    with writing(session):
        _require_allowed(session, actor, now)
        if _row(session, to) is None:
            raise NotFound(f"There is no credential of {to!r}, so nothing was removed.")
        session.execute(delete(Credential).where(Credential.destination == to))
        override_log.append(session, now, Event(actor, EventType.CREDENTIAL_REMOVE, facts={"to": to}))


def rotate(session: Session, settings: Settings, now: datetime) -> int:
    """Seal every credential, and every person's webhook, anew with the newest key; returns how many. Raises Conflict,
    and changes nothing, where one cannot be opened or no key is set."""
    try:
        known = keys(settings)
        if not known:
            raise CannotUnseal(f"{sealed.VARIABLE} is not set. Set the new key, a comma, and the key before")
        with writing(session):
            rows = session.scalars(select(Credential).order_by(Credential.destination)).all()
            for row in rows:
                about = _about(row.destination)
                update_row(session, row, sealed=sealed.seal(known, sealed.unseal(known, row.sealed, about), about))
            chats = chat_webhooks.rotate(session, known)
            facts = {"key": sealed.key_id(known[0]), "credentials": len(rows) + chats}
            override_log.append(session, now, Event(Actor.CLI, EventType.CREDENTIAL_ROTATE, facts=facts))
    except CannotUnseal as cannot:
        raise Conflict(f"Nothing was changed. {cannot}.") from None
    return len(rows) + chats


def states(session: Session, settings: Settings) -> list[CredentialState]:
    """Every destination of the active policy that takes a credential, and every credential whose destination is gone,
    without opening one for show."""
    rows = {row.destination: row for row in session.scalars(select(Credential)).all()}
    called = {one.key: one.name for one in _taking(session)}
    found = []
    for key in sorted({*called, *rows}):
        row = rows.get(key)
        why = _why_not(settings, row) if row else "none was entered yet"
        found.append(CredentialState(key, called.get(key, key), row.at if row else None, row.by if row else "", why))
    return found


def missing(session: Session, wanted: Collection[str]) -> set[str]:
    """Those of these destinations whose credential nobody has entered."""
    if not wanted:
        return set()
    return set(wanted) - set(session.scalars(select(Credential.destination).where(Credential.destination.in_(wanted))))


def sealed_for(session: Session, to: str) -> str:
    """The sealed credential of a destination; "" where there is none."""
    row = _row(session, to)
    return row.sealed if row else ""


def opened(settings: Settings, to: str, kept: str) -> SecretStr:
    """The secret of a destination, for the request that needs it. Raises CannotUnseal."""
    return sealed.unseal(keys(settings), kept, _about(to))


def keys(settings: Settings) -> list[bytes]:
    """The keys of the installation, the newest first. Raises CannotUnseal."""
    return sealed.read_keys(settings.credential_key.get_secret_value() if settings.credential_key else "")


def _row(session: Session, to: str) -> Credential | None:
    return session.scalars(select(Credential).where(Credential.destination == to)).first()


def _about(to: str) -> str:
    return f"credential of destination {to}"


def _taking(session: Session) -> Sequence[Destination]:
    return [one for one in policy_versions.current(session).destinations if one.can.credential]


def _why_not(settings: Settings, row: Credential) -> str:
    try:
        opened(settings, row.destination, row.sealed)
    except CannotUnseal as cannot:
        return str(cannot)
    return ""


def _fault(secret: SecretStr) -> str:
    value = secret.get_secret_value()
    if not value:
        return "enter the token or key that the other system gave you"
    if len(value) > MAX_LENGTH:
        return f"it has more than {MAX_LENGTH} characters; that is no token"
    if not (value.isascii() and value.isprintable()) or " " in value:
        return "it has blanks, line ends or letters beyond ASCII in it; copy the token alone"
    return ""


def _require_allowed(session: Session, actor: Actor, now: datetime) -> None:
    person = actors.load_if_person(session, actor, now)
    if person and not access.has_ability(person.roles, ABILITY):
        raise Forbidden("Only an admin enters and removes credentials. Ask one to do it; nothing was changed.")

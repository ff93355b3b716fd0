"""People's own incoming webhooks, by which they are told in their chat: entered, forgotten and sealed anew; never shown
again. The log has who, when and which host, and nothing more of the address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from pydantic import SecretStr
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import sealed
from reviewqueue.core.errors import Conflict, DomainError, FieldError, Invalid
from reviewqueue.core.sealed import CannotUnseal
from reviewqueue.core.settings import Settings
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row, update_row
from reviewqueue.db.tables.chat_webhooks import ChatWebhook
from reviewqueue.db.tables.notifications import NotificationMail
from reviewqueue.people import account_changes, actors

MAX_LENGTH = 1024
HOSTS = "REVIEWQUEUE_CHAT_HOSTS"


def offered(settings: Settings) -> bool:
    """Whether people can be told in a chat: the installation names hosts for it, and has a key to seal with."""
    return bool(settings.chats() and settings.credential_key)


def of_person(session: Session, person_id: int) -> ChatWebhook | None:
    """A person's webhook; None where there is none."""
    return session.scalars(select(ChatWebhook).where(ChatWebhook.person_id == person_id)).first()


def enter(session: Session, settings: Settings, person_id: int, actor: Actor, url: SecretStr, now: datetime) -> None:
    """Keep a person's webhook, in place of the one before. `actor` is themselves, or the command line. Raises
    Forbidden, Invalid (/chat), and DomainError where the installation has no key to seal it with."""
    if fault := _fault(settings, url.get_secret_value()):
        raise Invalid("Nothing was kept. For your safety the field is empty again.", [FieldError("/chat", fault)])
    try:
        whole = sealed.seal(_keys(settings), url, _about(person_id))
    except CannotUnseal as no_key:
        raise DomainError(f"Nothing was kept: {no_key}.", code="no-key") from None
    host = urlsplit(url.get_secret_value()).hostname or ""
    with writing(session):
        _require_own(session, person_id, actor, now)
        replaces = of_person(session, person_id) is not None
        _forget(session, person_id)
        insert_row(session, ChatWebhook, person_id=person_id, sealed=whole, host=host, at=now)
        facts = {"person": person_id, "host": host, "replaces": replaces}
        override_log.append(session, now, Event(actor, EventType.PERSON_CHAT, facts=facts))


def remove(session: Session, person_id: int, actor: Actor, now: datetime) -> None:
    """Forget a person's webhook: what would go there comes by e-mail. Raises Forbidden and Conflict (there is none)."""
    with writing(session):
        _require_own(session, person_id, actor, now)
        if of_person(session, person_id) is None:
            raise Conflict("There is no webhook any more, so nothing was forgotten. Reload the page.")
        _forget(session, person_id)
        facts = {"person": person_id, "host": "", "replaces": True}
        override_log.append(session, now, Event(actor, EventType.PERSON_CHAT, facts=facts))


def opened(settings: Settings, row: ChatWebhook) -> SecretStr:
    """The address, for the message that needs it. Raises CannotUnseal; also where the installation does not name its
    host any more."""
    if row.host not in settings.chats():
        raise CannotUnseal(f"{HOSTS} does not name {row.host or 'its host'} any more")
    return sealed.unseal(_keys(settings), row.sealed, _about(row.person_id))


def rotate(session: Session, keys: Sequence[bytes]) -> int:
    """Seal every webhook anew with the first key, in the caller's transaction; returns how many. Raises
    CannotUnseal."""
    rows = session.scalars(select(ChatWebhook).order_by(ChatWebhook.id)).all()
    for row in rows:
        about = _about(row.person_id)
        update_row(session, row, sealed=sealed.seal(keys, sealed.unseal(keys, row.sealed, about), about))
    return len(rows)


def _forget(session: Session, person_id: int) -> None:
    """Take a webhook away, and with it what is wrong with it."""
    session.execute(delete(ChatWebhook).where(ChatWebhook.person_id == person_id))
    broken = NotificationMail.way == "chat", NotificationMail.state.in_(("failed", "unknown"))
    session.execute(
        update(NotificationMail).where(NotificationMail.person_id == person_id, *broken).values(state="skipped")
    )


def _require_own(session: Session, person_id: int, actor: Actor, now: datetime) -> None:
    account_changes.load_person(session, person_id)
    if actor == Actor.person(person_id):
        actors.load_actor(session, person_id, now)
    else:
        account_changes.require_admin(session, actor, now)


def _fault(settings: Settings, url: str) -> str:
    if not url:
        return "paste the address that your chat gave you for an incoming webhook"
    if len(url) > MAX_LENGTH or not url.isascii() or not url.isprintable() or " " in url:
        return "it has blanks, line ends or letters beyond ASCII in it, or is too long; copy the address alone"
    try:
        parts = urlsplit(url)
        whole = parts.scheme == "https" and not (parts.username or parts.password) and parts.port in (None, 443)
        host = parts.hostname or ""
    except ValueError:
        whole, host = False, ""
    if not whole or not host:
        return "write the whole address, from https:// on"
    if host not in settings.chats():
        known = ", ".join(sorted(settings.chats())) or "none"
        return f"messages go to {known} alone; whoever runs Review Queue allows another host ({HOSTS})"
    return ""


def _keys(settings: Settings) -> list[bytes]:
    return sealed.read_keys(settings.credential_key.get_secret_value() if settings.credential_key else "")


def _about(person_id: int) -> str:
    return f"chat webhook of person {person_id}"

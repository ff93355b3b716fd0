"""The suppression list: the addresses that get no mail from here. A bounce or a complaint puts one on it, and so does a
person; only a person takes one off, with a reason."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import text_limits
from reviewqueue.core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from reviewqueue.core.mime import addresses
from reviewqueue.db import paging
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row, update_row
from reviewqueue.db.tables.mail_returns import Suppression
from reviewqueue.people import access, actors

ABILITY = "maintain the suppression list"
_WHO = "Only RevOps, a CS leader or an admin changes the suppression list. Tell one of them; nothing was changed."


def page(session: Session, place: paging.PagePosition, *, ended: bool = False) -> paging.Page[Suppression]:
    """One page of the list, the newest first: what is on it, or with `ended` what was taken off."""
    over = Suppression.ended_at.is_not(None) if ended else Suppression.ended_at.is_(None)
    found = paging.newest_first(session, select(Suppression).where(over), Suppression.id, place)
    return paging.Page([row for (row,) in found.rows], found.following, found.earlier, found.emptied)


def find(session: Session, address: str) -> Suppression | None:
    """The entry of an address, in lower case, that is on the list."""
    return session.scalars(
        select(Suppression).where(Suppression.address == address, Suppression.ended_at.is_(None))
    ).one_or_none()


def add(session: Session, actor: Actor, address: str, why: str, now: datetime) -> int:
    """Put an address on the list by hand; returns the entry's id. Raises Forbidden, Conflict (it is on it) and Invalid
    (/address, /why)."""
    _require_ability(session, actor, now)
    mailbox, flaw = addresses.read(address.strip())
    faults = [] if mailbox and len(mailbox.folded) <= 255 else [FieldError("/address", flaw or "is too long")]
    faults += text_limits.validate_reason("/why", why)
    if faults or mailbox is None:
        raise Invalid("Nothing was put on the list yet; what you typed is still here.", faults)
    with writing(session):
        if find(session, mailbox.folded) is not None:
            raise Conflict("This address is on the list already, so nothing was changed.")
        entry, event = put(session, mailbox.folded, "person", why, actor, now)
        override_log.append(session, now, event)
    return entry


def put(
    session: Session, address: str, kind: str, why: str, actor: Actor, now: datetime, item_id: int | None = None
) -> tuple[int, Event]:
    """Put an address (in lower case) that is not on the list on it, and the event for the log. Inside `writing()`."""
    row = {"address": address, "kind": kind, "why": why, "item_id": item_id, "at": now, "by": actor}
    entry = insert_row(session, Suppression, **row)
    facts = {"suppression": entry, "for": kind, "about": item_id}
    return entry, Event(actor, EventType.SUPPRESSION_ADD, facts=facts, texts={"address": address, "why": why})


def end(session: Session, actor: Actor, entry_id: int, why: str, now: datetime) -> None:
    """Take an address off the list, with a reason: mails to it go out again. Raises NotFound, Forbidden, Conflict (it
    is off) and Invalid (/why)."""
    _require_ability(session, actor, now)
    if faults := text_limits.validate_reason("/why", why):
        raise Invalid("Nothing was changed yet; what you typed is still here.", faults)
    with writing(session):
        found = session.get(Suppression, entry_id)
        if found is None:
            raise NotFound()
        if found.ended_at is not None:
            raise Conflict("This address was taken off the list already, so nothing was changed. Reload the page.")
        update_row(session, found, ended_at=now, ended_by=actor)
        facts, words = {"suppression": entry_id, "for": found.kind}, {"address": found.address, "why": why}
        override_log.append(session, now, Event(actor, EventType.SUPPRESSION_END, facts=facts, texts=words))


def _require_ability(session: Session, actor: Actor, now: datetime) -> None:
    person = actors.load_if_person(session, actor, now)
    if person is not None and not access.has_ability(actors.effective_roles(person), ABILITY):
        raise Forbidden(_WHO)

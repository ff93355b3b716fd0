"""Telling people: `tell` is called where something happens that concerns somebody, inside the transaction that does it.

Nobody is told of what they did themselves, nor of what they may not see. An e-mail gathers what is told to one person
until it goes out.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row
from reviewqueue.db.tables.notifications import Notification, NotificationMail
from reviewqueue.db.tables.people import Person
from reviewqueue.people import actors, mail_times, notification_settings, visibility
from reviewqueue.people.mail_times import Wishes

MAILED = ("now", "digest", "chat")


@dataclass(frozen=True)
class About:
    """What a notification is about, by id: an item, an exception, an onboarding or a QA sample; or a `stop`, as
    "lane:KEY", "to:DESTINATION" or, of all that goes out, "to:"; and the due time, where it is about one."""

    item_id: int | None = None
    exception_id: int | None = None
    onboarding_id: int | None = None
    sample_id: int | None = None
    due_at: datetime | None = None
    stop: str = ""


def tell(
    session: Session, kind: str, person_ids: Iterable[int | None], about: About, actor: Actor | None, now: datetime
) -> None:
    """Tell these people of one of KINDS, each in the way they chose, in the caller’s transaction. Left out are
    whoever did it (`actor`), closed accounts, and, but for a question that is asked of them, whoever may not see the
    item."""
    wanted = {one for one in person_ids if one} - {Actor.person_id(actor) if actor else None}
    if not wanted:
        return
    query = select(Person.id).where(Person.id.in_(wanted), Person.disabled_at.is_(None)).order_by(Person.id)
    told = [one for one in session.scalars(query) if kind == "asked" or _sees(session, one, about, now)]
    for person_id, wishes in notification_settings.wishes_of(session, told).items() if told else ():
        if (way := wishes.way(kind)) != "none":
            mail_id = _mail(session, person_id, way, wishes, now) if way in MAILED else None
            insert_row(session, Notification, person_id=person_id, kind=kind, **vars(about), at=now, mail_id=mail_id)


def _sees(session: Session, person_id: int, about: About, now: datetime) -> bool:
    if about.item_id is None:
        return True
    actor = actors.load_actor(session, person_id, now)
    return about.item_id in visibility.visible_items(session, [about.item_id], actor)


def _mail(session: Session, person_id: int, way: str, wishes: Wishes, now: datetime) -> int:
    """The e-mail that gathers for this person and way, or a new one."""
    gathering = NotificationMail.person_id == person_id, NotificationMail.way == way, NotificationMail.attempts == 0
    waiting = select(NotificationMail.id).where(*gathering, NotificationMail.state == "waiting")
    if found := session.scalar(waiting.order_by(NotificationMail.id.desc()).limit(1)):
        return found
    row = {"person_id": person_id, "way": way, "key": secrets.token_hex(16), "created_at": now}
    empty = dict.fromkeys(("address", "subject", "body", "says"), "")
    return insert_row(session, NotificationMail, **row, **empty, next_at=mail_times.due(wishes, way, now))


def mail_instead(session: Session, mail: NotificationMail, now: datetime) -> None:
    """Tell by e-mail what a message to a chat did not, in the caller's transaction."""
    wishes = notification_settings.wishes_of(session, [mail.person_id])[mail.person_id]
    other = _mail(session, mail.person_id, "now", wishes, now)
    session.execute(update(Notification).where(Notification.mail_id == mail.id).values(mail_id=other))


def mark_read(session: Session, person_id: int, now: datetime, *, up_to: int = 0, only: int = 0) -> int:
    """Mark a person's own notifications as read: one, or all up to an id; returns how many were new."""
    mine = Notification.person_id == person_id, Notification.read_at.is_(None)
    which = Notification.id == only if only else Notification.id <= up_to
    with writing(session):
        new = session.scalars(select(Notification.id).where(*mine, which)).all()
        if new:
            session.execute(update(Notification).where(*mine, which).values(read_at=now))
    return len(new)

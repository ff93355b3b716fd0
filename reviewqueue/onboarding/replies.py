"""What a customer answered by e-mail, forwarded in by a person: a source record of its onboarding, in their name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.connectors import received_mail
from reviewqueue.connectors.received_mail import Attachment, ReceivedMail
from reviewqueue.core.errors import Conflict, FieldError, Forbidden, Invalid
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row
from reviewqueue.db.tables import base
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.mail_returns import Reply
from reviewqueue.db.tables.onboardings import Onboarding, SourceRecord
from reviewqueue.db.tables.people import Person
from reviewqueue.db.tables.releases import Release
from reviewqueue.evidence import source_records
from reviewqueue.evidence.types import Source
from reviewqueue.people import actors, visibility

SYSTEM, OBJECT = "email", "reply"
MOST_SHOWN = 50
_WHO = "Only the account's owner, a CSM, an implementation lead or RevOps brings a reply in. Nothing was kept."


@dataclass(frozen=True)
class KeptReply:
    """A reply as it was kept: the record's payload, when the customer sent it (None where it does not say), the item
    whose mail it answers (None where it answers none of ours) and when that went out."""

    id: int
    payload: dict[str, Any]
    sent_at: datetime | None
    item_id: int | None
    answered_at: datetime | None


def of_onboarding(session: Session, onboarding_id: int) -> Sequence[KeptReply]:
    """The replies of an onboarding, the newest first."""
    query = (
        select(Reply.id, SourceRecord.payload, SourceRecord.fetched_at, Release.item_id, Release.sent_at)
        .join(SourceRecord, SourceRecord.id == Reply.source_record_id)
        .outerjoin(Release, Release.id == Reply.release_id)
        .where(Reply.onboarding_id == onboarding_id)
        .order_by(Reply.id.desc())
        .limit(MOST_SHOWN)
    )
    return [KeptReply(*row) for row in session.execute(query)]


def keep(session: Session, actor: Actor, onboarding_id: int | None, data: bytes, now: datetime) -> int:
    """Keep a forwarded e-mail as a record of an onboarding; returns the onboarding's id. Without one it is that of the
    mail of ours which it answers. Raises NotFound, Forbidden, Invalid (/file, /onboarding), Conflict (it is kept)."""
    mail = received_mail.read(data)
    with writing(session):
        person = actors.load_if_person(session, actor, now)
        release, of_release = _answered(session, mail)
        if onboarding_id is None:
            onboarding_id = of_release
        if onboarding_id is None:
            says = "it answers no mail that went out from here; name the onboarding it belongs to"
            raise Invalid("Nothing was kept yet.", [FieldError("/onboarding", says)])
        if person is not None:
            onboarding = visibility.load_onboarding(session, onboarding_id, person)
            if not visibility.may_record_milestones(onboarding, person):
                raise Forbidden(_WHO)
        else:
            onboarding = _onboarding(session, onboarding_id)
        if of_release not in (None, onboarding.id):
            says = f"it answers a mail of onboarding #{of_release}, not of this one; bring it in there"
            raise Invalid("Nothing was kept yet.", [FieldError("/file", says)])
        if _is_kept(session, onboarding, mail):
            raise Conflict("This mail is kept already, so nothing was changed.")
        _insert(session, onboarding, mail, release, actor, now)
    return onboarding.id


def _onboarding(session: Session, onboarding_id: int) -> Onboarding:
    found = session.get(Onboarding, onboarding_id)
    if found is None:
        raise Invalid("Nothing was kept yet.", [FieldError("/onboarding", "there is no such onboarding")])
    return found


def _answered(session: Session, mail: ReceivedMail) -> tuple[Release | None, int | None]:
    """(the release whose mail it answers, that one's onboarding): the nearest of those it names."""
    query = select(Release, Item.onboarding_id).join(Item, Item.id == Release.item_id)
    rows = session.execute(query.where(Release.message_id.in_(mail.answers))).all() if mail.answers else []
    known = {row.Release.message_id: row for row in rows if row.onboarding_id is not None}
    row = next((known[one] for one in mail.answers if one in known), None)
    return (row.Release, row.onboarding_id) if row else (None, None)


def _is_kept(session: Session, onboarding: Onboarding, mail: ReceivedMail) -> bool:
    same = Reply.onboarding_id == onboarding.id, Reply.message_id == mail.message_id
    return session.scalar(select(Reply.id).where(*same).limit(1)) is not None


def _insert(
    session: Session, onboarding: Onboarding, mail: ReceivedMail, release: Release | None, actor: Actor, now: datetime
) -> None:
    source = _source(session, onboarding, mail, actor, now)
    source_records.keep(session, [source], now, "imported")
    record = session.scalars(select(SourceRecord.id).where(SourceRecord.digest == source.digest)).one()
    answers = release.id if release else None
    insert_row(
        session, Reply, onboarding_id=onboarding.id, source_record_id=record, release_id=answers,
        message_id=mail.message_id, at=now,
    )  # fmt: skip
    facts = {"record": source.digest, "release": answers, "about": release.item_id if release else None}
    words = {"from": mail.address, "subject": mail.subject}
    kept = Event(
        *(actor, EventType.REPLY_KEEP), onboarding_id=onboarding.id, lane=onboarding.lane, facts=facts, texts=words
    )
    override_log.append(session, now, kept)


def _source(session: Session, onboarding: Onboarding, mail: ReceivedMail, actor: Actor, now: datetime) -> Source:
    person_id = Actor.person_id(actor)
    payload = {
        "from": mail.address,
        "from_name": mail.name,
        "subject": mail.subject,
        "sent_at": base.moment(mail.sent_at) if mail.sent_at else None,
        "message_id": mail.message_id,
        "answers": list(mail.answers),
        "text": mail.text,
        "attached": [_attached(one) for one in mail.attached],
        "by": session.get_one(Person, person_id).name if person_id else "the command line",
        "person": person_id,
        "at": base.moment(now),
    }
    label = f"{mail.name or mail.address}: {mail.subject}"[:200]
    return Source(SYSTEM, OBJECT, f"{onboarding.id}/{mail.message_id}"[:255], payload, mail.sent_at, label)


def _attached(one: Attachment) -> dict[str, Any]:
    return {"name": one.name, "type": one.type, "bytes": one.size, "text": one.text}

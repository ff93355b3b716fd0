"""What the mail provider reports of the mails that went out from here: bounces and complaints. A post is taken once,
and only where its signature holds; an event is kept once, whatever post it is in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.connectors import mail_events
from reviewqueue.connectors.mail_events import MEANS, SUPPRESSES, MailEvent
from reviewqueue.core import canonical_json, mail_signature
from reviewqueue.core.errors import Conflict, DomainError, Forbidden, NotFound
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.mail_returns import MailEventRow, MailReport
from reviewqueue.db.tables.releases import Release
from reviewqueue.delivery import suppressions
from reviewqueue.exceptions import exception_cases
from reviewqueue.policy import policy_versions

# How old a post may be, and how far the provider's clock may be ahead.
OLDEST = timedelta(minutes=10)
BATCH_SIZE = 500


@dataclass(frozen=True)
class SignedPost:
    """A post as it came: the body's bytes, its signature in base64, and the moment it was signed for (Unix seconds)."""

    body: bytes
    signature: str
    timestamp: str


@dataclass(frozen=True)
class TakenPost:
    """What came of a post: how many events were kept, how many were known, and how many addresses were suppressed."""

    kept: int = 0
    known: int = 0
    suppressed: int = 0


def record(session: Session, key: str, post: SignedPost, now: datetime) -> TakenPost:
    """Take a post: a hard bounce or a complaint suppresses its address, and each event about a mail of ours opens an
    exception on its onboarding. Raises NotFound (no key is set), Forbidden (unsigned, or too old), Conflict (taken
    before) and DomainError (no JSON)."""
    _require_signed(key, post, now)
    try:
        events = list(mail_events.read(canonical_json.read(post.body)))
    except canonical_json.NotCanonical:
        raise DomainError("The body is no JSON, so nothing was taken.", status=400, code="not-json") from None
    signed = sha256(post.timestamp.encode() + post.body).hexdigest()  # a signature can be written in several ways
    with writing(session):
        session.execute(delete(MailReport).where(MailReport.at < now - 3 * OLDEST))
        if session.scalar(select(MailReport.id).where(MailReport.digest == signed)) is not None:
            raise Conflict("This post was taken before, so it was not taken again.", code="replayed")
        insert_row(session, MailReport, digest=signed, at=now)
        return _keep(session, events, now)


def _require_signed(key: str, post: SignedPost, now: datetime) -> None:
    if not key:
        raise NotFound("This installation takes no reports of mail: whoever runs it sets REVIEWQUEUE_MAIL_EVENTS_KEY.")
    if not post.signature or not mail_signature.holds(key, post.signature, post.timestamp, post.body):
        says = "The signature does not fit this body, so nothing was taken. Turn the signed event webhook on, and check"
        raise Forbidden(f"{says} that REVIEWQUEUE_MAIL_EVENTS_KEY is its public key.", code="bad-signature")
    moment = post.timestamp if post.timestamp.isascii() and post.timestamp.isdigit() else "0"
    if len(moment) > 11 or abs(now - datetime.fromtimestamp(int(moment), UTC)) > OLDEST:
        raise Forbidden("This post was signed more than ten minutes ago, so nothing was taken.", code="too-old")


def _keep(session: Session, events: list[MailEvent], now: datetime) -> TakenPost:
    ids, known = [one.event_id for one in events], set[str]()
    for start in range(0, len(ids), BATCH_SIZE):
        same = MailEventRow.event_id.in_(ids[start : start + BATCH_SIZE])
        known |= set(session.scalars(select(MailEventRow.event_id).where(same)))
    new = {one.event_id: one for one in events if one.event_id not in known}
    logged: list[Event] = []
    suppressed = 0
    for one in new.values():
        more = _keep_one(session, one, now)
        suppressed += any(event.act == EventType.SUPPRESSION_ADD for event in more)
        logged += more
    if logged:
        override_log.append(session, now, *logged)
    return TakenPost(len(new), len(events) - len(new), suppressed)


def _keep_one(session: Session, event: MailEvent, now: datetime) -> list[Event]:
    found = _release_of(session, event)
    release, item = found or (None, None)
    kept = {"event_id": event.event_id, "kind": event.kind, "address": event.address, "says": event.says, "at": now}
    insert_row(session, MailEventRow, **kept, release_id=release.id if release else None)
    logged: list[Event] = []
    means = MEANS[event.kind] + (f" ({event.says})" if event.says else "")
    if release is not None and item is not None:
        facts = {"release": release.id, "kind": event.kind, "to": release.destination}
        words = {"address": event.address, "says": means}
        logged.append(Event.about(item, Actor.RELEASE, EventType.RELEASE_BOUNCE, facts=facts, texts=words))
    if event.kind in SUPPRESSES and suppressions.find(session, event.address) is None:
        about = item.id if item else None
        logged.append(suppressions.put(session, event.address, event.kind, means, Actor.RELEASE, now, about)[1])
    return logged + (_open_exception(session, item, event, means, now) if item is not None else [])


def _release_of(session: Session, event: MailEvent) -> tuple[Release, Item] | None:
    """The release whose mail an event is about, by its Message-ID, and its item."""
    named = event.message_id.strip("<> ")
    if not named:
        return None
    query = select(Release, Item).join(Item, Item.id == Release.item_id).where(Release.message_id == f"<{named}>")
    row = session.execute(query.order_by(Release.id).limit(1)).first()
    return (row.Release, row.Item) if row else None


def _open_exception(session: Session, item: Item, event: MailEvent, means: str, now: datetime) -> list[Event]:
    policy = policy_versions.current(session)
    if policy.exceptions.came_back is None:
        return []
    ended = " It is on the suppression list: nothing more goes to it." if event.kind in SUPPRESSES else ""
    says = f"Item {item.id}, “{item.title}”, did not reach {event.address}, or was not wanted: {means}.{ended}"
    return exception_cases.open_for_item(session, policy, item, policy.exceptions.came_back, says, Actor.RELEASE, now)

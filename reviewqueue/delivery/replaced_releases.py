"""The release of a message that was handed in anew: held until the newer draft is decided, cancelled once that is
approved, held again when that approval is undone; and where that ends otherwise, held until a person says that the
earlier one still goes out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import canonical_json, vocabulary
from reviewqueue.db import leased_jobs
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables import base
from reviewqueue.db.tables.callbacks import Callback
from reviewqueue.db.tables.items import Decision, Item
from reviewqueue.db.tables.log import LogEntry
from reviewqueue.db.tables.releases import Release
from reviewqueue.items import callback_outbox, item_context

# The states of a release that can still be taken back: the others are out, or may be.
CANCELLABLE = ("waiting", "failed")


def newer_draft(session: Session, item: Item) -> Item | None:
    """The draft that says anew what this approved item says; None where there is none."""
    return session.get(Item, item.superseded_by_id) if item.superseded_by_id and item.state == "approved" else None


def why_held(newer: Item) -> str:
    """What a newer draft means for the approved item that it is to replace, in words."""
    about = f"Item {newer.id}, “{newer.title}”, says this message anew"
    if newer.state in vocabulary.OPEN:
        return f"{about} and waits to be decided: if it is approved, this one is cancelled"
    became = newer.state.replace("_", " ")
    return f"{about} and is {became}: somebody has to say whether this one still goes out, or give it up"


def cancel(session: Session, context: item_context.ItemContext, decision: Decision, now: datetime) -> list[Event]:
    """Cancel what the item that was just approved replaces and is not out; returns the events. Inside `writing()`."""
    item = context.item
    if item.superseded_by_id is not None:  # it was approved anew itself, after it had been brought back
        update_row(session, item, superseded_by_id=None)
    held = list(_held_by(session, item))
    return [_cancel(session, earlier, release, decision, now) for earlier, release in held]


def _held_by(session: Session, item: Item) -> Iterator[tuple[Item, Release]]:
    if item.onboarding_id is None:
        return
    query = (
        select(Item, Release)
        .join(Release, Release.item_id == Item.id)
        .where(Item.onboarding_id == item.onboarding_id, Item.superseded_by_id == item.id, Item.state == "approved")
        .where(Release.state.in_(CANCELLABLE))
        .order_by(Item.id)
    )
    for row in session.execute(query).all():
        yield row.Item, row.Release


def _cancel(session: Session, earlier: Item, release: Release, decision: Decision, now: datetime) -> Event:
    was = release.state
    leased_jobs.give_up(session, release, now, done_by_id=decision.person_id)
    approving = Callback.item_id == earlier.id, Callback.type == "item.decided", Callback.state == "waiting"
    for message in session.scalars(select(Callback).where(*approving)).all():  # its automation would act on it
        leased_jobs.give_up(session, message, now)
    callback_outbox.enqueue_superseded(session, earlier, decision.item_id, now)
    facts = {"release": release.id, "digest": release.digest, "was": was, "by": decision.item_id}
    said = {"why": f"Item {decision.item_id} says the message anew, and was approved {base.moment(now)}"}
    return Event.about(earlier, Actor.person(decision.person_id), EventType.RELEASE_CANCEL, facts=facts, texts=said)


def restore(
    session: Session, item: Item, approved_at: datetime, newer: int | None, person_id: int, now: datetime
) -> list[Event]:
    """Put back what the approval of this item at that moment cancelled, now that it is undone; returns the events. It
    is held by this item again, or by the `newer` draft that takes its place. Inside `writing()`."""
    cancels = LogEntry.act == EventType.RELEASE_CANCEL.value, LogEntry.at == approved_at
    query = (
        select(Item, Release, LogEntry)
        .join(Release, Release.item_id == Item.id)
        .join(LogEntry, LogEntry.item_id == Item.id)
        .where(Item.superseded_by_id == item.id, Item.state == "approved", *cancels)
        .where(Release.state == "given_up", Release.done_at == approved_at)
        .order_by(Item.id)
    )
    events = []
    for row in session.execute(query).all():
        cancelled = canonical_json.read(row.LogEntry.body)["facts"]
        if (cancelled["release"], cancelled["by"]) == (row.Release.id, item.id):
            update_row(session, row.Item, superseded_by_id=newer or item.id)
            events.append(_restore(session, row.Item, row.Release, cancelled["was"], person_id, now))
    return events


def _restore(session: Session, earlier: Item, release: Release, was: str, person_id: int, now: datetime) -> Event:
    cancelled_at, by = release.done_at, earlier.superseded_by_id
    update_row(session, release, state=was, done_at=None, done_by_id=None)
    approving = Callback.type == "item.decided", Callback.state == "given_up", Callback.done_at == cancelled_at
    for message in session.scalars(select(Callback).where(Callback.item_id == earlier.id, *approving)).all():
        update_row(session, message, state="waiting", done_at=None)
    untold = Callback.type == "item.superseded", Callback.state == "waiting", Callback.created_at == cancelled_at
    for message in session.scalars(select(Callback).where(Callback.item_id == earlier.id, *untold)).all():
        leased_jobs.give_up(session, message, now)
    facts = {"release": release.id, "digest": release.digest, "state": was, "by": by}
    return Event.about(earlier, Actor.person(person_id), EventType.RELEASE_RESTORE, facts=facts)

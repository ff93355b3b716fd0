"""The release of a message that was handed in anew: held until the newer draft is decided, cancelled once that is
approved; and where that ends otherwise, held until a person says that the earlier one still goes out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import vocabulary
from reviewqueue.db import leased_jobs
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables import base
from reviewqueue.db.tables.callbacks import Callback
from reviewqueue.db.tables.items import Decision, Item
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

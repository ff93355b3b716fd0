"""What goes out before a release: what was approved earlier for the same onboarding and goes to the same destination.
Only what the worker sends has an order; an automation sends in its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session, aliased

from reviewqueue.core.destinations import SENT_HERE
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.releases import Release, SendStop
from reviewqueue.delivery.send_stops import EVERYWHERE
from reviewqueue.items import check_context
from reviewqueue.policy.model.policy import Lane, Policy

_OWN, _EARLIER, _EARLIER_ITEM = aliased(Item), aliased(Release), aliased(Item)
_BEFORE = (
    select(_EARLIER.item_id)
    .join(_EARLIER_ITEM, _EARLIER_ITEM.id == _EARLIER.item_id)
    .where(_EARLIER_ITEM.onboarding_id == _OWN.onboarding_id, _EARLIER.destination == Release.destination)
    .where(_EARLIER.state.in_(("waiting", "sending")), _EARLIER.kind.in_(SENT_HERE), Release.kind.in_(SENT_HERE))
    .where(tuple_(_EARLIER.opened_at, _EARLIER.id) < tuple_(Release.opened_at, Release.id))
    .order_by(_EARLIER.opened_at, _EARLIER.id)
    .correlate(Release, _OWN)
)
_STOP = (
    select(SendStop.id)
    .where(SendStop.ended_at.is_(None), SendStop.destination.in_((EVERYWHERE, Release.destination)))
    .order_by(SendStop.id)
    .limit(1)
    .correlate(Release)
    .scalar_subquery()
)


@dataclass(frozen=True)
class Ahead:
    """What stands before a release: the stop that holds it, and the item that goes out first, None where there is
    none."""

    stop: SendStop | None = None
    item_id: int | None = None


def with_ahead(query: Any) -> Any:
    """A query for releases, with the columns that `of_row` reads."""
    return (
        query.add_columns(_BEFORE.limit(1).scalar_subquery().label("earlier_item_id"), SendStop)
        .join(_OWN, _OWN.id == Release.item_id)
        .outerjoin(SendStop, SendStop.id == _STOP)
    )


def of_row(row: Any) -> Ahead:
    """What stands before a release, by a row of such a query."""
    return Ahead(row.SendStop, row.earlier_item_id)


def ahead_of(session: Session, release: Release) -> Ahead:
    """What stands before a release, by one statement."""
    return of_row(session.execute(with_ahead(select(Release.id)).where(Release.id == release.id)).one())


def first_items(session: Session, release_ids: Sequence[int]) -> dict[int, int]:
    """The item that goes out first, by the id of each of these releases that has one before it."""
    before = _BEFORE.limit(1).scalar_subquery().label("earlier")
    query = select(Release.id, before).join(_OWN, _OWN.id == Release.item_id).where(Release.id.in_(release_ids))
    return {row.id: row.earlier for row in session.execute(query) if row.earlier is not None}


def goes_first(session: Session, policy: Policy, release: Release, ahead: Ahead) -> int | None:
    """The item that goes out before this release, None where there is none. What a lane has only drafted here, and a
    person sends elsewhere, keeps nothing back."""
    if ahead.item_id is None or not any(drafts_only(lane) for lane in policy.lanes):
        return ahead.item_id
    query = (
        select(Item)
        .select_from(Release)
        .join(_OWN, _OWN.id == Release.item_id)
        .join(Item, Item.id.in_(_BEFORE))
        .where(Release.id == release.id)
        .order_by(Item.id)
    )
    earlier = session.scalars(query).all()
    return next((one.id for one in earlier if not draft_only_rule(session, policy, one)), None)


def drafts_only(lane: Lane) -> bool:
    """Whether a lane has any message only drafted here."""
    return any(rule.sending == "draft_only" for rule in lane.messages.values())


def draft_only_rule(session: Session, policy: Policy, item: Item) -> str:
    """The name of the rule by which the item's lane has such messages only drafted here; "" where none does."""
    lane = policy.lane(item.lane)
    if lane is None or not drafts_only(lane):
        return ""
    name, rule = lane.message_rule(item.kind, check_context.template_of(session, item)) or ("", None)
    return name if rule is not None and rule.sending == "draft_only" else ""

"""Redline: the texts an item's draft is held against: its last revision, what a person last approved, what was last
approved for this customer to receive. Reads only; what a person may not see is not there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from reviewqueue import desk, pages
from reviewqueue.desk import Desk
from reviewqueue.policy import judging
from reviewqueue.records.items import Decision, Item, Revision
from reviewqueue.refusals import NotThere
from reviewqueue.submissions import MESSAGES

PASSES = ("approve", "override")
# So many earlier items are looked through for one that this person may see.
MOST = 20


@dataclass(frozen=True)
class Base:
    """A text to hold the current draft against: whose it is, and the decision that approved it, if one did."""

    item: Item
    revision: Revision
    approved: Decision | None
    automation: str
    names: dict[int, str]


def bases(session: Session, found: Desk, actor: judging.Actor, now: datetime) -> dict[str, Base | None]:
    """What this item's draft can be held against, for this person: `revision`, `approved` and, for a message of an
    onboarding, `received`. None where there is no such text, or none that they may see."""
    item = found.item
    known: dict[str, Base | None] = {"revision": _before(session, found), "approved": _approved_before(session, found)}
    if known["approved"] is None and item.onboarding_id is not None:
        same = _earlier(item).where(Item.kind == item.kind, Item.subject == item.subject)
        known["approved"] = next(_seen(session, same, actor, now), None)
    if item.kind in MESSAGES and item.onboarding_id is not None:
        known["received"] = next(_seen(session, _earlier(item).where(Item.kind.in_(MESSAGES)), actor, now), None)
    return known


def _before(session: Session, found: Desk) -> Base | None:
    """The revision before the current one."""
    older = [one for one in found.revisions if one.number < found.revision.number]
    return _base(session, found, older[-1]) if older else None


def _approved_before(session: Session, found: Desk) -> Base | None:
    """The last revision before the current one that somebody approved."""
    passed = {made.revision_id for made in found.decisions if made.action in PASSES}
    older = [one for one in found.revisions if one.number < found.revision.number and one.id in passed]
    return _base(session, found, older[-1]) if older else None


def _earlier(item: Item) -> Select[Any]:
    """Items of the same onboarding that were approved before this one was settled, the latest first."""
    query = select(Item.id).where(
        Item.onboarding_id == item.onboarding_id, Item.state.in_(("approved", "released")), Item.id != item.id
    )
    if item.settled_at is not None:
        query = query.where(Item.settled_at <= item.settled_at)
    return query.order_by(Item.settled_at.desc(), Item.id.desc()).limit(MOST)


def _seen(session: Session, query: Select[Any], actor: judging.Actor, now: datetime) -> Iterator[Base]:
    """Those of them that this person may see."""
    for item_id in session.scalars(query).all():
        try:
            found = desk.for_person(session, item_id, actor, now)
        except NotThere:
            continue
        yield _base(session, found, found.revision)


def _base(session: Session, found: Desk, revision: Revision) -> Base:
    passed = [made for made in found.decisions if made.revision_id == revision.id and made.action in PASSES]
    return Base(found.item, revision, passed[-1] if passed else None, found.automation, pages.names_of(session, found))

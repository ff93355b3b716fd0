"""The queue as a person sees it, a page at a time. Nothing here counts or sorts more than a page. Reads only.

The index ranges that a page is merged from are in `queue_ranges`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from reviewqueue.db import paging
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.people import Person
from reviewqueue.items import decidable, queue_ranges
from reviewqueue.items.decidable import Key, Wait
from reviewqueue.items.queue_ranges import Filters, Ranges
from reviewqueue.policy import evaluation
from reviewqueue.policy.model.policy import Policy

PAGE = paging.PAGE


@dataclass(frozen=True)
class Page:
    """One page of the queue: rows of (Item, lease holder's name or None), the cursors of the `next` and the `earlier`
    page or "", and the names by id of those whom items wait for or who decided them. `emptied`: it replaces a page that
    has become empty. `front` are ids of the assigned items that come first. In the view `mine`, `apart` holds the first
    PAGE items in this part of the list that the person cannot decide now, and `waits` what each such item waits for."""

    rows: Sequence[tuple[Item, str | None]]
    next: str
    waits_for: Mapping[int, str] = field(default_factory=dict)
    decided_by: Mapping[int, str] = field(default_factory=dict)
    earlier: str = ""
    emptied: bool = False
    front: Sequence[int] = ()
    apart: Sequence[tuple[Item, str | None]] = ()
    waits: Mapping[int, Wait] = field(default_factory=dict)

    @property
    def following(self) -> str:
        """The cursor of the next page, by the name that other lists use."""
        return self.next


def page(
    session: Session,
    policy: Policy,
    actor: evaluation.Actor,
    filters: Filters,
    now: datetime,
    accounts: Sequence[int] | None = None,
) -> Page:
    """One page of what this person may see, soonest due first (`decided`: newest first). The view `mine` begins with
    the items assigned to them."""
    seen = queue_ranges.ranges(session, policy, actor, filters, accounts)
    by_name = queue_ranges.named(filters, actor)
    first = [item.id for item in queue_ranges.assigned(session, seen, by_name, filters, now)] if by_name else []
    found = _stretch(session, actor, queue_ranges.list_ranges(session, policy, seen, filters), filters, now, first)
    front = [] if found.earlier else first
    waits = found.apart if filters.view != "mine" else {**decidable.waits_of(session, actor, front, now), **found.apart}
    ids = [*(one for one in front if one not in waits), *(key[1] for key in found.keys if key[1] not in first)]
    apart = list(waits)[:PAGE]
    rows, named_in = _rows(session, [*ids, *apart], now)
    waits_for = {one.assignee_id: whom for one, whom in named_in if one.assignee_id and not one.settled_by_id}
    decided_by = {one.settled_by_id: whom for one, whom in named_in if one.settled_by_id}
    if filters.whom and (whom := session.get(Person, filters.whom)):
        waits_for[whom.id] = whom.name
    shown, aside = ([rows[one] for one in some if one in rows] for some in (ids, apart))
    return Page(shown, found.following, waits_for, decided_by, found.earlier, found.emptied, first, aside, waits)


@dataclass(frozen=True)
class _Stretch:
    """The keys of one page without the assigned items that come first, what other items in this part of the list wait
    for, and the cursors around it."""

    keys: Sequence[Key]
    following: str = ""
    earlier: str = ""
    emptied: bool = False
    apart: Mapping[int, Wait] = field(default_factory=dict)


def _stretch(
    session: Session, actor: evaluation.Actor, shown: Ranges, filters: Filters, now: datetime, first: Sequence[int]
) -> _Stretch:
    """The page that `filters` ask for, without the assigned items that come first."""
    if filters.view == "mine":
        return _sifted(session, actor, shown, filters, now, first)

    def walk(edge: str, back: bool, most: int) -> list[Key]:
        return queue_ranges.keys(session, shown, _from(filters, edge, back=back), now, most, back=back)

    place = paging.PagePosition(filters.after, filters.back) if queue_ranges.parse(filters.after) else paging.FIRST
    found = paging.page(walk, queue_ranges.cursor, place, PAGE)
    return _Stretch(found.rows, found.following or "", found.earlier or "", found.emptied)


def _sifted(
    session: Session, actor: evaluation.Actor, shown: Ranges, filters: Filters, now: datetime, first: Sequence[int]
) -> _Stretch:
    """The same for the view `mine`: a page ends when it is full, or after `decidable.MAX_EVALUATED` items."""
    edge = filters.after if queue_ranges.parse(filters.after) else ""
    back = filters.back and bool(edge)
    start = _from(filters, edge, back=back)
    found = decidable.find_decidable(
        session, actor, queue_ranges.keys_after(session, shown, start, now, back=back), PAGE, now, first
    )
    if not back:
        if edge and found.last is None:  # nothing is left behind the cursor
            stands_in = _sifted(session, actor, shown, replace(filters, back=True), now, first)
            return replace(stands_in, emptied=True)
        following = queue_ranges.cursor(found.last) if found.more and found.last else ""
        return _Stretch(found.own, following, edge, apart=found.apart)
    before = queue_ranges.keys_after(session, shown, start, now, back=True)(found.last, 1) if found.more else []
    if not before:  # what is before is the beginning, which is shown whole
        return _sifted(session, actor, shown, replace(filters, after="", back=False), now, first)
    onward = queue_ranges.keys(session, shown, replace(filters, after=edge), now, 1)
    return _Stretch(found.own[::-1], edge if onward else "", queue_ranges.cursor(before[0]), apart=found.apart)


def _from(filters: Filters, edge: str, *, back: bool) -> Filters:
    """Filters for what is behind an edge; with `back` for what is before it, the edge itself included."""
    if back and (key := queue_ranges.parse(edge)):
        beyond = -1 if filters.view == "decided" else 1
        edge = queue_ranges.cursor((key[0], key[1] + beyond))
    return replace(filters, after=edge or "")


def _rows(
    session: Session, ids: Sequence[int], now: datetime
) -> tuple[dict[int, tuple[Item, str | None]], list[tuple[Item, str]]]:
    """(items with their lease holder's name, by id; items that wait for or were decided by somebody, with the name)."""
    holder, whom = aliased(Person), aliased(Person)
    joined = select(Item, holder.name, whom.name)
    joined = joined.outerjoin(holder, (holder.id == Item.lease_holder_id) & (Item.lease_until > now))
    whose = func.coalesce(Item.settled_by_id, Item.assignee_id)
    joined = joined.outerjoin(whom, whom.id == whose).where(Item.id.in_(ids))
    found = session.execute(joined).all()
    return {item.id: (item, name) for item, name, _ in found}, [(item, one) for item, _, one in found if one]

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
from reviewqueue.items.queue_ranges import QueueFilters, Ranges
from reviewqueue.policy import evaluation
from reviewqueue.policy.model.policy import Policy

PAGE = paging.PAGE


@dataclass(frozen=True)
class QueuePage:
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
    filters: QueueFilters,
    now: datetime,
    accounts: Sequence[int] | None = None,
) -> QueuePage:
    """One page of what this person may see, soonest due first (`decided`: newest first). The view `mine` begins with
    the items assigned to them."""
    visible = queue_ranges.ranges(session, policy, actor, filters, accounts)
    by_name = queue_ranges.leading_assignee(filters, actor)
    assigned_ids = (
        [item.id for item in queue_ranges.assigned(session, visible, by_name, filters, now)] if by_name else []
    )
    found = _page_keys(
        session, actor, queue_ranges.list_ranges(session, policy, visible, filters), filters, now, assigned_ids
    )
    front = [] if found.earlier else assigned_ids
    waits = found.apart if filters.view != "mine" else {**decidable.waits_of(session, actor, front, now), **found.apart}
    ids = [*(one for one in front if one not in waits), *(key[1] for key in found.keys if key[1] not in assigned_ids)]
    apart = list(waits)[:PAGE]
    rows, named_in = _rows(session, [*ids, *apart], now)
    waits_for = {one.assignee_id: whom for one, whom in named_in if one.assignee_id and not one.settled_by_id}
    decided_by = {one.settled_by_id: whom for one, whom in named_in if one.settled_by_id}
    if filters.whom and (whom := session.get(Person, filters.whom)):
        waits_for[whom.id] = whom.name
    listed, waiting = ([rows[one] for one in some if one in rows] for some in (ids, apart))
    return QueuePage(
        listed, found.following, waits_for, decided_by, found.earlier, found.emptied, assigned_ids, waiting, waits
    )


@dataclass(frozen=True)
class _PageKeys:
    """The keys of one page without the assigned items that come first, what other items in this part of the list wait
    for, and the cursors around it."""

    keys: Sequence[Key]
    following: str = ""
    earlier: str = ""
    emptied: bool = False
    apart: Mapping[int, Wait] = field(default_factory=dict)


def _page_keys(
    session: Session,
    actor: evaluation.Actor,
    ranges: Ranges,
    filters: QueueFilters,
    now: datetime,
    first: Sequence[int],
) -> _PageKeys:
    """The page that `filters` ask for, without the assigned items that come first."""
    if filters.view == "mine":
        return _decidable_page(session, actor, ranges, filters, now, first)

    def walk(edge: str, back: bool, most: int) -> list[Key]:
        return queue_ranges.keys(session, ranges, _filters_from(filters, edge, back=back), now, most, back=back)

    place = paging.PagePosition(filters.after, filters.back) if queue_ranges.parse(filters.after) else paging.FIRST
    found = paging.page(walk, queue_ranges.cursor, place, PAGE)
    return _PageKeys(found.rows, found.following or "", found.earlier or "", found.emptied)


def _decidable_page(
    session: Session,
    actor: evaluation.Actor,
    ranges: Ranges,
    filters: QueueFilters,
    now: datetime,
    first: Sequence[int],
) -> _PageKeys:
    """The same for the view `mine`: a page ends when it is full, or after `decidable.MAX_EVALUATED` items."""
    edge = filters.after if queue_ranges.parse(filters.after) else ""
    back = filters.back and bool(edge)
    start = _filters_from(filters, edge, back=back)
    part = decidable.find_decidable(
        session, actor, queue_ranges.keys_after(session, ranges, start, now, back=back), PAGE, now, first
    )
    if not back:
        if edge and part.last_key is None:  # nothing is left behind the cursor
            previous_page = _decidable_page(session, actor, ranges, replace(filters, back=True), now, first)
            return replace(previous_page, emptied=True)
        following = queue_ranges.cursor(part.last_key) if part.has_more and part.last_key else ""
        return _PageKeys(part.decidable, following, edge, apart=part.waits)
    before = queue_ranges.keys_after(session, ranges, start, now, back=True)(part.last_key, 1) if part.has_more else []
    if not before:  # what is before is the beginning, which is shown whole
        return _decidable_page(session, actor, ranges, replace(filters, after="", back=False), now, first)
    onward = queue_ranges.keys(session, ranges, replace(filters, after=edge), now, 1)
    return _PageKeys(part.decidable[::-1], edge if onward else "", queue_ranges.cursor(before[0]), apart=part.waits)


def _filters_from(filters: QueueFilters, edge: str, *, back: bool) -> QueueFilters:
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

"""An item's position in a list, the next and the previous item, and how long each list is. Reads only.

A list is a view with its filters (`queue_ranges.QueueFilters`), read from a place that a URL may carry. Such a place
grants nothing, for each step reads only what the person may see. Counts stop at a limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from reviewqueue.items import decidable, queue_ranges, queues
from reviewqueue.items.decidable import Key
from reviewqueue.items.queue_ranges import QueueFilters, View
from reviewqueue.policy import evaluation
from reviewqueue.policy.model.policy import Policy

VIEW_COUNT_LIMIT = 100  # the count beside a view's name, and positions in `mine`, evaluated item by item
LIST_COUNT_LIMIT = 1000  # positions in the other views
_ASSIGNED_PREFIX = "name~"


class Count(NamedTuple):
    """A count up to a limit; `more` says that there are others, not counted; in `mine` that there may be."""

    many: int
    more: bool = False

    @classmethod
    def up_to(cls, limit: int, found: int) -> Count:
        """The count where at most one more than the limit was looked for."""
        return cls(min(found, limit), found > limit)


@dataclass(frozen=True)
class Start:
    """A place in a list: its key, and whether it is in the front part, of items assigned to the person by name."""

    by_name: bool
    key: Key

    @property
    def at(self) -> str:
        """The place as a URL parameter, beside the item's number."""
        return f"{_ASSIGNED_PREFIX * self.by_name}{queue_ranges.stamp(self.key[0])}"


@dataclass(frozen=True)
class Step:
    """The next item with its place, or none; `resume_cursor` is the cursor to go on from where the search stopped
    early."""

    item_id: int | None = None
    at: str = ""
    resume_cursor: str = ""


@dataclass(frozen=True)
class Position:
    """An item's number in a list, from 1, and its length; 0 is beyond what was counted, None no longer in the list."""

    number: int | None
    total: Count


def read(at: str, item_id: int) -> Start | None:
    """The place of an item that a URL parameter names; None for anything malformed."""
    key = queue_ranges.parse(f"{at.removeprefix(_ASSIGNED_PREFIX)}~{item_id}")
    return Start(at.startswith(_ASSIGNED_PREFIX), key) if key else None


def start(item: Any, filters: QueueFilters, *, by_name: bool) -> Start | None:
    """The item's place in this list now; None when it cannot be in it."""
    moment = item.settled_at if filters.view == "decided" else item.due_at
    return Start(by_name, (moment, item.id)) if moment else None


class QueueList:
    """One list for one person at one moment. `accounts` are the onboardings they own, where already looked up."""

    def __init__(
        self,
        session: Session,
        policy: Policy,
        actor: evaluation.Actor,
        filters: QueueFilters,
        now: datetime,
        accounts: Sequence[int] | None = None,
    ) -> None:
        self._asked = (session, policy, actor)
        self._filters, self._now = replace(filters, after=""), now
        visible = queue_ranges.ranges(session, policy, actor, filters, accounts)
        self._along = queue_ranges.list_ranges(session, policy, visible, filters)
        assignee_id = queue_ranges.leading_assignee(filters, actor)
        self._front = (
            [(one.due_at, one.id) for one in queue_ranges.assigned(session, visible, assignee_id, filters, now)]
            if assignee_id
            else []
        )
        self._mine = filters.view == "mine"

    def step(self, place: Start | None, except_item_id: int, *, back: bool = False) -> Step:
        """The next item behind a place, with `back` the one before it; the first one where no place is given. The item
        `except_item_id` is left out."""
        front = self._decidable([key for key in self._front if key[1] != except_item_id])
        if back:
            if place is None:
                return Step()
            front = [key for key in reversed(front) if not place.by_name or key < place.key]
            found = Step() if place.by_name else self._walk(place.key, except_item_id, back=True)
            return self._at(front[0]) if found.item_id is None and front else found
        if place is None or place.by_name:
            front = [key for key in front if place is None or key > place.key]
            return self._at(front[0]) if front else self._walk(None, except_item_id)
        return self._walk(place.key, except_item_id)

    def _at(self, key: Key) -> Step:
        return Step(key[1], Start(by_name=True, key=key).at)

    def _decidable(self, keys: list[Key]) -> list[Key]:
        if not self._mine or not keys:
            return keys
        session, _, actor = self._asked
        waits = decidable.waits_of(session, actor, [item for _, item in keys], self._now)
        return [key for key in keys if key[1] not in waits]

    def _walk(self, key: Key | None, except_item_id: int, *, back: bool = False) -> Step:
        """The nearest item behind a key that is not in the front part."""
        session, _, actor = self._asked
        excluded = {except_item_id, *(item for _, item in self._front)}
        along = queue_ranges.keys_after(session, self._along, self._filters, self._now, back=back)
        if self._mine:
            part = decidable.find_decidable(
                session, actor, lambda last, limit: along(last or key, limit), 1, self._now, excluded
            )
            found, on = part.decidable, queue_ranges.cursor(part.last_key) if part.has_more and part.last_key else ""
        else:
            found, on = [one for one in along(key, len(excluded) + 1) if one[1] not in excluded], ""
        return Step(found[0][1], Start(by_name=False, key=found[0]).at) if found else Step(resume_cursor=on)

    def position(self, place: Start, item_id: int) -> Position:
        """An item's number in the list, looked up by the place it had, and the list's length."""
        if self._mine:
            ids, more = self._decidable_ids(VIEW_COUNT_LIMIT)
            far = more and item_id not in ids
            number = ids.index(item_id) + 1 if item_id in ids else 0 if far and self._is_at(place, item_id) else None
            return Position(number, Count(len(ids), more))
        before, total = self._counts(place.key)
        whole = Count.up_to(LIST_COUNT_LIMIT, total)
        if not self._is_at(place, item_id):
            return Position(None, whole)
        return Position(before + 1 if before < LIST_COUNT_LIMIT else 0, whole)

    def count_mine(self) -> Count:
        """How long the view `mine` is, counted up to a page."""
        ids, more = self._decidable_ids(min(queues.PAGE, VIEW_COUNT_LIMIT))
        return Count(len(ids), more)

    def _decidable_ids(self, at_most: int) -> tuple[list[int], bool]:
        """(ids of what the person can decide now: the front and up to `at_most` others; whether there may be more)."""
        session, _, actor = self._asked
        front = [item for _, item in self._decidable(self._front)]
        along = queue_ranges.keys_after(session, self._along, self._filters, self._now)
        excluded = [item for _, item in self._front]
        part = decidable.find_decidable(session, actor, along, at_most, self._now, excluded)
        return [*front, *(item for _, item in part.decidable)], part.has_more

    def _is_at(self, place: Start, item_id: int) -> bool:
        """Whether the item is still at that place."""
        session = self._asked[0]
        one_before = (place.key[0], place.key[1] + (1 if self._filters.view == "decided" else -1))
        found = queue_ranges.keys_after(session, self._along, self._filters, self._now)(one_before, 1)
        return bool(found) and found[0][1] == item_id

    def _counts(self, key: Key) -> tuple[int, int]:
        """(how many are before a key, how many there are), each counted to one more than LIST_COUNT_LIMIT, in one
        statement."""
        session = self._asked[0]
        ends = queue_ranges.where_clauses(session, self._along)
        if not ends:
            return 0, 0
        to_it = replace(self._filters, after=queue_ranges.cursor(key))
        before, values = queue_ranges.filter_sql(session, to_it, self._now, back=True)
        whole, others = queue_ranges.filter_sql(session, self._filters, self._now)
        parts = [_count_sql(ends, where, LIST_COUNT_LIMIT) for where in (before, whole)]
        row = queue_ranges.prepared(f"SELECT {', '.join(parts)}", "before", "whole").row(session, {**values, **others})
        return row.before, row.whole


def _count_sql(clauses: Sequence[str], where: str, limit: int) -> str:
    """The SQL of a count, which stops at one more than the limit."""
    few = " UNION ALL ".join(
        f"SELECT id FROM (SELECT id FROM items WHERE {end} {where} LIMIT {limit + 1}) AS one" for end in clauses
    )
    return f"(SELECT count(*) FROM (SELECT id FROM ({few}) AS any_of LIMIT {limit + 1}) AS few)"


def counts(
    session: Session,
    policy: Policy,
    actor: evaluation.Actor,
    views: Sequence[View],
    now: datetime,
    accounts: Sequence[int] | None = None,
) -> dict[View, Count]:
    """How many items each view has, counted up to VIEW_COUNT_LIMIT in one statement; `mine` only up to a page,
    for it is evaluated item by item."""
    by_view: dict[View, Count] = dict.fromkeys(views, Count(0))
    parts = []
    for view in views:
        if view == "mine":
            by_view[view] = QueueList(session, policy, actor, QueueFilters(view), now, accounts).count_mine()
            continue
        clauses = queue_ranges.where_clauses(
            session, queue_ranges.ranges(session, policy, actor, QueueFilters(view), accounts)
        )
        if clauses:
            parts.append(f"SELECT '{view}', {_count_sql(clauses, '', VIEW_COUNT_LIMIT)}")
    if parts:
        rows = queue_ranges.prepared(" UNION ALL ".join(parts), "view", "many").rows(session, {})
        by_view |= {view: Count.up_to(VIEW_COUNT_LIMIT, many) for view, many in rows}
    return by_view

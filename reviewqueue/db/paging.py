"""Keyset pagination: one page of a list, forward and back, along a key that is unique to each row.

A page is named by where it begins, not by a number, so rows that come or go do not shift it. Where the requested page
has become empty, the one before it is returned, with `emptied` set.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, TypeVarTuple, cast

from sqlalchemy import Row, Select
from sqlalchemy.orm import InstrumentedAttribute, Session

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
PAGE = 50


@dataclass(frozen=True)
class PagePosition:
    """A page's position: the rows after the key `edge`, or with `back` those that end with it. No edge: the first."""

    edge: Any = None
    back: bool = False


FIRST = PagePosition()


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page: its rows, the edges of the page after it and the one before it (None: there is none), and whether it
    replaces a page that has become empty."""

    rows: Sequence[T]
    following: Any = None
    earlier: Any = None
    emptied: bool = False


Walk = Callable[[Any, bool, int], Sequence[T]]


def page(walk: Walk[T], key: Callable[[T], Any], place: PagePosition, size: int = 0) -> Page[T]:
    """The page at that place, of PAGE rows unless `size` is given. `walk(edge, back, most)` gives at most so many rows:
    those after the edge in the list's order, or with `back` the edge and what is before it, nearest first; without an
    edge it begins at the top."""
    size = size or PAGE
    if place.edge and place.back:
        return _page_before(walk, key, place.edge, size)
    rows = walk(place.edge, False, size + 1)
    if not rows and place.edge:
        found = _page_before(walk, key, place.edge, size)
        return Page(found.rows, found.following, found.earlier, emptied=True)
    return Page(rows[:size], key(rows[size - 1]) if len(rows) > size else None, place.edge or None)


def _page_before(walk: Walk[T], key: Callable[[T], Any], edge: Any, size: int) -> Page[T]:
    rows = list(walk(edge, True, size + 1))[::-1]
    if len(rows) <= size:  # they are the beginning, which is shown whole
        return page(walk, key, FIRST, size)
    more = walk(key(rows[-1]), False, 1)
    return Page(rows[1:], key(rows[-1]) if more else None, key(rows[0]))


def newest_first(
    session: Session, query: Select[*Ts], column: InstrumentedAttribute[int], place: PagePosition
) -> Page[Row[*Ts]]:
    """A page of a query's rows by a `column` that only grows, the highest first. Each row's first entity has it."""

    def walk(edge: Any, back: bool, most: int) -> Sequence[Row[*Ts]]:
        narrowed = query
        if edge:
            narrowed = query.where(column >= edge if back else column < edge)
        return session.execute(narrowed.order_by(column if back else column.desc()).limit(most)).all()

    return page(walk, lambda row: getattr(cast(Any, row)[0], column.key), place)

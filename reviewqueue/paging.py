"""Paging: one page of a list, forward and back, along a key that no row shares with another.

A page is named by where it begins, not by a number: a row that comes or goes moves nobody's place. Where the page that
was asked for has become empty, the one before it is given, and says so.
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
class Place:
    """Where in a list a page is: the rows after `edge`, or with `back` those that end with it. No edge: the first."""

    edge: Any = None
    back: bool = False


FIRST = Place()


@dataclass(frozen=True)
class Slice(Generic[T]):
    """One page: its rows, the edges for the page after it and the one before it (None: there is none), and whether it
    stands in for a page that has become empty."""

    rows: Sequence[T]
    following: Any = None
    earlier: Any = None
    emptied: bool = False


Walk = Callable[[Any, bool, int], Sequence[T]]


def page(walk: Walk[T], key: Callable[[T], Any], place: Place, size: int = 0) -> Slice[T]:
    """The page at that place, of PAGE rows unless `size` is given. `walk(edge, back, most)` gives at most so many rows:
    those after the edge in the list's order, or with `back` the edge and what is before it, nearest first; without an
    edge it begins at the top."""
    size = size or PAGE
    if place.edge and place.back:
        return _back(walk, key, place.edge, size)
    rows = walk(place.edge, False, size + 1)
    if not rows and place.edge:
        found = _back(walk, key, place.edge, size)
        return Slice(found.rows, found.following, found.earlier, emptied=True)
    return Slice(rows[:size], key(rows[size - 1]) if len(rows) > size else None, place.edge or None)


def _back(walk: Walk[T], key: Callable[[T], Any], edge: Any, size: int) -> Slice[T]:
    rows = list(walk(edge, True, size + 1))[::-1]
    if len(rows) <= size:  # they are the beginning, which is shown whole
        return page(walk, key, FIRST, size)
    more = walk(key(rows[-1]), False, 1)
    return Slice(rows[1:], key(rows[-1]) if more else None, key(rows[0]))


def newest_first(
    session: Session, query: Select[*Ts], column: InstrumentedAttribute[int], place: Place
) -> Slice[Row[*Ts]]:
    """A page of a query's rows by a number that only grows, the highest first. The first entity of each row has it."""

    def walk(edge: Any, back: bool, most: int) -> Sequence[Row[*Ts]]:
        narrowed = query
        if edge:
            narrowed = query.where(column >= edge if back else column < edge)
        return session.execute(narrowed.order_by(column if back else column.desc()).limit(most)).all()

    return page(walk, lambda row: getattr(cast(Any, row)[0], column.key), place)

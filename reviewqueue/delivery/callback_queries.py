"""Callbacks and their delivery attempts as the Deliveries page shows them. Reads only."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from reviewqueue.db import paging
from reviewqueue.db.tables.callbacks import Attempt, Callback
from reviewqueue.db.tables.items import Item


def deliveries(session: Session, states: Sequence[str], place: paging.PagePosition) -> paging.Page[Row[Callback, Item]]:
    """One page of the messages in these states, newest first, each with its item."""
    query = select(Callback, Item).join(Item, Item.id == Callback.item_id).where(Callback.state.in_(states))
    return paging.newest_first(session, query, Callback.id, place)


def attempts(session: Session, message_ids: Sequence[int]) -> dict[int, list[Attempt]]:
    """Every attempt at these messages by message, newest first."""
    by_message: dict[int, list[Attempt]] = {}
    query = select(Attempt).where(Attempt.message_id.in_(message_ids)).order_by(Attempt.id.desc())
    for attempt in session.scalars(query):
        by_message.setdefault(attempt.message_id, []).append(attempt)
    return by_message

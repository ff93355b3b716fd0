"""Kept in: whether an item is a planted draft, asked right before anything of it would go out, and while it goes."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from reviewqueue.records.planting import Plant
from reviewqueue.records.prepared import Prepared
from reviewqueue.refusals import Refused

_PLANTED = Prepared(select(Plant.sealed_at).where(Plant.item_id == bindparam("item")))


def why(session: Session, item_id: int) -> str:
    """Why nothing of that item goes out, in words; "" when it is no planted draft."""
    planted = _PLANTED.scalar(session, {"item": item_id})
    return (
        ""
        if planted is None
        else "it was planted to see whether its fault is noticed, and a planted draft never goes out"
    )


def refuse(session: Session, item_id: int) -> None:
    """Raise Refused for a planted draft: nothing of it goes out, by any road."""
    if says := why(session, item_id):
        raise Refused(f"Item {item_id} was not released: {says}. Nothing was changed.", status=409, code="planted")

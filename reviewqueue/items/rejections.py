"""A rejected item and the draft that followed it: whoever reads the newer one sees why the older was rejected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.db.rows import update_row
from reviewqueue.db.tables.items import Decision, Item
from reviewqueue.items.item_context import ItemContext

CAUSE = "reject:"  # and the item, at the moment of its rejection: the cause of the draft job that it asked for


@dataclass(frozen=True)
class Rejection:
    """The rejection after which a draft was written: of which item, by whom, and why."""

    item_id: int
    title: str
    person_id: int
    reason_code: str
    text: str
    at: datetime


def link(session: Session, rejected_id: int, follower_id: int) -> None:
    """Let a rejected item name the one that follows it, inside a transaction the caller holds."""
    update_row(session, session.get_one(Item, rejected_id), superseded_by_id=follower_id)


def before(session: Session, context: ItemContext) -> Rejection | None:
    """The rejection after which this draft was written; None for any other."""
    if not context.origin.rejected_id:
        return None
    columns = Item.id, Item.title, Decision.person_id, Decision.reason_code, Decision.text, Decision.at
    rejected = select(*columns).join(Decision, (Decision.item_id == Item.id) & (Decision.action == "reject"))
    rows = rejected.where(Item.id == context.origin.rejected_id).order_by(Decision.id.desc()).limit(1)
    row = session.execute(rows).first()
    return Rejection(*row) if row else None


def item_of(cause: str) -> int:
    """The rejected item that a draft job's cause names; 0 for any other cause."""
    number = cause.removeprefix(CAUSE).partition("@")[0]
    return int(number) if cause.startswith(CAUSE) and number.isdigit() else 0

"""The guard that keeps seeded defects from going out: asked right before anything of an item would go out, and while it
goes."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from reviewqueue.core.errors import DomainError
from reviewqueue.db.statements import Prepared
from reviewqueue.db.tables.seeded_defects import SeededDefect

_PLANTED = Prepared(select(SeededDefect.sealed_at).where(SeededDefect.item_id == bindparam("item")))


def release_block(session: Session, item_id: int) -> str:
    """Why nothing of that item goes out, in words; "" when it is no seeded defect."""
    planted = _PLANTED.scalar(session, {"item": item_id})
    return "" if planted is None else "it is a seeded defect, and a seeded defect is never released"


def require_releasable(session: Session, item_id: int) -> None:
    """Raise DomainError (409) for a seeded defect: nothing of it ever goes out."""
    if says := release_block(session, item_id):
        raise DomainError(f"Item {item_id} was not released: {says}. Nothing was changed.", status=409, code="planted")

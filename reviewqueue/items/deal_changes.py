"""Changes of a deal after its onboarding started: which of them wait for a person's word, and whether the onboarding
ended. Reads only; `exceptions.changed_deals` writes them down, `review.settle_deal` settles them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session

from reviewqueue.db.tables.onboardings import DealChange, Onboarding


@dataclass(frozen=True)
class DealStanding:
    """Where an onboarding's deal stands: what the last change says that nobody has settled, when it came and in which
    exception it is asked about ("" and 0 for none), and whether the onboarding has `ended`."""

    says: str = ""
    at: datetime | None = None
    exception_id: int = 0
    ended: bool = False

    @property
    def holds(self) -> bool:
        """Whether it holds everything that would go out."""
        return bool(self.says) or self.ended


def last_unsettled_id() -> ScalarSelect[int]:
    """The id of the last change that nobody has settled, as a scalar subquery of a statement about onboardings."""
    mine = DealChange.onboarding_id == Onboarding.id, DealChange.settled_at.is_(None)
    return select(func.max(DealChange.id)).where(*mine).correlate(Onboarding).scalar_subquery()


def unsettled(session: Session, onboarding_id: int) -> Sequence[DealChange]:
    """The changes of an onboarding's deal that nobody has settled, oldest first."""
    return [one for one in all_of(session, onboarding_id) if one.settled_at is None]


def all_of(session: Session, onboarding_id: int) -> Sequence[DealChange]:
    """Every change of an onboarding's deal, settled or not, oldest first."""
    query = select(DealChange).where(DealChange.onboarding_id == onboarding_id).order_by(DealChange.id)
    return session.scalars(query).all()


def changed(session: Session, onboarding_ids: Collection[int | None]) -> frozenset[int]:
    """Those of these onboardings whose deal changed and nobody has said what holds, in one statement."""
    wanted = {one for one in onboarding_ids if one is not None}
    if not wanted:
        return frozenset()
    waiting = select(DealChange.onboarding_id).where(DealChange.settled_at.is_(None))
    return frozenset(session.scalars(waiting.where(DealChange.onboarding_id.in_(wanted))))


def of_case(session: Session, case_id: int) -> Sequence[DealChange]:
    """The changes that an exception is about, oldest first."""
    query = select(DealChange).where(DealChange.exception_id == case_id).order_by(DealChange.id)
    return session.scalars(query).all()

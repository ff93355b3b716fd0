"""Changes of a deal after its onboarding started: which of them wait for a person's word, and whether the onboarding
ended. Reads only; `exceptions.changed_deals` writes them down, `review.settle_deal` settles them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.db.tables.onboardings import DealChange, Onboarding


@dataclass(frozen=True)
class DealStanding:
    """Where an onboarding's deal stands: its `changes` that nobody has settled, oldest first, and whether the
    onboarding has `ended`."""

    changes: Sequence[DealChange] = ()
    ended: bool = False

    @property
    def holds(self) -> bool:
        """Whether it holds everything that would go out."""
        return bool(self.changes) or self.ended


def of_onboarding(session: Session, onboarding_id: int | None) -> DealStanding:
    """Where the deal of one onboarding stands; of none, nothing is in the way."""
    if onboarding_id is None:
        return DealStanding()
    mine = (DealChange.onboarding_id == Onboarding.id) & DealChange.settled_at.is_(None)
    query = select(Onboarding.ended_at, DealChange).outerjoin(DealChange, mine).where(Onboarding.id == onboarding_id)
    rows = session.execute(query.order_by(DealChange.id)).all()
    return DealStanding(tuple(row[1] for row in rows if row[1] is not None), any(row[0] for row in rows))


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

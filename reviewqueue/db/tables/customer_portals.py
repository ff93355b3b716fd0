"""The links at which a customer reads how their onboarding stands."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from reviewqueue.db.tables.base import Base, Digest, Id


class CustomerPortal(Base):
    """A customer's link, good until `expires_at` or until somebody ended it. Only the SHA-256 of its token is kept. One
    at a time is open for an onboarding: another one ends it."""

    __tablename__ = "customer_portals"
    __table_args__ = (UniqueConstraint("token_hash"), Index(None, "onboarding_id", "id"))
    id: Mapped[Id]
    onboarding_id: Mapped[int] = mapped_column(ForeignKey("onboardings.id"))
    token_hash: Mapped[Digest]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

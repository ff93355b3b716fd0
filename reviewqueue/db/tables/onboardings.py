"""Onboardings and the source records they rest on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from reviewqueue.db.tables.base import Base, Digest, Id, Json, Line, Word, check_visible, one_of

WAYS = ("fetched", "signed", "imported", "claimed")


class Onboarding(Base):
    """One customer's run from closed-won to first value, in one lane. One deal never has two."""

    __tablename__ = "onboardings"
    __table_args__ = (
        UniqueConstraint("system", "external_id"),
        Index(None, "external_id"),
        Index(None, "customer_key", "id"),
        Index(None, "owner_id", "id"),
        check_visible("customer", 1),
    )
    id: Mapped[Id]
    system: Mapped[Word]
    external_id: Mapped[Line]
    lane: Mapped[Word]
    customer: Mapped[Line]
    customer_key: Mapped[Line]
    account_id: Mapped[Line] = mapped_column(default="")
    segment: Mapped[Word] = mapped_column(default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    started_at: Mapped[datetime]


class SourceRecord(Base):
    """An immutable snapshot of what a system of record said. Append-only in the database."""

    __tablename__ = "source_records"
    __table_args__ = (
        UniqueConstraint("digest"),
        Index(None, "system", "object", "external_id", "id"),
        Index(None, "system", "object", "label"),
    )
    id: Mapped[Id]
    system: Mapped[Word]
    object: Mapped[Word]
    external_id: Mapped[Line]
    label: Mapped[Line] = mapped_column(default="")
    payload: Mapped[Any] = mapped_column(Json)
    digest: Mapped[Digest]
    fetched_at: Mapped[datetime | None]
    received_at: Mapped[datetime]


class SourceArrival(Base):
    """How a snapshot came here, through which automation, and when. A snapshot that comes again in a better way has
    another row, and its best one counts. Append-only in the database."""

    __tablename__ = "source_arrivals"
    __table_args__ = (one_of("way", *WAYS), Index(None, "source_record_id"))
    id: Mapped[Id]
    source_record_id: Mapped[int] = mapped_column(ForeignKey("source_records.id"))
    way: Mapped[Word]
    automation_id: Mapped[int | None] = mapped_column(ForeignKey("automations.id"))
    at: Mapped[datetime]

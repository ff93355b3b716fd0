"""Onboardings and the source records they rest on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from reviewqueue.db.tables.base import Base, Digest, Id, Json, Line, Long, Word, check_visible, one_of

WAYS = ("fetched", "signed", "imported", "claimed")
# What a person said of a changed deal; `confirmed` is one that became again what holds.
DEAL_OUTCOMES = ("holds", "new_terms", "ended", "confirmed")


class Onboarding(Base):
    """One customer's run from closed-won to first value, in one lane. One deal never has two. `ended_at` is when a
    person ended it, because its deal did not hold; nothing goes out any more then."""

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
    ended_at: Mapped[datetime | None]


class SourceRecord(Base):
    """An immutable snapshot of what a system of record said; `modified_at` is when that system last changed it, where
    the snapshot says so. Append-only in the database."""

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
    modified_at: Mapped[datetime | None]
    received_at: Mapped[datetime]


class SourceArrival(Base):
    """How a snapshot came here, through which automation, and when. A snapshot that comes again in a better way, or
    after another one of its record, has another row; its best way counts, and its last row says how new it is.
    Append-only in the database."""

    __tablename__ = "source_arrivals"
    __table_args__ = (one_of("way", *WAYS), Index(None, "source_record_id"))
    id: Mapped[Id]
    source_record_id: Mapped[int] = mapped_column(ForeignKey("source_records.id"))
    way: Mapped[Word]
    automation_id: Mapped[int | None] = mapped_column(ForeignKey("automations.id"))
    at: Mapped[datetime]
    fetched_at: Mapped[datetime | None]


class DealChange(Base):
    """What a deal became after its onboarding started: `says` has it in words. It holds everything that would go out
    until a person says in its exception what holds (`outcome`)."""

    __tablename__ = "deal_changes"
    __table_args__ = (
        one_of("outcome", "", *DEAL_OUTCOMES),
        Index(None, "onboarding_id", "id"),
        Index(None, "exception_id"),
    )
    id: Mapped[Id]
    onboarding_id: Mapped[int] = mapped_column(ForeignKey("onboardings.id"))
    was_record_id: Mapped[int | None] = mapped_column(ForeignKey("source_records.id"))
    now_record_id: Mapped[int] = mapped_column(ForeignKey("source_records.id"))
    says: Mapped[Long]
    at: Mapped[datetime]
    exception_id: Mapped[int | None] = mapped_column(ForeignKey("exceptions.id"))
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    outcome: Mapped[Word] = mapped_column(default="", server_default="")

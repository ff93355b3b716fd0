"""People and API keys as their pages list them. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.db.tables.people import Absence, ApiKey, Person


def people(session: Session, now: datetime) -> tuple[Sequence[Person], dict[int, Absence]]:
    """(everybody in the order of their names, person id → absence of whoever is away now or later)."""
    away = (
        select(Absence).where(Absence.ends_at > now, Absence.cancelled_at.is_(None)).order_by(Absence.starts_at.desc())
    )
    return session.scalars(select(Person).order_by(Person.name)).all(), {
        absence.person_id: absence for absence in session.scalars(away)
    }


def keys(session: Session) -> Sequence[ApiKey]:
    """Every key, newest first, with its automation."""
    return session.scalars(select(ApiKey).order_by(ApiKey.id.desc())).all()

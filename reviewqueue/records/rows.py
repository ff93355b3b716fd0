"""Rows: inserting them, with one prepared statement a table (building one costs more than running it)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import Insert, Table, insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from reviewqueue.records.base import Base


@cache
def _one(table: Table) -> ReturningInsert[tuple[int]]:
    return insert(table).returning(table.c.id)


@cache
def _many(table: Table) -> Insert:
    return insert(table)


def put(session: Session, entity: type[Base], **row: Any) -> int:
    """Insert one row of a table that has an `id`, and return it."""
    return cast(int, session.connection().execute(_one(cast(Table, entity.__table__)), row).scalar_one())


def put_all(session: Session, entity: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all have the same columns."""
    if rows:
        session.connection().execute(_many(cast(Table, entity.__table__)), rows)

"""Rows: inserting and changing them with prepared statements (building one costs more than running it)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import Insert, Table, Update, bindparam, insert, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.dml import ReturningInsert

from reviewqueue.records.base import Base


@cache
def _one(table: Table) -> ReturningInsert[tuple[int]]:
    return insert(table).returning(table.c.id)


@cache
def _many(table: Table) -> Insert:
    return insert(table)


@cache
def _change(table: Table, names: tuple[str, ...]) -> Update:
    return (
        update(table).where(table.c.id == bindparam("row")).values({name: bindparam(f"new_{name}") for name in names})
    )


def put(session: Session, entity: type[Base], **row: Any) -> int:
    """Insert one row of a table that has an `id`, and return it."""
    return cast(int, session.connection().execute(_one(cast(Table, entity.__table__)), row).scalar_one())


def put_all(session: Session, entity: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all have the same columns."""
    if rows:
        session.connection().execute(_many(cast(Table, entity.__table__)), rows)


def change(session: Session, row: Base, **values: Any) -> None:
    """Change columns of one row that has an `id`, in the database and in hand."""
    statement = _change(cast(Table, row.__table__), tuple(values))
    bound = {f"new_{name}": value for name, value in values.items()}
    session.connection().execute(statement, {"row": row.id, **bound})  # type: ignore[attr-defined]
    for name, value in values.items():
        set_committed_value(row, name, value)

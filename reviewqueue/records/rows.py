"""Rows: inserting and changing them with prepared statements."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from reviewqueue.records.base import Base
from reviewqueue.records.prepared import Prepared


@cache
def _one(table: Table, columns: tuple[str, ...]) -> Prepared:
    return Prepared(insert(table).returning(table.c.id), columns)


@cache
def _many(table: Table, columns: tuple[str, ...]) -> Prepared:
    return Prepared(insert(table), columns)


@cache
def _change(table: Table, columns: tuple[str, ...]) -> Prepared:
    new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in columns}
    return Prepared(update(table).where(table.c.id == bindparam("row")).values(new))


def put(session: Session, entity: type[Base], **row: Any) -> int:
    """Insert one row of a table that has an `id`, and return it."""
    return cast(int, _one(cast(Table, entity.__table__), tuple(row)).scalar(session, row))


def put_all(session: Session, entity: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all have the same columns."""
    if rows:
        _many(cast(Table, entity.__table__), tuple(rows[0])).run(session, rows)


def change(session: Session, row: Base, **values: Any) -> None:
    """Change columns of one row that has an `id`, in the database and in hand."""
    statement = _change(cast(Table, row.__table__), tuple(values))
    bound = {f"new_{name}": value for name, value in values.items()}
    statement.run(session, {"row": row.id, **bound})  # type: ignore[attr-defined]
    for name, value in values.items():
        set_committed_value(row, name, value)

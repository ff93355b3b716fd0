"""Inserts and updates of rows with prepared statements, and ORM objects from rows that were read as plain tuples."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import Table, bindparam, insert, inspect, update
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from reviewqueue.db.statements import Prepared
from reviewqueue.db.tables.base import Base

Kind = TypeVar("Kind", bound=Base)


def _table(entity: type[Base]) -> Table:
    return cast(Table, entity.__table__)


@cache
def _insert_one(table: Table, columns: tuple[str, ...]) -> Prepared:
    return Prepared(insert(table).returning(table.c.id), columns)


@cache
def _insert_many(table: Table, columns: tuple[str, ...]) -> Prepared:
    return Prepared(insert(table), columns)


@cache
def _update_statement(table: Table, columns: tuple[str, ...]) -> Prepared:
    new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in columns}
    return Prepared(update(table).where(table.c.id == bindparam("row")).values(new))


def insert_row(session: Session, entity: type[Base], **row: Any) -> int:
    """Insert one row of a table that has an `id`, and return that id."""
    made: int = _insert_one(_table(entity), tuple(row)).scalar(session, row)
    return made


def insert_rows(session: Session, entity: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all have the same columns."""
    if rows:
        _insert_many(_table(entity), tuple(rows[0])).run(session, rows)


def update_row(session: Session, row: Base, **values: Any) -> None:
    """Change columns of one row that has an `id`, in the database and in the loaded object."""
    statement = _update_statement(_table(type(row)), tuple(values))
    bound = {f"new_{name}": value for name, value in values.items()}
    statement.run(session, {"row": row.id, **bound})  # type: ignore[attr-defined]
    for name, value in values.items():
        set_committed_value(row, name, value)


@cache
def _row_type(entity: type[Base]) -> Any:
    return namedtuple(entity.__name__, _table(entity).columns.keys())


def split_row(row: Sequence[Any], *entities: type[Base]) -> list[Any]:
    """A row read from several tables, with their columns first and in this order, cut into a named tuple for each of
    them; None where an outer join found nothing."""
    found, start = [], 0
    for entity in entities:
        plain = _row_type(entity)
        end = start + len(plain._fields)
        found.append(None if row[start] is None else plain._make(row[start:end]))
        start = end
    return found


def attach(session: Session, entity: type[Kind], row: Any) -> Kind:
    """The session's ORM object for a row just read as a named tuple: the one it has already, brought up to date, or a
    new one. The table has an `id`. Raises RuntimeError where the object holds a change that is not flushed yet."""
    loaded: Kind | None = session.identity_map.get(entity.__mapper__.identity_key_from_primary_key((row.id,)))
    if loaded is not None:
        if inspect(loaded).modified:
            raise RuntimeError(f"{entity.__name__} {row.id} holds a change that is not written yet: flush it first")
        for name, value in row._asdict().items():
            set_committed_value(loaded, name, value)
        return loaded
    created = entity()
    vars(created).update(row._asdict())
    make_transient_to_detached(created)
    session.add(created)
    return created

"""What reaches the database: by the library's road, and by that of the prepared statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPICursor

from reviewqueue.db import database

Said = tuple[str, Any]


@contextmanager
def after_each(engine: Engine, then: Callable[[str, Any], object]) -> Iterator[None]:
    """Call `then` with each statement and what was bound to it, once the database has done it."""
    say = database.execute_raw

    def heard(_connection: Any, _cursor: Any, statement: str, bound: Any, *_: Any) -> None:
        then(statement, bound)

    def saying(connection: Connection, sql: str, bound: Any) -> DBAPICursor:
        cursor = say(connection, sql, bound)
        if connection.engine is engine:
            then(sql, bound)
        return cursor

    event.listen(engine, "after_cursor_execute", heard)
    try:
        with patch.object(database, "execute_raw", saying):
            yield
    finally:
        event.remove(engine, "after_cursor_execute", heard)


@contextmanager
def hearing(engine: Engine) -> Iterator[list[Said]]:
    """The statements meanwhile, with what was bound; those that begin a transaction are not told."""
    made: list[Said] = []
    with after_each(engine, lambda sql, bound: sql.startswith("BEGIN") or made.append((sql, bound))):
        yield made

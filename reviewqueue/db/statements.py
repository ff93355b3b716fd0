"""Prepared statements: each is compiled once for a dialect and then executed on the driver as it stands. Compilation,
types and errors are SQLAlchemy's.

Use them for a statement that every decision, submission or page of the queue runs, and for nothing else. By
SQLAlchemy's own path a decision takes a quarter to a third longer. Who may import them stands in `pyproject.toml`.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Dialect, Executable, Insert, bindparam
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler

from reviewqueue.db import database

Values = Mapping[str, Any]
_Process = Callable[[Any], Any] | None


@dataclass(frozen=True)
class _Compiled:
    """A statement compiled for one dialect: bound names in order with their conversions (`binds`), defaults of some of
    them (`defaults`), and the columns of a row that need a conversion (`conversions`)."""

    sql: str
    positional: bool
    binds: tuple[tuple[str, _Process], ...]
    defaults: Values
    conversions: tuple[tuple[int, Callable[[Any], Any]], ...]
    row: Callable[[Any], Any]

    def bind(self, values: Values) -> Any:
        given = {**self.defaults, **values} if self.defaults else values
        bound = [given[name] if how is None else how(given[name]) for name, how in self.binds]
        return tuple(bound) if self.positional else {take[0]: one for take, one in zip(self.binds, bound, strict=True)}

    def read(self, row: Sequence[Any]) -> Any:
        if self.conversions:
            row = list(row)
            for place, how in self.conversions:
                row[place] = how(row[place])
        return self.row(row)


class Prepared:
    """A statement with bound names, executed in a session's transaction; an INSERT names its columns too. Not for a
    list of any length (`IN`, see Listed), which is other SQL for each length, nor for defaults that are computed.
    """

    def __init__(self, statement: Executable, columns: Sequence[str] | None = None) -> None:
        self._statement: Any = statement
        self._columns = columns
        self._words: dict[str, _Compiled] = {}

    def run(self, session: Session, values: Values | Sequence[Values]) -> None:
        """Execute it, once, or once for each of a list of values."""
        self._execute(session, values)

    def rows(self, session: Session, values: Values) -> list[Any]:
        """Its rows, as named tuples."""
        words, cursor = self._execute(session, values)
        return [words.read(row) for row in cursor.fetchall()]

    def row(self, session: Session, values: Values) -> Any:
        """Its first row; None where there is none."""
        return next(iter(self.rows(session, values)), None)

    def scalar(self, session: Session, values: Values) -> Any:
        """Its first row's first column; None where there is none."""
        row = self.row(session, values)
        return None if row is None else row[0]

    def _execute(self, session: Session, values: Values | Sequence[Values]) -> tuple[_Compiled, DBAPICursor]:
        connection = database.connection_of(session)
        engine = connection.dialect
        if engine.name not in self._words:
            self._words[engine.name] = _compile(self._statement, self._columns, engine)
        words = self._words[engine.name]
        bound = words.bind(values) if isinstance(values, Mapping) else [words.bind(one) for one in values]
        return words, database.execute_raw(connection, words.sql, bound)


class PreparedIn:
    """A statement about a list of any length, prepared for each length: a list is padded to a multiple of `step` by
    repeating its first value, so that there are few lengths."""

    def __init__(self, statement: Callable[[list[BindParameter[Any]]], Executable], step: int) -> None:
        self._statement = statement
        self._step = step
        self._known: dict[int, Prepared] = {}

    def rows(self, session: Session, listed: list[Any]) -> list[Any]:
        """Its rows, as named tuples; none for an empty list."""
        if not listed:
            return []
        listed = listed + listed[:1] * (-len(listed) % self._step)
        names = [f"one_{number}" for number in range(len(listed))]
        if len(listed) not in self._known:
            self._known[len(listed)] = Prepared(self._statement([bindparam(name) for name in names]))
        return self._known[len(listed)].rows(session, dict(zip(names, listed, strict=True)))


def _compile(statement: Any, columns: Sequence[str] | None, dialect: Dialect) -> _Compiled:
    compiled: SQLCompiler = statement.compile(dialect=dialect, column_keys=columns)
    if compiled.post_compile_params:
        raise ValueError(f"a prepared statement takes no list: {compiled}")
    binds = compiled.binds
    names = compiled.positiontup if compiled.positional else [*compiled.bind_names.values()]
    usual = {name: binds[name].value for name in names or () if not binds[name].required}
    if isinstance(statement, Insert):
        columns_of: Any = statement.table.columns
        usual = {name: columns_of[name].default.arg for name in usual}
    returned = getattr(statement, "exported_columns", ())
    kind: Any = namedtuple("Row", [column.key for column in returned], rename=True)  # type: ignore[misc]
    processes = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in returned]
    return _Compiled(
        sql=str(compiled),
        positional=compiled.positional,
        binds=tuple((name, binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names or ()),
        defaults=usual,
        conversions=tuple((place, how) for place, how in enumerate(processes) if how is not None),
        row=kind._make,
    )

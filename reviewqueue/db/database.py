"""Engines, sessions and `writing()`, the only write transaction; and what differs between SQLite and PostgreSQL when
they run statements. Tables are in `db/tables`, triggers in `db/triggers.py`."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, Engine, create_engine, event, make_url, select, text
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from reviewqueue.core.errors import DomainError
from reviewqueue.db import postgresql

WRITING = "reviewqueue_writing"
ADVISORY_LOCK = 7203941
# What the application's own connections may never do to the schema (SQLite's authorizer codes).
_SCHEMA_ACTS = {
    sqlite3.SQLITE_DROP_TABLE,
    sqlite3.SQLITE_DROP_TRIGGER,
    sqlite3.SQLITE_DROP_INDEX,
    sqlite3.SQLITE_DROP_VIEW,
    sqlite3.SQLITE_ALTER_TABLE,
    sqlite3.SQLITE_CREATE_TABLE,
    sqlite3.SQLITE_CREATE_TRIGGER,
    sqlite3.SQLITE_CREATE_TEMP_TRIGGER,
    sqlite3.SQLITE_CREATE_TEMP_TABLE,  # it would shadow the real one
    sqlite3.SQLITE_CREATE_TEMP_VIEW,
    sqlite3.SQLITE_ATTACH,
    sqlite3.SQLITE_DETACH,
}
_PRAGMAS = (
    "journal_mode=WAL",
    "busy_timeout=30000",
    "synchronous=FULL",
    "foreign_keys=ON",
    "recursive_triggers=ON",
    "temp_store=MEMORY",
    "cache_size=-32000",
    "wal_autocheckpoint=4000",  # pages: what every decision touches is copied back once for many of them
)


class WriteLock:
    """One writer at a time: a mutex among threads and a file lock among processes, so that SQLite's unfair
    busy handler never has to choose."""

    def __init__(self, path: str | None) -> None:
        self._mutex = threading.Lock()
        self._path = f"{path}.lock" if path else ""
        self._file = -1

    def acquire(self) -> None:
        """Wait for the lock. The file is opened each time: a fork would share an open one, lock and all."""
        self._mutex.acquire()
        if self._path:
            self._file = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
            fcntl.flock(self._file, fcntl.LOCK_EX)

    def release(self) -> None:
        """Let the next writer in."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        self._mutex.release()


def url_of(url: str) -> str:
    """A database URL as SQLAlchemy wants it: `postgres://` and `postgresql://` mean psycopg 3. Raises DomainError for
    what is no URL of a supported database, without repeating it: it may hold a password."""
    for name in ("postgres://", "postgresql://"):
        if url.startswith(name):
            url = "postgresql+psycopg://" + url.removeprefix(name)
    if not _is_supported(url):
        raise DomainError(
            "DATABASE_URL is not the address of a database that can be used, so nothing was done. Write "
            "postgresql://user:password@host:5432/name or sqlite:////absolute/path.sqlite3.",
            code="no-database",
        )
    return url


def _is_supported(given: str) -> bool:
    try:
        parts = make_url(given)
    except (ArgumentError, ValueError):  # no address at all, or its port is no number
        return False
    file = bool(parts.database) and not parts.host
    return parts.drivername == "postgresql+psycopg" or (parts.get_backend_name() == "sqlite" and file)


def prepare(engine: Engine, *, owner: bool = False, no_sync: bool = False) -> Engine:
    """Set an engine up for this application. On SQLite only an `owner` may change the schema (migrations); `no_sync` is
    as for `connect`."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_connect)
        if no_sync:
            event.listen(engine, "connect", _sqlite_no_sync)
        if not owner:
            event.listen(engine, "connect", _sqlite_forbid)
        event.listen(engine, "begin", _sqlite_begin)
        engine.pool.dispose()
    else:
        postgresql.prepare(engine)
    return engine


def engine_options(url: str, pool_size: int = 0) -> dict[str, Any]:
    """Options for `create_engine` that suit this database; `pool_size` as for `connect`."""
    if make_url(url).get_backend_name() == "sqlite":
        arguments = {"check_same_thread": False, "cached_statements": 512, "timeout": 30}
        return {"connect_args": arguments, **_pool(pool_size or 32, 64), "pool_use_lifo": True}
    # No column is an hstore; without this, each engine asks for its type first.
    return {**_pool(pool_size or 16, 32), "use_native_hstore": False}


def _pool(pool_size: int, at_most: int) -> dict[str, int]:
    return {"pool_size": pool_size, "max_overflow": at_most - pool_size}


def connect(url: str, *, owner: bool = False, no_sync: bool = False, pool_size: int = 0) -> Engine:
    """An engine for this URL, set up. `no_sync` does not wait for the disk: only for a SQLite file that is thrown away
    when its making is interrupted. `pool_size` is how many connections stay open while nobody uses them (0: as many as
    a server's threads want); each takes a megabyte and more."""
    url = url_of(url)
    if (path := make_url(url).database) and url.startswith("sqlite"):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, **engine_options(url, pool_size))
    return prepare(engine, owner=owner, no_sync=no_sync)


def sessions(engine: Engine) -> sessionmaker[Session]:
    """A session factory for entry points without Flask: the command line and the worker."""
    return sessionmaker(engine, expire_on_commit=False)


def _sqlite_connect(connection: DBAPIConnection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.cursor().execute(f"PRAGMA {pragma}")


def _sqlite_no_sync(connection: DBAPIConnection, _record: object) -> None:
    connection.cursor().execute("PRAGMA synchronous=OFF")


def _sqlite_forbid(connection: Any, _record: object) -> None:
    def authorize(act: int, first: str | None, second: str | None, *_: object) -> int:
        if act in _SCHEMA_ACTS or (act == sqlite3.SQLITE_PRAGMA and second is not None and first != "table_info"):
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    connection.set_authorizer(authorize)


def _sqlite_begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get(WRITING, False)
    execute_raw(connection, "BEGIN IMMEDIATE" if writing else "BEGIN", ())


_locks: dict[str, WriteLock] = {}
_locks_guard = threading.Lock()


def _lock_of(engine: Engine) -> WriteLock:
    path = str(engine.url.database or "")
    with _locks_guard:
        if path not in _locks:
            _locks[path] = WriteLock(path if path and ":memory:" not in path else None)
        return _locks[path]


@contextmanager
def writing(session: Session) -> Iterator[Session]:
    """The one write transaction: takes the write lock, begins, commits whole or not at all.

    A read the session has begun is ended first (what was loaded stays readable, but may be stale: a caller reads it
    again under the lock). Raises RuntimeError if the session already holds changes of its own, or is writing already.
    """
    if session.info.get(WRITING):
        raise RuntimeError("this session is writing already; one transition is one transaction")
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("the session already holds changes; write through writing() only")
    if session.in_transaction():
        session.commit()
    bind = session.get_bind()
    engine = bind.engine if isinstance(bind, Connection) else bind
    lock = _lock_of(engine) if engine.dialect.name == "sqlite" else None
    if lock:
        lock.acquire()
    try:
        connection = session.info[WRITING] = session.connection(execution_options={WRITING: True})
        if lock is None:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        session.expire_all()
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop(WRITING, None)
        if lock:
            lock.release()


def connection_of(session: Session) -> Connection:
    """The connection of a session's transaction. Asking the session itself costs as much as a short read."""
    return cast(Connection, session.info.get(WRITING) or session.connection())


def execute_raw(connection: Connection, sql: str, bound: Any) -> DBAPICursor:
    """Execute SQL on the driver as it stands, once, or once for each of a list of bound values. Raises SQLAlchemy's
    DBAPIError without the values, and invalidates a connection that is lost."""
    cursor = connection.connection.cursor()
    try:
        (cursor.executemany if isinstance(bound, list) else cursor.execute)(sql, bound)
    except connection.dialect.loaded_dbapi.Error as error:
        engine = connection.dialect
        lost = engine.is_disconnect(error, connection.connection.dbapi_connection, cursor)
        if lost:
            connection.invalidate(error)
        options: dict[str, Any] = {"hide_parameters": True, "connection_invalidated": lost, "dialect": engine}
        raise DBAPIError.instance(sql, None, error, engine.loaded_dbapi.Error, **options) from error
    return cursor


def begin_snapshot(session: Session) -> None:
    """Begin a read that sees one snapshot of the database throughout, whatever others write meanwhile."""
    if session.in_transaction():
        session.commit()
    postgresql = session.get_bind().dialect.name == "postgresql"
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"} if postgresql else {})


def bind_datetime(session: Session, moment: datetime) -> Any:
    """A datetime as hand-written SQL binds it on this engine."""
    utc = moment.astimezone(UTC)
    return (
        utc.replace(tzinfo=None).isoformat(" ", "microseconds") if session.get_bind().dialect.name == "sqlite" else utc
    )


def begins_with(session: Session, column: str, name: str) -> str:
    """SQL that holds where `column` begins with the bound text `name` (bind it with `prefix_bounds`).

    SQLite compares by code point, so a range finds it through an index; PostgreSQL compares by its locale.
    """
    sqlite = session.get_bind().dialect.name == "sqlite"
    return f"({column} >= :{name} AND {column} < :{name}_end)" if sqlite else f"starts_with({column}, :{name})"


def unindexed(session: Session, column: str) -> str:
    """The column as SQL that SQLite uses no index for: it then takes the index of a narrower condition beside it."""
    return f"+{column}" if session.get_bind().dialect.name == "sqlite" else column


def prefix_bounds(name: str, prefix: str) -> dict[str, str]:
    """What `begins_with` binds."""
    return {name: prefix, f"{name}_end": prefix + "\U0010ffff"}


def alive(session: Session) -> bool:
    """Whether the database answers; raises SQLAlchemy's error when it does not."""
    return session.scalar(select(1)) == 1

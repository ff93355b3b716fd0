"""PostgreSQL databases that go from test to test: what a test wrote is taken back, row by row, instead of a new database.

A new one costs a copy of three hundred files, and every connection to it reads all of the schema again: together more
than most tests do. Taken back is what stands in rows and sequences. A database whose schema changed, that somebody is
still connected to, or that cannot be put in order, is not used again.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, cast

import psycopg
import sqlalchemy as sa
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Composable, Literal

USES = 60  # tests, until the rows taken back have made a database slow
SPARE = 4  # connections of one role that stay open between two tests
UNCHANGED = (
    *("pg_class", "pg_attribute", "pg_attrdef", "pg_trigger", "pg_constraint"),
    *("pg_index", "pg_proc", "pg_type", "pg_namespace"),
)
TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname"
SEQUENCES = "SELECT schemaname || '.' || sequencename, coalesce(last_value, 0), last_value IS NULL FROM pg_sequences"
OTHERS = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> ALL(%s)"
)
THROW_OUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
TRIGGERS = (
    "SELECT proname, pg_get_functiondef(oid) FROM pg_proc "
    "WHERE pronamespace = 'public'::regnamespace AND prorettype = 'trigger'::regtype"
)
ALLOW = (
    "CREATE OR REPLACE FUNCTION {} RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
)
STORE = "INSERT INTO {0} OVERRIDING SYSTEM VALUE SELECT * FROM json_populate_recordset(null::{0}, {1})"
AS_NEW = b"RESET ALL; RESET ROLE; UNLISTEN *; SELECT pg_advisory_unlock_all()"


class KeptConnection(psycopg.Connection[Any]):
    """A connection that its engine closes, and that waits for the next engine of the same database instead."""

    home: ReusedDatabase | None = None
    user = ""
    process = 0

    def close(self) -> None:
        """Back to its database, unless that is over, or it is of no more use."""
        if self.process != os.getpid() or self.closed:  # a forked process must not speak on it
            return
        if self.home is None or not self.home.takes(self):
            super().close()


@dataclass
class ReusedDatabase:
    """One database of this process, and how it was when it was new."""

    name: str
    template: str
    admin: psycopg.Connection[Any]
    since: int = 0  # the last transaction before the test
    uses: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    rows: dict[str, str] = field(default_factory=dict)
    sequences: list[tuple[str, int, bool]] = field(default_factory=list)
    triggers: list[tuple[str, str]] = field(default_factory=list)
    free: list[KeptConnection] = field(default_factory=list)
    over: bool = False
    changed: str = ""

    @classmethod
    def at(cls, name: str, template: str, url: sa.URL) -> ReusedDatabase:
        """The database of this name, fresh from the template; `url` is that of a superuser there."""
        admin = psycopg.connect(
            host=url.query.get("host", url.host), port=url.port, dbname=name, user=url.username,
            password=url.password, autocommit=True, row_factory=tuple_row,
        )  # fmt: skip
        made = cls(name, template, admin)
        tables = [str(row[0]) for row in admin.execute(TABLES)]
        made.changed = " UNION ALL ".join(
            f"SELECT '{one}', count(*), count(*) FILTER (WHERE xmin::text::bigint > %(since)s) FROM {one}"
            for one in (*UNCHANGED, *(f'public."{table}"' for table in tables))
        )
        made.counts = {name: count for name, count, _ in admin.execute(made.changed, {"since": 0})}
        made.sequences = cast(list[tuple[str, int, bool]], list(admin.execute(SEQUENCES)))
        for table in (f'public."{one}"' for one in tables):
            if made.counts[table]:
                found = admin.execute(SQL("SELECT json_agg(t)::text FROM {} t").format(SQL(table))).fetchone()
                made.rows[table] = str(found[0]) if found else ""
        made.triggers = cast(list[tuple[str, str]], list(admin.execute(TRIGGERS)))
        admin.execute("SET session_replication_role = replica")
        admin.execute("SET lock_timeout = '2s'")
        admin.execute(
            "SET plan_cache_mode = force_generic_plan"
        )  # what was written is asked in the same words each time
        made.begin()
        return made

    def begin(self) -> None:
        """From here on, what is written belongs to a test."""
        self.uses += 1
        row = self.admin.execute("SELECT pg_current_xact_id()::text::bigint").fetchone()
        self.since = int(row[0]) if row else 0

    def connection(self, user: str, arguments: dict[str, Any]) -> KeptConnection:
        """One that waits, or a new one."""
        for one in self.free:
            if one.user == user:
                self.free.remove(one)
                return one
        made = KeptConnection.connect(**arguments)
        made.home, made.user, made.process = self, user, os.getpid()
        return made

    def takes(self, one: KeptConnection) -> bool:
        """Whether a connection whose engine is done with it stays open; if so, it is as new."""
        if self.over or len([other for other in self.free if other.user == one.user]) >= SPARE:
            return False
        try:
            if one.pgconn.transaction_status != TransactionStatus.IDLE:
                one.rollback()
            one.pgconn.exec_(AS_NEW)
            one.autocommit = False
        except psycopg.Error:
            return False
        self.free.append(one)
        return True

    def restored(self) -> bool:
        """Take back what the test wrote; returns whether the next one can have it."""
        mine = [self.admin.info.backend_pid, *(one.info.backend_pid for one in self.free)]
        try:
            (others,) = self.admin.execute(OTHERS, [mine]).fetchone() or (1,)
            found = list(self.admin.execute(self.changed, {"since": self.since}, prepare=True))
            written = {name for name, count, new in found if new or count != self.counts[name]}
            if others or self.uses >= USES or written & {*UNCHANGED}:
                return False
            with self.admin.transaction():
                self._take_back(sorted(written))
        except psycopg.Error:
            return False
        self.begin()
        return True

    def _take_back(self, tables: list[str]) -> None:
        """What refuses to delete a row of the log is another function until the transaction ends."""
        steps: list[Composable] = [SQL(ALLOW).format(SQL(f"{name}()")) for name, _ in self.triggers]
        steps += [SQL("DELETE FROM {}").format(SQL(table)) for table in tables]
        steps += [SQL(STORE).format(SQL(table), Literal(self.rows[table])) for table in tables if table in self.rows]
        steps += [SQL(definition) for _, definition in self.triggers]
        self.admin.execute(SQL("; ").join(steps))
        before = {name: (last, unused) for name, last, unused in self.sequences}
        for name, last, unused in self.admin.execute(SEQUENCES):
            if (last, unused) != before[name]:
                self.admin.execute("SELECT setval(%s, %s, %s)", [name, max(1, before[name][0]), not before[name][1]])

    def end(self) -> None:
        """End every connection to it, whoever's: it is dropped next."""
        self.over = True
        with suppress(psycopg.Error):
            self.admin.execute(THROW_OUT)
        for one in self.free:
            psycopg.Connection.close(one)
        self.admin.close()

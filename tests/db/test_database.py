"""The database: one write transaction, taken in turn, whole or not at all; reads wait for nobody (row 2)."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import QueuePool
from sqlalchemy.orm import Session

from reviewqueue.core.errors import DomainError
from reviewqueue.db import database, migrate
from reviewqueue.db.database import writing
from reviewqueue.db.tables.people import Automation
from tests.cast import AUTOMATION
from tests.support import concurrency
from tests.support.databases import Place, Run
from tests.world import World


def number(world: World) -> int:
    """The number that the tests here count up."""
    with world.session() as session:
        return session.get_one(Automation, 1).secret_number


def test_no_update_is_lost(world: World) -> None:
    """Eight processes, 200 read-modify-writes each: what was committed is what is there."""
    committed = sum(concurrency.processes(8, concurrency.count_up, world.url, 200))
    there = number(world) - 1
    print(f"{world.engine.dialect.name}: 8 processes × 200 read-modify-writes, {committed} committed, {there} there")
    assert number(world) - 1 == committed == 1600


def test_the_control_loses_updates(world: World) -> None:
    """The same through SQLAlchemy's default set-up: less is there than was told to be committed, without an error."""
    committed = sum(concurrency.processes(4, concurrency.count_up_carelessly, world.url, 50))
    print(f"{world.engine.dialect.name}, default set-up: {committed} committed, {number(world) - 1} there")
    assert number(world) - 1 < committed


def test_threads_of_one_engine_take_turns(world: World) -> None:
    """The same within one process, as a web server does it."""

    def count(_: int) -> None:
        with world.session() as session:
            for _ in range(10):
                with writing(session):
                    session.get_one(Automation, 1).secret_number += 1

    assert concurrency.at_once(20, count) == [None] * 20
    assert number(world) == 201


def test_a_failure_leaves_nothing(world: World) -> None:
    """Whatever is raised inside, nothing of it is there afterwards, and the next writer gets its turn."""
    with world.session() as session:
        for error in (ValueError, KeyboardInterrupt):
            with pytest.raises(error), writing(session):
                session.get_one(Automation, 1).secret_number = 99
                session.flush()
                raise error
        with writing(session):
            assert session.get_one(Automation, 1).secret_number == 1


def test_what_was_read_before_is_read_again(world: World) -> None:
    """A value loaded before the lock was ours is stale; inside, the row is read afresh."""
    with world.session() as session:
        known = session.get_one(Automation, 1)
        assert known.secret_number == 1
        with world.session() as another, writing(another):
            another.get_one(Automation, 1).secret_number = 7
        with writing(session):
            assert known.secret_number == 7


def test_changes_from_outside_are_refused(world: World) -> None:
    """What was changed before `writing()` was changed without the lock."""
    with world.session() as session:
        session.get_one(Automation, 1).secret_number = 5
        with pytest.raises(RuntimeError, match="holds changes"), writing(session):
            pass
    assert number(world) == 1


def test_one_inside_another_is_refused(world: World) -> None:
    """It would commit the outer one's half, or wait for itself for ever."""
    with world.session() as session, writing(session):
        session.get_one(Automation, 1).secret_number = 5
        session.flush()
        with pytest.raises(RuntimeError, match="writing already"), writing(session):
            pass
        with world.session() as another:
            assert another.get_one(Automation, 1).secret_number == 1, "and the outer one is not half committed"
    assert number(world) == 5


def test_reading_waits_for_nobody(world: World) -> None:
    """While one writes, others read, and see what was there before."""
    with world.session() as session, writing(session):
        session.get_one(Automation, 1).secret_number = 5
        session.flush()
        assert number(world) == 1
    assert number(world) == 5


def test_a_second_writer_waits(world: World) -> None:
    """Two write transactions never overlap, also where they touch different rows."""
    order: list[str] = []
    inside = threading.Event()

    def second() -> None:
        inside.wait()
        with world.session() as session, writing(session):
            order.append("second")

    waiting = threading.Thread(target=second)
    waiting.start()
    with world.session() as session, writing(session):
        inside.set()
        waiting.join(0.3)
        order.append("first")
    waiting.join(30)
    assert order == ["first", "second"]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql+psycopg://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("sqlite:////tmp/x.sqlite3", "sqlite:////tmp/x.sqlite3"),
    ],
)
def test_urls_as_hosts_hand_them_out(given: str, meant: str) -> None:
    """Whatever a hosting company calls PostgreSQL, psycopg 3 is meant."""
    assert database.url_of(given) == meant


def test_sqlite_is_set_up_to_lose_nothing(tmp_path: Path) -> None:
    """Each connection, also the tenth: WAL, full synchronous, foreign keys, triggers on REPLACE, patience."""
    engine = database.connect(f"sqlite:///{tmp_path / 'x.sqlite3'}")
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "busy_timeout": 30_000,
    }
    held = [engine.connect() for _ in range(10)]
    for connection in held:
        assert {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in wanted} == wanted
        connection.close()
    engine.dispose()


@pytest.mark.parametrize(("keeps", "left"), [(2, 2), (0, 6)])
def test_so_many_connections_stay_open_while_nobody_uses_them(world: World, keeps: int, left: int) -> None:
    """Six at one moment are served; two of a worker's stay, all six of a server's."""
    engine = database.connect(world.place.url, pool_size=keeps)
    held = [engine.connect() for _ in range(6)]
    assert [connection.exec_driver_sql("SELECT 1").scalar_one() for connection in held] == [1] * 6
    for connection in held:
        connection.close()
    assert isinstance(engine.pool, QueuePool)
    assert engine.pool.checkedin() == left
    engine.dispose()


def test_no_code_of_an_engine_is_loaded_that_is_not_used() -> None:
    """Nor what tells callbacks, before there is one: memory that every process would hold for nothing."""
    asked = "sqlalchemy.dialects.postgresql", "psycopg", "httpx2", "alembic"
    script = f"import sys, reviewqueue.worker, reviewqueue.web; print([one for one in {asked} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_database_that_is_not_migrated_is_refused(blank: Callable[[], Place], run: Run) -> None:
    """With the command that fixes it; and the control: after that command it is not."""
    place = blank()
    engine = database.connect(place.url)
    with pytest.raises(DomainError, match="Run `reviewqueue db upgrade` first"):
        migrate.require(engine)
    migrate.upgrade(place.owner_url, app_role=run.role(place.dialect))
    migrate.require(engine)
    engine.dispose()


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_a_role_that_was_granted_nothing_is_told_so(blank: Callable[[], Place]) -> None:
    """Migrated, but nobody said as whom the application connects."""
    place = blank()
    migrate.upgrade(place.owner_url)
    engine = database.connect(place.url)
    with pytest.raises(DomainError, match="--app-role NAME"):
        migrate.require(engine)
    engine.dispose()


def test_the_world_is_whole(world: World) -> None:
    """What every other test stands on: the cast is there, the policy is active, the log is intact."""
    with world.session() as session:
        assert session.get_one(Automation, 1).name == AUTOMATION
        assert isinstance(session, Session)
    assert world.verify().holds

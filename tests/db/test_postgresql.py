"""Connections to PostgreSQL stay quick between reads, and one that the server ended is never handed out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine, text
from sqlalchemy.pool import QueuePool

from reviewqueue.db import database, postgresql
from tests.world import World

PREPARED = text(
    "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT items.id FROM items WHERE items.id = %'"
)


@pytest.fixture
def engine_name() -> str:
    return "postgresql"


@pytest.fixture
def engine(world: World) -> Iterator[Engine]:
    """An engine as the product has it, of one connection."""
    engine = database.connect(world.url, pool_size=1)
    assert isinstance(engine.pool, QueuePool)
    yield engine
    engine.dispose()


def read(engine: Engine, times: int) -> None:
    for _ in range(times):
        with database.sessions(engine)() as session:  # each ends with a rollback
            session.execute(text("SELECT items.id FROM items WHERE items.id = :id"), {"id": 1})


def prepared(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(PREPARED) or 0


def backend(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(text("SELECT pg_backend_pid()")) or 0


def end(world: World, process: int) -> None:
    with world.owner() as owner, owner.connect() as other:
        assert other.scalar(text("SELECT pg_terminate_backend(:process, 5000)"), {"process": process})


def test_what_is_read_often_is_planned_once(engine: Engine) -> None:
    """A read ends with a rollback; what the server prepared for it is there for the next one."""
    read(engine, 8)
    assert prepared(engine) == 1


def test_the_control_as_the_library_has_it(world: World) -> None:
    control = sa.create_engine(world.url, use_native_hstore=False)
    read(control, 8)
    found = prepared(control)
    control.dispose()
    assert found == 0


def test_a_rollback_takes_back_what_was_written(world: World, engine: Engine) -> None:
    """Also after a statement that failed, from where the connection goes on."""
    with engine.connect() as connection:
        before = connection.scalar(text("SELECT count(*) FROM people"))
        connection.execute(text("UPDATE people SET name = 'Nobody'"))
        with pytest.raises(sa.exc.DBAPIError):
            connection.execute(text("SELECT nothing"))
        connection.rollback()
        assert connection.scalar(text("SELECT count(*) FROM people WHERE name <> 'Nobody'")) == before


def test_one_that_was_ended_meanwhile_is_never_handed_out(world: World, engine: Engine) -> None:
    first = backend(engine)
    assert backend(engine) == first
    end(world, first)
    assert backend(engine) not in (0, first)


def test_the_control_without_a_look_it_is(world: World, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "_check", lambda *_: None)
    end(world, backend(engine))
    with pytest.raises(sa.exc.OperationalError):
        backend(engine)


def test_one_that_was_silent_for_long_is_asked(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    ping = engine.dialect.do_ping

    def heard(connection: Any) -> bool:
        asked.append(connection)
        return ping(connection)

    monkeypatch.setattr(engine.dialect, "do_ping", heard)
    first = backend(engine)
    assert backend(engine) == first
    assert not asked
    monkeypatch.setattr(postgresql, "ASK_AFTER", -1.0)
    assert backend(engine) == first
    assert len(asked) == 1

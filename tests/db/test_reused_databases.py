"""A PostgreSQL database that goes from test to test: the next test finds it as the first one did, or gets another."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from reviewqueue.db import database
from tests import drafts
from tests.cast import DANA
from tests.support import databases
from tests.world import World


@pytest.fixture
def engine_name() -> str:
    """Where databases are reused."""
    return "postgresql"


@pytest.fixture
def lent(run: databases.Run, tmp_path: Path) -> databases.Place:
    return run.copy("postgresql", tmp_path)


def connected(url: str) -> sa.Engine:
    """An engine that closes each connection after use."""
    return sa.create_engine(url, poolclass=sa.NullPool)


def told(place: databases.Place) -> tuple[object, ...]:
    """All rows of all tables in whatever order, where each sequence stands, and what refuses what."""
    with connected(place.owner_url).connect() as connection:
        tables = sa.inspect(connection).get_table_names()
        rows = {
            one: connection.execute(sa.text(f'SELECT json_agg(t ORDER BY t::text)::text FROM "{one}" t')).scalar()
            for one in tables
        }
        sequences = connection.execute(sa.text("SELECT sequencename, last_value FROM pg_sequences ORDER BY 1")).all()
        triggers = connection.execute(sa.text("SELECT tgname, tgenabled FROM pg_trigger ORDER BY 1, 2")).all()
        functions = connection.execute(sa.text("SELECT proname, prosrc FROM pg_proc WHERE proname LIKE 'rq%'")).all()
        return rows, sequences, triggers, sorted(functions)


def test_the_next_test_finds_it_as_the_first_one_did(run: databases.Run, lent: databases.Place, tmp_path: Path) -> None:
    before = told(lent)
    world = World(lent, engine := database.connect(lent.url))
    world.decide(DANA, world.submit(drafts.email()), "approve")
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE people SET name = 'Somebody else'"))
        connection.execute(sa.text("DELETE FROM api_keys"))
    assert told(lent) != before
    engine.dispose()
    run.drop(lent)
    again = run.copy("postgresql", tmp_path)
    assert again == lent
    assert told(again) == before
    with connected(again.owner_url).begin() as connection, pytest.raises(sa.exc.DBAPIError, match="append-only"):
        connection.execute(sa.text("DELETE FROM log_entries"))
    run.drop(again)


@pytest.mark.parametrize(
    "changed",
    [
        "ALTER TABLE log_entries DISABLE TRIGGER ALL",
        "DROP TRIGGER log_entries_no_gap ON log_entries",
        "CREATE OR REPLACE FUNCTION rq_no_gap() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "ALTER TABLE items ADD COLUMN more integer",
        "ALTER TABLE items ALTER COLUMN lane DROP NOT NULL",
        "CREATE TABLE another (one integer)",
        "DROP TABLE absences",
        "DROP INDEX ix_messages_state_next_at_id",
        "GRANT ALL ON log_entries TO PUBLIC",
    ],
)
def test_one_whose_schema_changed_is_not_used_again(
    run: databases.Run, lent: databases.Place, tmp_path: Path, changed: str
) -> None:
    with connected(lent.owner_url).begin() as connection:
        connection.execute(sa.text(changed))
    run.drop(lent)
    another = run.copy("postgresql", tmp_path)
    assert another != lent
    run.drop(another)


def test_one_that_somebody_is_connected_to_is_not_used_again(
    run: databases.Run, lent: databases.Place, tmp_path: Path
) -> None:
    place = sa.make_url(lent.owner_url)
    with psycopg.connect(
        host=place.query.get("host", place.host), port=place.port, dbname=place.database, user=place.username,
        password=place.password,
    ) as stays:  # fmt: skip
        run.drop(lent)
        another = run.copy("postgresql", tmp_path)
        assert another != lent
        with pytest.raises(psycopg.OperationalError):
            stays.execute("SELECT 1")
    run.drop(another)


def test_a_connection_comes_back_as_new(run: databases.Run, lent: databases.Place, tmp_path: Path) -> None:
    """No setting, role, lock or transaction of the one before."""
    asked = (
        "SELECT pg_backend_pid(), current_setting('TimeZone'), "
        "(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())"
    )
    with connected(lent.url).connect() as connection:
        before = connection.execute(sa.text(asked)).one()
        connection.execute(sa.text("SELECT pg_advisory_lock(7)"))
        connection.execute(sa.text("SET TIME ZONE 'Asia/Kathmandu'"))
        connection.commit()
    run.drop(lent)
    again = run.copy("postgresql", tmp_path)
    with connected(again.url).connect() as connection:
        assert connection.execute(sa.text(asked)).one() == before
    run.drop(again)

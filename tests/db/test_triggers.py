"""Guards: the database itself refuses to change what is append-only, and a decision without a reason (rows 6 and 7)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from reviewqueue.db.database import writing
from reviewqueue.db.tables import Base
from reviewqueue.db.tables.base import UNSEEN
from reviewqueue.db.tables.releases import Release
from reviewqueue.db.triggers import KEYS
from reviewqueue.delivery import callbacks, releases
from reviewqueue.people import users
from tests import drafts
from tests.cast import DANA, PRIYA, SAM
from tests.support import crm_changes, recorded_metrics, sampled_week, scorecards, standing_approvals
from tests.support.furnished import Furnished
from tests.world import World


@pytest.fixture
def furnished(request: pytest.FixtureRequest) -> Furnished | None:
    """The same rows for each test that asks for a world that was lived in."""
    return Furnished("lived_in", live) if "lived_in" in request.fixturenames else None


@pytest.fixture
def lived_in(world: World) -> World:
    """A world in which every append-only table has rows."""
    assert all(rows for name, rows in world.everything().items() if name in KEYS), "every guarded table has a row"
    return world


def live(world: World, folder: Path) -> None:
    """A message approved, one escalated to an exception, a failed try to tell, another to send, a look at a source that
    changed."""
    item = world.submit(drafts.email())
    world.decide(DANA, item, "approve")
    world.decide(DANA, world.submit(replace(drafts.email(), callback_url="")), "escalate")
    with world.session() as session:
        (due,) = callbacks.take_due(session, world.now)
        callbacks.report(session, due, world.now, status=500, says="try later", milliseconds=3)
        with writing(session):
            releases.log_attempt(session, session.get_one(Release, 1), "system:release", "later", "452 full", world.now)
    scorecards.own_all(world)
    scorecards.score(world, "workflow-boundary", 3)
    scorecards.colour_all(world)
    scorecards.answer(world, "cs-source", "Vitally")
    recorded_metrics.tell(world, world.item(item).onboarding_id or 0, "kickoff_held")
    recorded_metrics.against(world, "pilot", starts_on=world.now.date())
    standing_approvals.drawn(world, item)
    sampled_week.disputed(world)
    with world.session() as session:
        users.set_roles(session, DANA.id, ["csm", "manager"], SAM.id, world.now)
    packet = drafts.packet()
    looked = world.submit(packet)
    crm_changes.says_now(world, folder, packet, CloseDate="2026-03-12")
    crm_changes.look(world, PRIYA, looked)


def run(engine: Engine, *statements: str) -> None:
    """Do these statements in one transaction, and commit it."""
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
        connection.commit()


def refused(engine: Engine, *statements: str) -> str:
    """What the database says to these statements; fails the test when it does them."""
    with pytest.raises(DBAPIError) as raised:
        run(engine, *statements)
    return str(raised.value.orig)


def changes(dialect: str, table: str) -> list[str]:
    """Every way to change or take away what a table holds."""
    columns = Base.metadata.tables[table].columns
    key = ", ".join(column.name for column in columns if column.primary_key)
    other = next((column.name for column in columns if not column.primary_key), columns.keys()[-1])
    both = [
        f"UPDATE {table} SET {other} = {other}",
        f"DELETE FROM {table}",
        f"INSERT INTO {table} SELECT * FROM {table} WHERE true ON CONFLICT ({key}) DO UPDATE SET {other} = NULL",
        f"DROP TABLE {table}",
        f"ALTER TABLE {table} RENAME TO gone",
        f"ALTER TABLE {table} DROP COLUMN {other}",
    ]
    if dialect == "sqlite":
        return [
            *both,
            f"REPLACE INTO {table} SELECT * FROM {table}",
            f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1",
            f"UPDATE OR REPLACE {table} SET {other} = {other}",
            f"DROP TRIGGER {table}_no_update",
            f"CREATE TEMP TABLE {table} (x)",
            f"CREATE TEMP TRIGGER quiet BEFORE DELETE ON {table} BEGIN SELECT RAISE(IGNORE); END",
        ]
    return [
        *both,
        f"TRUNCATE {table}",
        f"TRUNCATE {table} CASCADE",
        f"DROP TRIGGER {table}_no_change ON {table}",
        f"ALTER TABLE {table} DISABLE TRIGGER ALL",
        f"ALTER TABLE {table} DISABLE TRIGGER {table}_no_change",
        f"CREATE RULE quiet AS ON DELETE TO {table} DO INSTEAD NOTHING",
        f"CREATE POLICY nothing ON {table}",
        f"MERGE INTO {table} USING (SELECT 1) AS one ON true WHEN MATCHED THEN DELETE",
        f"REINDEX TABLE {table}",
        f"CREATE TRIGGER quiet BEFORE DELETE ON {table} EXECUTE FUNCTION rq_append_only()",
    ]


def test_the_applications_role_changes_nothing(lived_in: World) -> None:
    """UPDATE, DELETE, REPLACE, UPSERT, TRUNCATE, DROP, DISABLE and their kin: each is refused, and nothing moves."""
    before = lived_in.everything()
    for table in KEYS:
        for statement in changes(lived_in.engine.dialect.name, table):
            assert refused(lived_in.engine, statement), statement
    assert lived_in.everything() == before


AROUND = {
    "sqlite": [
        "PRAGMA recursive_triggers = OFF",
        "PRAGMA writable_schema = ON",
        "PRAGMA ignore_check_constraints = ON",
        "PRAGMA foreign_keys = OFF",
        "PRAGMA journal_mode = OFF",
        "ATTACH DATABASE ':memory:' AS aside",
        "CREATE TABLE aside (x)",
        "CREATE TEMP VIEW log_entries AS SELECT 1",
        "DELETE FROM sqlite_master WHERE type = 'trigger'",
    ],
    "postgresql": [
        "SET session_replication_role = replica",
        "SET ROLE postgres",
        "SET SESSION AUTHORIZATION postgres",
        "DROP FUNCTION rq_append_only() CASCADE",
        "CREATE OR REPLACE FUNCTION rq_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
        "ALTER FUNCTION rq_append_only() RENAME TO gone",
        "CREATE TABLE aside (x int)",
        "DELETE FROM pg_trigger",
        "DROP SCHEMA public CASCADE",
        "ALTER TABLE log_entries OWNER TO current_user",
        "COPY log_entries TO PROGRAM 'cat'",
    ],
}


def test_there_is_no_way_around(lived_in: World) -> None:
    """Switching the guards off, writing beside them or becoming somebody else is refused as well."""
    for statement in AROUND[lived_in.engine.dialect.name]:
        assert refused(lived_in.engine, statement), statement


def an_entry(position: int) -> str:
    """An INSERT that puts a copy of the first log entry at a position."""
    return (
        f"INSERT INTO log_entries SELECT {position}, at, actor, act, lane, item_id, body, leaf "
        "FROM log_entries WHERE position = 1"
    )


def test_the_log_has_no_gaps(lived_in: World) -> None:
    """An entry goes to the next position or nowhere: not further on, not over another, not before the first."""
    last = lived_in.log()[-1].position
    for position in (last + 2, last + 100, last, 0, -1):
        assert refused(lived_in.engine, an_entry(position)), position


def test_the_next_position_is_open(lived_in: World) -> None:
    """The control: the same insert at the next position is let through by the database (verifying finds it)."""
    last = lived_in.log()[-1].position
    with lived_in.engine.begin() as connection:
        connection.execute(sa.text(an_entry(last + 1)))
    assert not lived_in.verify().holds


def test_the_owner_is_held_by_the_triggers(lived_in: World) -> None:
    """Also who owns the tables is refused as long as the triggers stand, on PostgreSQL also as a replica."""
    sqlite = lived_in.engine.dialect.name == "sqlite"
    with lived_in.owner() as engine:
        for table, keys in KEYS.items():
            key = keys[0].split(", ")[0]
            last = f"REPLACE INTO {table} SELECT * FROM {table}" if sqlite else f"TRUNCATE {table} CASCADE"
            for statement in (f"UPDATE {table} SET {key} = {key}", f"DELETE FROM {table}", last):
                assert table in refused(engine, statement), statement
                if not sqlite:
                    assert "append-only" in refused(engine, "SET session_replication_role = replica", statement)


def test_the_control_without_the_trigger_it_goes_through(lived_in: World) -> None:
    """The owner drops the guards, and the same statements are done: it was the guards that refused."""
    with lived_in.owner() as engine, engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        for table, keys in KEYS.items():
            key = keys[0].split(", ")[0]
            unguard(connection, table)
            assert connection.execute(sa.text(f"UPDATE {table} SET {key} = {key}")).rowcount >= 1
            if sqlite:
                connection.execute(sa.text(f"REPLACE INTO {table} SELECT * FROM {table}"))
        if not sqlite:
            for trigger in ("plants_no_truncate ON plants", "standings_no_truncate ON standings"):
                connection.execute(sa.text(f"DROP TRIGGER {trigger}"))
            connection.execute(sa.text(f"TRUNCATE {', '.join(KEYS)} CASCADE"))
        connection.rollback()


def unguard(connection: Connection, table: str) -> None:
    """Drop a table's triggers, as only the owner can."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"
        for name in connection.execute(sa.text(query), {"table": table}).scalars().all():
            connection.execute(sa.text(f"DROP TRIGGER {name}"))
    else:
        for name in ("no_change", "no_truncate"):
            connection.execute(sa.text(f"DROP TRIGGER {table}_{name} ON {table}"))


def decision(world: World, **changes: Any) -> None:
    """Write a decision straight into the table, without any verb, and take it back."""
    with world.engine.connect() as connection:
        table = Base.metadata.tables["decisions"]
        row = dict(connection.execute(sa.select(table)).mappings().first() or {})
        row.pop("id")
        connection.execute(table.insert(), {**row, **changes})
        connection.rollback()


# Reasons nobody can read.
UNREADABLE = {
    "nothing": "",
    "spaces": " " * 40,
    "line ends and tabs": "\n\t\r\n" * 10,
    "no-break spaces": "\u00a0" * 40,
    "wide spaces": "\u3000\u2003" * 20,
    "zero width": "\u200b\u200c\u200d\u2060\ufeff" * 8,
    "direction marks": "\u202e\u2066\u200f\u061c" * 10,
    "blank letters": "\u3164\u115f\u2800\uffa0" * 10,
    "tags": "\U000e0041\U000e0042" * 20,
    "selectors": "\ufe0f\ufe0e" * 20,
    "rare selectors": "\U000e0100\U000e01ef" * 20,
    "soft hyphens": "\u00ad" * 40,
    "controls": "\u0080\u009f\u001b\u0007" * 10,
    "annotations and notes": "\ufff9\ufffb\U0001d173\U0001bca0" * 10,
    "every character nobody sees": UNSEEN,
    "nine letters": "too short",
    "nine letters in a crowd": "\u200b" * 20 + "too short" + "\u3000" * 20,
}


@pytest.mark.parametrize("action", ["send_back", "escalate", "override", "reject"])
def test_the_database_refuses_a_decision_without_words(lived_in: World, action: str) -> None:
    """Direct SQL is no way round a reason either; and the control: with words the same row is taken."""
    passes = ["evidence.citation"] if action == "override" else []
    for text in UNREADABLE.values():
        with pytest.raises(DBAPIError, match="text_seen"):
            decision(lived_in, action=action, passes=passes, text=text)
    decision(lived_in, action=action, passes=passes, text="The customer asked us to wait.")


@pytest.mark.parametrize("action", ["approve", "edit", "send_back", "escalate", "override", "reject"])
def test_the_database_refuses_a_decision_without_a_code(lived_in: World, action: str) -> None:
    """Every decision has a reason code, also one that needs no words."""
    passes = ["evidence.citation"] if action == "override" else []
    for code in ("", " ", "\u200b", "\u3164\u3164"):
        with pytest.raises(DBAPIError, match="reason_code_seen"):
            decision(lived_in, action=action, passes=passes, reason_code=code, text="The customer asked us to wait.")


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"action": "pass"}, "action_known"),
        ({"action": "override"}, "override_names_checks"),
        ({"action": "approve", "passes": ["evidence.citation"]}, "override_names_checks"),
    ],
)
def test_the_database_keeps_override_and_approve_apart(lived_in: World, wrong: dict[str, Any], name: str) -> None:
    """An override names what it overrides, and nothing else does; there are six acts and no seventh."""
    with pytest.raises(DBAPIError, match=name):
        decision(lived_in, text="The customer asked us to wait.", **wrong)
    decision(lived_in)


def test_the_database_knows_the_states(lived_in: World) -> None:
    """An item is in one of the states of the contract or the write is refused."""
    for state in ("", "done", "APPROVED"):
        with lived_in.engine.connect() as connection, pytest.raises(DBAPIError, match="state_known"):
            connection.execute(sa.text("UPDATE items SET state = :state"), {"state": state})

"""Prepared statements: what they take and give is what the library takes and gives, on both engines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import bindparam, exc, insert, select, text, update

from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_rows
from reviewqueue.db.statements import Prepared
from reviewqueue.db.tables.items import Check, Item
from tests import drafts
from tests.support.executed_statements import hearing
from tests.world import World

SAID = Prepared(select(Item.id, Item.state, Item.opened_at.label("since")).where(Item.id == bindparam("item")))
OPEN = Prepared(select(Item.id).where(Item.state != "approved", Item.lane == bindparam("lane")))
SETTLE = Prepared(update(Item).where(Item.id == bindparam("item")).values(settled_at=bindparam("at")))
WORDS = Prepared(text("SELECT length(:word) AS one, length(:word) AS again, length(:other) AS other"))


def test_a_row_is_what_the_library_makes_of_it(world: World) -> None:
    """Named as in the statement, moments with their zone."""
    item = world.submit(drafts.email())
    with world.session() as session:
        row = SAID.row(session, {"item": item})
        whole = session.get_one(Item, item)
    assert (row.id, row.state, row.since) == (item, "pending", whole.opened_at)
    assert row.since.tzinfo is UTC


def test_where_there_is_none_it_gives_none(world: World) -> None:
    """No row, no first column."""
    with world.session() as session:
        assert SAID.row(session, {"item": 999}) is None
        assert SAID.scalar(session, {"item": 999}) is None
        assert SAID.rows(session, {"item": 999}) == []


def test_a_moment_is_kept_in_utc_and_without_a_zone_refused(world: World) -> None:
    """As with the library's own road."""
    item = world.submit(drafts.email())
    berlin = timezone(timedelta(hours=1))
    with world.session() as session, writing(session):
        SETTLE.run(session, {"item": item, "at": datetime(2026, 3, 2, 9, tzinfo=berlin)})
    with world.session() as session:
        assert session.get_one(Item, item).settled_at == datetime(2026, 3, 2, 8, tzinfo=UTC)
    with world.session() as session, pytest.raises(ValueError, match="zone"), writing(session):
        SETTLE.run(session, {"item": item, "at": datetime(2026, 3, 2)})


def test_a_word_that_stands_in_the_statement_needs_no_value(world: World) -> None:
    """What was bound when it was written down stays bound; one name may stand in several places."""
    item = world.submit(drafts.email())
    with world.session() as session:
        assert OPEN.scalar(session, {"lane": drafts.LANE}) == item
        WORDS.run(session, {"word": "abc", "other": "a"})


def test_a_list_is_refused(world: World) -> None:
    """It would be other words for each length."""
    listed = Prepared(select(Item.id).where(Item.state.in_(["approved", "rejected"])))
    with world.session() as session, pytest.raises(ValueError, match="list"):
        listed.rows(session, {})


def test_a_value_that_is_missing_is_a_mistake_at_once(world: World) -> None:
    """Never a NULL that nobody meant."""
    with world.session() as session, pytest.raises(KeyError, match="item"):
        SAID.row(session, {})


def test_what_a_row_leaves_out_is_the_tables_default(world: World) -> None:
    """One row or several; the table's own defaults, not the engine's NULL."""
    item = world.submit(drafts.email())
    row: dict[str, Any] = {"revision_id": item, "outcome": "pass", "blocking": False, "message": "fine"}
    row |= {"confidence": None}
    with world.session() as session, writing(session):
        insert_rows(session, Check, [{**row, "key": "one"}, {**row, "key": "two"}])
    with world.session() as session:
        kept = session.scalars(select(Check).where(Check.key.in_(("one", "two")))).all()
        assert [(check.version, check.at, check.origin) for check in kept] == [(1, "", ""), (1, "", "")]


def test_a_fault_is_the_librarys_and_tells_no_value(world: World) -> None:
    """What the database refuses is raised as everywhere else, and a traceback holds nothing that was bound."""
    broken = Prepared(insert(Check), ["revision_id", "key", "message"])
    with world.session() as session, pytest.raises(exc.IntegrityError) as raised, writing(session):
        broken.run(session, {"revision_id": 999, "key": "one", "message": "the customer's own secret"})
    assert "[parameters" not in str(raised.value)
    assert raised.value.hide_parameters


@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_a_connection_that_the_server_cut_is_given_up(world: World) -> None:
    """It fails as the library has it fail, once; the next read has another connection."""
    item = world.submit(drafts.email())
    with world.session() as session:
        mine = session.scalar(text("SELECT pg_backend_pid()"))
        with world.owner() as owner, owner.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:mine)"), {"mine": mine})
        with pytest.raises(exc.OperationalError) as raised:
            SAID.row(session, {"item": item})
        assert raised.value.connection_invalidated
        session.rollback()
        assert SAID.scalar(session, {"item": item}) == item


def test_both_roads_are_heard(world: World) -> None:
    """The tests that count statements hear these and the library's alike."""
    with world.session() as session, hearing(world.engine) as said:
        SAID.row(session, {"item": 1})
        session.scalar(select(Item.id))
    assert len(said) == 2

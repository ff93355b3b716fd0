"""Rows: what is read by a prepared statement and taken in hand is the session's own, as if the library had loaded it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from reviewqueue.db.database import writing
from reviewqueue.db.rows import attach, split_row
from reviewqueue.db.statements import Prepared
from reviewqueue.db.tables.items import Decision, Item, Revision
from tests import drafts
from tests.cast import DANA
from tests.world import World

BOTH = Prepared(
    select(Item.__table__, Revision.__table__, Decision.__table__, Item.title.label("last"))
    .join(Revision, Revision.item_id == Item.id)
    .outerjoin(Decision, Decision.revision_id == Revision.id)
    .where(Item.id == bindparam("item"))
)


def read(session: Session, item: int) -> list[Any]:
    return split_row(BOTH.row(session, {"item": item}), Item, Revision, Decision)


def test_a_joined_row_is_cut_into_what_each_table_holds(world: World) -> None:
    """Every column with its value; None for the table in which the join found nothing."""
    item = world.submit(drafts.email())
    with world.session() as session:
        of_item, of_revision, of_decision = read(session, item)
        for plain, entity in ((of_item, Item), (of_revision, Revision)):
            whole = session.get_one(entity, plain.id)
            assert plain._asdict() == {one.key: getattr(whole, one.key) for one in entity.__mapper__.column_attrs}
        assert of_decision is None
    world.decide(DANA, item, "reject", reason_code="duplicate", text="Rosa has this mail already.")
    with world.session() as session:
        assert read(session, item)[2].action == "reject"


def test_what_is_held_is_the_sessions_own(world: World) -> None:
    """The same object as by the library's road, whichever was first; what is changed in it is written."""
    item = world.submit(drafts.email())
    with world.session() as session, writing(session):
        held = attach(session, Item, read(session, item)[0])
        assert session.get(Item, item) is held
        assert attach(session, Item, read(session, item)[0]) is held
        held.why = "Changed in hand"
    with world.session() as session:
        loaded = session.get_one(Item, item)
        assert loaded.why == "Changed in hand"
        assert attach(session, Item, read(session, item)[0]) is loaded


def test_what_the_session_has_is_brought_up_to_date(world: World) -> None:
    """What was loaded before another wrote shows what was read just now."""
    item = world.submit(drafts.email())
    with world.session() as session:
        loaded = session.get_one(Item, item)
        session.commit()
        world.decide(DANA, item, "reject", reason_code="duplicate", text="Rosa has this mail already.")
        assert loaded.state == "pending"
        assert attach(session, Item, read(session, item)[0]).state == loaded.state == "rejected"
        assert not session.dirty


def test_a_change_that_is_not_written_yet_is_never_lost(world: World) -> None:
    """It is refused aloud: what was read does not know it."""
    item = world.submit(drafts.email())
    with world.session() as session, pytest.raises(RuntimeError, match=f"Item {item} holds a change"), writing(session):
        session.get_one(Item, item).why = "Changed in hand"
        attach(session, Item, read(session, item)[0])

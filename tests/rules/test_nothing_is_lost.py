"""Rule 15: a process killed at any moment of a decision leaves all of it or none of it, and the next one can be made."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.core.errors import DomainError
from reviewqueue.db import database
from reviewqueue.db.tables.items import Item
from reviewqueue.items import callback_outbox
from reviewqueue.review import decisions
from tests import drafts
from tests.cast import DANA, MARCUS
from tests.support import concurrency
from tests.support.databases import Place
from tests.support.executed_statements import after_each
from tests.world import World

FOR_LIFE = ExitStack()  # what a process listens to until it dies


def die() -> None:
    """End this process as a power cut ends it."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_after_statement(engine: Engine, number: int) -> None:
    """Die right after the database has done the statement of that number."""
    done: list[str] = []

    def count(statement: str, _bound: Any) -> None:
        if statement.lstrip().upper().startswith(("INSERT", "UPDATE")):
            done.append(statement)
            if len(done) == number:
                die()

    FOR_LIFE.enter_context(after_each(engine, count))


def die_before_commit(engine: Engine, _number: int) -> None:
    """Die when everything is written, and nothing is committed."""
    event.listen(engine, "commit", lambda _: die())


def die_after_commit(engine: Engine, _number: int) -> None:
    """Die when it is committed, before anybody was told."""
    event.listen(Session, "after_commit", lambda _: die())
    assert engine


MOMENTS: dict[str, Callable[[Engine, int], None]] = {
    "after statement": die_after_statement,
    "before commit": die_before_commit,
    "after commit": die_after_commit,
}


def decide_and_die(_answers: Any, url: str, owner_url: str, item: int, moment: str, number: int) -> None:
    """Approve the item in this process, and die at that moment."""
    world = World(Place(url, owner_url), database.connect(url))
    seen = world.seen(item)
    MOMENTS[moment](world.engine, number)
    with world.session() as session:
        decisions.decide(session, DANA.id, item, world.ask("approve"), seen, world.now)


def killed(world: World, item: int, moment: str, number: int = 0) -> bool:
    """Whether a process that decides was killed at that moment; False when it came through."""
    place = world.place
    return concurrency.alone(decide_and_die, place.url, place.owner_url, item, moment, number) == -signal.SIGKILL


def state_of(world: World, item: int) -> tuple[str, int, int, int]:
    """The item's state, and how many decisions, entries and messages there are of it."""
    entries = [entry.act for entry in world.log(item)].count("item.approve")
    return world.item(item).state, len(world.decisions(item)), entries, len(world.outbox(item))


NONE, ALL = ("pending", 0, 0, 0), ("approved", 1, 1, 1)


def test_killed_at_each_statement_nothing_is_left(world: World) -> None:
    """After the first, the second, … write of a decision: none of it is there, and another person decides."""
    number = 0
    while True:
        number += 1
        item = world.submit(drafts.email())
        if not killed(world, item, "after statement", number):
            break
        assert state_of(world, item) == NONE, f"after statement {number}"
        assert world.verify().holds
    assert number > 4, "the control: a decision has several writes"
    assert state_of(world, item) == ALL, "the control: it came through when nobody killed it"
    assert world.decide(MARCUS, world.submit(drafts.email()), "approve").state == "approved"


@pytest.mark.parametrize(("moment", "left"), [("before commit", NONE), ("after commit", ALL)])
def test_killed_around_the_commit(world: World, moment: str, left: tuple[str, int, int, int]) -> None:
    """A moment before it: nothing. A moment after: all of it, though nobody was told."""
    item = world.submit(drafts.email())
    assert killed(world, item, moment)
    assert state_of(world, item) == left
    assert world.verify().holds
    if left == NONE:
        assert world.decide(MARCUS, item, "approve").state == "approved"
    else:
        with pytest.raises(DomainError, match="approved by Dana Whitfield"):
            world.decide(MARCUS, item, "approve")


@pytest.mark.parametrize(("room", "name"), [(callback_outbox, "enqueue"), (override_log, "append")])
def test_a_step_that_fails_takes_all_with_it(
    world: World, monkeypatch: pytest.MonkeyPatch, room: Any, name: str
) -> None:
    """An error in putting out the message or in the log: not one row has changed, and it can be decided again."""
    item = world.submit(drafts.email())
    before = world.everything()

    def fail(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(room, name, fail)
        with pytest.raises(ZeroDivisionError):
            world.decide(DANA, item, "approve")
    assert world.everything() == before
    assert world.decide(DANA, item, "approve").state == "approved"
    assert state_of(world, item) == ALL


def test_the_control_without_one_transaction_half_is_left(world: World) -> None:
    """The same act written in two transactions, killed in between: a state without its decision."""
    item = world.submit(drafts.email())
    with world.session() as session, database.writing(session):
        session.get_one(Item, item).state = "approved"
    assert state_of(world, item) not in (NONE, ALL)

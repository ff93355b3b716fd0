"""Positions: next and previous reach every item of a list, once and in its order; and how many there are is told honestly."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from reviewqueue.db.database import writing
from reviewqueue.db.tables.items import Item
from reviewqueue.items import decidable, leases, queue_positions, queue_ranges, queues
from reviewqueue.items.queue_positions import Count, Position, QueueList, Start, Step
from reviewqueue.items.queue_ranges import QueueFilters
from reviewqueue.people import actors
from reviewqueue.policy import policy_versions
from tests import drafts
from tests.cast import AIKO, DANA, INES, LENA, MARCUS, NOOR, TOM, Named
from tests.items.test_queues import HOUR, given_to, put
from tests.world import World


def listed(world: World, session: Any, person: Named, **said: Any) -> QueueList:
    """A list as a person has it."""
    return QueueList(
        session,
        policy_versions.current(session),
        actors.load_actor(session, person.id, world.now),
        QueueFilters(**said),
        world.now,
    )


def step(world: World, person: Named, at: Start | None, beside: int, *, back: bool = False, **said: Any) -> Step:
    """One step in a list."""
    with world.session() as session:
        return listed(world, session, person, **said).step(at, beside, back=back)


def walk(world: World, person: Named, *, back: bool = False, start: Step | None = None, **said: Any) -> list[int]:
    """Every item of a list, pressed through one after the other from the front, or back from a step."""
    found, at = [], start or Step()
    while len(found) < 50:
        place = queue_positions.read(at.at, at.item_id) if at.item_id else None
        at = step(world, person, place, at.item_id or 0, back=back, **said)
        if at.item_id is None:
            return found
        found.append(at.item_id)
    raise AssertionError("it goes round in circles")


def position(world: World, person: Named, item: int, at: str = "", **said: Any) -> Position:
    """Where an item stands."""
    with world.session() as session:
        row = session.get_one(Item, item)
        place = queue_positions.read(at, item) or queue_positions.start(row, QueueFilters(**said), by_name=False)
        assert place is not None
        return listed(world, session, person, **said).position(place, item)


@pytest.fixture
def thirteen(world: World) -> list[int]:
    """Thirteen e-mails of customers that begin alike, many due at one moment, and others between."""
    rows: list[dict[str, Any]] = []
    for number in range(13):
        rows.append({"customer": f"Anchor {number}", "due_at": world.now + HOUR * (number // 3)})
        rows.append({"customer": "Birch & Co", "due_at": world.now + HOUR * (number // 3)})
    return put(world, *rows)[::2]


@pytest.mark.parametrize("view", ["mine", "open"])
def test_a_filtered_list_is_walked_to_its_end_and_back(world: World, thirteen: list[int], view: str) -> None:
    assert walk(world, DANA, view=view, customer="anchor") == thirteen
    last = Step(thirteen[-1], queue_positions.Start(False, (world.now + HOUR * 4, thirteen[-1])).at)
    assert walk(world, DANA, view=view, customer="anchor", back=True, start=last) == thirteen[-2::-1]
    for number, item in enumerate(thirteen, start=1):
        assert position(world, DANA, item, view=view, customer="anchor") == Position(number, Count(13)), item


def test_decided_items_are_walked_newest_first(world: World) -> None:
    rows = [{"state": "approved", "settled_at": world.now - timedelta(minutes=number // 2)} for number in range(5)]
    made = put(world, *rows)
    wanted = [made[1], made[0], made[3], made[2], made[4]]
    assert walk(world, AIKO, view="decided") == wanted
    assert [position(world, AIKO, one, view="decided").number for one in wanted] == [1, 2, 3, 4, 5]


def test_what_waits_by_name_comes_first_and_each_once(world: World) -> None:
    made = put(world, *({"due_at": world.now + HOUR * number} for number in range(5)))
    for item in (made[3], made[1]):
        given_to(world, item, DANA)
    wanted = [made[1], made[3], made[0], made[2], made[4]]
    assert walk(world, DANA) == wanted
    assert [position(world, DANA, one).number for one in wanted] == [1, 2, 3, 4, 5]
    last = Step(made[4], Start(False, (world.now + HOUR * 4, made[4])).at)
    assert walk(world, DANA, back=True, start=last) == wanted[-2::-1]
    assert walk(world, AIKO, view="open", whom=DANA.id) == [made[1], made[3]]
    assert position(world, AIKO, made[3], view="open", whom=DANA.id) == Position(2, Count(2))


def test_mine_is_walked_past_what_i_cannot_decide(world: World) -> None:
    kept = [world.submit(drafts.email(), world.now + timedelta(minutes=number)) for number in range(4)]
    world.submit(drafts.with_check(drafts.email(), "automation.tone"))
    with world.session() as session:
        leases.take(session, MARCUS.id, kept[1], world.now)
    assert walk(world, DANA) == [kept[0], *kept[2:]]
    assert position(world, DANA, kept[2]) == Position(2, Count(3))
    assert position(world, DANA, kept[1]).number is None, "Marcus has it"


def test_one_goes_on_from_where_an_item_stood(world: World, thirteen: list[int]) -> None:
    """Somebody decided it, or the clock took it further: the place in the address is still the place."""
    place = Start(False, (world.now + HOUR, thirteen[4]))
    with world.session() as session, writing(session):
        session.execute(update(Item).where(Item.id == thirteen[4]).values(state="approved", settled_at=world.now))
    assert step(world, DANA, place, thirteen[4], customer="anchor").item_id == thirteen[5]
    assert step(world, DANA, place, thirteen[4], customer="anchor", back=True).item_id == thirteen[3]
    for view in ("mine", "open"):
        found = position(world, DANA, thirteen[4], place.at, view=view, customer="anchor")
        assert found == Position(None, Count(12)), view
    with world.session() as session, writing(session):
        session.execute(update(Item).where(Item.id == thirteen[5]).values(due_at=world.now + HOUR * 99))
    place = Start(False, (world.now + HOUR, thirteen[5]))
    assert step(world, DANA, place, thirteen[5], customer="anchor").item_id == thirteen[6]


@pytest.mark.parametrize("at", ["", "yesterday", "~", "name~", "2026-03-02' OR 1=1", "9" * 64, "2026-03-02T15:00:00~1"])
def test_a_place_that_is_none_is_none(at: str) -> None:
    assert queue_positions.read(at, 7) is None


def test_no_step_leads_to_what_one_may_not_see(world: World, thirteen: list[int]) -> None:
    """Whatever view, filters and place somebody writes into the address."""
    place = Start(False, (world.now - HOUR, 0))
    for person in (NOOR, LENA, INES):
        for view in queue_ranges.VIEWS:
            for whom in (0, DANA.id):
                assert step(world, person, place, 0, view=view, whom=whom, customer="anchor").item_id is None
    assert step(world, TOM, place, 0, view="open").item_id == thirteen[0], "the control"


def test_counting_stops_and_says_so(world: World, thirteen: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """The list goes on, the number of what was counted is told with a plus, and a place beyond it without a number."""
    monkeypatch.setattr(queue_positions, "LIST_COUNT_LIMIT", 5)
    monkeypatch.setattr(queue_positions, "VIEW_COUNT_LIMIT", 5)
    for view in ("open", "mine"):
        found = [position(world, DANA, one, view=view, customer="anchor") for one in (thirteen[4], thirteen[8])]
        assert found == [Position(5, Count(5, True)), Position(0, Count(5, True))], view
        assert walk(world, DANA, view=view, customer="anchor") == thirteen


def test_looking_for_the_next_stops_too_and_says_where(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decidable, "MAX_EVALUATED", 3)
    failing = [world.submit(drafts.with_check(drafts.email(), "automation.tone")) for _ in range(4)]
    fine = world.submit(drafts.email(), world.now + timedelta(minutes=1))
    found = step(world, DANA, None, 0)
    assert (found.item_id, found.resume_cursor.rpartition("~")[2]) == (None, str(failing[2]))
    with world.session() as session:
        actor = actors.load_actor(session, DANA.id, world.now)
        page = queues.page(
            session, policy_versions.current(session), actor, QueueFilters(after=found.resume_cursor), world.now
        )
    assert [item.id for item, _ in page.rows] == [fine]


def test_what_is_given_to_me_and_not_mine_to_decide_is_walked_past(world: World) -> None:
    """By name or not; and from the front, the item that one stands on is not the next one."""
    failing = world.submit(drafts.with_check(drafts.email(), "automation.tone"))
    first, fine = (world.submit(drafts.email(), world.now + timedelta(minutes=number)) for number in (1, 2))
    for item in (failing, first, fine):
        given_to(world, item, DANA)
    assert walk(world, DANA) == [first, fine]
    assert position(world, DANA, fine) == Position(2, Count(2))
    assert step(world, DANA, None, first).item_id == fine

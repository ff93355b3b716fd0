"""The clock: what nobody decided in time goes to the next named person, once; nothing is ever approved by time."""

from __future__ import annotations

import json
import os
import signal
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from reviewqueue import worker
from reviewqueue.core.errors import Conflict
from reviewqueue.core.settings import Settings
from reviewqueue.db import database
from reviewqueue.db.tables.base import moment
from reviewqueue.db.tables.items import Decision, Item
from reviewqueue.items import leases, pauses, sla
from reviewqueue.people import users
from reviewqueue.policy import policy_versions
from tests import drafts, northbeam
from tests.cast import DANA, HELEN, MARCUS, SAM, TOM
from tests.support import concurrency
from tests.world import World

SECOND = timedelta(seconds=1)
FOUR_HOURS = timedelta(hours=4)  # what the gate of customer e-mails gives; the world's Monday has eight left


def tick(world: World, now: datetime, at_most: int = 50) -> int:
    """The clock looks once."""
    with world.session() as session:
        return sla.tick(session, now, at_most)


def entries(world: World, item: int, act: str = "item.overdue") -> list[dict[str, Any]]:
    """The facts of what the clock wrote down about an item."""
    return [json.loads(entry.body)["facts"] for entry in world.log(item) if entry.act == act]


def risk(world: World) -> int:
    """A risk summary: its gate escalates to a CS leader, then a manager."""
    email = drafts.email()
    return world.submit(replace(email, drafted=replace(email.drafted, kind="risk_summary")))


@pytest.fixture
def item(world: World) -> int:
    """A customer e-mail, due in four business hours."""
    return world.submit(drafts.email())


def test_not_a_moment_early(world: World, item: int) -> None:
    due_at = world.item(item).due_at
    assert due_at == world.now + FOUR_HOURS
    before = world.everything()
    assert tick(world, due_at - SECOND / 1_000_000) == 0
    assert world.everything() == before
    assert tick(world, due_at) == 1


def test_due_times_go_by_the_holidays_closing_days_and_half_hours_of_the_calendar(world: World) -> None:
    """From the file to the item: the world's Monday is a closing day, and Tuesday opens at half past eight."""
    files = northbeam.files()
    name, old = "organisation.toml", 'opens = 9\ncloses = 18\nholidays = "US"'
    assert old in files[name]
    files[name] = files[name].replace(old, 'opens = "08:30"\ncloses = 18\nholidays = "US-MA"\nclosed = ["2026-03-02"]')
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)
    due_at = world.item(world.submit(drafts.email())).due_at
    assert due_at.astimezone(ZoneInfo("America/New_York")) == datetime(
        2026, 3, 3, 12, 30, tzinfo=ZoneInfo("America/New_York")
    )
    patriots_day = datetime(2026, 4, 20, 13, 0, tzinfo=ZoneInfo("America/New_York"))
    due_at = world.item(world.submit(drafts.email(), patriots_day)).due_at
    assert due_at.astimezone(patriots_day.tzinfo).isoformat() == "2026-04-21T12:30:00-04:00"


def test_it_goes_to_a_named_person_with_a_due_time_of_their_own(world: World, item: int) -> None:
    due_at, at = world.item(item).due_at, world.now + FOUR_HOURS + timedelta(minutes=5)
    assert tick(world, at) == 1
    row = world.item(item)
    assert (row.state, row.assignee_id, row.overdue_at) == ("escalated", HELEN.id, at)
    assert row.due_at == at + FOUR_HOURS - timedelta(minutes=5) + timedelta(hours=15, minutes=5), "9:05 on Tuesday"
    assert row.why == (
        "It was escalated: nobody at Customer communication decided by Mon 02 Mar 19:00 UTC "
        "(gates/customer-communication.toml:8)"
    )
    entry = world.log(item)[-1]
    assert (entry.actor, entry.act) == ("system:sla", "item.overdue")
    assert entries(world, item) == [
        {
            "due": moment(due_at),
            "was": "pending",
            "state": "escalated",
            "to": HELEN.actor,
            "next_due": moment(row.due_at),
            "rule": "gates/customer-communication.toml:8",
        }
    ]


def test_once_for_each_due_time(world: World, item: int) -> None:
    at = world.item(item).due_at
    assert [tick(world, at + SECOND * number) for number in range(5)] == [1, 0, 0, 0, 0]
    assert len(entries(world, item)) == 1


def test_it_goes_further_up_until_nobody_is_left_and_then_says_so(world: World) -> None:
    """CS leader, then manager, then it stays where it is, marked and logged once, for an admin to see."""
    item, went = risk(world), []
    for _ in range(5):
        tick(world, world.item(item).due_at + SECOND)
        went.append((world.item(item).assignee_id, sla.stuck(world.item(item))))
    assert went == [(HELEN.id, False), (TOM.id, False), (TOM.id, True), (TOM.id, True), (TOM.id, True)]
    assert [told["to"] for told in entries(world, item)] == [HELEN.actor, TOM.actor, None]
    assert world.item(item).state == "escalated"
    assert tick(world, world.now + timedelta(days=400)) == 0
    assert world.verify().holds


def test_nobody_at_all_leaves_it_with_those_who_decide_it(world: World, item: int) -> None:
    """It stays pending: its reviewers may still decide it."""
    with world.session() as session:
        users.disable(session, HELEN.id, SAM.id, world.now)
    assert tick(world, world.item(item).due_at) == 1
    row = world.item(item)
    assert (row.state, row.assignee_id, sla.stuck(row)) == ("pending", None, True)
    assert [told["to"] for told in entries(world, item)] == [None]
    assert tick(world, world.item(item).due_at + timedelta(days=9)) == 0
    assert world.decide(DANA, item, "approve").state == "approved"


def test_who_made_it_is_not_who_it_goes_to(world: World) -> None:
    """Helen edited it: it goes to the manager, who did not."""
    item = risk(world)
    world.decide(HELEN, item, "edit", draft={**world.draft(item), "subject": "Renewal at risk"})
    tick(world, world.item(item).due_at)
    assert world.item(item).assignee_id == TOM.id


def test_who_is_away_is_stood_in_for(world: World, item: int) -> None:
    with world.session() as session:
        users.set_absence(session, HELEN.id, TOM.id, world.now, world.now + timedelta(days=3), world.now)
    tick(world, world.item(item).due_at)
    assert world.item(item).assignee_id == TOM.id
    assert world.decide(TOM, item, "approve", now=world.now + FOUR_HOURS).state == "approved"


def test_the_reviewers_lease_does_not_keep_it_back(world: World, item: int) -> None:
    """Whoever had it taken is told that it was escalated, and nothing of theirs is recorded."""
    seen, at = world.seen(item), world.now + FOUR_HOURS
    with world.session() as session:
        leases.take(session, DANA.id, item, at - SECOND)
    tick(world, at)
    assert (world.item(item).lease_holder_id, world.item(item).lease_until) == (None, None)
    with pytest.raises(Exception, match="cs leader"):
        world.decide(DANA, item, "approve", seen=seen, now=at)
    assert world.decisions(item) == []


@pytest.mark.parametrize("action", ["approve", "reject", "send_back"])
def test_what_does_not_wait_for_a_reviewer_is_left_alone(world: World, item: int, action: str) -> None:
    """Decided items are decided, and what was sent back waits for its author."""
    world.decide(DANA, item, action)
    before = world.everything()
    assert tick(world, world.now + timedelta(days=30)) == 0
    assert world.everything() == before


def test_nothing_is_ever_approved_by_time(world: World, item: int) -> None:
    """Two years of the clock over every kind of waiting: no decision comes of it, and nothing goes out."""
    items = [item, risk(world), world.submit(drafts.packet()), world.submit(drafts.plan())]
    for weeks in range(0, 104, 4):
        tick(world, world.now + timedelta(weeks=weeks))
    assert {world.item(one).state for one in items} == {"escalated"}
    assert world.count(Decision) == 0
    assert [message for one in items for message in world.outbox(one)] == []
    assert {entry.actor for entry in world.log() if entry.act == "item.overdue"} == {"system:sla"}


def test_a_decision_that_came_first_stands(world: World, item: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between looking and acting somebody decides: the clock reads again under the lock and lets it be."""
    due_at, whole = world.item(item).due_at, sla.escalate_overdue

    def slow(session: Any, item_id: int, now: datetime) -> bool:
        world.decide(DANA, item_id, "approve", now=now)
        return whole(session, item_id, now)

    monkeypatch.setattr(sla, "escalate_overdue", slow)
    tick(world, due_at)
    assert world.item(item).state == "approved"
    assert entries(world, item) == []


@pytest.mark.parametrize("left", [True, False])
def test_of_two_clocks_that_looked_at_once_one_acts(world: World, item: int, left: bool) -> None:
    """Both saw it overdue: the second reads again under the lock, and finds it done, whether or not anybody was left."""
    at = world.item(item).due_at
    with world.session() as session:
        if not left:
            users.disable(session, HELEN.id, SAM.id, world.now)
        assert [sla.escalate_overdue(session, item, at) for _ in range(2)] == [True, False]
    assert len(entries(world, item)) == 1


@pytest.mark.usefixtures("ending")
def test_what_was_paused_between_looking_and_acting_is_let_be(world: World) -> None:
    item = world.submit(drafts.email())
    with world.session() as session:
        pauses.pause(session, DANA.id, item, "waiting_for_sales", "Lena asks for a start date.", world.now)
        before, later = world.everything(), world.now + timedelta(days=9)
        assert not sla.escalate_overdue(session, item, later)
        assert not sla.expire(session, item, later)
    assert world.everything() == before


def test_the_oldest_come_first_and_no_more_than_asked(world: World) -> None:
    items = [world.submit(drafts.email(), world.now + SECOND * number) for number in (3, 1, 2)]
    assert tick(world, world.now + timedelta(days=1), at_most=2) == 2
    assert [world.item(one).state for one in items] == ["pending", "escalated", "escalated"]


def test_one_that_cannot_be_acted_on_holds_no_other_up(
    world: World, item: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    other, whole = world.submit(drafts.email()), sla._next_person

    def broken(session: Any, found: Any, now: datetime) -> int | None:
        if found.item.id == item:
            raise ValueError("calendar 'moon' has no business hours in ten years")
        return whole(session, found, now)

    monkeypatch.setattr(sla, "_next_person", broken)
    assert tick(world, world.item(item).due_at) == 1
    assert (world.item(item).state, world.item(other).state) == ("pending", "escalated")
    assert world.item(item).overdue_at is None, "all of it or nothing"
    assert "event=clock.trouble error=ValueError says=\"calendar 'moon'" in capfd.readouterr().err


def test_a_draft_that_comes_back_starts_clean(world: World, item: int) -> None:
    """Sent back by whom it was escalated to: the new draft waits for its gate's reviewers, with a clock of its own."""
    tick(world, world.item(item).due_at)
    later = world.now + timedelta(days=2)
    world.decide(HELEN, item, "send_back", now=later)
    world.decide(HELEN, item, "edit", draft={**world.draft(item), "subject": "Again"}, now=later)
    row = world.item(item)
    assert (row.state, row.overdue_at, row.assignee_id) == ("pending", None, None)
    assert row.due_at > later
    assert tick(world, row.due_at) == 1


@pytest.fixture
def ending(world: World) -> None:
    """Customer e-mails end by themselves six business hours after they were opened."""
    files = northbeam.files()
    gate = "gates/customer-communication.toml"
    files[gate] = files[gate].replace("sla_hours = 4", "sla_hours = 4\nexpires_after_hours = 6")
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)


@pytest.mark.usefixtures("ending")
@pytest.mark.parametrize("first", ["", "escalate", "send_back"])
def test_what_the_gate_lets_expire_expires(world: World, first: str) -> None:
    """Whatever open state it is in: settled without a decision, logged with its rule, and its automation is told."""
    item = world.submit(drafts.email())
    if first:
        world.decide(DANA, item, first)
    ends = world.now + timedelta(hours=6)
    assert world.item(item).expires_at == ends
    assert tick(world, ends - SECOND) == (first != "send_back")  # overdue by then, and not at its end
    was = world.item(item).state
    assert tick(world, ends) == 1
    row = world.item(item)
    assert (row.state, row.settled_at, row.settled_by_id) == ("expired", ends, None)
    assert world.log(item)[-1].actor == "system:sla"
    assert entries(world, item, "item.expire") == [
        {"expires": moment(ends), "was": was, "rule": "gates/customer-communication.toml:9"}
    ]
    told = json.loads(world.outbox(item)[-1].body)
    assert (told["type"], told["data"]["state"], told["data"]["decision"]) == ("item.decided", "expired", None)
    assert tick(world, ends + timedelta(days=9)) == 0
    with pytest.raises(Conflict, match="expired"):
        world.decide(DANA, item, "reject")


@pytest.mark.usefixtures("ending")
def test_what_was_approved_does_not_expire(world: World) -> None:
    item = world.submit(drafts.email())
    world.decide(MARCUS, item, "approve")
    assert tick(world, world.now + timedelta(days=9)) == 0
    assert world.item(item).state == "approved"


def test_without_a_word_of_the_gate_nothing_expires(world: World, item: int) -> None:
    assert world.item(item).expires_at is None


def work_slowly(_answers: Any, environment: dict[str, str]) -> None:
    """Be a worker whose clock takes its time in the middle of each act, between the mark and the log entry."""
    os.environ.update(environment)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    whole = sla._escalate_to

    def slow(*given: Any) -> None:
        sleep(0.1)
        whole(*given)
        sleep(0.1)

    sla._escalate_to = slow
    worker.CLOCK_INTERVAL = 0.05
    worker.run(Settings(), threading.Event())


def test_killed_in_mid_act_it_leaves_all_or_nothing(world: World, tmp_path: Path) -> None:
    """A worker's process is killed again and again while its clock acts; the next one goes on, and each item has been
    escalated once in the end, marked, named and logged together."""
    items = [world.submit(drafts.email()) for _ in range(16)]
    environment = {
        "DATABASE_URL": world.url, "REVIEWQUEUE_DATA": str(tmp_path),
        "REVIEWQUEUE_SECRET_KEY": "0123456789abcdefghijklmnopqrstuv",
    }  # fmt: skip

    def gone() -> list[int]:
        with world.session() as session:
            return list(session.scalars(select(Item.id).where(Item.id.in_(items), Item.overdue_at.is_not(None))))

    for kill in (2, 5, 8, None):
        process = concurrency.start(work_slowly, environment)
        end = monotonic() + 60
        while len(gone()) < (kill or len(items)):
            assert monotonic() < end, "the clock never came that far"
            sleep(0.03)
        process.kill()
        process.join(60)
        assert process.exitcode == -signal.SIGKILL
        process.close()
        for one in items:
            row = world.item(one)
            whole = ("escalated", HELEN.id, 1) if row.overdue_at else ("pending", None, 0)
            assert (row.state, row.assignee_id, len(entries(world, one))) == whole
        assert kill is None or len(gone()) < len(items), "it was killed before it was done"
    assert world.verify().holds


def test_the_worker_is_the_clock(world: World, item: int) -> None:
    """What `reviewqueue worker` calls every few seconds, items and exceptions in one look."""
    sessions = database.sessions(world.engine)
    assert worker.run_clock(sessions, world.item(item).due_at)[0] == 1
    assert worker.run_clock(sessions, world.item(item).due_at - SECOND)[0] == 0

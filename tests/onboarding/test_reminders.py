"""Reminders: the clock reminds of the customer's tasks before, on and after their day, once for each cause."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from reviewqueue.db.tables.items import Claim, Revision
from reviewqueue.db.tables.milestones import DraftJob, Milestone
from reviewqueue.db.tables.onboardings import DealChange, Onboarding, SourceRecord
from reviewqueue.exceptions import exception_cases
from reviewqueue.items import leases, pauses
from reviewqueue.lanes import lane_stops
from reviewqueue.onboarding import customer_tasks, reminders
from tests import drafts
from tests.cast import DANA, HELEN, INES, TOM
from tests.support.concurrency import at_once
from tests.support.draft_chain import begun, draft, of_kind, plan_of, reach
from tests.world import World

WEDNESDAY = "2026-03-11"


def task(
    name: str, owner: str = "Piet de Vries", due: str = WEDNESDAY, layer: str = "implementation progress"
) -> dict[str, str]:
    """A row of a plan."""
    shown = {"evidence": f"{name}: seen by Dana in the workspace", "exit": f"{name}, without a question left"}
    return {"name": name, "layer": layer, "owner": owner, "due": due, **shown}


OURS = task("Workspace created with the seats of the order", "Ines Castellanos")
VALUE = task("First late-shipment report used", "Dana Whitfield and Piet de Vries", "2026-04-17", "customer value")
PLAN = [task("Branch list by CSV"), task("Sign-on tested", "Ana Brandt and Piet de Vries"), OURS, VALUE]


def planned(world: World, *rows: dict[str, str]) -> drafts.Deal:
    """An onboarding whose plan was approved on Monday, 2 March 2026, with nothing waiting."""
    about = drafts.deal()
    begun(world, about)
    approve_plan(world, about, *(rows or PLAN))
    draft(world)
    return about


def approve_plan(world: World, about: drafts.Deal, *rows: dict[str, str], at: datetime | None = None) -> None:
    world.decide(INES, world.submit(drafts.plan(about, [*rows]), at), "approve", now=at)


def clock(world: World, day: int) -> int:
    """The clock at ten in the morning of a day of March; returns how many reminders it scheduled."""
    at = world.now + timedelta(days=day - 2)
    with world.session() as session:
        scheduled = reminders.check_tasks(session, at)
    draft(world, at=at)
    return scheduled


def told(world: World, kind: str = "task_reminder") -> list[tuple[str, str]]:
    """(state, subject) of each reminder."""
    return [(one.state, world.draft(one.id)["subject"]) for one in of_kind(world, kind)]


def test_tasks_of_one_day_are_reminded_of_before_on_and_after_it_each_once(world: World) -> None:
    """Three working days before, on the day, two and five after; tasks of ours and of other days stay out. What still
    waits makes place for the newer one."""
    planned(world)
    assert [clock(world, day) for day in (4, 5, 6, 6, 7, 8, 9)] == [0, 0, 1, 0, 0, 0, 0]
    (first,) = of_kind(world, "task_reminder")
    assert (first.state, first.gate) == ("pending", "customer-communication")
    body = world.draft(first.id)["body"]
    assert (
        "for Wednesday, 11 March 2026:\n\n- Branch list by CSV: Piet de Vries\n- Sign-on tested: Ana Brandt and Piet de Vries\n\n"
        in body
    )
    assert world.draft(first.id)["to"] == ["piet@marlowfreight.example"]
    assert [clock(world, day) for day in (10, 11, 11, 12, 13, 16, 17, 18, 18, 19, 20, 23, 27, 31)] == [
        0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0
    ]  # fmt: skip
    assert told(world) == [
        ("withdrawn", "For your project, a reminder: Branch list by CSV, and one more"),
        ("withdrawn", "For your project, a reminder: Branch list by CSV, and one more"),
        ("withdrawn", "In our plan for Wednesday, 11 March 2026: Branch list by CSV, and one more"),
        ("pending", "In our plan for Wednesday, 11 March 2026: Branch list by CSV, and one more"),
    ]
    assert world.verify().holds


def test_a_reminder_passes_its_checks_and_cites_the_plan(world: World) -> None:
    """As drafted by the clock, so that whoever approves it has nothing to mend."""
    planned(world)
    clock(world, 6)
    (item,) = of_kind(world, "task_reminder")
    assert (item.fails, item.warns) == (0, 0)
    with world.session() as session:
        plan = (
            select(Claim.quote, Claim.path)
            .join(Revision)
            .where(Claim.ref == "plan", Revision.item_id == item.id)
            .order_by(Claim.id)
        )
        assert dict(session.execute(plan).all()) == {
            "Branch list by CSV": "/milestones/0/name", "Piet de Vries": "/milestones/0/owner",
            "Sign-on tested": "/milestones/1/name", "Ana Brandt and Piet de Vries": "/milestones/1/owner",
            "Wednesday, 11 March 2026": "/milestones/0/due",
        }  # fmt: skip


def test_a_missing_document_is_asked_for_in_its_own_words(world: World) -> None:
    """A task whose name has a word of the template's `task_words`; the other one of that day is a task."""
    planned(world, task("Data processing agreement signed"), task("Branch list by CSV"), VALUE)
    assert clock(world, 6) == 2
    assert told(world) == [("pending", "For your project, a reminder: Branch list by CSV")]
    (asked,) = [one for one in of_kind(world, "customer_email") if "Missing document" in one.title]
    assert world.draft(asked.id)["subject"] == "For your project: Data processing agreement signed"


def test_a_moved_date_is_a_new_cause_and_takes_the_old_reminder_away(world: World) -> None:
    """The same plan approved again is none."""
    about = planned(world)
    clock(world, 6)
    same_day = world.now + timedelta(days=4)
    approve_plan(world, about, *PLAN, at=same_day)
    assert (clock(world, 6), told(world)[0][0]) == (0, "pending")
    moved = world.submit(drafts.plan(about, [task("Branch list by CSV", due="2026-03-18"), *PLAN[1:]]), same_day)
    # It contradicts the date that was approved.
    world.decide(HELEN, moved, "override", passes=("commitment.contradicted",), now=same_day)
    world.decide(INES, moved, "approve", now=same_day)
    assert told(world)[0][0] == "withdrawn"
    assert clock(world, 11) == 1
    assert told(world)[1:] == [("pending", "For your project, a reminder: Sign-on tested")]
    assert clock(world, 13) == 2, "the moved one comes due, the other one is overdue"


def test_a_task_that_is_done_is_not_reminded_of(world: World) -> None:
    """The draft that waits is withdrawn, and one for what is left takes its place."""
    planned(world)
    clock(world, 6)
    reach(world, next(one for one in plan_of(world) if one.name == "Sign-on tested"), at=world.now + timedelta(days=4))
    assert told(world)[0][0] == "withdrawn"
    assert [clock(world, 6), clock(world, 6)] == [1, 0]
    assert told(world)[1:] == [("pending", "For your project, a reminder: Branch list by CSV")]


def hold_by_exception(world: World, about: drafts.Deal) -> None:
    case = exception_cases.ExceptionRequest(
        "billing-or-contract-mismatch", "Waits for IT", "Their IT has nobody until April.", onboarding_id=1
    )
    with world.session() as session:
        exception_cases.open_case(session, TOM.id, case, world.now)


def end(world: World, about: drafts.Deal) -> None:
    with world.owner() as engine, engine.begin() as connection:
        connection.execute(update(Onboarding).values(ended_at=world.now))


def change_the_deal(world: World, about: drafts.Deal) -> None:
    with world.owner() as engine, engine.begin() as connection:
        record = connection.scalar(select(SourceRecord.id).limit(1))
        connection.execute(
            insert(DealChange).values(onboarding_id=1, now_record_id=record, says="it was re-opened", at=world.now)
        )


def pause_an_item(world: World, about: drafts.Deal) -> None:
    waiting = next(one for one in of_kind(world, "customer_email") if one.state == "pending")
    with world.session() as session:
        pauses.pause(session, DANA.id, waiting.id, "waiting_for_customer", "Piet is away this week.", world.now)


def stop_the_lane(world: World, about: drafts.Deal) -> None:
    with world.session() as session:
        lane_stops.stop(session, HELEN.actor, drafts.LANE, "Nothing more goes out this week.", world.now)


@pytest.mark.parametrize("hold", [hold_by_exception, end, change_the_deal, pause_an_item, stop_the_lane])
def test_nobody_is_reminded_where_the_onboarding_stands_still(world: World, hold: Any) -> None:
    """Held by an exception or a changed deal, ended, paused, or in a lane that is stopped. The control is every other test."""
    about = planned(world)
    hold(world, about)
    assert clock(world, 6) == 0
    assert told(world) == []


def test_what_somebody_has_in_hand_is_left_to_them(world: World) -> None:
    """No newer reminder beside it, and none instead of it, until they are done."""
    planned(world)
    clock(world, 6)
    (item,) = of_kind(world, "task_reminder")
    day = world.now + timedelta(days=9)
    with world.session() as session:
        leases.take(session, DANA.id, item.id, day)
    assert clock(world, 11) == 0
    assert world.item(item.id).state == "pending"


def test_two_workers_schedule_it_once(world: World) -> None:
    planned(world)
    at = world.now + timedelta(days=4)

    def turn(_: int) -> int:
        with world.session() as session:
            return reminders.check_tasks(session, at)

    assert sum(at_once(4, turn)) == 1
    with world.session() as session:
        jobs = select(func.count()).select_from(DraftJob).where(DraftJob.template == "task-reminder")
        assert session.scalar(jobs) == 1


@pytest.mark.parametrize(
    ("owner", "theirs"),
    [
        ("Customer Success (Dana Whitfield)", False),
        ("Customer Success Manager", False),
        ("customer-support desk", False),
        ("Dana Whitfield, for the customer", False),
        ("Joanna Kraus", False),
        ("The customer's IT", True),
        ("Customers of the pilot", True),
        ("Dana Whitfield and Ann", True),
        ("Marlow  Freight’s IT", True),
    ],
)
def test_whose_task_it_is(owner: str, theirs: bool) -> None:
    """Names count as whole words; a department of ours that has the customer in its name is ours."""
    names = {"ann", "marlow freight"}
    assert customer_tasks.is_theirs(Milestone(owner=owner), names, {"Dana Whitfield"}) is theirs


def test_a_task_of_our_customer_success_is_not_reminded_of(world: World) -> None:
    ours = task("Firewall ticket escalated to our own network team", "Customer Success (Dana Whitfield)")
    planned(world, ours, OURS, VALUE)
    for day in (5, 6, 9, 10, 11):
        assert clock(world, day) == 0
    assert not told(world)

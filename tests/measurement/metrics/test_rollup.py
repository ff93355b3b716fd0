"""The rollup: it follows the log and nothing else, it says what making it again would say, and a lane's figures follow it."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from reviewqueue.core import metric_definitions
from reviewqueue.core.errors import NotFound
from reviewqueue.db import database
from reviewqueue.db.database import writing
from reviewqueue.db.tables.metrics import FigureSheet, Measure, MeasureMark
from reviewqueue.exceptions import exception_cases
from reviewqueue.measurement.metrics import metric_queries, recorded_events, rollup
from reviewqueue.onboarding import owner
from tests import drafts
from tests.cast import DANA, HELEN, INES, PRIYA, TOM
from tests.support.draft_chain import plan_of, reach
from tests.support.recorded_metrics import HOW, against, refreshed, sheet, tell
from tests.world import World

DAY = timedelta(days=1)


def rows(world: World) -> set[tuple[Any, ...]]:
    with world.session() as session:
        return {tuple(row) for row in session.execute(select(Measure.__table__))}


def again(world: World) -> set[tuple[Any, ...]]:
    """What making the rollup from nothing says."""
    with world.session() as session, writing(session):
        for table in (Measure, MeasureMark):
            session.execute(delete(table))
    refreshed(world)
    return rows(world)


def whole(about: str) -> tuple[Any, Any]:
    deal = drafts.deal(about)
    return drafts.packet(deal), deal


def test_it_follows_every_act_as_if_it_were_made_anew(world: World) -> None:
    """Packets, decisions, a plan and its milestones, an exception, an owner, records told and taken back: after each the
    rows are those of a rollup made from nothing."""
    packet, deal = whole("Anchor Mills")
    item = world.submit(packet)
    run = world.item(item).onboarding_id or 0
    refreshed(world)
    assert rows(world) == again(world) != set()

    def escalated() -> None:
        said = exception_cases.ExceptionRequest(
            "timeline-risk", "Late", "They move their go-live by a month.", None, run
        )
        with world.session() as session:
            exception_cases.open_case(session, DANA.id, said, world.now)

    def owned() -> None:
        with world.session() as session:
            owner.set_owner(session, TOM.id, run, DANA.id, "They have worked together before.", world.now)

    def planned() -> None:
        world.decide(INES, world.submit(drafts.plan(deal)), "approve")

    def taken_back() -> None:
        with world.session() as session:
            recorded_events.take_back(session, DANA.actor, 1, "It was another customer's.", world.now)

    acts = (
        lambda: tell(world, run, "csm_prep", 1, amount=40),
        lambda: world.decide(PRIYA, item, "send_back"),
        planned,
        lambda: reach(world, plan_of(world)[0], INES),
        escalated,
        owned,
        taken_back,
        lambda: tell(world, run, "closed_won", 50),
    )
    for act in acts:
        before = rows(world)
        act()
        refreshed(world)
        followed = rows(world)
        assert followed != before
        assert followed == again(world)
    assert refreshed(world) == 0, "nothing happened, nothing is computed"


def test_a_day_that_passes_makes_a_task_late_without_an_entry(world: World) -> None:
    """A milestone due yesterday counts as late; no entry of the log says so."""
    due = world.now.date() + DAY
    steps = [{**drafts.MILESTONES[0], "layer": "internal setup", "due": due.isoformat()}]
    world.decide(INES, world.submit(drafts.plan(drafts.deal(), steps)), "approve")
    assert sheet(world)["metrics"]["tasks_on_time"]["all"]["value"] is None
    late = sheet(world, world.now + 2 * DAY)["metrics"]["tasks_on_time"]["all"]
    assert (late["value"], late["of"]) == (0.0, 1)


def test_another_version_of_the_definitions_makes_it_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that an older version made are gone, and none stays behind."""
    world.submit(drafts.packet())
    refreshed(world)
    with world.session() as session, writing(session):
        session.execute(Measure.__table__.update().values(value=77))
    refreshed(world)
    assert {row.value for row in measures(world)} == {77}
    monkeypatch.setattr(rollup, "VERSION", metric_definitions.VERSION + 1)
    refreshed(world)
    assert 77 not in {row.value for row in measures(world)}


def measures(world: World) -> list[Measure]:
    with world.session() as session:
        return list(session.scalars(select(Measure)))


def test_several_at_once_do_it_once(world: World) -> None:
    """Four workers over twelve onboardings: no error, the same rows, one sheet a lane."""
    for number in range(12):
        world.submit(drafts.packet(drafts.deal(f"Customer {number}")))
    start, wrong = threading.Barrier(4), []

    def work() -> None:
        try:
            start.wait(10)
            with database.sessions(world.engine)() as session:
                rollup.refresh(session, world.now)
        except Exception as error:
            wrong.append(error)

    hands = [threading.Thread(target=work) for _ in range(4)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join(60)
    assert not wrong
    assert rows(world) == again(world)
    with world.session() as session:
        lanes = [one.lane for one in session.scalars(select(FigureSheet))]
    assert len(lanes) == len(set(lanes)) == 2


def test_baseline_and_pilot_are_told_apart_by_closed_won(world: World) -> None:
    """Six before and ten since: each in its own period, by its own day, and too few are not compared."""
    for number in range(16):
        run = world.item(world.submit(drafts.packet(drafts.deal(f"Customer {number}")))).onboarding_id or 0
        won = 24 * (40 - number) if number < 6 else 24 * (20 - number)
        tell(world, run, "closed_won", won)
        tell(world, run, "kickoff_scheduled", won - (240 if number < 6 else 72))
    today = world.now.date()
    against(world, "period", starts_on=today - 60 * DAY, ends_on=today - 30 * DAY)
    against(world, "pilot", starts_on=today - 20 * DAY)
    sides = sheet(world)["metrics"]["kickoff_scheduled"]
    assert [sides[which]["n"] for which in ("all", "baseline", "pilot")] == [16, 6, 10]
    assert [sides[which]["value"] for which in ("baseline", "pilot", "difference")] == [10, 3, -7]
    assert sides["verdict"] == "too few"
    assert sum(one["n"] for one in sides["times"]) == 16
    assert sides["segments"]["mid-market"]["difference"]["value"] == -7
    against(world, "figure", metric="kickoff_scheduled", value=9, low=8, high=11, sample=40)
    typed = sheet(world)["metrics"]["kickoff_scheduled"]
    assert (typed["typed"], typed["baseline"]["value"], typed["verdict"]) == (True, 9, "better")
    assert typed["segments"]["mid-market"]["baseline"]["n"] == 6, "what was typed in is about the whole lane"
    against(world, "period", starts_on=today - 60 * DAY, ends_on=today - 30 * DAY)
    assert not sheet(world)["metrics"]["kickoff_scheduled"]["typed"], "the later one counts"


def test_a_lane_has_a_baseline_once_there_is_something_in_it(world: World) -> None:
    """Neither a pilot nor a period with nobody in it is one; a figure is, or a period with an onboarding."""

    def recorded(lane: str = drafts.LANE) -> bool:
        with world.session() as session:
            return metric_queries.baseline_recorded(session, lane)

    today = world.now.date()
    assert not recorded()
    against(world, "pilot", starts_on=today)
    against(world, "period", starts_on=today - 60 * DAY, ends_on=today - 30 * DAY)
    world.submit(drafts.packet())
    refreshed(world)
    assert not recorded()
    against(world, "period", starts_on=today - 60 * DAY, ends_on=today)
    assert recorded()
    assert not recorded(drafts.TWO_APPROVALS)
    against(world, "figure", lane=drafts.TWO_APPROVALS, metric="packet_complete", value=0.4, sample=40)
    assert recorded(drafts.TWO_APPROVALS)


def test_a_group_of_three_is_shown_apart_and_one_of_two_is_not(world: World) -> None:
    """A figure about one or two people is a figure about a person."""
    from reviewqueue.people import groups
    from tests.cast import MARCUS, SAM

    run = world.item(world.submit(drafts.packet())).onboarding_id or 0
    with world.session() as session:
        owner.set_owner(session, TOM.id, run, DANA.id, "They have worked together before.", world.now)
        for person in (DANA, MARCUS):
            groups.add(session, person.id, "deal-desk", SAM.actor, world.now)
    assert sheet(world)["metrics"]["packet_complete"]["groups"] == {}
    with world.session() as session:
        groups.add(session, HELEN.id, "deal-desk", SAM.actor, world.now)
    assert list(sheet(world)["metrics"]["packet_complete"]["groups"]) == ["Deal desk"]


def test_no_lane_of_that_name(world: World) -> None:
    """Neither a baseline nor figures."""
    with world.session() as session:
        with pytest.raises(NotFound):
            recorded_events.record_reference(
                session,
                PRIYA.actor,
                recorded_events.ReferenceInput("nowhere", "pilot", HOW, date(2026, 3, 1)),
                world.now,
            )
        assert metric_queries.sheet(session, "nowhere") is None

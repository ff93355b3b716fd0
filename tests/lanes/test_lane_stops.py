"""A lane is stopped at once, by one person or by a figure; it goes on when two people say so."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import insert

from reviewqueue import worker
from reviewqueue.audit.events import Actor
from reviewqueue.core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from reviewqueue.core.metric_definitions import ALL_METRICS
from reviewqueue.db.database import writing
from reviewqueue.db.tables.exceptions import ExceptionCase, ExceptionNote
from reviewqueue.db.tables.metrics import FigureSheet
from reviewqueue.db.tables.policies import PolicyActivation
from reviewqueue.lanes import lane_stops
from reviewqueue.lanes.autosend import monitoring
from reviewqueue.policy import loading, policy_versions
from reviewqueue.policy.model.policy import Lane
from tests import drafts
from tests.cast import EVERYBODY, HELEN, JONAS, MARCUS, PRIYA, TOM, Named
from tests.lanes.autosend.test_standing_approval import another, drawing, go, releases, row  # noqa: F401  the fixture
from tests.lanes.test_proposals import propose
from tests.lanes.test_stage_requirements import LANE, SHIPPED, ready, staged
from tests.rules.test_separation import stands_in
from tests.support import concurrency, standing_approvals
from tests.support.releases import approved, state
from tests.world import World

WHY = "Two customers got a go-live date that nobody had agreed to."
RULE = '[[stop]]\nmetric = "rework"\nabove = 0.2\nsays = "work is done again too often"\n'


def stop(world: World, who: Named | Actor = HELEN, lane: str = drafts.LANE, why: str = WHY) -> None:
    """Somebody stops the lane."""
    actor = Actor.person(who.id) if isinstance(who, Named) else who
    with world.session() as session:
        lane_stops.stop(session, actor, lane, why, world.now)


def lane_now(world: World) -> Lane:
    """The lane as the active policy has it."""
    with world.session() as session:
        found = policy_versions.current(session).lane(drafts.LANE)
    assert found is not None
    return found


def with_rules(world: World, rules: str = RULE, stage: str = "pilot") -> dict[str, str]:
    """From now on the lane has these stop rules."""
    files = staged(stage)
    files = {**files, LANE: f"{files[LANE]}\n{rules}"}
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)
    return files


def figure(world: World, value: float | None, metric: str = "rework", n: int = 40) -> None:
    """The lane's figures, as the worker last computed them."""
    known = {"value": value, "low": None, "high": None, "n": n, "running": 0}
    found = {"metrics": {"packet_complete": {"all": {**known, "value": 0.75}}, metric: {"all": known}}}
    values = {"lane": drafts.LANE, "position": 1, "at": world.now, "figures": json.dumps(found)}
    with world.session() as session, writing(session):
        session.execute(sa.delete(FigureSheet))
        session.execute(insert(FigureSheet).values(**values))


def tick(world: World) -> int:
    """The clock looks once."""
    with world.session() as session:
        return lane_stops.tick(session, world.now)


def facts(world: World, act: str) -> list[dict[str, Any]]:
    """The facts of the entries of one kind."""
    return [json.loads(one.body)["facts"] for one in world.log() if one.act == act]


def test_one_leader_stops_it_alone_and_at_once(world: World) -> None:
    """What was approved waits, nothing comes in, what waits for a decision is decided; the log has who and why."""
    item, waiting = approved(world), world.submit(drafts.email())
    stop(world)
    assert lane_now(world).stage == "stopped"
    assert state(world, item) == "held"
    with pytest.raises(Invalid):
        world.submit(drafts.email())
    assert world.decide(MARCUS, waiting, "approve").state == "approved"
    assert state(world, waiting) == "held"
    (known,) = facts(world, "lane.stop")
    assert (known["before"], known["cause"]) == ("pilot", "by_hand")
    entry = next(one for one in world.log() if one.act == "lane.stop")
    assert (entry.actor, entry.lane) == (HELEN.actor, drafts.LANE)
    assert facts(world, "policy.activate")[-1]["way"] == "stop"
    with world.session() as session:
        found = lane_stops.in_force(session, lane_now(world))
    assert found is not None
    assert (found.by, found.why, found.before) == (HELEN.actor, WHY, "pilot")
    assert world.verify().holds


def test_the_other_lane_goes_on(world: World) -> None:
    stop(world)
    with world.session() as session:
        stages = {one.key: one.stage for one in policy_versions.current(session).lanes}
    assert stages == {drafts.LANE: "stopped", "enterprise-saas": loading.load(SHIPPED).lanes[0].stage}


@pytest.mark.parametrize("person", EVERYBODY, ids=lambda one: one.name)
def test_who_may(world: World, person: Named) -> None:
    before = world.everything()
    if person in (HELEN, PRIYA, JONAS):
        stop(world, person)
        assert lane_now(world).stage == "stopped"
    else:
        with pytest.raises(Forbidden, match="Only a CS leader or RevOps stops a lane"):
            stop(world, person)
        assert world.everything() == before


def test_who_stands_in_for_the_leader_may(world: World) -> None:
    stands_in(world, HELEN, TOM)
    stop(world, TOM)
    assert lane_now(world).stage == "stopped"


def twice(world: World) -> None:
    """It is stopped, and somebody else stops it too."""
    stop(world)
    stop(world, PRIYA)


REFUSED: list[tuple[str, type[DomainError], Callable[[World], None]]] = [
    ("without a reason", Invalid, lambda world: stop(world, why="no")),
    ("no such lane", NotFound, lambda world: stop(world, lane="nowhere")),
    ("twice", Conflict, twice),
]


@pytest.mark.parametrize(("why", "kind", "act"), REFUSED, ids=[row_[0] for row_ in REFUSED])
def test_what_is_refused(world: World, why: str, kind: type[DomainError], act: Callable[[World], None]) -> None:
    with pytest.raises(kind):
        act(world)
    assert len(facts(world, "lane.stop")) == (1 if kind is Conflict else 0), why


@pytest.mark.furnished(standing_approvals.EARNED)
def test_what_was_to_go_automatically_is_back_at_its_gate_in_the_same_breath(
    world: World,
    drawing: Callable[[bool], None],  # noqa: F811
) -> None:
    waiting = another(world)
    assert world.item(waiting).state == "approved"
    stop(world)
    assert (row(world).down_cause, WHY in row(world).down_says) == ("by_hand", True)
    assert (world.item(waiting).state, releases(world, waiting)[0].state) == ("pending", "given_up")
    assert go(world) is None
    with world.session() as session:
        assert monitoring.tick(session, world.now) == 0, "nobody has to be told what a person did"
    assert not world.count(ExceptionCase)


def test_two_people_let_it_go_on_and_one_does_not(world: World) -> None:
    ready(world)
    item = approved(world)
    stop(world)
    with world.session() as session:
        wanted = loading.load(staged("pilot"))
        ((where, says),) = lane_stops.restarted(session, wanted)
    assert where == f"{LANE}:14"
    assert "That takes two people" in says
    proposal = propose(world, PRIYA, staged("pilot"))
    with pytest.raises(Forbidden):
        world.decide(PRIYA, proposal, "approve", reason_code="rules-agreed")
    assert world.decide(JONAS, proposal, "approve", reason_code="rules-agreed").state == "approved"
    assert lane_now(world).stage == "pilot"
    assert state(world, item) == "waiting"
    with world.session() as session:
        assert lane_stops.in_force(session, lane_now(world)) is None


@pytest.mark.parametrize("metric", ALL_METRICS, ids=lambda one: one.key)
def test_a_stop_rule_takes_every_metric(world: World, metric: Any) -> None:
    """In pilot too: the lane stops, with one exception that shows the figures, once."""
    value = 0.5 if metric.unit == "share" else 9.0
    with_rules(world, f'[[stop]]\nmetric = "{metric.key}"\nabove = {value - 0.1}\nsays = "it is too much"\n')
    figure(world, value - 0.1, metric.key)
    assert (tick(world), lane_now(world).stage) == (0, "pilot"), "at the limit is not beyond it"
    figure(world, value, metric.key)
    assert (tick(world), lane_now(world).stage) == (1, "stopped")
    assert tick(world) == 0
    with world.session() as session:
        (case,) = session.scalars(sa.select(ExceptionCase)).all()
        (note,) = session.scalars(sa.select(ExceptionNote)).all()
    assert case.summary.startswith("Mid-market SaaS is stopped: it is too much: ")
    assert f"{metric.name}: " in note.text
    assert "n=40" in note.text
    assert "until two people agree" in note.text
    (known,) = facts(world, "lane.stop")
    assert known["cause"] == "stop"
    assert metric.name in known["figures"]
    assert world.verify().holds


STAYS: list[tuple[str, str, str, float | None, int]] = [
    ("a lane in shadow sends nothing", RULE, "shadow", 0.9, 40),
    ("a figure that is not known", RULE, "pilot", None, 40),
    ("too few", RULE.replace("above", "least = 50\nabove"), "pilot", 0.9, 40),
    ("no rule", "", "pilot", 0.9, 40),
]


@pytest.mark.parametrize(("why", "rules", "stage", "value", "n"), STAYS, ids=[one[0] for one in STAYS])
def test_what_stops_nothing(world: World, why: str, rules: str, stage: str, value: float | None, n: int) -> None:
    with_rules(world, rules, stage)
    figure(world, value, n=n)
    before = world.everything()
    assert tick(world) == 0
    assert world.everything() == before, why


def test_without_a_policy_or_a_figure_the_clock_goes_on(world: World) -> None:
    with_rules(world)
    assert tick(world) == 0
    with world.session() as session, writing(session):
        session.execute(sa.text("SELECT 1"))
    figure(world, 0.9)
    acted, _ = worker.run_clock(world.sessions, world.now)
    assert (acted >= 1, lane_now(world).stage) == (True, "stopped")


def test_many_workers_stop_it_once(world: World) -> None:
    with_rules(world)
    figure(world, 0.9)
    with world.session() as session:
        before = session.scalar(sa.select(sa.func.count()).select_from(PolicyActivation))

    def look(_: int) -> int:
        return tick(world)

    assert sum(concurrency.at_once(4, look)) == 1
    assert len(facts(world, "lane.stop")) == 1
    assert world.count(ExceptionCase) == 1
    with world.session() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(PolicyActivation)) == (before or 0) + 1


def test_a_message_that_fell_with_the_lane_has_the_lanes_exception(
    world: World,
    drawing: Callable[[bool], None],  # noqa: F811
) -> None:
    standing_approvals.earned(world, bars=RULE)
    figure(world, 0.9)
    assert tick(world) == 1
    with world.session() as session:
        assert monitoring.tick(session, world.now) == 0
    assert row(world).exception_id is not None
    assert world.count(ExceptionCase) == 1, "one thing happened, and one exception tells of it"


def test_it_does_not_go_on_into_the_same_stop(world: World) -> None:
    """The figure is still beyond the limit: the proposal says so, rather than the clock five seconds later."""
    ready(world)
    files = with_rules(world)
    figure(world, 0.9)
    tick(world)
    with pytest.raises(Invalid) as refused:
        propose(world, PRIYA, files)
    assert any("It would be stopped at once. work is done again" in one.message for one in refused.value.faults)
    looser = {**files, LANE: files[LANE].replace("above = 0.2", "above = 0.95")}
    world.decide(JONAS, propose(world, PRIYA, looser), "approve", reason_code="rules-agreed")
    assert (lane_now(world).stage, tick(world)) == ("pilot", 0)


STAGE_LINES = [
    ('stage = "pilot"\n[kinds]\n', 'stage = "stopped"\n[kinds]\n'),
    ('stage = "live"   # since March\nin_scope = [\n  "x",\n]\n', 'stage = "stopped"\nin_scope = [\n  "x",\n]\n'),
    ('key = "a"\n\n[kinds]\nstage = "x"\n', 'key = "a"\nstage = "stopped"\n\n[kinds]\nstage = "x"\n'),
    ('key = "a"\n[[stop]]\n', 'key = "a"\nstage = "stopped"\n\n[[stop]]\n'),
    ('key = "a"', 'key = "a"\nstage = "stopped"\n\n'),
]


@pytest.mark.parametrize(("text", "wanted"), STAGE_LINES)
def test_the_stage_is_one_line_of_the_lanes_file(text: str, wanted: str) -> None:
    assert lane_stops.with_stage(text, "stopped") == wanted


def refused(world: World, files: dict[str, str]) -> bool:
    """Whether `policy load` would refuse these files because of a stop."""
    with world.session() as session:
        return bool(list(lane_stops.restarted(session, loading.load(files))))


@pytest.mark.parametrize("step", ["off", "without the lane"])
def test_one_person_does_not_let_it_go_on_in_two_steps(world: World, step: str) -> None:
    """To load it as off, or without the lane, lifts no stop; a decision of two people does, and then one may load it."""
    ready(world)
    stop(world)
    between = staged("off")
    if step != "off":
        other = next(name for name in between if name.startswith("lanes/") and name != LANE)
        between = {name: text for name, text in between.items() if name != LANE}
        between["organisation.toml"] = between["organisation.toml"].replace(drafts.LANE, other[6:-5])
    with world.session() as session:
        policy_versions.activate(session, between, "system:cli", world.now)
    assert refused(world, staged("pilot"))
    with world.session() as session:
        policy_versions.activate(session, staged("stopped"), "system:cli", world.now)
    proposal = propose(world, PRIYA, staged("pilot"))
    world.decide(JONAS, proposal, "approve", reason_code="rules-agreed")
    assert not refused(world, staged("pilot"))
    with world.session() as session:
        policy_versions.activate(session, staged("stopped"), "system:cli", world.now)
        assert lane_stops.in_force(session, lane_now(world)) is None, "the stop was lifted; this is another decision"


@pytest.mark.parametrize("line", ['  stage = "pilot"', 'stage\t=\t"pilot"', '"stage" = "pilot"', "'stage' = \"pilot\""])
def test_it_is_stopped_however_its_stage_is_written(world: World, line: str) -> None:
    files = staged("pilot")
    assert 'stage = "pilot"' in files[LANE]
    with world.session() as session:
        written = {**files, LANE: files[LANE].replace('stage = "pilot"', line, 1)}
        policy_versions.activate(session, written, "system:cli", world.now)
    stop(world)
    assert lane_now(world).stage == "stopped"


def test_a_lane_that_cannot_be_stopped_leaves_the_others_to_the_clock(
    world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is in the log of the process by name; a person who stops it is told what to do instead."""
    with_rules(world)
    figure(world, 0.5)
    stopped = lane_stops.with_stage
    monkeypatch.setattr(lane_stops, "with_stage", lambda text, stage: f"{stopped(text, stage)}\nstage = \n")
    with pytest.raises(DomainError, match="could not be changed here"):
        stop(world)
    assert (tick(world), lane_now(world).stage) == (0, "pilot")
    assert "event=clock.trouble" in capfd.readouterr().err

"""Workload: who has how much, how old, and where it waits; counted along indexes and no further than a bound."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from reviewqueue.db.database import writing
from reviewqueue.db.tables.items import Item
from reviewqueue.items import leases, workload
from reviewqueue.items.queue_positions import Count
from reviewqueue.people import actors
from reviewqueue.policy import policy_versions
from tests import drafts
from tests.cast import DANA, HELEN, INES, MARCUS, Named
from tests.support.executed_statements import hearing
from tests.world import World

DAY = timedelta(days=1)
AT = ("mid-market-saas", "customer-communication")


def loads(world: World, asks: Named = HELEN) -> tuple[dict[str, workload.Load], dict[tuple[str, str], workload.Load]]:
    """The page's figures: by name, and by lane and gate."""
    with world.session() as session:
        actor = actors.load_actor(session, asks.id, world.now)
        people, gates = workload.workload(session, policy_versions.current(session), actor, world.now)
    return {one.person.name: one.load for one in people}, {(one.lane, one.gate): one.load for one in gates}


def change(world: World, item: int, **values: Any) -> None:
    """Change an item's row."""
    with world.session() as session, writing(session):
        session.execute(update(Item).where(Item.id == item).values(**values))


def test_the_figures_are_those_of_the_rows(world: World) -> None:
    """Each figure by its own item: open, overdue, the earliest due of what is not paused, decided this week and before,
    on a desk."""
    late, soon, paused, theirs, decided, long_ago = (world.submit(drafts.email()) for _ in range(6))
    for item, due in ((late, -DAY), (soon, DAY), (paused, -2 * DAY)):
        change(world, item, assignee_id=DANA.id, due_at=world.now + due)
    change(world, paused, paused_at=world.now, pause="waiting_for_customer")
    world.decide(DANA, decided, "approve", now=world.now - 6 * DAY)
    world.decide(DANA, long_ago, "approve", now=world.now - 8 * DAY)
    with world.session() as session:
        leases.take(session, MARCUS.id, theirs, world.now)
    people, gates = loads(world)
    assert people[DANA.name] == workload.Load(Count(3), Count(1), world.now - DAY, Count(1), 0)
    assert people[MARCUS.name] == workload.Load(Count(0), Count(0), None, Count(0), 1)
    assert gates[AT] == workload.Load(Count(4), Count(1), world.now - DAY, Count(1), 1)
    assert "Aiko Mori" not in people, "who decides nowhere and has nothing is not listed"


def test_what_waits_for_a_role_and_nobody_by_name_is_told_beside_it(world: World) -> None:
    """Two plans wait for the one implementation lead, who reads as idle by name; of what waits at her gate, one has
    somebody else's name on it. Briefs of an account with an owner wait for that owner by name."""
    first, second, third = (world.submit(drafts.plan(drafts.deal())) for _ in range(3))
    change(world, third, assignee_id=HELEN.id)
    with world.session() as session:
        people, _ = workload.figures(session, policy_versions.current(session), [], world.now)
    waits = {one.person.name: [(wait.role, wait.waits, wait.says) for wait in one.for_roles] for one in people}
    assert waits[INES.name] == [("implementation_lead", Count(2), "the only one")]
    assert waits[HELEN.name] == []
    change(world, first, state="escalated")
    change(world, second, settled_at=world.now, state="rejected")
    with world.session() as session:
        people, _ = workload.figures(session, policy_versions.current(session), [], world.now)
    waits = {one.person.name: [(wait.role, wait.waits, wait.says) for wait in one.for_roles] for one in people}
    assert waits[INES.name] == []
    assert waits[HELEN.name] == [("cs_leader", Count(1), "the only one")]


def test_it_shows_the_gates_that_one_sees(world: World) -> None:
    """A leader of customer success sees all of them, an implementation lead those of her desk."""
    every, hers = loads(world)[1], loads(world, INES)[1]
    assert hers
    assert set(hers) < set(every)


def test_counting_stops_at_its_bound(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as the bound are told exactly; beyond it, with a plus."""
    monkeypatch.setattr(workload, "LOAD_COUNT_LIMIT", 2)
    monkeypatch.setattr(
        workload, "_gate_statement", workload._gate_statement.__wrapped__
    )  # its statement is kept otherwise
    for shown in (Count(1), Count(2), Count(2, True), Count(2, True)):
        change(world, world.submit(drafts.email()), assignee_id=DANA.id, due_at=world.now - DAY)
        people, gates = loads(world)
        assert (people[DANA.name].open, people[DANA.name].overdue) == (shown, shown)
        assert (gates[AT].open, gates[AT].overdue) == (shown, shown), "each state, and all of them together"


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_no_count_scans_items_decisions_or_the_log(world: World) -> None:
    """Every step that touches a table that grows searches an index of it."""
    with hearing(world.engine) as made:
        loads(world)
    steps: list[str] = []
    with world.engine.connect() as connection:
        for statement, bound in made:
            if statement.startswith("SELECT"):
                found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", bound)
                steps += [row[3] for row in found]
    asked = [statement for statement, _ in made if "count(" in statement]
    assert asked
    assert all(statement.count("count(") <= statement.count("LIMIT") for statement in asked), "no count is without end"
    touching = [step for step in steps if any(f" {name}" in step for name in ("items", "decisions", "log_entries"))]
    assert [step for step in touching if not step.startswith("SEARCH")] == []
    assert len(touching) > 20, "and there were such steps"

"""Silence: an onboarding in which nothing happens is noticed, once each time; no milestone moves by it."""

from __future__ import annotations

from datetime import timedelta

from reviewqueue.onboarding import inactivity
from tests import drafts
from tests.cast import INES
from tests.support.draft_chain import begun, draft, of_kind, plan_of, reach
from tests.world import World


def test_a_silence_is_noticed_once(world: World) -> None:
    """After five business days without an event our own people are told, once; a sign of life begins a new silence."""
    begun(world)
    draft(world)
    world.decide(INES, of_kind(world, "project_plan")[0].id, "approve")
    draft(world)

    def listen(days: int) -> int:
        with world.session() as session:
            return inactivity.check_inactivity(session, world.now + timedelta(days=days))

    assert [listen(days) for days in (0, 3, 6)] == [0, 0, 0], "Sunday is the sixth day, but the fourth of business"
    assert [listen(days) for days in (7, 7, 8, 20)] == [1, 0, 0, 0]
    draft(world, at=world.now + timedelta(days=7))
    (alert,) = of_kind(world, "internal_alert")
    assert "5 business days ago" in world.draft(alert.id)["body"]
    assert "Next step: please call Piet de Vries by" in world.draft(alert.id)["body"]
    assert all(one.reached_at is None for one in plan_of(world)), "silence moves no milestone"
    later = world.now + timedelta(days=8)
    reach(world, plan_of(world)[0], INES, later)
    draft(world, at=later)
    assert [listen(days) for days in (9, 16, 16)] == [0, 1, 0]


def test_where_first_value_is_reached_silence_means_nothing(world: World) -> None:
    world.decide(INES, world.submit(drafts.plan(drafts.deal())), "approve")
    reach(world, plan_of(world)[1])
    with world.session() as session:
        assert inactivity.check_inactivity(session, world.now + timedelta(days=60)) == 0

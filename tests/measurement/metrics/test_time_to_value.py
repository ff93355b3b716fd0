"""Time to value: of one onboarding against its target, and of a lane."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace as Row
from typing import Any

import pytest

from reviewqueue.measurement.metrics import rollup
from reviewqueue.measurement.metrics.time_to_value import time_to_value
from reviewqueue.onboarding import milestones
from reviewqueue.policy import policy_versions
from tests import drafts, northbeam
from tests.cast import HELEN, INES, PRIYA
from tests.support.draft_chain import PROOF, begun, draft, of_kind, plan_of
from tests.web.conftest import text_of
from tests.world import World

WON = datetime(2026, 3, 2, 15, tzinfo=UTC)
NOW = WON + timedelta(days=30)


def one(name: str, due: int | None, reached: int | None = None, layer: str = "customer value") -> Any:
    """A milestone, in days after closed-won."""
    due_on = None if due is None else date(2026, 3, 2) + timedelta(days=due)
    return Row(
        name=name, layer=layer, due_on=due_on, reached_at=None if reached is None else WON + timedelta(days=reached)
    )


SETUP = one("Sandbox", 10, 8, "internal setup")
# (what is so, its milestones, after how many days it ended, what is said, by how many days it is late, what is next)
TOLD: list[tuple[str, list[Any], int | None, str, int, Any]] = [
    ("before a plan", [], None, "day 30; no target before a plan is approved", 0, None),
    ("in time", [SETUP, one("Live", 60)], None, "day 30; target 60 days", 0, "Live"),
    ("beyond", [SETUP, one("Live", 21)], None, "day 30; target 21 days, 9 days beyond it", 9, "Live"),
    ("the last one counts", [one("Pilot", 9, 9), one("Live", 31)], None, "day 30; target 31 days", 0, "Live"),
    (
        "undated",
        [one("Live", None)],
        None,
        "day 30; no target: no customer-value milestone of its plan has a date",
        0,
        "Live",
    ),
    ("reached", [SETUP, one("Live", 60, 25)], None, "first value after 25 days; target 60 days", 0, None),
    (
        "reached late",
        [one("Live", 24, 25)],
        None,
        "first value after 25 days; target 24 days, 1 day beyond it",
        1,
        None,
    ),
    ("ended", [SETUP, one("Live", 5)], 12, "ended on day 12, before first value", 0, None),
    ("ended after it", [one("Live", 60, 25)], 28, "first value after 25 days; target 60 days", 0, None),
]


@pytest.mark.parametrize(
    ("sentence", "held", "ended", "says", "beyond", "following"), TOLD, ids=[row[0] for row in TOLD]
)
def test_one_onboarding(
    sentence: str, held: list[Any], ended: int | None, says: str, beyond: int, following: str | None
) -> None:
    run = Row(lane=drafts.LANE, ended_at=None if ended is None else WON + timedelta(days=ended))
    found = time_to_value(run, WON, held, northbeam.policy(), NOW)
    assert (found.says, found.beyond, found.following and found.following[0]) == (says, beyond, following), sentence


def test_the_pages_say_it(world: World, client_for: Any) -> None:
    """On the board, the onboarding's page and the lane's: before the plan, on its way, and once first value is there."""
    begun(world)
    draft(world)
    lost = world.submit(drafts.packet())
    world.decide(HELEN, lost, "reject", choice="not-needed")
    client = client_for(PRIYA)
    assert "day 0; no target before a plan is approved" in text_of(client.get("/onboardings/1"))
    world.decide(INES, of_kind(world, "project_plan")[0].id, "approve")
    held = plan_of(world)
    for path in ("/onboardings", "/onboardings/1"):
        said = text_of(client.get(path))
        assert f"0 of {len(held)} milestones reached; next: {held[0].name}, due" in said, path
    for milestone in held:
        with world.session() as session:
            milestones.reach(session, INES.id, milestone.id, PROOF, world.now + timedelta(days=12))
    assert "first value after 12 days" in text_of(client.get("/onboardings/1"))
    with world.session() as session:
        rollup.refresh(session, world.now + timedelta(days=13))
        assert policy_versions.current(session).lane(drafts.LANE)
    said = text_of(client.get(f"/measurement?lane={drafts.LANE}"))
    assert "12.0 days n = 1: the median of those that came to first value. None runs now. 0 ended" in said
    csv = client.get(f"/measurement/{drafts.LANE}.csv").get_data(as_text=True)
    assert ",time_to_value,days," in csv

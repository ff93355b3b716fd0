"""Stages: a lane goes as far as two people say and no further than it is ready for."""

from __future__ import annotations

from typing import get_args

import pytest

from reviewqueue.core.errors import Invalid
from reviewqueue.core.vocabulary import Stage
from reviewqueue.delivery import holds
from reviewqueue.items import item_context
from reviewqueue.onboarding import draft_input
from reviewqueue.onboarding.draft_input import NothingToDraft
from reviewqueue.policy import loading, policy_versions
from reviewqueue.policy.flaws import BadPolicy
from reviewqueue.policy.lane_stages import MEANS, RANK
from tests import drafts, northbeam
from tests.cast import JONAS, PRIYA
from tests.lanes.test_proposals import propose
from tests.support.recorded_metrics import against
from tests.support.releases import approved, row, state
from tests.support.scorecards import colour_all, own_all, score_all
from tests.world import World

LANE = "lanes/mid-market-saas.toml"
SHIPPED = northbeam.files()


def staged(stage: str) -> dict[str, str]:
    """The shipped policy with the first lane in that stage."""
    assert 'stage = "pilot"' in SHIPPED[LANE]
    return {**SHIPPED, LANE: SHIPPED[LANE].replace('stage = "pilot"', f'stage = "{stage}"')}


def ready(world: World) -> None:
    """Scored, coloured, owned, and with something to be held against."""
    score_all(world, 5)
    colour_all(world)
    own_all(world)
    against(world, "figure", metric="packet_complete", value=0.5, sample=40)


def put_in(world: World, stage: str) -> None:
    """From now on the lane is in that stage, by an emergency load."""
    with world.session() as session:
        policy_versions.activate(session, staged(stage), "system:cli", world.now)


# (stage, does it take drafts in, does what is approved leave)
STAGES = [
    ("off", False, False),
    ("shadow", True, False),
    ("pilot", True, True),
    ("live", True, True),
    ("stopped", False, False),
]


@pytest.mark.parametrize(("stage", "takes", "leaves"), STAGES)
def test_what_a_stage_lets_happen(world: World, stage: str, takes: bool, leaves: bool) -> None:
    """What was approved before waits as well, and goes out once the lane goes on."""
    item = approved(world)
    put_in(world, stage)
    if takes:
        world.submit(drafts.email())
    else:
        with pytest.raises(Invalid) as refused:
            world.submit(drafts.email())
        (fault,) = refused.value.faults
        assert (fault.at, f"{LANE}:14" in fault.message) == ("/lane", True)
    assert (state(world, item) == "waiting") == leaves
    if not leaves:
        with world.session() as session:
            (why,) = holds.current_holds(
                session, item_context.load(session, item, world.now), row(world, item), world.now, mail=True
            )
        assert (why.code, f"{LANE}:14" in why.says) == ("stage", True)
        put_in(world, "pilot")
        assert state(world, item) == "waiting"


def test_a_lane_that_nobody_scored_is_not_put_into_pilot(world: World) -> None:
    """Each thing it lacks is named, with the file and line; the control: once it has them, two people put it there."""
    put_in(world, "shadow")
    with pytest.raises(Invalid) as refused:
        propose(world, PRIYA, staged("pilot"))
    says = " ".join(fault.message for fault in refused.value.faults)
    assert {fault.at for fault in refused.value.faults} == {f"/files/{LANE}"}
    for lack in ("No score yet", "Nobody owns the launch", "No baseline"):
        assert lack in says
    ready(world)
    item = propose(world, PRIYA, staged("pilot"))
    assert world.decide(JONAS, item, "approve", reason_code="rules-agreed").state == "approved"
    assert state(world, approved(world)) == "waiting"


def test_what_is_lost_before_the_approval_is_asked_again(world: World) -> None:
    """Ready when it was proposed, with a red control gap by the time somebody approves: refused, and nothing changes."""
    put_in(world, "shadow")
    ready(world)
    item = propose(world, PRIYA, staged("pilot"))
    colour_all(world, besides={"handoff-data": "red"})
    with pytest.raises(Invalid, match="not ready for that stage"):
        world.decide(JONAS, item, "approve", reason_code="rules-agreed")
    assert world.item(item).state == "pending"


def test_going_back_needs_nothing_but_two_people(world: World) -> None:
    """A lane is stopped whatever its score."""
    item = propose(world, PRIYA, staged("stopped"))
    assert world.decide(JONAS, item, "approve", reason_code="rules-agreed").state == "approved"
    with pytest.raises(Invalid):
        world.submit(drafts.email())


def test_nothing_is_drafted_in_a_lane_that_is_stopped(world: World) -> None:
    """The draft is skipped with the words of the lane's file; the control: in shadow it wants a packet."""
    item = approved(world)
    for stage, says in (("stopped", f"{LANE}:14"), ("shadow", "no approved handoff packet")):
        put_in(world, stage)
        with world.session() as session, pytest.raises(NothingToDraft, match=says):
            draft_input.load(session, world.item(item).onboarding_id or 0, "welcome", "", world.now)


def test_other_words_are_unknown() -> None:
    """Refused when the policy loads, with file and line."""
    with pytest.raises(BadPolicy) as refused:
        loading.load(staged("production"))
    (flaw,) = refused.value.flaws
    assert flaw.place == f"{LANE}:14"


def test_each_stage_has_its_rank_and_its_words() -> None:
    assert set(get_args(Stage)) == RANK.keys() == MEANS.keys()

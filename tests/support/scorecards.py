"""Scored: a lane's scorecard, colours and owners in the tests' world, said through the verbs that everybody uses."""

from __future__ import annotations

from collections.abc import Mapping

from reviewqueue.lanes import readiness, readiness_queries
from reviewqueue.lanes.readiness import LaneReadiness
from reviewqueue.lanes.readiness_queries import LaneSheet
from reviewqueue.lanes.scorecard.areas import AREAS
from reviewqueue.lanes.scorecard.go_no_go import CONTROLS
from reviewqueue.lanes.scorecard.owners import PARTS
from reviewqueue.policy import policy_versions
from tests.cast import HELEN, INES, LENA, PRIYA, SAM, TOM, Named
from tests.world import World

LANE = "mid-market-saas"
EVIDENCE = "Twenty handoffs were looked at by hand."
OWNERS = dict(zip((part.key for part in PARTS), (PRIYA, HELEN, INES, LENA, TOM, SAM), strict=True))


def score(
    world: World, area: str, number: int, by: Named = PRIYA, lane: str = LANE, evidence: str = EVIDENCE, link: str = ""
) -> int:
    """One area, scored by somebody."""
    said = readiness.ScoreInput(area, number, evidence, link)
    with world.session() as session:
        return readiness.score(session, by.actor, lane, said, world.now)


def score_all(world: World, number: int, lane: str = LANE, **besides: int) -> None:
    """All ten areas; `besides` names other scores by area, with _ for -."""
    for area in AREAS:
        score(world, area.key, besides.get(area.key.replace("-", "_"), number), lane=lane)


def colour_all(world: World, lane: str = LANE, besides: Mapping[str, str] | None = None) -> None:
    """All seven colours: green, but for those `besides`."""
    with world.session() as session:
        for control in CONTROLS:
            colour = (besides or {}).get(control.key, "green")
            readiness.set_colour(session, PRIYA.actor, lane, control.key, colour, EVIDENCE, world.now)


def own_all(world: World, lane: str = LANE) -> None:
    """All six launch owners."""
    with world.session() as session:
        for part, person in OWNERS.items():
            readiness.name_owner(session, PRIYA.actor, lane, part, person.id, "", world.now)


def answer(world: World, line: str, text: str | None, reason: str = "", by: Named = PRIYA, lane: str = LANE) -> int:
    """A line of the worksheet, answered by somebody."""
    with world.session() as session:
        return readiness.answer_line(session, by.actor, lane, line, text, reason, world.now)


def sheet(world: World, lane: str = LANE) -> LaneSheet:
    """The lane's sheet as it stands."""
    with world.session() as session:
        return readiness_queries.load(session, policy_versions.current(session), lane)


def standing(world: World, lane: str = LANE, baseline: bool | None = None) -> LaneReadiness:
    """Where the lane stands."""
    with world.session() as session:
        return readiness.lane_readiness(session, policy_versions.current(session), lane, world.now, baseline)

"""Scored: a lane's scorecard, colours and owners in the tests' world, said through the verbs that everybody uses."""

from __future__ import annotations

from collections.abc import Mapping

from reviewqueue import policies, readiness, sheets
from reviewqueue.readiness import Standing
from reviewqueue.scorecard.areas import AREAS
from reviewqueue.scorecard.controls import CONTROLS
from reviewqueue.scorecard.owners import PARTS
from reviewqueue.sheets import Sheet
from tests.cast import HELEN, INES, LENA, PRIYA, SAM, TOM, Named
from tests.world import World

LANE = "mid-market-saas"
EVIDENCE = "Twenty handoffs were looked at by hand."
OWNERS = dict(zip((part.key for part in PARTS), (PRIYA, HELEN, INES, LENA, TOM, SAM), strict=True))


def score(
    world: World, area: str, number: int, by: Named = PRIYA, lane: str = LANE, evidence: str = EVIDENCE, link: str = ""
) -> int:
    """One area, scored by somebody."""
    said = readiness.Scored(area, number, evidence, link)
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
            readiness.colour(session, PRIYA.actor, lane, control.key, colour, EVIDENCE, world.now)


def own_all(world: World, lane: str = LANE) -> None:
    """All six launch owners."""
    with world.session() as session:
        for part, person in OWNERS.items():
            readiness.name_owner(session, PRIYA.actor, lane, part, person.id, "", world.now)


def answer(world: World, line: str, text: str | None, reason: str = "", by: Named = PRIYA, lane: str = LANE) -> int:
    """A line of the worksheet, answered by somebody."""
    with world.session() as session:
        return readiness.answer(session, by.actor, lane, line, text, reason, world.now)


def sheet(world: World, lane: str = LANE) -> Sheet:
    """The lane's sheet as it stands."""
    with world.session() as session:
        return sheets.of(session, policies.current(session), lane)


def standing(world: World, lane: str = LANE, baseline: bool | None = None) -> Standing:
    """Where the lane stands."""
    with world.session() as session:
        return readiness.standing(session, policies.current(session), lane, world.now, baseline)

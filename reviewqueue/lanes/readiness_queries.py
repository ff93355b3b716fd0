"""A lane's scorecard, worksheet, go/no-go colours and launch owners as they are now, and their history. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from reviewqueue.core.errors import NotFound
from reviewqueue.db.tables.people import Person
from reviewqueue.db.tables.readiness import ControlColour, LaunchOwner, ReadinessScore, WorksheetAnswer
from reviewqueue.lanes.scorecard import go_no_go, known_answers, owners, worksheet
from reviewqueue.lanes.scorecard import recommendation as scorecard_recommendation
from reviewqueue.lanes.scorecard.known_answers import KnownAnswer
from reviewqueue.lanes.scorecard.scoring import Score
from reviewqueue.people import access, actors
from reviewqueue.policy import evaluation
from reviewqueue.policy.model.policy import Lane, Policy

# The lines of the worksheet that name a launch owner, and the part of the launch each is.
OWNER_LINES = {"sales-handoff-owner": "sales", "cs-owner": "cs", "implementation-owner": "implementation"}


@dataclass(frozen=True)
class LaunchOwnerNamed:
    """The owner of a part of the launch: its row and their name; `is_active` is false for a closed account."""

    row: LaunchOwner
    name: str
    is_active: bool


@dataclass(frozen=True)
class WorksheetLine:
    """A line of the worksheet, with what the system knows of it and what a person answered."""

    line: worksheet.Line
    known: KnownAnswer | None
    answer: WorksheetAnswer | None

    @property
    def says(self) -> str:
        """The answer that counts: the person's, else what the system knows; "" for neither."""
        return self.answer.answer if self.answer else self.known.says if self.known else ""

    @property
    def differs(self) -> bool:
        """Whether the person's answer differs from what the system knows."""
        return (
            bool(self.answer and self.known)
            and self.says.casefold() != (self.known.says if self.known else "").casefold()
        )

    @property
    def moved(self) -> bool:
        """Whether what the system knows changed since the person answered."""
        return self.answer is not None and self.answer.knew != (self.known.says if self.known else "")


@dataclass(frozen=True)
class LaneSheet:
    """What people recorded of one lane: the newest score by area, colour by area, answer by line and owner by part."""

    policy: Policy
    lane: Lane
    scores: Mapping[str, ReadinessScore]
    colours: Mapping[str, ControlColour]
    answers: Mapping[str, WorksheetAnswer]
    owners: Mapping[str, LaunchOwnerNamed]

    @cached_property
    def score(self) -> Score:
        """The score as it is computed."""
        return Score({area: row.score for area, row in self.scores.items()})

    @cached_property
    def call(self) -> go_no_go.Call:
        """Go, no go, stop, or open."""
        return go_no_go.call(self._colour_by_area)

    @cached_property
    def recommendation(self) -> scorecard_recommendation.Recommendation:
        """Build, wait, narrow or reject, as computed."""
        return scorecard_recommendation.recommend(self.score, self.call, self._colour_by_area)

    @property
    def _colour_by_area(self) -> dict[str, str]:
        return {area: row.colour for area, row in self.colours.items()}

    @cached_property
    def known(self) -> dict[str, KnownAnswer]:
        """What the system knows of the worksheet, by line: from policy, launch owners and recommendation."""
        named = {line: self.owners[part] for line, part in OWNER_LINES.items() if part in self.owners}
        return {
            **known_answers.known_answers(self.policy, self.lane),
            **{line: KnownAnswer(one.name) for line, one in named.items() if one.is_active},
            worksheet.RECOMMENDATION: KnownAnswer(self.recommendation.choice),
        }

    @cached_property
    def lines(self) -> list[WorksheetLine]:
        """The worksheet, in its order."""
        return [WorksheetLine(line, self.known.get(line.key), self.answers.get(line.key)) for line in worksheet.LINES]


def lane_of(policy: Policy, key: str) -> Lane:
    """The lane of that key. Raises NotFound, naming the lanes of the policy."""
    lane = policy.lane(key)
    if lane is None:
        keys = ", ".join(one.key for one in policy.lanes)
        raise NotFound(f"The active policy has no such lane. The lanes are {keys}.")
    return lane


def may_record(lane: Lane, actor: evaluation.Actor) -> bool:
    """Whether this person may record the lane's readiness: by its owner's role, or as RevOps."""
    roles = actors.effective_roles(actor)
    return lane.owner in roles or access.has_ability(roles, "maintain a lane's readiness")


def load(session: Session, policy: Policy, key: str) -> LaneSheet:
    """A lane's sheet as it is now. Raises NotFound for a lane that the policy does not have."""
    lane = lane_of(policy, key)
    answers = _newest(session, WorksheetAnswer, WorksheetAnswer.line, key)
    return LaneSheet(
        policy,
        lane,
        _newest(session, ReadinessScore, ReadinessScore.area, key),
        _newest(session, ControlColour, ControlColour.area, key),
        {line: row for line, row in answers.items() if row.answer},
        _owners(session, key),
    )


def _newest(session: Session, entity: Any, place: Any, lane: str) -> dict[str, Any]:
    """The newest row for each value of a column, the one that counts."""
    return {getattr(row, place.key): row for row in session.scalars(_newest_query(entity, place.key), {"lane": lane})}


@cache
def _newest_query(entity: Any, place: str) -> Any:
    last = select(func.max(entity.id)).where(entity.lane == bindparam("lane")).group_by(getattr(entity, place))
    return select(entity).where(entity.id.in_(last))


def _owners(session: Session, lane: str) -> dict[str, LaunchOwnerNamed]:
    rows = _newest(session, LaunchOwner, LaunchOwner.part, lane)
    wanted = {row.person_id for row in rows.values()} - {None}
    people = {one.id: one for one in session.scalars(select(Person).where(Person.id.in_(wanted)))}
    return {
        part: LaunchOwnerNamed(
            rows[part], people[rows[part].person_id].name, people[rows[part].person_id].disabled_at is None
        )
        for part in owners.BY_KEY
        if part in rows and rows[part].person_id is not None
    }


def launch_parts(session: Session, policy: Policy, whose: int | None = None) -> list[str]:
    """Parts of a lane's launch in words, "Sales in the launch of Mid-market SaaS": those that a person owns or, without
    `whose`, those whose owner's account is closed."""
    return [
        f"{owners.BY_KEY[part].label} in the launch of {lane.name}" + ("" if whose else f", which was {one.name}'s")
        for lane in policy.lanes
        for part, one in _owners(session, lane.key).items()
        if (one.row.person_id == whose if whose else not one.is_active)
    ]


def history(session: Session, entity: Any, lane: str, limit: int = 200) -> Sequence[Any]:
    """A lane's rows in one of the four tables (`entity`), newest first, at most `limit`."""
    query = select(entity).where(entity.lane == lane).order_by(entity.id.desc()).limit(limit)
    return session.scalars(query).all()

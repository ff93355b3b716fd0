"""Sheets: a lane's scorecard, worksheet, go/no-go and launch owners as they stand, with their history. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from reviewqueue import access, desk
from reviewqueue.policy import judging
from reviewqueue.policy.shape import Lane, Policy
from reviewqueue.records.people import Person
from reviewqueue.records.readiness import ControlColour, LaunchOwner, ReadinessScore, WorksheetAnswer
from reviewqueue.refusals import NotThere
from reviewqueue.scorecard import controls, known, owners, recommending, worksheet
from reviewqueue.scorecard.known import Known
from reviewqueue.scorecard.reckoning import Reckoning

# The worksheet's lines that a launch owner answers, and whose part that is.
OWNED = {"sales-handoff-owner": "sales", "cs-owner": "cs", "implementation-owner": "implementation"}


@dataclass(frozen=True)
class Named:
    """Who owns a part of the launch: the row that says so, and the person; `there` is false for a closed account."""

    row: LaunchOwner
    name: str
    there: bool


@dataclass(frozen=True)
class Line:
    """A line of the worksheet: what the system knows of it, what a person answered, and whether the two differ. `moved`
    says that the system knew something else when the person answered."""

    line: worksheet.Line
    known: Known | None
    answer: WorksheetAnswer | None

    @property
    def says(self) -> str:
        """What holds: the person's answer, else what the system knows; "" where nobody said anything."""
        return self.answer.answer if self.answer else self.known.says if self.known else ""

    @property
    def differs(self) -> bool:
        """Whether the person answered otherwise than the system knows."""
        return (
            bool(self.answer and self.known)
            and self.says.casefold() != (self.known.says if self.known else "").casefold()
        )

    @property
    def moved(self) -> bool:
        """Whether the system knows something else today than when the person answered."""
        return self.answer is not None and self.answer.knew != (self.known.says if self.known else "")


@dataclass(frozen=True)
class Sheet:
    """Everything said of one lane: the newest score by area, colour by area, answer by line and owner by part."""

    policy: Policy
    lane: Lane
    scores: Mapping[str, ReadinessScore]
    colours: Mapping[str, ControlColour]
    answers: Mapping[str, WorksheetAnswer]
    owners: Mapping[str, Named]

    @cached_property
    def reckoning(self) -> Reckoning:
        """The score as it is computed."""
        return Reckoning({area: row.score for area, row in self.scores.items()})

    @cached_property
    def call(self) -> controls.Call:
        """Go, no go, stop, or open."""
        return controls.call(self._coloured)

    @cached_property
    def recommendation(self) -> recommending.Recommendation:
        """Build, wait, narrow or reject, as computed."""
        return recommending.recommend(self.reckoning, self.call, self._coloured)

    @property
    def _coloured(self) -> dict[str, str]:
        return {area: row.colour for area, row in self.colours.items()}

    @cached_property
    def known(self) -> dict[str, Known]:
        """What the system knows of the worksheet: from the policy, the launch owners, and its own reckoning."""
        named = {line: self.owners[part] for line, part in OWNED.items() if part in self.owners}
        return {
            **known.known(self.policy, self.lane),
            **{line: Known(one.name) for line, one in named.items() if one.there},
            worksheet.RECOMMENDATION: Known(self.recommendation.choice),
        }

    @cached_property
    def lines(self) -> list[Line]:
        """The worksheet, in its order."""
        return [Line(line, self.known.get(line.key), self.answers.get(line.key)) for line in worksheet.LINES]


def lane_of(policy: Policy, key: str) -> Lane:
    """The lane of that key. Raises NotThere naming the lanes there are."""
    lane = policy.lane(key)
    if lane is None:
        there = ", ".join(one.key for one in policy.lanes)
        raise NotThere(f"The policy in force has no such lane. The lanes are {there}.")
    return lane


def keeps(lane: Lane, actor: judging.Actor) -> bool:
    """Whether this person may score this lane and answer for it: its owner's role, or RevOps."""
    held = desk.roles_of(actor)
    return lane.owner in held or access.able(held, "keep a lane's readiness")


def of(session: Session, policy: Policy, key: str) -> Sheet:
    """A lane's sheet as it stands. Raises NotThere for a lane that the policy does not have."""
    lane = lane_of(policy, key)
    answers = _newest(session, WorksheetAnswer, WorksheetAnswer.line, key)
    return Sheet(
        policy,
        lane,
        _newest(session, ReadinessScore, ReadinessScore.area, key),
        _newest(session, ControlColour, ControlColour.area, key),
        {line: row for line, row in answers.items() if row.answer},
        _owners(session, key),
    )


def _newest(session: Session, entity: Any, place: Any, lane: str) -> dict[str, Any]:
    """The newest row of each place: the one that holds."""
    return {getattr(row, place.key): row for row in session.scalars(_last(entity, place.key), {"lane": lane})}


@cache
def _last(entity: Any, place: str) -> Any:
    last = select(func.max(entity.id)).where(entity.lane == bindparam("lane")).group_by(getattr(entity, place))
    return select(entity).where(entity.id.in_(last))


def _owners(session: Session, lane: str) -> dict[str, Named]:
    rows = _newest(session, LaunchOwner, LaunchOwner.part, lane)
    wanted = {row.person_id for row in rows.values()} - {None}
    people = {one.id: one for one in session.scalars(select(Person).where(Person.id.in_(wanted)))}
    return {
        part: Named(rows[part], people[rows[part].person_id].name, people[rows[part].person_id].disabled_at is None)
        for part in owners.BY_KEY
        if part in rows and rows[part].person_id is not None
    }


def history(session: Session, entity: Any, lane: str, most: int = 200) -> Sequence[Any]:
    """What was said of a lane in one of the four tables, newest first."""
    query = select(entity).where(entity.lane == lane).order_by(entity.id.desc()).limit(most)
    return session.scalars(query).all()

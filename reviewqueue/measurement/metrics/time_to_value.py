"""Time to value: of one onboarding, the days so far against its plan's target; of a lane, how long those took that came
to first value, and how many of those that run are beyond their target. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.core.vocabulary import PACKET
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.milestones import LAYERS, Milestone
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.seeded_defects import not_seeded
from reviewqueue.measurement import stats
from reviewqueue.measurement.metrics import collection
from reviewqueue.policy.model.policy import Policy

BATCH_SIZE = 500


@dataclass(frozen=True)
class TimeToValue:
    """One onboarding's way to first value, in days of its lane's time zone since closed-won. `days` are those so far;
    once first value is `reached`, or the onboarding `ended` before it, those until then. `target` is the day of the
    last customer-value milestone of its plan, None where no plan gives one; `following` is the next milestone and its
    due day."""

    state: Literal["running", "reached", "ended"]
    days: int
    target: int | None
    planned: bool
    reached: int
    of: int
    following: tuple[str, date | None] | None

    @property
    def beyond(self) -> int:
        """By how many days it is, or was, later than its target; 0 where it is not, or has none."""
        return max(0, self.days - self.target) if self.target is not None and self.state != "ended" else 0

    @property
    def share(self) -> int:
        """The days so far out of the target, in per cent, at most 100; 0 without a target."""
        if self.target is None:
            return 0
        return min(100, round(100 * self.days / self.target)) if self.target > 0 else 100

    @property
    def says(self) -> str:
        """The days against the target, in words."""
        if self.state == "ended":
            return f"ended on day {self.days}, before first value"
        target = f"target {_days(self.target)}" if self.target is not None else self._no_target
        late = f", {_days(self.beyond)} beyond it" if self.beyond else ""
        if self.state == "reached":
            return f"first value after {_days(self.days)}; {target}{late}"
        return f"day {self.days}; {target}{late}"

    @property
    def _no_target(self) -> str:
        if self.planned:
            return "no target: no customer-value milestone of its plan has a date"
        return "no target before a plan is approved"


def _days(count: int) -> str:
    return f"{count} day" if count == 1 else f"{count} days"


def time_to_value(
    onboarding: Onboarding | Any, won_at: datetime, milestones: Sequence[Milestone | Any], policy: Policy, now: datetime
) -> TimeToValue:
    """One onboarding's time to value; `milestones` are those of its current plan, soonest due first."""
    zone = ZoneInfo(policy.calendar(onboarding.lane).timezone)
    won, value = won_at.astimezone(zone).date(), [one for one in milestones if one.layer == LAYERS[-1]]
    reached = [one.reached_at for one in value if one.reached_at]
    came = max(reached) if reached and len(reached) == len(value) else None
    until = came or onboarding.ended_at or now
    dates = [one.due_on for one in value if one.due_on]
    ahead = [one for one in milestones if one.reached_at is None] if until is now else []
    return TimeToValue(
        "reached" if came else "ended" if onboarding.ended_at else "running",
        max(0, (until.astimezone(zone).date() - won).days),
        (max(dates) - won).days if dates else None,
        bool(milestones),
        sum(one.reached_at is not None for one in milestones),
        len(milestones),
        (ahead[0].name, ahead[0].due_on) if ahead else None,
    )


def won_at(session: Session, onboardings: Sequence[Onboarding | Any]) -> dict[int, datetime]:
    """When each of these onboardings was closed-won, by id: as recorded, else when it began here."""
    told = collection.events(session, [one.id for one in onboardings])
    found = {one.id: one.started_at for one in onboardings}
    for onboarding, events in told.items():
        if recorded := [one.happened_at for one in events if one.kind == "closed_won"]:
            found[onboarding] = min(recorded)
    return found


def of_lane(session: Session, policy: Policy, lane: str, now: datetime) -> dict[str, Any]:
    """A lane's time to value, as JSON: `days`, the median of those that came to first value; how many `running` are
    there, and of them `beyond` their target or without one (`no_target`); how many `ended` before first value. Whom
    the lane turned away at the first gate is left out."""
    columns = Onboarding.id, Onboarding.lane, Onboarding.started_at, Onboarding.ended_at
    every = session.execute(select(*columns).where(Onboarding.lane == lane).order_by(Onboarding.id)).all()
    found: list[TimeToValue] = []
    for start in range(0, len(every), BATCH_SIZE):
        found += _batch(session, policy, every[start : start + BATCH_SIZE], now)
    running = [one for one in found if one.state == "running"]
    return {
        "days": stats.median([float(one.days) for one in found if one.state == "reached"]).plain(),
        "running": len(running),
        "beyond": sum(one.beyond > 0 for one in running),
        "no_target": sum(one.target is None for one in running),
        "ended": sum(one.state == "ended" for one in found),
    }


def _batch(session: Session, policy: Policy, runs: Sequence[Any], now: datetime) -> list[TimeToValue]:
    ids = [one.id for one in runs]
    packets: dict[int, set[str]] = defaultdict(set)
    items = select(Item.onboarding_id, Item.state).where(Item.onboarding_id.in_(ids), Item.kind == PACKET, not_seeded())
    for item in session.execute(items):
        packets[item.onboarding_id].add(item.state)
    plan: dict[int, list[Any]] = defaultdict(list)
    facts = Milestone.onboarding_id, Milestone.name, Milestone.layer, Milestone.due_on, Milestone.reached_at
    for one in session.execute(select(*facts).where(Milestone.onboarding_id.in_(ids), Milestone.replaced_at.is_(None))):
        plan[one.onboarding_id].append(one)
    won = won_at(session, runs)
    return [
        time_to_value(run, won[run.id], plan[run.id], policy, now)
        for run in runs
        if not collection.is_turned_away(packets[run.id], run.ended_at)
    ]

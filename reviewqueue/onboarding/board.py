"""The command board: for each onboarding its eight stations, and where it waits, for whom and since when. Reads only.

No score is made of how a customer is doing: health says which signs there are, and a person judges them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.core.vocabulary import APPROVED, PACKET, QUESTION
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.milestones import LAYERS, DraftJob, Milestone
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.measurement.metrics.time_to_value import won_at
from reviewqueue.onboarding.waiting import Progress, WaitingFor, load_drafters, load_rejections, that_counts
from reviewqueue.policy.model.policy import Policy

KICKOFF = "Kickoff milestones"
SETUP, PROGRESS, VALUE = LAYERS
Mark = Literal["past", "here", "late", "ahead"]


@dataclass(frozen=True)
class Station:
    """One station: its name, its state in words, and whether it is past, under way (`here`), late, or ahead."""

    name: str
    says: str
    mark: Mark


@dataclass(frozen=True)
class BoardEntry(Progress):
    """One onboarding as the board shows it: its progress, and its eight stations."""

    @property
    def stations(self) -> list[Station]:
        """The eight stations, from closed-won to first value."""
        return [
            self._trigger(),
            self._draft("Packet", PACKET),
            self._kickoff(),
            self._milestones("Tasks", self.layer(PROGRESS)),
            self._csm(),
            self._draft("Portal", "portal_update"),
            self._health(),
            self._value(),
        ]

    def _trigger(self) -> Station:
        question = self.newest(QUESTION)
        if question is not None and question.settled_at is None:
            return Station("Trigger", "a question is open", "late" if self.overdue(question) else "here")
        return Station("Trigger", "closed-won", "past")

    def _draft(self, name: str, kind: str) -> Station:
        item = that_counts([one for one in self.items if one.kind == kind])
        if item is None:
            return Station(name, "not drafted", "ahead")
        mark: Mark = "late" if self.overdue(item) else "here" if item.settled_at is None else "ahead"
        return Station(name, item.state.replace("_", " "), "past" if item.state in APPROVED else mark)

    def _milestones(self, name: str, listed: Sequence[Milestone]) -> Station:
        reached, late = sum(1 for one in listed if one.reached_at), self.late(listed)
        if not listed:
            return Station(name, "no plan yet", "ahead")
        says = f"{reached} of {len(listed)}" + (f", {late} late" if late else "")
        return Station(name, says, "past" if reached == len(listed) else "late" if late else "here")

    def _kickoff(self) -> Station:
        brief, setup = self._draft(KICKOFF, "kickoff_brief"), self._milestones(KICKOFF, self.layer(SETUP))
        if brief.mark != "past":
            return Station(KICKOFF, f"brief {brief.says}", brief.mark)
        return Station(KICKOFF, f"brief {brief.says}; {setup.says}", setup.mark if setup.mark != "ahead" else "here")

    def _csm(self) -> Station:
        gates = (self.policy.gate(one.lane, one.gate) for one in self.items)
        csm_items = [one for one, gate in zip(self.items, gates, strict=True) if gate and "csm" in gate.reviewers]
        waiting = [one for one in csm_items if one.settled_at is None]
        if waiting:
            late = any(self.overdue(one) for one in waiting)
            says = "1 waits" if len(waiting) == 1 else f"{len(waiting)} wait"
            return Station("CSM gate", says, "late" if late else "here")
        return Station("CSM gate", "clear", "past") if csm_items else Station("CSM gate", "nothing yet", "ahead")

    def _health(self) -> Station:
        signs = list(self._signs())
        if not signs:
            return Station("Health", "no signs of trouble", "past" if self.done else "here")
        return Station("Health", ", ".join(signs), "late")

    def _signs(self) -> Iterator[str]:
        counts = (
            ("held by an exception", "held by %d exceptions", len(self.blocking_cases)),
            ("1 milestone late", "%d milestones late", self.late(self.milestones)),
            ("1 draft overdue", "%d drafts overdue", sum(self.overdue(one) for one in self.items)),
            ("1 escalated", "%d escalated", sum(one.state == "escalated" for one in self.items)),
            ("a source changed", "a source changed under %d", sum(one.moved_at is not None for one in self.items)),
            ("1 draft failed", "%d drafts failed", sum(one.state == "failed" for one in self.draft_jobs)),
        )
        for single, several, count in counts:
            if count:
                yield single if count == 1 else several % count

    def _value(self) -> Station:
        listed = self.layer(VALUE)
        if self.turned_away:
            return Station("Time to value", "turned away", "ahead")
        days = self.to_value.days
        if self.done:
            return Station("Time to value", f"{days} days", "past")
        reached = sum(1 for one in listed if one.reached_at)
        dates = [one.due_on for one in listed if one.due_on]
        plan = f"; {reached} of {len(listed)}, due {max(dates):%d %b}" if dates else ""
        return Station("Time to value", f"day {days}{plan}", "late" if self.late(listed) else "ahead")


@dataclass(frozen=True)
class WaitingPlace:
    """Where onboardings of the board wait: how many, how many of them late, and since when the longest."""

    name: str
    count: int
    late: int
    since: datetime


def load_entries(
    session: Session,
    policy: Policy,
    runs: Sequence[Onboarding],
    items: Mapping[int, Sequence[Item]],
    holding: Mapping[int, Sequence[ExceptionCase]],
    names: Mapping[int, str],
    now: datetime,
) -> dict[int, BoardEntry]:
    """The onboardings as the board shows them, by id. `items` are all drafts of each, oldest first."""
    ids = [run.id for run in runs]
    plan: dict[int, list[Milestone]] = {}
    query = select(Milestone).where(Milestone.onboarding_id.in_(ids), Milestone.replaced_at.is_(None))
    for one in sorted(session.scalars(query), key=lambda one: (one.due_on or date.max, one.number)):
        plan.setdefault(one.onboarding_id, []).append(one)
    jobs: dict[int, list[DraftJob]] = {}
    for job in session.scalars(select(DraftJob).where(DraftJob.onboarding_id.in_(ids)).order_by(DraftJob.id)):
        jobs.setdefault(job.onboarding_id, []).append(job)
    every = [item for held in items.values() for item in held]
    automations = load_drafters(session, every, names)
    rejected, won = load_rejections(session, every), won_at(session, runs)
    return {
        run.id: BoardEntry(
            run, items.get(run.id, []), plan.get(run.id, []), jobs.get(run.id, []), holding.get(run.id, []), policy,
            names, now, automations, rejected, won[run.id],
        )
        for run in runs
    }  # fmt: skip


def waiting_places(entries: Mapping[int, BoardEntry]) -> list[WaitingPlace]:
    """The places where these onboardings wait, the most frequent first."""
    grouped: dict[str, list[WaitingFor]] = {}
    for one in entries.values():
        if waits := one.waits:
            grouped.setdefault(waits.place, []).append(waits)
    made = [
        WaitingPlace(name, len(held), sum(one.late for one in held), min(one.since for one in held))
        for name, held in grouped.items()
    ]
    return sorted(made, key=lambda one: (-one.count, one.name))

"""The command board: for each onboarding its eight stations, and where it waits, for whom and since when. Reads only.

No score is made of how a customer is doing: health says which signs there are, and a person judges them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.core.vocabulary import APPROVED, PACKET, QUESTION
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.milestones import LAYERS, DraftJob, Milestone
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.items import approved_plan
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
class WaitingFor:
    """What an onboarding waits for (`at`), for whom (a name, or else any of these `roles`), and since when; `late` says
    that a due time has passed. `place` groups the board: a gate's name, or another group such as `A milestone`."""

    place: str
    at: str
    whom: str
    since: datetime
    late: bool = False
    roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class BoardEntry:
    """One onboarding with everything the board reads of it. `names` are people's names, by id."""

    onboarding: Onboarding
    items: Sequence[Item]
    milestones: Sequence[Milestone]
    draft_jobs: Sequence[DraftJob]
    blocking_cases: Sequence[ExceptionCase]
    policy: Policy
    names: Mapping[int, str]
    now: datetime

    @property
    def today(self) -> date:
        """The day in the lane's own timezone."""
        return self.now.astimezone(ZoneInfo(self.policy.calendar(self.onboarding.lane).timezone)).date()

    @property
    def open(self) -> list[Item]:
        """The drafts that wait for a decision, the longest waiting first."""
        return sorted((one for one in self.items if one.settled_at is None), key=lambda one: (one.opened_at, one.id))

    @property
    def done(self) -> bool:
        """Whether first value is reached."""
        return approved_plan.first_value_reached(self.milestones)

    def layer(self, name: str) -> list[Milestone]:
        """The milestones of one layer of the current plan."""
        return [one for one in self.milestones if one.layer == name]

    def late(self, milestones: Sequence[Milestone]) -> int:
        """How many of them should have been reached before today."""
        return sum(1 for one in milestones if one.reached_at is None and one.due_on and one.due_on < self.today)

    def newest(self, kind: str) -> Item | None:
        """The newest draft of a kind."""
        return next((one for one in reversed(self.items) if one.kind == kind), None)

    def overdue(self, item: Item) -> bool:
        """Whether an open draft is past its due time, its clock running."""
        return item.settled_at is None and item.paused_at is None and item.due_at < self.now

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
        item = self.newest(kind)
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
        days = max(0, (self.now - self.onboarding.started_at).days)
        if self.done:
            last = max(one.reached_at for one in listed if one.reached_at)
            return Station("Time to value", f"{max(0, (last - self.onboarding.started_at).days)} days", "past")
        reached = sum(1 for one in listed if one.reached_at)
        dates = [one.due_on for one in listed if one.due_on]
        plan = f"; {reached} of {len(listed)}, due {max(dates):%d %b}" if dates else ""
        return Station("Time to value", f"day {days}{plan}", "late" if self.late(listed) else "ahead")

    @property
    def waits(self) -> WaitingFor | None:
        """Where it waits now; None once first value is reached and nothing is open. What blocks everything comes first,
        then the draft that waits longest, then a draft job that failed or is due, then the next milestone."""
        if self.onboarding.ended_at is not None:
            return None
        for case in self.blocking_cases:
            whom = self.names.get(case.owner_id or 0) or case.owner_role.replace("_", " ")
            until = case.respond_by if case.state == "open" else case.due_at
            late = case.pause == "" and until <= self.now
            return WaitingFor("An exception", f"exception #{case.id}", whom, case.opened_at, late)
        for item in self.open:
            return self._waiting_at_gate(item)
        for drafting in sorted(self.draft_jobs, key=lambda one: one.state != "failed"):
            failed = drafting.state == "failed"
            whom = "RevOps, to try again or give up" if failed else "the worker"
            at = "a draft that failed" if failed else "a draft"
            return WaitingFor("Being drafted", at, whom, drafting.created_at, failed)
        return self._waiting_at_milestone()

    def _waiting_at_gate(self, item: Item) -> WaitingFor:
        gate = self.policy.gate(item.lane, item.gate)
        place = gate.name if gate else item.gate
        if item.paused_at is not None:
            whom = "the customer" if item.pause == "waiting_for_customer" else "sales"
            return WaitingFor(place, place, f"{whom}; its clock is paused", item.paused_at)
        whom = self._waited_for(item)
        roles = () if whom or gate is None else gate.goes_up_to if item.state == "escalated" else gate.reviewers
        return WaitingFor(place, place, whom, item.opened_at, self.overdue(item), roles)

    def _waited_for(self, item: Item) -> str:
        """The name it waits for, or who that is in words; "" where any of its gate's roles may take it."""
        if item.state == "sent_back":
            return "whoever drafted it, to fix it"
        if name := self.names.get(item.assignee_id or 0):
            return name
        if item.lease_holder_id and item.lease_until and item.lease_until > self.now:
            return f"{self.names.get(item.lease_holder_id, 'somebody')}, who is on it"
        gate = self.policy.gate(item.lane, item.gate)
        if gate is None:
            return "RevOps: its gate is missing"
        owned = gate.account_owner and item.state != "escalated"
        return self.names.get(self.onboarding.owner_id or 0, "") if owned else ""

    def _waiting_at_milestone(self) -> WaitingFor | None:
        if not self.milestones:
            return self._waiting_for_draft()
        following = approved_plan.next_unreached(self.milestones)
        if following is None:
            return None
        since = max([one.reached_at for one in self.milestones if one.reached_at] or [following.planned_at])
        late = following.due_on is not None and following.due_on < self.today
        return WaitingFor("A milestone", following.name, following.owner or "nobody", since, late)

    def _waiting_for_draft(self) -> WaitingFor:
        settled = [one for one in self.items if one.settled_at is not None]
        if not settled:
            return WaitingFor("The next draft", "its first draft", "whoever drafts it", self.onboarding.started_at)
        last = max(settled, key=lambda one: (one.settled_at or self.now, one.id))
        at = "the next draft" if last.state in APPROVED else f"another draft: the last one was {last.state}"
        return WaitingFor("The next draft", at, "whoever drafts it", last.settled_at or self.now)


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
    due: dict[int, list[DraftJob]] = {}
    jobs_query = select(DraftJob).where(DraftJob.onboarding_id.in_(ids))
    jobs_query = jobs_query.where(DraftJob.state.in_(("waiting", "drafting", "failed")))
    for job in session.scalars(jobs_query.order_by(DraftJob.id)):
        due.setdefault(job.onboarding_id, []).append(job)
    return {
        run.id: BoardEntry(
            run, items.get(run.id, []), plan.get(run.id, []), due.get(run.id, []), holding.get(run.id, []), policy,
            names, now,
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

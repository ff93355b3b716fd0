"""What an onboarding waits for, who can move it, and since when: what is really missing. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.core.vocabulary import APPROVED, OPEN, PACKET, kind_of
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.items import Decision, Item
from reviewqueue.db.tables.milestones import DraftJob, Milestone
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.people import ROLES, Automation
from reviewqueue.items import approved_plan
from reviewqueue.measurement.metrics.collection import is_turned_away
from reviewqueue.measurement.metrics.time_to_value import TimeToValue, time_to_value
from reviewqueue.onboarding import draft_again, draft_jobs, ways_on
from reviewqueue.people.access import ABILITIES, OWN_AUTOMATION
from reviewqueue.policy.model.policy import Policy

PLAN = "project_plan"
MOVES_BY_PEOPLE = "to have it drafted again, or to edit it"


@dataclass(frozen=True)
class WaitingFor:
    """What an onboarding waits for (`at`), for whom (a name, or else any of these `roles`), what they do then (`to`),
    and since when; `late` says that a due time has passed, `ends` that nothing comes any more unless somebody asks.
    `place` groups the board: a gate's name, or another group such as `A milestone`."""

    place: str
    at: str
    whom: str
    since: datetime
    late: bool = False
    roles: tuple[str, ...] = ()
    to: str = ""
    ends: bool = False


@dataclass(frozen=True)
class Drafter:
    """An automation that drafts: its name, whether it is ours, and the name of the person who owns it."""

    name: str
    ours: bool
    owner: str = ""

    @property
    def says(self) -> str:
        """It, and who answers for it."""
        return f"{self.name}, which {self.owner} owns" if self.owner else self.name


@dataclass(frozen=True)
class Progress:
    """One onboarding with all that tells where it stands. `names` are people's names, `drafters` automations and
    `rejections` the decisions that rejected an item, by their ids and the item's; `won_at`
    is closed-won, None for when it began here."""

    onboarding: Onboarding
    items: Sequence[Item]
    milestones: Sequence[Milestone]
    draft_jobs: Sequence[DraftJob]
    blocking_cases: Sequence[ExceptionCase]
    policy: Policy
    names: Mapping[int, str]
    now: datetime
    drafters: Mapping[int, Drafter] = field(default_factory=dict)
    rejections: Mapping[int, Decision] = field(default_factory=dict)
    won_at: datetime | None = None

    @property
    def to_value(self) -> TimeToValue:
        """Its days so far against its target, and what is reached."""
        won_at = self.won_at or self.onboarding.started_at
        return time_to_value(self.onboarding, won_at, self.milestones, self.policy, self.now)

    @property
    def turned_away(self) -> bool:
        """Whether the lane turned the customer away with the packet: no days to first value are counted then."""
        return is_turned_away({one.state for one in self.items if one.kind == PACKET}, self.onboarding.ended_at)

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
    def waits(self) -> WaitingFor | None:
        """Where it waits now; None once it ended, or first value is reached and nothing is open. What blocks everything
        comes first, then the draft that waits longest, then a draft job that failed or is due, then the next
        milestone, then the document without which there is no plan."""
        if self.onboarding.ended_at is not None:
            return None
        for case in self.blocking_cases:
            whom = self.names.get(case.owner_id or 0) or case.owner_role.replace("_", " ")
            until = case.respond_by if case.state == "open" else case.due_at
            late = case.pause == "" and until <= self.now
            return WaitingFor("An exception", f"exception #{case.id}", whom, case.opened_at, late, to="to resolve it")
        for item in self.open:
            return self._at_gate(item)
        return self._at_draft_job() or (self._at_milestone() if self.milestones else self._at_missing_document())

    def _at_gate(self, item: Item) -> WaitingFor:
        gate = self.policy.gate(item.lane, item.gate)
        place = gate.name if gate else item.gate
        if item.paused_at is not None:
            whom = "the customer" if item.pause == "waiting_for_customer" else "sales"
            return WaitingFor(place, place, f"{whom}; its clock is paused", item.paused_at)
        if item.state == "sent_back":
            return self._sent_back(item, place)
        whom = self._assigned(item)
        roles = () if whom or gate is None else gate.goes_up_to if item.state == "escalated" else gate.reviewers
        return WaitingFor(place, place, whom, item.opened_at, self.overdue(item), roles)

    def _sent_back(self, item: Item, place: str) -> WaitingFor:
        """What was sent back waits for its automation, or where we wrote it for a person: nothing revises it alone."""
        drafter, late = self.drafters.get(item.automation_id), self.overdue(item)
        at = f"{place}, sent back"
        if drafter is None or drafter.ours:
            roles = _roles(draft_again.ABILITY)
            return WaitingFor(place, at, "", item.opened_at, late, roles, to=MOVES_BY_PEOPLE)
        return WaitingFor(place, at, drafter.says, item.opened_at, late, to="to send a new revision")

    def _assigned(self, item: Item) -> str:
        """The name it waits for, or who that is in words; "" where any of its gate's roles may take it."""
        if name := self.names.get(item.assignee_id or 0):
            return name
        if item.lease_holder_id and item.lease_until and item.lease_until > self.now:
            return f"{self.names.get(item.lease_holder_id, 'somebody')}, who is on it"
        gate = self.policy.gate(item.lane, item.gate)
        if gate is None:
            return "RevOps: its gate is missing"
        owned = gate.account_owner and item.state != "escalated"
        return self.names.get(self.onboarding.owner_id or 0, "") if owned else ""

    def _at_draft_job(self) -> WaitingFor | None:
        """The draft job that failed, or else the first that is due."""
        jobs = [one for one in self.draft_jobs if one.state in ("failed", "waiting", "drafting")]
        for job in sorted(jobs, key=lambda one: one.state != "failed"):
            name = f"“{self.template_name(job.template)}”"
            if job.state == "failed":
                roles, to = _roles("retry or give up a draft"), "to try again or give it up"
                at = f"{name}, which could not be drafted: {job.says or 'no worker came back with it'}"
                return WaitingFor("Being drafted", at, "", job.created_at, late=True, roles=roles, to=to)
            again = f": tried {job.attempts} times, {job.says}" if job.attempts and job.state == "waiting" else ""
            return WaitingFor("Being drafted", f"{name}, to be drafted{again}", "the worker", job.created_at)
        return None

    def template_name(self, key: str) -> str:
        """What a template is called; its key where the policy does not know it."""
        template = self.policy.template(key)
        return template.name if template else key

    def _at_milestone(self) -> WaitingFor | None:
        reached = [one.reached_at for one in self.milestones if one.reached_at]
        since = max(reached or [max(one.planned_at for one in self.milestones)])
        following = approved_plan.next_unreached(self.milestones)
        records = _roles("record a milestone's evidence")
        if following is None:
            if self.done:
                return None
            at = "a customer-value milestone: the plan has none, so first value cannot be recorded"
            number = max(one.item_id for one in self.milestones)
            return WaitingFor("A plan", at, "", since, roles=("implementation_lead",), to=_newer_plan(number))
        late = following.due_on is not None and following.due_on < self.today
        owner = following.owner and f"{following.owner}, its owner"
        to = "to reach it: no evidence is recorded yet" if owner else "to record its evidence: it has no owner"
        return WaitingFor("A milestone", following.name, owner, since, late, () if owner else records, to)

    def _at_missing_document(self) -> WaitingFor:
        """Before there are milestones: the packet, or the plan, that nobody approved yet."""
        packet = self._approved(PACKET)
        if packet is None:
            return self._missing(PACKET, self.onboarding.started_at)
        plan = self._approved(PLAN)
        if plan is None:
            return self._missing(PLAN, packet.settled_at or self.now)
        at = "milestones: the approved plan names none"
        roles, to = ("implementation_lead",), _newer_plan(plan.id)
        return WaitingFor("A plan", at, "", plan.settled_at or self.now, roles=roles, to=to)

    def _approved(self, kind: str) -> Item | None:
        return next((one for one in reversed(self.items) if one.kind == kind and one.state in APPROVED), None)

    def _missing(self, kind: str, since: datetime) -> WaitingFor:
        """Why there is no draft of a kind, and who can have one made."""
        what, last = f"a {kind_of(kind).words}", self.newest(kind)
        if last is not None and last.state == "rejected":
            return self._after_rejection(last, what)
        kinds = {one.key: one.kind for one in self.policy.templates}
        for job in reversed(self.draft_jobs):
            if kinds.get(job.template) == kind and job.state in ("skipped", "given_up"):
                why = job.says or "it was given up"
                to, roles = "to have it drafted all the same", _roles("retry or give up a draft")
                return WaitingFor("The next draft", f"{what}, not drafted: {why}", "", _ended(job), roles=roles, to=to)
        at = f"{what}: the last one was {last.state}" if last else f"{what}: none was scheduled or submitted"
        since = last.settled_at or since if last else since
        return WaitingFor("The next draft", at, *self._who_drafts(kind, last, since))

    def _who_drafts(
        self, kind: str, last: Item | None, since: datetime
    ) -> tuple[str, datetime, bool, tuple[str, ...], str]:
        """(whom, since, late, roles, to) of a draft that nothing has scheduled."""
        drafter = self.drafters.get(last.automation_id) if last else None
        if drafter and not drafter.ours:
            return drafter.says, since, False, (), "to submit another"
        askable = draft_jobs.to_ask_for(self.policy, self.onboarding.lane, self.items, self.draft_jobs)
        if any(one.kind == kind for one in askable):
            return "", since, False, _roles(draft_again.ABILITY), "to ask for it on the onboarding’s page"
        if last and last.state == "rejected" and drafter and drafter.ours:
            return "", since, False, _roles(draft_again.ABILITY), "to have it drafted again, on its page"
        if kind == PACKET:
            return "", since, False, ("revops",), "to have an automation submit it"
        to = "to add a template for it to the policy, or to have an automation submit it: the lane has none"
        return "", since, False, ("revops",), to

    def _after_rejection(self, last: Item, what: str) -> WaitingFor:
        made, since = self.rejections.get(last.id), last.settled_at or self.now
        who = self.names.get(made.person_id if made else 0, "somebody")
        drafter = self.drafters.get(last.automation_id)
        if made and made.choice == ways_on.NOT_NEEDED:
            return WaitingFor("Ends here", f"{who} rejected {what}, and none is needed", who, since, ends=True)
        at = f"another {what.removeprefix('a ')}: {who} rejected the last one"
        if made and made.choice == ways_on.AGAIN and drafter and not drafter.ours:
            return WaitingFor("The next draft", at, drafter.says, since, to="to submit another")
        said = "" if made and made.choice else ", and nobody said what comes next"
        return WaitingFor("The next draft", f"{at}{said}", *self._who_drafts(last.kind, last, since))


def that_counts(drafts: Sequence[Item]) -> Item | None:
    """Of the drafts of one kind, oldest first, the one that says how it stands: the newest open one, else the newest
    approved one, else the newest; None for none."""
    for states in (OPEN, APPROVED):
        if found := next((one for one in reversed(drafts) if one.state in states), None):
            return found
    return drafts[-1] if drafts else None


def _newer_plan(item_id: int) -> str:
    return f"to start a newer version of it (item {item_id}), and to have that approved"


def _roles(ability: str) -> tuple[str, ...]:
    return tuple(role for role in ROLES if role in ABILITIES[ability])


def _ended(job: DraftJob) -> datetime:
    return job.done_at or job.created_at


def load_drafters(session: Session, items: Sequence[Item], names: Mapping[int, str]) -> dict[int, Drafter]:
    """The automations that drafted these items, by id."""
    ids = {one.automation_id for one in items}
    rows = session.execute(
        select(Automation.id, Automation.name, Automation.owner_id).where(Automation.id.in_(ids))
    ).all()
    ours = {OWN_AUTOMATION, *draft_again.IMPORTS}
    return {row.id: Drafter(row.name, row.name in ours, names.get(row.owner_id or 0, "")) for row in rows}


def load_rejections(session: Session, items: Sequence[Item]) -> dict[int, Decision]:
    """The decisions that rejected these items, by the item's id."""
    ids = [one.id for one in items if one.state == "rejected"]
    query = select(Decision).where(Decision.item_id.in_(ids), Decision.action == "reject").order_by(Decision.id)
    return {made.item_id: made for made in session.scalars(query)}

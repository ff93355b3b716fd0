"""Onboardings from closed-won to first value, as their list and their pages show them. Reads only; what a person may
not see is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session

from reviewqueue.core import folding
from reviewqueue.core.vocabulary import APPROVED, DOCUMENTS
from reviewqueue.db import paging
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.items import Decision, Item
from reviewqueue.db.tables.milestones import LAYERS, DraftJob, Milestone
from reviewqueue.db.tables.onboardings import DealChange, Onboarding
from reviewqueue.db.tables.people import Person
from reviewqueue.db.tables.seeded_defects import tellable
from reviewqueue.evidence.types import Source
from reviewqueue.exceptions import case_queries
from reviewqueue.items import approved_plan, deal_changes
from reviewqueue.onboarding import (
    board,
    crm_owners,
    customer_points,
    draft_again,
    draft_jobs,
    given_answers,
    portal_page,
    replies,
    sales_answers,
    waiting,
)
from reviewqueue.onboarding.crm_owners import CrmOwner
from reviewqueue.onboarding.customer_points import OpenPoint
from reviewqueue.onboarding.customer_tasks import fingerprint, read_cause
from reviewqueue.onboarding.replies import KeptReply
from reviewqueue.onboarding.sales_answers import Asked
from reviewqueue.people import access, actors, visibility
from reviewqueue.policy import evaluation, policy_versions
from reviewqueue.policy.model.policy import Policy
from reviewqueue.policy.model.templates import Template

DUE_STATES, PAST_STATES = ("waiting", "drafting", "failed"), ("skipped", "given_up")


@dataclass(frozen=True)
class GateStage:
    """A gate and the onboarding's drafts at it: those this person may see, and how many more there are."""

    name: str
    items: Sequence[Item]
    hidden: int


@dataclass(frozen=True)
class Version:
    """An approved version of a document: the items that it replaced and that replaced it; 0 for none: then it holds."""

    before: int
    after: int


@dataclass(frozen=True)
class PointOnPage:
    """An open point, and how far the question to the customer about it is: its newest draft job, and the item, None
    where this person may not see it."""

    point: OpenPoint
    job: DraftJob | None
    item: Item | None

    @property
    def who_asks(self) -> str:
        """What sales said of who asks the customer, and by when."""
        return given_answers.says_who_asks(self.point.asked)


@dataclass(frozen=True)
class OnboardingPage:
    """Everything on an onboarding's page. `kinds` has the state of the draft of each kind that counts; `due` are draft
    jobs that are due or failed, `past` those that were skipped or given up, with why, oldest first, and `later_jobs`
    the newest other one of each template; `rejected` the
    rejected drafts this person may see, with the decision of each; `template_by_item` has the template of an item by
    its id; `layers` the plan's milestones by layer, `ahead_of` the unreached ones before one of customer value, by its
    id; `deal` what became of its deal, oldest first, and `open_to_read` those of its exceptions that they may open;
    `points` what is open with the customer, `answered` what they answered to others; `askable` what this person may
    have drafted, `again` the open drafts that they may have written again, `question` the newest approved question to
    sales; `versions` how the approved versions of one document stand, where there are several, by their items;
    `said_there` what the customer said last at their portal to each milestone, by its fingerprint; `replies` what they
    answered by e-mail."""

    onboarding: Onboarding
    policy: Policy
    stages: Sequence[GateStage]
    kinds: Mapping[str, str]
    due: Sequence[DraftJob]
    past: Sequence[DraftJob]
    later_jobs: Mapping[str, int]
    rejected: Sequence[tuple[Item, Decision]]
    template_by_item: Mapping[int, str]
    layers: Mapping[str, Sequence[Milestone]]
    ahead_of: Mapping[int, Sequence[Milestone]]
    done: bool
    today: date
    names: Mapping[int, str]
    owner_gone: bool
    blocking_cases: Sequence[tuple[ExceptionCase, bool]]
    deal: Sequence[DealChange]
    open_to_read: frozenset[int]
    may_record: bool
    may_retry: bool
    askable: Sequence[Template]
    again: Sequence[Item] = ()
    points: Sequence[PointOnPage] = ()
    answered: Sequence[Source] = ()
    question: Asked | None = None
    crm_owner: CrmOwner | None = None
    names_owner: bool = False
    versions: Mapping[int, Version] = field(default_factory=dict)
    has_portal: bool = False
    said_there: Mapping[str, portal_page.Said] = field(default_factory=dict)
    replies: Sequence[KeptReply] = ()

    def said_to(self, milestone: Milestone) -> portal_page.Said | None:
        """What the customer said last to a milestone at their portal."""
        return self.said_there.get(fingerprint(milestone))

    @property
    def not_drafted(self) -> list[DraftJob]:
        """The newest job of each template that was skipped or given up, unless a later one is due or drafted."""
        return still_missing(self.past, self.later_jobs)

    @property
    def not_drafted_before(self) -> list[DraftJob]:
        """The others that were skipped or given up."""
        shown = {one.id for one in self.not_drafted}
        return [one for one in self.past if one.id not in shown]

    @property
    def leaves_repeats_out(self) -> bool:
        """Whether an undecided draft that repeats an approved one is in the queue alone: a gate has seeded defects."""
        lane = self.policy.lane(self.onboarding.lane)
        gates = [self.policy.gate(self.onboarding.lane, key) for key in lane.kinds.values()] if lane else []
        return any(gate is not None and gate.planted_percent for gate in gates)

    @property
    def milestones(self) -> list[Milestone]:
        """All milestones of the current plan."""
        return [one for listed in self.layers.values() for one in listed]

    def template(self, key: str) -> str:
        """What a template is called; its key where the policy does not know it."""
        template = self.policy.template(key)
        return template.name if template else key

    @property
    def stations(self) -> list[tuple[str, str]]:
        """The first drafts after closed-won: (name, the state of the newest one, "" where there is none)."""
        drafts = (("Handoff packet", "handoff_packet"), ("Kickoff brief", "kickoff_brief"), ("Plan", "project_plan"))
        return [(name, self.kinds.get(kind, "")) for name, kind in drafts]


def load_page(session: Session, onboarding_id: int, person_id: int, now: datetime) -> OnboardingPage:
    """The page of an onboarding for one person. Raises NotFound when there is none, or they may not see it."""
    actor = actors.load_actor(session, person_id, now)
    onboarding = visibility.load_onboarding(session, onboarding_id, actor)
    policy = policy_versions.current(session)
    milestones = approved_plan.current(session, onboarding.id)
    mine = Item.onboarding_id == onboarding.id, tellable()
    items = session.scalars(select(Item).where(*mine).order_by(Item.id.desc())).all()
    due = session.scalars(select(DraftJob).where(DraftJob.onboarding_id == onboarding.id).order_by(DraftJob.id)).all()
    cases = case_queries.blocking(session, [onboarding.id]).get(onboarding.id, [])
    deal = deal_changes.all_of(session, onboarding.id)
    stages = _stages(session, policy, onboarding, items, actor)
    seen = [one for stage in stages for one in stage.items]
    rejections = waiting.load_rejections(session, seen)
    person_ids = {onboarding.owner_id, *(one.person_id for one in rejections.values())}
    person_ids |= {one.reached_by_id for one in milestones}
    person_ids |= {one.settled_by_id for one in deal}
    named = select(Person.id, Person.name, Person.disabled_at).where(Person.id.in_(person_ids - {None}))
    people = session.execute(named).all()
    asks = access.has_ability(actors.effective_roles(actor), draft_again.ABILITY)
    template_by_item = {one.item_id: one.template for one in due if one.item_id}
    answers = sales_answers.known(session, policy, onboarding.id)
    lane = policy.lane(onboarding.lane)
    has_portal = lane is not None and bool(lane.portal_days)
    return OnboardingPage(
        onboarding=onboarding,
        policy=policy,
        stages=stages,
        kinds=_states(items),
        due=[one for one in due if one.state in DUE_STATES],
        past=[one for one in due if one.state in PAST_STATES],
        later_jobs={one.template: one.id for one in due if one.state not in PAST_STATES},
        rejected=[(one, rejections[one.id]) for one in seen if one.id in rejections],
        template_by_item=template_by_item,
        layers={layer: rows for layer in (*LAYERS, "") if (rows := [one for one in milestones if one.layer == layer])},
        ahead_of=approved_plan.unreached_before(session, milestones),
        done=approved_plan.first_value_reached(milestones),
        today=now.astimezone(ZoneInfo(policy.calendar(onboarding.lane).timezone)).date(),
        names={row.id: row.name for row in people},
        owner_gone=any(row.id == onboarding.owner_id and row.disabled_at for row in people),
        blocking_cases=[(case, case_queries.sees(policy, case, actor)) for case in cases],
        deal=deal,
        open_to_read=case_queries.readable(session, policy, [one.exception_id for one in deal], actor),
        points=_points(session, policy, onboarding, due, seen) if _asks_customer(answers) else (),
        answered=customer_points.answered(answers),
        may_record=visibility.may_record_milestones(onboarding, actor),
        may_retry=access.has_ability(actors.effective_roles(actor), "retry or give up a draft"),
        askable=draft_jobs.to_ask_for(policy, onboarding.lane, items, due) if asks and not onboarding.ended_at else (),
        again=draft_again.ours(onboarding, seen, template_by_item) if asks else (),
        question=sales_answers.about(session, onboarding.id) if onboarding.ended_at is None else None,
        crm_owner=crm_owners.of_onboarding(session, policy, onboarding),
        names_owner=access.has_ability(actor.roles, crm_owners.ABILITY),
        versions=versions_of(items),
        has_portal=has_portal,
        said_there=portal_page.replies(session, onboarding.id) if has_portal else {},
        replies=replies.of_onboarding(session, onboarding.id),
    )


def still_missing(past: Sequence[DraftJob], later_jobs: Mapping[str, int]) -> list[DraftJob]:
    """Of these jobs that were skipped or given up, the newest of each template that no later job makes up for."""
    newest = {one.template: one for one in past}
    return [one for one in newest.values() if one.id > later_jobs.get(one.template, 0)]


def versions_of(items: Sequence[Item]) -> dict[int, Version]:
    """How the approved versions of a document stand to one another, by item: the one that was approved last holds."""
    found: dict[int, Version] = {}
    for kind in DOCUMENTS:
        approved = [one for one in items if one.kind == kind and one.state in APPROVED and one.settled_at]
        approved.sort(key=lambda one: (one.settled_at, one.id))
        for older, newer in pairwise(approved):
            found[older.id] = Version(found[older.id].before if older.id in found else 0, newer.id)
            found[newer.id] = Version(older.id, 0)
    return found


def _states(items: Sequence[Item]) -> dict[str, str]:
    """Kind → the state of its draft that counts; the items are the newest first."""
    of_kind: dict[str, list[Item]] = {}
    for item in reversed(items):
        of_kind.setdefault(item.kind, []).append(item)
    return {kind: one.state for kind, drafts in of_kind.items() if (one := waiting.that_counts(drafts))}


def entry(session: Session, page: OnboardingPage, names: Mapping[int, str], now: datetime) -> board.BoardEntry:
    """The onboarding of a page as the board shows it."""
    run = page.onboarding
    items = session.scalars(select(Item).where(Item.onboarding_id == run.id, tellable()).order_by(Item.id)).all()
    holding = {run.id: [case for case, _ in page.blocking_cases]}
    return board.load_entries(session, page.policy, [run], {run.id: items}, holding, names, now)[run.id]


def _asks_customer(answers: Mapping[str, Source]) -> bool:
    return any(not sales_answers.settles(one) for one in answers.values())


def _points(
    session: Session, policy: Policy, onboarding: Onboarding, jobs: Sequence[DraftJob], seen: Sequence[Item]
) -> list[PointOnPage]:
    """The open points, each with the newest job of the question about it."""
    lane = policy.lane(onboarding.lane)
    asking, items = customer_points.asking(policy, lane) if lane else None, {one.id: one for one in seen}
    asked = [(one, about) for one in jobs if asking and one.template == asking.key if (about := read_cause(one.cause))]
    found = []
    for point in customer_points.open_points(session, policy, onboarding):
        mine = [job for job, about in asked if fingerprint(point) in about.tasks]
        job = mine[-1] if mine else None
        found.append(PointOnPage(point, job, items.get(job.item_id or 0) if job else None))
    return found


def _stages(
    session: Session, policy: Policy, onboarding: Onboarding, items: Sequence[Item], actor: evaluation.Actor
) -> list[GateStage]:
    """The gates of the lane in its own order, each with its drafts, newest first; those with none are left out."""
    visible_gates = visibility.visible_items(session, [item.id for item in items], actor)
    lane = policy.lane(onboarding.lane)
    keys = dict.fromkeys([*(lane.kinds.values() if lane else ()), *(item.gate for item in items)])
    stages = []
    for key in keys:
        at_gate = [item for item in items if item.gate == key]
        visible = [item for item in at_gate if item.id in visible_gates]
        gate = policy.gate(onboarding.lane, key)
        if at_gate:
            stages.append(GateStage(gate.name if gate else key, visible, len(at_gate) - len(visible)))
    return stages


def onboardings(
    session: Session, lanes: set[str], customer: str, place: paging.PagePosition
) -> tuple[paging.Page[Row[Onboarding]], dict[int, list[Item]]]:
    """(one page of onboardings, newest first; their items by onboarding, those that may be told of)."""
    query = select(Onboarding).where(Onboarding.lane.in_(lanes))
    if customer:
        # Onboardings from before names were folded have their key with its accents.
        keys = folding.beginnings(customer)
        query = query.where(or_(*(func.substr(Onboarding.customer_key, 1, len(key)) == key for key in keys)))
    found = paging.newest_first(session, query, Onboarding.id, place)
    items: dict[int, list[Item]] = {one.id: [] for (one,) in found.rows}
    for item in session.scalars(select(Item).where(Item.onboarding_id.in_(items), tellable()).order_by(Item.id)):
        items[item.onboarding_id or 0].append(item)
    return found, items

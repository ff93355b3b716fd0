"""Runs: one onboarding from closed-won to first value, as its page shows it. Reads only; hides what is not theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue import access, cases, desk, draftings, milestones, plans, policies
from reviewqueue.policy import judging
from reviewqueue.policy.shape import Policy
from reviewqueue.policy.templates import Template
from reviewqueue.records.exceptions import ExceptionCase
from reviewqueue.records.items import Item
from reviewqueue.records.onboardings import Onboarding
from reviewqueue.records.people import Person
from reviewqueue.records.plans import LAYERS, Drafting, Milestone
from reviewqueue.refusals import NotThere

DUE = ("waiting", "drafting", "failed")


@dataclass(frozen=True)
class Stage:
    """A gate and the onboarding's drafts at it: those this person may see, and how many more there are."""

    name: str
    items: Sequence[Item]
    hidden: int


@dataclass(frozen=True)
class RunPage:
    """Everything on an onboarding's page. `kinds` says where the newest draft of each kind stands; `due` are drafts
    that are to come or failed, `past` those that were not drafted, with why; `sprung` says from which template an item
    came; `layers` the plan's milestones by layer; `askable` what this person may have drafted.
    """

    run: Onboarding
    policy: Policy
    stages: Sequence[Stage]
    kinds: Mapping[str, str]
    due: Sequence[Drafting]
    past: Sequence[Drafting]
    sprung: Mapping[int, str]
    layers: Mapping[str, Sequence[Milestone]]
    done: bool
    today: date
    names: Mapping[int, str]
    holding: Sequence[tuple[ExceptionCase, bool]]
    may_record: bool
    may_retry: bool
    askable: Sequence[Template]

    @property
    def milestones(self) -> list[Milestone]:
        """All milestones of the plan in force."""
        return [one for listed in self.layers.values() for one in listed]

    def template(self, key: str) -> str:
        """What a template is called; its key where the policy does not know it."""
        template = self.policy.template(key)
        return template.name if template else key

    @property
    def stations(self) -> list[tuple[str, str]]:
        """The way from closed-won to first value: (what, its state now or "" where it has not begun)."""
        drafts = (("Handoff packet", "handoff_packet"), ("Kickoff brief", "kickoff_brief"), ("Plan", "project_plan"))
        return [(name, self.kinds.get(kind, "")) for name, kind in drafts]


def whole(session: Session, onboarding_id: int, person_id: int, now: datetime) -> RunPage:
    """The page of an onboarding for one person. Raises NotThere when there is none, or it is not theirs to see."""
    actor = desk.actor_of(session, person_id, now)
    run = session.get(Onboarding, onboarding_id)
    if run is None or not milestones.sees(session, run, actor):
        raise NotThere()
    policy = policies.current(session)
    held = plans.current(session, run.id)
    items = session.scalars(select(Item).where(Item.onboarding_id == run.id).order_by(Item.id.desc())).all()
    due = session.scalars(select(Drafting).where(Drafting.onboarding_id == run.id).order_by(Drafting.id)).all()
    found = cases.holding(session, [run.id]).get(run.id, [])
    named = {one.reached_by_id for one in held} | {run.owner_id}
    people = session.execute(select(Person.id, Person.name).where(Person.id.in_(named - {None})))
    return RunPage(
        run=run,
        policy=policy,
        stages=_stages(policy, run, items, actor),
        kinds={item.kind: item.state for item in reversed(items)},
        due=[one for one in due if one.state in DUE],
        past=[one for one in due if one.state in ("skipped", "given_up")],
        sprung={one.item_id: one.template for one in due if one.item_id},
        layers={layer: rows for layer in (*LAYERS, "") if (rows := [one for one in held if one.layer == layer])},
        done=plans.done(held),
        today=now.astimezone(ZoneInfo(policy.calendar(run.lane).timezone)).date(),
        names={row.id: row.name for row in people},
        holding=[(case, cases.sees(policy, case, actor)) for case in found],
        may_record=milestones.records(run, actor),
        may_retry=access.able(desk.roles_of(actor), "retry or give up a draft"),
        askable=draftings.on_demand(policy, run.lane) if access.able(desk.roles_of(actor), "ask for a draft") else (),
    )


def _stages(policy: Policy, run: Onboarding, items: Sequence[Item], actor: judging.Actor) -> list[Stage]:
    """The gates of the lane in its own order, each with its drafts, newest first; those with none are left out."""
    mine = set(access.desks(policy, desk.roles_of(actor)))
    lane = policy.lane(run.lane)
    keys = dict.fromkeys([*(lane.kinds.values() if lane else ()), *(item.gate for item in items)])
    stages = []
    for key in keys:
        here = [item for item in items if item.gate == key]
        seen = [item for item in here if (item.lane, item.gate) in mine]
        gate = policy.gate(run.lane, key)
        if here:
            stages.append(Stage(gate.name if gate else key, seen, len(here) - len(seen)))
    return stages

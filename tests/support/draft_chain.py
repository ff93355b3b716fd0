"""The chain in tests: an onboarding whose packet can be approved, and the worker's turns at its drafts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from reviewqueue import worker
from reviewqueue.db import database
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.milestones import DraftJob, Milestone
from reviewqueue.evidence.types import Source
from reviewqueue.items import approved_plan
from reviewqueue.items.submission_rules import Submission
from reviewqueue.onboarding import milestones
from reviewqueue.onboarding import owner as onboarding_owner
from reviewqueue.onboarding.drafting.compose import compose
from tests import drafts
from tests.cast import DANA, PRIYA, TOM, Named
from tests.world import World

PROOF = "Piet showed it to us on the call, in his own account."
AHEAD = "Piet began before the rest was done, and showed us."


def packet(about: drafts.Deal, **changes: Any) -> Submission:
    """A handoff packet whose customer-side owner has a contact record with an address."""
    told = drafts.packet(about, **changes)
    account = about.sources["account"].external_id
    says = {"Id": f"003{about.external_id[3:]}", "AccountId": account, "FirstName": "Piet", "LastName": "de Vries"}
    piet = Source("salesforce", "Contact", says["Id"], {**says, "Email": "piet@marlowfreight.example"})
    sources = {**told.drafted.sources, "piet": piet}
    return replace(told, drafted=replace(told.drafted, sources=sources), callback_url="")


def begun(world: World, about: drafts.Deal | None = None, *, owner: Named | None = DANA) -> int:
    """Hand a packet in, say whose account it is and approve it; returns the packet's item."""
    item = world.submit(packet(about or drafts.deal()))
    if owner:
        with world.session() as session:
            run = world.item(item).onboarding_id or 0
            onboarding_owner.set_owner(session, TOM.id, run, owner.id, "They have worked together before.", world.now)
    world.decide(PRIYA, item, "approve")
    return item


def draft(world: World, drafter: Any = compose, at: datetime | None = None) -> int:
    """Let the worker take what is due, one after another; returns how many turns it had."""
    turns, sessions = 0, database.sessions(world.engine)
    now: Callable[[], datetime] = lambda: at or world.now  # noqa: E731
    while worker.compose_one_draft(sessions, drafter, now):
        turns += 1
    world.run_checks(at)
    return turns


def draftings(world: World) -> dict[str, DraftJob]:
    """The newest drafting of each template."""
    with world.session() as session:
        return {one.template: one for one in session.scalars(select(DraftJob).order_by(DraftJob.id))}


def of_kind(world: World, kind: str) -> list[Item]:
    """The items of a kind, oldest first."""
    with world.session() as session:
        return list(session.scalars(select(Item).where(Item.kind == kind).order_by(Item.id)))


def plan_of(world: World, onboarding_id: int = 1) -> list[Milestone]:
    """The milestones of the current plan, soonest due first."""
    with world.session() as session:
        return list(approved_plan.current(session, onboarding_id))


def reach(world: World, milestone: Milestone, person: Named = DANA, at: datetime | None = None) -> None:
    """Record a milestone's evidence, with a reason should it come before what it depends on."""
    with world.session() as session:
        milestones.reach(session, person.id, milestone.id, PROOF, at or world.now, AHEAD)


def states(world: World) -> dict[str, str]:
    """Template → the state of its newest drafting."""
    return {key: one.state for key, one in draftings(world).items()}


def acts(world: World) -> list[str]:
    """Every act on the log, in order."""
    return [entry.act for entry in world.log()]

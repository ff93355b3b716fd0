"""Milestones: a person records the evidence that one is reached, or takes that back. No signal ever moves one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue import access, chain, desk, opening, override_log, policies, texts
from reviewqueue.database import writing
from reviewqueue.events import EventType
from reviewqueue.override_log import Event
from reviewqueue.policy import judging
from reviewqueue.records.items import Item
from reviewqueue.records.onboardings import Onboarding
from reviewqueue.records.people import Person
from reviewqueue.records.plans import Drafting, Milestone
from reviewqueue.records.rows import change
from reviewqueue.refusals import Invalid, Moved, NotAllowed, NotThere


def sees(session: Session, run: Onboarding, actor: judging.Actor) -> bool:
    """Whether this person may read about an onboarding: it is in a lane of theirs, or their account."""
    return owns(run, actor) or run.lane in access.lanes(policies.current(session), desk.roles_of(actor))


def owns(run: Onboarding, actor: judging.Actor) -> bool:
    """Whether it is this person's account, or that of somebody they stand in for."""
    return run.owner_id is not None and run.owner_id in {actor.person_id, *actor.delegators}


def records(run: Onboarding, actor: judging.Actor) -> bool:
    """Whether this person may record the evidence of this onboarding's milestones, and take it back."""
    return owns(run, actor) or access.able(desk.roles_of(actor), "record a milestone's evidence")


def reach(session: Session, person_id: int, milestone_id: int, proof: str, now: datetime) -> int:
    """Record what shows that a milestone is reached, and write down what is drafted next; returns its onboarding's id.

    Raises NotThere, NotAllowed, Moved (409: reached already, or the plan was replaced) and Invalid naming the place.
    """
    if faults := texts.reason_faults("/proof", proof, ask="say what shows that it is reached"):
        raise Invalid("The evidence was not recorded; what you typed is still here.", faults)
    with writing(session):
        milestone, run = _for_hand(session, person_id, milestone_id, now)
        if milestone.reached_at is not None:
            who = session.get(Person, milestone.reached_by_id) if milestone.reached_by_id else None
            by = f" by {who.name}" if who else ""
            raise Moved(
                f"Evidence was recorded{by} on {milestone.reached_at:%d %b %H:%M} UTC, so yours was not added. Reopen "
                "the milestone first if what stands there is wrong."
            )
        change(session, milestone, reached_at=now, reached_by_id=person_id, proof=proof)
        policy = policies.current(session)
        lane = policy.lane(run.lane)
        follow = chain.reached(session, policy, lane, milestone, now) if lane else []
        event = _event(person_id, EventType.MILESTONE_REACH, run, milestone, {"proof": proof})
        override_log.append(session, now, event, *follow)
    return run.id


def reopen(session: Session, person_id: int, milestone_id: int, reason: str, now: datetime) -> int:
    """Take back that a milestone is reached, with a reason; returns its onboarding's id. The log keeps the evidence as
    it was. What was drafted because of it and is not decided is withdrawn, and what was to be drafted is not.

    Raises NotThere, NotAllowed, Moved (409: it is open) and Invalid naming the place.
    """
    if faults := texts.reason_faults("/reason", reason):
        raise Invalid("The milestone was not reopened; what you typed is still here.", faults)
    with writing(session):
        milestone, run = _for_hand(session, person_id, milestone_id, now)
        if milestone.reached_at is None:
            raise Moved("This milestone is open, so there was nothing to take back. Reload the page.")
        gone = _undrafted(session, milestone, now)
        change(session, milestone, reached_at=None, reached_by_id=None, proof="")
        event = _event(person_id, EventType.MILESTONE_REOPEN, run, milestone, {"reason": reason})
        override_log.append(session, now, event, *gone)
    return run.id


def _for_hand(session: Session, person_id: int, milestone_id: int, now: datetime) -> tuple[Milestone, Onboarding]:
    actor = desk.actor_of(session, person_id, now)
    milestone = session.get(Milestone, milestone_id)
    run = session.get_one(Onboarding, milestone.onboarding_id) if milestone else None
    if milestone is None or run is None or not sees(session, run, actor):
        raise NotThere()
    if not records(run, actor):
        raise NotAllowed(
            "Only an implementation lead, a CSM, RevOps or the account's owner says that a milestone is reached. "
            "Ask one of them. Nothing was recorded."
        )
    if milestone.replaced_at is not None:
        raise Moved("A newer plan was approved and replaced this milestone, so nothing was recorded. Reload the page.")
    return milestone, run


def _undrafted(session: Session, milestone: Milestone, now: datetime) -> list[Event]:
    caused = select(Drafting).where(
        Drafting.onboarding_id == milestone.onboarding_id, Drafting.cause == chain.cause_of(milestone)
    )
    says = "Its milestone was reopened."
    events = []
    for drafting in session.scalars(caused.order_by(Drafting.id)).all():
        if drafting.state in ("waiting", "drafting", "failed"):
            change(session, drafting, state="skipped", says=says, lease="", lease_until=None, done_at=now)
        item = session.get(Item, drafting.item_id) if drafting.item_id else None
        if item is not None and item.state in judging.OPEN:
            ended = {"state": "withdrawn", "settled_at": now, "lease_holder_id": None, "lease_until": None}
            change(session, item, **ended)
            facts = {"because": drafting.cause}
            events.append(Event(chain.ACTOR, EventType.ITEM_WITHDRAW, **opening.whereabouts(item), facts=facts))
    return events


def _event(person_id: int, act: EventType, run: Onboarding, milestone: Milestone, words: dict[str, str]) -> Event:
    facts = {"milestone": milestone.id, "plan": milestone.item_id, "layer": milestone.layer}
    said = {"milestone": milestone.name, **words}
    return Event(f"person:{person_id}", act, None, run.id, run.lane, facts=facts, texts=said)

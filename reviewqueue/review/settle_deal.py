"""What a person says of a deal that changed after its onboarding started: it still holds, the onboarding goes on with
the new terms, or it ends, and then nothing goes out any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import vocabulary
from reviewqueue.db import leased_jobs
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables.callbacks import Callback
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.milestones import DraftJob
from reviewqueue.db.tables.onboardings import DealChange, Onboarding
from reviewqueue.db.tables.releases import Release
from reviewqueue.exceptions import changed_deals
from reviewqueue.items import deal_changes
from reviewqueue.items.pauses import end_pause
from reviewqueue.policy import policy_versions

# What holds of a deal, by the outcome of its exception.
HOLDS, NEW_TERMS, ENDED = "deal_holds", "new_terms", "onboarding_ended"
OUTCOMES = {HOLDS: "holds", NEW_TERMS: "new_terms", ENDED: "ended"}


def is_about_deal(session: Session, case: ExceptionCase) -> bool:
    """Whether an exception asks what holds of a changed deal."""
    return any(one.settled_at is None for one in deal_changes.of_case(session, case.id))


def settle(
    session: Session, case: ExceptionCase, outcome: str, text: str, person_id: int, now: datetime
) -> list[Event]:
    """Record what holds of the deal that the exception is about, and end its onboarding where that is the outcome;
    returns the events for the log. Only inside `writing()`."""
    onboarding = session.get_one(Onboarding, case.onboarding_id)
    changes = deal_changes.unsettled(session, onboarding.id)
    said, actor = OUTCOMES[outcome], Actor.person(person_id)
    for change in changes:
        update_row(session, change, settled_at=now, settled_by_id=person_id, outcome=said)
    facts: dict[str, Any] = {"outcome": said, "exception": case.id, "changes": [one.id for one in changes]}
    events = [changed_deals.event(onboarding, actor, EventType.ONBOARDING_SETTLE, facts, {"text": text})]
    if outcome == ENDED:
        return events + _end(session, onboarding, changes, text, person_id, now)
    if onboarding.ended_at is not None:
        update_row(session, onboarding, ended_at=None)
    return events


def _end(
    session: Session, onboarding: Onboarding, changes: Sequence[DealChange], text: str, person_id: int, now: datetime
) -> list[Event]:
    """End an onboarding: its open drafts are withdrawn, and what was approved and is not sent is given up."""
    actor = Actor.person(person_id)
    items = session.scalars(select(Item).where(Item.onboarding_id == onboarding.id).order_by(Item.id)).all()
    withdrawn = [item for item in items if item.state in vocabulary.OPEN]
    events = [one for item in withdrawn for one in _withdraw(session, item, text, person_id, now)]
    ids = [item.id for item in items]
    given_up = _give_up_releases(session, items, text, person_id, now)
    waiting = Callback.item_id.in_(ids), Callback.type == "item.decided", Callback.state.in_(("waiting", "failed"))
    for message in session.scalars(select(Callback).where(*waiting)):
        leased_jobs.give_up(session, message, now)
    jobs = DraftJob.onboarding_id == onboarding.id, DraftJob.state.in_(("waiting", "failed"))
    for job in session.scalars(select(DraftJob).where(*jobs)):
        leased_jobs.end_lease(session, job, "skipped", says="The onboarding ended.", done_at=now)
    update_row(session, onboarding, ended_at=now)
    facts = {"withdrawn": [item.id for item in withdrawn], "given_up": [one.facts["release"] for one in given_up]}
    ended = changed_deals.event(onboarding, actor, EventType.ONBOARDING_END, facts, {"text": text})
    return [ended, *events, *given_up]


def _withdraw(session: Session, item: Item, text: str, person_id: int, now: datetime) -> list[Event]:
    policy = policy_versions.version(session, item.policy_digest)
    resumed = end_pause(session, item, policy, Actor.person(person_id), now)
    ended = {"state": "withdrawn", "settled_at": now, "settled_by_id": person_id, "why": "Its onboarding ended"}
    update_row(session, item, **ended, lease_holder_id=None, lease_until=None)
    event = Event.about(item, Actor.person(person_id), EventType.ITEM_WITHDRAW, texts={"reason": text})
    return [*resumed, event]


def _give_up_releases(session: Session, items: Sequence[Item], text: str, person_id: int, now: datetime) -> list[Event]:
    by_id = {item.id: item for item in items}
    events = []
    for release in session.scalars(
        select(Release).where(Release.item_id.in_(by_id), Release.state.in_(("waiting", "failed")))
    ):
        was = release.state
        leased_jobs.give_up(session, release, now, done_by_id=person_id)
        facts = {"release": release.id, "was": was}
        act = Actor.person(person_id), EventType.RELEASE_GIVE_UP
        events.append(Event.about(by_id[release.item_id], *act, facts=facts, texts={"reason": text}))
    return events

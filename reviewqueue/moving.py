"""Moving: an open item goes on under the policy in force. Without this act it keeps the one it was opened under."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue import (
    access,
    calendar,
    desk,
    opening,
    override_log,
    policies,
    renewal,
    revisions,
    routing,
    surroundings,
    texts,
)
from reviewqueue.database import writing
from reviewqueue.events import EventType
from reviewqueue.override_log import Event
from reviewqueue.policy import judging
from reviewqueue.policy.shape import Policy
from reviewqueue.policy.words import POLICY_CHANGE, kind_words
from reviewqueue.records.onboardings import Onboarding
from reviewqueue.records.rows import change
from reviewqueue.refusals import Fault, Invalid, Moved, NotAllowed

ABILITY = "move an item to the policy in force"


def move_policy(session: Session, person_id: int, item_id: int, reason: str, now: datetime) -> int:
    """Put an open item under the policy in force; returns the new revision's number.

    What it says stays, and so do its author, its due time and an escalation; its digest changes, its checks run again
    and earlier approvals are void. Raises NotThere, NotAllowed, Moved when it is settled, and Invalid.
    """
    with writing(session):
        actor = desk.actor_of(session, person_id, now)
        found = desk.for_person(session, item_id, actor, now)
        policy = policies.current(session)
        _may(found, actor, policy, reason)
        before, voided = found.item.policy_digest, sorted({vote.person_id for vote in found.situation.votes})
        at_gate, state = found.item.gate, found.item.state
        number = _moved(session, found, policy, now)
        facts = {
            "from": before,
            "to": policy.digest,
            "gate_before": at_gate,
            "revision": number,
            "based_on": found.revision.digest,
            "voided": voided,
            "state": found.item.state,
        }
        place = opening.whereabouts(found.item)
        events = [
            Event(f"person:{person_id}", EventType.ITEM_MOVE_POLICY, **place, facts=facts, texts={"reason": reason})
        ]
        if found.item.state == "escalated" != state:
            events.append(Event("system:policy", EventType.ITEM_ESCALATE, **place, texts={"why": found.item.why}))
        override_log.append(session, now, *events)
    return number


def movable(found: desk.Desk, actor: judging.Actor) -> bool:
    """Whether this person may move this item: it is open, and under another policy than the one in force."""
    fits = found.item.state in judging.OPEN and found.item.kind != POLICY_CHANGE
    return fits and access.able(actor.roles, ABILITY) and found.in_force != found.item.policy_digest


def _may(found: desk.Desk, actor: judging.Actor, policy: Policy, reason: str) -> None:
    if not access.able(actor.roles, ABILITY):
        raise NotAllowed("Only RevOps moves an item to another policy. Ask them; nothing was moved.")
    if found.item.state not in judging.OPEN:
        raise Moved(f"This item is {found.item.state}: what is decided keeps the policy it was decided under.")
    if found.item.kind == POLICY_CHANGE:
        raise Invalid("A proposal is judged by the rules it would change. Propose again instead; nothing was moved.")
    if found.item.policy_digest == policy.digest:
        raise Invalid("This item is under the policy in force already, so nothing was moved.")
    if faults := texts.reason_faults("/reason", reason):
        raise Invalid("Nothing is moved yet; what you typed is still here.", faults)


def _moved(session: Session, found: desk.Desk, policy: Policy, now: datetime) -> int:
    item, made = found.item, found.revision
    lane = policy.lane(item.lane)
    gate = policy.gate(item.lane, lane.kinds.get(item.kind, "")) if lane else None
    if lane is None or gate is None:
        kind = kind_words(item.kind)
        fault = Fault("/gate", f"no gate for {kind} in lane {item.lane}")
        raise Invalid("The policy in force takes nothing of this kind here, so the item keeps its own.", [fault])
    drafted = renewal.drafted(session, made, item.kind)
    around = surroundings.of_item(session, lane, item, drafted)
    weighed = revisions.weigh(policy, lane, gate, item.customer, drafted, revisions.sent_along(found.checks), around)
    segment = session.scalar(select(Onboarding.segment).where(Onboarding.id == item.onboarding_id)) or ""
    overrides = routing.earlier_overrides(session, item.onboarding_id)
    number, age = item.revision_number + 1, calendar.business_hours(item.opened_at, now, policy.calendar(lane.key))
    state, why = routing.route(policy, lane, gate, weighed, segment, made.confidence, number, overrides, age)
    if item.state == "sent_back" or (item.state == "escalated" and state == "pending"):
        state, why = item.state, item.why
    revisions.write(
        *(session, item.id, number, weighed, now),
        person_id=made.author_person_id,
        automation_id=made.author_automation_id,
        based_on=made.digest,
        confidence=made.confidence,
    )
    opening.move(session, item, state, why, weighed, number, item.due_at)
    change(session, item, policy_digest=policy.digest, gate=gate.key)
    return number

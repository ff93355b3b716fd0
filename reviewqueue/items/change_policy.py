"""Moving an open item to the active policy. Without this act an item keeps the policy it was opened under."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import text_limits, vocabulary
from reviewqueue.core.errors import Conflict, FieldError, Forbidden, Invalid
from reviewqueue.core.vocabulary import POLICY_CHANGE, kind_of
from reviewqueue.db.database import writing
from reviewqueue.db.rows import update_row
from reviewqueue.items import escalated, item_context, opening, revise
from reviewqueue.people import access, actors
from reviewqueue.policy import evaluation, policy_versions
from reviewqueue.policy.model.policy import Policy

ABILITY = "move an item to the active policy"


def move_policy(session: Session, person_id: int, item_id: int, reason: str, now: datetime) -> int:
    """Put an open item under the active policy; returns the new revision's number.

    Draft, author, due time and an escalation stay; the digest changes, checks and routing run again, and earlier
    approvals are void. Raises NotFound, Forbidden, Conflict (409: it is settled) and Invalid.
    """
    with writing(session):
        actor = actors.load_actor(session, person_id, now)
        context = item_context.load_visible(session, item_id, actor, now)
        policy = policy_versions.current(session)
        _require_movable(context, actor, policy, reason)
        before, voided = context.item.policy_digest, sorted({vote.person_id for vote in context.situation.votes})
        at_gate, state = context.item.gate, context.item.state
        number = _revise_under_policy(session, context, policy, now)
        facts = {
            "from": before,
            "to": policy.digest,
            "gate_before": at_gate,
            "revision": number,
            "based_on": context.revision.digest,
            "voided": voided,
            "state": context.item.state,
        }
        by, texts = Actor.person(person_id), {"reason": reason}
        events = [Event.about(context.item, by, EventType.ITEM_MOVE_POLICY, facts=facts, texts=texts)]
        if context.item.state == "escalated" != state:
            escalated.tell_deciders(session, item_id, Actor.POLICY, now)
            events.append(
                Event.about(context.item, Actor.POLICY, EventType.ITEM_ESCALATE, texts={"why": context.item.why})
            )
        override_log.append(session, now, *events)
    return number


def movable(context: item_context.ItemContext, actor: evaluation.Actor) -> bool:
    """Whether this person may move this item: it is open, and not under the active policy."""
    fits = context.item.state in vocabulary.OPEN and context.item.kind != POLICY_CHANGE
    return fits and access.has_ability(actor.roles, ABILITY) and context.in_force != context.item.policy_digest


def _require_movable(context: item_context.ItemContext, actor: evaluation.Actor, policy: Policy, reason: str) -> None:
    if not access.has_ability(actor.roles, ABILITY):
        raise Forbidden("Only RevOps moves an item to another policy. Ask them; nothing was moved.")
    if context.item.state not in vocabulary.OPEN:
        raise Conflict(f"This item is {context.item.state}: what is decided keeps the policy it was decided under.")
    if context.item.kind == POLICY_CHANGE:
        raise Invalid("A proposal is judged by the rules it would change. Propose again instead; nothing was moved.")
    if context.item.policy_digest == policy.digest:
        raise Invalid("This item is under the active policy already, so nothing was moved.")
    if faults := text_limits.validate_reason("/reason", reason):
        raise Invalid("Nothing is moved yet; what you typed is still here.", faults)


def _revise_under_policy(session: Session, context: item_context.ItemContext, policy: Policy, now: datetime) -> int:
    item = context.item
    lane = policy.lane(item.lane)
    gate = policy.gate(item.lane, lane.kinds.get(item.kind, "")) if lane else None
    if lane is None or gate is None:
        kind = kind_of(item.kind).words
        fault = FieldError("/gate", f"no gate for {kind} in lane {item.lane}")
        raise Invalid("The active policy takes nothing of this kind here, so the item keeps its own.", [fault])
    number, evaluated = revise.repeat_revision(session, context, policy, lane, gate, now)
    if item.state == "sent_back":
        evaluated = replace(evaluated, state=item.state, why=item.why)
    opening.apply_revision(session, item, evaluated, number, item.due_at)
    update_row(session, item, policy_digest=policy.digest, gate=gate.key)
    return number

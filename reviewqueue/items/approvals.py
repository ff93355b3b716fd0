"""Whether a decision approved an item as it is stored, evaluated again from the stored rows and the override log.

Asked right before a release. Nothing here trusts the item's state or the release: the gate of the item's own policy is
evaluated again over the stored decisions, revisions and checks, and each decision that counts must be in the override
log as `review.decisions.record` wrote it. Reads only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor, EventType
from reviewqueue.core import canonical_json, vocabulary
from reviewqueue.db.statements import Prepared
from reviewqueue.db.tables.items import Decision
from reviewqueue.db.tables.log import LogEntry
from reviewqueue.evidence.text import corrected_values
from reviewqueue.items import item_context
from reviewqueue.policy import evaluation
from reviewqueue.policy.model.policy import Gate

# Acts that settle an item and say no state in their facts.
_STATE_BY_EVENT = {
    EventType.ITEM_WITHDRAW.value: "withdrawn",
    EventType.ITEM_SUPERSEDE.value: "superseded",
    EventType.ITEM_EXPIRE.value: "expired",
}
_ENTRIES = Prepared(
    select(LogEntry.act, LogEntry.actor, LogEntry.body)
    .where(LogEntry.item_id == bindparam("item"))
    .order_by(LogEntry.position)
)


@dataclass
class _LoggedHistory:
    """What the log says of one item: (act, actor, facts) of each decision by its id, the state before each, and now."""

    decisions: dict[int, tuple[str, str, dict[str, Any]]] = field(default_factory=dict)
    state_before: dict[int, str] = field(default_factory=dict)
    state: str = ""


def why_not_approved(session: Session, context: item_context.ItemContext, decision_id: int) -> str:
    """Why that decision did not approve what is stored of this item, in words; "" when it did."""
    decision = next((one for one in context.decisions if one.id == decision_id), None)
    if decision is None:
        return "no decision on this item approved it"
    counting = [
        one
        for one in item_context.counting_decisions(
            context.decisions, context.revision, decision.at, decision.changes_seen
        )
        if one.id <= decision.id
    ]
    history = _read_log(session, context.item.id)
    return (
        _void_reason(context, decision)
        or _log_contradiction(history, counting, decision)
        or _missing_at_gate(context, counting, history.state_before[decision.id])
    )


def state_before(session: Session, item_id: int, decision_id: int) -> str:
    """The state that the item was in when that decision was made, by the override log; "" where it has no entry."""
    return _read_log(session, item_id).state_before.get(decision_id, "")


def _void_reason(context: item_context.ItemContext, decision: Decision) -> str:
    """Why the decision does not approve, or no longer does, in words; "" where it does."""
    if decision.action not in vocabulary.LETS_THROUGH:
        return f"decision {decision.id} is “{decision.action.replace('_', ' ')}”, which approves nothing"
    if later := [one for one in context.decisions if one.id > decision.id]:
        return f"decision {later[0].id}, “{later[0].action.replace('_', ' ')}”, came after its approval"
    if decision.revision_id != context.revision.id or decision.revision_digest != context.revision.digest:
        return "its approval is for another revision, and so is void"
    if decision.policy_digest != context.item.policy_digest:
        return "it was approved under another policy than the one it is under now"
    return ""


def _read_log(session: Session, item_id: int) -> _LoggedHistory:
    history = _LoggedHistory()
    for entry in _ENTRIES.rows(session, {"item": item_id}):
        if not entry.act.startswith("item."):
            continue
        facts = canonical_json.read(entry.body)["facts"]
        if (decision := facts.get("decision")) is not None and entry.act != EventType.ITEM_STAND:
            history.decisions[decision] = entry.act, entry.actor, facts
            history.state_before[decision] = history.state
        escalated = "escalated" if entry.act == EventType.ITEM_ESCALATE else ""
        history.state = facts.get("state") or _STATE_BY_EVENT.get(entry.act) or escalated or history.state
    return history


def _log_contradiction(history: _LoggedHistory, counted: Sequence[Decision], decision: Decision) -> str:
    """Where the log contradicts the stored decisions that count, in words; "" where it confirms them."""
    for one in counted:
        act, actor, facts = history.decisions.get(one.id, ("", "", {}))
        override = facts.get("override") or {}
        told = facts.get("role"), facts.get("revision_digest"), facts.get("changes_seen", "")
        says = act, actor, *told, list(override.get("passes", ()))
        if says != (
            f"item.{one.action}",
            Actor.person(one.person_id),
            one.role,
            one.revision_digest,
            one.changes_seen,
            list(one.passes),
        ):
            return f"the override log has no decision {one.id} as it is stored"
    if history.decisions[decision.id][2].get("state") != "approved":
        return f"by the override log, decision {decision.id} did not complete its approval"
    if history.state not in vocabulary.APPROVED:
        return f"by the override log it is {history.state.replace('_', ' ')}, not approved"
    return ""


def _missing_at_gate(context: item_context.ItemContext, counted: Sequence[Decision], before: str) -> str:
    """What its gate still requires, evaluated as the item was when the last of these decisions was made; or ""."""
    gate = context.gate
    if gate is None:
        return f"gate {context.item.gate} is not in its policy"
    votes = tuple(evaluation.Vote(one.person_id, one.role, one.action, tuple(one.passes)) for one in counted)
    # A source that changed since, and a correction accepted since, are holds of their own (`delivery.holds`), and a
    # package is evaluated when decided. API keys made since void nobody's approval.
    stored = tuple(one for one in context.situation.checks if one.key != corrected_values.CHECK)
    then = replace(
        context.situation, state=before, votes=votes, checks=stored, unsettled="", apart="", key_makers=frozenset()
    )
    if says := next(filter(None, (_own_work(gate, then, one) for one in counted)), ""):
        return says
    if not evaluation.satisfied(context.policy, gate, then):
        left = evaluation.missing_for_approval(context.policy, gate, then)
        return f"its gate asks for more: {left[0].says}" if left else f"it was {before.replace('_', ' ')} before"
    return ""


def _own_work(gate: Gate, then: evaluation.Situation, decision: Decision) -> str:
    """How the person who decided was involved in making it, or "". Past delegations are not evaluated again."""
    way = evaluation.involvement(then, gate, evaluation.Actor(decision.person_id, frozenset({decision.role})))
    return f"who approved it is a person who {evaluation.INVOLVEMENT_TEXT[way]}" if way and not decision.exempt else ""

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
from reviewqueue.items import item_context
from reviewqueue.policy import evaluation
from reviewqueue.policy.model.policy import Gate

# Acts that settle an item and say no state in their facts.
_ENDS = {
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
class _Story:
    """What the log says of one item: (act, actor, facts) of each decision by its id, the state before each, and now."""

    decided: dict[int, tuple[str, str, dict[str, Any]]] = field(default_factory=dict)
    before: dict[int, str] = field(default_factory=dict)
    state: str = ""


def why_not(session: Session, found: item_context.ItemContext, decision_id: int) -> str:
    """Why that decision did not approve what is stored of this item, in words; "" when it did."""
    made = next((one for one in found.decisions if one.id == decision_id), None)
    if made is None:
        return "no decision on this item approved it"
    counted = [
        one for one in item_context.counting_decisions(found.decisions, found.revision, made.at) if one.id <= made.id
    ]
    story = _told(session, found.item.id)
    return _voided(found, made) or _unknown(story, counted, made) or _unsatisfied(found, counted, story.before[made.id])


def _voided(found: item_context.ItemContext, made: Decision) -> str:
    """Why the decision does not approve, or no longer does, in words; "" where it does."""
    if made.action not in vocabulary.LETS_THROUGH:
        return f"decision {made.id} is “{made.action.replace('_', ' ')}”, which approves nothing"
    if later := [one for one in found.decisions if one.id > made.id]:
        return f"decision {later[0].id}, “{later[0].action.replace('_', ' ')}”, came after its approval"
    if made.revision_id != found.revision.id or made.revision_digest != found.revision.digest:
        return "its approval is for another revision, and so is void"
    if made.policy_digest != found.item.policy_digest:
        return "it was approved under another policy than the one it is under now"
    return ""


def _told(session: Session, item_id: int) -> _Story:
    story = _Story()
    for entry in _ENTRIES.rows(session, {"item": item_id}):
        if not entry.act.startswith("item."):
            continue
        facts = canonical_json.read(entry.body)["facts"]
        if (decision := facts.get("decision")) is not None and entry.act != EventType.ITEM_STAND:
            story.decided[decision] = entry.act, entry.actor, facts
            story.before[decision] = story.state
        escalated = "escalated" if entry.act == EventType.ITEM_ESCALATE else ""
        story.state = facts.get("state") or _ENDS.get(entry.act) or escalated or story.state
    return story


def _unknown(story: _Story, counted: Sequence[Decision], made: Decision) -> str:
    """Where the log contradicts the stored decisions that count, in words; "" where it confirms them."""
    for one in counted:
        act, actor, facts = story.decided.get(one.id, ("", "", {}))
        override = facts.get("override") or {}
        says = act, actor, facts.get("role"), facts.get("revision_digest"), list(override.get("passes", ()))
        if says != (
            f"item.{one.action}",
            Actor.person(one.person_id),
            one.role,
            one.revision_digest,
            list(one.passes),
        ):
            return f"the override log has no decision {one.id} as it is stored"
    if story.decided[made.id][2].get("state") != "approved":
        return f"by the override log, decision {made.id} did not complete its approval"
    if story.state not in vocabulary.APPROVED:
        return f"by the override log it is {story.state.replace('_', ' ')}, not approved"
    return ""


def _unsatisfied(found: item_context.ItemContext, counted: Sequence[Decision], before: str) -> str:
    """What its gate still requires, evaluated as the item was when the last of these decisions was made; or ""."""
    gate = found.gate
    if gate is None:
        return f"gate {found.item.gate} is not in its policy"
    votes = tuple(evaluation.Vote(one.person_id, one.role, one.action, tuple(one.passes)) for one in counted)
    # A source that changed since is a hold of its own (`delivery.holds`), and a package is evaluated when decided.
    # API keys made since void nobody's approval.
    then = replace(found.situation, state=before, votes=votes, unsettled="", apart="", key_makers=frozenset())
    if says := next(filter(None, (_own_work(gate, then, one) for one in counted)), ""):
        return says
    if not evaluation.satisfied(found.policy, gate, then):
        left = evaluation.missing_for_approval(found.policy, gate, then)
        return f"its gate asks for more: {left[0].says}" if left else f"it was {before.replace('_', ' ')} before"
    return ""


def _own_work(gate: Gate, then: evaluation.Situation, made: Decision) -> str:
    """How the person who decided was involved in making it, or "". Past delegations are not evaluated again."""
    way = evaluation.involvement(then, gate, evaluation.Actor(made.person_id, frozenset({made.role})))
    return f"who approved it is a person who {evaluation.INVOLVED[way]}" if way and not made.exempt else ""

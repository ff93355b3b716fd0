"""The queue page: the items a person can decide, by when, and why they are here. Filters are in the URL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from flask import redirect
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from reviewqueue.core import vocabulary
from reviewqueue.db.tables.items import Item
from reviewqueue.evidence import corrected_fields
from reviewqueue.items import queue_marks, queue_positions, queue_ranges, queues, sla
from reviewqueue.onboarding import packet_gaps
from reviewqueue.people import access, actors
from reviewqueue.policy import evaluation, policy_versions
from reviewqueue.policy.model.policy import Policy
from reviewqueue.review import bulk
from reviewqueue.web import layout, queue_navigation
from reviewqueue.web.bulk import token
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.formatting import capital, word

WAIT_TEXT = {
    "checks": "need an edit or a new draft",
    "own": "you took part in",
    "approved": "you have approved",
    "role": "wait for another role",
    "lease": "somebody has taken",
    "paused": "are paused",
    "source": "wait for an answer about a source",
    "sent_back": "were sent back",
    "gate": "wait for RevOps",
}
blueprint = layout.signed_in_blueprint("queue", __name__)
TITLES: dict[queue_ranges.View, str] = {
    "mine": "Mine to decide",
    "escalated": "Escalated",
    "sent_back": "Sent back",
    "open": "Everything open",
    "decided": "Decided",
}


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """Redirects to the queue, or an admin to the setup page while something is left to set up."""
    return redirect(layout.home(visitor()), 302)


@blueprint.get("/queue")
def lines() -> ResponseReturnValue:
    """One page of the queue."""
    at, reading = now(), session()
    policy = policy_versions.current(reading)
    actor = actors.load_actor(reading, visitor().person_id, at)
    filters = queue_navigation.filters()
    accounts = queue_ranges.accounts_of(reading, policy, actor)
    shown = queues.page(reading, policy, actor, filters, at, accounts)
    items = [item for item, _ in (*shown.rows, *shown.apart)]
    context: dict[str, Any] = {
        "page": shown,
        "gates": {gate.key: gate.name.lower() for gate in policy.gates},
        "filters": filters,
        "query": queue_navigation.query(filters),
        "link": lambda item: queue_navigation.item_link(filters, item, by_name=item.id in shown.front),
        "titles": TITLES,
        "tokens": _bulk_tokens(reading, policy, actor, shown, filters, accounts),
        "others": _hidden_wait_counts(shown),
        "stuck": sla.stuck,
        "waits_for": lambda item: "" if filters.view == "mine" else _waits_for_text(reading, item),
        "accounts": accounts,
        "owners_desks": queue_ranges.account_owner_gates(policy),
        "marks": queue_marks.load(reading, items),
        "stopped_lanes": {lane.key for lane in policy.lanes if lane.stage == "stopped"},
        "gaps": packet_gaps.of_items(reading, items),
        "corrected": corrected_fields.counts(reading, items),
        "here": "/queue",
    }
    if layout.is_fragment_request("queue"):
        return layout.render("queue/_rows.html", **context)
    views: list[queue_ranges.View] = [view for view in queue_ranges.VIEWS if view != "decided"]
    if is_unfiltered := filters == queue_ranges.QueueFilters():
        views.remove("mine")
    counts = queue_positions.counts(reading, policy, actor, views, at, accounts)
    if is_unfiltered:
        counts["mine"] = queue_positions.Count(len(shown.rows), bool(shown.next))
    choices = _filter_options(policy, actor, owns=bool(accounts))
    return layout.render("queue/queue.html", counts=counts, choices=choices, **context)


def _hidden_wait_counts(shown: queues.QueuePage) -> list[tuple[str, int]]:
    """What the items wait for that have no line on the page: (reason, how many), most first."""
    lines = {item.id for item, _ in shown.apart}
    return Counter(WAIT_TEXT[wait.code] for item, wait in shown.waits.items() if item not in lines).most_common()


def _waits_for_text(reading: Session, item: Item) -> str:
    """What an escalated or sent-back item waits for; "" for any other."""
    if item.state == "sent_back":
        return "a new draft"
    policy = policy_versions.version(reading, item.policy_digest)
    gate = policy.gate(item.lane, item.gate) if item.state == "escalated" else None
    return " or ".join(map(policy.called, evaluation.decider_roles(gate, item.state))) if gate else ""


def _bulk_tokens(
    reading: Session,
    policy: Policy,
    actor: evaluation.Actor,
    shown: queues.QueuePage,
    filters: queue_ranges.QueueFilters,
    accounts: Sequence[int],
) -> dict[int, str]:
    """The bulk token of each line that can be decided together with others, by item id; empty for people who decide
    nowhere."""
    if filters.view == "decided" or not (
        accounts or queue_ranges.index_ranges(policy, actor, queue_ranges.QueueFilters())
    ):
        return {}
    seen = bulk.seen_versions(reading, [item for item, _ in (*shown.rows, *shown.apart)])
    return {item_id: token(item_id, digests) for item_id, digests in seen.items()}


def _filter_options(
    policy: Policy, actor: evaluation.Actor, *, owns: bool
) -> list[tuple[str, str, str, list[tuple[str, str]]]]:
    """The options of the filters, as (name, label, word for all, options): only lanes, gates and kinds this person
    sees."""
    gate_keys_by_lane = [
        *access.visible_gates(policy, actors.effective_roles(actor)),
        *(queue_ranges.account_owner_gates(policy) if owns else ()),
    ]
    lanes = [lane for lane in policy.lanes if lane.key in {lane_key for lane_key, _ in gate_keys_by_lane}]
    gates = [gate for gate in policy.gates if gate.key in {gate_key for _, gate_key in gate_keys_by_lane}]
    keys = {gate.key for gate in gates}
    kinds = sorted({kind for lane in lanes for kind, gate_key in lane.kinds.items() if gate_key in keys})
    return [
        ("lane", "Lane", "Every lane", [(lane.key, lane.name) for lane in lanes]),
        ("gate", "Gate", "Every gate", [(gate.key, gate.name) for gate in gates]),
        ("kind", "Kind", "Every kind", [(kind, capital(word(kind))) for kind in kinds]),
        (
            "state",
            "State",
            "Every state",
            [(state, capital(word(state))) for state in (*vocabulary.OPEN, *vocabulary.SETTLED)],
        ),
    ]

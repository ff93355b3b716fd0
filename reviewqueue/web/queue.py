"""The queue: what is mine to decide, by when, and why. Filters live in the URL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from flask import redirect
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from reviewqueue import access, bulk, desk, policies, positions, queue_ranges, queues, sla
from reviewqueue.policy import judging
from reviewqueue.policy.shape import Policy
from reviewqueue.records.items import Item
from reviewqueue.web import frame, listed
from reviewqueue.web.bulk import token
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.words import capital, word

WAITS = {
    "checks": "need an edit or a new draft",
    "own": "you had a hand in",
    "approved": "you have approved",
    "role": "wait for another role",
    "lease": "somebody has on their desk",
    "paused": "are paused",
    "source": "wait for an answer about a source",
    "sent_back": "were sent back",
    "gate": "wait for RevOps",
}
blueprint = frame.room("queue", __name__)
TITLES: dict[queue_ranges.View, str] = {
    "mine": "Mine to decide",
    "escalated": "Escalated",
    "sent_back": "Sent back",
    "open": "Everything open",
    "decided": "Decided",
}


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """The queue is home; an admin's is the page that says what is left to set up, while something is."""
    return redirect(frame.home(visitor()), 302)


@blueprint.get("/queue")
def lines() -> ResponseReturnValue:
    """One page of the queue."""
    at, reading = now(), session()
    policy = policies.current(reading)
    actor = desk.actor_of(reading, visitor().person_id, at)
    filters = listed.filters()
    accounts = queue_ranges.accounts_of(reading, policy, actor)
    shown = queues.page(reading, policy, actor, filters, at, accounts)
    context: dict[str, Any] = {
        "page": shown,
        "gates": {gate.key: gate.name.lower() for gate in policy.gates},
        "filters": filters,
        "query": listed.query(filters),
        "link": lambda item: listed.link_of(filters, item, by_name=item.id in shown.front),
        "titles": TITLES,
        "tokens": _tokens(reading, policy, actor, shown, filters, accounts),
        "others": _others(shown),
        "stuck": sla.stuck,
        "waits_for": lambda item: "" if filters.view == "mine" else _waits_for(reading, item),
        "accounts": accounts,
        "owners_desks": queue_ranges.owners_desks(policy),
        "here": "/queue",
    }
    if frame.fragment("queue"):
        return frame.rendered("queue/_lines.html", **context)
    views: list[queue_ranges.View] = [view for view in queue_ranges.VIEWS if view != "decided"]
    if whole := filters == queue_ranges.Filters():
        views.remove("mine")
    counts = positions.counts(reading, policy, actor, views, at, accounts)
    if whole:
        counts["mine"] = positions.Count(len(shown.rows), bool(shown.next))
    choices = _choices(policy, actor, owns=bool(accounts))
    return frame.rendered("queue/lines.html", counts=counts, choices=choices, **context)


def _others(shown: queues.Page) -> list[tuple[str, int]]:
    """What those wait for that the page has no line for, with how many, most first."""
    lines = {item.id for item, _ in shown.apart}
    return Counter(WAITS[wait.code] for item, wait in shown.waits.items() if item not in lines).most_common()


def _waits_for(reading: Session, item: Item) -> str:
    """For whom an item waits that was escalated or sent back; "" for any other."""
    if item.state == "sent_back":
        return "a new draft"
    policy = policies.version(reading, item.policy_digest)
    gate = policy.gate(item.lane, item.gate) if item.state == "escalated" else None
    return " or ".join(map(policy.called, judging.deciding(gate, item.state))) if gate else ""


def _tokens(
    reading: Session,
    policy: Policy,
    actor: judging.Actor,
    shown: queues.Page,
    filters: queue_ranges.Filters,
    accounts: Sequence[int],
) -> dict[int, str]:
    """What each line that could be decided together with others carries; nothing for those who decide nowhere."""
    if filters.view == "decided" or not (accounts or queue_ranges.walks(policy, actor, queue_ranges.Filters())):
        return {}
    seen = bulk.digests(reading, [item for item, _ in (*shown.rows, *shown.apart)])
    return {item_id: token(item_id, digests) for item_id, digests in seen.items()}


def _choices(policy: Policy, actor: judging.Actor, *, owns: bool) -> list[tuple[str, str, str, list[tuple[str, str]]]]:
    """What the filters offer, as (name, label, word for all, options): only lanes, gates and kinds this person sees."""
    desks = [*access.desks(policy, desk.roles_of(actor)), *(queue_ranges.owners_desks(policy) if owns else ())]
    lanes = [lane for lane in policy.lanes if lane.key in {lane_key for lane_key, _ in desks}]
    gates = [gate for gate in policy.gates if gate.key in {gate_key for _, gate_key in desks}]
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
            [(state, capital(word(state))) for state in (*judging.OPEN, *judging.SETTLED)],
        ),
    ]

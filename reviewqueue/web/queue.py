"""The queue: what is mine to decide, by when, and why. Filters live in the URL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from reviewqueue import access, bulk, desk, policies, queues, sla
from reviewqueue.policy import judging
from reviewqueue.policy.shape import Policy
from reviewqueue.web import frame
from reviewqueue.web.bulk import token
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.words import capital, word

blueprint = frame.room("queue", __name__)
TITLES: dict[queues.View, str] = {
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
    filters = _filters()
    accounts = queues.accounts_of(reading, policy, actor)
    shown = queues.page(reading, policy, actor, filters, at, accounts)
    context: dict[str, Any] = {
        "page": shown,
        "gates": {gate.key: gate.name.lower() for gate in policy.gates},
        "filters": filters,
        "query": _query(filters),
        "titles": TITLES,
        "tokens": _tokens(reading, policy, actor, shown, filters, accounts),
        "stuck": sla.stuck,
        "accounts": accounts,
        "owners_desks": queues.owners_desks(policy),
        "here": "/queue",
    }
    if frame.fragment("queue"):
        return frame.rendered("queue/_lines.html", **context)
    views: list[queues.View] = [view for view in queues.VIEWS if view != "decided"]
    counts = queues.counts(reading, policy, actor, views, accounts)
    choices = _choices(policy, actor, owns=bool(accounts))
    return frame.rendered("queue/lines.html", counts=counts, choices=choices, **context)


def _tokens(
    reading: Session,
    policy: Policy,
    actor: judging.Actor,
    shown: queues.Page,
    filters: queues.Filters,
    accounts: Sequence[int],
) -> dict[int, str]:
    """What each line that could be decided together with others carries; nothing for those who decide nowhere."""
    if filters.view == "decided" or not (accounts or queues.walks(policy, actor, queues.Filters())):
        return {}
    seen = bulk.digests(reading, [item for item, _ in shown.rows])
    return {item_id: token(item_id, digests) for item_id, digests in seen.items()}


def _filters() -> queues.Filters:
    given = {name: frame.asked(name) for name in ("lane", "gate", "kind", "state", "customer")}
    place = frame.place("after", str)
    view = request.args.get("view", "mine")
    known: queues.View = next((one for one in queues.VIEWS if one == view), "mine")
    whom = 0 if known == "decided" else frame.row(frame.asked("for"))
    overdue, paused, moved = (_ticked(name) for name in ("overdue", "paused", "moved"))
    return queues.Filters(
        view=known, overdue=overdue, paused=paused, moved=moved, whom=whom, after=place.edge, back=place.back, **given
    )


def _query(filters: queues.Filters) -> dict[str, str]:
    """What the address says besides the view and the place in it."""
    kept = {name: getattr(filters, name) for name in ("lane", "gate", "kind", "state", "customer")}
    ticked = {name: "1" if getattr(filters, name) else "" for name in ("overdue", "paused", "moved")}
    whom = {"for": str(filters.whom) if filters.whom else ""}
    return {name: value for name, value in {**kept, **ticked, **whom}.items() if value}


def _ticked(name: str) -> bool:
    return request.args.get(name) == "1"


def _choices(policy: Policy, actor: judging.Actor, *, owns: bool) -> list[tuple[str, str, str, list[tuple[str, str]]]]:
    """What the filters offer, as (name, label, word for all, options): only lanes, gates and kinds this person sees."""
    desks = [*access.desks(policy, desk.roles_of(actor)), *(queues.owners_desks(policy) if owns else ())]
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

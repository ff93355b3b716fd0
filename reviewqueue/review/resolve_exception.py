"""Resolving an exception, and with it each item it is about, all in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import vocabulary
from reviewqueue.core.errors import DomainError, FieldError, Invalid
from reviewqueue.db.database import writing
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables import base
from reviewqueue.db.tables.exceptions import ExceptionCase, ExceptionItem
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.people import Person
from reviewqueue.exceptions import case_actions, case_queries, exception_cases
from reviewqueue.items import escalated, item_context, revise, revisions, seen_version
from reviewqueue.items.evaluate import evaluate_revision
from reviewqueue.people import actors
from reviewqueue.policy import business_hours, evaluation
from reviewqueue.policy.model.policy import Gate
from reviewqueue.review import decision_requests, decisions, settle_deal

OUTCOMES = ("back_to_gate", "rejected", "decided_here")
_UNSEEN = "it is at a gate that the resolver does not see"


@dataclass(frozen=True)
class Resolution:
    """How an exception ends. `reason_code` belongs to `rejected`; `drafts` are the digests that the resolver had on
    screen of each item, which returning and rejecting it are bound to like any other decision."""

    outcome: str
    text: str
    reason_code: str = ""
    drafts: Mapping[int, seen_version.SeenVersion] | None = None


@dataclass(frozen=True)
class ResolveResult:
    """What became of the open items: those that moved, those that stayed, each with the reason, and how many stayed at
    gates that the resolver does not see."""

    moved: tuple[int, ...]
    stayed: Mapping[int, str]
    hidden: int = 0


def resolve(
    session: Session,
    person_id: int,
    case_id: int,
    resolution: Resolution,
    now: datetime,
    last_note_id: int | None = None,
) -> ResolveResult:
    """End an exception. `back_to_gate` returns its escalated items, and those that were sent back, to their reviewers;
    no approval from before counts for what was sent back. `rejected` rejects those that this person may reject,
    `decided_here` leaves them as they are. One about a changed deal ends with what holds of it
    (`settle_deal.OUTCOMES`) and with nothing else. Each open item has its own log entry.

    Raises as `case_actions.authorise`, Invalid for another outcome, and Conflict where an item that is returned or
    rejected changed since it was seen. An item that cannot move stays where it is, and is named in the result, unless
    this person does not see it.
    """
    with writing(session):
        case = case_actions.authorise(session, person_id, case_id, "resolve", resolution.text, now, last_note_id)
        about_deal = settle_deal.is_about_deal(session, case)
        if fault := _outcome_fault(resolution.outcome, about_deal=about_deal):
            raise Invalid("Nothing is recorded yet; what you typed is still here.", [fault])
        actor = actors.load_actor(session, person_id, now)
        name = session.get_one(Person, person_id).name
        _require_seen(session, case, actor, resolution, now)
        _close(session, case, resolution, person_id, now)
        events: list[Event] = []
        if about_deal:
            events += settle_deal.settle(session, case, resolution.outcome, resolution.text, person_id, now)
        stayed: dict[int, str] = {}
        items = _open_items(session, case)
        for item in items:
            context = item_context.load(session, item.id, now)
            item_events, why = _resolve_item(session, case, context, actor, name, resolution, now)
            if why:
                stayed[item.id] = why
            events += item_events
        category = case_queries.category_of(session, case)
        label = category.label if category else case.category
        extra = {"outcome": resolution.outcome, "by": name, "at": base.moment(now), "text": resolution.text}
        exception_cases.enqueue_callback(
            session, case, label, exception_cases.linked_items(session, case), "exception.resolved", now, extra
        )
        facts = {"outcome": resolution.outcome, "items": [item.id for item in items], "stayed": sorted(stayed)}
        resolve_event = exception_cases.log_event(
            case, Actor.person(person_id), EventType.EXCEPTION_RESOLVE, facts, {"text": resolution.text}
        )
        override_log.append(session, now, resolve_event, *events)
    return _result(items, stayed)


def _result(items: list[Item], stayed: Mapping[int, str]) -> ResolveResult:
    told = {item_id: why for item_id, why in stayed.items() if why != _UNSEEN}
    moved = tuple(item.id for item in items if item.id not in stayed)
    return ResolveResult(moved, told, len(stayed) - len(told))


def _require_seen(
    session: Session, case: ExceptionCase, actor: evaluation.Actor, resolution: Resolution, now: datetime
) -> None:
    """Raise Conflict where an open item that is to be returned or rejected, and that this person sees, changed since it
    was on their page."""
    if resolution.outcome not in ("back_to_gate", "rejected"):
        return
    for item in _open_items(session, case):
        context, seen = item_context.load(session, item.id, now), (resolution.drafts or {}).get(item.id)
        if seen is not None and item_context.visible_to(context, actor):
            seen_version.require_current(session, context, seen)


def _outcome_fault(outcome: str, *, about_deal: bool) -> FieldError | None:
    if about_deal and outcome not in settle_deal.OUTCOMES:
        says = "say what holds: the deal still holds, the onboarding goes on with the new terms, or it ends"
        return FieldError("/outcome", says)
    if not about_deal and outcome not in OUTCOMES:
        says = "say what happens to the items: back to the gate, rejected, or decided here"
        return FieldError("/outcome", says)
    return None


def _close(session: Session, case: ExceptionCase, resolution: Resolution, person_id: int, now: datetime) -> None:
    due_times = case_actions.due_after_pause(session, case, now)
    values: dict[str, Any] = {"responded_at": now} if case.responded_at is None else {}
    ended = {"state": "resolved", "outcome": resolution.outcome, "resolved_at": now, "resolved_by_id": person_id}
    update_row(session, case, **values, **due_times, **ended, pause="", paused_at=None)
    exception_cases.add_note(session, case, Actor.person(person_id), "resolution", resolution.text, now)


def _resolve_item(
    session: Session,
    case: ExceptionCase,
    context: item_context.ItemContext,
    actor: evaluation.Actor,
    name: str,
    resolution: Resolution,
    now: datetime,
) -> tuple[list[Event], str]:
    """(the log events of one item, why it stayed or "")."""
    if not item_context.visible_to(context, actor):
        why = _UNSEEN
    elif resolution.outcome == "back_to_gate":
        why = _why_stays(session, case, context, actor, now)
        if not why:
            return [_return_to_gate(session, case, context, actor, name, now)], ""
    elif resolution.outcome == "rejected":
        events, why = _reject(session, context, actor, resolution, now)
        if not why:
            return events, ""
    else:
        why = "decided here: it stays as it is"
        if resolution.outcome in settle_deal.OUTCOMES:
            why = "what the deal held back is free again, and nothing else about it changed"
    facts = {"outcome": resolution.outcome, "item": "stayed", "state": context.item.state}
    event = exception_cases.log_event(
        case, Actor.person(actor.person_id), EventType.EXCEPTION_RESOLVE, facts, {"why": why}, context.item
    )
    return [event], why


def _why_stays(
    session: Session,
    case: ExceptionCase,
    context: item_context.ItemContext,
    actor: evaluation.Actor,
    now: datetime,
) -> str:
    """Why an item does not go back to its gate, in words; "" where it does: a person escalated it or sent it back, and
    nothing else keeps it from there."""
    item, gate, lane = context.item, context.gate, context.policy.lane(context.item.lane)
    if item.state not in ("escalated", "sent_back"):
        return f"it is {item.state.replace('_', ' ')}, not escalated or sent back: it was at its gate all along"
    if gate is None or lane is None:
        return "its gate is missing from its policy"
    if why := _own_sent_back(context, gate, actor):
        return why
    other = (
        select(ExceptionCase.id)
        .join(ExceptionItem, ExceptionItem.exception_id == ExceptionCase.id)
        .where(ExceptionItem.item_id == item.id, ExceptionCase.id != case.id, ExceptionCase.resolved_at.is_(None))
        .where(
            ExceptionCase.opened_by != Actor.SLA
        )  # one that the clock opened because nobody decides does not keep it up
    )
    if (open_one := session.scalar(other.limit(1))) is not None:
        return f"exception #{open_one} is still open on it"
    drafted = revise.load_draft(session, context.revision, item.kind)
    evaluated = evaluate_revision(
        session, context, context.policy, lane, gate, drafted, sent=revisions.results_beside(context.checks),
        confidence=context.revision.confidence, number=item.revision_number, now=now,
    )  # fmt: skip
    return f"the policy itself escalates it: {evaluated.why}" if evaluated.state == "escalated" else ""


def _own_sent_back(context: item_context.ItemContext, gate: Gate, actor: evaluation.Actor) -> str:
    """Why who made an item does not undo that its revision was sent back, also where it was escalated since; "" for
    everybody else, and in a small team."""
    sent_back = any(
        made.action == "send_back" and made.revision_id == context.revision.id for made in context.decisions
    )
    way = evaluation.involvement(context.situation, gate, actor)
    if not sent_back or not way or context.policy.organisation.small_team:
        return ""
    return f"it was sent back, and {evaluation.involvement_text(way)}: somebody else returns it, or a new draft does"


def _return_to_gate(
    session: Session,
    case: ExceptionCase,
    context: item_context.ItemContext,
    actor: evaluation.Actor,
    name: str,
    now: datetime,
) -> Event:
    item, gate = context.item, context.gate
    assert gate is not None  # noqa: S101  (`_why_stays` checked it)
    due_at = business_hours.due(now, gate.sla_hours, context.policy.calendar(item.lane))
    why = f"Back at {gate.name}: {name} resolved exception #{case.id}"
    changes = {"lease_holder_id": None, "lease_until": None, "assignee_id": None, "overdue_at": None}
    update_row(session, item, state="pending", why=why, due_at=due_at, **changes)
    escalated.tell_escalators(session, context, Actor.person(actor.person_id), now)
    facts = {"exception": case.id, "state": "pending", "due": base.moment(due_at)}
    if context.situation.state == "sent_back":
        facts["was"] = "sent_back"
    return Event.about(item, Actor.person(actor.person_id), EventType.ITEM_BACK_TO_GATE, facts=facts)


def _reject(
    session: Session, context: item_context.ItemContext, actor: evaluation.Actor, resolution: Resolution, now: datetime
) -> tuple[list[Event], str]:
    """(the events of rejecting an item, why it was not)."""
    item_id = context.item.id
    seen = (resolution.drafts or {}).get(item_id)
    try:
        if seen is None:
            return [], "its draft was not on your page, so it was not rejected; reject it on its own page"
        request = decision_requests.DecisionRequest("reject", resolution.reason_code, resolution.text)
        valid = decision_requests.validate(session, context, actor, request, seen, now)
    except DomainError as refused:
        faults = "; ".join(fault.message for fault in refused.faults)
        return [], f"{refused.says} {faults}".strip()
    # Outside the try: what raises after the first write rolls the whole resolution back.
    return decisions.write(session, context, actor, request, valid, now), ""


def reasons(session: Session, case: ExceptionCase) -> list[tuple[str, str]]:
    """(code, label) of the reasons for which every gate of its open items lets an item be rejected."""
    offered: list[dict[str, str]] = []
    for item in _open_items(session, case):
        context = item_context.load(session, item.id, item.opened_at)
        if context.gate is not None:
            offered.append({one.code: one.label for one in context.policy.reasons_for(context.gate, "reject")})
    if not offered:
        return []
    return [(code, label) for code, label in offered[0].items() if all(code in other for other in offered)]


def _open_items(session: Session, case: ExceptionCase) -> list[Item]:
    return [item for item in exception_cases.linked_items(session, case) if item.state in vocabulary.OPEN]

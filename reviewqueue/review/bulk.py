"""Bulk decisions: one act on several items of one kind and gate. Each item has its own decision, transaction and log
entry.

Never an override, an edit, an answer or a policy change. What needs a closer look is left out with the reason: failed
checks, an open exception, somebody else's lease, one's own work, anything that changed since it was seen. Approving
takes only what the person opened at these digests, or what passes every check and no customer reads; the log entry says
which of the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.core import text_limits, vocabulary
from reviewqueue.core.errors import DomainError, FieldError, Invalid, NotFound
from reviewqueue.core.vocabulary import ACTS, INTERNAL_MESSAGES, TO_CUSTOMERS, ActKey
from reviewqueue.db.database import writing
from reviewqueue.db.tables.exceptions import ExceptionCase, ExceptionItem
from reviewqueue.db.tables.items import Item, Revision
from reviewqueue.db.tables.model_checks import ModelResult
from reviewqueue.db.tables.people import Person
from reviewqueue.evidence import source_changes
from reviewqueue.exceptions import case_queries
from reviewqueue.items import item_context, leases, seen_version
from reviewqueue.people import actors
from reviewqueue.policy import evaluation
from reviewqueue.policy.model.policy import Reason
from reviewqueue.review import decision_requests
from reviewqueue.review import decisions as review_decisions

IN_BULK = tuple(act.key for act in ACTS.values() if act.in_bulk)
MAX_CHOSEN = 200
NOT_VISIBLE = "It is not there, or not yours to see"
# Why an item could be approved in bulk, as its log entry says.
BY_OPENING, BY_CHECKS = "opened", "passes"


@dataclass(frozen=True)
class ChosenItem:
    """An item as a person chose it: with the digests that were on the page they chose it from, and whether they opened
    its draft at these digests."""

    item_id: int
    seen: seen_version.SeenVersion
    opened: bool = False


@dataclass(frozen=True)
class BulkLine:
    """One chosen item, and why it was left out ("" when it was not); `unread` when all that it lacked is that the
    person opens its draft and ticks it."""

    item_id: int
    title: str = ""
    customer: str = ""
    why: str = ""
    state: str = ""
    unread: bool = False


@dataclass(frozen=True)
class ActOffer:
    """One act that is open for some of a group: for how many, the reasons that each of those accepts, and which are
    left out of this act."""

    act: ActKey
    goes: int
    reasons: Sequence[Reason]
    needs_text: bool
    left: Sequence[BulkLine]


@dataclass
class Group:
    """The chosen items of one kind at one gate: those that may be decided together, and those that are left out."""

    kind: str
    gate: str
    name: str
    chosen: list[ChosenItem] = field(default_factory=list)
    lines: list[BulkLine] = field(default_factory=list)
    left: list[BulkLine] = field(default_factory=list)
    offers: list[ActOffer] = field(default_factory=list)
    contexts: dict[int, item_context.ItemContext] = field(default_factory=dict)


@dataclass(frozen=True)
class BulkResult:
    """The results of a bulk decision: the items decided, and those left out with the reason."""

    done: Sequence[BulkLine]
    left: Sequence[BulkLine]


def seen_versions(session: Session, items: Iterable[Item]) -> dict[int, seen_version.SeenVersion]:
    """The digests of what these items show now, for a page to carry."""
    by_id = {item.id: item for item in items}
    last = source_changes.last_change_id(Revision.item_id)
    query = select(Revision.item_id, Revision.number, Revision.digest, Revision.evidence_digest, last.label("last"))
    query = query.add_columns(ModelResult.digest.label("model_result"))
    query = query.outerjoin(ModelResult, ModelResult.revision_id == Revision.id)
    found = session.execute(query.where(Revision.item_id.in_(by_id))).all()
    return {
        row.item_id: seen_version.SeenVersion(
            row.digest,
            source_changes.evidence_version(row.evidence_digest, row.last, model_result=row.model_result or ""),
            by_id[row.item_id].policy_digest,
        )
        for row in found
        if row.number == by_id[row.item_id].revision_number
    }


def preview(
    session: Session, person_id: int, chosen: Sequence[ChosenItem], now: datetime
) -> tuple[list[Group], list[BulkLine]]:
    """(the chosen items by kind and gate with the acts open to them, those that this person may not see). Reads only.
    Raises Invalid for more than MAX_CHOSEN."""
    actor = actors.load_actor(session, person_id, now)
    groups: dict[tuple[str, str], Group] = {}
    unseen = []
    for choice in _unique_choices(chosen):
        try:
            context = item_context.load_visible(session, choice.item_id, actor, now)
        except NotFound:
            unseen.append(BulkLine(choice.item_id, why=NOT_VISIBLE))
            continue
        kind_and_gate = (context.item.kind, context.item.gate)
        name = context.gate.name if context.gate else context.item.gate
        group = groups.setdefault(kind_and_gate, Group(*kind_and_gate, name))
        group.chosen.append(choice)
        if why := _why_left_out(session, context, actor, choice):
            group.left.append(_bulk_line(context, why))
        else:
            group.lines.append(_bulk_line(context))
            group.contexts[choice.item_id] = context
    for group in groups.values():
        group.offers = [offer for act in IN_BULK if (offer := _offer(list(group.contexts.values()), actor, act))]
    return list(groups.values()), unseen


def _offer(contexts: Sequence[item_context.ItemContext], actor: evaluation.Actor, act: ActKey) -> ActOffer | None:
    refused = [(one, _act_refusal(one, actor, act)) for one in contexts]
    going = [one for one, why in refused if not why]
    reasons = _reasons(going, act)
    if not reasons:
        return None
    needs_text = any(evaluation.needs_text(one.gate, act) for one in going)
    return ActOffer(act, len(going), reasons, needs_text, [_bulk_line(one, why) for one, why in refused if why])


def _reasons(contexts: Sequence[item_context.ItemContext], act: ActKey) -> list[Reason]:
    """The reasons that each of these items' policies accepts for the act."""
    lists = [evaluation.reasons(one.policy, one.gate, act, one.situation) for one in contexts if one.gate]
    codes = [{reason.code for reason in reasons} for reasons in lists]
    return [reason for reason in lists[0] if all(reason.code in known for known in codes)] if lists else []


def decide(
    session: Session,
    person_id: int,
    kind_and_gate: tuple[str, str],
    chosen: Sequence[ChosenItem],
    request: decision_requests.DecisionRequest,
    now: datetime,
) -> BulkResult:
    """Decide the chosen items of one (kind, gate), one after the other. Raises Invalid, before anything is written, for
    an act that is none of IN_BULK, and for a reason or a text that not every item's policy accepts."""
    act = next((known for known in IN_BULK if known == request.action), None)
    if act is None:
        raise Invalid("Nothing was recorded.", [FieldError("/action", f"one of {', '.join(IN_BULK)}")])
    _validate_reason(session, person_id, kind_and_gate, chosen, act, request, now)
    lines = [_decide_one(session, person_id, kind_and_gate, one, act, request, now) for one in _unique_choices(chosen)]
    return BulkResult([line for line in lines if not line.why], [line for line in lines if line.why])


def _validate_reason(
    session: Session,
    person_id: int,
    kind_and_gate: tuple[str, str],
    chosen: Sequence[ChosenItem],
    act: ActKey,
    request: decision_requests.DecisionRequest,
    now: datetime,
) -> None:
    groups, _ = preview(session, person_id, chosen, now)
    group = next((one for one in groups if (one.kind, one.gate) == kind_and_gate), None)
    offer = next((one for one in group.offers if one.act == act), None) if group else None
    if offer is None:
        return  # none of them takes the act: each is named with the reason
    codes = [reason.code for reason in offer.reasons]
    faults = []
    if request.reason_code not in codes:
        faults.append(FieldError("/reason_code", "choose a reason that each of them accepts"))
    faults += text_limits.validate_reason("/text", request.text, required=offer.needs_text)
    if faults:
        raise Invalid("Nothing is recorded yet; what you typed is still here.", faults)


def why_open_first(context: item_context.ItemContext) -> str:
    """Why an item has to be opened before it is approved together with others; "" where it passes every check and no
    customer reads it."""
    kind, draft = context.item.kind, context.revision.draft
    if kind in TO_CUSTOMERS or (kind not in INTERNAL_MESSAGES and isinstance(draft, dict) and "to" in draft):
        return "A customer reads it"
    warns = dict.fromkeys(check.key for check in context.situation.checks if check.outcome != "pass")
    return f"Not every check passes: {', '.join(warns)}" if warns else ""


def _decide_one(
    session: Session,
    person_id: int,
    kind_and_gate: tuple[str, str],
    choice: ChosenItem,
    act: ActKey,
    request: decision_requests.DecisionRequest,
    now: datetime,
) -> BulkLine:
    """One item: loaded again under the lock and decided, or left unchanged with the reason."""
    line = BulkLine(choice.item_id)
    try:
        with writing(session):
            actor = actors.load_actor(session, person_id, now)
            context = item_context.load_visible(session, choice.item_id, actor, now)
            line = _bulk_line(context)
            why = _why_left_out(session, context, actor, choice)
            if not why and (context.item.kind, context.item.gate) != kind_and_gate:
                why = "It is of another kind, or at another gate"
            why = why or _refusal_with_cause(session, context, actor, act)
            if unread := "" if why else _why_unopened(context, act, choice):
                line = replace(line, unread=True)
            if why or unread:
                raise Invalid(why or unread)
            decision_event, *more = review_decisions.record(session, context, actor, request, choice.seen, now)
            if act == "approve":
                decision_event = replace(
                    decision_event,
                    facts={**decision_event.facts, "together": BY_OPENING if choice.opened else BY_CHECKS},
                )
            override_log.append(session, now, decision_event, *more)
            line = _bulk_line(context)
    except NotFound:
        return BulkLine(choice.item_id, why=NOT_VISIBLE)
    except DomainError as refused:
        return replace(line, why=_refusal_text(refused))
    return line


def _why_unopened(context: item_context.ItemContext, act: ActKey, choice: ChosenItem) -> str:
    why = why_open_first(context) if act == "approve" and not choice.opened else ""
    return f"{why}, and you have not opened it" if why else ""


def _refusal_text(refused: DomainError) -> str:
    return "; ".join([refused.says.rstrip("."), *(fault.message for fault in refused.faults)])


def _why_left_out(
    session: Session, context: item_context.ItemContext, actor: evaluation.Actor, choice: ChosenItem
) -> str:
    """Why this item is left out whatever the act; "" when it is not."""
    item, situation = context.item, context.situation
    if item.state in vocabulary.SETTLED:
        by = _last_decision_text(session, context, actor) if item.settled_by_id else ""
        return f"It is {item.state} already{by and f', {by}'}"
    shown = seen_version.SeenVersion(context.revision.digest, context.evidence, item.policy_digest)
    if choice.seen.revision == shown.revision and choice.seen.evidence != shown.evidence:
        moved = seen_version.sources_moved(choice.seen, context)
        return f"{'A source it rests on changed' if moved else 'Its check for the six topics ended'} since you looked"
    if choice.seen != shown:
        by = seen_version.author_name(session, context.revision)
        return f"It changed since you looked: revision {context.revision.number} by {by} is there now"
    if alone := vocabulary.kind_of(item.kind).why_alone:
        return alone
    if situation.lease_holder not in (None, actor.person_id):
        return leases.holder_text(session, context)
    if context.gate and (involvement := evaluation.involvement(situation, context.gate, actor)):
        return f"It is your own work: {evaluation.involvement_text(involvement)}"
    failed = dict.fromkeys(check.key for check in situation.checks if check.outcome == "fail")
    if failed:
        return f"Checks fail: {', '.join(failed)}"
    if situation.unsettled:
        return situation.unsettled
    if context.reviewed:
        return "A source it rests on changed and somebody looked at it: see both on its own page"
    return _open_exception_text(session, item)


def _open_exception_text(session: Session, item: Item) -> str:
    query = select(ExceptionCase).join(ExceptionItem, ExceptionItem.exception_id == ExceptionCase.id)
    query = query.where(ExceptionItem.item_id == item.id, ExceptionCase.resolved_at.is_(None))
    found = list(session.scalars(query.order_by(ExceptionCase.id)))
    if not found and item.onboarding_id is not None:
        found = case_queries.blocking(session, [item.onboarding_id]).get(item.onboarding_id, [])
    return f"Exception #{found[0].id} is open" if found else ""


def _act_refusal(context: item_context.ItemContext, actor: evaluation.Actor, act: ActKey) -> str:
    legal = context.may(actor, act)
    return "" if legal.allowed else legal.why


def _refusal_with_cause(
    session: Session, context: item_context.ItemContext, actor: evaluation.Actor, act: ActKey
) -> str:
    """Why the act is not open; where another act made it so, also whose."""
    why, decisions = _act_refusal(context, actor, act), context.decisions
    since = bool(decisions) and ACTS[decisions[-1].action].state_after == context.item.state
    return f"{why} ({_last_decision_text(session, context, actor)})" if why and since else why


def _last_decision_text(session: Session, context: item_context.ItemContext, actor: evaluation.Actor) -> str:
    """By whom, when and for which reason the item was last decided, in words; "" where nobody did."""
    if not context.decisions:
        return ""
    decision = context.decisions[-1]
    person = session.get(Person, decision.person_id)
    who = "you" if decision.person_id == actor.person_id or person is None else person.name
    labels = [one.label for one in context.policy.reasons if one.code == decision.reason_code]
    return f"by {who} on {decision.at:%d %b %H:%M} UTC, “{labels[0] if labels else decision.reason_code}”"


def _bulk_line(context: item_context.ItemContext, why: str = "") -> BulkLine:
    item = context.item
    return BulkLine(item.id, context.revision.title, item.customer, why, item.state)


def _unique_choices(chosen: Sequence[ChosenItem]) -> list[ChosenItem]:
    """Each item once. Raises Invalid when they are more than MAX_CHOSEN."""
    if len(held := {one.item_id: one for one in chosen}) > MAX_CHOSEN:
        raise Invalid(f"{len(held)} items were chosen, so nothing was done: choose {MAX_CHOSEN} at most.")
    return list(held.values())

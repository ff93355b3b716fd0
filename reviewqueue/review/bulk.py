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
from reviewqueue.core.vocabulary import ACTS, TO_CUSTOMERS, TO_US, ActKey
from reviewqueue.db.database import writing
from reviewqueue.db.tables.exceptions import ExceptionCase, ExceptionItem
from reviewqueue.db.tables.items import Item, Revision
from reviewqueue.db.tables.people import Person
from reviewqueue.evidence import source_changes
from reviewqueue.exceptions import case_queries
from reviewqueue.items import item_context, leases, seen_version
from reviewqueue.people import actors
from reviewqueue.policy import evaluation
from reviewqueue.policy.model.policy import Reason
from reviewqueue.review import decisions as review_decisions

IN_BULK = tuple(act.key for act in ACTS.values() if act.in_bulk)
MOST = 200
UNSEEN = "It is not there, or not yours to see"
# Why an item could be approved in bulk, as its log entry says.
OPENED, PASSES = "opened", "passes"


@dataclass(frozen=True)
class Chosen:
    """An item as a person chose it: with the digests that were on the page they chose it from, and whether they opened
    its draft at these digests."""

    item_id: int
    seen: seen_version.SeenVersion
    opened: bool = False


@dataclass(frozen=True)
class Line:
    """One chosen item, and why it was left out ("" when it was not); `unread` when all that it lacked is that the
    person opens its draft and ticks it."""

    item_id: int
    title: str = ""
    customer: str = ""
    why: str = ""
    state: str = ""
    unread: bool = False


@dataclass(frozen=True)
class Offer:
    """One act that is open for some of a group: for how many, the reasons that each of those accepts, and which are
    left out of this act."""

    act: ActKey
    goes: int
    reasons: Sequence[Reason]
    needs_text: bool
    left: Sequence[Line]


@dataclass
class Group:
    """The chosen items of one kind at one gate: those that may be decided together, and those that are left out."""

    kind: str
    gate: str
    name: str
    chosen: list[Chosen] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    left: list[Line] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    desks: dict[int, item_context.ItemContext] = field(default_factory=dict)


@dataclass(frozen=True)
class BulkResult:
    """The results of a bulk decision: the items decided, and those left out with the reason."""

    done: Sequence[Line]
    left: Sequence[Line]


def digests(session: Session, items: Iterable[Item]) -> dict[int, seen_version.SeenVersion]:
    """The digests of what these items show now, for a page to carry."""
    held = {item.id: item for item in items}
    last = source_changes.last(Revision.item_id)
    query = select(Revision.item_id, Revision.number, Revision.digest, Revision.evidence_digest, last.label("last"))
    found = session.execute(query.where(Revision.item_id.in_(held))).all()
    return {
        row.item_id: seen_version.SeenVersion(
            row.digest, source_changes.evidence_version(row.evidence_digest, row.last), held[row.item_id].policy_digest
        )
        for row in found
        if row.number == held[row.item_id].revision_number
    }


def preview(
    session: Session, person_id: int, chosen: Sequence[Chosen], now: datetime
) -> tuple[list[Group], list[Line]]:
    """(the chosen items by kind and gate with the acts open to them, those that this person may not see). Reads only.
    Raises Invalid for more than MOST."""
    actor = actors.load_actor(session, person_id, now)
    groups: dict[tuple[str, str], Group] = {}
    unseen = []
    for one in _once(chosen):
        try:
            found = item_context.load_visible(session, one.item_id, actor, now)
        except NotFound:
            unseen.append(Line(one.item_id, why=UNSEEN))
            continue
        at = (found.item.kind, found.item.gate)
        name = found.gate.name if found.gate else found.item.gate
        group = groups.setdefault(at, Group(*at, name))
        group.chosen.append(one)
        if why := _why_not(session, found, actor, one):
            group.left.append(_line(found, why))
        else:
            group.lines.append(_line(found))
            group.desks[one.item_id] = found
    for group in groups.values():
        group.offers = [offer for act in IN_BULK if (offer := _offer(list(group.desks.values()), actor, act))]
    return list(groups.values()), unseen


def _offer(found: Sequence[item_context.ItemContext], actor: evaluation.Actor, act: ActKey) -> Offer | None:
    refused = [(one, _act_refused(one, actor, act)) for one in found]
    going = [one for one, why in refused if not why]
    reasons = _reasons(going, act)
    if not reasons:
        return None
    needs_text = any(evaluation.needs_text(one.gate, act) for one in going)
    return Offer(act, len(going), reasons, needs_text, [_line(one, why) for one, why in refused if why])


def _reasons(found: Sequence[item_context.ItemContext], act: ActKey) -> list[Reason]:
    """The reasons that each of these items' policies accepts for the act."""
    lists = [evaluation.reasons(one.policy, one.gate, act, one.situation) for one in found if one.gate]
    codes = [{reason.code for reason in reasons} for reasons in lists]
    return [reason for reason in lists[0] if all(reason.code in known for known in codes)] if lists else []


def decide(
    session: Session,
    person_id: int,
    at: tuple[str, str],
    chosen: Sequence[Chosen],
    ask: review_decisions.DecisionRequest,
    now: datetime,
) -> BulkResult:
    """Decide the chosen items of one (kind, gate), one after the other. Raises Invalid, before anything is written, for
    an act that is none of IN_BULK, and for a reason or a text that not every item's policy accepts."""
    act = next((known for known in IN_BULK if known == ask.action), None)
    if act is None:
        raise Invalid("Nothing was recorded.", [FieldError("/action", f"one of {', '.join(IN_BULK)}")])
    _reasoned(session, person_id, at, chosen, act, ask, now)
    lines = [_decided(session, person_id, at, one, act, ask, now) for one in _once(chosen)]
    return BulkResult([line for line in lines if not line.why], [line for line in lines if line.why])


def _reasoned(
    session: Session,
    person_id: int,
    at: tuple[str, str],
    chosen: Sequence[Chosen],
    act: ActKey,
    ask: review_decisions.DecisionRequest,
    now: datetime,
) -> None:
    groups, _ = preview(session, person_id, chosen, now)
    group = next((one for one in groups if (one.kind, one.gate) == at), None)
    offer = next((one for one in group.offers if one.act == act), None) if group else None
    if offer is None:
        return  # none of them takes the act: each is named with the reason
    codes = [reason.code for reason in offer.reasons]
    faults = []
    if ask.reason_code not in codes:
        faults.append(FieldError("/reason_code", "choose a reason that each of them accepts"))
    faults += text_limits.validate_reason("/text", ask.text, due=offer.needs_text)
    if faults:
        raise Invalid("Nothing is recorded yet; what you typed is still here.", faults)


def to_open(found: item_context.ItemContext) -> str:
    """Why an item has to be opened before it is approved together with others; "" where it passes every check and no
    customer reads it."""
    kind, draft = found.item.kind, found.revision.draft
    if kind in TO_CUSTOMERS or (kind not in TO_US and isinstance(draft, dict) and "to" in draft):
        return "A customer reads it"
    warns = dict.fromkeys(check.key for check in found.situation.checks if check.outcome != "pass")
    return f"Not every check passes: {', '.join(warns)}" if warns else ""


def _decided(
    session: Session,
    person_id: int,
    at: tuple[str, str],
    one: Chosen,
    act: ActKey,
    ask: review_decisions.DecisionRequest,
    now: datetime,
) -> Line:
    """One item: loaded again under the lock and decided, or left unchanged with the reason."""
    line = Line(one.item_id)
    try:
        with writing(session):
            actor = actors.load_actor(session, person_id, now)
            found = item_context.load_visible(session, one.item_id, actor, now)
            line = _line(found)
            why = _why_not(session, found, actor, one)
            if not why and (found.item.kind, found.item.gate) != at:
                why = "It is of another kind, or at another gate"
            why = why or _refused_since(session, found, actor, act)
            if unread := "" if why else _blind(found, act, one):
                line = replace(line, unread=True)
            if why or unread:
                raise Invalid(why or unread)
            made, *more = review_decisions.record(session, found, actor, ask, one.seen, now)
            if act == "approve":
                made = replace(made, facts={**made.facts, "together": OPENED if one.opened else PASSES})
            override_log.append(session, now, made, *more)
            line = _line(found)
    except NotFound:
        return Line(one.item_id, why=UNSEEN)
    except DomainError as refused:
        return replace(line, why=_said(refused))
    return line


def _blind(found: item_context.ItemContext, act: ActKey, one: Chosen) -> str:
    why = to_open(found) if act == "approve" and not one.opened else ""
    return f"{why}, and you have not opened it" if why else ""


def _said(refused: DomainError) -> str:
    return "; ".join([refused.says.rstrip("."), *(fault.message for fault in refused.faults)])


def _why_not(session: Session, found: item_context.ItemContext, actor: evaluation.Actor, one: Chosen) -> str:
    """Why this item is left out whatever the act; "" when it is not."""
    item, situation = found.item, found.situation
    if item.state in vocabulary.SETTLED:
        by = _last(session, found, actor) if item.settled_by_id else ""
        return f"It is {item.state} already{by and f', {by}'}"
    shown = seen_version.SeenVersion(found.revision.digest, found.evidence, item.policy_digest)
    if one.seen.revision == shown.revision and one.seen.evidence != shown.evidence:
        return "A source it rests on changed since you looked"
    if one.seen != shown:
        by = seen_version.author(session, found.revision)
        return f"It changed since you looked: revision {found.revision.number} by {by} is there now"
    if alone := vocabulary.kind_of(item.kind).why_alone:
        return alone
    if situation.lease_holder not in (None, actor.person_id):
        return leases.holder_says(session, found)
    if found.gate and (way := evaluation.involvement(situation, found.gate, actor)):
        return f"It is your own work: {evaluation.involvement_text(way)}"
    failed = dict.fromkeys(check.key for check in situation.checks if check.outcome == "fail")
    if failed:
        return f"Checks fail: {', '.join(failed)}"
    if situation.unsettled:
        return situation.unsettled
    return _excepted(session, item)


def _excepted(session: Session, item: Item) -> str:
    query = select(ExceptionCase).join(ExceptionItem, ExceptionItem.exception_id == ExceptionCase.id)
    query = query.where(ExceptionItem.item_id == item.id, ExceptionCase.resolved_at.is_(None))
    found = list(session.scalars(query.order_by(ExceptionCase.id)))
    if not found and item.onboarding_id is not None:
        found = case_queries.blocking(session, [item.onboarding_id]).get(item.onboarding_id, [])
    return f"An exception is open: {found[0].summary}" if found else ""


def _act_refused(found: item_context.ItemContext, actor: evaluation.Actor, act: ActKey) -> str:
    legal = found.may(actor, act)
    return "" if legal.allowed else legal.why


def _refused_since(session: Session, found: item_context.ItemContext, actor: evaluation.Actor, act: ActKey) -> str:
    """Why the act is not open; where another act made it so, also whose."""
    why, decisions = _act_refused(found, actor, act), found.decisions
    since = bool(decisions) and ACTS[decisions[-1].action].state_after == found.item.state
    return f"{why} ({_last(session, found, actor)})" if why and since else why


def _last(session: Session, found: item_context.ItemContext, actor: evaluation.Actor) -> str:
    """By whom, when and for which reason the item was last decided, in words; "" where nobody did."""
    if not found.decisions:
        return ""
    made = found.decisions[-1]
    person = session.get(Person, made.person_id)
    who = "you" if made.person_id == actor.person_id or person is None else person.name
    labels = [one.label for one in found.policy.reasons if one.code == made.reason_code]
    return f"by {who} on {made.at:%d %b %H:%M} UTC, “{labels[0] if labels else made.reason_code}”"


def _line(found: item_context.ItemContext, why: str = "") -> Line:
    item = found.item
    return Line(item.id, found.revision.title, item.customer, why, item.state)


def _once(chosen: Sequence[Chosen]) -> list[Chosen]:
    """Each item once. Raises Invalid when they are more than MOST."""
    if len(held := {one.item_id: one for one in chosen}) > MOST:
        raise Invalid(f"{len(held)} items were chosen, so nothing was done: choose {MOST} at most.")
    return list(held.values())

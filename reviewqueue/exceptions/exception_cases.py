"""Opening exceptions: by a person, by an escalation or by the clock, with one named owner and two due times.

What people then do with one is in `case_actions`, escalation when it is overdue in `escalate_overdue`, reading in
`case_queries`, and resolving in `review.resolve_exception`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import text_limits
from reviewqueue.core.errors import FieldError, Forbidden, Invalid
from reviewqueue.core.vocabulary import POLICY_CHANGE
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row, insert_rows
from reviewqueue.db.tables import base
from reviewqueue.db.tables.exceptions import ExceptionCase, ExceptionItem, ExceptionNote
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.people import Person
from reviewqueue.items import callback_outbox, item_context
from reviewqueue.people import access, actors, next_in_line, notifications
from reviewqueue.people.notifications import About
from reviewqueue.people.visibility import load_onboarding
from reviewqueue.policy import business_hours, evaluation, policy_versions
from reviewqueue.policy.model.exceptions import Category
from reviewqueue.policy.model.policy import Policy

MAX_SUMMARY = 160
# The roles that get an exception when nobody in its category's own roles is available.
LAST_RESORT = ("revops", "cs_leader", "admin")


@dataclass(frozen=True)
class ExceptionRequest:
    """What a person enters to open an exception, about an item or about an onboarding as a whole."""

    category: str
    summary: str
    text: str
    item_id: int | None = None
    onboarding_id: int | None = None


@dataclass(frozen=True)
class CaseSubject:
    """What an exception is about: lane and customer, and the onboarding and item, where there are any."""

    lane: str
    customer: str
    onboarding_id: int | None
    item: Item | None


def open_case(session: Session, person_id: int, request: ExceptionRequest, now: datetime) -> int:
    """Open an exception, or join the open one of that category for the same onboarding; returns its id.

    Raises NotFound, Forbidden and Invalid (/category, /summary, /text).
    """
    with writing(session):
        actor = actors.load_actor(session, person_id, now)
        subject = _load_subject(session, request, actor, now)
        if not access.has_ability(actors.effective_roles(actor), "open an exception"):
            raise Forbidden("Auditors and admins open no exceptions, so nothing was opened. Tell RevOps what you saw.")
        policy = policy_versions.current(session)
        category = policy.exceptions.called(request.category)
        faults = [
            *text_limits.validate_line("/summary", request.summary),
            *text_limits.validate_reason("/text", request.text),
        ]
        if category is None:
            faults.append(FieldError("/category", "choose a category"))
        if faults or category is None:
            raise Invalid("Nothing is opened yet; what you typed is still here.", faults)
        summary = request.summary.strip()
        case_id, events = _open_or_join(
            session, policy, category, subject, summary, request.text, Actor.person(person_id), now
        )
        override_log.append(session, now, *events)
    return case_id


def _load_subject(session: Session, request: ExceptionRequest, actor: evaluation.Actor, now: datetime) -> CaseSubject:
    if request.item_id is not None:
        item = item_context.load_visible(session, request.item_id, actor, now).item
        return CaseSubject(item.lane, item.customer, item.onboarding_id, item)
    onboarding = load_onboarding(session, request.onboarding_id, actor)
    return CaseSubject(onboarding.lane, onboarding.customer, onboarding.id, None)


def category_for(context: item_context.ItemContext, reason: str) -> tuple[Category | None, str]:
    """(category of the exception that escalating the item for this reason code opens, why that one): the reason's own,
    else that of the first failed check with one, else the policy's `otherwise`. None for a policy proposal, which
    blocks no customer, and under a policy without exceptions."""
    known = context.policy.exceptions
    if context.item.kind == POLICY_CHANGE:
        return None, ""
    if category := known.of_reason(reason):
        return category, f"reason {reason} ({context.policy.place(f'exception:{category.key}')})"
    for check in context.checks:
        if check.outcome == "fail" and (category := known.of_check(check.key)):
            return category, f"failed check {check.key} ({context.policy.place(f'exception:{category.key}')})"
    return known.called(known.otherwise), f"no reason or check names another ({context.policy.place('exceptions')})"


def open_for_item(
    session: Session, policy: Policy, item: Item, category: str, summary: str, actor: Actor, now: datetime,
    because: str = "",
) -> list[Event]:  # fmt: skip
    """Open or join an exception for an item, inside a transaction the caller holds; returns the events for the log.

    `policy` is the item's own, or another where that cannot be read. `summary` is the text of whoever escalated,
    `because` why it is this category. Nothing is opened under a policy without the category.
    """
    known = policy.exceptions.called(category)
    if known is None:
        return []
    subject = CaseSubject(item.lane, item.customer, item.onboarding_id, item)
    case_id, events = _open_or_join(session, policy, known, subject, shorten(summary), summary, actor, now)
    if because:
        says = f"Item {item.id} was escalated. It is “{known.label}” by {because}."
        add_note(session, session.get_one(ExceptionCase, case_id), Actor.EXCEPTIONS, "note", says, now)
    return events


def open_for_onboarding(
    session: Session, policy: Policy, category: Category, onboarding: Onboarding, items: Sequence[Item], text: str,
    actor: Actor, now: datetime,
) -> tuple[int, list[Event]]:  # fmt: skip
    """Open or join an exception about an onboarding as a whole, and about these items of it, inside a transaction the
    caller holds; returns (its id, the events for the log). `text` also makes its summary."""
    subject = CaseSubject(onboarding.lane, onboarding.customer, onboarding.id, None)
    case_id, events = _open_or_join(session, policy, category, subject, shorten(text), text, actor, now)
    case = session.get_one(ExceptionCase, case_id)
    linked = [item for item in items if link(session, case, item)]
    enqueue_callback(session, case, category.label, linked, "exception.opened", now, {})
    return case_id, events


def shorten(text: str) -> str:
    """A text as one line of at most MAX_SUMMARY characters."""
    line = " ".join(text.split())
    return line if len(line) <= MAX_SUMMARY else f"{line[: MAX_SUMMARY - 1]}…"


def _open_or_join(
    session: Session,
    policy: Policy,
    category: Category,
    subject: CaseSubject,
    summary: str,
    text: str,
    actor: Actor,
    now: datetime,
) -> tuple[int, list[Event]]:
    case = _find_open(session, category.key, subject)
    is_new = case is None
    if case is None:
        case = insert_case(session, policy, category, subject, summary, actor, now)
    newly_linked = subject.item is not None and link(session, case, subject.item)
    add_note(session, case, actor, "opened" if is_new else "note", text, now)
    facts: dict[str, Any] = {"category": category.key, "blocking": case.blocking}
    if subject.item is not None:
        facts["joined" if not is_new else "about"] = subject.item.id
    if is_new:
        facts |= opening_facts(case)
    if newly_linked and subject.item is not None:
        enqueue_callback(session, case, category.label, [subject.item], "exception.opened", now, {})
    act = EventType.EXCEPTION_OPEN if is_new else EventType.EXCEPTION_NOTE
    words = {"summary": summary, "text": text} if is_new else {"text": text}
    return case.id, [log_event(case, actor, act, facts, words, subject.item)]


def opening_facts(case: ExceptionCase) -> dict[str, Any]:
    """Facts of the log entry for a new exception, beside its category: owner, due times and policy."""
    return {
        "owner": Actor.person_or_none(case.owner_id),
        "respond_by": base.moment(case.respond_by),
        "due": base.moment(case.due_at),
        "policy": case.policy_digest,
    }


def _find_open(session: Session, category: str, subject: CaseSubject) -> ExceptionCase | None:
    """The open exception of that category for the same onboarding (or, without one, for the same item)."""
    query = select(ExceptionCase).where(ExceptionCase.category == category, ExceptionCase.state != "resolved")
    if subject.onboarding_id is not None:
        query = query.where(ExceptionCase.onboarding_id == subject.onboarding_id)
    else:
        linked = select(ExceptionItem.exception_id).where(
            ExceptionItem.item_id == (subject.item.id if subject.item else 0)
        )
        query = query.where(ExceptionCase.id.in_(linked))
    return session.scalars(query.order_by(ExceptionCase.id).limit(1)).one_or_none()


def insert_case(
    session: Session,
    policy: Policy,
    category: Category,
    subject: CaseSubject,
    summary: str,
    actor: Actor,
    now: datetime,
) -> ExceptionCase:
    """Insert an exception with its first owner and its due times, and tell that owner; link, note and log are the
    caller's. Only inside `writing()`."""
    owner_id = _first_owner(session, category, subject, now)
    hours = policy.calendar(subject.lane)
    case_id = insert_row(
        session,
        ExceptionCase,
        category=category.key,
        lane=subject.lane,
        onboarding_id=subject.onboarding_id,
        customer=subject.customer,
        summary=summary,
        state="open",
        blocking=category.blocking,
        owner_id=owner_id,
        owner_role=role_of(session, owner_id, category.goes_to),
        policy_digest=policy.digest,
        opened_at=now,
        opened_by=actor,
        respond_by=business_hours.due(now, category.respond_hours, hours),
        due_at=business_hours.due(now, category.sla_hours, hours),
    )
    notifications.tell(session, "exception", [owner_id], About(exception_id=case_id), actor, now)
    return session.get_one(ExceptionCase, case_id)


def _first_owner(session: Session, category: Category, subject: CaseSubject, now: datetime) -> int | None:
    """The account's owner where they hold one of the category's roles and are available, else the next named person."""
    onboarding = session.get(Onboarding, subject.onboarding_id) if subject.onboarding_id is not None else None
    if onboarding is not None and onboarding.owner_id is not None:
        person = session.get_one(Person, onboarding.owner_id)
        away = person.disabled_at is not None or actors.load_actor(session, person.id, now).delegates
        if not away and set(person.roles) & set(category.goes_to):
            return person.id
    roles = (*category.goes_to, *category.goes_up_to, *LAST_RESORT)
    return next_in_line.next_person(session, roles, subject.lane, now)


def role_of(session: Session, person_id: int | None, wanted: Sequence[str]) -> str:
    """The first of the `wanted` roles that the person holds, else the first of them."""
    person = session.get(Person, person_id) if person_id else None
    return next((role for role in wanted if person and role in person.roles), wanted[0])


def link(session: Session, case: ExceptionCase, item: Item) -> bool:
    """Link an item; False where it was linked before. Only inside `writing()`."""
    if session.get(ExceptionItem, (case.id, item.id)) is not None:
        return False
    insert_rows(session, ExceptionItem, [{"exception_id": case.id, "item_id": item.id}])
    return True


def linked_items(session: Session, case: ExceptionCase) -> Sequence[Item]:
    """The items an exception is about, oldest first."""
    joined = select(Item).join(ExceptionItem, ExceptionItem.item_id == Item.id)
    return session.scalars(joined.where(ExceptionItem.exception_id == case.id).order_by(Item.id)).all()


def add_note(session: Session, case: ExceptionCase, actor: Actor, kind: str, text: str, now: datetime) -> None:
    """Add a note of this kind to the conversation. Only inside `writing()`."""
    insert_row(session, ExceptionNote, exception_id=case.id, at=now, actor=actor, kind=kind, text=text)


def enqueue_callback(
    session: Session,
    case: ExceptionCase,
    label: str,
    items: Sequence[Item],
    kind: str,
    now: datetime,
    extra: dict[str, Any],
) -> None:
    """Enqueue a callback of type `kind` for each of these items that has a callback URL. Only inside `writing()`."""
    data: dict[str, Any] = {
        "exception": {
            "id": case.id,
            "category": case.category,
            "label": label,
            "summary": case.summary,
            "blocking": case.blocking,
            "state": case.state,
            "respond_by": base.moment(case.respond_by),
            "due_at": base.moment(case.due_at),
            **extra,
        }
    }
    if case.onboarding_id is not None:
        external = select(Onboarding.external_id).where(Onboarding.id == case.onboarding_id)
        data["onboarding"] = {"external_id": session.scalar(external), "customer": case.customer}
    for item in items:
        callback_outbox.enqueue(session, item, kind, now, data)


def log_event(
    case: ExceptionCase,
    actor: Actor,
    act: EventType,
    facts: dict[str, Any],
    words: dict[str, str],
    item: Item | None = None,
) -> Event:
    """An event for the log about an exception, and about `item` where it is given."""
    subject: dict[str, Any] = {"onboarding_id": case.onboarding_id, "lane": case.lane}
    if item is not None:
        subject |= {"item_id": item.id, "gate": item.gate}
    return Event(actor, act, **subject, facts={"exception": case.id, **facts}, texts=words)

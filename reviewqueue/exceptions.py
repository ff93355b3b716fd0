"""Exceptions: opened by a person, by an escalation or by the clock, with one named owner and two due times.

What is then done about one is in `casework`, and how it ends in `resolving`; how it goes up when it is late is in
`overdue`, how it is read in `cases`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue import access, assignments, calendar, cases, desk, messages, override_log, policies, texts
from reviewqueue.database import writing
from reviewqueue.events import EventType
from reviewqueue.override_log import Event
from reviewqueue.policy import judging
from reviewqueue.policy.categories import Category
from reviewqueue.policy.shape import Policy
from reviewqueue.policy.words import POLICY_CHANGE
from reviewqueue.records.exceptions import ExceptionCase, ExceptionItem, ExceptionNote
from reviewqueue.records.items import Item
from reviewqueue.records.onboardings import Onboarding
from reviewqueue.records.people import Person
from reviewqueue.records.rows import put, put_all
from reviewqueue.refusals import Fault, Invalid, NotAllowed, NotThere

SHORT = 160
# Whoever holds one of these is asked when nobody of the category's own roles is there.
LAST_RESORT = ("revops", "cs_leader", "admin")


@dataclass(frozen=True)
class Opening:
    """What a person says when they open one: about an item, or about an onboarding as a whole."""

    category: str
    summary: str
    text: str
    item_id: int | None = None
    onboarding_id: int | None = None


@dataclass(frozen=True)
class Place:
    """What an exception is about."""

    lane: str
    customer: str
    onboarding_id: int | None
    item: Item | None


def open_case(session: Session, person_id: int, said: Opening, now: datetime) -> int:
    """Open an exception, or join the open one of that category for the same onboarding; returns its id.

    Raises NotThere, NotAllowed, and Invalid naming the place.
    """
    with writing(session):
        actor = desk.actor_of(session, person_id, now)
        place = _place(session, said, person_id, now)
        if not access.able(desk.roles_of(actor), "open an exception"):
            raise NotAllowed("Auditors and admins open no exceptions, so nothing was opened. Tell RevOps what you saw.")
        policy = policies.current(session)
        category = policy.exceptions.called(said.category)
        faults = [*texts.line_faults("/summary", said.summary), *texts.reason_faults("/text", said.text)]
        if category is None:
            faults.append(Fault("/category", "choose a category"))
        if faults or category is None:
            raise Invalid("Nothing is opened yet; what you typed is still here.", faults)
        summary = said.summary.strip()
        case_id, events = _open(session, policy, category, place, summary, said.text, f"person:{person_id}", now)
        override_log.append(session, now, *events)
    return case_id


def _place(session: Session, said: Opening, person_id: int, now: datetime) -> Place:
    actor = desk.actor_of(session, person_id, now)
    if said.item_id is not None:
        item = desk.for_person(session, said.item_id, actor, now).item
        return Place(item.lane, item.customer, item.onboarding_id, item)
    found = session.get(Onboarding, said.onboarding_id) if said.onboarding_id is not None else None
    if found is None or not reaches(policies.current(session), found, actor):
        raise NotThere()
    return Place(found.lane, found.customer, found.id, None)


def reaches(policy: Policy, onboarding: Onboarding, actor: judging.Actor) -> bool:
    """Whether an onboarding is one of a lane this person sees."""
    return onboarding.lane in access.lanes(policy, desk.roles_of(actor))


def chosen(found: desk.Desk, reason: str) -> tuple[Category | None, str]:
    """(the category that escalating an item with this reason opens, why that one): the reason's own, else that of the
    first failed check that names one, else the policy's `otherwise`. None under a policy without exceptions, and for a
    change of the policy, which stands in no customer's way."""
    known = found.policy.exceptions
    if found.item.kind == POLICY_CHANGE:
        return None, ""
    if category := known.of_reason(reason):
        return category, f"reason {reason} ({found.policy.place(f'exception:{category.key}')})"
    for check in found.checks:
        if check.outcome == "fail" and (category := known.of_check(check.key)):
            return category, f"failed check {check.key} ({found.policy.place(f'exception:{category.key}')})"
    return known.called(known.otherwise), f"no reason or check names another ({found.policy.place('exceptions')})"


def open_for(
    session: Session, found: desk.Desk, category: str, summary: str, actor: str, now: datetime, because: str = ""
) -> list[Event]:
    """Open or join one for an item, inside a transaction the caller holds; returns the events to append, last.

    `summary` are the words of whoever asks for it, `because` why it is this category. Under a policy that does not know
    the category nothing is opened.
    """
    return open_about(session, found.policy, found.item, category, summary, actor, now, because)


def open_about(
    session: Session, policy: Policy, item: Item, category: str, summary: str, actor: str, now: datetime,
    because: str = "",
) -> list[Event]:  # fmt: skip
    """The same for an item whose own policy cannot be read, by another one."""
    known = policy.exceptions.called(category)
    if known is None:
        return []
    place = Place(item.lane, item.customer, item.onboarding_id, item)
    case_id, events = _open(session, policy, known, place, in_short(summary), summary, actor, now)
    if because:
        says = f"Item {item.id} was escalated. It is “{known.label}” by {because}."
        say(session, session.get_one(ExceptionCase, case_id), "system:exceptions", "note", says, now)
    return events


def in_short(text: str) -> str:
    """Somebody's words as one line of at most SHORT characters."""
    line = " ".join(text.split())
    return line if len(line) <= SHORT else f"{line[: SHORT - 1]}…"


def _open(
    session: Session,
    policy: Policy,
    category: Category,
    place: Place,
    summary: str,
    text: str,
    actor: str,
    now: datetime,
) -> tuple[int, list[Event]]:
    case = _standing(session, category.key, place)
    fresh = case is None
    if case is None:
        case = new(session, policy, category, place, summary, actor, now)
    joins = place.item is not None and link(session, case, place.item)
    say(session, case, actor, "opened" if fresh else "note", text, now)
    facts: dict[str, Any] = {"category": category.key, "blocking": case.blocking}
    if place.item is not None:
        facts["joined" if not fresh else "about"] = place.item.id
    if fresh:
        facts |= beginning(case)
    if joins and place.item is not None:
        tell(session, case, category.label, [place.item], "exception.opened", now, {})
    act = EventType.EXCEPTION_OPEN if fresh else EventType.EXCEPTION_NOTE
    words = {"summary": summary, "text": text} if fresh else {"text": text}
    return case.id, [event(case, actor, act, facts, words, place.item)]


def beginning(case: ExceptionCase) -> dict[str, Any]:
    """What the log keeps of a fresh one besides its category: whose it is, its due times and its policy."""
    return {
        "owner": f"person:{case.owner_id}" if case.owner_id else None,
        "respond_by": override_log.moment(case.respond_by),
        "due": override_log.moment(case.due_at),
        "policy": case.policy_digest,
    }


def _standing(session: Session, category: str, place: Place) -> ExceptionCase | None:
    """The open exception of that category for the same onboarding (or, without one, for the same item)."""
    query = select(ExceptionCase).where(ExceptionCase.category == category, ExceptionCase.state != "resolved")
    if place.onboarding_id is not None:
        query = query.where(ExceptionCase.onboarding_id == place.onboarding_id)
    else:
        linked = select(ExceptionItem.exception_id).where(ExceptionItem.item_id == (place.item.id if place.item else 0))
        query = query.where(ExceptionCase.id.in_(linked))
    return session.scalars(query.order_by(ExceptionCase.id).limit(1)).one_or_none()


def new(
    session: Session, policy: Policy, category: Category, place: Place, summary: str, actor: str, now: datetime
) -> ExceptionCase:
    """A fresh one with its first owner and its due times, inside `writing()`."""
    owner_id = _first_owner(session, category, place, now)
    hours = policy.calendar(place.lane)
    case_id = put(
        session,
        ExceptionCase,
        category=category.key,
        lane=place.lane,
        onboarding_id=place.onboarding_id,
        customer=place.customer,
        summary=summary,
        state="open",
        blocking=category.blocking,
        owner_id=owner_id,
        owner_role=role_of(session, owner_id, category.goes_to),
        policy_digest=policy.digest,
        opened_at=now,
        opened_by=actor,
        respond_by=calendar.due(now, category.respond_hours, hours),
        due_at=calendar.due(now, category.sla_hours, hours),
    )
    return session.get_one(ExceptionCase, case_id)


def _first_owner(session: Session, category: Category, place: Place, now: datetime) -> int | None:
    """The account's own person where they hold one of the roles and are there, else the next named of the roles."""
    onboarding = session.get(Onboarding, place.onboarding_id) if place.onboarding_id is not None else None
    if onboarding is not None and onboarding.owner_id is not None:
        person = session.get_one(Person, onboarding.owner_id)
        away = person.disabled_at is not None or desk.actor_of(session, person.id, now).delegates
        if not away and set(person.roles) & set(category.goes_to):
            return person.id
    roles = (*category.goes_to, *category.goes_up_to, *LAST_RESORT)
    return assignments.next_named(session, roles, place.lane, now)


def role_of(session: Session, person_id: int | None, wanted: Sequence[str]) -> str:
    """The first of these roles that the person holds, or the first of all."""
    person = session.get(Person, person_id) if person_id else None
    return next((role for role in wanted if person and role in person.roles), wanted[0])


def link(session: Session, case: ExceptionCase, item: Item) -> bool:
    """Link an item, inside `writing()`; whether it was not linked before."""
    if session.get(ExceptionItem, (case.id, item.id)) is not None:
        return False
    put_all(session, ExceptionItem, [{"exception_id": case.id, "item_id": item.id}])
    return True


def linked(session: Session, case: ExceptionCase) -> Sequence[Item]:
    """The items an exception is about, oldest first."""
    joined = select(Item).join(ExceptionItem, ExceptionItem.item_id == Item.id)
    return session.scalars(joined.where(ExceptionItem.exception_id == case.id).order_by(Item.id)).all()


def say(session: Session, case: ExceptionCase, actor: str, kind: str, text: str, now: datetime) -> None:
    """Add to the conversation."""
    put(session, ExceptionNote, exception_id=case.id, at=now, actor=actor, kind=kind, text=text)


def tell(
    session: Session,
    case: ExceptionCase,
    label: str,
    items: Sequence[Item],
    kind: str,
    now: datetime,
    more: dict[str, Any],
) -> None:
    """Tell the automations of these items, if they asked to be told."""
    data: dict[str, Any] = {
        "exception": {
            "id": case.id,
            "category": case.category,
            "label": label,
            "summary": case.summary,
            "blocking": case.blocking,
            "state": case.state,
            "respond_by": override_log.moment(case.respond_by),
            "due_at": override_log.moment(case.due_at),
            **more,
        }
    }
    if case.onboarding_id is not None:
        external = select(Onboarding.external_id).where(Onboarding.id == case.onboarding_id)
        data["onboarding"] = {"external_id": session.scalar(external), "customer": case.customer}
    for item in items:
        messages.tell(session, item, kind, now, data)


def event(
    case: ExceptionCase,
    actor: str,
    act: EventType,
    facts: dict[str, Any],
    words: dict[str, str],
    item: Item | None = None,
) -> Event:
    """A log entry about an exception; about one of its items where there is one."""
    place: dict[str, Any] = {"onboarding_id": case.onboarding_id, "lane": case.lane}
    if item is not None:
        place |= {"item_id": item.id, "gate": item.gate}
    return Event(actor, act, **place, facts={"exception": case.id, **facts}, texts=words)


def holding(session: Session, onboarding_id: int) -> Sequence[ExceptionCase]:
    """The open blocking exceptions of an onboarding: while there is one, nothing goes out for this customer."""
    return cases.holding(session, [onboarding_id]).get(onboarding_id, [])

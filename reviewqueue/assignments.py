"""Assignments: which named person something waits for: the next one, the one a leader names, and nobody again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from reviewqueue import access, desk, grants, override_log, policies, texts
from reviewqueue.database import writing
from reviewqueue.events import EventType
from reviewqueue.opening import whereabouts
from reviewqueue.override_log import Event
from reviewqueue.policy import judging
from reviewqueue.records.exceptions import ExceptionCase
from reviewqueue.records.items import Item
from reviewqueue.records.onboardings import Onboarding
from reviewqueue.records.people import Absence, Person
from reviewqueue.records.rows import change
from reviewqueue.refusals import Fault, Invalid, Moved, NotAllowed, NotThere

COUNTED = 200  # nobody's work is counted any further: whoever has this much is not next
_HELD = select(Person.id, Person.held).where(Person.disabled_at.is_(None)).order_by(Person.id)
_AWAY = (
    select(Absence.person_id, Absence.delegate_id)
    .where(Absence.starts_at <= bindparam("now"), Absence.ends_at > bindparam("now"), Absence.cancelled_at.is_(None))
    .order_by(Absence.id)
)
_ITEMS = select(Item.lane).where(Item.assignee_id == bindparam("person"), Item.settled_at.is_(None)).limit(COUNTED)
_CASES = (
    select(ExceptionCase.lane)
    .where(ExceptionCase.owner_id == bindparam("person"), ExceptionCase.resolved_at.is_(None))
    .limit(COUNTED)
)


def next_named(
    session: Session, roles: Iterable[str], lane: str, now: datetime, *, besides: frozenset[int] = frozenset()
) -> int | None:
    """The person something waits for next: an open account that holds one of the roles, tried in their order.

    Who is away is stood in for by their delegate, over as many hops as it takes. Among several: fewest open items and
    exceptions first, then fewest of them in this lane, then the lowest id. Never anybody in `besides`; None when
    nobody is left.
    """
    held = {row.id: frozenset(row.held.split()) for row in session.execute(_HELD)}
    away: dict[int, list[int]] = {}
    for row in session.execute(_AWAY, {"now": now}):
        away.setdefault(row.person_id, []).append(row.delegate_id)
    for role in roles:
        there = {_there(person, away, held) for person, has in held.items() if role in has}
        if able := there - {None} - besides:
            return min(able, key=lambda person: _load(session, person or 0, lane))
    return None


def _there(person: int, away: Mapping[int, list[int]], held: Mapping[int, object]) -> int | None:
    """The person, or whoever stands in for them and is there; None when the hops end nowhere."""
    tried: list[int] = []
    wanted = [person]
    while wanted:
        one = wanted.pop(0)
        if one in tried or one not in held:
            continue
        if one not in away:
            return one
        tried.append(one)
        wanted += away[one]
    return None


def _load(session: Session, person: int, lane: str) -> tuple[int, int, int]:
    lanes = [one for query in (_ITEMS, _CASES) for one in session.scalars(query, {"person": person})]
    return len(lanes), lanes.count(lane), person


def may_decide(found: desk.Desk, actor: judging.Actor) -> bool:
    """Whether this person could decide the item when nothing else stood in the way: role, and no hand in making it."""
    gate = found.gate
    if gate is None or not judging.acting_role(gate, found.situation, actor):
        return False
    return found.policy.organisation.small_team or not judging.involvement(found.situation, gate, actor)


def candidates(session: Session, found: desk.Desk, now: datetime) -> list[Person]:
    """Everybody to whom the item could be given, by name."""
    everybody = session.scalars(select(Person).where(Person.disabled_at.is_(None)).order_by(Person.name, Person.id))
    return [one for one in everybody.all() if may_decide(found, desk.actor_of(session, one.id, now))]


def reassign(session: Session, person_id: int, item_id: int, to: int, reason: str, now: datetime) -> None:
    """Give an open item to a named person who may decide it. Everybody whom the gate allows may still decide it.

    Raises NotThere, NotAllowed, Moved (409: it is settled) and Invalid naming the place.
    """
    faults = texts.reason_faults("/reason", reason)
    with writing(session):
        actor = desk.actor_of(session, person_id, now)
        found = desk.for_person(session, item_id, actor, now)
        item = found.item
        if not access.able(actor.roles, "reassign"):
            raise NotAllowed("Only a CS leader, a manager or RevOps gives an item to somebody. Ask one of them.")
        if item.state not in judging.OPEN:
            raise Moved(f"The item is {item.state}, so it waits for nobody. Go back to the queue.", code="settled")
        faults += _whom(session, found, to, now)
        if faults:
            raise Invalid("The item was not given to anybody else.", faults)
        facts = {"from": _named(item.assignee_id), "to": _named(to)}
        change(session, item, assignee_id=to)
        place = whereabouts(item)
        event = Event(f"person:{person_id}", EventType.ITEM_REASSIGN, **place, facts=facts, texts={"reason": reason})
        override_log.append(session, now, event)


def _whom(session: Session, found: desk.Desk, to: int, now: datetime) -> list[Fault]:
    person = session.get(Person, to)
    if person is None or person.disabled_at is not None:
        return [Fault("/to", "choose somebody with an open account")]
    if found.item.assignee_id == to:
        return [Fault("/to", f"it waits for {person.name} already")]
    if not may_decide(found, desk.actor_of(session, to, now)):
        return [Fault("/to", f"{person.name} may not decide it: choose somebody who may")]
    return []


def _named(person_id: int | None) -> str | None:
    return f"person:{person_id}" if person_id else None


def let_go(session: Session, person_id: int, actor: str, why: str, now: datetime) -> list[Event]:
    """Inside `writing()`: what a person held and cannot decide any more waits for nobody in particular, and the lease
    they had on it ends. Returns the log events; `actor` did what took it from them, `why` says what that was."""
    held = (Item.assignee_id == person_id) | (Item.lease_holder_id == person_id)
    query = select(Item.id).where(Item.settled_at.is_(None), held).order_by(Item.id)
    shut = session.scalar(select(Person.disabled_at).where(Person.id == person_id)) is not None
    person = None if shut else desk.actor_of(session, person_id, now)
    events: list[Event] = []
    for item_id in session.scalars(query).all():
        found = desk.open_desk(session, item_id, now)
        gate, item = found.gate, found.item
        if person and gate and judging.acting_role(gate, found.situation, person):
            continue
        facts = {"from": _named(person_id), "why": why}
        if item.assignee_id == person_id:
            change(session, item, assignee_id=None)
            events.append(Event(actor, EventType.ITEM_REASSIGN, **whereabouts(item), facts={**facts, "to": None}))
        if item.lease_holder_id == person_id:
            change(session, item, lease_holder_id=None, lease_until=None)
            if found.situation.lease_holder == person_id:
                events.append(Event(actor, EventType.LEASE_END, **whereabouts(item), facts=facts))
    return events


def set_owner(session: Session, person_id: int, onboarding_id: int, owner_id: int, reason: str, now: datetime) -> None:
    """Say whose account an onboarding is, with a reason. Raises NotThere, NotAllowed and Invalid naming the place."""
    faults = texts.reason_faults("/reason", reason)
    with writing(session):
        actor = desk.actor_of(session, person_id, now)
        lanes = access.lanes(policies.current(session), desk.roles_of(actor))
        onboarding = session.get(Onboarding, onboarding_id)
        if onboarding is None or onboarding.lane not in lanes:
            raise NotThere()
        if not access.able(actor.roles, "set the account's owner"):
            raise NotAllowed("Only a CS leader, a manager or RevOps says whose account it is. Ask one of them.")
        owner = session.get(Person, owner_id)
        if owner is None or owner.disabled_at is not None:
            faults.append(Fault("/owner", "choose somebody with an open account"))
        elif onboarding.owner_id == owner_id:
            faults.append(Fault("/owner", f"it is {owner.name}'s already"))
        if faults:
            raise Invalid("The account's owner was not changed.", faults)
        before = onboarding.owner_id
        facts = {"from": _named(before), "to": _named(owner_id)}
        change(session, onboarding, owner_id=owner_id)
        account = f"account_owner:{onboarding_id}"
        by, to_admin = f"person:{person_id}", owner is not None and "admin" in owner.roles
        grants.record(session, owner_id, [account], by, now, to_admin=to_admin)
        gone = let_go(session, before, f"person:{person_id}", "owns the account no more", now) if before else []
        event = Event(
            f"person:{person_id}",
            EventType.ONBOARDING_OWNER,
            onboarding_id=onboarding_id,
            lane=onboarding.lane,
            facts=facts,
            texts={"reason": reason},
        )
        override_log.append(session, now, event, *gone)

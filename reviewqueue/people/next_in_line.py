"""Assignment: the person an item or exception goes to next, and releasing what somebody can no longer decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.people import Absence, Person
from reviewqueue.people import actors
from reviewqueue.policy import evaluation, policy_versions

FULL_LOAD = 200  # nobody's work is counted any further: whoever has this much is not next


_HELD = select(Person.id, Person.held).where(Person.disabled_at.is_(None)).order_by(Person.id)


_AWAY = (
    select(Absence.person_id, Absence.delegate_id)
    .where(Absence.starts_at <= bindparam("now"), Absence.ends_at > bindparam("now"), Absence.cancelled_at.is_(None))
    .order_by(Absence.id)
)


_ITEMS = select(Item.lane).where(Item.assignee_id == bindparam("person"), Item.settled_at.is_(None)).limit(FULL_LOAD)


_CASES = (
    select(ExceptionCase.lane)
    .where(ExceptionCase.owner_id == bindparam("person"), ExceptionCase.resolved_at.is_(None))
    .limit(FULL_LOAD)
)


def next_person(
    session: Session, roles: Iterable[str], lane: str, now: datetime, *, excluded: frozenset[int] = frozenset()
) -> int | None:
    """The person something waits for next: an open account that holds one of the roles, tried in their order.

    Who is away is stood in for by their delegate, over as many hops as it takes. Among several: fewest open items and
    exceptions first, then fewest of them in this lane, then the lowest id. Never anybody in `excluded`; None when
    nobody is left.
    """
    held = {row.id: frozenset(row.held.split()) for row in session.execute(_HELD)}
    away: dict[int, list[int]] = {}
    for row in session.execute(_AWAY, {"now": now}):
        away.setdefault(row.person_id, []).append(row.delegate_id)
    for role in roles:
        available = {_available_person(person, away, held) for person, has in held.items() if role in has}
        if able := available - {None} - excluded:
            return min(able, key=lambda person: _load(session, person or 0, lane))
    return None


def _available_person(person: int, away: Mapping[int, list[int]], held: Mapping[int, object]) -> int | None:
    """The person, or whoever stands in for them and is there; None when the hops end nowhere."""
    tried: list[int] = []
    pending = [person]
    while pending:
        one = pending.pop(0)
        if one in tried or one not in held:
            continue
        if one not in away:
            return one
        tried.append(one)
        pending += away[one]
    return None


def _load(session: Session, person: int, lane: str) -> tuple[int, int, int]:
    lanes = [one for query in (_ITEMS, _CASES) for one in session.scalars(query, {"person": person})]
    return len(lanes), lanes.count(lane), person


def unassign_items(session: Session, person_id: int, actor: Actor, why: str, now: datetime) -> list[Event]:
    """Release what a person held and can no longer decide: it is unassigned, and their lease on it ends. Only inside
    `writing()`. Returns the log events; `actor` made the change that caused it, `why` says which."""
    held = (Item.assignee_id == person_id) | (Item.lease_holder_id == person_id)
    query = select(Item).where(Item.settled_at.is_(None), held).order_by(Item.id)
    is_closed = session.scalar(select(Person.disabled_at).where(Person.id == person_id)) is not None
    person = None if is_closed else actors.load_actor(session, person_id, now)
    events: list[Event] = []
    for item in session.scalars(query).all():
        if person and may_act(session, item, person):
            continue
        facts = {"from": Actor.person_or_none(person_id), "why": why}
        if item.assignee_id == person_id:
            update_row(session, item, assignee_id=None)
            events.append(Event.about(item, actor, EventType.ITEM_REASSIGN, facts={**facts, "to": None}))
        if item.lease_holder_id == person_id:
            held_until = item.lease_until
            update_row(session, item, lease_holder_id=None, lease_until=None)
            if held_until and held_until > now:
                events.append(Event.about(item, actor, EventType.LEASE_END, facts=facts))
    return events


def may_act(session: Session, item: Item, person: evaluation.Actor) -> bool:
    """Whether the gate of an open item, under the item's own policy, still lets this person decide."""
    policy = policy_versions.version(session, item.policy_digest)
    owner = session.scalar(select(Onboarding.owner_id).where(Onboarding.id == item.onboarding_id))
    situation = evaluation.Situation(
        item.state, item.kind, account_owner=owner, assignee=item.assignee_id, opened_at=item.opened_at,
        onboarding=item.onboarding_id, late_grants_count=policy.organisation.small_team,
    )  # fmt: skip
    gate = policy.gate(item.lane, item.gate)
    return gate is not None and evaluation.acting_role(gate, situation, person) != ""

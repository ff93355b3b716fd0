"""Workload: how much waits for each person and at each gate, and since when. Reads only.

Counts stop at LOAD_COUNT_LIMIT and each uses one index, and what waits for account owners is searched among the
SEARCH_LIMIT due at each gate where they decide, so the page's time does not grow with the queue.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, reduce
from operator import add
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, literal_column, select
from sqlalchemy.orm import Session

from reviewqueue.core import vocabulary
from reviewqueue.db.tables.items import Decision, Item
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.people import Person
from reviewqueue.items import queue_ranges, role_waits
from reviewqueue.items.queue_positions import Count
from reviewqueue.items.role_waits import RoleWait
from reviewqueue.people import access, actors, groups
from reviewqueue.policy import evaluation
from reviewqueue.policy.model.policy import Policy

LOAD_COUNT_LIMIT = role_waits.COUNT_LIMIT
SEARCH_LIMIT = role_waits.SEARCH_LIMIT
DECIDED_WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class Load:
    """Counts: open items, of those overdue, the earliest due time of those not paused, decided within seven days, and
    leases held now."""

    open: Count
    overdue: Count
    oldest: datetime | None
    decided: Count
    leases: int

    @property
    def any(self) -> bool:
        """Whether there is anything at all."""
        return bool(self.open.many or self.decided.many or self.leases)


@dataclass(frozen=True)
class GateLoad:
    """The load of one gate of one lane; `name` is the gate's."""

    lane: str
    gate: str
    name: str
    load: Load


@dataclass(frozen=True)
class PersonLoad:
    """What waits for one person, by assignment or as an account's owner, what they decided, and what waits for a role
    of theirs and for nobody by name."""

    person: Person
    load: Load
    for_roles: Sequence[RoleWait] = ()


def workload(
    session: Session, policy: Policy, actor: evaluation.Actor, now: datetime, also: Collection[int] = ()
) -> tuple[list[PersonLoad], list[GateLoad]]:
    """(the load of each person who decides somewhere, and of `also`, most overdue first; the load of each gate this
    person sees)."""
    return figures(session, policy, access.visible_gates(policy, actors.effective_roles(actor)), now, also)


def figures(
    session: Session, policy: Policy, desks: Collection[tuple[str, str]], now: datetime, also: Collection[int] = ()
) -> tuple[list[PersonLoad], list[GateLoad]]:
    """The same with the load of each of these gates, as (lane, gate)."""
    held = _leases(session, now)
    gates = [_gate_load(session, policy, lane, gate, held, now) for lane, gate in desks]
    people = _people_loads(session, policy, held, now, also)
    return (
        sorted(people, key=lambda one: (-one.load.overdue.many, -one.load.open.many, one.person.name)),
        sorted(gates, key=lambda one: (-one.load.overdue.many, -one.load.open.many, one.lane, one.gate)),
    )


def _leases(session: Session, now: datetime) -> Sequence[tuple[int | None, str, str]]:
    """(holder, lane, gate) of the leases that are valid now."""
    query = select(Item.lease_holder_id, Item.lane, Item.gate).where(
        Item.lease_holder_id.is_not(None), Item.lease_until > now, Item.settled_at.is_(None)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def _limited_count(query: Select[Any]) -> Select[Any]:
    """How many rows a query has, counted to one more than the limit."""
    return select(func.count()).select_from(query.limit(LOAD_COUNT_LIMIT + 1).subquery())


def _shown(found: int) -> Count:
    return Count.up_to(LOAD_COUNT_LIMIT, found)


def _sum(counts: Sequence[Select[Any]]) -> ColumnElement[int]:
    """Several counts in one column."""
    return reduce(add, (count.scalar_subquery() for count in counts))


@cache
def _gate_statement() -> Select[Any]:
    """The statement for the load of one gate of one lane. Built once: composing it costs more than running it."""
    here = (Item.lane == bindparam("lane")) & (Item.gate == bindparam("gate"))
    one: Select[Any] = select(literal_column("1"))
    waits = [one.where(Item.state == state, here, Item.settled_at.is_(None)) for state in vocabulary.OPEN]
    late = [query.where(Item.due_at < bindparam("now"), Item.paused_at.is_(None)) for query in waits]
    past = [one.where(Item.state == state, here, Item.settled_at >= bindparam("since")) for state in vocabulary.DECIDED]
    first = [
        select(Item.due_at)
        .where(Item.state == state, here, Item.settled_at.is_(None), Item.paused_at.is_(None))
        .order_by(Item.due_at)
        .limit(1)
        for state in vocabulary.OPEN
    ]
    sums = [_sum([_limited_count(query) for query in queries]) for queries in (waits, late, past)]
    whole: list[Any] = [*sums, *(query.scalar_subquery() for query in first)]
    return select(*whole)


def _gate_load(
    session: Session,
    policy: Policy,
    lane: str,
    gate: str,
    held: Sequence[tuple[int | None, str, str]],
    now: datetime,
) -> GateLoad:
    row = session.execute(
        _gate_statement(), {"lane": lane, "gate": gate, "now": now, "since": now - DECIDED_WITHIN}
    ).one()
    dues: list[Any] = [due for due in row[3:] if due]
    opened, overdue, decided = (_shown(count) for count in row[:3])
    leases = sum(1 for _, at_lane, at_gate in held if (at_lane, at_gate) == (lane, gate))
    known = policy.gate(lane, gate)
    return GateLoad(
        lane, gate, known.name if known else gate, Load(opened, overdue, min(dues, default=None), decided, leases)
    )


def _people_loads(
    session: Session,
    policy: Policy,
    held: Sequence[tuple[int | None, str, str]],
    now: datetime,
    also: Collection[int],
) -> list[PersonLoad]:
    waits = select(Item.due_at, Item.paused_at).where(Item.assignee_id == Person.id, Item.settled_at.is_(None))
    waits = waits.order_by(Item.due_at, Item.id).limit(LOAD_COUNT_LIMIT + 1).correlate(Person)
    every, late = waits.subquery(), waits.where(Item.due_at < now, Item.paused_at.is_(None)).subquery()
    made = select(Decision.at).where(Decision.person_id == Person.id).order_by(Decision.id.desc())
    last = made.limit(LOAD_COUNT_LIMIT + 1).correlate(Person).subquery()
    query = select(
        Person,
        select(func.count()).select_from(every).scalar_subquery(),
        select(func.count()).select_from(late).scalar_subquery(),
        select(func.min(every.c.due_at)).where(every.c.paused_at.is_(None)).scalar_subquery(),
        select(func.count()).where(last.c.at >= now - DECIDED_WITHIN).select_from(last).scalar_subquery(),
    ).where(Person.disabled_at.is_(None))
    owned = _owned_items(session, policy)
    leases = Counter(person for person, _, _ in held)
    deciding = {role for gate in policy.gates for role in (*gate.reviewers, *gate.goes_up_to)}
    inside, rows = groups.members(session, now), session.execute(query).all()
    roles = {row[0].id: {*row[0].roles, *(f"group:{key}" for key in inside.get(row[0].id, ()))} for row in rows}
    for_roles, found = role_waits.of_people(session, policy, roles), []
    for person, waiting, overdue, oldest, decided in rows:
        mine = owned.get(person.id, [])
        running = [due for due, paused_at in mine if paused_at is None]
        load = Load(
            _shown(waiting + len(mine)),
            _shown(overdue + sum(due < now for due in running)),
            min([*running, *([oldest] if oldest else [])], default=None),
            _shown(decided),
            leases[person.id],
        )
        if person.roles & deciding or load.any or person.id in also:
            found.append(PersonLoad(person, load, for_roles[person.id]))
    return found


def _owned_items(session: Session, policy: Policy) -> dict[int, list[tuple[datetime, datetime | None]]]:
    """(due, paused at) of the unassigned items that wait for an account's owner, by person."""
    found: dict[int, list[tuple[datetime, datetime | None]]] = {}
    for lane, gate in queue_ranges.account_owner_gates(policy):
        waits = select(Item.onboarding_id, Item.due_at, Item.paused_at, Item.assignee_id)
        waits = waits.where(Item.state == "pending", Item.lane == lane, Item.gate == gate)
        first = waits.order_by(Item.due_at, Item.id).limit(SEARCH_LIMIT).subquery()
        query = select(Onboarding.owner_id, first.c.due_at, first.c.paused_at).join(
            first, first.c.onboarding_id == Onboarding.id
        )
        query = query.where(Onboarding.owner_id.is_not(None), first.c.assignee_id.is_(None))
        for owner_id, due_at, paused_at in session.execute(query):
            found.setdefault(owner_id or 0, []).append((due_at, paused_at))
    return found

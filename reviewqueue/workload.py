"""Workload: what waits for whom and where, and how old it is. Reads only.

Nothing is counted further than COUNTED, each count walks one index, and leases are looked for among the NEWEST that
were taken, so the page's time does not grow with the queue.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import add
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select
from sqlalchemy.orm import Session

from reviewqueue import access, desk
from reviewqueue.policy import judging
from reviewqueue.policy.shape import Policy
from reviewqueue.records.items import Decision, Item
from reviewqueue.records.log import LogEntry
from reviewqueue.records.people import Person

COUNTED = 500
NEWEST = 1000
DECIDED_WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class Load:
    """How much there is: open, of that overdue, the earliest due time of what is not paused, decided within seven days,
    on desks now."""

    open: int
    overdue: int
    oldest: datetime | None
    decided: int
    leases: int

    @property
    def any(self) -> bool:
        """Whether there is anything at all."""
        return bool(self.open or self.decided or self.leases)


@dataclass(frozen=True)
class AtGate:
    """One gate of one lane."""

    lane: str
    gate: str
    name: str
    load: Load


@dataclass(frozen=True)
class OfPerson:
    """What waits for one person by name, and what they have done."""

    person: Person
    load: Load


def workload(
    session: Session, policy: Policy, actor: judging.Actor, now: datetime
) -> tuple[list[OfPerson], list[AtGate]]:
    """(what each person who decides somewhere has, most overdue first; what waits at each gate this person sees)."""
    held = _leases(session, now)
    desks = access.desks(policy, desk.roles_of(actor))
    gates = [_at_gate(session, policy, lane, gate, held, now) for lane, gate in desks]
    people = _of_people(session, policy, held, now)
    return (
        sorted(people, key=lambda one: (-one.load.overdue, -one.load.open, one.person.name)),
        sorted(gates, key=lambda one: (-one.load.overdue, -one.load.open, one.lane, one.gate)),
    )


def _leases(session: Session, now: datetime) -> Sequence[tuple[int | None, str, str]]:
    """(holder, lane, gate) of the leases that hold now, among the NEWEST that were taken."""
    taken = select(LogEntry.item_id).where(LogEntry.act.in_(("lease.take", "lease.take_over")))
    newest = taken.order_by(LogEntry.position.desc()).limit(NEWEST).subquery()
    query = select(Item.lease_holder_id, Item.lane, Item.gate).where(
        Item.id.in_(select(newest.c.item_id)), Item.lease_until > now, Item.settled_at.is_(None)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def _counted(query: Select[Any]) -> Select[Any]:
    """How many rows a query has, counted no further than COUNTED."""
    return select(func.count()).select_from(query.limit(COUNTED).subquery())


def _at_gate(
    session: Session,
    policy: Policy,
    lane: str,
    gate: str,
    held: Sequence[tuple[int | None, str, str]],
    now: datetime,
) -> AtGate:
    here = (Item.lane == lane) & (Item.gate == gate)
    waits = [select(literal(1)).where(Item.state == state, here, Item.settled_at.is_(None)) for state in judging.OPEN]
    late = [one.where(Item.due_at < now, Item.paused_at.is_(None)) for one in waits]
    past = [
        select(literal(1)).where(Item.state == state, here, Item.settled_at >= now - DECIDED_WITHIN)
        for state in ("approved", "released", "rejected")
    ]
    first = [
        select(Item.due_at)
        .where(Item.state == state, here, Item.settled_at.is_(None), Item.paused_at.is_(None))
        .order_by(Item.due_at)
        .limit(1)
        for state in judging.OPEN
    ]
    sums = [_sum([_counted(query) for query in queries]) for queries in (waits, late, past)]
    row = session.execute(select(*sums, *(query.scalar_subquery() for query in first))).one()
    dues: list[Any] = [due for due in row[3:] if due]
    opened, overdue, decided = (min(count, COUNTED) for count in row[:3])
    leases = sum(1 for _, at_lane, at_gate in held if (at_lane, at_gate) == (lane, gate))
    known = policy.gate(lane, gate)
    return AtGate(
        lane, gate, known.name if known else gate, Load(opened, overdue, min(dues, default=None), decided, leases)
    )


def _sum(counts: Sequence[Select[Any]]) -> ColumnElement[int]:
    """Several counts in one column."""
    return reduce(add, (count.scalar_subquery() for count in counts))


def _of_people(
    session: Session, policy: Policy, held: Sequence[tuple[int | None, str, str]], now: datetime
) -> list[OfPerson]:
    waits = select(Item.due_at, Item.paused_at).where(Item.assignee_id == Person.id, Item.settled_at.is_(None))
    waits = waits.order_by(Item.due_at, Item.id).limit(COUNTED).correlate(Person)
    every, late = waits.subquery(), waits.where(Item.due_at < now, Item.paused_at.is_(None)).subquery()
    made = select(Decision.at).where(Decision.person_id == Person.id).order_by(Decision.id.desc())
    last = made.limit(COUNTED).correlate(Person).subquery()
    query = select(
        Person,
        select(func.count()).select_from(every).scalar_subquery(),
        select(func.count()).select_from(late).scalar_subquery(),
        select(func.min(every.c.due_at)).where(every.c.paused_at.is_(None)).scalar_subquery(),
        select(func.count()).where(last.c.at >= now - DECIDED_WITHIN).select_from(last).scalar_subquery(),
    ).where(Person.disabled_at.is_(None))
    leases = Counter(person for person, _, _ in held)
    deciding = {role for gate in policy.gates for role in (*gate.reviewers, *gate.goes_up_to)}
    found = []
    for person, waiting, overdue, oldest, decided in session.execute(query):
        load = Load(waiting, overdue, oldest, decided, leases[person.id])
        if person.roles & deciding or load.any:
            found.append(OfPerson(person, load))
    return found

"""What waits for a role and for nobody by name: open items that nobody is assigned, at the gates where it decides.
Searched among the SEARCH_LIMIT due soonest in each state at each gate. Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from reviewqueue.core import vocabulary
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.items.queue_positions import Count
from reviewqueue.policy import evaluation
from reviewqueue.policy.model.policy import Policy

COUNT_LIMIT = 500
SEARCH_LIMIT = 2000


@dataclass(frozen=True)
class RoleWait:
    """How much waits for a role (or `group:KEY`) and for nobody by name, and how many people hold it."""

    role: str
    waits: Count
    holders: int

    @property
    def says(self) -> str:
        """How many there are to do it, in words."""
        return "the only one" if self.holders == 1 else f"one of {self.holders}"


def of_people(session: Session, policy: Policy, held: Mapping[int, Collection[str]]) -> dict[int, list[RoleWait]]:
    """By person: what waits for each role they hold, most first; `held` are the roles and groups of each."""
    found: Counter[str] = Counter()
    for (lane, key), gate in policy.gates_by_lane.items():
        row = session.execute(_statement(gate.account_owner), {"lane": lane, "gate": key}).one()
        for state, waits in zip(vocabulary.UNDECIDED, row, strict=True):
            found.update(dict.fromkeys({*evaluation.decider_roles(gate, state)}, waits))
    holders = Counter(role for roles in held.values() for role in set(roles))
    listed = [RoleWait(role, Count.up_to(COUNT_LIMIT, many), holders[role]) for role, many in found.items() if many]
    listed.sort(key=lambda one: (-one.waits.many, one.role))
    return {person: [one for one in listed if one.role in roles] for person, roles in held.items()}


@cache
def _statement(owned: bool) -> Select[Any]:
    """How many items nobody is assigned, in each undecided state at a gate. Where the account's owner decides (`owned`)
    what is pending for an owner waits for them by name. Built once: composing it costs more than running it."""
    here = (Item.lane == bindparam("lane")) & (Item.gate == bindparam("gate"))
    counts = []
    for state in vocabulary.UNDECIDED:
        waits = select(Item.assignee_id, Item.onboarding_id).where(Item.state == state, here, Item.settled_at.is_(None))
        first = waits.order_by(Item.due_at, Item.id).limit(SEARCH_LIMIT).subquery()
        count = select(func.count()).select_from(first).where(first.c.assignee_id.is_(None))
        if owned and state == "pending":
            owner = select(Onboarding.owner_id).where(Onboarding.id == first.c.onboarding_id).scalar_subquery()
            count = count.where(owner.is_(None))
        counts.append(count.scalar_subquery())
    return select(*counts)

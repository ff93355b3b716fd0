"""Standstill: open items that nobody could bring through, as people and the policy are now. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue import desk
from reviewqueue.policy import judging
from reviewqueue.policy.shape import Gate, Policy
from reviewqueue.records.items import Item
from reviewqueue.records.people import Absence, Membership, Person

# The doctor looks at no more open items than this, the soonest due first.
LOOKED_AT = 500
_PEOPLE = select(Person.id, Person.held).where(Person.disabled_at.is_(None))


def of(session: Session, found: desk.Desk, now: datetime, people: Sequence[judging.Actor] | None = None) -> str:
    """Why this item stands still, and what an admin has to do; "" while somebody can bring it through."""
    if found.gate is None:
        return ""
    known = people if people is not None else _holders(session, now, groups=bool(found.gate.reviewer_groups))
    why = says(found.policy, found.gate, found.situation, known)
    if not why or people is not None:
        return why
    # Somebody may hold a role for a person who is away: looked up only where it would make the difference.
    return says(found.policy, found.gate, found.situation, everybody(session, now))


def everybody(session: Session, now: datetime) -> list[judging.Actor]:
    """Every open account at this moment, with what each holds and borrows."""
    away = select(Absence.delegate_id).where(
        Absence.starts_at <= now, Absence.ends_at > now, Absence.cancelled_at.is_(None)
    )
    stand_ins = set(session.scalars(away))
    plain = _holders(session, now, groups=True)
    return [desk.actor_of(session, one.person_id, now) if one.person_id in stand_ins else one for one in plain]


def open_items(session: Session, now: datetime) -> Iterator[tuple[int, str]]:
    """(item, why it stands still) of the open items that do, the soonest due first."""
    people = everybody(session, now)
    waiting = select(Item.id).where(Item.state.in_(("pending", "escalated"))).order_by(Item.due_at).limit(LOOKED_AT)
    for item_id in session.scalars(waiting).all():
        if why := of(session, desk.open_desk(session, item_id, now), now, people):
            yield item_id, why


def _holders(session: Session, now: datetime, *, groups: bool) -> list[judging.Actor]:
    held: dict[int, set[str]] = {}
    if groups:
        current = (Membership.since <= now) & (Membership.until.is_(None) | (Membership.until > now))
        for one in session.scalars(select(Membership).where(current)):
            held.setdefault(one.person_id, set()).add(one.group_key)
    return [
        judging.Actor(row.id, frozenset(row.held.split()), groups=frozenset(held.get(row.id, ())))
        for row in session.execute(_PEOPLE)
    ]


def says(policy: Policy, gate: Gate, situation: judging.Situation, people: Sequence[judging.Actor]) -> str:
    """Why nobody among all these people can bring the item through, and what an admin has to do; "" while some can.

    What was sent back waits for its author, not for them. Leases run out, so they do not count.
    """
    if situation.state not in ("pending", "escalated"):
        return ""
    able = [actor for actor in people if judging.acting_role(gate, situation, actor)]
    voted = {vote.person_id for vote in situation.votes}
    small = policy.organisation.small_team
    free = [
        one for one in able if one.person_id not in voted and (small or not judging.involvement(situation, gate, one))
    ]
    asked = judging.roles_missing(gate, situation)
    missing = judging.quorum(gate, situation) - len(judging.counted(gate, situation))
    named = " and ".join(map(policy.called, asked)) or judging.who(policy, gate, situation)
    if not able:
        why = f"No open account is {named}, so nobody can decide this item"
    elif len(free) < missing:
        why = (
            f"It needs {missing} more approval{'s' * (missing > 1)}, and of the {len(able)} who decide here "
            f"{len(free) or 'none'} is neither involved in it nor has approved it, so nobody can finish it"
        )
    elif not _each_has_one(asked, free):
        why = f"It needs one approval each from {named}, and there are not as many free people who are, so it stands"
    else:
        return ""
    return f"{why}. An admin has to give somebody who is not involved the role it waits for: {named}"


def _each_has_one(roles: Sequence[str], people: Sequence[judging.Actor]) -> bool:
    """Whether each role can have a person of its own."""
    if not roles:
        return True
    holders = (one for one in people if roles[0] in one.roles | one.borrowed)
    return any(_each_has_one(roles[1:], [other for other in people if other is not one]) for one in holders)

"""Rules of delegation during an absence: who may stand in, and the loops an absence would close. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.db.tables.people import Absence, Person
from reviewqueue.people import access
from reviewqueue.policy import evaluation, stand_ins
from reviewqueue.policy.model.policy import Policy

NO_DELEGATE_ROLE = "auditor"
ANSWERS_FOR_SALES = "sales_owner"
EVERY_EXCEPTION = "work on every exception"


def why_cannot_delegate(policy: Policy, roles: Collection[str], groups: Collection[str]) -> str:
    """Why somebody with these roles and groups may stand in for nobody, in words; "" when they may: a role or group
    decides at a gate or takes exceptions, and they are no auditor, who reads everything and changes nothing."""
    if NO_DELEGATE_ROLE in roles:
        return "an auditor changes nothing, and stands in for nobody"
    acting = {role for gate in policy.gates for role in (*gate.reviewers, *gate.goes_up_to)}
    acting |= {role for one in policy.exceptions.category for role in (*one.goes_to, *one.goes_up_to)}
    inside = {key for gate in policy.gates for key in gate.reviewer_groups}
    if acting & set(roles) or inside & set(groups):
        return ""
    return "they hold no role that decides anything"


def places(policy: Policy, roles: Collection[str], groups: Collection[str]) -> dict[str, frozenset[str]]:
    """Where somebody with these roles and groups acts: the names of gates at which they decide, of exceptions that they
    take, and the questions to sales, each with the roles that act there."""
    held = {*roles, *(f"group:{key}" for key in groups)}
    return {name: acting for name, acting in _acting(policy).items() if acting & held}


def why_cannot_stand_in(
    policy: Policy, absent: tuple[Collection[str], Collection[str]], roles: Collection[str], groups: Collection[str]
) -> str:
    """Why somebody with these roles and groups cannot stand in for somebody with the `absent` (roles, groups), in
    words; "" where they act in one place of theirs at least, or the absent act nowhere."""
    if why := why_cannot_delegate(policy, roles, groups):
        return why
    theirs = places(policy, *absent)
    if not theirs or len(left_open(policy, absent, roles, groups)) < len(theirs):
        return ""
    needed = sorted({role for acting in theirs.values() for role in acting})
    called = ", ".join(map(policy.called, needed))
    return f"they hold no role that acts where you do; one of these would: {called}"


def left_open(
    policy: Policy, absent: tuple[Collection[str], Collection[str]], roles: Collection[str], groups: Collection[str]
) -> list[str]:
    """Where the absent act and this stand-in does not. Who works on every exception acts at each."""
    mine = places(policy, roles, groups)
    every = _exceptions(policy) if access.has_ability(frozenset(roles), EVERY_EXCEPTION) else {}
    return [name for name in places(policy, *absent) if name not in mine and name not in every]


def asked_through(actor: evaluation.Actor) -> frozenset[int]:
    """The people whose questions to sales this person answers: their own, and those of whom they stand in for where
    they are a sales owner themselves."""
    return actor.acts_for if ANSWERS_FOR_SALES in actor.roles else frozenset({actor.person_id})


def _acting(policy: Policy) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    lanes = [policy.gate(*pair) for pair in policy.gates_by_lane]
    for gate in filter(None, (*policy.gates, *lanes)):
        found[gate.name] = found.get(gate.name, frozenset()) | frozenset(stand_ins.acting_roles(gate))
    return {**found, **_exceptions(policy), "questions to sales": frozenset({ANSWERS_FOR_SALES})}


def _exceptions(policy: Policy) -> dict[str, frozenset[str]]:
    return {
        f"exceptions “{one.label}”": frozenset((*one.goes_to, *one.goes_up_to)) for one in policy.exceptions.category
    }


def absence_loop(
    session: Session, person_id: int, delegate_id: int, starts_at: datetime, ends_at: datetime
) -> list[str]:
    """The names along the loop that this absence would close, from the person back to them; [] when it closes none.

    A loop takes one moment in which all of them are away: absences that only follow one another are none.
    """
    query = select(Absence).where(
        Absence.cancelled_at.is_(None), Absence.starts_at < ends_at, Absence.ends_at > starts_at
    )
    away: dict[int, list[Absence]] = {}
    for absence in session.scalars(query.order_by(Absence.id)):
        away.setdefault(absence.person_id, []).append(absence)
    loop = _find_loop([person_id, delegate_id], starts_at, ends_at, away)
    names = {row.id: row.name for row in session.execute(select(Person.id, Person.name).where(Person.id.in_(loop)))}
    return [names[one] for one in loop]


def _find_loop(path: Sequence[int], starts: datetime, ends: datetime, away: dict[int, list[Absence]]) -> list[int]:
    """The path continued over absences in this period until it is back at its beginning; [] when it cannot be."""
    if path[-1] == path[0]:
        return list(path)
    for absence in away.get(path[-1], ()):
        first, last = max(starts, absence.starts_at), min(ends, absence.ends_at)
        longer_path = [*path, absence.delegate_id]
        if (
            first < last
            and absence.delegate_id not in path[1:]
            and (found := _find_loop(longer_path, first, last, away))
        ):
            return found
    return []

"""The desk: one item as a person finds it, with all that judging needs. Reads only; hides what is not theirs to see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session, aliased

from reviewqueue import access, policies
from reviewqueue.policy import judging
from reviewqueue.policy.shape import Gate, Policy
from reviewqueue.records.items import Check, Decision, Item, Revision
from reviewqueue.records.people import Absence, Automation, Person
from reviewqueue.refusals import NotAllowed, NotThere

# Built once: putting a statement together costs more than running it.
_ITEM = (
    select(Item, Revision, Automation.owner_id, Automation.name)
    .join(Revision, Revision.item_id == Item.id)
    .join(Automation, Automation.id == Item.automation_id)
    .where(Item.id == bindparam("item"))
    .order_by(Revision.number)
)
_CHECKS = select(Check).where(Check.revision_id == bindparam("revision")).order_by(Check.id)
_DECISIONS = select(Decision).where(Decision.item_id == bindparam("item")).order_by(Decision.id)
_away = aliased(Person)
_ACTOR = (
    select(
        Person.held,
        Person.disabled_at,
        Absence.person_id,
        Absence.delegate_id,
        _away.held.label("lent"),
        _away.disabled_at.label("lender_disabled_at"),
    )
    .outerjoin(
        Absence,
        or_(Absence.person_id == Person.id, Absence.delegate_id == Person.id)
        & (Absence.starts_at <= bindparam("now"))
        & (Absence.ends_at > bindparam("now"))
        & Absence.cancelled_at.is_(None),
    )
    .outerjoin(_away, _away.id == Absence.person_id)
    .where(Person.id == bindparam("person"))
)


@dataclass(frozen=True)
class Desk:
    """An item, its current revision and checks, all its decisions, and the gate it waits at under its own policy."""

    item: Item
    revision: Revision
    revisions: Sequence[Revision]
    checks: Sequence[Check]
    decisions: Sequence[Decision]
    policy: Policy
    gate: Gate | None
    situation: judging.Situation
    automation: str

    def legal(self, actor: judging.Actor) -> list[judging.Legal]:
        """The six acts for this person."""
        return judging.legal_acts(self.policy, self.gate, self.situation, actor)

    def needs(self) -> list[judging.Need]:
        """What is still missing; a missing gate needs RevOps."""
        if self.gate is None:
            return [judging.Need("gate", f"Gate {self.item.gate} is not in its policy: tell RevOps")]
        return judging.needs(self.policy, self.gate, self.situation)


def actor_of(session: Session, person_id: int, now: datetime) -> judging.Actor:
    """The person at this moment, freshly read. Raises NotAllowed when disabled or unknown."""
    rows = session.connection().execute(_ACTOR, {"now": now, "person": person_id}).all()
    if not rows or rows[0].disabled_at is not None:
        raise NotAllowed("This account is closed, so nothing was done. Ask an admin to open it again.")
    stands_in = [row for row in rows if row.delegate_id == person_id]
    lent = [row.lent.split() for row in stands_in if row.lender_disabled_at is None]
    return judging.Actor(
        person_id,
        frozenset(rows[0].held.split()),
        frozenset(role for roles in lent for role in roles),
        frozenset(row.person_id for row in stands_in),
        frozenset(row.delegate_id for row in rows if row.person_id == person_id),
    )


def roles_of(actor: judging.Actor) -> frozenset[str]:
    """Own and borrowed roles together, for seeing."""
    return actor.roles | actor.borrowed


def open_desk(session: Session, item_id: int, now: datetime) -> Desk:
    """Everything about one item. Raises NotThere when there is none."""
    rows = session.execute(_ITEM, {"item": item_id}).all()
    if not rows:
        raise NotThere()
    item, _, owner, automation = rows[0]
    revisions = [row[1] for row in rows]
    revision = next(found for found in revisions if found.number == item.revision_number)
    checks = session.scalars(_CHECKS, {"revision": revision.id}).all()
    decisions = session.scalars(_DECISIONS, {"item": item_id}).all()
    policy = policies.version(session, item.policy_digest)
    situation = judging.Situation(
        state=item.state,
        kind=item.kind,
        checks=tuple(judging.CheckSeen(check.key, check.outcome, check.blocking) for check in checks),
        votes=tuple(
            judging.Vote(made.person_id, made.role, made.action, tuple(made.passes))
            for made in decisions
            if made.revision_id == revision.id
            and made.action in ("approve", "override")
            and (made.expires_at is None or made.expires_at > now)
        ),
        authors=frozenset(filter(None, [revision.author_person_id])),
        editors=frozenset(filter(None, [one.author_person_id for one in revisions])),
        automation_owner=owner,
        lease_holder=item.lease_holder_id if item.lease_until and item.lease_until > now else None,
    )
    gate = policy.gate(item.lane, item.gate)
    return Desk(item, revision, revisions, checks, decisions, policy, gate, situation, automation)


def for_person(session: Session, item_id: int, actor: judging.Actor, now: datetime) -> Desk:
    """The desk for somebody who may see it; forbidden and absent raise the same NotThere."""
    found = open_desk(session, item_id, now)
    makes = actor.person_id in found.situation.editors or actor.person_id == found.situation.automation_owner
    if not makes and not access.sees(found.gate, roles_of(actor)):
        raise NotThere()
    return found

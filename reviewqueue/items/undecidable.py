"""Open items that nobody can finish with the present people and policy, and what an admin has to do. Reads only; the
exception for them is opened in `exceptions.undecidable_items`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from reviewqueue.core.errors import DomainError
from reviewqueue.core.vocabulary import LETS_THROUGH, POLICY_CHANGE, UNDECIDED
from reviewqueue.db.tables.items import Check, Decision, Item, Revision
from reviewqueue.db.tables.notifications import NotificationSettings
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.people import Absence, Automation, Membership, Person, RoleGrant
from reviewqueue.evidence import source_changes
from reviewqueue.items import item_context, makers
from reviewqueue.people import actors
from reviewqueue.policy import evaluation, policy_versions
from reviewqueue.policy.flaws import BadPolicy
from reviewqueue.policy.model.checks import CHANGED
from reviewqueue.policy.model.policy import Gate, Policy

# `reviewqueue doctor` looks at no more open items than this, the soonest due first.
SOONEST = 500
_ZONE = select(NotificationSettings.timezone).where(NotificationSettings.person_id == Person.id).scalar_subquery()
_ACCOUNTS = select(Person.id, Person.name, Person.email, Person.held, Person.disabled_at, _ZONE.label("timezone"))
_ITEMS: Any = bindparam("items", expanding=True)
_WAITING = (
    select(Item.id, Item.lane, Item.gate, Item.state, Item.kind, Item.revision_number, Item.policy_digest)
    .add_columns(Automation.owner_id, Onboarding.owner_id.label("account_owner"))
    .add_columns(makers.KEY_MAKERS.label("key_makers"), makers.ANSWERERS.label("answerers"))
    .add_columns(Item.opened_at, Item.onboarding_id)
    .join(Revision, (Revision.item_id == Item.id) & (Revision.number == Item.revision_number))
    .join(Automation, Automation.id == Item.automation_id)
    .outerjoin(Onboarding, Onboarding.id == Item.onboarding_id)
    .where(Item.id.in_(_ITEMS), Item.state.in_(UNDECIDED))
)
_WRITERS = select(Revision.item_id, Revision.number, Revision.author_person_id).where(
    Revision.item_id.in_(_ITEMS), Revision.author_person_id.is_not(None)
)
_VOTES = (
    select(Decision.item_id, Revision.number, Decision.person_id, Decision.role, Decision.action, Decision.passes)
    .add_columns(Decision.changes_seen, source_changes.last_change_id(Decision.item_id).label("last_move"))
    .join(Revision, Revision.id == Decision.revision_id)
    .where(
        Decision.item_id.in_(_ITEMS),
        Decision.action.in_(LETS_THROUGH),
        or_(Decision.expires_at.is_(None), Decision.expires_at > bindparam("now")),
    )
    .order_by(Decision.id)
)
_CHANGES_CHECKS = (
    select(Revision.item_id, Revision.number)
    .join(Check, Check.revision_id == Revision.id)
    .where(Revision.item_id.in_(_ITEMS), Check.key == CHANGED)
)


def all_accounts(session: Session) -> Sequence[Any]:
    """Everybody who ever had an account, as rows of id, name, email, held (roles, with spaces between), disabled_at and
    the timezone they chose (None where they chose none)."""
    return session.execute(_ACCOUNTS).all()


def why_undecidable(
    session: Session,
    context: item_context.ItemContext,
    now: datetime,
    people: Sequence[evaluation.Actor] | None = None,
    accounts: Sequence[Any] | None = None,
) -> str:
    """Why nobody can finish this item, and what an admin has to do; "" while somebody can. `accounts` is the result of
    `all_accounts`, where the caller has read it."""
    if context.gate is None:
        return ""
    groups = bool(context.gate.reviewer_groups)
    deciders = people if people is not None else _holders(session, now, groups=groups, accounts=accounts)
    why = why_nobody(context.policy, context.gate, context.situation, deciders)
    if not why or people is not None:
        return why
    # Somebody may stand in for an absent person: looked up only where it could make a difference.
    return why_nobody(context.policy, context.gate, context.situation, load_actors(session, now))


def who_else(
    session: Session, context: item_context.ItemContext, person_id: int, now: datetime, accounts: Sequence[Any]
) -> tuple[list[int], list[int]]:
    """(who but this person may approve the item now, and who could once it is escalated), by id. Whoever stands in for
    somebody counts only by their own roles."""
    gate = context.gate
    if gate is None or context.situation.state not in UNDECIDED:
        return [], []
    voted = {person_id, *(vote.person_id for vote in context.situation.votes)}
    people = _holders(session, now, groups=bool(gate.reviewer_groups), accounts=accounts)
    free = [
        one for one in people if one.person_id not in voted and not evaluation.involvement(context.situation, gate, one)
    ]
    states = context.situation, replace(context.situation, state="escalated")
    there, above = (
        [one.person_id for one in free if evaluation.acting_role(gate, situation, one)] for situation in states
    )
    return there, above


def load_actors(session: Session, now: datetime) -> list[evaluation.Actor]:
    """Every open account at this moment, with own and borrowed roles, groups and role grants."""
    away = select(Absence.delegate_id).where(
        Absence.starts_at <= now, Absence.ends_at > now, Absence.cancelled_at.is_(None)
    )
    stand_ins = set(session.scalars(away))
    holders = list(_holders(session, now, groups=True))
    rows = session.scalars(select(RoleGrant).order_by(RoleGrant.at, RoleGrant.id))
    grants = (evaluation.Grant(row.person_id, row.role, row.by_id, row.to_admin, row.at) for row in rows)
    by_person: dict[int, list[evaluation.Grant]] = {}
    for grant in actors.last_grants(grants, {one.person_id for one in holders if "admin" in one.roles}):
        by_person.setdefault(grant.person_id, []).append(grant)
    plain = [replace(one, grants=tuple(by_person.get(one.person_id, ()))) for one in holders]
    return [actors.load_actor(session, one.person_id, now) if one.person_id in stand_ins else one for one in plain]


def open_items(session: Session, now: datetime) -> Iterator[tuple[int, str]]:
    """(item id, why) of the open items that nobody can finish, the soonest due first."""
    waiting = select(Item.id).where(Item.state.in_(UNDECIDED)).order_by(Item.due_at).limit(SOONEST)
    ids = session.scalars(waiting).all()
    why = why_each_undecidable(session, ids, now, load_actors(session, now))
    yield from ((item_id, why[item_id]) for item_id in ids if item_id in why)


def has_more_open(session: Session) -> bool:
    """Whether there are open items that `open_items` does not look at."""
    waiting = select(Item.id).where(Item.state.in_(UNDECIDED)).order_by(Item.due_at)
    return session.scalar(waiting.offset(SOONEST).limit(1)) is not None


def why_each_undecidable(
    session: Session, ids: Sequence[int], now: datetime, people: Sequence[evaluation.Actor]
) -> dict[int, str]:
    """Why nobody can finish each of these items, by id, for those where that is so. A few statements; each situation is
    evaluated once."""
    if not ids:
        return {}
    asked = {"items": list(ids)}
    wrote, votes = dict[int, list[Any]](), dict[int, list[Any]]()
    for row in session.execute(_WRITERS, asked):
        wrote.setdefault(row.item_id, []).append(row)
    for row in session.execute(_VOTES, {**asked, "now": now}):
        votes.setdefault(row.item_id, []).append(row)
    given = max((grant.at for actor in people for grant in actor.grants), default=None)
    by_situation: dict[Any, str] = {}
    reasons: dict[int, str] = {}
    waiting = session.execute(_WAITING, asked).all()
    proposed = {"items": [row.id for row in waiting if row.kind == POLICY_CHANGE]}
    changing = {tuple(row) for row in session.execute(_CHANGES_CHECKS, proposed)} if proposed["items"] else set()
    for row in waiting:
        try:
            policy = policy_versions.version(session, row.policy_digest)
        except (DomainError, BadPolicy) as error:
            reasons[row.id] = str(error).rstrip(".")
            continue
        gate = policy.gate(row.lane, row.gate)
        if gate is None:
            reasons[row.id] = (
                f"Gate {row.gate} is not in its policy, so it is closed. RevOps has to move it to the active policy"
            )
            continue
        situation = _situation(gate, row, wrote.get(row.id, ()), votes.get(row.id, ()))
        if (row.id, row.revision_number) in changing:
            situation = replace(situation, checks=(evaluation.CheckOutcome(CHANGED, "warn", blocking=False),))
        if given and given > row.opened_at:  # else it makes no difference when each was opened
            late = {"opened_at": row.opened_at, "onboarding": row.onboarding_id}
            situation = replace(situation, late_grants_count=policy.organisation.small_team, **late)
        key = (row.policy_digest, row.lane, row.gate, situation)
        if key not in by_situation:
            by_situation[key] = why_nobody(policy, gate, situation, people)
        if by_situation[key]:
            reasons[row.id] = by_situation[key]
    return reasons


def _situation(gate: Gate, row: Any, wrote: Sequence[Any], votes: Sequence[Any]) -> evaluation.Situation:
    return evaluation.Situation(
        state=row.state,
        kind=row.kind,
        votes=tuple(
            evaluation.Vote(vote.person_id, vote.role, vote.action, tuple(vote.passes))
            for vote in votes
            if vote.number == row.revision_number and _saw_changes(vote)
        ),
        authors=frozenset(one.author_person_id for one in wrote if one.number == row.revision_number),
        editors=frozenset(one.author_person_id for one in wrote),
        automation_owner=row.owner_id,
        key_makers=makers.ids(row.key_makers),
        answerers=makers.ids(row.answerers),
        account_owner=row.account_owner if gate.account_owner else None,
    )


def _saw_changes(vote: Any) -> bool:
    """Whether a vote was given with the last source change on the screen."""
    seen: str = vote.changes_seen.partition(".c")[0]
    return seen == source_changes.evidence_version("", vote.last_move)


def _holders(
    session: Session, now: datetime, *, groups: bool, accounts: Sequence[Any] | None = None
) -> list[evaluation.Actor]:
    held: dict[int, set[str]] = {}
    if groups:
        current = (Membership.since <= now) & (Membership.until.is_(None) | (Membership.until > now))
        for one in session.scalars(select(Membership).where(current)):
            held.setdefault(one.person_id, set()).add(one.group_key)
    return [
        evaluation.Actor(row.id, frozenset(row.held.split()), groups=frozenset(held.get(row.id, ())))
        for row in sorted(accounts if accounts is not None else all_accounts(session), key=lambda one: one.id)
        if row.disabled_at is None
    ]


def why_nobody(policy: Policy, gate: Gate, situation: evaluation.Situation, people: Sequence[evaluation.Actor]) -> str:
    """Why nobody among these people can finish the item, and what an admin has to do; "" while somebody can.

    An item that was sent back waits for its author, so it is never undecidable. Leases expire, so they do not count.
    """
    if situation.state not in UNDECIDED:
        return ""
    deciders = [actor for actor in people if evaluation.acting_role(gate, situation, actor)]
    voted = {vote.person_id for vote in situation.votes}
    small = policy.organisation.small_team
    available = [
        one
        for one in deciders
        if one.person_id not in voted and (small or not evaluation.involvement(situation, gate, one))
    ]
    missing_roles = evaluation.roles_missing(gate, situation)
    missing = evaluation.quorum(gate, situation) - len(evaluation.counting_votes(gate, situation))
    named = " and ".join(map(policy.called, missing_roles)) or evaluation.decider_text(policy, gate, situation)
    if not deciders:
        why = f"No open account is {named}, so nobody can decide this item"
    elif len(available) < missing:
        why = (
            f"It needs {missing} more approval{'s' * (missing > 1)}, and of the {len(deciders)} who decide here "
            f"{len(available) or 'none'} is neither involved in it nor has approved it, so nobody can finish it"
        )
    elif not _can_fill_roles(missing_roles, available):
        why = f"It needs one approval each from {named}, and there are not as many free people who are, so it stands"
    else:
        return ""
    escalated = replace(situation, state="escalated")
    if situation.state == "pending" and not why_nobody(policy, gate, escalated, people):
        return f"{why}. Escalate it: {evaluation.decider_text(policy, gate, escalated)} can finish it then"
    return f"{why}. An admin has to give somebody who is not involved the role it waits for: {named}"


def why_stuck_after_escalation(
    session: Session, context: item_context.ItemContext, now: datetime, accounts: Sequence[Any] | None = None
) -> str:
    """Why nobody could finish this item once it is escalated, and what an admin has to do; "" while somebody could."""
    escalated = replace(context, situation=replace(context.situation, state="escalated"))
    return why_undecidable(session, escalated, now, accounts=accounts)


def _can_fill_roles(roles: Sequence[str], people: Sequence[evaluation.Actor]) -> bool:
    """Whether a different person can be found for each role."""
    if not roles:
        return True
    holders = (one for one in people if roles[0] in one.roles | one.borrowed)
    return any(_can_fill_roles(roles[1:], [other for other in people if other is not one]) for one in holders)

"""What a person owns, who could take it, and what nobody owns. Reads only; `review.handover` hands it on.

A person owns accounts, exceptions, the items assigned to them and the questions to sales that wait
for their answer. What is left when they go stays in their name and
counts as nobody's until somebody takes it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from reviewqueue.core.errors import NotFound
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.people import Absence, Automation, Person
from reviewqueue.exceptions import case_queries, exception_cases
from reviewqueue.items import assignments, item_context, staffing, undecidable
from reviewqueue.lanes import readiness_queries
from reviewqueue.onboarding import question_handover
from reviewqueue.people import absences, actors, groups, next_in_line, visibility
from reviewqueue.policy import evaluation, policy_versions
from reviewqueue.policy.model.policy import Policy

Kind = Literal["accounts", "exceptions", "items", "questions"]
KINDS: tuple[Kind, ...] = ("accounts", "exceptions", "items", "questions")
# Of one kind no more are listed one by one; the others go where all of the kind go.
LISTED = 50
# Who may take an item is looked for among no more than these of a person's items, the soonest due first.
_LOOKED_AT = 20


@dataclass(frozen=True)
class Thing:
    """One thing a person owns: an account by its onboarding's id, an exception, an item assigned to them, or a question
    to sales that waits for their answer."""

    kind: Kind
    id: int
    title: str
    due_at: datetime | None = None


@dataclass(frozen=True)
class Belongings:
    """What a person owns that is in question: all of it when they go, else what they could not work on any more.
    `may_keep` says whether the accounts may stay theirs; `leases` are the items they have taken; `stands_in` names whom
    they stand in for, `automations` and `launches` name the automations and the parts of a launch they own, and
    `duties` the gates at which nobody would decide without them."""

    person: Person
    accounts: Sequence[Thing] = ()
    exceptions: Sequence[Thing] = ()
    items: Sequence[Thing] = ()
    may_keep: bool = False
    leases: int = 0
    stands_in: Sequence[str] = ()
    automations: Sequence[str] = ()
    launches: Sequence[str] = ()
    duties: Sequence[str] = ()
    questions: Sequence[Thing] = ()
    takers: dict[Kind, Sequence[Person]] = field(default_factory=dict)

    def of(self, kind: Kind) -> Sequence[Thing]:
        """The things of one kind."""
        return {
            "accounts": self.accounts, "exceptions": self.exceptions, "items": self.items, "questions": self.questions,
        }[kind]  # fmt: skip

    @property
    def any(self) -> bool:
        """Whether there is anything that somebody could take."""
        return any(self.of(kind) for kind in KINDS)


def of_person(session: Session, person_id: int, now: datetime, roles: Collection[str] | None = None) -> Belongings:
    """What is in question when this person goes or, with `roles`, when they hold only these from now on. Raises
    NotFound."""
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound("There is no such person.")
    policy = policy_versions.current(session)
    things = things_of(session, policy, person, now, roles)
    inside = groups.members(session, now).get(person_id, [])
    leases = select(func.count()).where(
        Item.lease_holder_id == person_id, Item.lease_until > now, Item.settled_at.is_(None)
    )
    found = Belongings(
        person, things["accounts"], things["exceptions"], things["items"],
        may_keep=roles is not None and not absences.why_cannot_delegate(policy, roles, inside),
        leases=session.scalar(leases) or 0,
        stands_in=_stands_in(session, person, now) if roles is None else (),
        automations=session.scalars(select(Automation.name).where(Automation.owner_id == person_id)).all()
        if roles is None else (),
        launches=readiness_queries.launch_parts(session, policy, person_id) if roles is None else (),
        duties=_duties_lost(session, policy, person, now, roles),
        questions=things["questions"],
    )  # fmt: skip
    return replace(found, takers={kind: _takers(session, policy, found, kind, now) for kind in KINDS})


def things_of(
    session: Session, policy: Policy, person: Person, now: datetime, roles: Collection[str] | None
) -> dict[Kind, list[Thing]]:
    """The accounts, exceptions, items and questions in question, as `of_person` says."""
    accounts = select(Onboarding).where(Onboarding.owner_id == person.id).order_by(Onboarding.customer, Onboarding.id)
    cases = select(ExceptionCase).where(ExceptionCase.owner_id == person.id, ExceptionCase.resolved_at.is_(None))
    items = select(Item).where(Item.assignee_id == person.id, Item.settled_at.is_(None)).order_by(Item.due_at, Item.id)
    lost = person.roles - set(roles or ())
    gone = roles is None or question_handover.ROLE not in roles
    left = None if roles is None else _with_roles(actors.load_actor(session, person.id, now), roles)
    return {
        "accounts": [Thing("accounts", one.id, one.customer) for one in session.scalars(accounts)] if lost else [],
        "exceptions": [
            Thing("exceptions", one.id, f"{one.customer}: {one.summary}", one.due_at)
            for one in session.scalars(cases.order_by(ExceptionCase.due_at, ExceptionCase.id))
            if roles is None or not _works_on(policy, one, roles)
        ],
        "items": [
            Thing("items", one.id, one.title, one.due_at)
            for one in session.scalars(items)
            if left is None or not next_in_line.may_act(session, one, left)
        ],
        "questions": [
            Thing("questions", one.id, f"{one.customer}: {one.title}")
            for one in (question_handover.waiting_for(session, person.email) if gone else ())
        ],
    }


def _with_roles(actor: evaluation.Actor, roles: Collection[str]) -> evaluation.Actor:
    """The person once they hold these roles; to an auditor nothing is lent."""
    left = replace(actor, roles=frozenset(roles))
    return replace(left, borrowed=frozenset(), lent=()) if absences.NO_DELEGATE_ROLE in roles else left


def _works_on(policy: Policy, case: ExceptionCase, roles: Collection[str]) -> bool:
    """Whether these roles work on an exception, whoever owns it."""
    return bool({*case_queries.roles_of(policy, case), *exception_cases.LAST_RESORT} & set(roles))


def _stands_in(session: Session, person: Person, now: datetime) -> list[str]:
    """Whom they stand in for, now or later: "Helen Strand until 3 March"."""
    query = select(Person.name, Absence.ends_at).join(Absence, Absence.person_id == Person.id)
    current = Absence.ends_at > now, Absence.cancelled_at.is_(None), Absence.delegate_id == person.id
    return [f"{name} until {ends:%d %b}" for name, ends in session.execute(query.where(*current))]


def _duties_lost(
    session: Session, policy: Policy, person: Person, now: datetime, roles: Collection[str] | None
) -> list[str]:
    """The gates at which somebody can decide now, and nobody could without this person or with these roles only."""
    people = undecidable.load_actors(session, now)
    before = {place for place, _ in staffing.unstaffed(policy, people)}
    others = [one for one in people if one.person_id != person.id]
    changed = [replace(one, roles=frozenset(roles or ())) for one in people if one.person_id == person.id]
    after = staffing.unstaffed(policy, others if roles is None else [*others, *changed])
    return [says for place, says in after if place not in before]


def _takers(session: Session, policy: Policy, found: Belongings, kind: Kind, now: datetime) -> list[Person]:
    """Who could take all of a kind, those who share a role with the owner first."""
    if not found.of(kind):
        return []
    members = groups.members(session, now)
    everybody = session.scalars(select(Person).where(Person.disabled_at.is_(None)).order_by(Person.name, Person.id))
    able = [
        one
        for one in everybody.all()
        if one.id != found.person.id and not absences.why_cannot_delegate(policy, one.roles, members.get(one.id, ()))
    ]
    if kind == "questions":
        able = [one for one in able if question_handover.ROLE in one.roles]
    if kind == "items":
        deciders = _deciders(session, [one.id for one in found.items[:_LOOKED_AT]], able, now)
        able = [one for one in able if one.id in deciders]
    return sorted(able, key=lambda one: not one.roles & found.person.roles)


def _deciders(session: Session, items: Iterable[int], people: Sequence[Person], now: datetime) -> set[int]:
    held = {one.id: actors.load_actor(session, one.id, now) for one in people}
    contexts = [item_context.load(session, item_id, now) for item_id in items]
    return {one for one, actor in held.items() if any(assignments.may_decide(context, actor) for context in contexts)}


@dataclass(frozen=True)
class Unowned:
    """What nobody owns: accounts and exceptions whose owner has gone or could not work on them, exceptions without an
    owner, questions to sales that nobody can answer, absent people whose stand-in has gone, parts of a launch, and
    gates at which nobody decides. Each thing says
    whose it was."""

    accounts: Sequence[tuple[Thing, str]] = ()
    exceptions: Sequence[tuple[Thing, str]] = ()
    questions: Sequence[tuple[Thing, str]] = ()
    absent: Sequence[str] = ()
    launches: Sequence[str] = ()
    duties: Sequence[str] = ()

    @property
    def more(self) -> bool:
        """Whether there may be more than is listed."""
        return LISTED in (len(self.accounts), len(self.exceptions))

    @property
    def any(self) -> bool:
        """Whether there is anything at all."""
        owned = self.accounts or self.exceptions or self.questions
        return bool(owned or self.absent or self.launches or self.duties)


def unowned(session: Session, policy: Policy, now: datetime, viewer: evaluation.Actor | None = None) -> Unowned:
    """What nobody owns now, as far as the viewer may see it: of accounts and of exceptions the first LISTED. An account
    that never had an owner is no part of it."""
    members = groups.members(session, now)
    everybody = {one.id: one for one in session.scalars(select(Person)).all()}
    gone = [one.id for one in everybody.values() if is_gone(policy, one, members.get(one.id, ()))]
    accounts = select(Onboarding).where(Onboarding.owner_id.in_(gone)).order_by(Onboarding.customer, Onboarding.id)
    cases = select(ExceptionCase).where(ExceptionCase.resolved_at.is_(None), _nobody_works_on(policy, everybody, gone))
    first = cases.order_by(ExceptionCase.due_at, ExceptionCase.id).limit(LISTED)
    return Unowned(
        [
            (Thing("accounts", one.id, one.customer), everybody[one.owner_id or 0].name)
            for one in session.scalars(accounts.limit(LISTED))
            if viewer is None or visibility.sees_onboarding(policy, one, viewer)
        ],
        [
            (Thing("exceptions", one.id, f"{one.customer}: {one.summary}", one.due_at), _name(everybody, one.owner_id))
            for one in session.scalars(first)
            if viewer is None or case_queries.sees(policy, one, viewer)
        ],
        [
            (Thing("questions", item.id, f"{item.customer}: {item.title}"), to)
            for item, onboarding, to in question_handover.nobodys(session)
            if viewer is None or visibility.sees_onboarding(policy, onboarding, viewer)
        ][:LISTED],
        _absent_alone(session, policy, members, now),
        readiness_queries.launch_parts(session, policy),
        [says for _, says in staffing.unstaffed(policy, undecidable.load_actors(session, now))]
        if staffing.has_staff(session) else [],
    )  # fmt: skip


def _name(everybody: Mapping[int, Person], person_id: int | None) -> str:
    return everybody[person_id].name if person_id is not None else ""


def _nobody_works_on(policy: Policy, everybody: Mapping[int, Person], gone: Sequence[int]) -> ColumnElement[bool]:
    """The SQL condition that an exception has no owner, or one who has gone or whose roles do not work on it."""
    cannot = []
    for one in everybody.values():
        if not one.roles & set(exception_cases.LAST_RESORT):
            theirs = [c.key for c in policy.exceptions.category if one.roles & {*c.goes_to, *c.goes_up_to}]
            other = ExceptionCase.owner_role.not_in(sorted(one.roles)) & ExceptionCase.category.not_in(theirs)
            cannot.append((ExceptionCase.owner_id == one.id) & other)
    return or_(ExceptionCase.owner_id.is_(None), ExceptionCase.owner_id.in_(gone), *cannot)


def is_gone(policy: Policy, owner: Person, inside: Collection[str]) -> bool:
    """Whether a person can work on nothing any more: their account is closed, or they hold no role that acts."""
    return owner.disabled_at is not None or bool(absences.why_cannot_delegate(policy, owner.roles, inside))


def _absent_alone(session: Session, policy: Policy, members: dict[int, list[str]], now: datetime) -> list[str]:
    """Who is away now while whoever stands in for them cannot."""
    query = select(Absence).where(Absence.starts_at <= now, Absence.ends_at > now, Absence.cancelled_at.is_(None))
    alone = []
    for one in session.scalars(query.order_by(Absence.id)):
        absent, stand_in = session.get_one(Person, one.person_id), session.get_one(Person, one.delegate_id)
        inside, theirs = members.get(stand_in.id, ()), (absent.roles, members.get(absent.id, ()))
        gone = is_gone(policy, stand_in, inside) or absences.why_cannot_stand_in(policy, theirs, stand_in.roles, inside)
        if absent.disabled_at is None and gone:
            says = f"{absent.name} is away until {one.ends_at:%d %b}, and {stand_in.name} can no longer stand in"
            alone.append(f"{says}: nobody stands in")
    return alone

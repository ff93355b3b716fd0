"""Staffing: how many people each gate needs at least, and whether the present people can finish what may come to it.

Each gate of each lane is tried in every situation that needs more people than usual: the item is escalated, a decider
edited it, a decider owns the automation that drafted it, an override needs a second person, a proposal changes what a
check counts as. An item that can be finished once somebody escalates it is no shortfall. Reads only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.core.vocabulary import POLICY_CHANGE
from reviewqueue.db.tables.people import Automation
from reviewqueue.items import undecidable
from reviewqueue.people import access
from reviewqueue.policy import evaluation, stand_ins
from reviewqueue.policy.evaluation import Actor, CheckOutcome, Situation, Vote
from reviewqueue.policy.model.checks import CHANGED
from reviewqueue.policy.model.policy import Gate, Policy

_CHANGES = (CheckOutcome(CHANGED, "warn", blocking=False),)


@dataclass(frozen=True)
class Case:
    """A situation that may come up at a gate of a lane; `description` describes it in words."""

    lane: str
    gate: Gate
    description: str
    situation: Situation


@dataclass(frozen=True)
class Shortfall:
    """A situation that the present people could not finish: `place` is file and line of its gate, `says` is why."""

    place: str
    case: Case
    says: str


def minimums(policy: Policy) -> Iterator[tuple[str, str]]:
    """(file and line, sentence) for each gate of each lane that needs two people or more: how many of whom."""
    for lane, gate, kinds in _gates_with_kinds(policy):
        requirements: dict[tuple[str, int], str] = {}
        for what, situation in _base_situations(gate, kinds[0]):
            many = evaluation.quorum(gate, situation)
            if many > 1:
                says = f"{many} who are {evaluation.decider_text(policy, gate, situation)} {what}"
                requirements.setdefault((situation.state, many), says)
        if requirements:
            says = f"in lane {lane}, gate {gate.key} needs different people: {'; '.join(requirements.values())}"
            yield policy.rule(gate, "approvals"), f"{says}; one more where one of them edited it or owns its automation"


def has_staff(session: Session) -> bool:
    """Whether any account has a role other than admin and auditor: a new database with only those is not evaluated."""
    return any(set(row.held.split()) - {"admin", "auditor"} for row in undecidable.all_accounts(session))


def current_shortfalls(session: Session, policy: Policy, now: datetime) -> list[Shortfall]:
    """The shortfalls of the open accounts in the database under this policy."""
    people = undecidable.load_actors(session, now)
    names = {row.id: row.name for row in undecidable.all_accounts(session)}
    owners = select(Automation.owner_id).where(Automation.owner_id.is_not(None)).distinct()
    return shortfalls(policy, people, [one for one in session.scalars(owners) if one], names)


def unstaffed(policy: Policy, people: Iterable[Actor]) -> list[tuple[str, str]]:
    """(file and line, sentence) for each duty at a gate of a lane that none of these people has: to decide, or to
    decide what was escalated. A gate where the account's owner decides may have no other reviewer."""
    everybody = [(one, frozenset({*one.roles, *(f"group:{key}" for key in one.groups)})) for one in people]
    found: dict[str, str] = {}
    for lane_key, gate, _ in _gates_with_kinds(policy):
        lane = policy.lane(lane_key)
        held = {role for one, own in everybody for role in own}
        held |= {role for one, own in everybody if stand_ins.acts_at(gate, own) for role in one.borrowed}
        deciders = (*gate.reviewers, *(f"group:{key}" for key in gate.reviewer_groups))
        duties = (("reviewers", deciders, "decides"), ("goes_up_to", gate.goes_up_to, "decides what is escalated"))
        for named, roles, what in duties:
            if held.isdisjoint(roles) and not (named == "reviewers" and gate.account_owner):
                who = " or ".join(map(policy.called, roles))
                says = f"{gate.name}, {lane.name if lane else lane_key}: nobody {what} there, since nobody is {who}"
                found.setdefault(f"{lane_key} {policy.rule(gate, named)}", says)
    return list(found.items())


def shortfalls(
    policy: Policy, people: Sequence[Actor], owners: Iterable[int] = (), names: Mapping[int, str] | None = None
) -> list[Shortfall]:
    """What these people could not finish: one shortfall for each lane, gate and state, the simplest situation of it.
    `owners` are ids of those who own automations, `names` people's names by id."""
    by_state: dict[tuple[str, str, str], Shortfall] = {}
    for case in cases(policy, people, owners, names or {}):
        says = undecidable.why_nobody(policy, case.gate, case.situation, people)
        up = replace(case.situation, state="escalated")
        if says and case.situation.state == "pending" and not undecidable.why_nobody(policy, case.gate, up, people):
            continue
        key = (case.lane, case.gate.key, case.situation.state)
        if says and key not in by_state:
            named = "goes_up_to" if case.situation.state == "escalated" else "reviewers"
            by_state[key] = Shortfall(policy.rule(case.gate, named), case, says)
    return list(by_state.values())


def cases(policy: Policy, people: Sequence[Actor], owners: Iterable[int], names: Mapping[int, str]) -> Iterator[Case]:
    """Every situation at every gate, the simplest first."""
    makers = [None, *owners]
    proposers = [one.person_id for one in people if access.has_ability(one.roles, "propose a policy")]
    for lane, gate, kinds in _gates_with_kinds(policy):
        for kind in kinds:
            for what, plain in _base_situations(gate, kind):
                for maker in proposers if kind == POLICY_CHANGE else makers:
                    situation = _with_maker(plain, kind, maker)
                    says = what if maker is None else f"{what}, made by {_person_name(names, maker)}"
                    variants = _variants(gate, situation, people, names)
                    yield from (Case(lane, gate, f"{says}{how}", one) for how, one in variants)


def _person_name(names: Mapping[int, str], person_id: int) -> str:
    return names.get(person_id, f"person {person_id}")


def _gates_with_kinds(policy: Policy) -> Iterator[tuple[str, Gate, list[str]]]:
    """(lane, gate as the lane has it, one kind each of proposals and of other drafts that wait there)."""
    for lane in policy.lanes:
        kinds: dict[str, dict[bool, str]] = {}
        for kind, key in lane.kinds.items():
            kinds.setdefault(key, {}).setdefault(kind == POLICY_CHANGE, kind)
        for key, sorts in kinds.items():
            gate = policy.gate(lane.key, key)
            if gate is not None:
                yield lane.key, gate, list(sorts.values())


def _base_situations(gate: Gate, kind: str) -> Iterator[tuple[str, Situation]]:
    """(in words, situation) of the situations that differ in how many people must approve."""
    seconds = [rule for _, rule in gate.overrides if rule.second_person]
    for state, when in (("pending", "before it is escalated"), ("escalated", "once it is escalated")):
        yield when, Situation(state, kind)
        if kind == POLICY_CHANGE:
            yield f"{when} when a check counts differently", Situation(state, kind, checks=_CHANGES)
        for rule in seconds:
            vote = Vote(0, rule.roles[0], "override", rule.checks[:1])
            yield f"{when} with an override", Situation(state, kind, votes=(vote,))


def _with_maker(plain: Situation, kind: str, maker: int | None) -> Situation:
    if maker is None:
        return plain
    if kind == POLICY_CHANGE:
        return replace(plain, authors=frozenset({maker}), editors=frozenset({maker}))
    return replace(plain, automation_owner=maker)


def _variants(
    gate: Gate, situation: Situation, people: Sequence[Actor], names: Mapping[int, str]
) -> Iterator[tuple[str, Situation]]:
    """(in words, situation): as it is, and edited by each decider; an override, made by each person who could."""
    plain = replace(situation, votes=())
    deciders = [(one, role) for one in people if (role := evaluation.acting_role(gate, plain, one, "override"))]
    if not situation.votes:
        yield "", situation
    for one, role in deciders:
        for vote in situation.votes:
            rule = gate.override_for(vote.passes[0])
            if rule and role in rule[1].roles and not evaluation.involvement(situation, gate, one):
                made = replace(vote, person_id=one.person_id, role=role)
                yield f" by {_person_name(names, one.person_id)}", replace(situation, votes=(made,))
        if not situation.votes and situation.kind != POLICY_CHANGE:
            editor = frozenset({one.person_id})
            yield (
                f", edited by {_person_name(names, one.person_id)}",
                replace(situation, authors=editor, editors=editor),
            )

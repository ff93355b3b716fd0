"""Evaluates a gate for one item: what is still missing before approval, who may decide it and in which role, and who is
excluded because they were involved in making it. Reads no database; the acts open to a person are in `legal_acts`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reviewqueue.core.vocabulary import ACTS, POLICY_CHANGE, SETTLED, UNDECIDED, ActKey
from reviewqueue.policy import conditions, stand_ins
from reviewqueue.policy.model.checks import CHANGED
from reviewqueue.policy.model.policy import Gate, Policy, Reason

INVOLVEMENT_TEXT = {
    "author": "wrote this revision",
    "editor": "edited this item",
    "automation_owner": "owns the automation that drafted it",
    "key_maker": "made a key of the automation that drafted it",
    "answerer": "gave answers that it cites, or a stand-in gave them",
    "delegate": "stands in for somebody who made it",
    "delegator": "has a stand-in who made it",
}
_INVOLVEMENT_TO_SELF = {
    "automation_owner": "you own the automation that drafted it",
    "delegate": "you stand in for somebody who made it",
    "delegator": "you have a stand-in who made it",
}


def involvement_text(way: str) -> str:
    """How somebody was involved in making the item, addressed to themselves: "you wrote this revision". `way` is a key
    of INVOLVEMENT_TEXT."""
    return _INVOLVEMENT_TO_SELF.get(way) or f"you {INVOLVEMENT_TEXT[way]}"


@dataclass(frozen=True)
class CheckOutcome:
    """What evaluation needs of a check result."""

    key: str
    outcome: str
    blocking: bool


@dataclass(frozen=True)
class Vote:
    """An approval or an override of the current revision; `passes` are the failed checks that an override covers."""

    person_id: int
    role: str
    act: str
    passes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Situation:
    """The state of an item that evaluation reads. Person ids only; pages look up the names. `account_owner` is the
    person who owns the item's onboarding, `assignee` the one it is assigned to, if any. `unsettled` says why a source
    it cites is not settled, "" when all are; `apart` where other open drafts of its onboarding contradict it, if the
    gate asks for the whole package. `key_makers` made an API key of its automation that was usable at or after
    `opened_at`; `answerers` gave answers that a packet cites. `late_grants_count` says that a role given since then
    counts all the same, as in a small team. `running` says which check of it has not come to its result yet, "" when
    all have."""

    state: str
    kind: str
    checks: tuple[CheckOutcome, ...] = ()
    votes: tuple[Vote, ...] = ()
    authors: frozenset[int] = frozenset()
    editors: frozenset[int] = frozenset()
    automation_owner: int | None = None
    lease_holder: int | None = None
    account_owner: int | None = None
    assignee: int | None = None
    unsettled: str = ""
    apart: str = ""
    key_makers: frozenset[int] = frozenset()
    answerers: frozenset[int] = frozenset()
    opened_at: datetime | None = None
    onboarding: int | None = None
    late_grants_count: bool = False
    running: str = ""


@dataclass(frozen=True)
class Grant:
    """A role, a group as `group:KEY`, or an account as `account_owner:ONBOARDING`, that `by_id` gave to `person_id`;
    `to_admin` where that was an admin."""

    person_id: int
    role: str
    by_id: int
    to_admin: bool
    at: datetime


@dataclass(frozen=True)
class Actor:
    """A person at the moment of deciding: their own roles and groups, those borrowed from people they stand in for
    (roles, and groups as `group:KEY`), and both chains of absences in full: whom they stand in for, and who stands in
    for them.

    `lent` says who lends what, the nearest first; a closed account lends nothing but stays in the chains. `grants` are
    the latest grants by which they, and those they stand in for, received a role or group from a person.
    """

    person_id: int
    roles: frozenset[str]
    borrowed: frozenset[str] = frozenset()
    delegators: frozenset[int] = frozenset()
    delegates: frozenset[int] = frozenset()
    groups: frozenset[str] = frozenset()
    lent: tuple[tuple[int, str], ...] = ()
    grants: tuple[Grant, ...] = ()

    @property
    def acts_for(self) -> frozenset[int]:
        """The people whose accounts and exceptions are this person's now: their own id, and whoever lends to them."""
        return frozenset({self.person_id, *dict(self.lent)})


@dataclass(frozen=True)
class Need:
    """One thing still missing before an item can be approved, with the rule that says so (`file:line`)."""

    code: str
    says: str
    rule: str = ""
    at: str = ""


def failing_checks(situation: Situation) -> list[str]:
    """Keys of blocking checks that failed and that no override covers yet, each once."""
    overridden = {key for vote in situation.votes for key in vote.passes}
    found = [check.key for check in situation.checks if check.outcome == "fail" and check.blocking]
    return [key for key in dict.fromkeys(found) if key not in overridden]


def overridable(gate: Gate, key: str) -> bool:
    """Whether the gate lets anybody override that check."""
    return gate.override_for(key) is not None


def override_days(gate: Gate, keys: Iterable[str]) -> int:
    """For how many days at most an override of those checks may hold: the strictest rule counts. At least 1."""
    return min((rule[1].longest_days for key in keys if (rule := gate.override_for(key))), default=1)


def needs_text(gate: Gate | None, act: ActKey) -> bool:
    """Whether the act takes a text at this gate."""
    return ACTS[act].needs_text or (gate is not None and act in gate.text_for)


def reasons(policy: Policy, gate: Gate, act: ActKey, situation: Situation) -> tuple[Reason, ...]:
    """The reasons that may be given for an act here: the gate's; for an override those that the rule of each failed
    check accepts."""
    found = policy.reasons_for(gate, act)
    if act == "override":
        rules = [rule[1] for key in failing_checks(situation) if (rule := gate.override_for(key))]
        found = tuple(one for one in found if all(not rule.reasons or one.code in rule.reasons for rule in rules))
    return found


def must_escalate(policy: Policy, gate: Gate, facts: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The must-escalate rules that hold: (name, what it says, file:line)."""
    return [
        (rule.name, rule.says, policy.place(f"gate:{gate.key}", "must_escalate", str(number)))
        for number, rule in enumerate(gate.must_escalate)
        if conditions.holds(rule.when, facts)
    ]


def involvement(situation: Situation, gate: Gate, actor: Actor) -> str:
    """How this person is involved in making the item, in the words of the gate's separation rule; "" if not at all."""
    mine: dict[str, Any] = {"author": situation.authors, "editor": situation.editors}
    mine |= {"automation_owner": {situation.automation_owner} - {None}, "key_maker": situation.key_makers}
    mine |= {"answerer": situation.answerers}
    makers = frozenset[int]().union(*mine.values())
    ways = [(way, actor.person_id in who) for way, who in mine.items()]
    ways += [("delegate", bool(actor.delegators & makers)), ("delegator", bool(actor.delegates & makers))]
    # Whoever made a key can act as the automation, and answers that a draft cites are words of whoever gave them.
    implied = {"key_maker": "automation_owner", "answerer": "editor"}
    separate = {*gate.separate, *(way for way, other in implied.items() if other in gate.separate)}
    return next((way for way, is_so in ways if is_so and way in separate), "")


def late_grants(situation: Situation, actor: Actor) -> frozenset[tuple[int, str]]:
    """(whose, which) roles and groups this person may not use on this item: given since it was opened, by somebody to
    themselves, to an admin by anybody, or by this person to somebody they stand in for."""
    opened = situation.opened_at
    if opened is None or not actor.grants:
        return frozenset()
    owns = f"account_owner:{situation.onboarding}"
    return frozenset(
        (one.person_id, "account_owner" if one.role == owns else one.role)
        for one in actor.grants
        if one.at > opened and (one.to_admin or one.by_id in (one.person_id, actor.person_id))
    )


def without_late_grants(situation: Situation, actor: Actor) -> Actor:
    """The same person without the roles and groups that are `late_grants` on this item."""
    if not (late := late_grants(situation, actor)):
        return actor
    lent = tuple(one for one in actor.lent if one not in late)
    own = frozenset(role for role in actor.roles if (actor.person_id, role) not in late)
    groups = frozenset(key for key in actor.groups if (actor.person_id, f"group:{key}") not in late)
    return replace(actor, roles=own, groups=groups, lent=lent, borrowed=frozenset(what for _, what in lent))


def missing_for_approval(policy: Policy, gate: Gate, situation: Situation) -> list[Need]:
    """What is still missing before approval, most pressing first. Empty only when the gate is satisfied."""
    if situation.state in SETTLED:
        return []
    place = f"gate:{gate.key}"
    found: list[Need] = []
    if situation.state == "sent_back":
        found.append(Need("revision", "A new draft: this one was sent back", policy.place(place)))
    if situation.unsettled:
        found.append(Need("source", situation.unsettled))
    if situation.apart:
        found.append(Need("package", f"A package that agrees: {situation.apart}", policy.rule(gate, "package")))
    for key in failing_checks(situation):
        name, _ = gate.override_for(key) or ("override", None)
        rule = policy.place(place, name, "checks")
        found.append(Need("check", f"Check {key} fails: {_remedy(gate, key)}", rule, key))
    if situation.running:
        found.append(Need("check-running", situation.running, at="topic.*"))
    return found + _approvals_needed(policy, gate, situation)


def _approvals_needed(policy: Policy, gate: Gate, situation: Situation) -> list[Need]:
    """One need for each role that must be among the approvals and is not, then one for the rest of the number."""
    asked = roles_missing(gate, situation)
    rule = policy.rule(gate, "approvals_from")
    found = [Need("approval", f"One approval from {policy.called(role)}", rule, role) for role in asked]
    missing = quorum(gate, situation) - len(counting_votes(gate, situation)) - len(asked)
    if missing > 0:
        up = situation.state == "escalated"
        count = "One approval" if missing == 1 else f"{missing} approvals by different people"
        says = (
            f"{'One more approval' if asked and missing == 1 else count} from {decider_text(policy, gate, situation)}"
        )
        named = "goes_up_to" if up else "approvals" if gate.approvals > 1 else "reviewers"
        if changes_checks(situation):
            says, named = f"{says}: it changes what a check counts as", "approvals_for_checks"
        found.append(Need("approval", says, policy.rule(gate, named)))
    return found


def _remedy(gate: Gate, key: str) -> str:
    first = "send it back for a new draft" if key.startswith("automation.") else "edit the draft"
    return f"{first}, or override it with a reason" if overridable(gate, key) else f"{first}; nobody may override it"


def quorum(gate: Gate, situation: Situation) -> int:
    """How many distinct people must approve: the gate's number, two where an override asks for a second person, and
    where checks are changed as many as the gate says for that."""
    passed = [key for vote in situation.votes if vote.act == "override" for key in vote.passes]
    needs_second = any((rule := gate.override_for(key)) and rule[1].second_person for key in passed)
    asked = gate.approvals_for_checks if changes_checks(situation) else 1
    return max(gate.approvals, asked, 2 if needs_second else 1)


def changes_checks(situation: Situation) -> bool:
    """Whether it is a proposal that changes what a check counts as."""
    return situation.kind == POLICY_CHANGE and any(check.key == CHANGED for check in situation.checks)


def roles_missing(gate: Gate, situation: Situation) -> list[str]:
    """The roles that must be among the approvals and are not yet. Once escalated, the roles it is escalated to decide
    instead."""
    if situation.state == "escalated":
        return []
    given = set(counting_votes(gate, situation).values())
    return [role for role in gate.approvals_from if role not in given]


def decider_roles(gate: Gate, state: str) -> tuple[str, ...]:
    """In which roles this item may be decided now: roles, `group:KEY`, `account_owner`; once escalated, the roles it is
    escalated to."""
    if state == "escalated":
        return gate.goes_up_to
    owner = ("account_owner",) if gate.account_owner else ()
    return (*gate.reviewers, *(f"group:{key}" for key in gate.reviewer_groups), *owner)


def decider_text(policy: Policy, gate: Gate, situation: Situation) -> str:
    """Who decides this item now, in words."""
    return " or ".join(map(policy.called, decider_roles(gate, situation.state)))


def counting_votes(gate: Gate, situation: Situation) -> dict[int, str]:
    """Who approved, each person once, and in which role. An override counts even where the item was escalated since."""
    deciders = {*decider_roles(gate, situation.state), *gate.goes_up_to}
    return {
        vote.person_id: vote.role
        for vote in reversed(situation.votes)
        if vote.role in deciders or vote.act == "override"
    }


def satisfied(policy: Policy, gate: Gate, situation: Situation) -> bool:
    """Whether the item may be approved now."""
    return situation.state in UNDECIDED and not missing_for_approval(policy, gate, situation)


def acting_role(gate: Gate, situation: Situation, actor: Actor, act: str = "") -> str:
    """In which role this person acts here, or "": a role, `group:KEY` or `account_owner`. Own roles come before
    borrowed ones, and of those the ones that this act still needs. A role that is `late_grants` does not count."""
    if not situation.late_grants_count:
        if (situation.account_owner, "account_owner") in late_grants(situation, actor):
            situation = replace(situation, account_owner=None)
        actor = without_late_grants(situation, actor)
    allowed = (*decider_roles(gate, situation.state), *(() if situation.state == "escalated" else gate.goes_up_to))
    preferred: Sequence[str] = roles_missing(gate, situation)
    if act == "override":
        rules = [rule[1] for key in failing_checks(situation) if (rule := gate.override_for(key))]
        preferred = [role for role in allowed if rules and all(role in rule.roles for rule in rules)]
    own = _own_roles(situation, actor)
    borrowed = actor.borrowed | ({"account_owner"} if situation.account_owner in dict(actor.lent) else frozenset())
    for held in (own, borrowed if stand_ins.acts_at(gate, own) else frozenset()):
        if role := next((role for role in (*preferred, *allowed) if role in held and role in allowed), ""):
            return role
    return ""


def exemption(gate: Gate, situation: Situation, actor: Actor, role: str) -> str:
    """By which exemption of a small team this person may decide the item: how they are involved in making it, or
    `late_role` where they have this role only since it was opened; "" where they need none."""
    if involved_as := involvement(situation, gate, actor):
        return involved_as
    whose = on_behalf_of(situation, actor, role) or actor.person_id
    return "late_role" if (whose, role) in late_grants(situation, actor) else ""


def _own_roles(situation: Situation, actor: Actor) -> frozenset[str]:
    """The roles in which they decide without standing in for anybody."""
    owner = {"account_owner"} if situation.account_owner == actor.person_id else set()
    return actor.roles | owner | {f"group:{key}" for key in actor.groups}


def on_behalf_of(situation: Situation, actor: Actor, role: str) -> int | None:
    """Whom this person stands in for when they act in this role; None when it is their own."""
    if not role or role in _own_roles(situation, actor):
        return None
    whose = next((person for person, what in actor.lent if what == role), None)
    return situation.account_owner if role == "account_owner" else whose

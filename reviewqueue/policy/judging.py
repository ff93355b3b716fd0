"""Judging: given a gate and a situation, what an item needs, who decides it, and as what a person does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reviewqueue.policy import conditions
from reviewqueue.policy.check_rules import CHANGED
from reviewqueue.policy.shape import Gate, Policy, Reason
from reviewqueue.policy.words import POLICY_CHANGE, Act

OPEN = ("pending", "escalated", "sent_back")
SETTLED = ("approved", "released", "rejected", "withdrawn", "superseded", "expired")
INVOLVED = {
    "author": "wrote this revision",
    "editor": "edited this item",
    "automation_owner": "owns the automation that drafted it",
    "key_maker": "made a key of the automation that drafted it",
    "delegate": "stands in for somebody who made it",
    "delegator": "has a stand-in who made it",
}
_YOURS = {
    "automation_owner": "you own the automation that drafted it",
    "delegate": "you stand in for somebody who made it",
    "delegator": "you have a stand-in who made it",
}


def hand(way: str) -> str:
    """What hand somebody had in making it, said to themselves: "you wrote this revision"."""
    return _YOURS.get(way) or f"you {INVOLVED[way]}"


@dataclass(frozen=True)
class CheckSeen:
    """What judging needs of a check result."""

    key: str
    outcome: str
    blocking: bool


@dataclass(frozen=True)
class Vote:
    """An approval, or an override, of the current revision."""

    person_id: int
    role: str
    act: str
    passes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Situation:
    """An item as judging sees it. Person ids only; names are the page's business. `account_owner` is the person who
    owns the item's onboarding, `assignee` the one it waits for, if it waits for one. `unsettled` says why what it rests
    on is not settled, "" when it is; `apart` what other open drafts of its package say otherwise, where the gate asks
    for the whole of it. `key_makers` made a key of its automation that could be used since it was opened, at
    `opened_at`. `late_roles` says that a role given since then counts all the same, as in a small team."""

    state: str
    kind: str
    checks: tuple[CheckSeen, ...] = ()
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
    opened_at: datetime | None = None
    onboarding: int | None = None
    late_roles: bool = False


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
    """A person at the moment of deciding: own roles and groups, what they borrow from those they stand in for (roles,
    and groups as `group:KEY`), and both circles, over every hop: whom they stand in for, and who stands in for them.

    `lent` says who lends what, the nearest first; a closed account lends nothing but stays in the circles. `grants` are
    the last ones by which they, and those they stand in for, got what a person gave them.
    """

    person_id: int
    roles: frozenset[str]
    borrowed: frozenset[str] = frozenset()
    delegators: frozenset[int] = frozenset()
    delegates: frozenset[int] = frozenset()
    groups: frozenset[str] = frozenset()
    lent: tuple[tuple[int, str], ...] = ()
    grants: tuple[Grant, ...] = ()


@dataclass(frozen=True)
class Need:
    """One thing still missing before an item can be approved, with the rule that says so (`file:line`)."""

    code: str
    says: str
    rule: str = ""
    at: str = ""


def failing(situation: Situation) -> list[str]:
    """Keys of blocking checks that failed and that no override has passed over yet, each once."""
    passed = {key for vote in situation.votes for key in vote.passes}
    found = [check.key for check in situation.checks if check.outcome == "fail" and check.blocking]
    return [key for key in dict.fromkeys(found) if key not in passed]


def overridable(gate: Gate, key: str) -> bool:
    """Whether the gate lets anybody pass over that check."""
    return gate.passing(key) is not None


def override_days(gate: Gate, keys: Iterable[str]) -> int:
    """For how many days those checks may be passed over at most: the strictest rule holds. At least 1."""
    return min((rule[1].longest_days for key in keys if (rule := gate.passing(key))), default=1)


def reasons(policy: Policy, gate: Gate, act: Act, situation: Situation) -> tuple[Reason, ...]:
    """The reasons that stand for an act here: the gate's; for an override those that each failed check's rule takes."""
    found = policy.reasons_for(gate, act)
    if act == "override":
        rules = [rule[1] for key in failing(situation) if (rule := gate.passing(key))]
        found = tuple(one for one in found if all(not rule.reasons or one.code in rule.reasons for rule in rules))
    return found


def goes_up(policy: Policy, gate: Gate, facts: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The must-escalate rules that hold: (name, what it says, file:line)."""
    return [
        (rule.name, rule.says, policy.place(f"gate:{gate.key}", "must_escalate", str(number)))
        for number, rule in enumerate(gate.must_escalate)
        if conditions.holds(rule.when, facts)
    ]


def involvement(situation: Situation, gate: Gate, actor: Actor) -> str:
    """How this person is involved in making the item, in the words of the gate's separation rule; "" if not at all."""
    owner = frozenset() if situation.automation_owner is None else frozenset({situation.automation_owner})
    makers = situation.authors | situation.editors | owner | situation.key_makers
    ways: tuple[tuple[str, bool], ...] = (
        ("author", actor.person_id in situation.authors),
        ("editor", actor.person_id in situation.editors),
        ("automation_owner", actor.person_id in owner),
        ("key_maker", actor.person_id in situation.key_makers),
        ("delegate", bool(actor.delegators & makers)),
        ("delegator", bool(actor.delegates & makers)),
    )
    # Who made a key is involved wherever an owner is: they hold the automation's key in their hand.
    separate = {*gate.separate, *(("key_maker",) if "automation_owner" in gate.separate else ())}
    return next((way for way, is_so in ways if is_so and way in separate), "")


def late(situation: Situation, actor: Actor) -> frozenset[tuple[int, str]]:
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


def in_time(situation: Situation, actor: Actor) -> Actor:
    """The same person with what they may use on this item."""
    if not (never := late(situation, actor)):
        return actor
    lent = tuple(one for one in actor.lent if one not in never)
    own = frozenset(role for role in actor.roles if (actor.person_id, role) not in never)
    groups = frozenset(key for key in actor.groups if (actor.person_id, f"group:{key}") not in never)
    return replace(actor, roles=own, groups=groups, lent=lent, borrowed=frozenset(what for _, what in lent))


def needs(policy: Policy, gate: Gate, situation: Situation) -> list[Need]:
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
    for key in failing(situation):
        name, _ = gate.passing(key) or ("override", None)
        rule = policy.place(place, name, "checks")
        found.append(Need("check", f"Check {key} fails: {_way_out(gate, key)}", rule, key))
    return found + _approvals_needed(policy, gate, situation)


def _approvals_needed(policy: Policy, gate: Gate, situation: Situation) -> list[Need]:
    """One need for each role that must be among the approvals and is not, then one for the rest of the number."""
    asked = roles_missing(gate, situation)
    rule = policy.rule(gate, "approvals_from")
    found = [Need("approval", f"One approval from {policy.called(role)}", rule, role) for role in asked]
    missing = quorum(gate, situation) - len(counted(gate, situation)) - len(asked)
    if missing > 0:
        up = situation.state == "escalated"
        count = "One approval" if missing == 1 else f"{missing} approvals by different people"
        says = f"{'One more approval' if asked and missing == 1 else count} from {who(policy, gate, situation)}"
        named = "goes_up_to" if up else "approvals" if gate.approvals > 1 else "reviewers"
        if changes_checks(situation):
            says, named = f"{says}: it changes what a check counts as", "approvals_for_checks"
        found.append(Need("approval", says, policy.rule(gate, named)))
    return found


def _way_out(gate: Gate, key: str) -> str:
    first = "send it back for a new draft" if key.startswith("automation.") else "edit the draft"
    return f"{first}, or override it with a reason" if overridable(gate, key) else f"{first}; nobody may override it"


def quorum(gate: Gate, situation: Situation) -> int:
    """How many distinct people must approve: the gate's number, two where an override asks for a second person, and
    where checks are changed as many as the gate says for that."""
    passed = [key for vote in situation.votes if vote.act == "override" for key in vote.passes]
    second = any((rule := gate.passing(key)) and rule[1].second_person for key in passed)
    asked = gate.approvals_for_checks if changes_checks(situation) else 1
    return max(gate.approvals, asked, 2 if second else 1)


def changes_checks(situation: Situation) -> bool:
    """Whether it is a proposal that changes what a check counts as."""
    return situation.kind == POLICY_CHANGE and any(check.key == CHANGED for check in situation.checks)


def roles_missing(gate: Gate, situation: Situation) -> list[str]:
    """The roles that must be among the approvals and are not yet. Once escalated, those above decide instead."""
    if situation.state == "escalated":
        return []
    given = set(counted(gate, situation).values())
    return [role for role in gate.approvals_from if role not in given]


def deciding(gate: Gate, state: str) -> tuple[str, ...]:
    """As what one decides this item now: roles, `group:KEY`, `account_owner`; escalated, the roles it goes up to."""
    if state == "escalated":
        return gate.goes_up_to
    owner = ("account_owner",) if gate.account_owner else ()
    return (*gate.reviewers, *(f"group:{key}" for key in gate.reviewer_groups), *owner)


def who(policy: Policy, gate: Gate, situation: Situation) -> str:
    """Who decides this item now, in words."""
    return " or ".join(map(policy.called, deciding(gate, situation.state)))


def counted(gate: Gate, situation: Situation) -> dict[int, str]:
    """Who approved, each person once, and as what. An override that stands counts wherever the item went since."""
    named = {*deciding(gate, situation.state), *gate.goes_up_to}
    return {
        vote.person_id: vote.role for vote in reversed(situation.votes) if vote.role in named or vote.act == "override"
    }


def satisfied(policy: Policy, gate: Gate, situation: Situation) -> bool:
    """Whether the item may go through now."""
    return situation.state in ("pending", "escalated") and not needs(policy, gate, situation)


def acting_role(gate: Gate, situation: Situation, actor: Actor, act: str = "") -> str:
    """As what this person decides here, or "": a role, `group:KEY` or `account_owner`. Their own come before borrowed
    ones, and of those the ones that this act still waits for. What was given `late` does not count."""
    if not situation.late_roles:
        if (situation.account_owner, "account_owner") in late(situation, actor):
            situation = replace(situation, account_owner=None)
        actor = in_time(situation, actor)
    allowed = (*deciding(gate, situation.state), *(() if situation.state == "escalated" else gate.goes_up_to))
    first: Sequence[str] = roles_missing(gate, situation)
    if act == "override":
        rules = [rule[1] for key in failing(situation) if (rule := gate.passing(key))]
        first = [role for role in allowed if rules and all(role in rule.roles for rule in rules)]
    borrowed = {"account_owner"} if situation.account_owner in dict(actor.lent) else set()
    for held in (_own(situation, actor), actor.borrowed | borrowed):
        if role := next((role for role in (*first, *allowed) if role in held and role in allowed), ""):
            return role
    return ""


def exempted(gate: Gate, situation: Situation, actor: Actor, role: str) -> str:
    """By what a small team's exemption lets this person pass the item: how they are involved in making it, or
    `late_role` where they have this role only since it was opened; "" where they need none."""
    if way := involvement(situation, gate, actor):
        return way
    whose = on_behalf_of(situation, actor, role) or actor.person_id
    return "late_role" if (whose, role) in late(situation, actor) else ""


def _own(situation: Situation, actor: Actor) -> frozenset[str]:
    """What they decide as without standing in for anybody."""
    owner = {"account_owner"} if situation.account_owner == actor.person_id else set()
    return actor.roles | owner | {f"group:{key}" for key in actor.groups}


def on_behalf_of(situation: Situation, actor: Actor, role: str) -> int | None:
    """Whom this person stands in for when they act in this role; None when it is their own."""
    if not role or role in _own(situation, actor):
        return None
    if role == "account_owner":
        return situation.account_owner
    return next((person for person, what in actor.lent if what == role), None)

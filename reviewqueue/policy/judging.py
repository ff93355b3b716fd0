"""Judging: given a gate and a situation, what an item needs, which acts a person has, and why the others are absent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from reviewqueue.policy import conditions
from reviewqueue.policy.shape import ACTS, Act, Gate, Policy

OPEN = ("pending", "escalated", "sent_back")
SETTLED = ("approved", "released", "rejected", "withdrawn", "superseded", "expired")
INVOLVED = {
    "author": "wrote this revision",
    "editor": "edited this item",
    "automation_owner": "owns the automation that drafted it",
    "delegate": "stands in for somebody who made it",
    "delegator": "has a stand-in who made it",
}


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
    """An item as judging sees it. Person ids only; names are the page's business."""

    state: str
    kind: str
    checks: tuple[CheckSeen, ...] = ()
    votes: tuple[Vote, ...] = ()
    authors: frozenset[int] = frozenset()
    editors: frozenset[int] = frozenset()
    automation_owner: int | None = None
    lease_holder: int | None = None


@dataclass(frozen=True)
class Actor:
    """A person at the moment of deciding: own roles, roles borrowed from those they stand in for, and both circles."""

    person_id: int
    roles: frozenset[str]
    borrowed: frozenset[str] = frozenset()
    delegators: frozenset[int] = frozenset()
    delegates: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Need:
    """One thing still missing before an item can be approved, with the rule that says so (`file:line`)."""

    code: str
    says: str
    rule: str = ""
    at: str = ""


@dataclass(frozen=True)
class Legal:
    """Whether an act is open to a person; if not, `why` says so in words and `rule` names the file and line."""

    act: Act
    allowed: bool
    why: str = ""
    rule: str = ""


def failing(situation: Situation) -> list[str]:
    """Keys of blocking checks that failed and that no override has passed over yet, each once."""
    passed = {key for vote in situation.votes for key in vote.passes}
    found = [check.key for check in situation.checks if check.outcome == "fail" and check.blocking]
    return [key for key in dict.fromkeys(found) if key not in passed]


def overridable(gate: Gate, key: str) -> bool:
    """Whether the gate lets anybody pass over that check."""
    return any(fnmatchcase(key, pattern) for pattern in gate.override.checks)


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
    makers = situation.authors | situation.editors | owner
    ways: tuple[tuple[str, bool], ...] = (
        ("author", actor.person_id in situation.authors),
        ("editor", actor.person_id in situation.editors),
        ("automation_owner", actor.person_id in owner),
        ("delegate", bool(actor.delegators & makers)),
        ("delegator", bool(actor.delegates & makers)),
    )
    return next((way for way, is_so in ways if is_so and way in gate.separate), "")


def needs(policy: Policy, gate: Gate, situation: Situation) -> list[Need]:
    """What is still missing before approval, most pressing first. Empty only when the gate is satisfied."""
    if situation.state in SETTLED:
        return []
    place = f"gate:{gate.key}"
    found: list[Need] = []
    if situation.state == "sent_back":
        found.append(Need("revision", "A new draft: this one was sent back", policy.place(place)))
    for key in failing(situation):
        rule = policy.place(place, "override", "checks")
        found.append(Need("check", f"Check {key} fails: {_way_out(gate, key)}", rule, key))
    up = situation.state == "escalated"
    roles = gate.goes_up_to if up else gate.reviewers
    missing = quorum(gate, situation) - len(_counted(gate, situation))
    if missing > 0:
        who = " or ".join(role.replace("_", " ") for role in roles)
        count = "One approval" if missing == 1 else f"{missing} approvals by different people"
        rule = policy.rule(gate, "goes_up_to" if up else ("approvals" if gate.approvals > 1 else "reviewers"))
        found.append(Need("approval", f"{count} from {who}", rule))
    return found


def _way_out(gate: Gate, key: str) -> str:
    first = "send it back for a new draft" if key.startswith("automation.") else "edit the draft"
    return f"{first}, or override it with a reason" if overridable(gate, key) else f"{first}; nobody may override it"


def quorum(gate: Gate, situation: Situation) -> int:
    """How many distinct people must approve: the gate's number, and two where an override asks for a second person."""
    overridden = any(vote.act == "override" for vote in situation.votes)
    return max(gate.approvals, 2 if overridden and gate.override.second_person else 1)


def _counted(gate: Gate, situation: Situation) -> set[int]:
    up = situation.state == "escalated"
    roles = set(gate.goes_up_to if up else (*gate.reviewers, *gate.goes_up_to))
    return {vote.person_id for vote in situation.votes if vote.role in roles}


def satisfied(policy: Policy, gate: Gate, situation: Situation) -> bool:
    """Whether the item may go through now."""
    return situation.state in ("pending", "escalated") and not needs(policy, gate, situation)


def acting_role(gate: Gate, situation: Situation, actor: Actor) -> str:
    """The role under which this person decides here, or "": own roles first, then borrowed ones."""
    up = situation.state == "escalated"
    wanted = gate.goes_up_to if up else (*gate.reviewers, *gate.goes_up_to)
    for held in (actor.roles, actor.borrowed):
        if role := next((role for role in wanted if role in held), ""):
            return role
    return ""


def legal_acts(policy: Policy, gate: Gate | None, situation: Situation, actor: Actor) -> list[Legal]:
    """All six acts for this person, allowed or not, each refusal with its words and its rule."""
    if gate is None:
        return [Legal(act, False, "The gate is missing from the policy, so it is closed. Tell RevOps.") for act in ACTS]
    return [_legal(policy, gate, situation, actor, act) for act in ACTS]


def _legal(policy: Policy, gate: Gate, situation: Situation, actor: Actor, act: Act) -> Legal:
    place = f"gate:{gate.key}"
    if situation.state in SETTLED:
        return Legal(act, False, f"This item is {situation.state}: it is decided")
    role = acting_role(gate, situation, actor)
    if not role:
        up = situation.state == "escalated"
        roles = gate.goes_up_to if up else gate.reviewers
        who = " or ".join(name.replace("_", " ") for name in roles)
        return Legal(act, False, f"Only {who} decides here", policy.rule(gate, "goes_up_to" if up else "reviewers"))
    if situation.lease_holder not in (None, actor.person_id):
        return Legal(act, False, "Somebody else has this item on their desk until the lease ends", policy.place(place))
    return _legal_for_role(policy, gate, situation, actor, act, role)


def _legal_for_role(policy: Policy, gate: Gate, situation: Situation, actor: Actor, act: Act, role: str) -> Legal:
    place = f"gate:{gate.key}"
    judges = act in ("approve", "override")
    if judges and situation.state == "sent_back":
        return Legal(act, False, "It was sent back: a new draft comes first", policy.place(place))
    way = involvement(situation, gate, actor)
    if judges and way and not policy.organisation.small_team:
        return Legal(
            act,
            False,
            f"You cannot pass your own work: you are a person who {INVOLVED[way]}",
            policy.place(place, "separate"),
        )
    if judges and any(vote.person_id == actor.person_id for vote in situation.votes):
        return Legal(
            act, False, "You have approved this revision; another person comes next", policy.rule(gate, "approvals")
        )
    left = failing(situation)
    if act == "approve" and left:
        return Legal(act, False, f"Failed checks stand in the way: {', '.join(left)}", policy.place(place, "override"))
    if act == "override":
        return _override_legal(policy, gate, left, role)
    if act == "escalate" and situation.state == "escalated":
        return Legal(act, False, "It is escalated already", policy.place(place))
    if act == "edit" and situation.kind == "trigger_question":
        return Legal(act, False, "A question is answered or closed, not edited")
    if act == "send_back" and situation.state == "sent_back":
        return Legal(act, False, "It is sent back already", policy.place(place))
    return Legal(act, True)


def _override_legal(policy: Policy, gate: Gate, left: list[str], role: str) -> Legal:
    rule = policy.place(f"gate:{gate.key}", "override")
    if not left:
        return Legal("override", False, "No failed check stands in the way, so there is nothing to override", rule)
    fixed = [key for key in left if not overridable(gate, key)]
    if fixed:
        return Legal("override", False, f"Nobody may pass over {', '.join(fixed)}: edit the draft instead", rule)
    if role not in gate.override.roles:
        who = " or ".join(name.replace("_", " ") for name in gate.override.roles)
        return Legal(
            "override", False, f"Only {who} may override here", policy.place(f"gate:{gate.key}", "override", "roles")
        )
    return Legal("override", True)


def deciders(gate: Gate, situation: Situation) -> Iterable[str]:
    """The roles that decide this item now."""
    return gate.goes_up_to if situation.state == "escalated" else gate.reviewers

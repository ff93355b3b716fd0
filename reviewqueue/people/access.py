"""Access control: which roles have which ability, in one table that an auditor can read; what roles may see; and what
an API key may do. Who decides at a gate is not here but in the gate's policy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import get_args

from reviewqueue.core.vocabulary import POLICY_CHANGE, Role
from reviewqueue.policy.model.policy import Gate, Policy

READS_EVERYTHING = frozenset({"auditor"})

# ability → roles that have it. Deciding is not here: the gate's policy names who decides.
ABILITIES: dict[str, frozenset[str]] = {
    "read the whole queue": frozenset({"auditor", "revops", "cs_leader"}),
    "read the override log": frozenset({"auditor", "revops", "cs_leader", "admin"}),
    "read policy": frozenset(get_args(Role)),
    "read deliveries": frozenset({"auditor", "revops", "admin"}),
    "retry or give up a delivery": frozenset({"revops", "admin"}),
    # Whoever may decide at its gate has it as well, unless they took part in making it.
    "retry or give up a release": frozenset({"revops"}),
    "read people and keys": frozenset({"auditor", "admin", "revops"}),
    "change people and keys": frozenset({"admin"}),
    "change credentials": frozenset({"admin"}),
    "read setup": frozenset({"admin", "revops"}),
    "open an exception": frozenset(get_args(Role)) - {"auditor", "admin"},
    "work on every exception": frozenset({"revops", "cs_leader"}),
    "propose a policy": frozenset({"revops", "admin"}),
    "move an item to the active policy": frozenset({"revops"}),
    # One person is enough to stop auto-send of a message; to start it takes a proposal and somebody else's approval.
    "stop automatic sending": frozenset({"revops", "cs_leader"}),
    "take over a lease": frozenset({"cs_leader", "manager", "revops"}),
    "reassign": frozenset({"cs_leader", "manager", "revops"}),
    # One person is enough to stop a lane; that it goes on takes a proposal and somebody else's approval.
    "stop a lane": frozenset({"revops", "cs_leader"}),
    # One person is enough to stop all that goes out; that it goes on takes another one (delivery/send_stops.py).
    "stop what goes out": frozenset({"revops", "cs_leader"}),
    # So is whoever's approved drafts wait because of it (items/told_of_stops.py).
    "be told of every stop": frozenset({"revops", "cs_leader", "admin"}),
    # What a bounce or a complaint puts on the list, one person takes off again, with a reason.
    "maintain the suppression list": frozenset({"revops", "cs_leader", "admin"}),
    "read measurement": frozenset({"auditor", "cs_leader", "manager", "revops"}),
    # The account's owner has it as well, for their account.
    "record what happened": frozenset({"csm", "implementation_lead", "revops", "cs_leader", "manager"}),
    "read seeded defects": frozenset({"revops", "admin"}),
    # A second review is for whoever may decide at the draft's gate (sample_queries.may_review), a dispute for those in
    # disputes_to.
    "read QA samples": frozenset({"auditor", "revops", "cs_leader", "manager"}),
    "draw a sample": frozenset({"revops"}),
    "record a baseline": frozenset({"revops", "cs_leader"}),
    "read workload": frozenset({"auditor", "cs_leader", "manager", "revops"}),
    # A correction is also its record's owner's, by role (corrections.OWNERS).
    "read corrections": frozenset({"auditor", "revops", "cs_leader", "sales_owner", "finance"}),
    "read every correction": frozenset({"auditor", "revops", "cs_leader"}),
    "answer every correction": frozenset({"revops"}),
    "read readiness": frozenset(get_args(Role)),
    # The role that owns the lane has it as well, for its lane (readiness_queries.may_record).
    "maintain a lane's readiness": frozenset({"revops"}),
    "set the account's owner": frozenset({"cs_leader", "manager", "revops"}),
    # An account's owner acts for it, so an auditor owns none; nor does whoever only administers.
    "own an account": frozenset(get_args(Role)) - {"auditor", "admin"},
    # The account's owner has it as well, for their account.
    "record a milestone's evidence": frozenset({"implementation_lead", "csm", "revops"}),
    # So has the account's owner, for their account.
    "open a customer portal": frozenset({"cs_leader", "revops"}),
    "retry or give up a draft": frozenset({"implementation_lead", "csm", "cs_leader", "revops"}),
    "ask for a draft": frozenset({"implementation_lead", "csm", "cs_leader", "revops"}),
    # Whoever a question is addressed to answers it; this shows the page in the menu.
    "answer questions to sales": frozenset({"sales_owner"}),
}

# Our own automations: of what we draft, of seeded defects, and of policy proposals, which people write (every item has
# an automation). None has a key, and none can be made for it: its holder would read, revise or withdraw those items.
OWN_AUTOMATION, SEED_AUTOMATION, PROPOSAL_AUTOMATION = "Review Queue", "Seeded defects", "Policy proposals"
WITHOUT_KEY = (OWN_AUTOMATION, SEED_AUTOMATION, PROPOSAL_AUTOMATION)
# The scopes that a key can be given: each opens a call of this version (a test holds it).
SCOPES = ("items:write", "items:read")


def has_ability(roles: Iterable[str], ability: str) -> bool:
    """Whether any of these roles has the ability. Raises KeyError for one that is not in ABILITIES."""
    return bool(ABILITIES[ability] & set(roles))


def sees_gate(gate: Gate | None, roles: Iterable[str]) -> bool:
    """Whether these roles and groups (`group:KEY`) may see items at this gate. Items at a gate that is gone (None) are
    for those who read the whole queue."""
    held = set(roles)
    if has_ability(held, "read the whole queue"):
        return True
    return gate is not None and bool(held & {*gate.reviewers, *gate.goes_up_to, *gate.seen_by, *_groups(gate)})


def _groups(gate: Gate) -> set[str]:
    return {f"group:{key}" for key in gate.reviewer_groups}


def visible_gates(policy: Policy, roles: Iterable[str]) -> list[tuple[str, str]]:
    """The (lane, gate) pairs whose items these roles may see, by the active policy."""
    held = set(roles)
    return [pair for pair, gate in policy.gates_by_lane.items() if sees_gate(gate, held)]


def visible_lanes(policy: Policy, roles: Iterable[str]) -> set[str]:
    """The lanes whose customers these roles may see: those where some kind of draft waits at a gate that they see
    (policy changes, which are about no customer, apart)."""
    held = set(roles)
    return {
        lane.key
        for lane in policy.lanes
        for kind, gate in lane.kinds.items()
        if kind != POLICY_CHANGE and sees_gate(policy.gate(lane.key, gate), held)
    }


@dataclass(frozen=True)
class Caller:
    """An automation calling the API: what its key may do. Empty lanes or gates mean all. No key can decide."""

    key_id: int
    automation_id: int
    automation: str
    scopes: frozenset[str] = field(default_factory=frozenset)
    lanes: frozenset[str] = field(default_factory=frozenset)
    gates: frozenset[str] = field(default_factory=frozenset)

    def reaches(self, lane: str, gate: str) -> bool:
        """Whether the key may use that lane and gate."""
        return (not self.lanes or lane in self.lanes) and (not self.gates or gate in self.gates)

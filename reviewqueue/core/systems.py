"""The kinds of systems that onboarding works with, and what the first version may do in each: the words of
systems.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

SystemKey = Literal["crm", "customer-success", "project", "billing", "support", "analytics", "email", "warehouse"]
# How what is written leaves, the narrowest first.
Writing = Literal["draft_only", "owner_approves", "approve", "automatic"]
WRITING: Mapping[Writing, str] = {
    "draft_only": "as drafts that never leave",
    "owner_approves": "after its owner’s approval",
    "approve": "after approval",
    "automatic": "after approval, or as earned",
}


@dataclass(frozen=True)
class SystemKind:
    """A kind of system: what can be read and written in it at all, by word, with what it is in words. What is in
    `wider_reads` and `wider_writes` takes a reason. `writing` is the widest way of writing without one; `why_never`
    says why nothing is ever written."""

    key: SystemKey
    name: str
    reads: Mapping[str, str] = field(default_factory=dict)
    writes: Mapping[str, str] = field(default_factory=dict)
    wider_reads: frozenset[str] = frozenset()
    wider_writes: frozenset[str] = frozenset()
    writing: Writing = "approve"
    why_never: str = ""


FILES = {"files": "files"}
_KINDS = (
    SystemKind(
        "crm", "CRM",
        {
            "deals": "deals", "accounts": "accounts", "contacts": "contacts", "owners": "owners",
            "other-records": "other records of a deal",
        },
        {"notes": "notes", "tasks": "tasks", **FILES, "fields": "values of fields"},
        wider_writes=frozenset({"fields"}),
    ),
    SystemKind(
        "customer-success", "Customer success platform",
        {"playbooks": "playbooks", "health": "health", "lifecycle": "lifecycle stage"},
        {"tasks": "tasks", "playbook-items": "playbook items", **FILES}, writing="owner_approves",
    ),
    SystemKind(
        "project", "Project tool", {"tasks": "the state of tasks"},
        {"projects": "a project from an approved plan", **FILES}, wider_reads=frozenset({"tasks"}),
    ),
    SystemKind(
        "billing", "Billing", {"plan": "plan", "entitlement": "entitlement", "status": "status"},
        why_never="billing is never written: no automation changes commercial state",
    ),
    SystemKind(
        "support", "Support desk", {"tickets": "early tickets"},
        {"internal-notes": "internal context", "replies": "replies to the customer"},
        wider_writes=frozenset({"replies"}),
    ),
    SystemKind(
        "analytics", "Product analytics", {"activation": "activation events"},
        why_never="product analytics is never written",
    ),
    SystemKind(
        "email", "E-mail and calendar", {"replies": "replies"}, {"messages": "messages"},
        wider_reads=frozenset({"replies"}), writing="automatic",
    ),
    SystemKind(
        "warehouse", "Data warehouse", {"reporting": "reporting", "cohorts": "cohorts"},
        why_never="the data warehouse is never written: it is read for figures",
    ),
)  # fmt: skip
SYSTEM_KINDS: Mapping[str, SystemKind] = {kind.key: kind for kind in _KINDS}
WRITTEN_BY_FILE = tuple(kind.key for kind in _KINDS if "files" in kind.writes)
